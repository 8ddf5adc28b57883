//! How far vectors were moved, and how far from the clean run the final stream ended.

use crate::experiment::{Arm, Kind, Part, Results, Series};
use crate::intervention::Displacement;
use crate::measure::Shift;
use crate::stats::Spread;
use crate::study::Mode;
use std::collections::BTreeMap;

/// Displacement in one layer under one arm, mode and δ, over all seeds and items.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The experiment.
    pub kind: Kind,
    /// The mode.
    pub mode: Mode,
    /// The arm.
    pub arm: Arm,
    /// δ in the study's unit.
    pub delta: f64,
    /// The layer whose output is moved.
    pub layer: usize,
    /// Which tokens.
    pub part: Part,
    /// What was asked and reached.
    pub displacement: Displacement,
}

/// Distance and angle of the final stream from the clean one under one arm, mode and δ, over all seeds and items.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The experiment.
    pub kind: Kind,
    /// The mode.
    pub mode: Mode,
    /// The arm.
    pub arm: Arm,
    /// δ in the study's unit.
    pub delta: f64,
    /// Which tokens.
    pub part: Part,
    /// Sums over the tokens.
    pub shift: Shift,
}

impl Moved {
    /// Mean and standard deviation of ‖h′ − h‖ over tokens and seeds; none of no token.
    #[must_use]
    pub fn reached(&self) -> Option<Spread> {
        let Displacement { tokens, sum, sum_of_squares, .. } = self.displacement;
        of_sums(tokens, sum, sum_of_squares)
    }

    /// Mean δ that was asked for, as a length.
    #[must_use]
    pub fn asked(&self) -> f64 {
        self.displacement.asked / self.displacement.tokens.max(1) as f64
    }

    /// `count` as a share of the tokens.
    #[must_use]
    pub fn share(&self, count: u64) -> f64 {
        count as f64 / self.displacement.tokens.max(1) as f64
    }
}

impl Ended {
    /// Mean and standard deviation of ‖h′ − h‖ after the last layer, over tokens and seeds.
    #[must_use]
    pub fn distance(&self) -> Option<Spread> {
        of_sums(self.shift.tokens, self.shift.distance, self.shift.distance_squares)
    }

    /// The same of the angle between h′ and h, degrees.
    #[must_use]
    pub fn angle(&self) -> Option<Spread> {
        of_sums(self.shift.tokens, self.shift.angle, self.shift.angle_squares)
    }
}

/// Mean and standard deviation of `tokens` values with these sums; none of nothing.
fn of_sums(tokens: u64, sum: f64, squares: f64) -> Option<Spread> {
    let n = tokens as f64;
    let sd = (tokens > 1).then(|| ((squares - sum * sum / n).max(0.0) / (n - 1.0)).sqrt());
    (tokens > 0).then(|| Spread { mean: sum / n, sd, n: usize::try_from(tokens).unwrap_or(usize::MAX) })
}

/// The runs without repair: repaired ones are moved in the same way.
fn runs(results: &Results) -> impl Iterator<Item = (Kind, Series<'_>)> {
    let there = Kind::ALL.into_iter().filter(|kind| results.shapes.contains_key(kind));
    let all = there.flat_map(move |kind| results.series(kind).into_iter().map(move |series| (kind, series)));
    all.filter(|(_, series)| series.pass.patches.is_empty())
}

/// Displacement of every run without repair, layer by layer, the first token of a sequence apart.
#[must_use]
pub fn moved_runs(results: &Results) -> Vec<Moved> {
    let mut list = Vec::new();
    for (kind, series) in runs(results) {
        let mut all: BTreeMap<(usize, Part), Displacement> = BTreeMap::new();
        for (layer, part, displacement) in series.seeds.iter().flat_map(|(_, id)| results.displacements(*id)) {
            all.entry((layer, part)).or_default().merge(displacement);
        }
        let (mode, arm, delta) = (series.mode, series.arm, series.delta);
        let moved = |((layer, part), displacement)| Moved { kind, mode, arm, delta, layer, part, displacement };
        list.extend(all.into_iter().map(moved));
    }
    list
}

/// Where the final stream of every run without repair ended, the first token of a sequence apart.
#[must_use]
pub fn ended_runs(results: &Results) -> Vec<Ended> {
    let mut list = Vec::new();
    for (kind, series) in runs(results) {
        for part in Part::ALL {
            let mut shift = Shift::default();
            for of_seed in series.seeds.iter().filter_map(|(_, id)| results.shift(*id, part)) {
                shift.merge(of_seed);
            }
            if shift.tokens > 0 {
                let (mode, arm, delta) = (series.mode, series.arm, series.delta);
                list.push(Ended { kind, mode, arm, delta, part, shift });
            }
        }
    }
    list
}
