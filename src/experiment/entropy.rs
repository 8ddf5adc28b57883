//! Attention entropy: how widely each head looks, clean and disturbed.

use super::{Experiment, Grid, Kind, one};
use crate::measure::Quantity;
use crate::study::Reading;

/// Reads entropies in the layers that are read.
pub struct Entropy(pub Reading);

impl Experiment for Entropy {
    fn kind(&self) -> Kind {
        Kind::Entropy
    }

    fn grid(&self) -> Grid<'_> {
        reading(&self.0)
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ENTROPIES.to_vec()
    }
}

/// The grid of an experiment that reads.
pub(super) fn reading(settings: &Reading) -> Grid<'_> {
    Grid {
        deltas: Some(one(settings.delta)),
        seeds: settings.seeds.as_ref(),
        texts: settings.texts,
        layers: settings.layers.as_ref(),
        other_layers: settings.read_layers.as_ref(),
    }
}
