//! Statistics: a library of its own that knows only numbers.

mod describe;
mod holm;
mod paired_t;

pub use describe::{Spread, mean, t_interval};
pub use holm::holm;
pub use paired_t::{PairedT, paired_t};
