//! Sums and products of whole tensors, element by element.

use super::{cpu_values, filled};
use crate::error::Result;
use candle_core::{Device, Tensor};

/// Elements that one task handles.
const TASK: usize = 1 << 12;

/// a + b.
///
/// # Errors
/// Internal ones only.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.device().is_cpu() { pairs(a, b, |a, b| a + b) } else { Ok((a + b)?) }
}

/// a · b.
///
/// # Errors
/// Internal ones only.
pub fn mul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.device().is_cpu() { pairs(a, b, |a, b| a * b) } else { Ok((a * b)?) }
}

/// (a + b) + c in one pass.
///
/// # Errors
/// Internal ones only.
pub fn add3(a: &Tensor, b: &Tensor, c: &Tensor) -> Result<Tensor> {
    if !a.device().is_cpu() {
        return Ok(((a + b)? + c)?);
    }
    let (a, b, c) = (a.contiguous()?, b.contiguous()?, c.contiguous()?);
    let values = cpu_values(&[Some(&a), Some(&b), Some(&c)], |[a, b, c]| {
        filled(a.len(), TASK, |task, out| {
            let range = task * TASK..task * TASK + out.len();
            let others = a[range.clone()].iter().zip(&b[range.clone()]).zip(&c[range]);
            for (out, ((a, b), c)) in out.iter_mut().zip(others) {
                *out = (a + b) + c;
            }
        })
    })?;
    Ok(Tensor::from_vec(values, a.shape(), &Device::Cpu)?)
}

fn pairs(a: &Tensor, b: &Tensor, f: impl Fn(f32, f32) -> f32 + Sync) -> Result<Tensor> {
    let (a, b) = (a.contiguous()?, b.contiguous()?);
    let values = cpu_values(&[Some(&a), Some(&b)], |[a, b]| {
        filled(a.len(), TASK, |task, out| {
            let range = task * TASK..task * TASK + out.len();
            for ((out, a), b) in out.iter_mut().zip(&a[range.clone()]).zip(&b[range]) {
                *out = f(*a, *b);
            }
        })
    })?;
    Ok(Tensor::from_vec(values, a.shape(), &Device::Cpu)?)
}
