//! What a run takes of a device's memory, from shapes alone, against what the device has.

use crate::device::{Choice, Found};
use crate::error::{Error, Result};
use crate::lm::{DecoderSpec, LOGITS_BYTES};
use crate::study::Dtype;

/// Bytes that a run needs on its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The weights.
    pub weights: u64,
    /// The tensors of a batch on their way through a layer, and a chunk of logits.
    pub activations: u64,
    /// The cached clean run of a batch's texts.
    pub clean: u64,
}

impl Memory {
    /// Of a model of the shape `spec` in `dtype`, batches of about `tokens` tokens, and sequences of at most `longest`, on
    /// a device of the kind `device`.
    #[must_use]
    pub fn of(spec: &DecoderSpec, dtype: Dtype, tokens: usize, longest: usize, device: Choice) -> Self {
        let width = candle_core::DType::from(dtype).size_in_bytes();
        let tokens = tokens.max(longest);
        // Scores and pattern are float32 whatever the weights are.
        let scores = 2 * 4 * spec.heads * longest;
        let attention = width * spec.head_dim * (3 * spec.heads + 2 * spec.kv_heads) + scores;
        let mlp = width * spec.mlp_dim * if spec.gated { 4 } else { 3 };
        // The stream, two norms, the sum of a branch, and its copy in float32 while it is disturbed.
        let stream = 6 * width.max(4) * spec.hidden;
        let [on_cpu, elsewhere] = LOGITS_BYTES;
        let logits = if device == Choice::Cpu { on_cpu } else { elsewhere };
        Self {
            weights: (width * spec.parameters()) as u64,
            activations: (tokens * (stream + attention.max(mlp)) + logits) as u64,
            clean: (width * tokens * spec.hidden) as u64,
        }
    }

    /// The same where the clean run of a batch keeps `numbers` numbers.
    #[must_use]
    pub fn with_clean_run(self, numbers: u64, dtype: Dtype) -> Self {
        Self { clean: numbers * candle_core::DType::from(dtype).size_in_bytes() as u64, ..self }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.weights + self.activations + self.clean
    }

    /// In words: `1.62 GB: 1.62 GB for the weights in f32, …`.
    #[must_use]
    pub fn words(&self, dtype: Dtype) -> String {
        format!(
            "{}: {} for the weights in {dtype}, {} for a batch, {} for its clean run",
            size(self.total()),
            size(self.weights),
            size(self.activations),
            size(self.clean)
        )
    }

    /// Refuses a study that `device` has no room for, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Unavailable`] that names what would make it fit.
    pub fn require(&self, dtype: Dtype, device: &Found) -> Result<()> {
        if self.total() <= device.free {
            return Ok(());
        }
        let is_cpu = device.choice == Choice::Cpu;
        let mut knobs = Vec::new();
        if dtype == Dtype::F32 && !is_cpu {
            knobs.push("model.dtype = \"bf16\", which halves the weights");
        }
        if self.weights <= device.free {
            knobs.push("a smaller texts.max_tokens, which shrinks a batch");
        }
        if !is_cpu {
            knobs.push("--device cpu, which uses the machine's own memory");
        }
        knobs.push("a smaller model");
        knobs.push("memory that other programs give back");
        Err(Error::Unavailable(format!(
            "the study does not fit on {} ({}), which has {} free of {}: it needs {}. What would make it fit: {}",
            device.choice,
            device.name,
            size(device.free),
            size(device.total),
            self.words(dtype),
            knobs.join("; ")
        )))
    }
}

/// Bytes in round words.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b >= 1e9 => format!("{:.2} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.0} kB", (b / 1e3).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Hub;
    use crate::lm::{Checkpoint, Part};
    use crate::study::ModelChoice;

    fn device(choice: Choice, free: u64) -> Found {
        Found { choice, name: "a device".to_owned(), total: 2 * free, free }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_way_out() {
        let memory = Memory { weights: 6_000_000_000, activations: 500_000_000, clean: 20_000_000 };
        assert!(memory.require(Dtype::F32, &device(Choice::Cuda(0), 6_520_000_000)).is_ok());
        let tight = memory.require(Dtype::F32, &device(Choice::Cuda(0), 6_500_000_000)).unwrap_err();
        assert_eq!(tight.exit_code(), 69);
        for part in ["6.52 GB", "6.50 GB free of 13.00 GB", "bf16", "texts.max_tokens", "--device cpu"] {
            assert!(tight.to_string().contains(part), "{tight}");
        }
        // On the CPU there are no 16 bits, and a smaller batch does not help where the weights alone are too much.
        let small = memory.require(Dtype::F32, &device(Choice::Cpu, 1_000_000_000)).unwrap_err().to_string();
        assert!(!small.contains("bf16") && !small.contains("max_tokens") && small.contains("smaller model"), "{small}");
    }

    #[test]
    fn sixteen_bits_halve_the_weights_and_more_tokens_take_more() {
        let demo = Checkpoint::open(&ModelChoice::of("demo"), Part::Shape, &mut Hub::cache_only()).unwrap();
        let spec = demo.spec().unwrap();
        let of = |dtype, tokens| Memory::of(&spec, dtype, tokens, 64, Choice::Cuda(0));
        let (f32, f16) = (of(Dtype::F32, 512), of(Dtype::F16, 512));
        assert_eq!((f32.weights, f32.weights), (4 * spec.parameters() as u64, 2 * f16.weights));
        assert!(of(Dtype::F32, 1024).activations > f32.activations);
    }
}
