//! The language model: a decoder with hooks, the families that it can load, their files and their tokens.

mod checkpoint;
mod decoder;
mod family;
mod hooks;
mod ops;
mod spec;
mod tokens;

pub use checkpoint::{Provenance, demo_files};
pub use decoder::{Decoder, Weights};
pub use family::SUPPORTED;
pub use hooks::{Hooks, NoHooks, Site};
pub use spec::{Activation, DecoderSpec, Norm, Residual, Rotary};
pub use tokens::Tokens;

use crate::error::{Error, Result};
use candle_core::Device;

/// A model that is ready to run: the decoder, its tokenizer, and where both came from.
pub struct Model {
    /// The decoder.
    pub decoder: Decoder,
    /// The tokenizer; absent where a folder has none.
    pub tokens: Option<Tokens>,
    /// Hashes of the files.
    pub provenance: Provenance,
}

impl Model {
    /// Loads `id`: `demo`, a folder in Hugging Face layout, or a `.gguf` file.
    ///
    /// # Errors
    /// [`Error::Usage`] where `id` is none of these, [`Error::Data`] where its files are broken or of a family that
    /// is not supported.
    pub fn load(id: &str, device: &Device) -> Result<Self> {
        let checkpoint = checkpoint::Checkpoint::open(id)?;
        let tokens = checkpoint.tokens()?;
        let provenance = checkpoint.provenance()?;
        let decoder = family::load(&checkpoint, device)?;
        Ok(Self { decoder, tokens, provenance })
    }

    /// The shape of `id` without loading its weights.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn peek(id: &str) -> Result<(DecoderSpec, Option<Tokens>)> {
        let checkpoint = checkpoint::Checkpoint::open(id)?;
        Ok((family::spec(&checkpoint)?, checkpoint.tokens()?))
    }

    /// The tokenizer.
    ///
    /// # Errors
    /// [`Error::Data`] where the model came without one.
    pub fn tokens(&self) -> Result<&Tokens> {
        required(self.tokens.as_ref())
    }
}

/// The tokenizer of a model that may have come without one.
///
/// # Errors
/// [`Error::Data`] where it did.
pub fn required<T>(tokens: Option<T>) -> Result<T> {
    tokens.ok_or_else(|| Error::Data("the model has no tokenizer.json; texts need one".to_owned()))
}
