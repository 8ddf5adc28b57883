//! From the files of a model to the model: what they and its family say together.

use super::checkpoint::{Checkpoint, File, Target};
use super::spec::DecoderSpec;
use super::{Model, Provenance, family};
use crate::error::{Error, Result};
use std::thread::ScopedJoinHandle;

impl Checkpoint {
    /// The model's shape. Where config.json ties the head to the embedding and the weights, as far as they are on this
    /// machine, have a head that differs from it, the head is the weights' own.
    ///
    /// # Errors
    /// [`Error::data`] where its family is not supported, its config is not usable, or its head cannot be read.
    pub fn spec(&self) -> Result<DecoderSpec> {
        let spec = family::spec(&self.config)?;
        let own_head = spec.tied_head && self.has_own_head()?;
        Ok(DecoderSpec { tied_head: spec.tied_head && !own_head, ..spec })
    }

    fn has_own_head(&self) -> Result<bool> {
        if let Some(known) = self.own_head.get() {
            return Ok(*known);
        }
        let found = family::has_own_head(self)?;
        Ok(*self.own_head.get_or_init(|| found))
    }

    /// Whether the head is tied by config.json alone: the weights, which may hold one of their own, are not on this
    /// machine yet.
    ///
    /// # Errors
    /// As [`Checkpoint::spec`].
    pub fn head_is_assumed(&self) -> Result<bool> {
        Ok(self.names().is_empty() && self.spec()?.tied_head)
    }

    /// Bytes of address space that the files of its weights take while they are read; of files that are not here yet,
    /// as many as config.json's type of weights makes likely.
    ///
    /// # Errors
    /// As [`Checkpoint::spec`].
    pub fn mapped(&self) -> Result<u64> {
        if let Some(mapped) = self.mapped {
            return Ok(mapped);
        }
        let of_half =
            ["torch_dtype", "dtype"].iter().any(|key| self.config.text(key).is_ok_and(|of| of.ends_with("float16")));
        Ok(self.spec()?.parameters() as u64 * if of_half { 2 } else { 4 })
    }

    /// Reads the weights, all brought to `target`.
    ///
    /// # Errors
    /// [`Error::data`] where tensors are missing, of the wrong shape or unreadable.
    pub fn load(&self, target: &Target) -> Result<Model> {
        let (tokens, spec) = (self.tokens()?, self.spec()?);
        // Hashing reads every file once more; a thread of its own does so while the weights are widened.
        let files = self.files();
        let (hashes, loaded) = std::thread::scope(|scope| {
            let hash = || files.iter().map(File::hash).collect::<Result<Vec<_>>>();
            let hashes = std::thread::Builder::new().spawn_scoped(scope, hash);
            let loaded = family::load(self, spec, target);
            (hashes.map(ScopedJoinHandle::join), loaded)
        });
        let (decoder, found) = loaded?;
        let remarks = self.remarks.iter().cloned().chain(found).collect();
        let hashes = hashes.map_err(|error| Error::unavailable(format!("the system gives no thread: {error}")))?;
        let files = hashes.map_err(|_| Error::internal("hashing the model's files panicked".to_owned()))??;
        let provenance = Provenance { files, commit: self.commit.clone(), stored_as: self.stored_as() };
        Ok(Model { decoder, tokens, provenance, remarks })
    }
}
