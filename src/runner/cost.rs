//! What work costs: floating-point operations and memory, from shapes alone.

use crate::lm::DecoderSpec;
use std::ops::AddAssign;

/// The work of a study or a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Floating-point operations of the matrix products.
    pub operations: f64,
    /// Tokens that pass through the disturbed layers, clean passes included.
    pub tokens: f64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.tokens += other.tokens;
    }
}

/// Operations of a token in a layer.
fn layer(spec: &DecoderSpec) -> f64 {
    let attention = spec.hidden * spec.head_dim * 2 * (spec.heads + spec.kv_heads);
    let mlp = spec.hidden * spec.mlp_dim * if spec.gated { 3 } else { 2 };
    2.0 * (attention + mlp) as f64
}

/// Operations of a token in the output projection.
fn head(spec: &DecoderSpec) -> f64 {
    2.0 * (spec.vocab * spec.embed_dim.unwrap_or(spec.hidden)) as f64
}

impl Cost {
    /// Of disturbed passes over `tokens` tokens that start after each of the layers `starts`.
    #[must_use]
    pub fn of(spec: &DecoderSpec, tokens: usize, starts: impl Iterator<Item = usize>) -> Self {
        let (mut passes, mut layers) = (0.0, 0.0);
        for start in starts {
            passes += 1.0;
            layers += (spec.layers - start - 1) as f64;
        }
        let tokens = tokens as f64;
        Self { operations: tokens * (layers * layer(spec) + passes * head(spec)), tokens: tokens * passes }
    }

    /// Of one clean pass over `tokens` tokens.
    #[must_use]
    pub fn clean(spec: &DecoderSpec, tokens: usize) -> Self {
        let tokens = tokens as f64;
        Self { operations: tokens * (spec.layers as f64 * layer(spec) + head(spec)), tokens }
    }

    /// About how many seconds it takes at `rate` operations per second in the matrix products, which take some 40 %
    /// of the time.
    #[must_use]
    pub fn seconds(&self, rate: f64) -> f64 {
        2.5 * self.operations / rate
    }

    /// Operations per second of a matrix product of the decoder's shape, measured now; takes some 50 ms.
    #[must_use]
    pub fn measured_rate(spec: &DecoderSpec) -> Option<f64> {
        let device = candle_core::Device::Cpu;
        let (rows, inner, columns) = (1024, spec.hidden, spec.mlp_dim);
        let a = candle_core::Tensor::ones((rows, inner), candle_core::DType::F32, &device).ok()?;
        let b = candle_core::Tensor::ones((columns, inner), candle_core::DType::F32, &device).ok()?.t().ok()?;
        a.matmul(&b).ok()?; // warms caches and threads
        let start = std::time::Instant::now();
        let mut runs = 0.0;
        while start.elapsed().as_secs_f64() < 0.05 {
            a.matmul(&b).ok()?;
            runs += 1.0;
        }
        Some(runs * 2.0 * (rows * inner * columns) as f64 / start.elapsed().as_secs_f64())
    }
}
