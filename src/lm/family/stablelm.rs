//! StableLM: a Llama with LayerNorm and rotary embedding of a part of each head; some have both branches beside each other
//! behind one norm, and norms of each query and key head.

use super::llama::{self, Defaults, LLAMA};
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::spec::{DecoderSpec, Norm, Norms, Positions, QkNorm, Residual};

/// The rotary embedding of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let fields = RotaryFields { default_share: 0.25, turns_a_part: true, ..RotaryFields::USUAL };
    rotary_embedding(config, fields, head_dim)
}

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { kv_heads: Some(32), ..LLAMA })?;
    let (_, head_dim) = config.heads("hidden_size", llama.hidden, "num_attention_heads")?;
    let is_parallel = config.flag("use_parallel_residual", false)?;
    Ok(DecoderSpec {
        family: "stablelm",
        head_dim,
        score_scales: DecoderSpec::usual(llama.layers, head_dim).score_scales,
        norm: Norm::LayerNorm,
        norm_eps: config.optional_number("layer_norm_eps")?.unwrap_or(1e-5),
        norms: if is_parallel { Norms::Shared } else { Norms::Before },
        qk_norm: config.flag("qk_layernorm", false)?.then_some(QkNorm::EachHead),
        residual: if is_parallel { Residual::Parallel } else { Residual::Sequential },
        positions: positions(config, head_dim)?.0,
        qkv_bias: config.flag("use_qkv_bias", false)?,
        out_bias: false,
        ..llama
    })
}
