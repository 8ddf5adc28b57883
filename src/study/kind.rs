//! The experiments that there are, by name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Next-token loss against δ.
    Sweep,
    /// Grammatical judgement against δ.
    Syntax,
    /// Attention entropy.
    Entropy,
    /// Attention outputs repaired.
    AttentionRepair,
    /// Attention, MLP, and both repaired.
    Pathways,
    /// The outputs of either norm, and of both, repaired.
    NormRepair,
    /// Heads ranked by their change of entropy, and repaired.
    Heads,
    /// Sets, single layers and windows, disturbed or repaired.
    LayerSets,
    /// Queries and keys.
    QkAlignment,
    /// The audit on texts.
    Audit,
    /// The audit on minimal pairs.
    AuditPairs,
}

impl Kind {
    /// Every experiment, in the order in which a study runs and shows them.
    pub const ALL: [Self; 11] = [
        Self::Sweep,
        Self::Syntax,
        Self::Entropy,
        Self::AttentionRepair,
        Self::Pathways,
        Self::NormRepair,
        Self::Heads,
        Self::LayerSets,
        Self::QkAlignment,
        Self::Audit,
        Self::AuditPairs,
    ];

    /// Returns the experiments that have a table of their own in a study, in the same order: the audit's has both.
    pub fn tables() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.table() == *kind)
    }

    /// The experiment whose table in a study has its settings.
    #[must_use]
    pub fn table(self) -> Self {
        if self == Self::AuditPairs { Self::Audit } else { self }
    }

    /// What it is called in studies and study files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Syntax => "syntax",
            Self::Entropy => "entropy",
            Self::AttentionRepair => "attention_repair",
            Self::Pathways => "pathways",
            Self::NormRepair => "norm_repair",
            Self::Heads => "heads",
            Self::LayerSets => "layer_sets",
            Self::QkAlignment => "qk_alignment",
            Self::Audit => "audit",
            Self::AuditPairs => "audit_pairs",
        }
    }

    /// Returns what it is called for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sweep => "Sweep",
            Self::Syntax => "Minimal pairs",
            Self::Entropy => "Attention entropy",
            Self::AttentionRepair => "Attention repair",
            Self::Pathways => "Pathway repair",
            Self::NormRepair => "Norm repair",
            Self::Heads => "Heads",
            Self::LayerSets => "Layer sets",
            Self::QkAlignment => "Queries and keys",
            Self::Audit => "Audit",
            Self::AuditPairs => "Audit of pairs",
        }
    }

    /// Returns what it asks, in sentences.
    #[must_use]
    pub fn question(self) -> &'static str {
        match self {
            Self::Sweep => "What each δ costs in next-token loss, on the texts.",
            Self::Syntax => "In how many minimal pairs the grammatical sentence is the likelier one.",
            Self::Entropy => {
                "How much more widely, or narrowly, the heads of each layer look when the stream is disturbed."
            }
            Self::AttentionRepair => {
                "How much of the damage is undone when the output of attention is put back to what it was in the clean run."
            }
            Self::Pathways => "Which pathway carries the damage: attention, the MLP and both are repaired in turn.",
            Self::NormRepair => {
                "How much of the damage is undone when the output of either norm, or of both, is put back. Nothing else enters \
                 attention and the MLP, so repairing both norms is repairing attention and MLP together."
            }
            Self::Heads => {
                "Which heads look differently when the stream is disturbed, and what repairing them gives back. The repairs are \
                 planned from the entropy ranking, once that is in."
            }
            Self::LayerSets => {
                "Which layers matter: sets of them are repaired, and single layers and windows are disturbed and repaired over \
                 the whole depth. The sets by entropy are planned from its ranking, once that is in."
            }
            Self::QkAlignment => {
                "How queries and keys move against each other, and how the attention that they make changes."
            }
            Self::AuditPairs => "The same of minimal pairs, with pairing as a further setting.",
            Self::Audit => {
                "Which setting of the protocol makes which part of the gap between the modes: every combination of matching, \
                 coherence and rotation is run, of minimal pairs also of pairing."
            }
        }
    }

    /// The experiment of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it repairs: the published study then drew its directions for each text.
    #[must_use]
    pub fn repairs(self) -> bool {
        matches!(self, Self::AttentionRepair | Self::Pathways | Self::NormRepair | Self::Heads | Self::LayerSets)
    }

    /// Whether its items are minimal pairs; those of the others are texts.
    #[must_use]
    pub fn is_of_pairs(self) -> bool {
        matches!(self, Self::Syntax | Self::AuditPairs)
    }

    /// Whether it sets matching, coherence, pairing and rotation itself. Its noise is then keyed as under the strict
    /// protocol, so that all of its conditions share their draws.
    #[must_use]
    pub fn is_audit(self) -> bool {
        matches!(self, Self::Audit | Self::AuditPairs)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
