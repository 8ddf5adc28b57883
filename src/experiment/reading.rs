//! The experiments that read something off attention: how widely each head looks (entropy); and queries and keys, as the
//! published study measured them (their cosine at the same position, before rotary embedding) and what it meant to measure,
//! how the attention itself changes.

use super::inference::{Difference, Differences, claim};
use super::{Claim, Experiment, Grid, Kind, Origin, one};
use crate::measure::Quantity;
use crate::study::Reading;

/// Attention entropy.
pub struct Entropy(pub Reading);

/// Queries and keys.
pub struct QkAlignment(pub Reading);

fn grid(settings: &Reading) -> Grid<'_> {
    let Reading { delta, seeds, texts, layers, read_layers } = settings;
    Grid {
        deltas: Some(one(*delta)),
        seeds: seeds.as_ref(),
        texts: *texts,
        layers: layers.as_ref(),
        other_layers: read_layers.as_ref(),
    }
}

impl Experiment for Entropy {
    fn kind(&self) -> Kind {
        Kind::Entropy
    }

    fn grid(&self) -> Grid<'_> {
        grid(&self.0)
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ENTROPIES.to_vec()
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        // The study printed its own form alone.
        let is_run = of.results.origin == Origin::Run;
        vec![of.readings(if is_run { Quantity::EntropyExact } else { Quantity::EntropyPublished })]
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::ENTROPY)
    }
}

impl Experiment for QkAlignment {
    fn kind(&self) -> Kind {
        Kind::QkAlignment
    }

    fn grid(&self) -> Grid<'_> {
        grid(&self.0)
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ALIGNMENTS.to_vec()
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.readings(Quantity::QkCosine)]
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::QK_ALIGNMENT)
    }
}
