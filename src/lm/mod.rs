//! The language model: a decoder with hooks, the families that it can load, their files and their tokens.

mod checkpoint;
mod decoder;
mod family;
mod hooks;
mod load;
mod ops;
mod spec;
mod tokenizer;
mod tokens;

pub use checkpoint::{Checkpoint, Part, Provenance, Target, demo_files};
pub use decoder::{Decoder, Weights};
pub use family::supported;
pub use hooks::{Chain, Hooks, Keep, NoHooks, Site};
pub use ops::{LOGITS_BYTES, Product, alone};
pub use spec::{Activation, DecoderSpec, Norm, Norms, Pairs, Positions, QkNorm, Residual, Rotary};
pub use tokenizer::Tokenizer;
pub use tokens::{MaybeTokens, Tokens, required};

use crate::error::Result;
use crate::hub::Hub;
use crate::study::ModelChoice;
use candle_core::Device;

/// A model that is ready to run: the decoder, its tokenizer, and where both came from.
pub struct Model {
    /// The decoder.
    pub decoder: Decoder,
    /// The tokenizer, or why there is none.
    pub tokens: MaybeTokens,
    /// Where its files came from.
    pub provenance: Provenance,
    /// What the user should know of its files because it bears on results: tensors and settings that are left out or
    /// that decide otherwise than config.json does. They are kept with the results, and name no path.
    pub remarks: Vec<String>,
}

impl Model {
    /// Opens and loads the model of `choice` in one go.
    ///
    /// # Errors
    /// As [`Checkpoint::open`], [`Target::new`] and [`Checkpoint::load`].
    pub fn load(choice: &ModelChoice, device: &Device, hub: &mut Hub) -> Result<Self> {
        Checkpoint::open(choice, Part::Whole, hub)?.load(&Target::new(choice.dtype, device)?)
    }

    /// The tokenizer.
    ///
    /// # Errors
    /// [`Error::data`] where the model came without one.
    pub fn tokens(&self) -> Result<&Tokens> {
        required(self.tokens.as_ref())
    }
}
