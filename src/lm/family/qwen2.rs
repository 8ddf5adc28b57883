//! Qwen2: a Llama with biases on queries, keys and values, and a sliding window in its upper layers where it is
//! switched on.

use super::llama;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes. What it leaves out is as in transformers: 32 key heads, windows of 4096 keys from
/// layer 28 on. Which projections have biases is fixed, whatever the config says of them.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, Some(32))?;
    let window = config.optional_integer("sliding_window")?.unwrap_or(4096);
    let window = config.flag("use_sliding_window", false)?.then_some(window);
    let from = config.optional_integer("max_window_layers")?.unwrap_or(28);
    let slides: Vec<bool> = match config.sliding_layers()? {
        Some(listed) => listed,
        None => (0..llama.layers).map(|layer| window.is_some() && layer >= from).collect(),
    };
    if slides.len() != llama.layers || (window.is_none() && slides.contains(&true)) {
        return Err(Error::data(
            "config.json: layer_types does not fit num_hidden_layers and use_sliding_window".to_owned(),
        ));
    }
    let windows = slides.into_iter().map(|slides| window.filter(|_| slides)).collect();
    Ok(DecoderSpec { family: "qwen2", windows, qkv_bias: true, out_bias: false, mlp_bias: false, ..llama })
}
