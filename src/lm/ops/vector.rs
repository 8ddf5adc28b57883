//! Loops over float32 slices that the compiler turns into vector instructions.
//!
//! Everything here is `inline(always)` and branch-free, to be called inside [`pulp::Arch::dispatch`], which compiles
//! it once per instruction set and chooses at run time. That holds for what is inlined into it and for nothing else: so
//! closures that are dispatched are `inline(always)` too, and loops are `for` loops, not `for_each`. A NaN that goes in comes out.

/// Lanes that reductions keep apart; two AVX-512 registers.
const LANES: usize = 32;

/// 1.5·2²³: adding and taking it away rounds to the nearest whole number.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, of which the first times a small whole number is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// eˣ, to 2 units in the last place; below −87.3 it stays at e^−87.3 (1.2e-38), above 88.3 at e^88.3.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // x = n·ln 2 + r with |r| ≤ ln 2 / 2.
    let x = if x < -87.3 { -87.3 } else { x };
    let x = if x > 88.3 { 88.3 } else { x };
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series to r⁷: the remainder is below 1e-8 on the interval.
    let p = 1.0 / 720.0 + r * (1.0 / 5040.0);
    let p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p);
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * p)));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // n is whole and within ±128
    let scale = f32::from_bits((((n as i32) + 127) as u32) << 23);
    p * scale
}

/// The same of the lanes of a register, for loops that the compiler does not turn into vector instructions by itself. A
/// NaN need not come out as one.
#[inline(always)]
pub fn exp_lanes<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let x = simd.min_f32s(simd.max_f32s(x, all(-87.3)), all(88.3));
    let shifted = simd.mul_add_e_f32s(x, all(std::f32::consts::LOG2_E), all(ROUND));
    let n = simd.sub_f32s(shifted, all(ROUND));
    let r = simd.mul_add_e_f32s(n, all(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, all(-LN_2_LOW), r);
    let mut p = all(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = simd.mul_add_e_f32s(r, p, all(coefficient));
    }
    // The low bits of the shifted number are n.
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let scale = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    simd.mul_f32s(p, simd.transmute_f32s_u32s(scale))
}

/// The largest value, NaN left aside; −∞ of an empty slice.
#[inline(always)]
pub fn max(values: &[f32]) -> f32 {
    #[inline(always)]
    fn larger(a: f32, b: f32) -> f32 {
        if b > a { b } else { a }
    }
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, *value);
        }
    }
    let tail = rest.iter().fold(f32::NEG_INFINITY, |a, b| larger(a, *b));
    lanes.iter().fold(tail, |a, b| larger(a, *b))
}

/// Σ x.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += *value;
        }
    }
    rest.iter().sum::<f32>() + lanes.iter().sum::<f32>()
}

/// Σ (x − center)².
#[inline(always)]
pub fn sum_of_squares(values: &[f32], center: f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += (*value - center) * (*value - center);
        }
    }
    rest.iter().map(|x| (x - center) * (x - center)).sum::<f32>() + lanes.iter().sum::<f32>()
}

/// Replaces `values` by their softmax.
#[inline(always)]
pub fn softmax(values: &mut [f32]) {
    let shift = max(values);
    for value in values.iter_mut() {
        *value = exp(*value - shift);
    }
    let scale = 1.0 / sum(values);
    for value in values {
        *value *= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lanes<'a>(&'a mut [f32]);
    impl pulp::WithSimd for Lanes<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            for x in S::as_mut_simd_f32s(self.0).0 {
                *x = exp_lanes(simd, *x);
            }
        }
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let mut x = -87.0f32;
        while x < 88.0 {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2.4e-7, "exp({x}) is off by {error:e}");
            x += 0.0137;
        }
        let xs: Vec<f32> = (0..160 * 64).map(|i| -87.0 + i as f32 * 175.0 / 10_240.0).collect();
        let mut exps = xs.clone();
        pulp::Arch::new().dispatch(Lanes(&mut exps));
        for (x, found) in xs.iter().zip(&exps) {
            let exact = f64::from(*x).exp();
            assert!((f64::from(*found) - exact).abs() / exact < 2.4e-7, "exp({x}) is {found}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-200.0) < 1.3e-38);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn reductions_take_every_value_and_keep_nan() {
        let values: Vec<f32> = (0..77u16).map(|i| f32::from(i * 37 % 77) / 10.0).collect();
        assert_eq!(max(&values), 7.6);
        let exact: f64 = values.iter().map(|x| f64::from(*x)).sum();
        assert!((f64::from(sum(&values)) - exact).abs() < 1e-5 * exact);
        let exact: f64 = values.iter().map(|x| f64::from(*x - 3.0).powi(2)).sum();
        assert!((f64::from(sum_of_squares(&values, 3.0)) - exact).abs() < 1e-5 * exact);
        let mut softened = values.clone();
        softmax(&mut softened);
        assert!((softened.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let mut broken = values;
        broken[40] = f32::NAN;
        assert!(sum(&broken).is_nan() && sum_of_squares(&broken, 0.0).is_nan());
        softmax(&mut broken);
        assert!(broken[0].is_nan());
    }
}
