//! Mistral and Zephyr: a Llama whose queries see a sliding window of keys.

use super::llama;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::DecoderSpec;

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec(config)?;
    let window = config.optional_integer("sliding_window")?;
    Ok(DecoderSpec { family: "mistral", windows: vec![window; llama.layers], ..llama })
}
