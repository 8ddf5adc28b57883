//! The matrix products of a pass by themselves, made as the operations of this folder make them and with nothing
//! around them: what a pass would take if it did nothing else.

use super::cross_entropy::{Blocks, each_tile};
use super::product::{Matrix, multiply};
use super::{Weight, composed, cpu_values, linear};
use crate::error::Result;
use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use std::time::Instant;

/// A matrix product of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// `[rows, inner]` by the transpose of weights `[columns, inner]`.
    Projection {
        /// Tokens.
        rows: usize,
        /// Width of what goes in.
        inner: usize,
        /// Width of what comes out.
        columns: usize,
    },
    /// The same by the vocabulary, for the cross-entropy, which does not keep it.
    Head {
        /// Tokens.
        rows: usize,
        /// Width of what goes in.
        inner: usize,
        /// Vocabulary.
        columns: usize,
    },
    /// Queries by keys, and the pattern by values, of so many heads of all sequences together.
    Attention {
        /// Heads times sequences.
        heads: usize,
        /// Positions of a sequence.
        length: usize,
        /// Width of a head.
        width: usize,
    },
}

/// Least time that a measurement takes, seconds.
const LEAST: f64 = 0.2;

impl Product {
    /// Its floating-point operations: two per multiplication and addition.
    #[must_use]
    pub fn operations(&self) -> f64 {
        match *self {
            Self::Projection { rows, inner, columns } | Self::Head { rows, inner, columns } => {
                2.0 * rows as f64 * inner as f64 * columns as f64
            }
            Self::Attention { heads, length, width } => 4.0 * heads as f64 * (length * length * width) as f64,
        }
    }

    /// Seconds that it takes on `device` in `dtype`: the mean of some runs after a first one that does not count. Not the best: what else
    /// the machine does slows the sweep and the products alike.
    ///
    /// # Errors
    /// What the device says.
    pub fn seconds(&self, dtype: DType, device: &Device) -> Result<f64> {
        let tensor =
            |shape: &[usize]| -> Result<Tensor> { Ok(Tensor::rand(-1.0f32, 1.0, shape, device)?.to_dtype(dtype)?) };
        match *self {
            Self::Projection { rows, inner, columns } => {
                let (x, weight) = (tensor(&[rows, inner])?, tensor(&[columns, inner])?);
                let laid_out = Weight::new(weight.copy()?)?;
                let own = mean(device, || linear(&x, &laid_out, None, None).map(drop))?;
                // The faster of our way and the tensor library's.
                let plain = mean(device, || composed::linear(&x, &weight, None, None).map(drop))?;
                Ok(own.min(plain))
            }
            Self::Head { rows, inner, columns } => {
                let (x, weight) = (tensor(&[rows, inner])?, tensor(&[columns, inner])?);
                if !device.is_cpu() {
                    return mean(device, || composed::linear(&x, &weight, None, None).map(drop));
                }
                let tiles = || -> Result<()> {
                    cpu_values(&[Some(&x), Some(&weight)], |[x, weight]| {
                        let blocks = Blocks::new(x, inner);
                        blocks.tasks(columns).into_par_iter().for_each(|task| {
                            each_tile(&blocks, weight, task, |_, _, _| ());
                        });
                    })?;
                    Ok(())
                };
                // The faster of tiles that stay in cache and the whole at once.
                let whole = mean(device, || composed::linear(&x, &weight, None, None).map(drop))?;
                Ok(mean(device, tiles)?.min(whole))
            }
            Self::Attention { heads, length, width } => {
                let (q, k) = (tensor(&[heads, length, width])?, tensor(&[heads, length, width])?);
                if !device.is_cpu() {
                    return mean(device, || Ok(q.matmul(&k.t()?)?.matmul(&k).map(drop)?));
                }
                let mut scores = vec![0.0f32; heads * length * length];
                let mut mixed = vec![0.0f32; heads * length * width];
                let mut both = || -> Result<()> {
                    cpu_values(&[Some(&q), Some(&k)], |[q, k]| {
                        let of = |values, head: usize, size: usize, row| Matrix {
                            values: slice(values, head, size),
                            row,
                            column: 1,
                        };
                        let each = scores.par_chunks_mut(length * length).zip(mixed.par_chunks_mut(length * width));
                        each.enumerate().for_each(|(head, (scores, mixed))| {
                            let (q, k) = (of(q, head, length * width, width), of(k, head, length * width, width));
                            multiply([length, width, length], 1.0, &q, &k.transposed(), scores, length);
                            let pattern = Matrix { values: scores, row: length, column: 1 };
                            multiply([length, length, width], 1.0, &pattern, &k, mixed, width);
                        });
                    })?;
                    Ok(())
                };
                mean(device, &mut both)
            }
        }
    }
}

fn slice(values: &[f32], at: usize, size: usize) -> &[f32] {
    &values[at * size..][..size]
}

/// Seconds that `work` takes in the mean.
fn mean(device: &Device, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    device.synchronize()?;
    let (start, mut runs) = (Instant::now(), 0.0);
    while runs < 3.0 || start.elapsed().as_secs_f64() < LEAST {
        work()?;
        device.synchronize()?;
        runs += 1.0;
    }
    Ok(start.elapsed().as_secs_f64() / runs)
}
