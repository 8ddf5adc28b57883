//! GPT-J: LayerNorm, both branches beside each other behind one norm, rotary embedding of neighbours in a part of each head,
//! a head with a bias.

use super::{Reader, llama};
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Norms, Pairs, Positions, Residual, Rotary};

/// The base of the rotary embedding.
const BASE: f64 = 10_000.0;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("n_embd")?;
    let (heads, head_dim) = config.heads("n_embd", hidden, "n_head")?;
    let layers = config.layers("n_layer")?;
    let Some(dims) = config.nullable_integer("rotary_dim", 64)?.filter(|dims| *dims > 0 && dims.is_multiple_of(2))
    else {
        return Err(Error::data("config.json: rotary_dim: expected an even number of dimensions of a head".to_owned()));
    };
    Ok(DecoderSpec {
        family: "gptj",
        hidden,
        heads,
        kv_heads: heads,
        mlp_dim: config.optional_integer("n_inner")?.unwrap_or(4 * hidden),
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("n_positions")?,
        norm_eps: config.optional_number("layer_norm_epsilon")?.unwrap_or(1e-5),
        norms: Norms::Shared,
        residual: Residual::Parallel,
        positions: Positions::Rotary(Rotary { pairs: Pairs::Neighbours, ..Rotary::new(BASE, dims) }),
        activation: Activation::from_name(config.optional_text("activation_function")?.unwrap_or("gelu_new"))?,
        tied_head: config.flag("tie_word_embeddings", false)?,
        head_bias: true,
        mlp_bias: true,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("transformer.h.{layer}.{part}");
        let attention = |part: &str| reader.linear(&name(&format!("attn.{part}")), hidden, hidden, false);
        Ok(Block {
            ln1: Some(reader.norm(&name("ln_1"), spec)?),
            q: attention("q_proj")?,
            k: attention("k_proj")?,
            v: attention("v_proj")?,
            qk_norms: None,
            o: attention("out_proj")?,
            ln1_post: None,
            ln2: None,
            gate: None,
            up: reader.linear(&name("mlp.fc_in"), mlp_dim, hidden, true)?,
            down: reader.linear(&name("mlp.fc_out"), hidden, mlp_dim, true)?,
            ln2_post: None,
        })
    };
    let blocks = (0..spec.layers).map(block).collect::<Result<_>>()?;
    llama::ends(spec, reader, blocks, "transformer.ln_f")
}
