//! How the results of a study are judged.

use super::{Need, Setting, Wrong};
use crate::error::Result;
use crate::stats::Unit;
use serde::{Deserialize, Serialize};

/// How claims are judged. It decides nothing about what is run, so it may change when a study is run again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Statistics {
    /// What is taken for a sample of what a verdict is to hold for.
    pub unit: Unit,
    /// The smallest differences that would matter, fixed beforehand: where an interval lies within one of them, the
    /// verdict is that the two are equivalent. What is absent is not asked.
    #[serde(skip_serializing_if = "Equivalence::is_empty")]
    pub equivalence: Equivalence,
}

/// Bounds of equivalence, by what is compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Equivalence {
    /// Of two damages, nats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<f64>,
    /// Of two drops of accuracy, percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Of two changes of attention entropy, nats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<f64>,
    /// Of two recoveries, percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<f64>,
    /// Of two changes of the cosine of queries and keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f64>,
    /// Of the interaction of mode and task, in shares of what can be lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<f64>,
}

impl Statistics {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Equivalence {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn validate(&self) -> Result<()> {
        let Self { damage, accuracy, entropy, recovery, cosine, interaction } = self;
        let bounds = [
            (Setting::DamageBound, damage),
            (Setting::AccuracyBound, accuracy),
            (Setting::EntropyBound, entropy),
            (Setting::RecoveryBound, recovery),
            (Setting::CosineBound, cosine),
            (Setting::InteractionBound, interaction),
        ];
        for (setting, bound) in bounds {
            if let Some(bound) = bound.filter(|bound| !(bound.is_finite() && *bound > 0.0)) {
                return Err(Wrong::Is(setting, bound.to_string(), Need::Bound).into());
            }
        }
        Ok(())
    }
}
