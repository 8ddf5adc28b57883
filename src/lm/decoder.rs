//! The one decoder that all families run on.

use super::hooks::{Hooks, Site};
use super::ops::{self, Head, Scores, Weight};
use super::spec::{Activation, DecoderSpec, Norms, Positions, QkNorm, Residual};
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
    /// What is multiplied by, w or 1 + w: `[width]`; of the norms that each head has of its own `[heads, width]`.
    pub weight: Tensor,
    /// `[width]`; a LayerNorm has it, an RMSNorm has not.
    pub bias: Option<Tensor>,
}

/// The parameters of one block.
pub struct Block {
    /// Norm before attention; of both branches where they share one.
    pub ln1: Option<NormWeights>,
    /// `[heads · head_dim, hidden]`.
    pub q: Linear,
    /// `[kv_heads · head_dim, hidden]`.
    pub k: Linear,
    /// `[kv_heads · head_dim, hidden]`.
    pub v: Linear,
    /// Norms of queries and of keys.
    pub qk_norms: Option<[NormWeights; 2]>,
    /// `[hidden, heads · head_dim]`.
    pub o: Linear,
    /// Norm of attention's output, or of the stream with it.
    pub ln1_post: Option<NormWeights>,
    /// Norm before the MLP, where it has its own.
    pub ln2: Option<NormWeights>,
    /// Gate of a gated MLP `[mlp_dim, hidden]`.
    pub gate: Option<Linear>,
    /// `[mlp_dim, hidden]`.
    pub up: Linear,
    /// `[hidden, mlp_dim]`.
    pub down: Linear,
    /// Norm of the MLP's output, or of the stream with it.
    pub ln2_post: Option<NormWeights>,
}

/// All parameters of a decoder, all of one type.
pub struct Weights {
    /// `[vocab, embed_dim]`.
    pub embed: Tensor,
    /// From the width of embeddings to that of the stream and back, where it is another one.
    pub projections: Option<[Linear; 2]>,
    /// Learned positions `[positions, hidden]`; none where positions are rotary.
    pub positions: Option<Tensor>,
    /// One per layer.
    pub blocks: Vec<Block>,
    /// The final norm, where there is one.
    pub ln_final: Option<NormWeights>,
    /// `[vocab, embed_dim]`; the embedding itself where the head is tied.
    pub head: Tensor,
    /// `[vocab]`, where the output projection has a bias.
    pub head_bias: Option<Tensor>,
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
        let Weights { embed, positions, ln_final, head, head_bias, .. } = &self.weights;
        let parts = [
            ("embedding", Some(embed)),
            ("embedding of positions", positions.as_ref()),
            ("final norm", ln_final.as_ref().map(|norm| &norm.weight)),
            ("final norm", ln_final.as_ref().and_then(|norm| norm.bias.as_ref())),
            ("head", Some(head).filter(|_| !self.spec.tied_head)),
            ("bias of the head", head_bias.as_ref()),
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
    /// tokens, scaled where the model scales them, which [`Site::Embed`] shows, and those of the positions, where the model
    /// learned any.
    ///
    /// # Errors
    /// Internal ones, where the sequences differ in length or hold a token outside the vocabulary: both are checked
    /// where texts are cut into tokens.
    pub fn embed(&self, sequences: &[&[u32]], hooks: &mut dyn Hooks) -> Result<Tensor> {
        let length = sequences.first().map_or(0, |s| s.len());
        let ids: Vec<u32> = sequences.iter().flat_map(|s| s.iter().copied()).collect();
        let ids = Tensor::from_vec(ids, sequences.len() * length, &self.device)?;
        let embedded = self.weights.embed.index_select(&ids, 0)?;
        let embedded = embedded.reshape((sequences.len(), length, self.weights.embed.dim(1)?))?;
        let embedded = match &self.weights.projections {
            Some([to_stream, _]) => to_stream.apply(&embedded, None)?,
            None => embedded,
        };
        let embedded = match self.spec.embed_scale {
            // In the type of the weights, as transformers has it.
            Some(scale) => (embedded * f64::from(scale))?,
            None => embedded,
        };
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
        let normed = block.ln1.as_ref().map(|ln1| self.norm(&x, ln1)).transpose()?;
        let read = match &normed {
            Some(normed) => hooks.at(Site::Ln1, layer, normed.clone())?,
            None => x.clone(),
        };
        let attention = self.attention(&read, block, layer, hooks)?;
        let attention = hooks.at(Site::AttnOut, layer, attention)?;
        let stream = match self.spec.residual {
            Residual::Parallel => {
                let mlp = self.mlp_branch(&x, normed.as_ref(), layer, hooks)?;
                ops::add3(&x, &attention, &mlp)?
            }
            Residual::Sequential => {
                let mid = self.joined(&x, &attention, block.ln1_post.as_ref(), Site::Ln1Post, layer, hooks)?;
                let mid = hooks.at(Site::ResidMid, layer, mid)?;
                let mlp = self.mlp_branch(&mid, normed.as_ref(), layer, hooks)?;
                self.joined(&mid, &mlp, block.ln2_post.as_ref(), Site::Ln2Post, layer, hooks)?
            }
        };
        hooks.at(Site::ResidPost, layer, stream)
    }

    /// What the MLP of `layer` gives of the stream `x`; `shared` is what attention's norm gave.
    fn mlp_branch(&self, x: &Tensor, shared: Option<&Tensor>, layer: usize, hooks: &mut dyn Hooks) -> Result<Tensor> {
        let block = &self.weights.blocks[layer];
        let read = match (&block.ln2, shared) {
            (Some(ln2), _) => hooks.at(Site::Ln2, layer, self.norm(x, ln2)?)?,
            // The norm that both branches share.
            (None, Some(normed)) => hooks.at(Site::Ln2, layer, normed.clone())?,
            (None, None) => x.clone(),
        };
        let out = self.mlp(&read, block, layer, hooks)?;
        hooks.at(Site::MlpOut, layer, out)
    }

    /// The stream `x` `[B, T, hidden]` with the output `out` of a branch, or with the norm of that, which `site` shows; or the
    /// norm of both together.
    fn joined(
        &self,
        x: &Tensor,
        out: &Tensor,
        norm: Option<&NormWeights>,
        site: Site,
        layer: usize,
        hooks: &mut dyn Hooks,
    ) -> Result<Tensor> {
        match norm {
            None => ops::add(x, out),
            Some(norm) if self.spec.norms == Norms::OfStream => self.norm(&ops::add(x, out)?, norm),
            Some(norm) => ops::add(x, &hooks.at(site, layer, self.norm(out, norm)?)?),
        }
    }

    fn attention(&self, x: &Tensor, block: &Block, layer: usize, hooks: &mut dyn Hooks) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let spec = &self.spec;
        let mut project = |site, linear: &Linear, heads, norm| -> Result<Tensor> {
            let projected = linear.apply(x, None)?;
            let projected = match norm {
                None => projected.reshape((batch, length, heads, spec.head_dim))?,
                Some(norm) => self.head_norm(&projected, norm, heads)?,
            };
            hooks.at(site, layer, projected)
        };
        let norms = block.qk_norms.as_ref();
        let q = project(Site::Q, &block.q, spec.heads, norms.map(|[q, _]| q))?;
        let k = project(Site::K, &block.k, spec.kv_heads, norms.map(|[_, k]| k))?;
        let v = project(Site::V, &block.v, spec.kv_heads, None)?;
        let how = self.scores(layer);
        let pattern = if hooks.wants(Site::AttnScores, layer) {
            let scores = hooks.at(Site::AttnScores, layer, ops::attention_scores(&q, &k, how)?)?;
            ops::softmax(&scores, how.window, q.dtype())?
        } else {
            ops::attention_pattern(&q, &k, how)?
        };
        let pattern = hooks.at(Site::Pattern, layer, pattern)?;
        let z = hooks.at(Site::Z, layer, ops::attention_mix(&pattern, &v)?)?;
        block.o.apply(&z.reshape((batch, length, spec.heads * spec.head_dim))?, None)
    }

    /// How the scores of `layer` are made.
    fn scores(&self, layer: usize) -> Scores<'_> {
        let DecoderSpec { score_scales, score_cap, windows, .. } = &self.spec;
        let rotary = self.spec.rotary(layer);
        Scores { rotary, scale: score_scales[layer], cap: *score_cap, window: windows[layer] }
    }

    /// The norm of queries or keys `[B, T, heads · head_dim]`: `[B, T, heads, head_dim]`.
    fn head_norm(&self, x: &Tensor, norm: &NormWeights, heads: usize) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let by_head = (batch, length, heads, self.spec.head_dim);
        match self.spec.qk_norm {
            None | Some(QkNorm::Heads) => self.norm(&x.reshape(by_head)?, norm),
            Some(QkNorm::Whole) => Ok(self.norm(x, norm)?.reshape(by_head)?),
            Some(QkNorm::EachHead) => {
                let ones = Tensor::ones(self.spec.head_dim, x.dtype(), x.device())?;
                let plain = NormWeights { bias: Some(ones.zeros_like()?), weight: ones };
                Ok(self.norm(&x.reshape(by_head)?, &plain)?.broadcast_mul(&norm.weight)?)
            }
        }
    }

    /// Scores of attention, `[B, heads, T (query), T (key)]` in float32, of queries and keys of `layer` as [`Site::Q`] and
    /// [`Site::K`] show them; without the mask.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn attention_scores(&self, layer: usize, q: &Tensor, k: &Tensor) -> Result<Tensor> {
        ops::attention_scores(q, k, self.scores(layer))
    }

    fn mlp(&self, x: &Tensor, block: &Block, layer: usize, hooks: &mut dyn Hooks) -> Result<Tensor> {
        let activation = self.spec.activation;
        let first = block.gate.as_ref().unwrap_or(&block.up);
        let activated = if hooks.wants(Site::MlpPre, layer) {
            ops::activate(&hooks.at(Site::MlpPre, layer, first.apply(x, None)?)?, activation)?
        } else {
            first.apply(x, Some(activation))?
        };
        let inner = match &block.gate {
            Some(_) => ops::mul(&activated, &block.up.apply(x, None)?)?,
            None => activated,
        };
        block.down.apply(&hooks.at(Site::MlpPost, layer, inner)?, None)
    }

    fn norm(&self, x: &Tensor, weights: &NormWeights) -> Result<Tensor> {
        #[allow(clippy::cast_possible_truncation)] // ε in float32, as the references have it
        let eps = self.spec.norm_eps as f32;
        ops::norm(x, &weights.weight, weights.bias.as_ref(), eps)
    }

    /// What the head reads of the normed stream.
    fn to_head(&self, normed: &Tensor) -> Result<Tensor> {
        match &self.weights.projections {
            Some([_, to_head]) => to_head.apply(normed, None),
            None => Ok(normed.clone()),
        }
    }

    fn head(&self) -> Head<'_> {
        let Weights { head, head_bias, .. } = &self.weights;
        Head { weight: head, bias: head_bias.as_ref(), cap: self.spec.logit_cap }
    }

    /// The final norm of the residual stream `x` `[B, T, hidden]`; x itself where there is none.
    ///
    /// # Errors
    /// Whatever a hook meets.
    pub fn ln_final(&self, x: &Tensor, hooks: &mut dyn Hooks) -> Result<Tensor> {
        match &self.weights.ln_final {
            Some(norm) => hooks.at(Site::LnFinal, 0, self.norm(x, norm)?),
            None => Ok(x.clone()),
        }
    }

    /// Logits `[B, T, vocab]` of the normed stream that [`Decoder::ln_final`] gives.
    ///
    /// # Errors
    /// Whatever a hook meets.
    pub fn logits(&self, normed: &Tensor, hooks: &mut dyn Hooks) -> Result<Tensor> {
        hooks.at(Site::Logits, 0, ops::logits(&self.to_head(normed)?, self.head())?)
    }

    /// Next-token cross-entropies in nats, one row of T − 1 per sequence, from the normed stream `[B, T, hidden]`
    /// that [`Decoder::ln_final`] gives. Neither the logits nor their softmax are ever stored as a whole.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn losses(&self, normed: &Tensor, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let normed = self.to_head(normed)?;
        let (batch, length, hidden) = normed.dims3()?;
        let predicting = normed.narrow(1, 0, length - 1)?.reshape((batch * (length - 1), hidden))?;
        let targets: Vec<u32> = sequences.iter().flat_map(|s| s[1..].iter().copied()).collect();
        let losses = ops::cross_entropy(&predicting, self.head(), &targets)?;
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
