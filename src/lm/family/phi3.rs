//! Phi-3 and Phi-4: a Llama whose projections stand together, with LongRoPE where it was trained for long texts.

use super::Reader;
use super::llama::{self, Defaults, LLAMA};
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{DecoderSpec, Positions};

/// The rotary embedding of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let fields = RotaryFields {
        turns_a_part: true,
        default_original: Some(4096),
        longrope: &["su", "yarn"],
        ..RotaryFields::USUAL
    };
    rotary_embedding(config, fields, head_dim)
}

/// The shape that `config` describes. Its projections have no biases, whatever the config says of them.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { norm_eps: 1e-5, ..LLAMA })?;
    let positions = positions(config, llama.head_dim)?.0;
    let windows = vec![config.optional_integer("sliding_window")?; llama.layers];
    Ok(DecoderSpec { family: "phi3", positions, windows, qkv_bias: false, out_bias: false, ..llama })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let (query_dim, key_dim) = (spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim);
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let [q, k, v] = reader.together(&name("self_attn.qkv_proj"), [query_dim, key_dim, key_dim], hidden)?;
        let [gate, up] = reader.together(&name("mlp.gate_up_proj"), [mlp_dim, mlp_dim], hidden)?;
        let [ln1, ln1_post, ln2, ln2_post] = llama::norms(spec, reader, name)?;
        Ok(Block {
            ln1,
            q,
            k,
            v,
            qk_norms: None,
            o: reader.linear(&name("self_attn.o_proj"), hidden, query_dim, false)?,
            ln1_post,
            ln2,
            gate: Some(gate),
            up,
            down: reader.linear(&name("mlp.down_proj"), hidden, mlp_dim, false)?,
            ln2_post,
        })
    };
    let blocks = (0..spec.layers).map(block).collect::<Result<_>>()?;
    llama::ends(spec, reader, blocks, "model.norm")
}
