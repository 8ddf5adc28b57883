//! The summary of `sweep` and `syntax`: what each mode costs at each δ, and whether the modes differ.

use super::inference::{Difference, TestName};
use super::{Disturbance, Experiment, Kind, Measure, Results, Series, find};
use crate::intervention::Displacement;
use crate::stats::{PairedT, Spread, holm, paired_t, t_interval};
use crate::study::Mode;

/// Magnitude against angular at every δ of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub measure: Measure,
    /// The clean run; none before its first trial.
    pub clean: Option<Clean>,
    /// One row per δ, in the study's order.
    pub rows: Vec<Row>,
    /// How many p make up the family that `p_holm` is adjusted for.
    pub family: usize,
    /// The test that markers of significance stand for.
    pub marked_by: TestName,
    /// The least p that this test can give, adjusted likewise; 0 where it can give any.
    pub least_marked: f64,
}

/// When a ratio of the damages is given, in words that follow "it is": the one rule of all tables and pictures.
pub const RATIO_RULE: &str = "given only where the 95 % t intervals over seeds of both damages lie above 0";

/// The clean run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clean {
    /// Mean over the items, and their spread: loss in nats, or accuracy in percent.
    pub spread: Spread,
    /// Standard error of the mean over items; none of a single item.
    pub standard_error: Option<f64>,
}

/// The modes at one δ.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// δ in the study's unit.
    pub delta: f64,
    /// The modes of the study, in its order; none before a mode's first trial.
    pub cells: Vec<(Mode, Option<Measured>)>,
    /// Angular over magnitude, only for damage, and only as [`RATIO_RULE`] says.
    pub ratio: Option<f64>,
    /// Paired t-test over seeds, angular minus magnitude.
    pub test: Option<PairedT>,
    /// p of the test, adjusted by Holm for all δ of the table.
    pub p_holm: Option<f64>,
    /// p by the study's unit of analysis, adjusted likewise: what a marker of significance
    /// shows; none while trials come in.
    pub p_marked: Option<f64>,
}

/// One mode at one δ.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// (seed, value): damage or accuracy drop, each averaged over the items. Where the runs of all seeds are one run, the
    /// first of them alone.
    pub by_seed: Vec<(u64, f64)>,
    /// How many seeds were run.
    pub seeds_run: usize,
    /// Over the seeds.
    pub spread: Spread,
    /// Items behind each seed's value; the fewest of any seed.
    pub items: usize,
    /// Displacement reached, over all seeds, layers and items.
    pub displacement: Displacement,
}

impl Comparison {
    /// The summary of `kind` from `results`, complete or not, without markers; none where the study does not have the
    /// experiment.
    #[must_use]
    pub fn of(results: &Results, kind: Kind) -> Option<Self> {
        let experiment = find(&results.study, kind)?;
        let experiment = experiment.as_ref();
        let measure = experiment.measure();
        let mut rows: Vec<Row> = experiment
            .deltas(&results.study)
            .into_iter()
            .map(|delta| Row::of(results, experiment, measure, delta))
            .collect();
        // The family is all δ of the table, fixed by the study: a δ that cannot be tested counts as no evidence.
        let p: Vec<f64> = rows.iter().map(|row| row.test.map_or(1.0, |test| test.p)).collect();
        for (row, adjusted) in rows.iter_mut().zip(holm(&p)) {
            row.p_holm = row.test.map(|_| adjusted);
        }
        let marked_by = TestName::of_unit(results.study.statistics.unit);
        let (clean, family) = (Clean::of(results, kind, measure), p.len());
        Some(Self { measure, clean, rows, family, marked_by, least_marked: 0.0 })
    }

    /// It with the p that markers of significance show, from the differences of its experiment.
    #[must_use]
    pub fn marked(mut self, results: &Results, differences: &[Difference]) -> Self {
        for difference in differences {
            let test = difference.tests.iter().find(|test| test.name == self.marked_by);
            let least = test.map_or(0.0, |test| test.least_p(super::least_p(results)));
            self.least_marked = least * difference.family as f64;
            if let Some(row) = self.rows.iter_mut().find(|row| row.delta == difference.delta) {
                row.p_marked = test.and_then(|test| test.p_holm);
            }
        }
        self
    }

    /// Whether any trial with a disturbance is in.
    #[must_use]
    pub fn has_results(&self) -> bool {
        self.rows.iter().any(|row| row.there().next().is_some())
    }
}

impl Clean {
    fn of(results: &Results, kind: Kind, measure: Measure) -> Option<Self> {
        let scores = results.scores(results.clean(kind)?);
        let values: Vec<f64> = scores.iter().flatten().map(|score| measure.scale() * score.value).collect();
        let spread = Spread::of(&values)?;
        let spread = Spread { n: results.items_behind(kind, spread.n), ..spread };
        let standard_error = spread.sd.map(|sd| sd / (spread.n as f64).sqrt());
        Some(Self { spread, standard_error })
    }
}

impl Row {
    fn of(results: &Results, experiment: &dyn Experiment, measure: Measure, delta: f64) -> Self {
        let cell = |mode| (mode, Measured::of(results, experiment, measure, mode, delta));
        let cells = experiment.modes(&results.study).into_iter().map(cell).collect();
        let mut row = Self { delta, cells, ratio: None, test: None, p_holm: None, p_marked: None };
        if let (Some(magnitude), Some(angular)) = (row.cell(Mode::Magnitude), row.cell(Mode::Angular)) {
            let (a, m): (Vec<f64>, Vec<f64>) = angular
                .by_seed
                .iter()
                .filter_map(|(seed, a)| Some((*a, magnitude.by_seed.iter().find(|(s, _)| s == seed)?.1)))
                .unzip();
            let test = paired_t(&a, &m).ok();
            let above_zero = |cell: &Measured| t_interval(&cell.spread).is_some_and(|(low, _)| low > 0.0);
            let has_ratio = measure == Measure::Damage && above_zero(magnitude) && above_zero(angular);
            let ratio = has_ratio.then(|| angular.spread.mean / magnitude.spread.mean);
            (row.test, row.ratio) = (test, ratio);
        }
        row
    }

    /// What `mode` did; none before its first trial, or where the study leaves it out.
    #[must_use]
    pub fn cell(&self, mode: Mode) -> Option<&Measured> {
        self.cells.iter().find(|(known, _)| *known == mode)?.1.as_ref()
    }

    /// The modes that have trials.
    pub fn there(&self) -> impl Iterator<Item = (Mode, &Measured)> {
        self.cells.iter().filter_map(|(mode, cell)| Some((*mode, cell.as_ref()?)))
    }

    /// Stars for the adjusted p by the study's unit of analysis: three below 0.001, two below 0.01, one below 0.05, "ns" else.
    #[must_use]
    pub fn stars(&self) -> Option<&'static str> {
        Some(match self.p_marked? {
            p if p < 0.001 => "***",
            p if p < 0.01 => "**",
            p if p < 0.05 => "*",
            _ => "ns",
        })
    }
}

impl Comparison {
    /// Sentences on the modes whose runs under all seeds are one run, and on the δ at which they are; empty where there are
    /// none.
    #[must_use]
    pub fn one_runs(&self) -> String {
        let modes = self.rows.first().map_or(&[][..], |row| &row.cells);
        let mut text = String::new();
        for (mode, _) in modes {
            let cells: Vec<(f64, &Measured)> =
                self.rows.iter().filter_map(|row| Some((row.delta, row.cell(*mode)?))).collect();
            let one: Vec<String> = cells
                .iter()
                .filter(|(_, cell)| cell.seeds_run > cell.by_seed.len())
                .map(|(delta, _)| delta.to_string())
                .collect();
            if !one.is_empty() {
                let at = if one.len() == cells.len() { String::new() } else { format!(" at δ {}", one.join(", ")) };
                text += &format!(" Under {mode}{at} all seeds give one and the same run, which counts once.");
            }
        }
        text
    }
}

impl Measured {
    fn of(results: &Results, experiment: &dyn Experiment, measure: Measure, mode: Mode, delta: f64) -> Option<Self> {
        let clean = results.scores(results.clean(experiment.kind())?);
        let mut by_seed = Vec::new();
        let mut fewest = usize::MAX;
        let mut displacement = Displacement::default();
        for (id, condition) in &results.conditions {
            let Some(disturbance) = condition.disturbance.filter(|_| condition.experiment == experiment.kind()) else {
                continue;
            };
            let Disturbance { mode: m, delta: d, seed } = disturbance;
            if m != mode || d != delta {
                continue;
            }
            let scores = results.scores(*id).iter().zip(clean.iter());
            let harms = scores.filter_map(|(score, clean)| Some(measure.harm(clean?.value, score?.value)));
            let harms: Vec<f64> = harms.collect();
            if let Some(mean) = crate::stats::mean(&harms) {
                by_seed.push((seed, mean));
                fewest = fewest.min(harms.len());
                displacement.merge(&results.displacement(*id));
            }
        }
        by_seed.sort_by_key(|(seed, _)| *seed);
        let seeds_run = by_seed.len();
        let is_it = |series: &Series| series.mode == mode && series.delta == delta;
        if results.series(experiment.kind()).iter().any(|series| is_it(series) && results.is_one_run(series)) {
            by_seed.truncate(1);
        }
        let values: Vec<f64> = by_seed.iter().map(|(_, value)| *value).collect();
        let items = results.items_behind(experiment.kind(), fewest);
        Some(Self { spread: Spread::of(&values)?, by_seed, seeds_run, items, displacement })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Arm, Commit, Condition, Pass, Score, Trial};
    use crate::study;
    use std::collections::BTreeMap;

    /// Mode, δ and seed, or none for the clean run, and the values by item.
    type Given<'a> = (Option<(Mode, f64, u64)>, &'a [f64]);

    /// A study with δ 1 and 2 and the given values.
    fn results(kind: Kind, values: &[Given]) -> Results {
        let study = study::parse("[perturbation]\ndeltas = [1, 2]\n[experiments.sweep]\n[experiments.syntax]").unwrap();
        let mut conditions = BTreeMap::new();
        let mut commit = Commit::default();
        for (id, (disturbance, values)) in values.iter().enumerate() {
            let disturbance = disturbance.map(|(mode, delta, seed)| Disturbance { mode, delta, seed });
            conditions.insert(id, Condition { experiment: kind, disturbance, arm: Arm::Plain, pass: Pass::default() });
            for (item, value) in values.iter().enumerate() {
                let score = Score { value: *value, sentences: None };
                commit.trials.push(Trial { condition: id, item, score, readings: Vec::new() });
            }
        }
        let mut results = Results::new(study, conditions, commit.trials.len());
        results.add(&commit);
        results
    }

    #[test]
    fn damage_is_each_texts_own_and_its_ratio_needs_both_above_zero() {
        use Mode::{Angular, Magnitude};
        let results = results(
            Kind::Sweep,
            &[
                (None, &[2.0, 4.0]),
                // Damages by seed 1.0, 1.2, 1.1 …
                (Some((Angular, 1.0, 0)), &[3.0, 5.0]),
                (Some((Angular, 1.0, 1)), &[3.4, 5.0]),
                (Some((Angular, 1.0, 2)), &[3.0, 5.2]),
                // … against 0.5, 0.6, 0.55; the seeds come in another order.
                (Some((Magnitude, 1.0, 2)), &[2.5, 4.6]),
                (Some((Magnitude, 1.0, 0)), &[2.5, 4.5]),
                (Some((Magnitude, 1.0, 1)), &[2.6, 4.6]),
                // At δ 2 the magnitude damages −0.5, 0.5, 0.1 say nothing of their mean's sign.
                (Some((Angular, 2.0, 0)), &[3.0, 5.0]),
                (Some((Angular, 2.0, 1)), &[3.1, 5.1]),
                (Some((Angular, 2.0, 2)), &[3.2, 5.2]),
                (Some((Magnitude, 2.0, 0)), &[1.5, 3.5]),
                (Some((Magnitude, 2.0, 1)), &[2.5, 4.5]),
                (Some((Magnitude, 2.0, 2)), &[2.1, 4.1]),
            ],
        );
        let comparison = Comparison::of(&results, Kind::Sweep).unwrap();
        assert_eq!(comparison.clean.unwrap().spread.mean, 3.0);
        let row = &comparison.rows[0];
        let (angular, magnitude) = (row.cell(Angular).unwrap(), row.cell(Magnitude).unwrap());
        assert!((angular.spread.mean - 1.1).abs() < 1e-12 && (angular.spread.sd.unwrap() - 0.1).abs() < 1e-12);
        assert!((magnitude.spread.mean - 0.55).abs() < 1e-12 && (magnitude.spread.sd.unwrap() - 0.05).abs() < 1e-12);
        assert!((row.ratio.unwrap() - 2.0).abs() < 1e-12);
        // Differences 0.5, 0.6, 0.55 by seed: t = 0.55/(0.05/√3).
        assert!((row.test.unwrap().t - 11.0 * 3f64.sqrt()).abs() < 1e-9);
        assert_eq!(comparison.rows[1].ratio, None, "a damage that may be 0 gives no ratio");
        let p = [row.test.unwrap().p, comparison.rows[1].test.unwrap().p];
        assert!(p[0] < p[1] && (row.p_holm.unwrap() - 2.0 * p[0]).abs() < 1e-15);
        assert!((comparison.rows[1].p_holm.unwrap() - p[1]).abs() < 1e-15);
    }

    #[test]
    fn accuracy_drops_are_points_and_what_cannot_be_tested_still_counts() {
        use Mode::{Angular, Magnitude};
        let results = results(
            Kind::Syntax,
            &[
                (None, &[1.0, 1.0, 0.0, 1.0]),
                (Some((Angular, 1.0, 0)), &[1.0, 0.5, 0.0, 1.0]),
                (Some((Angular, 1.0, 1)), &[1.0, 0.0, 1.0, 1.0]),
                (Some((Magnitude, 1.0, 0)), &[0.0, 0.5, 0.0, 1.0]),
                (Some((Magnitude, 1.0, 1)), &[0.0, 0.0, 0.0, 1.0]),
                (Some((Angular, 2.0, 0)), &[0.0, 1.0, 0.0, 1.0]),
                (Some((Angular, 2.0, 1)), &[1.0, 0.0, 0.0, 1.0]),
                (Some((Magnitude, 2.0, 0)), &[0.0, 0.0, 0.0, 1.0]),
                (Some((Magnitude, 2.0, 1)), &[0.0, 0.0, 0.0, 1.0]),
            ],
        );
        let comparison = Comparison::of(&results, Kind::Syntax).unwrap();
        assert_eq!(comparison.clean.unwrap().spread.mean, 75.0);
        let row = &comparison.rows[0];
        assert_eq!(row.cell(Angular).unwrap().by_seed, [(0, 12.5), (1, 0.0)]);
        assert_eq!(row.cell(Magnitude).unwrap().by_seed, [(0, 37.5), (1, 50.0)]);
        assert_eq!(row.ratio, None);
        // At δ 2 both seeds differ by the same 25 points: two equal counts are no measure of spread.
        assert_eq!(comparison.rows[1].test, None);
        assert_eq!(comparison.rows[1].p_holm, None);
        assert!((row.p_holm.unwrap() - (2.0 * row.test.unwrap().p).min(1.0)).abs() < 1e-15, "the family is both δ");
        assert_eq!(comparison.family, 2);
    }
}
