//! Disturbing the residual stream: how far and where a hidden state moves, with what noise, and what was reached; and
//! repairing what follows from it.

mod direction;
mod displacement;
mod noise;
mod perturb;
mod repair;
mod size;

pub use direction::{Directed, Directions};
pub use displacement::Displacement;
pub use noise::{Given, Noise, NoiseKey, Reproducible};
pub use perturb::{Disturb, Reached, Row};
pub use repair::{Patch, Repair};
pub use size::{FINEST, LONGEST, Move, Push};
