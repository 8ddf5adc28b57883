//! The model that `inspect`, `trace` and `bench` look at.

use super::progress::Line;
use crate::device::{self, Opened};
use crate::error::Result;
use crate::lm::{Checkpoint, DecoderSpec, MaybeTokens, Model, Part, Target};
use crate::runner::Memory;
use crate::study::{Dtype, ModelChoice};
use clap::Args;

/// A model, and how it is loaded.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// demo (built in), a folder in Hugging Face layout, a .gguf file, or a repository of the Hugging Face Hub
    model: String,
    #[command(flatten)]
    options: ModelOptions,
}

/// How a model is loaded.
#[derive(Debug, Args)]
pub struct ModelOptions {
    /// Branch, tag or commit of a repository
    #[arg(long, default_value = "main")]
    revision: String,
    /// Type of weights and arithmetic: f32; f16 and bf16 on CUDA devices
    #[arg(long, default_value = "f32", value_parser = dtype)]
    dtype: Dtype,
    /// Where to compute: cpu, cuda:N, or auto
    #[arg(long, default_value_t)]
    device: device::Choice,
}

fn dtype(text: &str) -> std::result::Result<Dtype, String> {
    let known = [Dtype::F32, Dtype::F16, Dtype::Bf16];
    known.into_iter().find(|d| d.to_string() == text).ok_or_else(|| "expected f32, f16 or bf16".to_owned())
}

/// A model of which the shape is known, so that what else is asked for can be checked before its weights are loaded.
pub struct Described {
    pub choice: ModelChoice,
    pub spec: DecoderSpec,
    pub tokens: MaybeTokens,
    /// Bytes of address space for the files of its weights.
    mapped: u64,
    device: Opened,
    target: Target,
}

/// A model and where it is.
pub struct Loaded {
    pub choice: ModelChoice,
    pub model: Model,
    pub device: Opened,
}

impl ModelArguments {
    pub fn describe(self) -> Result<Described> {
        self.options.describe(self.model)
    }
}

impl ModelOptions {
    /// The model `id`.
    pub fn describe(self, id: String) -> Result<Described> {
        let choice = ModelChoice { id, revision: self.revision, dtype: self.dtype };
        let device = self.device.open()?;
        let target = Target::new(choice.dtype, &device.device)?;
        let shape = open(&choice, Part::Shape)?;
        let (spec, tokens, mapped) = (shape.spec()?, shape.tokens()?, shape.mapped()?);
        Ok(Described { choice: shape.pinned(&choice), spec, tokens, mapped, device, target })
    }
}

impl Described {
    /// Loads it, where the device has room for it and for a sequence of `tokens` tokens.
    pub fn load(self, tokens: usize) -> Result<Loaded> {
        let Self { choice, spec, device, target, mapped, .. } = self;
        let require = |spec: &DecoderSpec| {
            let memory = Memory::of(spec, choice.dtype, tokens, tokens, device.found.choice).with_mapped(mapped);
            memory.require(choice.dtype, &device.found)
        };
        require(&spec)?;
        let checkpoint = open(&choice, Part::Whole)?;
        // Weights that were fetched just now may have a head that config.json does not tell of.
        require(&checkpoint.spec()?)?;
        let mut line = Line::new();
        line.update(&format!("Loading the model {}", choice.id));
        let outcome = checkpoint.load(&target);
        line.end();
        Ok(Loaded { choice, model: outcome?, device })
    }
}

fn open(choice: &ModelChoice, part: Part) -> Result<Checkpoint> {
    let mut line = Line::new();
    let outcome = super::online(&mut line, |hub| Checkpoint::open(choice, part, hub));
    line.end();
    outcome
}
