//! What a test takes for a sample.

use crate::experiment::Kind;
use crate::stats::Unit;

/// What is taken for a sample of the population that a result is to hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// Items and seeds.
    Both,
    /// Seeds.
    Seeds,
    /// Items: texts or pairs.
    Items,
}

impl Sample {
    /// That of a test over `unit` where so many items and seeds are drawn: one of a kind is no sample.
    #[must_use]
    pub fn of(unit: Unit, [items, seeds]: [usize; 2]) -> Self {
        match unit {
            Unit::Seeds => Self::Seeds,
            Unit::Both if items == 1 => Self::Seeds,
            Unit::Both if seeds > 1 => Self::Both,
            Unit::Both | Unit::Texts => Self::Items,
        }
    }

    /// It in words, of the experiment `kind`: "texts and seeds".
    #[must_use]
    pub fn words(self, kind: Kind) -> String {
        match self {
            Self::Both => format!("{} and seeds", noun(kind)),
            Self::Seeds => "seeds".to_owned(),
            Self::Items => noun(kind).to_owned(),
        }
    }
}

/// What the items of an experiment are called.
#[must_use]
pub fn noun(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Syntax | Kind::AuditPairs) { "pairs" } else { "texts" }
}
