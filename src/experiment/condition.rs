//! Conditions: the ways of running a pass that an experiment compares.

use super::Kind;
use crate::intervention::Patch;
use crate::study::{Mode, Settings};
use std::fmt;

/// One way of running a pass; `disturbance` is none for the clean run.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The experiment that it belongs to.
    pub experiment: Kind,
    /// Mode, δ and seed.
    pub disturbance: Option<Disturbance>,
    /// Where it is disturbed, what is repaired, and by which settings.
    pub arm: Arm,
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

/// What tells the conditions of an experiment apart beside mode, δ and seed. The default is that of the clean run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arm {
    /// Its name in the experiment; empty for the plain disturbed run.
    pub name: String,
    /// The layers that are disturbed, ascending.
    pub layers: Vec<usize>,
    /// What is repaired.
    pub patches: Vec<Patch>,
    /// The settings of the protocol; none stands for the study's.
    pub settings: Option<Settings>,
}

impl Arm {
    /// The plain disturbed run in `layers`.
    #[must_use]
    pub fn plain(layers: &[usize]) -> Self {
        Self { layers: layers.to_vec(), ..Self::default() }
    }

    /// The run disturbed in `layers` and repaired by `patches`.
    #[must_use]
    pub fn repaired(name: impl Into<String>, layers: &[usize], patches: Vec<Patch>) -> Self {
        Self { name: name.into(), patches, ..Self::plain(layers) }
    }

    /// Whether it is the plain disturbed run, off which an experiment reads.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.name.is_empty()
    }

    /// The first layer that is disturbed; everything before it is the clean run's.
    #[must_use]
    pub fn first_layer(&self) -> usize {
        self.layers.first().copied().unwrap_or(0)
    }
}

impl Condition {
    /// Whether `other` is the same condition of a study: the noise and what is asked for, by name.
    #[must_use]
    pub fn is_named_as(&self, other: &Self) -> bool {
        (self.experiment, self.disturbance, &self.arm.name) == (other.experiment, other.disturbance, &other.arm.name)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.disturbance {
            None => write!(f, "{}, clean", self.experiment),
            Some(d) => {
                write!(f, "{}, {} δ {} seed {}", self.experiment, d.mode, d.delta, d.seed)?;
                if self.arm.name.is_empty() { Ok(()) } else { write!(f, ", {}", self.arm.name) }
            }
        }
    }
}
