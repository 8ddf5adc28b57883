//! The families: each turns its config.json into a [`DecoderSpec`] and its tensors into [`Weights`].

mod gpt2;
mod gpt_neox;
mod llama;
mod mistral;
mod opt;
mod qwen2;

use super::checkpoint::{Checkpoint, Config, Target};
use super::decoder::{Decoder, Linear, NormWeights, Weights};
use super::spec::{DecoderSpec, Norm};
use crate::error::{Error, Result};
use candle_core::Tensor;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// One family.
struct Family {
    /// Hugging Face's `model_type`.
    name: &'static str,
    spec: fn(&Config) -> Result<DecoderSpec>,
    weights: fn(&DecoderSpec, &Reader) -> Result<Weights>,
}

const FAMILIES: [Family; 6] = [
    Family { name: "gpt_neox", spec: gpt_neox::spec, weights: gpt_neox::weights },
    Family { name: "opt", spec: opt::spec, weights: opt::weights },
    Family { name: "llama", spec: llama::spec, weights: llama::weights },
    Family { name: "mistral", spec: mistral::spec, weights: llama::weights },
    Family { name: "gpt2", spec: gpt2::spec, weights: gpt2::weights },
    Family { name: "qwen2", spec: qwen2::spec, weights: llama::weights },
];

/// The families that can be loaded, by Hugging Face's `model_type`.
#[must_use]
pub fn supported() -> String {
    FAMILIES.map(|family| family.name).join(", ")
}

fn of(config: &Config) -> Result<&'static Family> {
    let name = config.text("model_type")?;
    FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| {
        Error::Data(format!("config.json: the family \"{name}\" is not supported; supported are {}", supported()))
    })
}

/// The shape that `config` describes.
///
/// # Errors
/// [`Error::Data`] where its family is not supported or it is not usable.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let spec = (of(config)?.spec)(config)?;
    spec.validate()?;
    Ok(spec)
}

/// Loads the model in `checkpoint`, and says what the user should know of its files.
///
/// # Errors
/// [`Error::Data`] where its family is not supported, or tensors are missing, of the wrong shape or unreadable.
pub fn load(checkpoint: &Checkpoint, target: &Target) -> Result<(Decoder, Vec<String>)> {
    let spec = spec(&checkpoint.config)?;
    let reader = Reader { checkpoint, target, asked: RefCell::default(), missing: RefCell::default() };
    let weights = (of(&checkpoint.config)?.weights)(&spec, &reader)?;
    reader.require_all()?;
    let remarks = reader.unknown(&spec);
    Ok((Decoder::new(spec, weights, target.device.clone()), remarks))
}

/// How many names a message lists.
const LISTED: usize = 12;

/// Reads parameters by name, and remembers which.
struct Reader<'a> {
    checkpoint: &'a Checkpoint,
    target: &'a Target,
    asked: RefCell<BTreeSet<String>>,
    missing: RefCell<Vec<String>>,
}

impl Reader<'_> {
    /// The tensor `name`. One that is missing is noted, for [`Reader::require_all`] to list them together.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let Some(found) = self.find(name) else {
            self.missing.borrow_mut().push(name.to_owned());
            // Takes no memory; is never computed with.
            return Ok(Tensor::zeros(1, self.target.dtype, &self.target.device)?.broadcast_as(shape)?);
        };
        let tensor = self.checkpoint.tensor(&found, shape, self.target)?;
        self.asked.borrow_mut().insert(found);
        Ok(tensor)
    }

    /// The name of the tensor `name` in the files. Those that were saved from a model without its head lack the first
    /// part of each name, such as `model.` or `transformer.`.
    fn find(&self, name: &str) -> Option<String> {
        let bare = name.split_once('.').map_or(name, |(_, rest)| rest);
        [name, bare].into_iter().find(|name| self.checkpoint.has(name)).map(ToOwned::to_owned)
    }

    /// `{name}.weight` `[out, in]`, and `{name}.bias` `[out]` where `bias` says so.
    fn linear(&self, name: &str, out: usize, input: usize, bias: bool) -> Result<Linear> {
        let weight = self.tensor(&format!("{name}.weight"), &[out, input])?;
        let bias = bias.then(|| self.tensor(&format!("{name}.bias"), &[out])).transpose()?;
        Linear::new(weight, bias)
    }

    /// `{name}.weight` and, of a LayerNorm, `{name}.bias`, both `[hidden]`.
    fn norm(&self, name: &str, spec: &DecoderSpec) -> Result<NormWeights> {
        let hidden = spec.hidden;
        let weight = self.tensor(&format!("{name}.weight"), &[hidden])?;
        let bias =
            (spec.norm == Norm::LayerNorm).then(|| self.tensor(&format!("{name}.bias"), &[hidden])).transpose()?;
        Ok(NormWeights { weight, bias })
    }

    /// The output projection `[vocab, hidden]`, under the first of `names` that is there: `embed` where it is tied.
    fn head(&self, spec: &DecoderSpec, embed: &Tensor, names: &[&str]) -> Result<Tensor> {
        if spec.tied_head {
            return Ok(embed.clone());
        }
        let name = names.iter().find(|name| self.checkpoint.has(name)).or(names.first());
        self.tensor(name.copied().unwrap_or_default(), &[spec.vocab, spec.hidden])
    }

    fn require_all(&self) -> Result<()> {
        let missing = self.missing.borrow();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::Data(format!(
            "{}: {} that config.json asks for {} missing: {}",
            self.checkpoint.origin,
            if missing.len() == 1 { "a tensor".to_owned() } else { format!("{} tensors", missing.len()) },
            if missing.len() == 1 { "is" } else { "are" },
            listed(&missing)
        )))
    }

    /// A remark on the tensors that nobody asked for, but for those that old files are known to carry along.
    fn unknown(&self, spec: &DecoderSpec) -> Vec<String> {
        const CARRIED: [&str; 5] =
            [".attention.bias", ".attention.masked_bias", ".attn.bias", ".attn.masked_bias", ".inv_freq"];
        let asked = self.asked.borrow();
        let idle = |name: &String| {
            let head = spec.tied_head && (name.ends_with("lm_head.weight") || name == "embed_out.weight");
            !asked.contains(name) && !head && !CARRIED.iter().any(|end| name.ends_with(end))
        };
        let unknown: Vec<String> = self.checkpoint.names().into_iter().filter(idle).collect();
        match unknown.len() {
            0 => Vec::new(),
            n => vec![format!(
                "{}: {n} tensor{} of its files belong{} to nothing in a {} model and {} left out: {}",
                self.checkpoint.origin,
                if n == 1 { "" } else { "s" },
                if n == 1 { "s" } else { "" },
                spec.family,
                if n == 1 { "is" } else { "are" },
                listed(&unknown)
            )],
        }
    }
}

fn listed(names: &[String]) -> String {
    match names.len().checked_sub(LISTED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}
