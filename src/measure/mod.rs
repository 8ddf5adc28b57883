//! What is read off a forward pass: losses, preferences, norms.

mod loss;
mod norms;
mod preference;

pub use loss::mean_loss;
pub use norms::{LayerNorms, NormReader};
pub use preference::{preference, sentence_score};
