//! Gemma 3, its text part: a Gemma 2 without caps, with norms of queries and keys, a sliding window in five of six layers,
//! and another rotary embedding in these.

use super::gemma2;
use crate::error::{Error, Result};
use crate::lm::checkpoint::{Config, RotaryFields, rotary_by_window};
use crate::lm::spec::{DecoderSpec, Positions, QkNorm};

/// Every so many layers, one sees everything.
const PATTERN: usize = 6;

/// The rotary embeddings of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let full = RotaryFields { default_base: 1_000_000.0, ..RotaryFields::USUAL };
    let sliding = RotaryFields { base: Some("rope_local_base_freq"), ..RotaryFields::USUAL };
    rotary_by_window(config, [full, sliding], head_dim)
}

/// The shape that `config` describes. Scores are not capped, whatever the config says of it; logits are where it says so.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let pattern = config.optional_integer("sliding_window_pattern")?.unwrap_or(PATTERN);
    if pattern == 0 {
        return Err(Error::data("config.json: sliding_window_pattern is 0; expected at least 1".to_owned()));
    }
    let gemma = gemma2::spec_with(config, |layer| !(layer + 1).is_multiple_of(pattern))?;
    #[allow(clippy::cast_possible_truncation)]
    let logit_cap = config.optional_number("final_logit_softcapping")?.map(|cap| cap as f32);
    Ok(DecoderSpec {
        family: "gemma3_text",
        positions: positions(config, gemma.head_dim)?.0,
        qk_norm: Some(QkNorm::Heads),
        logit_cap,
        ..gemma
    })
}
