//! GPT-NeoX: Pythia and the built-in demo.

use super::Reader;
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::decoder::{Block, Linear, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Positions, Residual};

/// Where the config has the rotary embedding.
const ROTARY: RotaryFields = RotaryFields {
    base: Some("rotary_emb_base"),
    share: "rotary_pct",
    default_share: 0.25,
    turns_a_part: true,
    ..RotaryFields::USUAL
};

/// The rotary embedding of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    rotary_embedding(config, ROTARY, head_dim)
}

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let (heads, head_dim) = config.heads("hidden_size", hidden, "num_attention_heads")?;
    let parallel = config.flag("use_parallel_residual", true)?;
    let layers = config.layers("num_hidden_layers")?;
    let bias = config.flag("attention_bias", true)?;
    Ok(DecoderSpec {
        family: "gpt_neox",
        hidden,
        heads,
        kv_heads: heads,
        mlp_dim: config.integer("intermediate_size")?,
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        norm_eps: config.optional_number("layer_norm_eps")?.unwrap_or(1e-5),
        residual: if parallel { Residual::Parallel } else { Residual::Sequential },
        positions: positions(config, head_dim)?.0,
        activation: Activation::from_name(config.optional_text("hidden_act")?.unwrap_or("gelu"))?,
        mlp_bias: true,
        tied_head: config.flag("tie_word_embeddings", false)?,
        qkv_bias: bias,
        out_bias: bias,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("gpt_neox.layers.{layer}.{part}");
        let [q, k, v] = split_qkv(spec, reader, &name("attention.query_key_value"))?;
        Ok(Block {
            ln1: Some(reader.norm(&name("input_layernorm"), spec)?),
            q,
            k,
            v,
            qk_norms: None,
            o: reader.linear(&name("attention.dense"), hidden, hidden, spec.out_bias)?,
            ln1_post: None,
            ln2: Some(reader.norm(&name("post_attention_layernorm"), spec)?),
            gate: None,
            up: reader.linear(&name("mlp.dense_h_to_4h"), mlp_dim, hidden, spec.mlp_bias)?,
            down: reader.linear(&name("mlp.dense_4h_to_h"), hidden, mlp_dim, spec.mlp_bias)?,
            ln2_post: None,
        })
    };
    let [embed, head] = reader.ends(spec)?;
    Ok(Weights {
        positions: None,
        blocks: (0..spec.layers).map(block).collect::<Result<_>>()?,
        ln_final: Some(reader.norm("gpt_neox.final_layer_norm", spec)?),
        projections: None,
        embed,
        head,
        head_bias: None,
    })
}

/// Queries, keys and values stand together, head by head: `[heads, 3, head_dim, hidden]`.
fn split_qkv(spec: &DecoderSpec, reader: &Reader, name: &str) -> Result<[Linear; 3]> {
    let DecoderSpec { hidden, heads, head_dim, .. } = *spec;
    let weight = reader.tensor(&format!("{name}.weight"), &[3 * hidden, hidden])?;
    let weight = weight.reshape((heads, 3, head_dim, hidden))?;
    let bias = if spec.out_bias {
        Some(reader.tensor(&format!("{name}.bias"), &[3 * hidden])?.reshape((heads, 3, head_dim))?)
    } else {
        None
    };
    let part = |i| -> Result<Linear> {
        let bias = match &bias {
            Some(bias) => Some(bias.narrow(1, i, 1)?.contiguous()?.reshape(hidden)?),
            None => None,
        };
        Linear::new(weight.narrow(1, i, 1)?.contiguous()?.reshape((hidden, hidden))?, bias)
    };
    Ok([part(0)?, part(1)?, part(2)?])
}
