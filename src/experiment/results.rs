//! What a study file holds, in memory: the one source of every summary, table and panel.

use super::{Condition, Disturbance, Kind, Score};
use crate::intervention::Displacement;
use crate::measure::LayerNorms;
use crate::study::Study;
use std::collections::BTreeMap;

/// A trial: one condition on one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Id of the condition in the study file.
    pub condition: usize,
    /// Id of the text or the pair in the study file.
    pub item: usize,
    /// What was measured.
    pub score: Score,
}

/// What one batch adds to a study file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// Its trials.
    pub trials: Vec<Trial>,
    /// (condition, layer, displacement over the batch's items).
    pub displacements: Vec<(usize, usize, Displacement)>,
}

/// Everything in a study file that summaries are made of.
#[derive(Debug, Clone)]
pub struct Results {
    /// The study as it was run.
    pub study: Study,
    /// Conditions by id.
    pub conditions: BTreeMap<usize, Condition>,
    /// Norms of each layer's output, clean; empty before they are measured.
    pub norms: Vec<LayerNorms>,
    /// How many trials the study has in all.
    pub planned: usize,
    /// Layers that each experiment disturbs.
    pub layers: BTreeMap<Kind, Vec<usize>>,
    scores: BTreeMap<usize, Vec<Option<Score>>>,
    displacements: BTreeMap<(usize, usize), Displacement>,
    finished: usize,
}

impl Results {
    /// Of a study of which no trial has run.
    #[must_use]
    pub fn new(study: Study, conditions: BTreeMap<usize, Condition>, planned: usize) -> Self {
        Self {
            study,
            conditions,
            norms: Vec::new(),
            planned,
            layers: BTreeMap::new(),
            scores: BTreeMap::new(),
            displacements: BTreeMap::new(),
            finished: 0,
        }
    }

    /// Adds what a batch committed.
    pub fn add(&mut self, commit: &Commit) {
        for trial in &commit.trials {
            let scores = self.scores.entry(trial.condition).or_default();
            if scores.len() <= trial.item {
                scores.resize(trial.item + 1, None);
            }
            self.finished += usize::from(scores[trial.item].replace(trial.score).is_none());
        }
        for (condition, layer, displacement) in &commit.displacements {
            self.displacements.entry((*condition, *layer)).or_default().merge(displacement);
        }
    }

    /// How many trials are in.
    #[must_use]
    pub fn finished(&self) -> usize {
        self.finished
    }

    /// Whether all trials are in.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.planned > 0 && self.finished >= self.planned
    }

    /// Id of the condition of `experiment` with `disturbance`.
    #[must_use]
    pub fn condition(&self, experiment: Kind, disturbance: Option<Disturbance>) -> Option<usize> {
        let wanted = Condition { experiment, disturbance };
        self.conditions.iter().find(|(_, condition)| **condition == wanted).map(|(id, _)| *id)
    }

    /// Scores under a condition by item; items without one are none.
    #[must_use]
    pub fn scores(&self, condition: usize) -> &[Option<Score>] {
        self.scores.get(&condition).map_or(&[], Vec::as_slice)
    }

    /// Displacement under a condition, over all its layers.
    #[must_use]
    pub fn displacement(&self, condition: usize) -> Displacement {
        let mut all = Displacement::default();
        for (_, displacement) in self.displacements.range((condition, 0)..=(condition, usize::MAX)) {
            all.merge(displacement);
        }
        all
    }
}
