//! Statistics: a library of its own that knows only numbers.

mod bootstrap;
mod crossed;
mod describe;
mod effect_size;
mod holm;
mod independent_t;
mod one_sample_t;
mod paired_t;
mod ratio;
mod recovery;
mod shapley;
mod t_test;

pub use bootstrap::{FEWEST_REPLICATES, Resample, interval, resamples};
pub use crossed::Crossed;
pub use describe::{Spread, mean, t_interval};
pub use effect_size::{cohens_d, cohens_d_population, glass_delta, glass_delta_population};
pub use holm::holm;
pub use independent_t::independent_t;
pub use one_sample_t::one_sample_t;
pub use paired_t::{PairedT, paired_t};
pub use ratio::{Estimate, NoRatio, log_ratio};
pub use recovery::recovery;
pub use shapley::shapley;
pub use t_test::TTest;
