//! Projections: a matrix product with its bias, and its activation where one follows, as one operation.

use super::activation::apply;
use super::product::{Matrix, multiply, product};
use super::{composed, cpu_values, filled, for_chunks};
use crate::error::Result;
use crate::lm::spec::Activation;
use candle_core::{D, Device, Tensor};

/// Up to so many rows, the product is made with the rows along the vector registers: see [`few`].
const FEW: usize = 192;

/// Values that one task finishes.
const TASK: usize = 1 << 14;

/// Columns of a task of [`few`].
const COLUMNS: usize = 256;

/// f(x·Wᵀ + b) `[…, out]` of x `[…, in]`, W `[out, in]`, b `[out]`, as one matrix product over all leading dimensions;
/// without b or f where there is none.
///
/// # Errors
/// Internal ones only.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, activation: Option<Activation>) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return composed::linear(x, weight, bias, activation);
    }
    let x = x.contiguous()?;
    let (out, inner) = weight.dims2()?;
    let rows = x.elem_count() / x.dim(D::Minus1)?;
    let finish = |values: &mut [f32], bias: Option<&[f32]>| {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                if let Some(bias) = bias {
                    for (value, bias) in values.iter_mut().zip(bias) {
                        *value += bias;
                    }
                }
            },
        );
        if let Some(activation) = activation {
            apply(activation, values);
        }
    };
    let values = cpu_values(&[Some(&x), Some(weight), bias], |[x, weight, bias]| {
        let bias = (!bias.is_empty()).then_some(bias);
        if rows <= FEW {
            return few(x, weight, [rows, inner, out], |row| finish(row, bias));
        }
        let mut values = product(x, weight, [rows, inner, out]);
        if bias.is_some() || activation.is_some() {
            let task = (TASK / out).max(1) * out;
            for_chunks(&mut values, task, |_, rows| rows.chunks_exact_mut(out).for_each(|row| finish(row, bias)));
        }
        values
    })?;
    let mut shape = x.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = out;
    }
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// The same for few rows. A product whose rows are many is made with W along the vector registers, for which W is
/// repacked; that costs more than it gives where there are few rows to use it on. So here the rows stand along the
/// registers, and what comes out is x·Wᵀ with its columns one after the other, which is turned in the end.
fn few(x: &[f32], weight: &[f32], dims: [usize; 3], finish: impl Fn(&mut [f32]) + Sync) -> Vec<f32> {
    let [rows, inner, out] = dims;
    let turned = filled(rows * out, rows * COLUMNS, |task, tile| {
        let columns = tile.len() / rows;
        let weight = Matrix { values: &weight[task * COLUMNS * inner..], row: inner, column: 1 };
        let x = Matrix { values: x, row: 1, column: inner };
        multiply([columns, inner, rows], 1.0, &weight, &x, tile, rows);
    });
    filled(rows * out, out, |row, values| {
        for (value, column) in values.iter_mut().zip(turned.chunks_exact(rows)) {
            *value = column[row];
        }
        finish(values);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_rows_agree() {
        let wave = |n: usize, step: f32| (0..n).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let (inner, out) = (70, 300);
        let (weight, bias) = (wave(out * inner, 0.7), wave(out, 0.3));
        let tensor = |values: Vec<f32>, shape: &[usize]| Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        let (weight, bias) = (tensor(weight, &[out, inner]), tensor(bias, &[out]));
        let x = wave((FEW + 8) * inner, 0.11);
        let whole = |rows: usize| {
            let x = tensor(x[..rows * inner].to_vec(), &[rows, inner]);
            let y = linear(&x, &weight, Some(&bias), Some(Activation::Gelu)).unwrap();
            y.to_vec2::<f32>().unwrap()
        };
        let many = whole(FEW + 8);
        for rows in [1, 2, 43, FEW] {
            for (a, b) in whole(rows).iter().flatten().zip(many.iter().flatten()) {
                assert!((a - b).abs() < 1e-5, "{rows} rows: {a} against {b}");
            }
        }
    }
}
