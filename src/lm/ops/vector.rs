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

/// The polynomial of degree 5 with constant 1 that is nearest to eʳ relative to it on |r| ≤ ln 2 / 2, highest power first;
/// it is 7e-8 off at most. Found by linear programming.
const EXP: [f32; 5] = [0.008_337_527_5, 0.041_910_68, 0.166_667_3, 0.499_990_14, 1.000_000_1];

/// eˣ of the lanes of a register, to 2 units in the last place; below −87.3 it stays at e^−87.3 (1.2e-38), above 88.3 at
/// e^88.3, and a NaN need not come out as one. x = n·ln 2 + r with |r| ≤ ln 2 / 2, and eˣ = 2ⁿ·eʳ. Explicit, as the
/// compiler does not turn so long a loop into vector instructions by itself.
#[inline(always)]
pub fn exp_lanes<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    exp_lanes_below(simd, simd.min_f32s(x, simd.splat_f32s(88.3)))
}

/// The same of lanes of which none is above 88.3.
#[inline(always)]
pub fn exp_lanes_below<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let x = simd.max_f32s(x, all(-87.3));
    let shifted = simd.mul_add_e_f32s(x, all(std::f32::consts::LOG2_E), all(ROUND));
    let n = simd.sub_f32s(shifted, all(ROUND));
    let r = simd.mul_add_e_f32s(n, all(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, all(-LN_2_LOW), r);
    let mut p = all(EXP[0]);
    for coefficient in [EXP[1], EXP[2], EXP[3], EXP[4], 1.0] {
        p = simd.mul_add_e_f32s(r, p, all(coefficient));
    }
    // The low bits of the shifted number are n.
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let scale = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    simd.mul_f32s(p, simd.transmute_f32s_u32s(scale))
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
pub fn softmax<S: pulp::Simd>(simd: S, values: &mut [f32]) {
    let (whole, rest) = S::as_mut_simd_f32s(values);
    // What fills the last register takes no part: its exponentials are 1e-38.
    let fill = simd.splat_f32s(f32::MIN / 2.0);
    let within = simd.mask_between_m32s(0, u32::try_from(rest.len()).unwrap_or(u32::MAX)).mask();
    let last = simd.select_f32s(within, simd.partial_load_f32s(rest), fill);
    let mut max = last;
    // x − x is 0, and NaN where x is no number: comparisons may leave a NaN aside, this does not.
    let mut sum = simd.sub_f32s(last, last);
    for x in &*whole {
        max = simd.max_f32s(max, *x);
        sum = simd.add_f32s(sum, simd.sub_f32s(*x, *x));
    }
    let shift = simd.splat_f32s(simd.reduce_max_f32s(max));
    for x in &mut *whole {
        *x = exp_lanes_below(simd, simd.sub_f32s(*x, shift));
        sum = simd.add_f32s(sum, *x);
    }
    let last = exp_lanes_below(simd, simd.sub_f32s(last, shift));
    let scale = simd.splat_f32s(1.0 / simd.reduce_sum_f32s(simd.add_f32s(sum, last)));
    for x in whole {
        *x = simd.mul_f32s(*x, scale);
    }
    simd.partial_store_f32s(rest, simd.mul_f32s(last, scale));
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
        let xs: Vec<f32> = (0..160 * 64).map(|i| -87.0 + i as f32 * 175.0 / 10_240.0).collect();
        let mut exps = xs.clone();
        pulp::Arch::new().dispatch(Lanes(&mut exps));
        for (x, found) in xs.iter().zip(&exps) {
            let exact = f64::from(*x).exp();
            assert!((f64::from(*found) - exact).abs() / exact < 2.4e-7, "exp({x}) is {found}");
        }
        let mut ends = [[0.0; 32], [-200.0; 32]];
        for end in &mut ends {
            pulp::Arch::new().dispatch(Lanes(end));
        }
        assert!(ends[0][0] == 1.0 && ends[1][0] < 1.3e-38);
    }

    struct Softmax<'a>(&'a mut [f32]);
    impl pulp::WithSimd for Softmax<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            softmax(simd, self.0);
        }
    }

    #[test]
    fn softmax_of_every_length_keeps_to_its_values_and_keeps_nan() {
        for length in 1..70 {
            let values: Vec<f32> = (0..length).map(|i| (i as f32 * 0.7).sin() * 30.0 - 200.0).collect();
            let mut found = vec![5.0; length + 20];
            found[..length].copy_from_slice(&values);
            pulp::Arch::new().dispatch(Softmax(&mut found[..length]));
            let sum: f64 = values.iter().map(|x| f64::from(*x).exp()).sum();
            for (found, x) in found.iter().zip(&values) {
                assert!((f64::from(*found) - f64::from(*x).exp() / sum).abs() < 1e-6, "length {length}");
            }
            assert!(found[length..].iter().all(|x| *x == 5.0), "length {length}");
            let mut broken = values;
            broken[length / 2] = f32::NAN;
            pulp::Arch::new().dispatch(Softmax(&mut broken));
            assert!(broken.iter().all(|x| x.is_nan()), "length {length}");
        }
    }

    #[test]
    fn reductions_take_every_value_and_keep_nan() {
        let values: Vec<f32> = (0..77u16).map(|i| f32::from(i * 37 % 77) / 10.0).collect();
        let exact: f64 = values.iter().map(|x| f64::from(*x)).sum();
        assert!((f64::from(sum(&values)) - exact).abs() < 1e-5 * exact);
        let exact: f64 = values.iter().map(|x| f64::from(*x - 3.0).powi(2)).sum();
        assert!((f64::from(sum_of_squares(&values, 3.0)) - exact).abs() < 1e-5 * exact);
        let mut broken = values;
        broken[40] = f32::NAN;
        assert!(sum(&broken).is_nan() && sum_of_squares(&broken, 0.0).is_nan());
    }
}
