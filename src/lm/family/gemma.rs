//! Gemma: a Llama with norms by 1 + w, embeddings scaled by √hidden, and a GELU in its gate.

use super::llama::{self, Defaults, LLAMA};
use crate::error::Result;
use crate::lm::checkpoint::Config;
use crate::lm::spec::{Activation, DecoderSpec, Norm};

/// What transformers has where a config does not say it.
pub const GEMMA: Defaults = Defaults {
    kv_heads: Some(16),
    head_dim: Some(256),
    activation: ("hidden_act", Activation::GeluTanh),
    tied_head: true,
    ..LLAMA
};

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let gemma = spec_with(config, &GEMMA)?;
    let positions = llama::positions(config, gemma.head_dim)?.0;
    // Old configs call it "gelu", and transformers takes that for what was meant.
    let activation = if gemma.activation == Activation::Gelu { Activation::GeluTanh } else { gemma.activation };
    Ok(DecoderSpec { family: "gemma", activation, positions, ..gemma })
}

/// What all Gemmas have, with these defaults; without a family and positions.
pub fn spec_with(config: &Config, defaults: &Defaults) -> Result<DecoderSpec> {
    config.require_off("use_bidirectional_attention", "attention to what comes later")?;
    let llama = llama::spec_with(config, defaults)?;
    #[allow(clippy::cast_possible_truncation)]
    let embed_scale = (llama.hidden as f64).sqrt() as f32;
    Ok(DecoderSpec { norm: Norm::RmsNormPlusOne, embed_scale: Some(embed_scale), ..llama })
}
