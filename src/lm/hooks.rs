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
    /// Scores of attention before mask and softmax, in float32 `[B, heads, T (query), T (key)]`; made only for hooks that want
    /// them. Those of what a query does not see count for nothing.
    AttnScores,
    /// Attention probabilities `[B, heads, T (query), T (key)]`.
    Pattern,
    /// Each head's weighted values, before the output projection `[B, T, heads, head_dim]`.
    Z,
    /// Output of attention `[B, T, hidden]`, before a norm of it.
    AttnOut,
    /// Output of the norm of attention's output `[B, T, hidden]`, where there is one.
    Ln1Post,
    /// The residual stream between attention and MLP `[B, T, hidden]`, where these come one after the other.
    ResidMid,
    /// What the MLP reads, where it is the output of a norm `[B, T, hidden]`; the same as attention reads where both have
    /// one norm.
    Ln2,
    /// What the MLP's activation is applied to `[B, T, mlp_dim]`: the gate of a gated MLP; made only for hooks that want it.
    MlpPre,
    /// What the MLP's last projection reads `[B, T, mlp_dim]`: of a gated MLP the activated gate times the other part.
    MlpPost,
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
    pub const ALL: [Self; 20] = [
        Self::Embed,
        Self::ResidPre,
        Self::Ln1,
        Self::Q,
        Self::K,
        Self::V,
        Self::AttnScores,
        Self::Pattern,
        Self::Z,
        Self::AttnOut,
        Self::Ln1Post,
        Self::ResidMid,
        Self::Ln2,
        Self::MlpPre,
        Self::MlpPost,
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
            Self::AttnScores => "attn_scores",
            Self::Pattern => "pattern",
            Self::Z => "z",
            Self::AttnOut => "attn_out",
            Self::Ln1Post => "ln1_post",
            Self::ResidMid => "resid_mid",
            Self::Ln2 => "ln2",
            Self::MlpPre => "mlp_pre",
            Self::MlpPost => "mlp_post",
            Self::MlpOut => "mlp_out",
            Self::Ln2Post => "ln2_post",
            Self::ResidPost => "resid_post",
            Self::LnFinal => "ln_final",
            Self::Logits => "logits",
        }
    }

    /// The shape of its tensor without the batch.
    #[must_use]
    pub fn shape(self) -> &'static str {
        match self {
            Self::Q | Self::Z => "[positions, heads, head_dim]",
            Self::K | Self::V => "[positions, kv_heads, head_dim]",
            Self::AttnScores | Self::Pattern => "[heads, positions, positions]",
            Self::MlpPre | Self::MlpPost => "[positions, mlp_dim]",
            Self::Logits => "[positions, vocabulary]",
            _ => "[positions, hidden]",
        }
    }

    /// What TransformerLens calls it, after `blocks.LAYER.` where every layer has one.
    #[must_use]
    pub fn lens(self) -> &'static str {
        match self {
            Self::Embed => "hook_embed",
            Self::ResidPre => "hook_resid_pre",
            Self::Ln1 => "ln1.hook_normalized",
            Self::Q => "attn.hook_q",
            Self::K => "attn.hook_k",
            Self::V => "attn.hook_v",
            Self::AttnScores => "attn.hook_attn_scores",
            Self::Pattern => "attn.hook_pattern",
            Self::Z => "attn.hook_z",
            Self::AttnOut => "hook_attn_out",
            Self::Ln1Post => "ln1_post.hook_normalized",
            Self::ResidMid => "hook_resid_mid",
            Self::Ln2 => "ln2.hook_normalized",
            Self::MlpPre => "mlp.hook_pre",
            Self::MlpPost => "mlp.hook_post",
            Self::MlpOut => "hook_mlp_out",
            Self::Ln2Post => "ln2_post.hook_normalized",
            Self::ResidPost => "hook_resid_post",
            Self::LnFinal => "ln_final.hook_normalized",
            Self::Logits => "the model's output",
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
            Self::AttnScores | Self::Pattern => Some(1),
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

    /// Whether it looks at `site` of `layer`, which a pass is quicker without: [`Site::AttnScores`] and [`Site::MlpPre`] are
    /// made only where it does.
    fn wants(&self, _site: Site, _layer: usize) -> bool {
        false
    }
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

    fn wants(&self, site: Site, layer: usize) -> bool {
        self.wanted.contains(&(site, layer))
    }
}

/// Several hooks one after the other: each sees what the one before it gives.
pub struct Chain<'a>(pub Vec<&'a mut dyn Hooks>);

impl Hooks for Chain<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        self.0.iter_mut().try_fold(tensor, |tensor, hooks| hooks.at(site, layer, tensor))
    }

    fn wants(&self, site: Site, layer: usize) -> bool {
        self.0.iter().any(|hooks| hooks.wants(site, layer))
    }
}
