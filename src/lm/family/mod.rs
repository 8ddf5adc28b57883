//! The families: each turns its config.json into a [`DecoderSpec`] and its tensors into [`Weights`].

mod gemma;
mod gemma2;
mod gemma3;
mod gpt2;
mod gpt_neo;
mod gpt_neox;
mod gptj;
mod leftover;
mod llama;
mod mistral;
mod olmo2;
mod olmo3;
mod opt;
mod phi;
mod phi3;
mod qwen2;
mod qwen3;
mod reader;
mod stablelm;
mod windows;

use super::checkpoint::{Checkpoint, Config, Target};
use super::decoder::{Decoder, Weights};
use super::spec::{DecoderSpec, Positions};
use crate::error::{Error, Result};
use reader::Reader;

/// Makes the rotary embedding of heads of a width, and what the user should know of how it was found.
type MakePositions = fn(&Config, usize) -> Result<(Positions, Vec<String>)>;

/// One family.
struct Family {
    /// Hugging Face's `model_type`.
    name: &'static str,
    spec: fn(&Config) -> Result<DecoderSpec>,
    weights: fn(&DecoderSpec, &Reader) -> Result<Weights>,
    /// What the names of all parameters but the head's begin with, and do not in a model that was saved without its
    /// head.
    base: &'static str,
    /// The name of the embedding.
    embed: &'static str,
    /// The names of the output projection; the one that files have comes first.
    heads: &'static [&'static str],
    /// What else the names may begin with in its place.
    wrappers: &'static [&'static str],
    /// The rotary embedding that the config describes, of heads of a width, and what the user should know of how it was
    /// found; none where positions are learned.
    positions: Option<MakePositions>,
    /// Whether the config's list of the kinds of layers counts; transformers leaves it out in the other families too.
    lists_layers: bool,
}

impl Family {
    /// The names that the tensor `name` may have in files: its own; without the first part, such as `model.` or
    /// `transformer.`, which a model that was saved without its head lacks; and with another in its place.
    fn names_of(&self, name: &str) -> Vec<String> {
        let bare = name.strip_prefix(self.base);
        let wrapped =
            bare.into_iter().flat_map(|bare| self.wrappers.iter().map(move |wrapper| format!("{wrapper}{bare}")));
        [Some(name), bare].into_iter().flatten().map(ToOwned::to_owned).chain(wrapped).collect()
    }
}

/// Llama, and what has the same parameters.
const LLAMA: Family = Family {
    name: "llama",
    spec: llama::spec,
    weights: llama::weights,
    base: "model.",
    embed: "model.embed_tokens.weight",
    heads: &["lm_head.weight"],
    wrappers: &[],
    positions: Some(llama::positions),
    lists_layers: false,
};

static FAMILIES: [Family; 17] = [
    Family {
        name: "gpt_neox",
        spec: gpt_neox::spec,
        weights: gpt_neox::weights,
        base: "gpt_neox.",
        embed: "gpt_neox.embed_in.weight",
        // Newer versions of transformers save the head under the name that all families share.
        heads: &["embed_out.weight", "lm_head.weight"],
        positions: Some(gpt_neox::positions),
        ..LLAMA
    },
    Family {
        name: "opt",
        spec: opt::spec,
        weights: opt::weights,
        base: "model.",
        embed: "model.decoder.embed_tokens.weight",
        positions: None,
        ..LLAMA
    },
    LLAMA,
    Family { name: "mistral", spec: mistral::spec, ..LLAMA },
    Family {
        name: "gpt2",
        spec: gpt2::spec,
        weights: gpt2::weights,
        base: "transformer.",
        embed: "transformer.wte.weight",
        positions: None,
        ..LLAMA
    },
    Family { name: "qwen2", spec: qwen2::spec, lists_layers: true, ..LLAMA },
    Family { name: "qwen3", spec: qwen3::spec, lists_layers: true, ..LLAMA },
    Family { name: "gemma", spec: gemma::spec, ..LLAMA },
    Family { name: "gemma2", spec: gemma2::spec, lists_layers: true, ..LLAMA },
    Family {
        name: "gemma3_text",
        spec: gemma3::spec,
        // What wraps it is the model of texts and images, as it was saved before and since transformers 4.52.
        wrappers: &["language_model.model.", "model.language_model."],
        heads: &["lm_head.weight", "language_model.lm_head.weight"],
        positions: Some(gemma3::positions),
        lists_layers: true,
        ..LLAMA
    },
    Family { name: "olmo2", spec: olmo2::spec, ..LLAMA },
    Family { name: "olmo3", spec: olmo3::spec, positions: Some(olmo3::positions), lists_layers: true, ..LLAMA },
    Family { name: "phi3", spec: phi3::spec, weights: phi3::weights, positions: Some(phi3::positions), ..LLAMA },
    Family { name: "phi", spec: phi::spec, weights: phi::weights, positions: Some(phi::positions), ..LLAMA },
    Family { name: "stablelm", spec: stablelm::spec, positions: Some(stablelm::positions), ..LLAMA },
    Family {
        name: "gptj",
        spec: gptj::spec,
        weights: gptj::weights,
        base: "transformer.",
        embed: "transformer.wte.weight",
        positions: None,
        ..LLAMA
    },
    Family {
        name: "gpt_neo",
        spec: gpt_neo::spec,
        weights: gpt_neo::weights,
        base: "transformer.",
        embed: "transformer.wte.weight",
        positions: None,
        ..LLAMA
    },
];

/// The families that can be loaded, by Hugging Face's `model_type`.
#[must_use]
pub fn supported() -> String {
    FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ")
}

fn of(config: &Config) -> Result<&'static Family> {
    let name = config.text("model_type")?;
    FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| {
        Error::data(format!("config.json: the family \"{name}\" is not supported; supported are {}", supported()))
    })
}

/// The shape that `config` describes.
///
/// # Errors
/// [`Error::data`] where its family is not supported or it is not usable.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    config.check_not_quantized()?;
    let mut spec = (of(config)?.spec)(config)?;
    // Beyond, other frequencies would hold.
    let longest = spec.positions.rotaries().filter_map(|rotary| rotary.longest).min();
    spec.max_positions = longest.unwrap_or(usize::MAX).min(spec.max_positions);
    spec.validate()?;
    Ok(spec)
}

/// Whether the files of `checkpoint`, as far as they are on this machine, hold a head that differs from the embedding.
///
/// # Errors
/// [`Error::data`] where its family is not supported, or one of the two is there twice and different, or unreadable.
pub fn has_own_head(checkpoint: &Checkpoint) -> Result<bool> {
    reader::has_own_head(of(&checkpoint.config)?, checkpoint)
}

/// Loads the model in `checkpoint`, whose shape is `spec`, and says what the user should know of its config and its files.
///
/// # Errors
/// [`Error::data`] where its family is not supported, or tensors are missing, of the wrong shape or unreadable.
pub fn load(checkpoint: &Checkpoint, spec: DecoderSpec, target: &Target) -> Result<(Decoder, Vec<String>)> {
    let family = of(&checkpoint.config)?;
    let mut remarks = match family.positions {
        Some(positions) => positions(&checkpoint.config, spec.head_dim)?.1,
        None => Vec::new(),
    };
    if !family.lists_layers && checkpoint.config.sliding_layers()?.is_some_and(|kinds| kinds.contains(&true)) {
        remarks.push(format!(
            "config.json: layer_types is left out; all layers of a {} model are of one kind",
            spec.family
        ));
    }
    let (weights, found) = Reader::read(family, &spec, checkpoint, target)?;
    remarks.extend(found);
    Ok((Decoder::new(spec, weights, target.device.clone()), remarks))
}
