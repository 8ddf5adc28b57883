//! The norms.

use super::{composed, cpu_values, filled, vector};
use crate::error::Result;
use candle_core::{D, Device, Tensor};

/// Rows that one task handles.
const TASK: usize = 16;

/// LayerNorm (x − mean)/√(variance + ε)·w + b over the last dimension of `x` `[…, hidden]`; where there is no b,
/// RMSNorm x/√(mean square + ε)·w.
///
/// # Errors
/// Internal ones only.
pub fn norm(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, eps: f32) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return composed::norm(x, weight, bias, eps);
    }
    let x = x.contiguous()?;
    let hidden = x.dim(D::Minus1)?;
    let values = cpu_values(&[Some(&x), Some(weight), bias], |[x, weight, bias]| {
        filled(x.len(), TASK * hidden, |task, out| {
            let x = &x[task * TASK * hidden..][..out.len()];
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || {
                    for (out, x) in out.chunks_exact_mut(hidden).zip(x.chunks_exact(hidden)) {
                        row(out, x, weight, bias, eps);
                    }
                },
            );
        })
    })?;
    Ok(Tensor::from_vec(values, x.shape(), &Device::Cpu)?)
}

/// One row; `bias` is empty for an RMSNorm.
#[inline(always)]
fn row(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32], eps: f32) {
    let share = 1.0 / x.len() as f32;
    let mean = if bias.is_empty() { 0.0 } else { vector::sum(x) * share };
    let scale = 1.0 / (vector::sum_of_squares(x, mean) * share + eps).sqrt();
    if bias.is_empty() {
        for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
            *out = x * scale * weight;
        }
    } else {
        for (((out, x), weight), bias) in out.iter_mut().zip(x).zip(weight).zip(bias) {
            *out = (x - mean) * scale * weight + bias;
        }
    }
}
