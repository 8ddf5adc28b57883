//! The named points of the forward pass, and what may happen there.

use crate::error::Result;
use candle_core::Tensor;

/// A named point in the forward pass where a tensor can be read or replaced. `B` batch, `T` positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// Token embeddings `[B, T, hidden]`.
    Embed,
    /// The residual stream before a block `[B, T, hidden]`.
    ResidPre,
    /// Output of the norm before attention `[B, T, hidden]`.
    Ln1,
    /// Queries before rotary embedding `[B, T, heads, head_dim]`.
    Q,
    /// Keys before rotary embedding `[B, T, kv_heads, head_dim]`.
    K,
    /// Values `[B, T, kv_heads, head_dim]`.
    V,
    /// Attention probabilities `[B, heads, T (query), T (key)]`.
    Pattern,
    /// Each head's weighted values, before the output projection `[B, T, heads, head_dim]`.
    Z,
    /// Output of attention `[B, T, hidden]`.
    AttnOut,
    /// Output of the norm before the MLP `[B, T, hidden]`.
    Ln2,
    /// Output of the MLP `[B, T, hidden]`.
    MlpOut,
    /// The residual stream after a block `[B, T, hidden]`.
    ResidPost,
    /// Output of the final norm `[B, T, hidden]`.
    LnFinal,
    /// Logits `[B, T, vocab]`.
    Logits,
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
