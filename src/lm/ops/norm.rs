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
            pulp::Arch::new().dispatch(Rows { out, x, weight, bias, eps });
        })
    })?;
    Ok(Tensor::from_vec(values, x.shape(), &Device::Cpu)?)
}

/// Some rows; `bias` is empty for an RMSNorm.
struct Rows<'a> {
    out: &'a mut [f32],
    x: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    eps: f32,
}

impl pulp::WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Self { out, x, weight, bias, eps } = self;
        let hidden = weight.len();
        let share = 1.0 / hidden as f32;
        for (out, x) in out.chunks_exact_mut(hidden).zip(x.chunks_exact(hidden)) {
            let mean = if bias.is_empty() { 0.0 } else { vector::sum(simd, x) * share };
            let scale = 1.0 / (vector::sum_of_squares(simd, x, mean) * share + eps).sqrt();
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
    }
}
