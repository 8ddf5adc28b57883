//! The hook that repairs: activation patching.

use crate::error::{Error, Result};
use crate::lm::{Hooks, Site};
use candle_core::Tensor;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What is replaced by its value in the clean run. It takes 8 bytes: conditions may repair every head of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch {
    site: Site,
    layer: u16,
    head: Option<u16>,
}

impl Patch {
    /// Of `site` in `layer`, 0 for the sites that no layer has; of its `head`, or all of it where none is named. No model has
    /// so many of either that they do not fit.
    #[must_use]
    pub fn new(site: Site, layer: usize, head: Option<usize>) -> Self {
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Self { site, layer: narrow(layer), head: head.map(narrow) }
    }

    /// Where.
    #[must_use]
    pub fn site(self) -> Site {
        self.site
    }

    /// In which layer.
    #[must_use]
    pub fn layer(self) -> usize {
        usize::from(self.layer)
    }

    /// Which head's part of it; all of it where none is named.
    #[must_use]
    pub fn head(self) -> Option<usize> {
        self.head.map(usize::from)
    }

    /// Where it is, and in which layer.
    #[must_use]
    pub fn point(self) -> (Site, usize) {
        (self.site, self.layer())
    }

    /// All of `sites` in all of `layers`.
    #[must_use]
    pub fn whole(sites: &[Site], layers: &[usize]) -> Vec<Self> {
        let of_layer = |layer: &usize| sites.iter().map(|site| Self::new(*site, *layer, None)).collect();
        layers.iter().flat_map(|layer: &usize| -> Vec<Self> { of_layer(layer) }).collect()
    }
}

/// `attn_out.8`, or `z.8.3` for head 3.
impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.site.name(), self.layer)?;
        self.head.map_or(Ok(()), |head| write!(f, ".{head}"))
    }
}

impl FromStr for Patch {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let broken = || Error::data(format!("\"{text}\" is no repair: expected SITE.LAYER or SITE.LAYER.HEAD"));
        let number = |word: &str| word.parse::<u16>().map_err(|_| broken());
        match text.split('.').collect::<Vec<_>>().as_slice() {
            [site, layer] => Ok(Self { site: site.parse()?, layer: number(layer)?, head: None }),
            [site, layer, head] => Ok(Self { site: site.parse()?, layer: number(layer)?, head: Some(number(head)?) }),
            _ => Err(broken()),
        }
    }
}

/// Replaces tensors by those of the clean run of the same batch. The batch holds the sequences of the clean run once for
/// each of several lists of patches, one list after the other.
pub struct Repair<'a> {
    lists: Vec<&'a [Patch]>,
    clean: &'a BTreeMap<(Site, usize), Tensor>,
}

impl<'a> Repair<'a> {
    /// Repairs `patches` from the tensors that the clean run kept at the same points.
    #[must_use]
    pub fn new(patches: &'a [Patch], clean: &'a BTreeMap<(Site, usize), Tensor>) -> Self {
        Self::stacked(vec![patches], clean)
    }

    /// Repairs the batch's copies of the clean run's sequences, each by its own list.
    #[must_use]
    pub fn stacked(lists: Vec<&'a [Patch]>, clean: &'a BTreeMap<(Site, usize), Tensor>) -> Self {
        Self { lists, clean }
    }
}

impl Hooks for Repair<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        let here = |patch: &&Patch| patch.point() == (site, layer);
        if !self.wants(site, layer) {
            return Ok(tensor);
        }
        let clean = self
            .clean
            .get(&(site, layer))
            .ok_or_else(|| Error::internal(format!("the clean run did not keep {} of layer {layer}", site.name())))?;
        let rows = clean.dim(0)?;
        let mut copies = Vec::with_capacity(self.lists.len());
        for (i, patches) in self.lists.iter().enumerate() {
            let mut copy = tensor.narrow(0, i * rows, rows)?;
            for patch in patches.iter().filter(here) {
                copy = match (patch.head(), site.head_dimension()) {
                    (None, _) => clean.clone(),
                    (Some(head), Some(dimension)) => with_head(&copy, clean, dimension, head)?,
                    (Some(_), None) => return Err(Error::internal(format!("{} has no heads", site.name()))),
                };
            }
            copies.push(copy);
        }
        Ok(Tensor::cat(&copies, 0)?)
    }

    fn wants(&self, site: Site, layer: usize) -> bool {
        self.lists.iter().any(|patches| patches.iter().any(|patch| patch.point() == (site, layer)))
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
