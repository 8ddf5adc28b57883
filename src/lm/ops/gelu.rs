//! The exact Gaussian error linear unit.

use super::{values, vector};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

/// x·Φ(x) of every element (Hendrycks and Gimpel 2016, arXiv 1606.08415), to about 3e-7 of |x|.
///
/// # Errors
/// Internal ones only.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    Ok(x.contiguous()?.apply_op1_no_bwd(&Gelu)?)
}

struct Gelu;

/// Elements that one task handles.
const TASK: usize = 1 << 14;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let x = values(self.name(), storage, layout)?;
        let mut out = vec![0.0f32; x.len()];
        out.par_chunks_mut(TASK).zip(x.par_chunks(TASK)).for_each(|(out, x)| {
            pulp::Arch::new().dispatch(|| {
                for (out, x) in out.iter_mut().zip(x) {
                    *out = gelu_of(*x);
                }
            });
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

/// exp(z²)·erfc(z) for z ≥ 0 as a polynomial in t = 1/(1 + 0.4 z): a Chebyshev fit on 0 ≤ z ≤ 6, within 2e-8.
/// Beyond, erfc(z) is below 2e-17 and the fit only has to stay bounded.
const ERFCX: [f32; 9] =
    [0.00020155527, 0.22202101, 0.25455818, 0.07736978, 0.5391239, -0.54426765, 0.82034975, -0.45529827, 0.08594178];

/// x·Φ(x) = x·erfc(−x/√2)/2, with erfc(−z) = 2 − erfc(z): no difference of nearly equal numbers on either side.
#[inline(always)]
fn gelu_of(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.4 * z);
    let mut erfcx = ERFCX[8];
    for i in (0..8).rev() {
        erfcx = erfcx * t + ERFCX[i];
    }
    let erfc = vector::exp(-z * z) * erfcx;
    0.5 * x * if x > 0.0 { 2.0 - erfc } else { erfc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_exact_function() {
        let mut x = -12.0f64;
        while x < 12.0 {
            let exact = 0.5 * x * statrs::function::erf::erfc(-x / std::f64::consts::SQRT_2);
            #[allow(clippy::cast_possible_truncation)]
            let got = f64::from(gelu_of(x as f32));
            assert!((got - exact).abs() < 4e-7 * x.abs().max(0.1), "gelu({x}) = {got}, not {exact}");
            x += 0.003;
        }
        assert_eq!(gelu_of(0.0), 0.0);
        assert!(gelu_of(f32::NAN).is_nan());
        assert!(gelu_of(-50.0).abs() < 1e-30);
    }
}
