//! What experiments are called.

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
