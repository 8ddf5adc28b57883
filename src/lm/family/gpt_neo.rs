//! GPT-Neo: a GPT-2 whose scores are not scaled, with a local window in every other layer.

use super::{Reader, llama};
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::decoder::{Block, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Positions};
use serde_json::Value;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let (heads, head_dim) = config.heads("hidden_size", hidden, "num_heads")?;
    let layers = config.layers("num_layers")?;
    let window = config.optional_integer("window_size")?.unwrap_or(256);
    Ok(DecoderSpec {
        family: "gpt_neo",
        hidden,
        heads,
        kv_heads: heads,
        mlp_dim: config.optional_integer("intermediate_size")?.unwrap_or(4 * hidden),
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        norm_eps: config.optional_number("layer_norm_epsilon")?.unwrap_or(1e-5),
        positions: Positions::Learned { offset: 0 },
        windows: local_layers(config, layers)?.into_iter().map(|is_local| is_local.then_some(window)).collect(),
        score_scales: vec![1.0; layers],
        activation: Activation::from_name(config.optional_text("activation_function")?.unwrap_or("gelu_new"))?,
        tied_head: config.flag("tie_word_embeddings", true)?,
        out_bias: true,
        mlp_bias: true,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// Which layers are local, by `attention_layers`, and by `attention_types`, which is a list of patterns and of how often each
/// comes. Where both are there, they have to say the same.
fn local_layers(config: &Config, layers: usize) -> Result<Vec<bool>> {
    let default = serde_json::json!([[["global", "local"], 12]]);
    let listed = config.value("attention_layers").map(|listed| (listed, kinds(listed)));
    let patterns = config.value("attention_types").or(listed.is_none().then_some(&default));
    let expanded = patterns.map(|patterns| (patterns, expanded(patterns, layers)));
    let fits = |found: &Option<Vec<bool>>| found.as_ref().is_some_and(|found| found.len() == layers);
    let wrong = |field: &str, value: &Value| {
        Config::wrong(
            field,
            value,
            &format!("what says of each of {layers} layers whether it is \"global\" or \"local\""),
        )
    };
    match (listed, expanded) {
        (Some((value, kinds)), _) if !fits(&kinds) => Err(wrong("attention_layers", value)),
        (_, Some((value, kinds))) if !fits(&kinds) => Err(wrong("attention_types", value)),
        (Some((_, one)), Some((value, other))) if one != other => {
            Err(Config::wrong("attention_types", value, "the same as attention_layers says"))
        }
        (Some((_, Some(kinds))), _) | (None, Some((_, Some(kinds)))) => Ok(kinds),
        (..) => Ok(vec![false; layers]),
    }
}

/// Whether each of a list of kinds is local; none where one of them is something else.
fn kinds(list: &Value) -> Option<Vec<bool>> {
    let kind = |kind: &Value| match kind.as_str() {
        Some("global") => Some(false),
        Some("local") => Some(true),
        _ => None,
    };
    list.as_array()?.iter().map(kind).collect()
}

/// The kinds that patterns stand for, of not many more than `layers` layers.
fn expanded(patterns: &Value, layers: usize) -> Option<Vec<bool>> {
    let mut expanded = Vec::new();
    for item in patterns.as_array()? {
        let (pattern, times) = (kinds(item.get(0)?)?, usize::try_from(item.get(1)?.as_u64()?).ok()?);
        for _ in 0..times.min(layers + 1) {
            expanded.extend(pattern.iter().take(layers + 1));
            if expanded.len() > layers {
                return None;
            }
        }
    }
    Some(expanded)
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("transformer.h.{layer}.{part}");
        let attention =
            |part: &str, bias| reader.linear(&name(&format!("attn.attention.{part}")), hidden, hidden, bias);
        Ok(Block {
            ln1: Some(reader.norm(&name("ln_1"), spec)?),
            q: attention("q_proj", false)?,
            k: attention("k_proj", false)?,
            v: attention("v_proj", false)?,
            qk_norms: None,
            o: attention("out_proj", true)?,
            ln1_post: None,
            ln2: Some(reader.norm(&name("ln_2"), spec)?),
            gate: None,
            up: reader.linear(&name("mlp.c_fc"), mlp_dim, hidden, true)?,
            down: reader.linear(&name("mlp.c_proj"), hidden, mlp_dim, true)?,
            ln2_post: None,
        })
    };
    let blocks = (0..spec.layers).map(block).collect::<Result<_>>()?;
    let positions = reader.tensor("transformer.wpe.weight", &[spec.max_positions, hidden])?;
    Ok(Weights { positions: Some(positions), ..llama::ends(spec, reader, blocks, "transformer.ln_f")? })
}
