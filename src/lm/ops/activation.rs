//! Activation functions.

use super::vector;
use crate::lm::spec::Activation;

/// Replaces `values` by f of each, on the calling thread.
pub fn apply(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Gelu => map(values, gelu),
        Activation::GeluTanh => map(values, gelu_tanh),
        Activation::Relu => map(values, relu),
        Activation::Silu => map(values, silu),
    }
}

fn map(values: &mut [f32], f: impl Fn(f32) -> f32) {
    pulp::Arch::new().dispatch(Map { values, f });
}

/// A struct and not a closure, whose body is not certain to be inlined, and then misses the vector instructions.
struct Map<'a, F> {
    values: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> pulp::WithSimd for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for value in self.values {
            *value = (self.f)(*value);
        }
    }
}

/// exp(z²)·erfc(z) for z ≥ 0 as a polynomial in t = 1/(1 + 0.4 z): a Chebyshev fit on 0 ≤ z ≤ 6, within 2e-8.
/// Beyond, erfc(z) is below 2e-17 and the fit only has to stay bounded.
const ERFCX: [f32; 9] =
    [0.00020155527, 0.22202101, 0.25455818, 0.07736978, 0.5391239, -0.54426765, 0.82034975, -0.45529827, 0.08594178];

/// x·Φ(x) (Hendrycks and Gimpel 2016, arXiv 1606.08415) = x·erfc(−x/√2)/2, with erfc(−z) = 2 − erfc(z): no difference
/// of nearly equal numbers on either side. To about 3e-7 of |x|.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.4 * z);
    let mut erfcx = ERFCX[8];
    for i in (0..8).rev() {
        erfcx = erfcx * t + ERFCX[i];
    }
    let erfc = vector::exp(-z * z) * erfcx;
    0.5 * x * if x > 0.0 { 2.0 - erfc } else { erfc }
}

/// x·(1 + tanh y)/2 = x·σ(2y) with y = √(2/π)·(x + 0.044715·x³).
#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    const TWICE_ROOT: f32 = 1.595_769_2;
    x / (1.0 + vector::exp(-TWICE_ROOT * (x + 0.044_715 * x * x * x)))
}

#[inline(always)]
fn silu(x: f32) -> f32 {
    x / (1.0 + vector::exp(-x))
}

/// A NaN stays one.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::cast_possible_truncation)]
    fn agree_with_the_exact_functions() {
        let erfc = statrs::function::erf::erfc;
        let mut x = -12.0f64;
        while x < 12.0 {
            let y = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            let cases = [
                ("gelu", gelu(x as f32), 0.5 * x * erfc(-x / std::f64::consts::SQRT_2)),
                ("gelu_tanh", gelu_tanh(x as f32), 0.5 * x * (1.0 + y.tanh())),
                ("silu", silu(x as f32), x / (1.0 + (-x).exp())),
                ("relu", relu(x as f32), x.max(0.0)),
            ];
            for (name, got, exact) in cases {
                assert!((f64::from(got) - exact).abs() < 4e-7 * x.abs().max(0.1), "{name}({x}) = {got}, not {exact}");
            }
            x += 0.003;
        }
    }

    #[test]
    fn edges() {
        for f in [gelu, gelu_tanh, silu, relu] {
            assert_eq!(f(0.0), 0.0);
            assert!(f(f32::NAN).is_nan());
            assert!(f(-50.0).abs() < 1e-15);
            assert_eq!(f(50.0), 50.0);
        }
    }
}
