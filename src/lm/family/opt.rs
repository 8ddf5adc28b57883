//! OPT: LayerNorm, learned positions, ReLU, biases everywhere, a tied head. OPT-350M alone has its norms in the stream, no final
//! norm, and embeddings of another width.

use super::Reader;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Norms, Positions};

/// Rows of the position embedding before that of the first position.
const OFFSET: usize = 2;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let projected = config.optional_integer("word_embed_proj_dim")?.unwrap_or(hidden);
    let is_before = config.flag("do_layer_norm_before", true)?;
    if !config.flag("layer_norm_elementwise_affine", true)? {
        return Err(Error::data("config.json: norms without weights are not supported".to_owned()));
    }
    let (heads, head_dim) = config.heads("hidden_size", hidden, "num_attention_heads")?;
    let layers = config.layers("num_hidden_layers")?;
    let bias = config.flag("enable_bias", true)?;
    Ok(DecoderSpec {
        family: "opt",
        hidden,
        embed_dim: Some(projected).filter(|projected| *projected != hidden),
        norms: if is_before { Norms::Before } else { Norms::OfStream },
        final_norm: is_before && !config.flag("_remove_final_layer_norm", false)?,
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
        let norms = [reader.norm(&name("self_attn_layer_norm"), spec)?, reader.norm(&name("final_layer_norm"), spec)?];
        let [ln1, ln1_post, ln2, ln2_post] = match (spec.norms, norms) {
            (Norms::OfStream, [first, second]) => [None, Some(first), None, Some(second)],
            (_, [first, second]) => [Some(first), None, Some(second), None],
        };
        Ok(Block {
            ln1,
            q: attention("q_proj", spec.qkv_bias)?,
            k: attention("k_proj", spec.qkv_bias)?,
            v: attention("v_proj", spec.qkv_bias)?,
            qk_norms: None,
            o: attention("out_proj", spec.out_bias)?,
            ln1_post,
            ln2,
            gate: None,
            up: reader.linear(&name("fc1"), mlp_dim, hidden, spec.mlp_bias)?,
            down: reader.linear(&name("fc2"), hidden, mlp_dim, spec.mlp_bias)?,
            ln2_post,
        })
    };
    let [embed, head] = reader.ends(spec)?;
    let projection = |part: &str, out, input| reader.linear(&format!("model.decoder.{part}"), out, input, false);
    let projections = match spec.embed_dim {
        Some(width) => Some([projection("project_in", hidden, width)?, projection("project_out", width, hidden)?]),
        None => None,
    };
    let ln_final = spec.final_norm.then(|| reader.norm("model.decoder.final_layer_norm", spec)).transpose()?;
    Ok(Weights {
        positions: Some(reader.tensor("model.decoder.embed_positions.weight", &[spec.max_positions + OFFSET, hidden])?),
        blocks: (0..spec.layers).map(block).collect::<Result<_>>()?,
        projections,
        ln_final,
        embed,
        head,
        head_bias: None,
    })
}
