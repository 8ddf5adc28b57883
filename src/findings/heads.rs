//! Attention entropies head by head.

use crate::experiment::{HeadChange, Kind, Ranking, Results};
use crate::measure::Quantity;
use crate::stats::Spread;
use crate::study::Mode;
use std::collections::BTreeMap;

/// How the entropy of each head changes under each mode and δ.
#[derive(Debug, Clone, Default)]
pub struct HeadEntropies {
    /// Mode by mode, head by head.
    pub rows: Vec<HeadEntropy>,
    /// Texts behind each; the fewest of any.
    pub texts: usize,
    /// Seeds behind each; the most of any.
    pub seeds: usize,
}

/// How the entropy of one head changes.
#[derive(Debug, Clone, Copy)]
pub struct HeadEntropy {
    /// The mode.
    pub mode: Mode,
    /// δ in the study's unit.
    pub delta: f64,
    /// Its layer.
    pub layer: usize,
    /// Its place in the layer.
    pub head: usize,
    /// Its clean entropy, mean over texts, nats.
    pub clean: f64,
    /// Disturbed minus clean, mean and spread over seeds, nats.
    pub change: Spread,
    /// Texts behind it.
    pub items: usize,
}

impl HeadEntropies {
    /// From the plain runs of the experiment `kind`, by the exact formula.
    #[must_use]
    pub fn of(results: &Results, kind: Kind) -> Self {
        Self::read(results, kind).unwrap_or_default()
    }

    fn read(results: &Results, kind: Kind) -> Option<Self> {
        let quantity = Quantity::EntropyExact;
        let shape = results.shapes.get(&kind)?;
        let clean_id = results.clean(kind)?;
        let clean = results.mean_reading(clean_id, quantity, None)?;
        let mut rows = Vec::new();
        let (mut texts, mut seeds) = (usize::MAX, 0);
        for series in results.series(kind).iter().filter(|series| series.arm.is_plain()) {
            let by_seed = series.seeds.iter().filter_map(|(_, id)| results.mean_reading(*id, quantity, Some(clean_id)));
            let mut by_seed: Vec<Vec<f64>> = by_seed.collect();
            if results.is_one_run(series) {
                by_seed.truncate(1);
            }
            let items = series.seeds.iter().map(|(_, id)| results.readings(*id, quantity).count());
            let Some(items) = items.filter(|items| *items > 0).min() else { continue };
            let items = results.items_behind(kind, items);
            (texts, seeds) = (texts.min(items), seeds.max(by_seed.len()));
            for (at, clean) in clean.iter().enumerate() {
                let changes: Vec<f64> = by_seed.iter().filter_map(|of_seed| of_seed.get(at).copied()).collect();
                let Some(change) = Spread::of(&changes) else { continue };
                let Some(layer) = shape.read_layers.get(at / shape.heads).copied() else { continue };
                let (mode, delta, head) = (series.mode, series.delta, at % shape.heads);
                rows.push(HeadEntropy { mode, delta, layer, head, clean: *clean, change, items });
            }
        }
        Some(Self { texts: if rows.is_empty() { 0 } else { texts }, rows, seeds })
    }
}

/// The change of each head, by layer and place.
type Changes = BTreeMap<(usize, usize), f64>;

/// The heads by the size of the change of their entropy under the mode that ranks them.
#[derive(Debug, Clone)]
pub struct RankedHeads {
    /// The mode that ranks them.
    pub mode: Mode,
    /// The heads, the most changed first.
    pub heads: Vec<HeadChange>,
    /// The change of each head, by layer and place, under each mode of the study.
    changes: Vec<(Mode, Changes)>,
}

impl RankedHeads {
    /// From the plain runs of the experiment `kind`; none where they are not there.
    #[must_use]
    pub fn of(results: &Results, kind: Kind) -> Option<Self> {
        let Ranking { mode, heads, .. } = Ranking::of(results, kind).ok()?;
        let changes = |mode: &Mode| {
            let heads = Ranking::of_mode(results, kind, *mode).ok()?.heads;
            Some((*mode, heads.iter().map(|head| ((head.layer, head.head), head.change)).collect()))
        };
        let changes = results.study.perturbation.modes.iter().filter_map(changes).collect();
        Some(Self { mode, heads, changes })
    }

    /// The modes whose changes are known, in the study's order.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        self.changes.iter().map(|(mode, _)| *mode)
    }

    /// The change of `head` under `mode`, nats.
    #[must_use]
    pub fn change(&self, mode: Mode, head: &HeadChange) -> Option<f64> {
        let (_, changes) = self.changes.iter().find(|(known, _)| *known == mode)?;
        changes.get(&(head.layer, head.head)).copied()
    }
}
