//! Phi-1, Phi-1.5 and Phi-2: LayerNorm, both branches beside each other behind one norm, rotary embedding of a part of each
//! head, biases everywhere, the head included.

use super::{Reader, llama};
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Norm, Norms, Positions, QkNorm, Residual};

/// The rotary embedding of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let fields = RotaryFields { default_share: 0.5, turns_a_part: true, ..RotaryFields::USUAL };
    rotary_embedding(config, fields, head_dim)
}

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let (heads, head_dim) = config.heads("hidden_size", hidden, "num_attention_heads")?;
    let layers = config.layers("num_hidden_layers")?;
    Ok(DecoderSpec {
        family: "phi",
        hidden,
        heads,
        kv_heads: config.optional_integer("num_key_value_heads")?.unwrap_or(heads),
        mlp_dim: config.integer("intermediate_size")?,
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        norm: Norm::LayerNorm,
        norm_eps: config.optional_number("layer_norm_eps")?.unwrap_or(1e-5),
        norms: Norms::Shared,
        qk_norm: config.flag("qk_layernorm", false)?.then_some(QkNorm::Heads),
        residual: Residual::Parallel,
        positions: positions(config, head_dim)?.0,
        activation: Activation::from_name(config.optional_text("hidden_act")?.unwrap_or("gelu_new"))?,
        tied_head: config.flag("tie_word_embeddings", false)?,
        head_bias: true,
        qkv_bias: true,
        out_bias: true,
        mlp_bias: true,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let (query_dim, key_dim) = (spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim);
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let linear = |part: &str, out, input| reader.linear(&name(part), out, input, true);
        let norm = |part: &str| reader.norm_of(&name(part), spec.norm, spec.head_dim);
        let qk_norms = match spec.qk_norm {
            Some(_) => Some([norm("self_attn.q_layernorm")?, norm("self_attn.k_layernorm")?]),
            None => None,
        };
        Ok(Block {
            ln1: Some(reader.norm(&name("input_layernorm"), spec)?),
            q: linear("self_attn.q_proj", query_dim, hidden)?,
            k: linear("self_attn.k_proj", key_dim, hidden)?,
            v: linear("self_attn.v_proj", key_dim, hidden)?,
            qk_norms,
            o: linear("self_attn.dense", hidden, query_dim)?,
            ln1_post: None,
            ln2: None,
            gate: None,
            up: linear("mlp.fc1", mlp_dim, hidden)?,
            down: linear("mlp.fc2", hidden, mlp_dim)?,
            ln2_post: None,
        })
    };
    let blocks = (0..spec.layers).map(block).collect::<Result<_>>()?;
    llama::ends(spec, reader, blocks, "model.final_layernorm")
}
