//! The differences that each experiment asks about.

use super::difference::{Difference, Sample, adjust, tests};
use crate::experiment::factor::corner;
use crate::experiment::harm::Harms;
use crate::experiment::series::ByArm;
use crate::experiment::{Arm, Kind, LayerSet, Measure, Results, Series, find};
use crate::measure::Quantity;
use crate::stats::{Crossed, Unit, Untestable, mean};
use crate::study::{Mode, Protocol};
use std::collections::BTreeMap;

/// Everything that the experiment `kind` of `results` lets be compared, family by family. A family of which nothing is in yet
/// says nothing.
#[must_use]
pub fn differences(results: &Results, kind: Kind) -> Vec<Difference> {
    let Some(experiment) = find(&results.study, kind) else { return Vec::new() };
    // Before its clean run there is nothing to compare with.
    if results.clean(kind).is_none_or(|clean| results.scores(clean).is_empty()) {
        return Vec::new();
    }
    let families = experiment.differences(&Differences { results, kind });
    let mut list = Vec::new();
    for mut family in families.into_iter().filter(|family| family.iter().any(|one| one.items > 0)) {
        adjust(&mut family);
        list.append(&mut family);
    }
    list
}

/// The differences of an experiment, from which its declaration takes those that are tested.
pub struct Differences<'a> {
    /// The results.
    pub results: &'a Results,
    /// The experiment.
    pub kind: Kind,
}

impl Differences<'_> {
    /// Angular against magnitude in the plain runs at each δ.
    #[must_use]
    pub fn modes(&self) -> Vec<Difference> {
        self.of_modes(&|series| series.arm.is_plain(), &self.label())
    }

    /// The same in the cells of an audit that are the settings of `protocol`.
    #[must_use]
    pub fn audit(&self, protocol: Protocol) -> Vec<Difference> {
        let strict = if protocol == Protocol::Strict { usize::MAX } else { 0 };
        let is_it = |series: &Series| series.pass.settings == Some(corner(self.kind, series.mode, strict));
        self.of_modes(&is_it, &format!("{} (audit)", crate::study::word(protocol)))
    }

    fn label(&self) -> String {
        self.results.study.perturbation.protocol_label()
    }

    /// Angular against magnitude, among the series that `is_it`, at each δ.
    fn of_modes(&self, is_it: &dyn Fn(&Series) -> bool, protocol: &str) -> Vec<Difference> {
        let kind = self.kind;
        let Some(measure) = find(&self.results.study, kind).map(|experiment| experiment.measure()) else {
            return Vec::new();
        };
        let (what, unit) = match measure {
            Measure::Damage => ("damage", "nats"),
            Measure::AccuracyDrop => ("drop in accuracy", "points"),
        };
        let bounds = &self.results.study.statistics.equivalence;
        let bound = if measure == Measure::Damage { bounds.damage } else { bounds.accuracy };
        let series = self.results.series(kind);
        let mut list = Vec::new();
        for (angular, magnitude) in both_modes(&series, is_it) {
            let what = format!("{what}, angular − magnitude");
            let Some(harms) = Harms::of_scores(self.results, kind, &[angular, magnitude]) else {
                list.push(absent(kind, what, protocol, [angular, magnitude], unit));
                continue;
            };
            let mut sample = Sample::of(&harms);
            if let (Ok(sample), Measure::AccuracyDrop) = (&mut sample, measure) {
                sample.discordant = self.discordant(&harms.items, angular, magnitude);
            }
            let sides = [angular, magnitude];
            list.extend(self.difference(kind, what, protocol, sides, unit, &harms, sample, bound));
        }
        list
    }

    /// Pairs that only the first, and that only the second, judges right, under the first seed.
    fn discordant(&self, items: &[usize], first: &Series, second: &Series) -> Option<(u64, u64)> {
        let score = |id: usize, item: usize| Some(self.results.scores(id).get(item)?.value);
        let (first, second) = (first.seeds.first()?.1, second.seeds.first()?.1);
        let pairs: Vec<(f64, f64)> =
            items.iter().map(|item| Some((score(first, *item)?, score(second, *item)?))).collect::<Option<_>>()?;
        let count = |is_it: &dyn Fn(&(f64, f64)) -> bool| pairs.iter().filter(|pair| is_it(pair)).count() as u64;
        Some((count(&|pair| *pair == (1.0, 0.0)), count(&|pair| *pair == (0.0, 1.0))))
    }

    /// The change of a quantity, mean over all layers and heads that are read, angular against magnitude.
    #[must_use]
    pub fn readings(&self, quantity: Quantity) -> Vec<Difference> {
        let kind = self.kind;
        let bounds = &self.results.study.statistics.equivalence;
        let (what, unit, bound) = match quantity {
            Quantity::QkCosine => ("change of the cosine of q and k", "", bounds.cosine),
            _ => ("change of attention entropy", "nats", bounds.entropy),
        };
        let series = self.results.series(kind);
        let mut list = Vec::new();
        for (angular, magnitude) in both_modes(&series, &|series| series.arm.is_plain()) {
            let all =
                |values: &[f32]| mean(&values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>()).unwrap_or(f64::NAN);
            let what = format!("{what}, angular − magnitude");
            let Some(harms) = Harms::of_readings(self.results, kind, quantity, &all, &[angular, magnitude]) else {
                list.push(absent(kind, what, &self.label(), [angular, magnitude], unit));
                continue;
            };
            let sample = Sample::of(&harms);
            let sides = [angular, magnitude];
            list.extend(self.difference(kind, what, &self.label(), sides, unit, &harms, sample, bound));
        }
        list
    }

    /// What each repair gives back, angular against magnitude.
    #[must_use]
    pub fn repairs(&self) -> Vec<Difference> {
        let kind = self.kind;
        let series = self.results.series(kind);
        let by_arm = ByArm::of(&series);
        let mut list = Vec::new();
        for (angular, magnitude) in both_modes(&series, &|series| series.repairs()) {
            // Windows and single layers are a map, not hypotheses.
            if angular.arm.is_repaired_window() {
                continue;
            }
            let what = format!("recovery by repairing {}, angular − magnitude", angular.arm.title());
            list.extend(self.recovery(kind, what, &by_arm, &[angular], &[magnitude]));
        }
        list
    }

    /// Within a mode: the layers whose entropy changes most against those where it changes least, and against random ones.
    #[must_use]
    pub fn sets(&self) -> Vec<Difference> {
        let kind = self.kind;
        let series = self.results.series(kind);
        let by_arm = ByArm::of(&series);
        let mut list = Vec::new();
        for top in series.iter().filter(|series| series.arm == Arm::Set(LayerSet::Top)) {
            let others = |is_it: &dyn Fn(Arm) -> bool| -> Vec<&Series> {
                series.iter().filter(|s| s.mode == top.mode && s.delta == top.delta && is_it(s.arm)).collect()
            };
            for (name, others) in [
                ("bottom", others(&|arm| arm == Arm::Set(LayerSet::Bottom))),
                ("random (mean)", others(&|arm| arm.is_random())),
            ] {
                if !others.is_empty() {
                    let what = format!("recovery under {}, top layers − {name}", top.mode);
                    list.extend(self.recovery(kind, what, &by_arm, &[top], &others));
                }
            }
        }
        list
    }

    /// Mean recovery of the repairs `first` less that of `second`, in percentage points.
    fn recovery(
        &self,
        kind: Kind,
        what: String,
        by_arm: &ByArm,
        first: &[&Series],
        second: &[&Series],
    ) -> Option<Difference> {
        let repaired: Vec<&Series> = first.iter().chain(second).copied().collect();
        let mut all = Vec::new();
        for one in &repaired {
            all.extend([by_arm.plain(one)?, *one]);
        }
        let sides = [*first.first()?, *second.first()?];
        let Some(harms) = Harms::of_scores(self.results, kind, &all) else {
            return Some(absent(kind, what, &self.label(), sides, "points"));
        };
        // Of the places of a damage and of the repaired damage in `harms`.
        let of = |share: &dyn Fn(usize, usize) -> f64| {
            let shares: Vec<f64> = (0..harms.of.len()).step_by(2).map(|at| 100.0 * share(at, at + 1)).collect();
            let (first, second) = shares.split_at(first.len());
            [mean(first).unwrap_or(f64::NAN), mean(second).unwrap_or(f64::NAN)]
        };
        let sample = || {
            let means = harms.means();
            if !means.iter().step_by(2).all(|damage| damage.interval.is_some_and(|(low, _)| low > 0.0)) {
                return Err(Untestable::DenominatorAboutZero);
            }
            let mean_of = |at: usize| harms.of[at].mean();
            let [a, b] = of(&|damage, repaired| (mean_of(damage) - mean_of(repaired)) / mean_of(damage));
            let replicate = |drawn: usize| {
                let [a, b] = of(&|damage, repaired| {
                    // As in `recovery`: a resampled damage below 0 counts as the limit at 0.
                    let whole = means[damage].list[drawn];
                    (whole - means[repaired].list[drawn]) / whole.max(0.0)
                });
                a - b
            };
            let seed_means: Vec<Vec<f64>> = harms.of.iter().map(Crossed::seed_means).collect();
            let seed = |seed: usize| {
                of(&|damage, repaired| {
                    let (damage, repaired) = (seed_means[damage][seed], seed_means[repaired][seed]);
                    if damage > 0.0 { (damage - repaired) / damage } else { f64::NAN }
                })
            };
            let seeds: Vec<[f64; 2]> = (0..harms.of[0].seeds()).map(seed).collect();
            Ok(Sample {
                value: a - b,
                replicates: (0..means[0].list.len()).map(replicate).collect(),
                // Where the damage of a seed is not above 0, there are no values by seed.
                seeds: if seeds.iter().flatten().all(|share| share.is_finite()) {
                    [0, 1].map(|i| seeds.iter().map(|pair| pair[i]).collect())
                } else {
                    Default::default()
                },
                ..Sample::default()
            })
        };
        let bound = self.results.study.statistics.equivalence.recovery;
        self.difference(kind, what, &self.label(), sides, "points", &harms, sample(), bound)
    }

    #[allow(clippy::too_many_arguments)] // each is a field
    fn difference(
        &self,
        kind: Kind,
        what: String,
        protocol: &str,
        sides: [&Series; 2],
        unit: &'static str,
        harms: &Harms,
        sample: Result<Sample, Untestable>,
        bound: Option<f64>,
    ) -> Option<Difference> {
        let sample = sample.and_then(|sample| harms.unless_all_zero().map(|()| sample));
        let (mut sample, why) = match sample {
            Ok(sample) => (sample, None),
            Err(why) => (Sample::default(), Some(why)),
        };
        let mut tests = tests(&sample, bound, self.results.study.seed);
        if let Some(why) = why {
            for test in &mut tests {
                test.outcome = Err(why);
            }
        }
        if let (None, Err(one_run)) = (why, harms.unless_one_run()) {
            for test in tests.iter_mut().filter(|test| test.name.sample() == Unit::Seeds) {
                test.outcome = Err(one_run);
            }
            sample.seeds = Default::default();
        }
        Some(Difference {
            kind,
            what,
            protocol: protocol.to_owned(),
            delta: sides[0].delta,
            unit,
            items: self.results.items_behind(kind, harms.items.len()),
            seeds: harms.of.first()?.seeds(),
            one_run: harms.one_run_modes(),
            drawn: [harms.items.len(), harms.of.first()?.seeds()],
            by_seed: sample.seeds,
            sides: sides.map(named),
            tests,
            family: 1,
        })
    }
}

/// A difference of which nothing is in yet: it is of the family all the same.
fn absent(kind: Kind, what: String, protocol: &str, sides: [&Series; 2], unit: &'static str) -> Difference {
    let why = Untestable::TooFew { found: 0, needed: 2 };
    let mut tests = tests(&Sample::default(), None, 0);
    for test in &mut tests {
        test.outcome = Err(why);
    }
    let protocol = protocol.to_owned();
    Difference {
        kind,
        what,
        protocol,
        delta: sides[0].delta,
        unit,
        items: 0,
        seeds: 0,
        one_run: Vec::new(),
        drawn: [0, 0],
        by_seed: [Vec::new(), Vec::new()],
        sides: sides.map(named),
        tests,
        family: 1,
    }
}

/// Mode and arm of a series.
fn named(series: &Series) -> (Mode, Arm) {
    (series.mode, series.arm)
}

/// (angular, magnitude) of each arm and δ that has both, among those that `is_it`.
fn both_modes<'a>(series: &'a [Series<'a>], is_it: &dyn Fn(&Series) -> bool) -> Vec<(&'a Series<'a>, &'a Series<'a>)> {
    let chosen = || series.iter().filter(|series| is_it(series));
    // The arms of an audit have settings of their own: there one of each mode is chosen, whatever they are called.
    let (mut by_arm, mut unrepaired) = (BTreeMap::new(), BTreeMap::new());
    for (at, magnitude) in chosen().filter(|series| series.mode == Mode::Magnitude).enumerate() {
        let delta = magnitude.delta.to_bits();
        by_arm.entry((delta, magnitude.arm)).or_insert((at, magnitude));
        if !magnitude.repairs() {
            unrepaired.entry(delta).or_insert((at, magnitude));
        }
    }
    let alike = |angular: &Series| {
        let delta = angular.delta.to_bits();
        let of_arm = by_arm.get(&(delta, angular.arm));
        let of_none = unrepaired.get(&delta).filter(|_| !angular.repairs());
        // The first of them.
        of_arm.into_iter().chain(of_none).min_by_key(|(at, _)| *at).map(|(_, magnitude)| *magnitude)
    };
    chosen().filter(|s| s.mode == Mode::Angular).filter_map(|angular| Some((angular, alike(angular)?))).collect()
}
