//! Projections: a matrix product with its bias, and its activation where one follows, as one operation.

use super::activation::apply;
use super::product::product;
use super::{composed, cpu_values, for_chunks};
use crate::error::Result;
use crate::lm::spec::Activation;
use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Tensor, bail};

/// Outputs of a panel: four tiles of the matrix product, and a part of the result that stays in cache until bias and
/// activation are done.
const PANEL: usize = 256;

/// The weights W `[out, in]` of a projection as [`linear`] reads them. On the CPU in panels of [`PANEL`] outputs, each
/// `[in, outputs]`: so they fill vector registers as they lie, and no product has to repack them.
pub struct Weight {
    /// In panels on the CPU, else `[out, in]`.
    values: Tensor,
    inner: usize,
    out: usize,
}

impl Weight {
    /// Of `weight` `[out, in]`, which on the CPU is laid out anew where it is: nothing else may go on using its memory.
    ///
    /// # Errors
    /// Internal ones only.
    pub fn new(weight: Tensor) -> Result<Self> {
        let (out, inner) = weight.dims2()?;
        if weight.device().is_cpu() && weight.is_contiguous() {
            weight.inplace_op1(&Panels { inner })?;
        }
        Ok(Self { values: weight, inner, out })
    }
}

/// Turns `[out, in]` into panels. A panel takes the place of its own rows, so that no second piece of memory as large as
/// the whole is needed.
struct Panels {
    inner: usize,
}

impl InplaceOp1 for Panels {
    fn name(&self) -> &'static str {
        "panels"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("{} needs contiguous float32 values", self.name());
        };
        for_chunks(&mut values[start..end], PANEL * self.inner, |_, panel| {
            let rows = panel.to_vec();
            turn(&rows, self.inner, panel);
        });
        Ok(())
    }
}

/// Columns that [`turn`] takes at a time: a cache line.
const LINE: usize = 16;

/// The transpose of `rows` `[n, inner]`.
fn turn(rows: &[f32], inner: usize, turned: &mut [f32]) {
    let n = rows.len() / inner;
    for first in (0..inner).step_by(LINE) {
        let columns = first..inner.min(first + LINE);
        for (i, row) in rows.chunks_exact(inner).enumerate() {
            for column in columns.clone() {
                turned[column * n + i] = row[column];
            }
        }
    }
}

/// f(x·Wᵀ + b) `[…, out]` of x `[…, in]`, W `[out, in]`, b `[out]`; without b or f where there is none.
///
/// # Errors
/// Internal ones only.
pub fn linear(x: &Tensor, weight: &Weight, bias: Option<&Tensor>, activation: Option<Activation>) -> Result<Tensor> {
    let Weight { values, inner, out } = weight;
    let (inner, out) = (*inner, *out);
    if !x.device().is_cpu() {
        return composed::linear(x, values, bias, activation);
    }
    let x = x.contiguous()?;
    let rows = x.elem_count() / inner;
    let values = cpu_values(&[Some(&x), Some(values), bias], |[x, weight, bias]| {
        product(x, weight, [rows, inner, out], PANEL, |first, values| {
            let bias = if bias.is_empty() { bias } else { &bias[first..][..values.len()] };
            if activation.is_some() || !bias.is_empty() {
                apply(activation, bias, values);
            }
        })
    })?;
    let mut shape = x.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = out;
    }
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}
