//! Conditions: the ways of running a pass that an experiment compares.

use super::{Arm, Kind};
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
    /// Which of the experiment's arms it is of.
    pub arm: Arm,
    /// Where it is disturbed, what is repaired, and by which settings.
    pub pass: Pass,
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

/// How a pass is made. The default is that of the clean run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pass {
    /// The layers that are disturbed, ascending.
    pub layers: Vec<usize>,
    /// What is repaired.
    pub patches: Vec<Patch>,
    /// The settings of the protocol; none stands for the study's.
    pub settings: Option<Settings>,
}

impl Pass {
    /// The pass that is disturbed in `layers`.
    #[must_use]
    pub fn disturbed(layers: &[usize]) -> Self {
        Self { layers: layers.to_vec(), ..Self::default() }
    }

    /// The pass that is disturbed in `layers` and repaired by `patches`.
    #[must_use]
    pub fn repaired(layers: &[usize], patches: Vec<Patch>) -> Self {
        Self { patches, ..Self::disturbed(layers) }
    }

    /// The first layer that is disturbed; everything before it is the clean run's.
    #[must_use]
    pub fn first_layer(&self) -> usize {
        self.layers.first().copied().unwrap_or(0)
    }
}

impl Condition {
    /// What tells it from the other conditions of a study, however its pass is made.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let of = |of: Disturbance| (of.mode, of.delta.to_bits(), of.seed);
        (self.experiment, self.disturbance.map(of), self.arm)
    }
}

/// Experiment; mode, bits of δ and seed; arm.
pub type Identity = (Kind, Option<(Mode, u64, u64)>, Arm);

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.disturbance {
            None => write!(f, "{}, clean", self.experiment),
            Some(d) => {
                write!(f, "{}, {} δ {} seed {}", self.experiment, d.mode, d.delta, d.seed)?;
                if self.arm.is_plain() { Ok(()) } else { write!(f, ", {}", self.arm) }
            }
        }
    }
}
