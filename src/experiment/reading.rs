//! The experiments that read something off attention: how widely each head looks (entropy); and queries and keys, as the
//! published study measured them (their cosine at the same position, before rotary embedding) and what it meant to measure,
//! how the attention itself changes.

use super::{Experiment, Grid, Kind, one};
use crate::measure::Quantity;
use crate::study;

/// Reads in the layers that are read.
pub struct Reading {
    /// Which experiment.
    pub kind: Kind,
    /// What it reads.
    pub quantities: &'static [Quantity],
    /// The study's settings.
    pub settings: study::Reading,
}

impl Experiment for Reading {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn grid(&self) -> Grid<'_> {
        let study::Reading { delta, seeds, texts, layers, read_layers } = &self.settings;
        Grid {
            deltas: Some(one(*delta)),
            seeds: seeds.as_ref(),
            texts: *texts,
            layers: layers.as_ref(),
            other_layers: read_layers.as_ref(),
        }
    }

    fn reads(&self) -> Vec<Quantity> {
        self.quantities.to_vec()
    }
}
