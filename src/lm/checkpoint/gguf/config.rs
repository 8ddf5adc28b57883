//! A GGUF file's metadata as a config.json.

use super::keys::{self, FACTORS};
use super::metadata::Metadata;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::checkpoint::config::LARGEST;
use crate::lm::checkpoint::rotary::GGUF_FACTORS;
use candle_core::quantized::gguf_file::Content;
use serde_json::json;

/// The metadata under the names of a Hugging Face config.json.
pub fn config(content: &Content, rotary_factors: Option<Vec<f32>>) -> Result<Config> {
    let metadata = Metadata(&content.metadata);
    let Some(architecture) = metadata.text("general.architecture") else {
        return Err(Error::data("general.architecture is missing".to_owned()));
    };
    if architecture != "llama" {
        return Err(Error::data(format!(
            "architecture \"{architecture}\" is not supported in a GGUF file; supported is llama"
        )));
    }
    if let Some(trouble) = keys::judge(metadata).model {
        return Err(Error::data(trouble));
    }
    if let Some(factors) = content.tensor_infos.keys().find(|name| name.starts_with("rope_factors")) {
        return Err(Error::data(format!("{factors}: LongRoPE, whose factors these are, is not supported")));
    }
    if let Some(bias) = content.tensor_infos.keys().find(|name| name.strip_suffix(".bias").is_some()) {
        return Err(Error::data(format!("biases ({bias}) are not supported in a GGUF file")));
    }
    let number = |key: &str| metadata.number(&format!("llama.{key}"));
    let required = |key: &str| number(key).ok_or_else(|| Error::data(format!("llama.{key} is missing or no number")));
    let heads = required("attention.head_count")?;
    let kv_heads = number("attention.head_count_kv").unwrap_or(heads);
    let hidden = required("embedding_length")?;
    if heads % kv_heads != 0.0 {
        return Err(Error::data(format!(
            "llama.attention.head_count ({heads}) is not a multiple of llama.attention.head_count_kv ({kv_heads})"
        )));
    }
    let width = number("attention.key_length").unwrap_or(hidden / heads);
    if width % 2.0 != 0.0 {
        return Err(Error::data(format!(
            "a head is {width} wide by llama.attention.key_length, or else llama.embedding_length ({hidden}) divided by \
             llama.attention.head_count ({heads}); expected an even whole number"
        )));
    }
    if let Some(rotated) = number("rope.dimension_count").filter(|rotated| *rotated != width) {
        return Err(Error::data(format!(
            "llama.rope.dimension_count is {rotated} and a head is {width} wide; rotary embedding of a part of each head \
             is not supported in a GGUF file"
        )));
    }
    if let Some(values) = number("attention.value_length").filter(|values| *values != width) {
        return Err(Error::data(format!(
            "llama.attention.value_length is {values} and llama.attention.key_length {width}; heads of one width are \
             supported"
        )));
    }
    let context = required("context_length")?;
    let vocab = match content.tensor_infos.get("token_embd.weight").map(|info| info.shape.dims()) {
        Some([rows, _]) => *rows,
        _ => return Err(Error::data("tensor token_embd.weight is missing".to_owned())),
    };
    let id = |key: &str| metadata.index(key).filter(|id| *id <= LARGEST);
    let value = json!({
        "model_type": "llama",
        "hidden_act": "silu",
        "num_hidden_layers": whole(required("block_count")?),
        "hidden_size": whole(hidden),
        "intermediate_size": whole(required("feed_forward_length")?),
        "num_attention_heads": whole(heads),
        "num_key_value_heads": whole(kv_heads),
        "head_dim": whole(width),
        "max_position_embeddings": whole(context),
        "rms_norm_eps": required("attention.layer_norm_rms_epsilon")?,
        "rope_theta": number("rope.freq_base").unwrap_or(10_000.0),
        "rope_scaling": scaling(metadata, rotary_factors)?,
        "vocab_size": vocab,
        "tie_word_embeddings": !content.tensor_infos.contains_key("output.weight"),
        "bos_token_id": id("tokenizer.ggml.bos_token_id"),
        "eos_token_id": id("tokenizer.ggml.eos_token_id"),
    });
    Ok(Config::from_value(value, "the metadata"))
}

/// The scaling of the rotary embedding as transformers has it: by one factor, by a factor for each frequency, or by both.
/// As in llama.cpp, a factor without a kind is linear, the first key that the file has decides, and 0 is none.
fn scaling(metadata: Metadata, rotary_factors: Option<Vec<f32>>) -> Result<serde_json::Value> {
    let kind = metadata.text("llama.rope.scaling.type").unwrap_or("linear");
    if !["none", "linear"].contains(&kind) {
        return Err(Error::data(format!(
            "llama.rope.scaling.type is {kind:.60?}, which is not supported; supported are none and linear"
        )));
    }
    let factor =
        FACTORS.iter().find_map(|key| metadata.number(key)).filter(|factor| *factor != 0.0 && kind == "linear");
    Ok(match (rotary_factors, factor) {
        (Some(factors), Some(factor)) => json!({ "rope_type": GGUF_FACTORS, "factors": factors, "factor": factor }),
        (Some(factors), None) => json!({ "rope_type": GGUF_FACTORS, "factors": factors }),
        (None, Some(factor)) => json!({ "rope_type": "linear", "factor": factor }),
        (None, None) => serde_json::Value::Null,
    })
}

/// A number of the metadata as JSON, without a fraction where it has none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> serde_json::Value {
    if number >= 0.0 && number.fract() == 0.0 { json!(number as u64) } else { json!(number) }
}
