//! What is read off a forward pass: losses, preferences, norms, attention, and how far the stream has moved.

mod alignment;
mod entropy;
mod loss;
mod norms;
mod preference;
mod quantity;
mod reach;
mod shift;

pub use alignment::AlignmentReader;
pub use entropy::EntropyReader;
pub use loss::mean_loss;
pub use norms::{LayerNorms, NormReader, Norms, PositionNorms};
pub use preference::{preference, sentence_score};
pub use quantity::{Quantity, Readings};
pub use reach::{AtDelta, Reach, Share, TokenNorms, of_fractions, of_layers};
pub use shift::Shift;
