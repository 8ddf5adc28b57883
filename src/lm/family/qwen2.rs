//! Qwen2: a Llama with biases on queries, keys and values, and a sliding window in its upper layers where it is
//! switched on.

use super::llama::{self, Defaults, LLAMA};
use super::windows::by_layer_types;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes. What it leaves out is as in transformers: 32 key heads, windows of 4096 keys from
/// layer 28 on. Which projections have biases is fixed, whatever the config says of them.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { kv_heads: Some(32), ..LLAMA })?;
    let positions = llama::positions(config, llama.head_dim)?.0;
    let windows = windows(config, llama.layers)?;
    Ok(DecoderSpec { family: "qwen2", positions, windows, qkv_bias: true, out_bias: false, ..llama })
}

/// The windows of Qwen's `layers`: where they are switched on, from a layer on, unless the config lists them.
pub fn windows(config: &Config, layers: usize) -> Result<Vec<Option<usize>>> {
    let is_on = config.flag("use_sliding_window", false)?;
    let window = config.nullable_integer("sliding_window", 4096)?.filter(|_| is_on);
    let from = config.optional_integer("max_window_layers")?.unwrap_or(28);
    by_layer_types(config, layers, window, "use_sliding_window", |layer| window.is_some() && layer >= from)
}
