//! GPT-2: LayerNorm, learned positions, GELU, projections stored `[in, out]`, a tied head.

use super::Reader;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::decoder::{Block, Linear, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Positions};
use candle_core::Tensor;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("n_embd")?;
    let (heads, head_dim) = config.heads("n_embd", hidden, "n_head")?;
    let layers = config.layers("n_layer")?;
    let usual = DecoderSpec::usual(layers, head_dim);
    let is_scaled = config.flag("scale_attn_weights", true)?;
    let by_layer = config.flag("scale_attn_by_inverse_layer_idx", false)?;
    let scale = |(layer, usual): (usize, &f32)| {
        (if is_scaled { *usual } else { 1.0 }) / if by_layer { (layer + 1) as f32 } else { 1.0 }
    };
    Ok(DecoderSpec {
        family: "gpt2",
        hidden,
        heads,
        kv_heads: heads,
        mlp_dim: config.optional_integer("n_inner")?.unwrap_or(4 * hidden),
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("n_positions")?,
        norm_eps: config.optional_number("layer_norm_epsilon")?.unwrap_or(1e-5),
        positions: Positions::Learned { offset: 0 },
        score_scales: usual.score_scales.iter().enumerate().map(scale).collect(),
        activation: Activation::from_name(config.optional_text("activation_function")?.unwrap_or("gelu_new"))?,
        mlp_bias: true,
        tied_head: config.flag("tie_word_embeddings", true)?,
        qkv_bias: true,
        out_bias: true,
        ..usual
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("transformer.h.{layer}.{part}");
        let (weight, bias) = transposed(reader, &name("attn.c_attn"), 3 * hidden, hidden)?;
        let part = |i: usize| -> Result<Linear> {
            let part = |of: &Tensor| of.narrow(0, i * hidden, hidden);
            Linear::new(part(&weight)?, Some(part(&bias)?))
        };
        let linear = |part: &str, out, input| {
            let (weight, bias) = transposed(reader, &name(part), out, input)?;
            Linear::new(weight, Some(bias))
        };
        Ok(Block {
            ln1: Some(reader.norm(&name("ln_1"), spec)?),
            q: part(0)?,
            k: part(1)?,
            v: part(2)?,
            qk_norms: None,
            o: linear("attn.c_proj", hidden, hidden)?,
            ln1_post: None,
            ln2: Some(reader.norm(&name("ln_2"), spec)?),
            gate: None,
            up: linear("mlp.c_fc", mlp_dim, hidden)?,
            down: linear("mlp.c_proj", hidden, mlp_dim)?,
            ln2_post: None,
        })
    };
    let [embed, head] = reader.ends(spec)?;
    Ok(Weights {
        positions: Some(reader.tensor("transformer.wpe.weight", &[spec.max_positions, hidden])?),
        blocks: (0..spec.layers).map(block).collect::<Result<_>>()?,
        ln_final: Some(reader.norm("transformer.ln_f", spec)?),
        projections: None,
        embed,
        head,
        head_bias: None,
    })
}

/// Weight `[out, in]`, which the file holds as `[in, out]`, and bias `[out]` of a projection.
fn transposed(reader: &Reader, name: &str, out: usize, input: usize) -> Result<(Tensor, Tensor)> {
    let weight = reader.tensor(&format!("{name}.weight"), &[input, out])?.t()?.contiguous()?;
    Ok((weight, reader.tensor(&format!("{name}.bias"), &[out])?))
}
