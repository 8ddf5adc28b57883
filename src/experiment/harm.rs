//! What a condition does to each text and each seed: the numbers that intervals are made of.

use super::{Arm, Kind, Measure, Results, Series, find};
use crate::measure::Quantity;
use crate::stats::{Crossed, Resample, Spread, mean, resamples};
use crate::study::Mode;
use std::collections::BTreeSet;

/// Resamples behind every interval of a complete study.
const RESAMPLES: usize = 10_000;

/// While trials still come in, intervals are made again and again, and end as wide as they are.
const RESAMPLES_MEANWHILE: usize = 200;

/// How many resamples intervals are made of now.
#[must_use]
pub fn resample_count(results: &Results) -> usize {
    if results.is_complete() { RESAMPLES } else { RESAMPLES_MEANWHILE }
}

/// Values of several series on the same items and seeds.
pub struct Harms {
    /// One per series, in their order.
    pub of: Vec<Crossed>,
    /// The same draws for all of them.
    pub resamples: Vec<Resample>,
    /// The items that they have in common, by position, ascending.
    pub items: Vec<usize>,
}

impl Harms {
    /// Damage or loss of accuracy under each of `list`, on the items that all of them and the clean run of `kind` have.
    /// None where there is no such item.
    #[must_use]
    pub fn of_scores(results: &Results, kind: Kind, list: &[&Series]) -> Option<Self> {
        let measure = measure(results, kind)?;
        let clean = results.scores(results.condition(kind, None, "")?);
        let score = |id: usize, item: usize| results.scores(id).get(item).copied().flatten();
        let harm = |id: usize, item: usize| {
            Some(measure.harm(clean.get(item).copied().flatten()?.value, score(id, item)?.value))
        };
        Self::of(results, clean.len(), list, &harm)
    }

    /// The change of `quantity` from the clean run, mean over the layers and heads at `places`; see
    /// [`Harms::of_scores`].
    #[must_use]
    pub fn of_readings(
        results: &Results,
        kind: Kind,
        quantity: Quantity,
        places: &dyn Fn(&[f32]) -> f64,
        list: &[&Series],
    ) -> Option<Self> {
        let clean = results.condition(kind, None, "")?;
        let value = |id: usize, item: usize| results.reading(id, quantity, item).map(places);
        let change = |id: usize, item: usize| Some(value(id, item)? - value(clean, item)?);
        Self::of(results, results.scores(clean).len(), list, &change)
    }

    fn of(
        results: &Results,
        items: usize,
        list: &[&Series],
        value: &dyn Fn(usize, usize) -> Option<f64>,
    ) -> Option<Self> {
        // Seeds are paired by what they are, not by their place.
        let has = |series: &Series, seed: u64| series.seeds.iter().any(|(known, _)| *known == seed);
        let common_seed = |seed: &u64| list.iter().all(|series| has(series, *seed));
        let seeds: Vec<u64> = list.first()?.seeds.iter().map(|(seed, _)| *seed).filter(common_seed).collect();
        let ids_of = |series: &Series| -> Vec<usize> {
            series.seeds.iter().filter(|(seed, _)| seeds.contains(seed)).map(|(_, id)| *id).collect()
        };
        let ids = || list.iter().flat_map(|series| ids_of(series));
        let common: BTreeSet<usize> = (0..items).filter(|item| ids().all(|id| value(id, *item).is_some())).collect();
        let crossed = |series: &&Series| {
            let ids = ids_of(series);
            let of_item = |item: &usize| ids.iter().filter_map(|id| value(*id, *item)).collect();
            let values: Vec<Vec<f64>> = common.iter().map(of_item).collect();
            Crossed::new(values.concat(), ids.len())
        };
        let of = list.iter().map(crossed).collect::<Option<Vec<_>>>()?;
        let resamples = resamples(common.len(), seeds.len(), resample_count(results), results.study.seed);
        Some(Self { of, resamples, items: common.into_iter().collect() })
    }
}

/// What the experiment `kind` measures.
fn measure(results: &Results, kind: Kind) -> Option<Measure> {
    Some(find(&results.study, kind)?.measure())
}

/// The mean over items of each seed.
#[must_use]
pub fn by_seed(crossed: &Crossed) -> Vec<f64> {
    let seeds = crossed.seeds();
    (0..seeds).filter_map(|seed| mean(&crossed.of_seed(seed))).collect()
}

/// Mean and spread over seeds.
#[must_use]
pub fn spread(crossed: &Crossed) -> Option<Spread> {
    Spread::of(&by_seed(crossed))
}

/// The harm of every run of an arm under a mode.
pub struct ArmHarm<'a> {
    /// The arm.
    pub arm: &'a Arm,
    /// The mode.
    pub mode: Mode,
    /// Mean and spread over seeds.
    pub harm: Spread,
    /// Its 95 % interval over items and seeds.
    pub interval: Option<(f64, f64)>,
}

/// The harm of each arm of `kind`, on the items that it and the clean run have.
#[must_use]
pub fn harms_by_arm(results: &Results, kind: Kind) -> Vec<ArmHarm<'_>> {
    let of = |series: Series<'_>| {
        let arm = &results.conditions.get(&series.seeds.first()?.1)?.arm;
        let harms = Harms::of_scores(results, kind, &[&series])?;
        let interval = harms.of[0].interval(&harms.resamples);
        Some(ArmHarm { arm, mode: series.mode, harm: spread(&harms.of[0])?, interval })
    };
    results.series(kind).into_iter().filter_map(of).collect()
}
