//! The output projection and the cross-entropy as one pass over the vocabulary in chunks.

use super::{composed, vector};
use crate::error::{Error, Result};
use candle_core::{Storage, Tensor};
use rayon::prelude::*;

/// Logits that are made at a time.
const CHUNK: usize = 2 << 20;

/// Bytes that [`cross_entropy`] takes beside its inputs, on the CPU and on other devices.
pub const LOGITS_BYTES: [usize; 2] = [4 * CHUNK, composed::LOGITS_BYTES];

/// −log softmax(x·Wᵀ)[target] in nats, one per row of `x` `[rows, hidden]`, for W `[vocab, hidden]`.
///
/// The logits are made for a chunk of the vocabulary at a time and folded into a running maximum and a running sum
/// of exponentials per row, so that no more than [`CHUNK`] of them exist at once.
///
/// # Errors
/// Internal ones only.
pub fn cross_entropy(x: &Tensor, head: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
    if !x.device().is_cpu() {
        return composed::cross_entropy(x, head, targets);
    }
    let (rows, vocab) = (x.dim(0)?, head.dim(0)?);
    let step = (CHUNK / rows.max(1)).clamp(512, vocab.max(512));
    let mut states = vec![Row::default(); rows];
    for start in (0..vocab).step_by(step) {
        let width = step.min(vocab - start);
        let logits = x.matmul(&head.narrow(0, start, width)?.t()?)?;
        let (storage, layout) = logits.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            return Err(Error::Internal("logits of a CPU model are not on the CPU".to_owned()));
        };
        let logits = super::values("cross_entropy", storage, layout)?;
        states.par_iter_mut().zip(logits.par_chunks_exact(width)).zip(targets).for_each(|((state, logits), target)| {
            pulp::Arch::new().dispatch(|| state.fold(logits));
            if let Some(logit) = (*target as usize).checked_sub(start).and_then(|i| logits.get(i)) {
                state.target = *logit;
            }
        });
    }
    Ok(states.iter().map(Row::loss).collect())
}

/// What is known of a row after some chunks.
#[derive(Clone)]
struct Row {
    max: f32,
    /// Σ exp(logit − max).
    sum: f32,
    target: f32,
}

impl Default for Row {
    fn default() -> Self {
        Self { max: f32::NEG_INFINITY, sum: 0.0, target: f32::NAN }
    }
}

impl Row {
    #[inline(always)]
    fn fold(&mut self, logits: &[f32]) {
        let max = vector::max(logits);
        if max > self.max {
            self.sum *= (self.max - max).exp();
            self.max = max;
        }
        self.sum += vector::sum_exp(logits, self.max);
    }

    fn loss(&self) -> f32 {
        self.sum.ln() + (self.max - self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{D, Device};

    #[test]
    fn chunks_agree_with_the_whole_softmax() {
        let device = Device::Cpu;
        let wave = |n: usize, step: f32| (0..n).map(|i| (i as f32 * step).sin() * 2.0).collect::<Vec<f32>>();
        let (rows, hidden, vocab) = (5000, 8, 1300);
        let x = Tensor::from_vec(wave(rows * hidden, 0.37), (rows, hidden), &device).unwrap();
        let head = Tensor::from_vec(wave(vocab * hidden, 0.11), (vocab, hidden), &device).unwrap();
        let targets: Vec<u32> = (0..rows).map(|i| u32::try_from(i * 7 % vocab).unwrap()).collect();
        let losses = cross_entropy(&x, &head, &targets).unwrap();
        let log_p = candle_nn::ops::log_softmax(&x.matmul(&head.t().unwrap()).unwrap(), D::Minus1).unwrap();
        let log_p = log_p.to_vec2::<f32>().unwrap();
        for (i, target) in targets.iter().enumerate() {
            let expected = -log_p[i][*target as usize];
            assert!((losses[i] - expected).abs() < 1e-5, "{} against {expected}", losses[i]);
        }
    }

    #[test]
    fn a_nan_stays_a_nan() {
        let x = Tensor::new(&[[1.0f32, f32::NAN], [1.0, 2.0]], &Device::Cpu).unwrap();
        let head = Tensor::new(&[[1.0f32, 0.0], [0.5, 1.0]], &Device::Cpu).unwrap();
        let losses = cross_entropy(&x, &head, &[0, 1]).unwrap();
        assert!(losses[0].is_nan() && losses[1].is_finite());
    }
}
