//! The families: each turns its config.json into a [`DecoderSpec`] and its tensors into [`Weights`].

mod gpt_neox;
mod llama;

use super::checkpoint::Checkpoint;
use super::decoder::{Decoder, Linear, NormWeights};
use super::spec::{DecoderSpec, Norm};
use crate::error::{Error, Result};
use candle_core::Device;

/// The families that can be loaded, by Hugging Face's `model_type`.
pub const SUPPORTED: [&str; 2] = ["gpt_neox", "llama"];

/// The shape of the model in `checkpoint`.
///
/// # Errors
/// [`Error::Data`] where its family is not supported or its config is not usable.
pub fn spec(checkpoint: &Checkpoint) -> Result<DecoderSpec> {
    let config = &checkpoint.config;
    let spec = match config.text("model_type")? {
        "gpt_neox" => gpt_neox::spec(config)?,
        "llama" => llama::spec(config)?,
        other => {
            return Err(Error::Data(format!(
                "config.json: the family \"{other}\" is not supported; supported are {}",
                SUPPORTED.join(", ")
            )));
        }
    };
    spec.validate()?;
    Ok(spec)
}

/// Loads the model in `checkpoint`.
///
/// # Errors
/// [`Error::Data`] where its family is not supported, or a tensor is missing, of the wrong shape or unreadable.
pub fn load(checkpoint: &Checkpoint, device: &Device) -> Result<Decoder> {
    let spec = spec(checkpoint)?;
    let reader = Reader { checkpoint, device };
    let weights = match spec.family {
        "gpt_neox" => gpt_neox::weights(&spec, &reader)?,
        _ => llama::weights(&spec, &reader)?,
    };
    Ok(Decoder::new(spec, weights, device.clone()))
}

/// Reads parameters by name.
struct Reader<'a> {
    checkpoint: &'a Checkpoint,
    device: &'a Device,
}

impl Reader<'_> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<candle_core::Tensor> {
        self.checkpoint.tensor(name, shape, self.device)
    }

    /// `{name}.weight` `[out, in]`, and `{name}.bias` `[out]` where `bias` says so.
    fn linear(&self, name: &str, out: usize, input: usize, bias: bool) -> Result<Linear> {
        let weight = self.tensor(&format!("{name}.weight"), &[out, input])?;
        let bias = bias.then(|| self.tensor(&format!("{name}.bias"), &[out])).transpose()?;
        Ok(Linear { weight, bias })
    }

    /// `{name}.weight` and, of a LayerNorm, `{name}.bias`, both `[hidden]`.
    fn norm(&self, name: &str, spec: &DecoderSpec) -> Result<NormWeights> {
        let hidden = spec.hidden;
        let weight = self.tensor(&format!("{name}.weight"), &[hidden])?;
        let bias =
            (spec.norm == Norm::LayerNorm).then(|| self.tensor(&format!("{name}.bias"), &[hidden])).transpose()?;
        Ok(NormWeights { weight, bias })
    }
}
