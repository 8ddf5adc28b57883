//! How the damage grows with δ, and the published study's two regimes.

use crate::experiment::harm::Harms;
use crate::experiment::{Kind, Results, Series};
use crate::stats::{DoseResponse, Estimate, NoCurve, TTest, Untestable, independent_t, mean};
use crate::study::{DeltaUnit, Mode};
use std::ops::RangeInclusive;

/// Damage against δ under one mode, or under angular against magnitude.
#[derive(Debug, Clone)]
pub struct Dose {
    /// The mode; none for the comparison.
    pub mode: Option<Mode>,
    /// The curve of a mode.
    pub curve: Option<Result<DoseResponse, NoCurve>>,
    /// δ of angular over δ of magnitude at equal damage, and that damage.
    pub ratio: Option<(Result<Estimate, NoCurve>, f64)>,
    /// Texts behind it.
    pub items: usize,
    /// δ that it is fitted to.
    pub deltas: Vec<f64>,
}

/// The curves of the sweep, one per mode, and where there are both, the ratio of δ at half the lower of their saturations.
#[must_use]
pub fn dose(results: &Results) -> Vec<Dose> {
    let series = results.series(Kind::Sweep);
    let mut modes: Vec<Mode> = Vec::new();
    for one in &series {
        if !modes.contains(&one.mode) {
            modes.push(one.mode);
        }
    }
    // A δ of which nothing is in yet is left out.
    let has_any = |series: &Series| Harms::of_scores(results, Kind::Sweep, &[series]).is_some();
    // All modes on the texts that all of them have, under the same resamples.
    let all: Vec<&Series> = series.iter().filter(|series| series.arm.is_plain() && has_any(series)).collect();
    let Some(harms) = Harms::of_scores(results, Kind::Sweep, &all) else { return Vec::new() };
    let items = results.items_behind(Kind::Sweep, harms.items.len());
    let means = harms.means();
    let mut list: Vec<Dose> = Vec::new();
    for mode in modes {
        let of_it = || all.iter().zip(&harms.of).filter(|(series, _)| series.mode == mode);
        let deltas: Vec<f64> = of_it().map(|(series, _)| series.delta).collect();
        let damages: Vec<f64> = of_it().map(|(_, damage)| damage.mean()).collect();
        let of_it = all.iter().zip(&means).filter(|(series, _)| series.mode == mode);
        let resampled: Vec<&[f64]> = of_it.map(|(_, means)| means.list.as_slice()).collect();
        let curve = DoseResponse::of_means(&deltas, &damages, &resampled);
        list.push(Dose { mode: Some(mode), curve: Some(curve), ratio: None, items, deltas });
    }
    let curve = |mode| list.iter().find(|dose| dose.mode == Some(mode))?.curve.as_ref()?.as_ref().ok();
    if let (Some(angular), Some(magnitude)) = (curve(Mode::Angular), curve(Mode::Magnitude)) {
        let damage = 0.5 * angular.curve.saturation.min(magnitude.curve.saturation);
        let ratio = Some((angular.delta_ratio(magnitude, damage), damage));
        list.push(Dose { mode: None, curve: None, ratio, items, deltas: Vec::new() });
    }
    list
}

/// One of the published study's two regimes: all values by seed and δ of the one mode against all of the other.
#[derive(Debug, Clone)]
pub struct Regime {
    /// Which, in words.
    pub name: &'static str,
    /// Its δ.
    pub deltas: Vec<f64>,
    /// Mean damages, nats.
    pub angular: f64,
    /// Of the magnitude mode.
    pub magnitude: f64,
    /// Student's t of independent samples, as the study had it.
    pub test: Result<TTest, Untestable>,
    /// Values of each mode.
    pub n: usize,
}

/// The two regimes, δ ≤ 5 and δ ≥ 10 (absolute lengths), of the sweep, in the published form. Values of several δ and of the same seeds are
/// no independent samples, so this is for comparison with what the study printed, and nothing else.
#[must_use]
pub fn regimes(results: &Results) -> Vec<Regime> {
    if results.study.perturbation.delta_unit != DeltaUnit::Absolute {
        return Vec::new();
    }
    let series = results.series(Kind::Sweep);
    let regime = |(name, range): (&'static str, RangeInclusive<f64>)| {
        let of = |mode| {
            let of_it = series.iter().filter(|s| s.mode == mode && s.arm.is_plain() && range.contains(&s.delta));
            let mut deltas = Vec::new();
            let mut values = Vec::new();
            for one in of_it {
                deltas.push(one.delta);
                values.extend(Harms::of_scores(results, Kind::Sweep, &[one])?.by_seed(0));
            }
            Some((deltas, values))
        };
        let ((deltas, angular), (_, magnitude)) = (of(Mode::Angular)?, of(Mode::Magnitude)?);
        Some(Regime {
            name,
            deltas,
            angular: mean(&angular)?,
            magnitude: mean(&magnitude)?,
            test: independent_t(&angular, &magnitude),
            n: angular.len(),
        })
    };
    [("δ ≤ 5", 0.0..=5.0), ("δ ≥ 10", 10.0..=f64::INFINITY)].into_iter().filter_map(regime).collect()
}
