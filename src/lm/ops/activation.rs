//! Activation functions.

use super::vector;
use crate::lm::spec::Activation;

/// Replaces `values` by f of each, on the calling thread. A NaN stays one.
pub fn apply(activation: Activation, values: &mut [f32]) {
    pulp::Arch::new().dispatch(Map { activation, values });
}

/// Explicitly in vector registers: the compiler does not turn loops with so much in them into vector instructions well. What
/// is not inlined would miss those instructions, hence the attributes on closures.
struct Map<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl pulp::WithSimd for Map<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        match self.activation {
            Activation::Gelu => map(
                simd,
                self.values,
                #[inline(always)]
                |x| gelu(simd, x),
            ),
            Activation::GeluTanh => map(
                simd,
                self.values,
                #[inline(always)]
                |x| gelu_tanh(simd, x),
            ),
            Activation::Relu => map(
                simd,
                self.values,
                #[inline(always)]
                |x| relu(simd, x),
            ),
            Activation::Silu => map(
                simd,
                self.values,
                #[inline(always)]
                |x| silu(simd, x),
            ),
        }
    }
}

#[inline(always)]
fn map<S: pulp::Simd>(simd: S, values: &mut [f32], f: impl Fn(S::f32s) -> S::f32s) {
    let (whole, rest) = S::as_mut_simd_f32s(values);
    for x in whole {
        *x = f(*x);
    }
    if !rest.is_empty() {
        let x = f(simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, x);
    }
}

/// exp(z²)·erfc(z) for z ≥ 0 as a polynomial in t = 1/(1 + 0.4 z): a Chebyshev fit on 0 ≤ z ≤ 6, within 2e-8.
/// Beyond, erfc(z) is below 2e-17 and the fit only has to stay bounded.
const ERFCX: [f32; 9] =
    [0.00020155527, 0.22202101, 0.25455818, 0.07736978, 0.5391239, -0.54426765, 0.82034975, -0.45529827, 0.08594178];

/// x·Φ(x) (Hendrycks and Gimpel 2016, arXiv 1606.08415) = x·erfc(−x/√2)/2, with erfc(−z) = 2 − erfc(z): no difference
/// of nearly equal numbers on either side. To about 3e-7 of |x|.
#[inline(always)]
fn gelu<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let z = simd.mul_f32s(simd.abs_f32s(x), all(std::f32::consts::FRAC_1_SQRT_2));
    let t = simd.div_f32s(all(1.0), simd.mul_add_e_f32s(z, all(0.4), all(1.0)));
    let mut erfcx = all(ERFCX[8]);
    for i in (0..8).rev() {
        erfcx = simd.mul_add_e_f32s(erfcx, t, all(ERFCX[i]));
    }
    let erfc = simd.mul_f32s(vector::exp_lanes(simd, simd.neg_f32s(simd.mul_f32s(z, z))), erfcx);
    let positive = simd.less_than_f32s(all(0.0), x);
    let twice = simd.select_f32s(positive, simd.sub_f32s(all(2.0), erfc), erfc);
    simd.mul_f32s(simd.mul_f32s(all(0.5), x), twice)
}

/// x·(1 + tanh y)/2 = x·σ(2y) with y = √(2/π)·(x + 0.044715·x³).
#[inline(always)]
fn gelu_tanh<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    const TWICE_ROOT: f32 = 1.595_769_2;
    let all = |value: f32| simd.splat_f32s(value);
    let square = simd.mul_f32s(x, x);
    let cubic = simd.mul_f32s(simd.mul_add_e_f32s(square, all(0.044_715), all(1.0)), x);
    sigmoid_times(simd, x, simd.mul_f32s(all(-TWICE_ROOT), cubic))
}

#[inline(always)]
fn silu<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    sigmoid_times(simd, x, simd.neg_f32s(x))
}

/// x·σ(−y) = x/(1 + eʸ).
#[inline(always)]
fn sigmoid_times<S: pulp::Simd>(simd: S, x: S::f32s, y: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(x, simd.add_f32s(one, vector::exp_lanes(simd, y)))
}

#[inline(always)]
fn relu<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_f32s(x, zero), zero, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(activation: Activation, x: f32) -> f32 {
        // In a register of its own, and in a whole one.
        let (mut alone, mut many) = ([x], [x; 64]);
        apply(activation, &mut alone);
        apply(activation, &mut many);
        assert!(many.iter().all(|y| y.to_bits() == alone[0].to_bits()));
        alone[0]
    }

    #[test]
    #[allow(clippy::cast_possible_truncation)]
    fn agree_with_the_exact_functions() {
        let erfc = statrs::function::erf::erfc;
        let mut x = -12.0f64;
        while x < 12.0 {
            let y = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            let cases = [
                ("gelu", one(Activation::Gelu, x as f32), 0.5 * x * erfc(-x / std::f64::consts::SQRT_2)),
                ("gelu_tanh", one(Activation::GeluTanh, x as f32), 0.5 * x * (1.0 + y.tanh())),
                ("silu", one(Activation::Silu, x as f32), x / (1.0 + (-x).exp())),
                ("relu", one(Activation::Relu, x as f32), x.max(0.0)),
            ];
            for (name, got, exact) in cases {
                assert!((f64::from(got) - exact).abs() < 4e-7 * x.abs().max(0.1), "{name}({x}) = {got}, not {exact}");
            }
            x += 0.003;
        }
    }

    #[test]
    fn edges() {
        for activation in [Activation::Gelu, Activation::GeluTanh, Activation::Silu, Activation::Relu] {
            let f = |x| one(activation, x);
            assert_eq!(f(0.0), 0.0);
            assert!(f(f32::NAN).is_nan());
            assert!(f(-50.0).abs() < 1e-15);
            assert_eq!(f(50.0), 50.0);
        }
    }
}
