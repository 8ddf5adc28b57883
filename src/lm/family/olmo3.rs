//! OLMo 3: an OLMo 2 with a sliding window in three of four layers, and another rotary embedding in these.

use super::olmo2;
use super::windows::by_layer_types;
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_by_window};
use crate::lm::spec::{DecoderSpec, Positions};

/// Every so many layers, one sees everything.
const PATTERN: usize = 4;

/// The rotary embeddings of heads of width `head_dim`. As in transformers, a base at the top of the config is that of layers
/// without a window alone.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let full = RotaryFields { default_base: 500_000.0, ..RotaryFields::USUAL };
    rotary_by_window(config, [full, RotaryFields { base: None, ..full }], head_dim)
}

/// The shape that `config` describes. What it leaves out is as in transformers: windows of 4096 keys.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let olmo = olmo2::spec_with(config)?;
    let window = config.nullable_integer("sliding_window", 4096)?;
    let slides = |layer: usize| !(layer + 1).is_multiple_of(PATTERN);
    Ok(DecoderSpec {
        family: "olmo3",
        positions: positions(config, olmo.head_dim)?.0,
        windows: by_layer_types(config, olmo.layers, window, "sliding_window", slides)?,
        ..olmo
    })
}
