//! OLMo 2: a Llama whose branches read the stream itself and have norms after them, with norms over all queries and keys.

use super::llama::{self, Defaults, LLAMA};
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::{DecoderSpec, Norms, QkNorm};

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let olmo = spec_with(config)?;
    Ok(DecoderSpec { family: "olmo2", positions: llama::positions(config, olmo.head_dim)?.0, ..olmo })
}

/// What OLMo 2 and 3 have; without a family and positions.
pub fn spec_with(config: &Config) -> Result<DecoderSpec> {
    let llama = llama::spec_with(config, &Defaults { norm_eps: 1e-5, ..LLAMA })?;
    Ok(DecoderSpec { norms: Norms::After, qk_norm: Some(QkNorm::Whole), ..llama })
}
