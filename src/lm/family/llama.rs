//! Llama and what is built like it: TinyLlama, SmolLM2; Mistral and Qwen2 differ in their config only.

use super::Reader;
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Norm, Positions, Residual};

/// Where the config has the rotary embedding.
pub const ROTARY: RotaryFields =
    RotaryFields { base: "rope_theta", share: "partial_rotary_factor", default_share: 1.0, turns_a_part: false };

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    spec_with(config, None)
}

/// As [`spec`], for a family that has `kv_heads` key heads where its config does not say; Llama has as many as heads.
pub fn spec_with(config: &Config, kv_heads: Option<usize>) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let heads = config.integer("num_attention_heads")?;
    let head_dim = config.optional_integer("head_dim")?.unwrap_or(hidden / heads.max(1));
    let layers = config.layers("num_hidden_layers")?;
    let bias = config.flag("attention_bias", false)?;
    Ok(DecoderSpec {
        family: "llama",
        layers,
        hidden,
        heads,
        kv_heads: match config.optional_integer("num_key_value_heads")? {
            Some(kv_heads) => kv_heads,
            None if config.is_absent("num_key_value_heads") => kv_heads.unwrap_or(heads),
            None => heads,
        },
        head_dim,
        mlp_dim: config.integer("intermediate_size")?,
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        norm: Norm::RmsNorm,
        norm_eps: config.optional_number("rms_norm_eps")?.unwrap_or(1e-6),
        residual: Residual::Sequential,
        positions: Positions::Rotary(rotary_embedding(config, ROTARY, head_dim)?.0),
        windows: vec![None; layers],
        activation: Activation::from_name(config.optional_text("hidden_act")?.unwrap_or("silu"))?,
        gated: true,
        mlp_bias: config.flag("mlp_bias", false)?,
        tied_head: config.flag("tie_word_embeddings", false)?,
        qkv_bias: bias,
        out_bias: bias,
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let (query_dim, key_dim) = (spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim);
    let block = |layer| -> Result<Block> {
        let norm = |part: &str| reader.norm(&format!("model.layers.{layer}.{part}"), spec);
        let attention = |part: &str, out, input, bias| {
            reader.linear(&format!("model.layers.{layer}.self_attn.{part}"), out, input, bias)
        };
        let mlp = |part: &str, out, input| {
            reader.linear(&format!("model.layers.{layer}.mlp.{part}"), out, input, spec.mlp_bias)
        };
        Ok(Block {
            ln1: norm("input_layernorm")?,
            q: attention("q_proj", query_dim, hidden, spec.qkv_bias)?,
            k: attention("k_proj", key_dim, hidden, spec.qkv_bias)?,
            v: attention("v_proj", key_dim, hidden, spec.qkv_bias)?,
            o: attention("o_proj", hidden, query_dim, spec.out_bias)?,
            ln2: norm("post_attention_layernorm")?,
            gate: Some(mlp("gate_proj", mlp_dim, hidden)?),
            up: mlp("up_proj", mlp_dim, hidden)?,
            down: mlp("down_proj", hidden, mlp_dim)?,
        })
    };
    let [embed, head] = reader.ends(spec)?;
    Ok(Weights {
        positions: None,
        blocks: (0..spec.layers).map(block).collect::<Result<_>>()?,
        ln_final: reader.norm("model.norm", spec)?,
        embed,
        head,
    })
}
