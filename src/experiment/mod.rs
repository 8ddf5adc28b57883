//! The experiments, each a small declaration: what it is tried on, under which conditions, and what a trial's losses
//! become. The runner runs any of them; none has a loop of its own.

mod compare;
mod results;
mod sweep;
mod syntax;

pub use compare::{Cell, Clean, Comparison, Measure, Row};
pub use results::{Commit, Results, Trial};

use crate::study::{Layers, Mode, Perturbation, Seeds, Study};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Next-token loss against δ.
    Sweep,
    /// Grammatical judgement against δ.
    Syntax,
}

/// What is measured on one item under one condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Loss of a text in nats; or 1, ½ or 0 for a pair whose good sentence is the likelier, as likely, or not.
    pub value: f64,
    /// Scores of the good and the bad sentence of a pair.
    pub sentences: Option<(f64, f64)>,
}

/// One way of disturbing the forward pass; `disturbance` is none for the clean run.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The experiment that it belongs to.
    pub experiment: Kind,
    /// Mode, δ and seed.
    pub disturbance: Option<Disturbance>,
}

/// A disturbance as a study names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disturbance {
    /// The mode.
    pub mode: Mode,
    /// δ in the study's unit.
    pub delta: f64,
    /// The seed.
    pub seed: u64,
}

/// An experiment of a study.
pub trait Experiment: Send + Sync {
    /// Which.
    fn kind(&self) -> Kind;

    /// What the study sets for it, where that differs from the rest of the study.
    fn grid(&self) -> Grid<'_>;

    /// What it is tried on.
    fn material(&self) -> Material;

    /// What its summary compares.
    fn measure(&self) -> Measure;

    /// What the next-token losses (nats) of an item's sequences become.
    fn score(&self, losses: &[&[f32]]) -> Score;
}

/// An experiment's own settings; what is absent is the study's.
#[derive(Default)]
pub struct Grid<'a> {
    /// δ grid.
    pub deltas: Option<&'a [f64]>,
    /// Seeds.
    pub seeds: Option<&'a Seeds>,
    /// Disturbed layers.
    pub layers: Option<&'a Layers>,
}

/// What an experiment is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// The study's texts; the first so many of them.
    Texts(Option<usize>),
    /// The study's minimal pairs.
    Pairs,
}

impl Material {
    /// What its items are called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Texts(_) => "texts",
            Self::Pairs => "pairs",
        }
    }
}

/// The experiments that `study` asks for, in a fixed order.
#[must_use]
pub fn of_study(study: &Study) -> Vec<Box<dyn Experiment>> {
    let mut list: Vec<Box<dyn Experiment>> = Vec::new();
    if let Some(sweep) = &study.experiments.sweep {
        list.push(Box::new(sweep.clone()));
    }
    if let Some(syntax) = &study.experiments.syntax {
        list.push(Box::new(syntax.clone()));
    }
    list
}

impl dyn Experiment + '_ {
    /// Its δ grid in `study`.
    #[must_use]
    pub fn deltas(&self, study: &Perturbation) -> Vec<f64> {
        self.grid().deltas.unwrap_or(&study.deltas).to_vec()
    }

    /// The layers that it disturbs in `study`.
    #[must_use]
    pub fn layers<'a>(&'a self, study: &'a Perturbation) -> &'a Layers {
        self.grid().layers.unwrap_or(&study.layers)
    }

    /// Its conditions in `study`: the clean run first.
    #[must_use]
    pub fn conditions(&self, study: &Perturbation) -> Vec<Condition> {
        let seeds = self.grid().seeds.unwrap_or(&study.seeds).values();
        let mut list = vec![Condition { experiment: self.kind(), disturbance: None }];
        for mode in &study.modes {
            for delta in self.deltas(study) {
                for seed in &seeds {
                    let disturbance = Some(Disturbance { mode: *mode, delta, seed: *seed });
                    list.push(Condition { experiment: self.kind(), disturbance });
                }
            }
        }
        list
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sweep => "sweep",
            Self::Syntax => "syntax",
        })
    }
}

impl Kind {
    /// The experiment of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sweep, Self::Syntax].into_iter().find(|kind| kind.to_string() == name)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.disturbance {
            None => write!(f, "{}, clean", self.experiment),
            Some(d) => write!(f, "{}, {} δ {} seed {}", self.experiment, d.mode, d.delta, d.seed),
        }
    }
}
