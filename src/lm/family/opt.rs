//! OPT: LayerNorm, learned positions, ReLU, biases everywhere, a tied head.

use super::Reader;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Positions};

/// Rows of the position embedding before that of the first position.
const OFFSET: usize = 2;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let projected = config.optional_integer("word_embed_proj_dim")?.unwrap_or(hidden);
    if projected != hidden {
        return Err(Error::data(format!(
            "config.json: word_embed_proj_dim is {projected} and hidden_size {hidden}; embeddings that are projected, as \
             opt-350m has them, are not supported"
        )));
    }
    if !config.flag("do_layer_norm_before", true)? || config.flag("_remove_final_layer_norm", false)? {
        return Err(Error::data(
            "config.json: norms after the branches (do_layer_norm_before false) or no final norm are not supported"
                .to_owned(),
        ));
    }
    if !config.flag("layer_norm_elementwise_affine", true)? {
        return Err(Error::data("config.json: norms without weights are not supported".to_owned()));
    }
    let (heads, head_dim) = config.heads("hidden_size", hidden, "num_attention_heads")?;
    let layers = config.layers("num_hidden_layers")?;
    let bias = config.flag("enable_bias", true)?;
    Ok(DecoderSpec {
        family: "opt",
        hidden,
        heads,
        kv_heads: heads,
        mlp_dim: config.integer("ffn_dim")?,
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        positions: Positions::Learned { offset: OFFSET },
        activation: Activation::from_name(config.optional_text("activation_function")?.unwrap_or("relu"))?,
        mlp_bias: bias,
        tied_head: config.flag("tie_word_embeddings", true)?,
        qkv_bias: bias,
        out_bias: bias,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("model.decoder.layers.{layer}.{part}");
        let attention = |part: &str, bias| reader.linear(&name(&format!("self_attn.{part}")), hidden, hidden, bias);
        Ok(Block {
            ln1: Some(reader.norm(&name("self_attn_layer_norm"), spec)?),
            q: attention("q_proj", spec.qkv_bias)?,
            k: attention("k_proj", spec.qkv_bias)?,
            v: attention("v_proj", spec.qkv_bias)?,
            qk_norms: None,
            o: attention("out_proj", spec.out_bias)?,
            ln1_post: None,
            ln2: Some(reader.norm(&name("final_layer_norm"), spec)?),
            gate: None,
            up: reader.linear(&name("fc1"), mlp_dim, hidden, spec.mlp_bias)?,
            down: reader.linear(&name("fc2"), hidden, mlp_dim, spec.mlp_bias)?,
            ln2_post: None,
        })
    };
    let [embed, head] = reader.ends(spec)?;
    Ok(Weights {
        positions: Some(reader.tensor("model.decoder.embed_positions.weight", &[spec.max_positions + OFFSET, hidden])?),
        blocks: (0..spec.layers).map(block).collect::<Result<_>>()?,
        ln_final: reader.norm("model.decoder.final_layer_norm", spec)?,
        embed,
        head,
        head_bias: None,
    })
}
