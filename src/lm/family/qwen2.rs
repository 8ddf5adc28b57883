//! Qwen2: a Llama with biases on queries, keys and values, and a sliding window in its upper layers where it is
//! switched on.

use super::llama;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec(config)?;
    let use_window = config.flag("use_sliding_window", false)?;
    let window = config.optional_integer("sliding_window")?.filter(|_| use_window);
    let from = config.optional_integer("max_window_layers")?.unwrap_or(28); // as transformers has it
    let windows = (0..llama.layers).map(|layer| window.filter(|_| layer >= from)).collect();
    Ok(DecoderSpec { family: "qwen2", windows, qkv_bias: true, out_bias: false, ..llama })
}
