//! The hook that repairs: activation patching.

use crate::error::{Error, Result};
use crate::lm::{Hooks, Site};
use candle_core::Tensor;
use std::collections::BTreeMap;

/// What is replaced by its value in the clean run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch {
    /// Where.
    pub site: Site,
    /// In which layer; 0 for the sites that no layer has.
    pub layer: usize,
    /// Which head's part of it; all of it where none is named.
    pub head: Option<usize>,
}

/// Replaces tensors by those of the clean run of the same batch.
pub struct Repair<'a> {
    patches: &'a [Patch],
    clean: &'a BTreeMap<(Site, usize), Tensor>,
}

impl<'a> Repair<'a> {
    /// Repairs `patches` from the tensors that the clean run kept at the same points.
    #[must_use]
    pub fn new(patches: &'a [Patch], clean: &'a BTreeMap<(Site, usize), Tensor>) -> Self {
        Self { patches, clean }
    }
}

impl Hooks for Repair<'_> {
    fn at(&mut self, site: Site, layer: usize, mut tensor: Tensor) -> Result<Tensor> {
        for patch in self.patches.iter().filter(|patch| (patch.site, patch.layer) == (site, layer)) {
            let clean = self.clean.get(&(site, layer)).ok_or_else(|| {
                Error::Internal(format!("the clean run did not keep {} of layer {layer}", site.name()))
            })?;
            tensor = match (patch.head, site.head_dimension()) {
                (None, _) => clean.clone(),
                (Some(head), Some(dimension)) => with_head(&tensor, clean, dimension, head)?,
                (Some(_), None) => return Err(Error::Internal(format!("{} has no heads", site.name()))),
            };
        }
        Ok(tensor)
    }
}

/// `tensor` with the part of one head taken from `clean`.
fn with_head(tensor: &Tensor, clean: &Tensor, dimension: usize, head: usize) -> Result<Tensor> {
    let heads = tensor.dim(dimension)?;
    let part = |of: &Tensor, start: usize, count: usize| of.narrow(dimension, start, count);
    let parts = [part(tensor, 0, head)?, part(clean, head, 1)?, part(tensor, head + 1, heads - head - 1)?];
    let parts: Vec<&Tensor> = parts.iter().filter(|part| part.elem_count() > 0).collect();
    Ok(Tensor::cat(&parts, dimension)?)
}
