//! The model that `inspect` and `trace` look at.

use super::progress::Line;
use crate::device::{self, Opened};
use crate::error::Result;
use crate::lm::{Checkpoint, Model, Part, Target};
use crate::runner::Memory;
use crate::study::{Dtype, ModelChoice};
use clap::Args;

/// A model, and how it is loaded.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// demo (built in), a folder in Hugging Face layout, a .gguf file, or a repository of the Hugging Face Hub
    model: String,
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

/// A model and where it is.
pub struct Loaded {
    pub choice: ModelChoice,
    pub model: Model,
    pub device: Opened,
}

impl ModelArguments {
    /// Loads it, where the device has room for it and for a sequence of `tokens` tokens, and passes its remarks on.
    pub fn load(self, tokens: usize) -> Result<Loaded> {
        let choice = ModelChoice { id: self.model, revision: self.revision, dtype: self.dtype };
        let device = self.device.open()?;
        let target = Target::new(choice.dtype, &device.device)?;
        let mut line = Line::new();
        let open = |part, line: &mut Line| super::online(line, |hub| Checkpoint::open(&choice, part, hub));
        let spec = open(Part::Shape, &mut line)?.spec()?;
        Memory::of(&spec, choice.dtype, tokens, tokens).require(choice.dtype, &device.found)?;
        let checkpoint = open(Part::Whole, &mut line)?;
        line.update(&format!("Loading the model {}", choice.id));
        let model = checkpoint.load(&target)?;
        for remark in &model.remarks {
            line.say(remark);
        }
        line.end();
        Ok(Loaded { choice, model, device })
    }
}
