//! Activation functions.

use super::vector;
use crate::lm::spec::Activation;

/// Replaces `values` by f of the sum of each and its `bias`, on the calling thread; without f or biases where there are
/// none. A NaN stays one.
pub fn apply(activation: Option<Activation>, bias: &[f32], values: &mut [f32]) {
    pulp::Arch::new().dispatch(Map { activation, bias, values });
}

/// Explicitly in vector registers: the compiler does not turn loops with so much in them into vector instructions well. What
/// is not inlined would miss those instructions, hence the attributes on closures.
struct Map<'a> {
    activation: Option<Activation>,
    bias: &'a [f32],
    values: &'a mut [f32],
}

impl pulp::WithSimd for Map<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        match self.activation {
            None => self.each(
                simd,
                #[inline(always)]
                |x| x,
            ),
            Some(Activation::Gelu) => self.each(
                simd,
                #[inline(always)]
                |x| gelu(simd, x),
            ),
            Some(Activation::GeluTanh) => self.each(
                simd,
                #[inline(always)]
                |x| gelu_tanh(simd, x),
            ),
            Some(Activation::Relu) => self.each(
                simd,
                #[inline(always)]
                |x| relu(simd, x),
            ),
            Some(Activation::Silu) => self.each(
                simd,
                #[inline(always)]
                |x| silu(simd, x),
            ),
        }
    }
}

impl Map<'_> {
    #[inline(always)]
    fn each<S: pulp::Simd>(self, simd: S, f: impl Fn(S::f32s) -> S::f32s) {
        let (whole, rest) = S::as_mut_simd_f32s(self.values);
        if self.bias.is_empty() {
            for x in whole {
                *x = f(*x);
            }
            if !rest.is_empty() {
                let x = f(simd.partial_load_f32s(rest));
                simd.partial_store_f32s(rest, x);
            }
        } else {
            let (biases, last) = S::as_simd_f32s(self.bias);
            for (x, bias) in whole.iter_mut().zip(biases) {
                *x = f(simd.add_f32s(*x, *bias));
            }
            if !rest.is_empty() {
                let x = simd.add_f32s(simd.partial_load_f32s(rest), simd.partial_load_f32s(last));
                simd.partial_store_f32s(rest, f(x));
            }
        }
    }
}

/// (Φ(x) − ½)/x for |x| ≤ [`WIDEST`] as a polynomial in 2·(x/WIDEST)² − 1, lowest power first: within 2e-8/|x|. A
/// Chebyshev fit; its variable stays between −1 and 1, so that nothing cancels.
const GELU: [f32; 15] = [
    0.13465935,
    -0.06712682,
    0.049645785,
    -0.039763413,
    0.032031443,
    -0.025041932,
    0.018538643,
    -0.0127752535,
    0.008417886,
    -0.0054485137,
    0.002892338,
    -0.00103954,
    0.0006647503,
    -0.000656582,
    0.00023994464,
];

/// Beyond, Φ(x) is 0 or 1 to 8e-8.
const WIDEST: f32 = 5.25;

/// x·Φ(x) (Hendrycks and Gimpel 2016, arXiv 1606.08415), to about 1.5e-7 of |x|. Without exponential and division, which
/// an MLP would feel.
#[inline(always)]
fn gelu<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let square = simd.min_f32s(simd.mul_f32s(x, x), all(WIDEST * WIDEST));
    let s = simd.mul_add_e_f32s(square, all(2.0 / (WIDEST * WIDEST)), all(-1.0));
    let mut p = all(GELU[14]);
    for i in (0..14).rev() {
        p = simd.mul_add_e_f32s(p, s, all(GELU[i]));
    }
    // Beyond the widest, x·p goes on growing.
    let phi = simd.mul_add_e_f32s(x, p, all(0.5));
    let phi = simd.min_f32s(simd.max_f32s(phi, all(0.0)), all(1.0));
    simd.mul_f32s(x, phi)
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
        apply(Some(activation), &[], &mut alone);
        apply(Some(activation), &[], &mut many);
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
