//! Mistral and Zephyr: a Llama whose queries see a sliding window of keys.

use super::llama;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes. What it leaves out is as in transformers: 8 key heads, a window of 4096 keys; null
/// is no window. Its projections have no biases, whatever the config says of them.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, Some(8))?;
    let window = match config.optional_integer("sliding_window")? {
        None if config.is_absent("sliding_window") => Some(4096),
        window => window,
    };
    let windows = vec![window; llama.layers];
    Ok(DecoderSpec { family: "mistral", windows, qkv_bias: false, out_bias: false, mlp_bias: false, ..llama })
}
