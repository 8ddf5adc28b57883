//! Qwen3: a Llama with norms of queries and keys, and a sliding window in its upper layers where it is switched on.

use super::llama::{self, Defaults, LLAMA};
use super::qwen2;
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::{DecoderSpec, QkNorm};

/// The shape that `config` describes. What it leaves out is as in transformers: 32 key heads, heads of width 128, windows of
/// 4096 keys from layer 28 on.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { kv_heads: Some(32), head_dim: Some(128), ..LLAMA })?;
    let positions = llama::positions(config, llama.head_dim)?.0;
    let windows = qwen2::windows(config, llama.layers)?;
    Ok(DecoderSpec { family: "qwen3", positions, windows, qk_norm: Some(QkNorm::Heads), ..llama })
}
