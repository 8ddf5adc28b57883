//! Disturbing the residual stream: how far and where a hidden state moves, with what noise, and what was reached.

mod displacement;
mod noise;
mod perturb;
mod size;

pub use displacement::Displacement;
pub use noise::{Given, Noise, NoiseKey, Reproducible};
pub use perturb::{Disturb, Row};
pub use size::{Move, Push};
