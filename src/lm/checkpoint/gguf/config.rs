//! A GGUF file's metadata as a config.json.

use super::metadata::Metadata;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::checkpoint::config::GGUF_FACTORS;
use candle_core::quantized::gguf_file::Content;
use serde_json::json;

/// The metadata under the names of a Hugging Face config.json.
pub fn config(content: &Content, rotary_factors: Option<Vec<f32>>) -> Result<Config> {
    let metadata = Metadata(&content.metadata);
    let Some(architecture) = metadata.text("general.architecture") else {
        return Err(Error::Data("general.architecture is missing".to_owned()));
    };
    if architecture != "llama" {
        return Err(Error::Data(format!(
            "architecture \"{architecture}\" is not supported in a GGUF file; supported is llama"
        )));
    }
    if let Some(kind) = metadata.text("llama.rope.scaling.type").filter(|kind| *kind != "none") {
        return Err(Error::Data(format!("rotary scaling of the kind \"{kind}\" is not supported")));
    }
    if let Some(bias) = content.tensor_infos.keys().find(|name| name.strip_suffix(".bias").is_some()) {
        return Err(Error::Data(format!("biases ({bias}) are not supported in a GGUF file")));
    }
    let number = |key: &str| metadata.number(&format!("llama.{key}"));
    let required = |key: &str| number(key).ok_or_else(|| Error::Data(format!("llama.{key} is missing or no number")));
    let heads = required("attention.head_count")?;
    let kv_heads = number("attention.head_count_kv").unwrap_or(heads);
    let hidden = required("embedding_length")?;
    let width = number("attention.key_length").unwrap_or(hidden / heads);
    if let Some(rotated) = number("rope.dimension_count").filter(|rotated| *rotated != width) {
        return Err(Error::Data(format!(
            "llama.rope.dimension_count is {rotated} and a head is {width} wide; rotary embedding of a part of each head \
             is not supported in a GGUF file"
        )));
    }
    let vocab = match content.tensor_infos.get("token_embd.weight").map(|info| info.shape.dims()) {
        Some([rows, _]) => *rows,
        _ => return Err(Error::Data("tensor token_embd.weight is missing".to_owned())),
    };
    Ok(Config::from_value(json!({
        "model_type": "llama",
        "hidden_act": "silu",
        "num_hidden_layers": whole(required("block_count")?),
        "hidden_size": whole(hidden),
        "intermediate_size": whole(required("feed_forward_length")?),
        "num_attention_heads": whole(heads),
        "num_key_value_heads": whole(kv_heads),
        "head_dim": whole(width),
        "max_position_embeddings": whole(required("context_length")?),
        "rms_norm_eps": required("attention.layer_norm_rms_epsilon")?,
        "rope_theta": number("rope.freq_base").unwrap_or(10_000.0),
        "rope_scaling": rotary_factors.map(|factors| json!({ "rope_type": GGUF_FACTORS, "factors": factors })),
        "vocab_size": vocab,
        "tie_word_embeddings": !content.tensor_infos.contains_key("output.weight"),
        "bos_token_id": metadata.number("tokenizer.ggml.bos_token_id").map(whole),
        "eos_token_id": metadata.number("tokenizer.ggml.eos_token_id").map(whole),
    })))
}

/// A number of the metadata as JSON, without a fraction where it has none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> serde_json::Value {
    if number >= 0.0 && number.fract() == 0.0 { json!(number as u64) } else { json!(number) }
}
