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

    /// The experiments that have a table of their own in a study, in the same order: the audit's has both.
    pub const TABLES: [Self; 10] = [
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
    ];

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
