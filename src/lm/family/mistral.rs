//! Mistral and Zephyr: a Llama whose queries see a sliding window of keys.

use super::llama::{self, Defaults, LLAMA};
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes. What it leaves out is as in transformers: 8 key heads, a window of 4096 keys; null
/// is no window. Its projections have no biases, whatever the config says of them.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { kv_heads: Some(8), ..LLAMA })?;
    let positions = llama::positions(config, llama.head_dim)?.0;
    let windows = vec![config.nullable_integer("sliding_window", 4096)?; llama.layers];
    Ok(DecoderSpec { family: "mistral", positions, windows, qkv_bias: false, out_bias: false, ..llama })
}
