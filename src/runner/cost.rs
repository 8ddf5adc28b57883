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

impl Cost {
    /// Of items of `tokens` tokens: `clean` whole passes, and `disturbed` passes that start after layer `first`.
    #[must_use]
    pub fn of(spec: &DecoderSpec, tokens: usize, first: usize, clean: usize, disturbed: usize) -> Self {
        let attention = spec.hidden * spec.head_dim * 2 * (spec.heads + spec.kv_heads);
        let mlp = spec.hidden * spec.mlp_dim * if spec.gated { 3 } else { 2 };
        let layer = 2.0 * (attention + mlp) as f64;
        let head = 2.0 * (spec.vocab * spec.hidden) as f64;
        let (tokens, clean, disturbed) = (tokens as f64, clean as f64, disturbed as f64);
        let whole = spec.layers as f64 * layer + head;
        let rest = (spec.layers - first - 1) as f64 * layer + head;
        Self { operations: tokens * (clean * whole + disturbed * rest), tokens: tokens * (clean + disturbed) }
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
