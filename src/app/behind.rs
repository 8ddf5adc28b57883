//! What is behind the numbers of a study file beside its trials: texts, pairs, and the weights that it was run with.

use crate::corpus::Pair;
use crate::error::Result;
use crate::runner::{Weights, weights};
use crate::store::{Counted, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// It, or why it cannot be read; nothing until the keeper has read it.
pub type Shelf = Arc<OnceLock<std::result::Result<Behind, String>>>;

/// What is behind the numbers.
#[derive(Debug)]
pub struct Behind {
    /// The texts by id.
    pub texts: BTreeMap<usize, Counted<String>>,
    /// The pairs by id.
    pub pairs: BTreeMap<usize, Counted<Pair>>,
    /// The weights.
    pub weights: Weights,
}

impl Behind {
    /// Reads it from the study file at `file`.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn read(file: &Path) -> Result<Self> {
        let store = Store::open(file)?;
        Ok(Self { texts: store.counted_texts()?, pairs: store.counted_pairs()?, weights: weights(&store)? })
    }
}
