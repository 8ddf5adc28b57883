//! The one decoder that all families run on.

use super::hooks::{Hooks, Site};
use super::ops::{self, Weight};
use super::spec::{Activation, DecoderSpec, Positions, Residual};
use crate::error::Result;
use candle_core::{DType, Device, Tensor};
use std::ops::Range;

/// A projection: `y = x·Wᵀ + b`.
pub struct Linear {
    weight: Weight,
    bias: Option<Tensor>,
}

/// The parameters of a norm.
pub struct NormWeights {
    /// `[hidden]`.
    pub weight: Tensor,
    /// `[hidden]`; a LayerNorm has it, an RMSNorm has not.
    pub bias: Option<Tensor>,
}

/// The parameters of one block.
pub struct Block {
    /// Norm before attention.
    pub ln1: NormWeights,
    /// `[heads · head_dim, hidden]`.
    pub q: Linear,
    /// `[kv_heads · head_dim, hidden]`.
    pub k: Linear,
    /// `[kv_heads · head_dim, hidden]`.
    pub v: Linear,
    /// `[hidden, heads · head_dim]`.
    pub o: Linear,
    /// Norm before the MLP.
    pub ln2: NormWeights,
    /// Gate of a gated MLP `[mlp_dim, hidden]`.
    pub gate: Option<Linear>,
    /// `[mlp_dim, hidden]`.
    pub up: Linear,
    /// `[hidden, mlp_dim]`.
    pub down: Linear,
}

/// All parameters of a decoder, all of one type.
pub struct Weights {
    /// `[vocab, hidden]`.
    pub embed: Tensor,
    /// Learned positions `[positions, hidden]`; none where positions are rotary.
    pub positions: Option<Tensor>,
    /// One per layer.
    pub blocks: Vec<Block>,
    /// The final norm.
    pub ln_final: NormWeights,
    /// `[vocab, hidden]`; the embedding itself where the head is tied.
    pub head: Tensor,
}

/// Numbers that are looked at together.
const LOOKED_AT: usize = 1 << 20;

/// A decoder-only transformer with a hook at every [`Site`].
pub struct Decoder {
    spec: DecoderSpec,
    weights: Weights,
    device: Device,
}

impl Decoder {
    /// A decoder of the shape `spec` with `weights` on `device`.
    #[must_use]
    pub fn new(spec: DecoderSpec, weights: Weights, device: Device) -> Self {
        Self { spec, weights, device }
    }

    /// Its shape.
    #[must_use]
    pub fn spec(&self) -> &DecoderSpec {
        &self.spec
    }

    /// Where its weights are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The type of its weights and of its arithmetic.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.weights.embed.dtype()
    }

    /// What holds a number that is not finite among the parameters outside the blocks. A pass does not show all of them: it
    /// looks up the embeddings of its own tokens alone.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn broken_end(&self) -> Result<Option<&'static str>> {
        let Weights { embed, positions, ln_final, head, .. } = &self.weights;
        let parts = [
            ("embedding", Some(embed)),
            ("embedding of positions", positions.as_ref()),
            ("final norm", Some(&ln_final.weight)),
            ("final norm", ln_final.bias.as_ref()),
            ("head", Some(head).filter(|_| !self.spec.tied_head)),
        ];
        for (name, tensor) in parts {
            let Some(tensor) = tensor else { continue };
            let flat = tensor.flatten_all()?;
            let count = flat.elem_count();
            for start in (0..count).step_by(LOOKED_AT) {
                let part =
                    flat.narrow(0, start, LOOKED_AT.min(count - start))?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
                if !part.iter().all(|number| number.is_finite()) {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }

    /// The residual stream before the first block, `[B, T, hidden]`, of sequences of one length: the embeddings of the
    /// tokens, which [`Site::Embed`] shows, and those of the positions, where the model learned any.
    ///
    /// # Errors
    /// Internal ones, where the sequences differ in length or hold a token outside the vocabulary: both are checked
    /// where texts are cut into tokens.
    pub fn embed(&self, sequences: &[&[u32]], hooks: &mut dyn Hooks) -> Result<Tensor> {
        let length = sequences.first().map_or(0, |s| s.len());
        let ids: Vec<u32> = sequences.iter().flat_map(|s| s.iter().copied()).collect();
        let ids = Tensor::from_vec(ids, sequences.len() * length, &self.device)?;
        let embedded = self.weights.embed.index_select(&ids, 0)?;
        let embedded = embedded.reshape((sequences.len(), length, self.spec.hidden))?;
        let embedded = hooks.at(Site::Embed, 0, embedded)?;
        Ok(match (&self.weights.positions, &self.spec.positions) {
            (Some(table), Positions::Learned { offset }) => {
                embedded.broadcast_add(&table.narrow(0, *offset, length)?)?
            }
            _ => embedded,
        })
    }

    /// Runs the blocks `layers` on the residual stream `x` `[B, T, hidden]`. A pass that resumes from a stored
    /// [`Site::ResidPost`] of layer l runs `l + 1..layers` on it; the hook of that site itself is the caller's.
    ///
    /// # Errors
    /// Whatever a hook meets.
    pub fn blocks(&self, mut x: Tensor, layers: Range<usize>, hooks: &mut dyn Hooks) -> Result<Tensor> {
        for layer in layers {
            x = self.block(x, layer, hooks)?;
        }
        Ok(x)
    }

    fn block(&self, x: Tensor, layer: usize, hooks: &mut dyn Hooks) -> Result<Tensor> {
        let block = &self.weights.blocks[layer];
        let x = hooks.at(Site::ResidPre, layer, x)?;
        let ln1 = hooks.at(Site::Ln1, layer, self.norm(&x, &block.ln1)?)?;
        let attention = self.attention(&ln1, block, layer, hooks)?;
        let attention = hooks.at(Site::AttnOut, layer, attention)?;
        let mut mlp = |x: &Tensor| -> Result<Tensor> {
            let ln2 = hooks.at(Site::Ln2, layer, self.norm(x, &block.ln2)?)?;
            hooks.at(Site::MlpOut, layer, self.mlp(&ln2, block)?)
        };
        let stream = match self.spec.residual {
            Residual::Parallel => ops::add3(&x, &attention, &mlp(&x)?)?,
            Residual::Sequential => {
                let after_attention = ops::add(&x, &attention)?;
                ops::add(&after_attention, &mlp(&after_attention)?)?
            }
        };
        hooks.at(Site::ResidPost, layer, stream)
    }

    fn attention(&self, x: &Tensor, block: &Block, layer: usize, hooks: &mut dyn Hooks) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let spec = &self.spec;
        let mut project = |site, linear: &Linear, heads| -> Result<Tensor> {
            let projected = linear.apply(x, None)?.reshape((batch, length, heads, spec.head_dim))?;
            hooks.at(site, layer, projected)
        };
        let q = project(Site::Q, &block.q, spec.heads)?;
        let k = project(Site::K, &block.k, spec.kv_heads)?;
        let v = project(Site::V, &block.v, spec.kv_heads)?;
        let rotary = match &spec.positions {
            Positions::Rotary(rotary) => Some(rotary),
            Positions::Learned { .. } => None,
        };
        let pattern = ops::attention_pattern(&q, &k, rotary, spec.windows[layer])?;
        let pattern = hooks.at(Site::Pattern, layer, pattern)?;
        let z = hooks.at(Site::Z, layer, ops::attention_mix(&pattern, &v)?)?;
        block.o.apply(&z.reshape((batch, length, spec.heads * spec.head_dim))?, None)
    }

    /// Attention logits q·k/√d after rotary embedding, `[B, heads, T (query), T (key)]` in float32, of queries and keys as
    /// [`Site::Q`] and [`Site::K`] show them; without the mask.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn attention_logits(&self, q: &Tensor, k: &Tensor) -> Result<Tensor> {
        match &self.spec.positions {
            Positions::Rotary(rotary) => ops::attention_logits(&ops::rotate(q, rotary)?, &ops::rotate(k, rotary)?),
            Positions::Learned { .. } => ops::attention_logits(q, k),
        }
    }

    fn mlp(&self, x: &Tensor, block: &Block) -> Result<Tensor> {
        let activation = Some(self.spec.activation);
        let inner = match &block.gate {
            Some(gate) => ops::mul(&gate.apply(x, activation)?, &block.up.apply(x, None)?)?,
            None => block.up.apply(x, activation)?,
        };
        block.down.apply(&inner, None)
    }

    fn norm(&self, x: &Tensor, weights: &NormWeights) -> Result<Tensor> {
        #[allow(clippy::cast_possible_truncation)] // ε in float32, as the references have it
        let eps = self.spec.norm_eps as f32;
        ops::norm(x, &weights.weight, weights.bias.as_ref(), eps)
    }

    /// The final norm of the residual stream `x` `[B, T, hidden]`.
    ///
    /// # Errors
    /// Whatever a hook meets.
    pub fn ln_final(&self, x: &Tensor, hooks: &mut dyn Hooks) -> Result<Tensor> {
        hooks.at(Site::LnFinal, 0, self.norm(x, &self.weights.ln_final)?)
    }

    /// Logits `[B, T, vocab]` of the normed stream that [`Decoder::ln_final`] gives.
    ///
    /// # Errors
    /// Whatever a hook meets.
    pub fn logits(&self, normed: &Tensor, hooks: &mut dyn Hooks) -> Result<Tensor> {
        hooks.at(Site::Logits, 0, ops::logits(normed, &self.weights.head)?)
    }

    /// Next-token cross-entropies in nats, one row of T − 1 per sequence, from the normed stream `[B, T, hidden]`
    /// that [`Decoder::ln_final`] gives. Neither the logits nor their softmax are ever stored as a whole.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn losses(&self, normed: &Tensor, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let (batch, length, hidden) = normed.dims3()?;
        let predicting = normed.narrow(1, 0, length - 1)?.reshape((batch * (length - 1), hidden))?;
        let targets: Vec<u32> = sequences.iter().flat_map(|s| s[1..].iter().copied()).collect();
        let losses = ops::cross_entropy(&predicting, &self.weights.head, &targets)?;
        Ok(losses.chunks(length - 1).map(<[f32]>::to_vec).collect())
    }
}

impl Linear {
    /// Of `weight` `[out, in]` and `bias` `[out]`.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn new(weight: Tensor, bias: Option<Tensor>) -> Result<Self> {
        Ok(Self { weight: Weight::new(weight)?, bias })
    }

    /// The projection of x `[…, in]`, and f of it where there is an `activation`.
    fn apply(&self, x: &Tensor, activation: Option<Activation>) -> Result<Tensor> {
        ops::linear(x, &self.weight, self.bias.as_ref(), activation)
    }
}
