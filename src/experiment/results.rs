//! What a study file holds, in memory: the one source of every summary, table and panel.

use super::replicates::Replicates;
use super::{Condition, Kind, Score, Scores, Series};
use crate::intervention::Displacement;
use crate::measure::{LayerNorms, PositionNorms, Quantity, Shift};
use crate::study::{Mode, Study};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A trial: one condition on one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Id of the condition in the study file.
    pub condition: usize,
    /// Id of the text or the pair in the study file.
    pub item: usize,
    /// What was measured.
    pub score: Score,
    /// What was read off the pass, `[read layers, heads]` each.
    pub readings: Vec<(Quantity, Vec<f32>)>,
}

/// The tokens of a sequence that displacements and shifts are summed over: the first token of most models has a norm tens
/// to hundreds of times the others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The first token.
    First,
    /// All others.
    Rest,
}

impl Part {
    /// Both, in the order of a sequence.
    pub const ALL: [Self; 2] = [Self::First, Self::Rest];

    /// What it is called in files and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Rest => "rest",
        }
    }

    /// The part of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// What one batch adds to a study file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// Its trials.
    pub trials: Vec<Trial>,
    /// By condition, layer and part: displacement over the batch's items.
    pub displacements: BTreeMap<(usize, usize, Part), Displacement>,
    /// By condition and part: how far the final stream is from the clean one, over the batch's items.
    pub shifts: BTreeMap<(usize, Part), Shift>,
}

impl Commit {
    /// Adds what another batch, or another part of this one, gave.
    pub fn merge(&mut self, other: Self) {
        self.trials.extend(other.trials);
        for (key, displacement) in other.displacements {
            self.displacements.entry(key).or_default().merge(&displacement);
        }
        for (key, shift) in other.shifts {
            self.shifts.entry(key).or_default().merge(&shift);
        }
    }
}

/// What holds for all conditions of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The layers that its plain runs disturb.
    pub layers: Vec<usize>,
    /// The layers that are read; empty where nothing is.
    pub read_layers: Vec<usize>,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Trials of conditions that are planned when the first ones are in.
    pub later: usize,
}

/// Where results come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// A run of Polarscope.
    #[default]
    Run,
    /// Figures that a study printed. Each condition has one item, whose score is the mean over all of them.
    Published {
        /// Where they were printed.
        source: String,
        /// How many texts or pairs each experiment's means are over.
        items: BTreeMap<Kind, usize>,
    },
}

/// What was read, by item.
type ByItem = BTreeMap<usize, Vec<f32>>;

/// Everything in a study file that summaries are made of.
#[derive(Debug, Clone)]
pub struct Results {
    /// Where they come from.
    pub origin: Origin,
    /// The study as it was run.
    pub study: Study,
    /// Conditions by id.
    pub conditions: BTreeMap<usize, Condition>,
    /// Norms of each layer's output, clean; empty before they are measured.
    pub norms: Vec<LayerNorms>,
    /// The same by position.
    pub position_norms: Vec<PositionNorms>,
    /// Tokens of the model's vocabulary, where that is known.
    pub vocabulary: Option<usize>,
    /// How many trials the study has in all.
    pub planned: usize,
    /// What holds for all conditions of each experiment.
    pub shapes: BTreeMap<Kind, Shape>,
    // Shared with copies of these results until they grow: a copy is cheap, whoever looks at it on another thread.
    scores: BTreeMap<usize, Arc<Scores>>,
    readings: BTreeMap<(usize, Quantity), Arc<ByItem>>,
    displacements: BTreeMap<(usize, usize, Part), Displacement>,
    shifts: BTreeMap<(usize, Part), Shift>,
    finished: usize,
    /// The clean run of each experiment.
    clean: BTreeMap<Kind, usize>,
    /// What was resampled of them.
    replicates: Replicates,
    hurried: bool,
}

impl Results {
    /// Of a study of which no trial has run.
    #[must_use]
    pub fn new(study: Study, conditions: BTreeMap<usize, Condition>, planned: usize) -> Self {
        let clean = clean_runs(&conditions);
        Self {
            origin: Origin::Run,
            study,
            conditions,
            norms: Vec::new(),
            position_norms: Vec::new(),
            vocabulary: None,
            planned,
            shapes: BTreeMap::new(),
            scores: BTreeMap::new(),
            readings: BTreeMap::new(),
            displacements: BTreeMap::new(),
            shifts: BTreeMap::new(),
            finished: 0,
            clean,
            replicates: Replicates::default(),
            hurried: false,
        }
    }

    /// Adds what a batch committed.
    pub fn add(&mut self, commit: &Commit) {
        self.take(commit.clone());
    }

    /// The same, without a copy.
    pub fn take(&mut self, commit: Commit) {
        self.forget_resamples();
        for trial in commit.trials {
            let scores = Arc::make_mut(self.scores.entry(trial.condition).or_default());
            self.finished += usize::from(scores.set(trial.item, trial.score));
            for (quantity, values) in trial.readings {
                self.take_reading(trial.condition, trial.item, quantity, values);
            }
        }
        for (key, displacement) in commit.displacements {
            self.displacements.entry(key).or_default().merge(&displacement);
        }
        for (key, shift) in commit.shifts {
            self.shifts.entry(key).or_default().merge(&shift);
        }
    }

    /// Adds what was read of one item under a condition, `[read layers, heads]`.
    pub fn take_reading(&mut self, condition: usize, item: usize, quantity: Quantity, values: Vec<f32>) {
        let of_condition = self.readings.entry((condition, quantity)).or_default();
        Arc::make_mut(of_condition).insert(item, values);
    }

    /// Takes note of conditions that were planned from earlier results.
    pub fn plan(&mut self, conditions: BTreeMap<usize, Condition>) {
        self.forget_resamples();
        self.conditions.extend(conditions);
        self.clean = clean_runs(&self.conditions);
    }

    /// Forgets what was resampled of them; it is made again where somebody asks.
    pub fn forget_resamples(&self) {
        self.replicates.clear();
    }

    /// What was resampled.
    pub(super) fn replicates(&self) -> &Replicates {
        &self.replicates
    }

    /// How many trials are in.
    #[must_use]
    pub fn finished(&self) -> usize {
        self.finished
    }

    /// How many texts or pairs `items` items of `kind` stand for: published means are one item each.
    #[must_use]
    pub fn items_behind(&self, kind: Kind, items: usize) -> usize {
        match &self.origin {
            Origin::Run => items,
            Origin::Published { items: of, .. } => of.get(&kind).copied().unwrap_or(items),
        }
    }

    /// Whether all trials are in.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.planned > 0 && self.finished >= self.planned
    }

    /// Asks for intervals of few resamples, as while trials come in, though all are in: for a first look at many trials.
    pub fn hurry(&mut self, hurried: bool) {
        if self.hurried != hurried {
            self.forget_resamples();
            self.hurried = hurried;
        }
    }

    /// Why numbers made of them are preliminary; none where they are not.
    #[must_use]
    pub fn preliminary(&self) -> Option<String> {
        if !self.is_complete() {
            return Some(format!("{} of {} trials", self.finished, self.planned));
        }
        self.hurried.then(|| "intervals of few resamples, until those of all are there".to_owned())
    }

    /// Id of the clean run of `experiment`.
    #[must_use]
    pub fn clean(&self, experiment: Kind) -> Option<usize> {
        self.clean.get(&experiment).copied()
    }

    /// The disturbed runs of `experiment`, one entry per arm, mode and δ, in the order in which they were planned.
    #[must_use]
    pub fn series(&self, experiment: Kind) -> Vec<Series<'_>> {
        Series::all(&self.conditions, experiment)
    }

    /// Whether the runs of `series` are one run, whatever its seeds are: nothing is drawn for its mode, or all that was
    /// measured is the same under every seed, to the last bit. Printed figures are rounded, and are as many runs as were
    /// printed.
    #[must_use]
    pub fn is_one_run(&self, series: &Series) -> bool {
        let [(_, first), others @ ..] = series.seeds.as_slice() else { return false };
        if others.is_empty() || self.origin != Origin::Run {
            return false;
        }
        !self.study.perturbation.draws_for(series.mode) || others.iter().all(|(_, other)| self.is_same(*first, *other))
    }

    /// The modes of `kind` whose runs are one run under all seeds, in an arm and at a δ at least.
    #[must_use]
    pub fn one_run_modes(&self, kind: Kind) -> Vec<Mode> {
        let mut modes = Vec::new();
        for series in self.series(kind) {
            if !modes.contains(&series.mode) && self.is_one_run(&series) {
                modes.push(series.mode);
            }
        }
        modes
    }

    /// Whether all that two conditions have measured on the same items is the same, to the last bit.
    fn is_same(&self, first: usize, second: usize) -> bool {
        let mut both = self.scores(first).iter().zip(self.scores(second).iter()).filter_map(|(a, b)| Some((a?, b?)));
        let mut has_any = false;
        let scores_are = both.all(|(a, b)| {
            has_any = true;
            a == b
        });
        let readings_are = || {
            let is = |quantity, item, values: &[f32]| {
                self.reading(second, quantity, item).is_none_or(|other| other == values)
            };
            Quantity::ALL.iter().all(|of| self.readings(first, *of).all(|(item, values)| is(*of, item, values)))
        };
        scores_are && has_any && readings_are()
    }

    /// Scores under a condition by item.
    #[must_use]
    pub fn scores(&self, condition: usize) -> &Scores {
        self.scores.get(&condition).map_or(Scores::EMPTY, Arc::as_ref)
    }

    /// Gives back the room that was made for more trials.
    pub fn shrink(&mut self) {
        for scores in self.scores.values_mut() {
            Arc::make_mut(scores).shrink();
        }
    }

    /// What was read under a condition, by item, `[read layers, heads]` each.
    pub fn readings(&self, condition: usize, quantity: Quantity) -> impl Iterator<Item = (usize, &[f32])> {
        let of_condition = self.readings.get(&(condition, quantity));
        of_condition
            .into_iter()
            .flat_map(|of_condition| of_condition.iter())
            .map(|(item, values)| (*item, values.as_slice()))
    }

    /// What was read of one item under a condition, `[read layers, heads]`.
    #[must_use]
    pub fn reading(&self, condition: usize, quantity: Quantity, item: usize) -> Option<&[f32]> {
        self.readings.get(&(condition, quantity))?.get(&item).map(Vec::as_slice)
    }

    /// Mean over the items of what was read under a condition, `[read layers, heads]`; of each item's own difference from
    /// the condition `minus` where one is given. None where nothing was read.
    #[must_use]
    pub fn mean_reading(&self, condition: usize, quantity: Quantity, minus: Option<usize>) -> Option<Vec<f64>> {
        let base = minus.map(|minus| self.readings.get(&(minus, quantity)));
        let mut sums: Vec<f64> = Vec::new();
        let mut count = 0.0;
        for (item, values) in self.readings(condition, quantity) {
            let of_base = match base {
                None => None,
                Some(base) => match base.and_then(|base| base.get(&item)) {
                    None => continue,
                    found => found,
                },
            };
            sums.resize(values.len(), 0.0);
            count += 1.0;
            for (i, (sum, value)) in sums.iter_mut().zip(values).enumerate() {
                *sum += f64::from(*value) - of_base.map_or(0.0, |base| f64::from(base[i]));
            }
        }
        (count > 0.0).then(|| sums.into_iter().map(|sum| sum / count).collect())
    }

    /// Displacement under a condition, over all its layers and tokens.
    #[must_use]
    pub fn displacement(&self, condition: usize) -> Displacement {
        let mut all = Displacement::default();
        let range = (condition, 0, Part::First)..=(condition, usize::MAX, Part::Rest);
        for (_, displacement) in self.displacements.range(range) {
            all.merge(displacement);
        }
        all
    }

    /// Displacements under a condition, by layer and part.
    pub fn displacements(&self, condition: usize) -> impl Iterator<Item = (usize, Part, &Displacement)> {
        let range = (condition, 0, Part::First)..=(condition, usize::MAX, Part::Rest);
        self.displacements.range(range).map(|((_, layer, part), displacement)| (*layer, *part, displacement))
    }

    /// How far the final stream under a condition is from the clean one.
    #[must_use]
    pub fn shift(&self, condition: usize, part: Part) -> Option<&Shift> {
        self.shifts.get(&(condition, part))
    }
}

/// The clean run of each experiment: its first, by id.
fn clean_runs(conditions: &BTreeMap<usize, Condition>) -> BTreeMap<Kind, usize> {
    // From the end, so that the first one stays.
    let clean = conditions.iter().rev().filter(|(_, condition)| condition.disturbance.is_none());
    clean.map(|(id, condition)| (condition.experiment, *id)).collect()
}
