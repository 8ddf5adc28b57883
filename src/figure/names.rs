//! What experiments are called, and what they ask.

use crate::experiment::Kind;

/// What an experiment is called.
#[must_use]
pub fn experiment(kind: Kind) -> &'static str {
    match kind {
        Kind::Sweep => "Sweep",
        Kind::Syntax => "Minimal pairs",
        Kind::Entropy => "Attention entropy",
        Kind::AttentionRepair => "Attention repair",
        Kind::Pathways => "Pathway repair",
        Kind::NormRepair => "Norm repair",
        Kind::Heads => "Heads",
        Kind::LayerSets => "Layer sets",
        Kind::QkAlignment => "Queries and keys",
        Kind::Audit => "Audit",
        Kind::AuditPairs => "Audit of pairs",
    }
}

/// What an experiment asks, in sentences.
#[must_use]
pub fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::Sweep => "What each δ costs in next-token loss, on the texts.",
        Kind::Syntax => "In how many minimal pairs the grammatical sentence is the likelier one.",
        Kind::Entropy => {
            "How much more widely, or narrowly, the heads of each layer look when the stream is disturbed."
        }
        Kind::AttentionRepair => {
            "How much of the damage is undone when the output of attention is put back to what it was in the clean run."
        }
        Kind::Pathways => "Which pathway carries the damage: attention, the MLP and both are repaired in turn.",
        Kind::NormRepair => {
            "How much of the damage is undone when the output of either norm, or of both, is put back. Nothing else enters \
             attention and the MLP, so repairing both norms is repairing attention and MLP together."
        }
        Kind::Heads => {
            "Which heads look differently when the stream is disturbed, and what repairing them gives back. The repairs are \
             planned from the entropy ranking, once that is in."
        }
        Kind::LayerSets => {
            "Which layers matter: sets of them are repaired, and single layers and windows are disturbed and repaired over \
             the whole depth. The sets by entropy are planned from its ranking, once that is in."
        }
        Kind::QkAlignment => {
            "How queries and keys move against each other, and how the attention that they make changes."
        }
        Kind::AuditPairs => "The same of minimal pairs, with pairing as a further setting.",
        Kind::Audit => {
            "Which setting of the protocol makes which part of the gap between the modes: every combination of matching, \
             coherence and rotation is run, of minimal pairs also of pairing."
        }
    }
}

/// The last part of a path; other names, such as those of repositories, as they are.
#[must_use]
pub fn short(path: &str) -> &str {
    match path.rsplit(['/', '\\']).next() {
        Some(name) if path.starts_with(['/', '.', '~']) || path.contains(":\\") => name,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shortened_and_names_are_not() {
        assert_eq!(short("/data/models/it.gguf"), "it.gguf");
        assert_eq!(short("EleutherAI/pythia-410m"), "EleutherAI/pythia-410m");
        assert_eq!(short("demo"), "demo");
    }
}
