//! The named points of the forward pass, and what may happen there.

use crate::error::{Error, Result};
use candle_core::Tensor;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// A named point in the forward pass where a tensor can be read or replaced. `B` batch, `T` positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// Token embeddings `[B, T, hidden]`.
    Embed,
    /// The residual stream before a block `[B, T, hidden]`.
    ResidPre,
    /// What attention reads, where it is the output of a norm `[B, T, hidden]`.
    Ln1,
    /// Queries before rotary embedding, after their norm where there is one `[B, T, heads, head_dim]`.
    Q,
    /// Keys before rotary embedding, after their norm where there is one `[B, T, kv_heads, head_dim]`.
    K,
    /// Values `[B, T, kv_heads, head_dim]`.
    V,
    /// Attention probabilities `[B, heads, T (query), T (key)]`.
    Pattern,
    /// Each head's weighted values, before the output projection `[B, T, heads, head_dim]`.
    Z,
    /// Output of attention `[B, T, hidden]`, before a norm of it.
    AttnOut,
    /// Output of the norm of attention's output `[B, T, hidden]`, where there is one.
    Ln1Post,
    /// What the MLP reads, where it is the output of a norm `[B, T, hidden]`; the same as attention reads where both have
    /// one norm.
    Ln2,
    /// Output of the MLP `[B, T, hidden]`, before a norm of it.
    MlpOut,
    /// Output of the norm of the MLP's output `[B, T, hidden]`, where there is one.
    Ln2Post,
    /// The residual stream after a block `[B, T, hidden]`.
    ResidPost,
    /// Output of the final norm `[B, T, hidden]`.
    LnFinal,
    /// Logits `[B, T, vocab]`.
    Logits,
}

impl Site {
    /// Every site, in the order of a pass. Which of the norms a model has is said by its shape.
    pub const ALL: [Self; 16] = [
        Self::Embed,
        Self::ResidPre,
        Self::Ln1,
        Self::Q,
        Self::K,
        Self::V,
        Self::Pattern,
        Self::Z,
        Self::AttnOut,
        Self::Ln1Post,
        Self::Ln2,
        Self::MlpOut,
        Self::Ln2Post,
        Self::ResidPost,
        Self::LnFinal,
        Self::Logits,
    ];

    /// What it is called in commands and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::ResidPre => "resid_pre",
            Self::Ln1 => "ln1",
            Self::Q => "q",
            Self::K => "k",
            Self::V => "v",
            Self::Pattern => "pattern",
            Self::Z => "z",
            Self::AttnOut => "attn_out",
            Self::Ln1Post => "ln1_post",
            Self::Ln2 => "ln2",
            Self::MlpOut => "mlp_out",
            Self::Ln2Post => "ln2_post",
            Self::ResidPost => "resid_post",
            Self::LnFinal => "ln_final",
            Self::Logits => "logits",
        }
    }

    /// Whether every layer has one.
    #[must_use]
    pub fn is_of_a_layer(self) -> bool {
        !matches!(self, Self::Embed | Self::LnFinal | Self::Logits)
    }

    /// The dimension of its tensor that heads stand along, where there is one.
    #[must_use]
    pub fn head_dimension(self) -> Option<usize> {
        match self {
            Self::Pattern => Some(1),
            Self::Q | Self::K | Self::V | Self::Z => Some(2),
            _ => None,
        }
    }
}

impl FromStr for Site {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|site| site.name() == name).ok_or_else(|| {
            Error::usage(format!("site \"{name}\" is unknown; the sites are {}", Self::ALL.map(Self::name).join(", ")))
        })
    }
}

/// What reads or replaces tensors during a forward pass. One object sees every site, in the order of the pass.
pub trait Hooks {
    /// Called with the tensor at `site` of `layer` (0 for the sites that no layer has); what it returns goes on.
    /// Tensors are shared, not copied: keeping one is cheap, and costs its memory.
    ///
    /// # Errors
    /// Whatever the hook meets; the forward pass stops with it.
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor>;
}

/// Reads and replaces nothing.
pub struct NoHooks;

impl Hooks for NoHooks {
    fn at(&mut self, _site: Site, _layer: usize, tensor: Tensor) -> Result<Tensor> {
        Ok(tensor)
    }
}

/// Keeps the tensors at chosen points.
#[derive(Default)]
pub struct Keep {
    wanted: BTreeSet<(Site, usize)>,
    kept: BTreeMap<(Site, usize), Tensor>,
}

impl Keep {
    /// Keeps those of `wanted`; layer 0 for the sites that no layer has.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = (Site, usize)>) -> Self {
        Self { wanted: wanted.into_iter().collect(), kept: BTreeMap::new() }
    }

    /// What was kept.
    #[must_use]
    pub fn into_kept(self) -> BTreeMap<(Site, usize), Tensor> {
        self.kept
    }
}

impl Hooks for Keep {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if self.wanted.contains(&(site, layer)) {
            self.kept.insert((site, layer), tensor.clone());
        }
        Ok(tensor)
    }
}

/// Several hooks one after the other: each sees what the one before it gives.
pub struct Chain<'a>(pub Vec<&'a mut dyn Hooks>);

impl Hooks for Chain<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        self.0.iter_mut().try_fold(tensor, |tensor, hooks| hooks.at(site, layer, tensor))
    }
}
