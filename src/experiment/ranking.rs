//! Heads and layers by how much their attention entropy changes.

use super::{Kind, Results};
use crate::error::{Error, Result};
use crate::measure::Quantity;
use crate::study::Mode;

/// How much a head's entropy changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadChange {
    /// Its layer.
    pub layer: usize,
    /// Its place in the layer.
    pub head: usize,
    /// Mean over texts and seeds of its exact entropy, disturbed minus clean, nats.
    pub change: f64,
    /// Its clean entropy, nats.
    pub clean: f64,
}

/// The ranking that `heads` and `layer_sets` choose by: of the angular mode, as in the published study, or of the first
/// mode where a study goes without that; by the size of the change, whichever its sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The mode.
    pub mode: Mode,
    /// Heads, the most changed first.
    pub heads: Vec<HeadChange>,
    /// Layers, the one whose heads' changes have the largest sum first.
    pub layers: Vec<usize>,
}

impl Ranking {
    /// From the plain runs of `kind` in `results`.
    ///
    /// # Errors
    /// [`Error::internal`] where they are not there.
    pub fn of(results: &Results, kind: Kind) -> Result<Self> {
        let modes = &results.study.perturbation.modes;
        Self::of_mode(results, kind, if modes.contains(&Mode::Angular) { Mode::Angular } else { modes[0] })
    }

    /// The same of another mode.
    ///
    /// # Errors
    /// As [`Ranking::of`].
    pub fn of_mode(results: &Results, kind: Kind, mode: Mode) -> Result<Self> {
        let missing = || Error::internal(format!("{kind}: the entropies that a ranking is made of are not there"));
        let shape = results.shapes.get(&kind).ok_or_else(missing)?;
        let series = results.series(kind).into_iter().find(|s| s.mode == mode && s.arm.is_plain());
        let series = series.ok_or_else(missing)?;
        let clean = results.clean(kind).ok_or_else(missing)?;
        let of_clean = results.mean_reading(clean, Quantity::EntropyExact, None).ok_or_else(missing)?;
        let mut sums = vec![0.0; of_clean.len()];
        for (_, id) in &series.seeds {
            let changes = results.mean_reading(*id, Quantity::EntropyExact, Some(clean)).ok_or_else(missing)?;
            for (sum, change) in sums.iter_mut().zip(changes) {
                *sum += change / series.seeds.len() as f64;
            }
        }
        let mut heads: Vec<HeadChange> = (0..sums.len())
            .map(|i| HeadChange {
                layer: shape.read_layers[i / shape.heads],
                head: i % shape.heads,
                change: sums[i],
                clean: of_clean[i],
            })
            .collect();
        let mut layers: Vec<(usize, f64)> = shape
            .read_layers
            .iter()
            .zip(sums.chunks_exact(shape.heads))
            .map(|(layer, changes)| (*layer, changes.iter().sum::<f64>().abs()))
            .collect();
        // Stable sorts: what changes alike stays in the order of the model.
        heads.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
        layers.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(Self { mode, heads, layers: layers.into_iter().map(|(layer, _)| layer).collect() })
    }
}
