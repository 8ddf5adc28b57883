//! Gemma 2: a Gemma with norms around both branches, capped scores and logits, and a sliding window in every other layer.

use super::gemma::{self, GEMMA};
use super::llama::{self, Defaults};
use super::windows::by_layer_types;
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::spec::{Activation, DecoderSpec, Norms};

/// What transformers has where a config does not say it.
const GEMMA_2: Defaults =
    Defaults { kv_heads: Some(4), activation: ("hidden_activation", Activation::GeluTanh), ..GEMMA };

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let gemma = spec_with(config, |layer| layer.is_multiple_of(2))?;
    #[allow(clippy::cast_possible_truncation)]
    let cap = |field, default| -> Result<_> { Ok(config.nullable_number(field, default)?.map(|cap| cap as f32)) };
    Ok(DecoderSpec {
        family: "gemma2",
        positions: llama::positions(config, gemma.head_dim)?.0,
        score_cap: cap("attn_logit_softcapping", 50.0)?,
        logit_cap: cap("final_logit_softcapping", 30.0)?,
        ..gemma
    })
}

/// What Gemma 2 and 3 have, with windows in the layers for which `slides` is true unless the config lists them; without a
/// family, positions and caps.
pub fn spec_with(config: &Config, slides: impl Fn(usize) -> bool) -> Result<DecoderSpec> {
    let gemma = gemma::spec_with(config, &GEMMA_2)?;
    let scalar = config.optional_number("query_pre_attn_scalar")?.unwrap_or(256.0);
    if scalar <= 0.0 {
        return Err(Error::data(format!("config.json: query_pre_attn_scalar is {scalar}; expected more than 0")));
    }
    let window = config.nullable_integer("sliding_window", 4096)?;
    #[allow(clippy::cast_possible_truncation)]
    let scale = scalar.powf(-0.5) as f32;
    Ok(DecoderSpec {
        norms: Norms::Around,
        windows: by_layer_types(config, gemma.layers, window, "sliding_window", slides)?,
        score_scales: vec![scale; gemma.layers],
        ..gemma
    })
}
