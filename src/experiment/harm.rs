//! What a condition does to each text and each seed: the numbers that intervals are made of.

use super::replicates::Means;
use super::{Arm, Kind, Measure, Results, Series, find};
use crate::measure::Quantity;
use crate::stats::{Crossed, Draws, Spread, Untestable, mean};
use crate::study::Mode;
use std::sync::Arc;

/// Resamples behind every interval of a complete study.
const RESAMPLES: usize = 10_000;

/// While trials still come in, intervals are made again and again, and end as wide as they are.
const RESAMPLES_MEANWHILE: usize = 200;

/// How many resamples intervals are made of now.
#[must_use]
pub fn resample_count(results: &Results) -> usize {
    if results.preliminary().is_none() { RESAMPLES } else { RESAMPLES_MEANWHILE }
}

/// The least p that the bootstrap can give of `results` now.
#[must_use]
pub fn least_p(results: &Results) -> f64 {
    crate::stats::least_p(resample_count(results))
}

/// Values of several series on the same items and seeds. Where the runs of each series are one run under all seeds, they
/// count once: as those of the first seed.
pub struct Harms<'a> {
    /// One per series, in their order.
    pub of: Vec<Crossed>,
    /// Whether the runs of a series are one run under all seeds (see [`Results::is_one_run`]), in the same order.
    pub one_run: Vec<bool>,
    /// The mode of each series.
    modes: Vec<Mode>,
    /// How many seeds were run.
    pub seeds_run: usize,
    /// The same draws for all of them.
    pub draws: Draws,
    /// The items that they have in common, by position, ascending.
    pub items: Vec<usize>,
    results: &'a Results,
}

impl<'a> Harms<'a> {
    /// Damage or loss of accuracy under each of `list`, on the items that all of them and the clean run of `kind` have.
    /// None where there is no such item.
    #[must_use]
    pub fn of_scores(results: &'a Results, kind: Kind, list: &[&Series]) -> Option<Self> {
        let measure = measure(results, kind)?;
        let clean = results.scores(results.clean(kind)?);
        let score = |id: usize, item: usize| results.scores(id).get(item);
        let harm = |id: usize, item: usize| Some(measure.harm(clean.get(item)?.value, score(id, item)?.value));
        Self::of(results, clean.len(), list, &harm)
    }

    /// The change of `quantity` from the clean run, mean over the layers and heads at `places`; see
    /// [`Harms::of_scores`].
    #[must_use]
    pub fn of_readings(
        results: &'a Results,
        kind: Kind,
        quantity: Quantity,
        places: &dyn Fn(&[f32]) -> f64,
        list: &[&Series],
    ) -> Option<Self> {
        let clean = results.clean(kind)?;
        let value = |id: usize, item: usize| results.reading(id, quantity, item).map(places);
        let items = results.scores(clean).len();
        let of_clean: Vec<Option<f64>> = (0..items).map(|item| value(clean, item)).collect();
        let change = |id: usize, item: usize| Some(value(id, item)? - of_clean[item]?);
        Self::of(results, items, list, &change)
    }

    fn of(
        results: &'a Results,
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
        let ids: Vec<Vec<usize>> = list.iter().map(|series| ids_of(series)).collect();
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); list.len()];
        let mut common = Vec::new();
        for item in 0..items {
            for (column, ids) in columns.iter_mut().zip(&ids) {
                column.extend(ids.iter().filter_map(|id| value(*id, item)));
            }
            let have = common.len();
            let is_whole = columns.iter().zip(&ids).all(|(column, ids)| column.len() == (have + 1) * ids.len());
            if is_whole {
                common.push(item);
            } else {
                columns.iter_mut().zip(&ids).for_each(|(column, ids)| column.truncate(have * ids.len()));
            }
        }
        let crossed = |(column, ids): (Vec<f64>, &Vec<usize>)| Crossed::new(column, ids.len());
        let mut of = columns.into_iter().zip(&ids).map(crossed).collect::<Option<Vec<_>>>()?;
        let one_run: Vec<bool> = list.iter().map(|series| results.is_one_run(series)).collect();
        if one_run.iter().all(|one| *one) {
            of = of.iter().map(Crossed::first_seed).collect();
        }
        let draws = Draws::new(common.len(), of.first()?.seeds(), resample_count(results), results.study.seed);
        let modes = list.iter().map(|series| series.mode).collect();
        Some(Self { of, one_run, modes, seeds_run: seeds.len(), draws, items: common, results })
    }

    /// The mean over items of each seed of the series in place `i`; of one run, one value.
    #[must_use]
    pub fn by_seed(&self, i: usize) -> Vec<f64> {
        let crossed = &self.of[i];
        let seeds = if self.one_run[i] { 1 } else { crossed.seeds() };
        (0..seeds).filter_map(|seed| mean(&crossed.of_seed(seed))).collect()
    }

    /// Mean and spread over seeds of the series in place `i`.
    #[must_use]
    pub fn spread(&self, i: usize) -> Option<Spread> {
        Spread::of(&self.by_seed(i))
    }

    /// Why the seeds are no sample of all of these series together; nothing where they are.
    ///
    /// # Errors
    /// [`Untestable::OneRun`] where the runs of one of them are one run.
    pub fn unless_one_run(&self) -> Result<(), Untestable> {
        let is_one = self.seeds_run > 1 && self.one_run.contains(&true);
        if is_one { Err(Untestable::OneRun { n: self.seeds_run }) } else { Ok(()) }
    }

    /// The modes of which a series is one run under all of several seeds.
    #[must_use]
    pub fn one_run_modes(&self) -> Vec<Mode> {
        let mut modes = Vec::new();
        for (mode, _) in self.modes.iter().zip(&self.one_run).filter(|(_, one)| **one && self.seeds_run > 1) {
            if !modes.contains(mode) {
                modes.push(*mode);
            }
        }
        modes
    }

    /// Why two series hold no difference that could be judged; nothing where they do.
    ///
    /// # Errors
    /// [`Untestable::AllZero`] where no item differs under any seed.
    pub fn unless_all_zero(&self) -> Result<(), Untestable> {
        match self.of.as_slice() {
            [first, second] if first.values() == second.values() => {
                Err(Untestable::AllZero { n: first.texts() * self.seeds_run })
            }
            _ => Ok(()),
        }
    }

    /// The means of each series under the resamples.
    #[must_use]
    pub fn means(&self) -> Vec<Arc<Means>> {
        self.means_of(self.draws, &self.of.iter().collect::<Vec<_>>())
    }

    /// The same of other measures of as many items and seeds, under other `draws`.
    #[must_use]
    pub fn means_of(&self, draws: Draws, measures: &[&Crossed]) -> Vec<Arc<Means>> {
        let none = || Arc::new(Means { list: Vec::new(), interval: None });
        let of_each = self.results.replicates().of(draws, measures);
        of_each.unwrap_or_else(|| measures.iter().map(|_| none()).collect())
    }

    /// Makes the means of all of `list` together, so that they are drawn for once; as many as are kept.
    pub fn make_means(list: &[Self]) {
        let mut left: Vec<&Self> = list.iter().collect();
        while let Some(first) = left.first().copied() {
            let (alike, others): (Vec<&Self>, Vec<&Self>) = left.into_iter().partition(|one| one.draws == first.draws);
            let measures: Vec<&Crossed> = alike.iter().flat_map(|harms| &harms.of).collect();
            first.results.replicates().prepare(first.draws, &measures);
            left = others;
        }
    }
}

/// Makes the means under resamples of the series that `results` have, experiment by experiment: tables then find them.
/// Without it they are the same, and are drawn for table by table.
pub fn prepare(results: &Results) {
    for kind in results.shapes.keys() {
        let series = results.series(*kind);
        if let Some(harms) = Harms::of_scores(results, *kind, &series.iter().collect::<Vec<_>>()) {
            Harms::make_means(&[harms]);
        }
    }
}

/// What the experiment `kind` measures.
fn measure(results: &Results, kind: Kind) -> Option<Measure> {
    Some(find(&results.study, kind)?.measure())
}

/// The harm of every run of an arm under a mode.
pub struct ArmHarm {
    /// The arm.
    pub arm: Arm,
    /// The mode.
    pub mode: Mode,
    /// Mean and spread over seeds.
    pub harm: Spread,
    /// Its 95 % interval over items and seeds.
    pub interval: Option<(f64, f64)>,
}

/// The harm of each arm of `kind`, on the items that it and the clean run have.
#[must_use]
pub fn harms_by_arm(results: &Results, kind: Kind) -> Vec<ArmHarm> {
    let of = |series: Series<'_>| {
        let harms = Harms::of_scores(results, kind, &[&series])?;
        let interval = harms.means()[0].interval;
        Some(ArmHarm { arm: series.arm, mode: series.mode, harm: harms.spread(0)?, interval })
    };
    results.series(kind).into_iter().filter_map(of).collect()
}
