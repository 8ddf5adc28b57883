//! Next-token loss against δ.

use super::inference::{Difference, Differences, claim};
use super::{Claim, Experiment, Grid, Kind};
use crate::study::Sweep;

impl Experiment for Sweep {
    fn kind(&self) -> Kind {
        Kind::Sweep
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            deltas: self.deltas.clone(),
            seeds: self.seeds.as_ref(),
            texts: self.texts,
            layers: self.layers.as_ref(),
            other_layers: None,
        }
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.modes()]
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::LOSS)
    }
}
