//! What experiments compare: damage, or a drop in accuracy.

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Mean over texts of each text's loss minus its clean loss, nats.
    Damage,
    /// Clean accuracy minus accuracy on the same pairs, percentage points.
    AccuracyDrop,
}

impl Measure {
    /// What a value is multiplied by: losses stay as they are, shares become percent.
    pub(super) fn scale(self) -> f64 {
        match self {
            Self::Damage => 1.0,
            Self::AccuracyDrop => 100.0,
        }
    }

    /// Harm done by a score against the clean one of the same item.
    pub(super) fn harm(self, clean: f64, disturbed: f64) -> f64 {
        match self {
            Self::Damage => disturbed - clean,
            Self::AccuracyDrop => 100.0 * (clean - disturbed),
        }
    }
}
