//! Loops over float32 slices that the compiler turns into vector instructions.
//!
//! Everything here is `inline(always)` and branch-free, to be called inside [`pulp::Arch::dispatch`], which compiles
//! it once per instruction set and chooses at run time. That holds for what is inlined into it and for nothing else: so
//! closures that are dispatched are `inline(always)` too, and loops are `for` loops, not `for_each`. A NaN that goes in comes out.

/// Registers that a sum keeps apart, so that no addition waits for another.
const APART: usize = 4;

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

/// (tanh x − x)/x³ for |x| < 0.625 as a polynomial in x², highest power first: Cephes' of float32.
const TANH: [f32; 5] = [-0.005_704_989, 0.020_639_09, -0.053_739_715, 0.133_314_42, -0.333_332_8];

/// tanh of the lanes of a register, to a few units in the last place. A NaN stays one.
#[inline(always)]
pub fn tanh_lanes<S: pulp::Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let square = simd.mul_f32s(x, x);
    let mut p = all(TANH[0]);
    for coefficient in [TANH[1], TANH[2], TANH[3], TANH[4]] {
        p = simd.mul_add_e_f32s(p, square, all(coefficient));
    }
    let near = simd.mul_add_e_f32s(simd.mul_f32s(p, square), x, x);
    let exp = exp_lanes(simd, simd.add_f32s(x, x));
    let far = simd.sub_f32s(all(1.0), simd.div_f32s(all(2.0), simd.add_f32s(exp, all(1.0))));
    let is_far = simd.less_than_f32s(all(0.625 * 0.625), square);
    // A NaN is not far, and the polynomial hands it on.
    simd.select_f32s(is_far, far, near)
}

/// Replaces every score x by c·tanh(scale·x/c) for the cap c.
#[inline(always)]
pub fn cap<S: pulp::Simd>(simd: S, scores: &mut [S::f32s], scale: f32, cap: f32) {
    let [scale, cap] = [scale / cap, cap].map(
        #[inline(always)]
        |value: f32| simd.splat_f32s(value),
    );
    for x in scores.iter_mut() {
        *x = simd.mul_f32s(cap, tanh_lanes(simd, simd.mul_f32s(*x, scale)));
    }
}

/// Σ x.
#[inline(always)]
pub fn sum<S: pulp::Simd>(simd: S, values: &[f32]) -> f32 {
    let (whole, rest) = S::as_simd_f32s(values);
    let mut sums = [simd.splat_f32s(0.0); APART];
    for registers in whole.chunks(APART) {
        for (sum, x) in sums.iter_mut().zip(registers) {
            *sum = simd.add_f32s(*sum, *x);
        }
    }
    rest.iter().sum::<f32>() + total(simd, sums)
}

/// Σ (x − center)².
#[inline(always)]
pub fn sum_of_squares<S: pulp::Simd>(simd: S, values: &[f32], center: f32) -> f32 {
    let (whole, rest) = S::as_simd_f32s(values);
    let mut sums = [simd.splat_f32s(0.0); APART];
    for registers in whole.chunks(APART) {
        for (sum, x) in sums.iter_mut().zip(registers) {
            let apart = simd.sub_f32s(*x, simd.splat_f32s(center));
            *sum = simd.mul_add_e_f32s(apart, apart, *sum);
        }
    }
    rest.iter().map(|x| (x - center) * (x - center)).sum::<f32>() + total(simd, sums)
}

#[inline(always)]
fn total<S: pulp::Simd>(simd: S, [a, b, c, d]: [S::f32s; APART]) -> f32 {
    simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d)))
}

/// Writes the transpose of rows of `width` values into rows of at least as many as there are; these start `out_row` apart.
/// Four at a time, as single values are slow to store.
#[inline(always)]
pub fn transpose(rows: &[f32], width: usize, out: &mut [f32], out_row: usize) {
    let (fours, rest) = rows.split_at(rows.len() / (4 * width) * (4 * width));
    for (i, four) in fours.chunks_exact(4 * width).enumerate() {
        let (ab, cd) = four.split_at(2 * width);
        let ((a, b), (c, d)) = (ab.split_at(width), cd.split_at(width));
        let columns = a.iter().zip(b).zip(c.iter().zip(d));
        for (out, ((a, b), (c, d))) in out.chunks_exact_mut(out_row).zip(columns) {
            out[4 * i..4 * i + 4].copy_from_slice(&[*a, *b, *c, *d]);
        }
    }
    for (i, row) in rest.chunks_exact(width).enumerate() {
        for (out, value) in out.chunks_exact_mut(out_row).zip(row) {
            out[fours.len() / width + i] = *value;
        }
    }
}

/// Numbers of the lanes; no register has more.
const LANE: [f32; 16] = [0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12., 13., 14., 15.];

/// Which lanes of register `at` are in `range`.
#[inline(always)]
fn among<S: pulp::Simd>(simd: S, at: usize, range: &std::ops::Range<usize>) -> S::m32s {
    let all = |value: usize| simd.splat_f32s(value as f32);
    let place = simd.add_f32s(S::as_simd_f32s(&LANE[..S::F32_LANES]).0[0], all(at * S::F32_LANES));
    let before_end = simd.less_than_f32s(place, all(range.end));
    simd.and_m32s(simd.less_than_or_equal_f32s(all(range.start), place), before_end)
}

/// Replaces `scores`, times `scale`, by the softmax of those that are `seen`, and the others by zero.
#[inline(always)]
pub fn softmax<S: pulp::Simd>(simd: S, scores: &mut [S::f32s], scale: S::f32s, seen: std::ops::Range<usize>) {
    // What is not seen takes no part: its exponentials are 1e-38.
    let fill = simd.splat_f32s(f32::MIN / 2.0);
    let (mut max, mut sum) = (fill, simd.splat_f32s(0.0));
    for (at, x) in scores.iter_mut().enumerate() {
        *x = simd.select_f32s(among(simd, at, &seen), simd.mul_f32s(*x, scale), fill);
        max = simd.max_f32s(max, *x);
        // x − x is 0, and NaN where x is no number: comparisons may leave a NaN aside, this does not.
        sum = simd.add_f32s(sum, simd.sub_f32s(*x, *x));
    }
    let shift = simd.splat_f32s(simd.reduce_max_f32s(max));
    for x in &mut *scores {
        *x = exp_lanes_below(simd, simd.sub_f32s(*x, shift));
        sum = simd.add_f32s(sum, *x);
    }
    let share = simd.splat_f32s(1.0 / simd.reduce_sum_f32s(sum));
    for (at, x) in scores.iter_mut().enumerate() {
        *x = simd.select_f32s(among(simd, at, &seen), simd.mul_f32s(*x, share), simd.splat_f32s(0.0));
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

    struct Caps<'a>(&'a mut [f32]);
    impl pulp::WithSimd for Caps<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            cap(simd, S::as_mut_simd_f32s(self.0).0, 2.0, 30.0);
        }
    }

    #[test]
    fn caps_are_hyperbolic_tangents() {
        let xs: Vec<f32> = (0..20_480).map(|i| (i as f32 - 10_240.0) / 64.0).collect();
        let mut capped = xs.clone();
        pulp::Arch::new().dispatch(Caps(&mut capped));
        for (x, found) in xs.iter().zip(&capped) {
            let exact = 30.0 * (2.0 * f64::from(*x) / 30.0).tanh();
            assert!((f64::from(*found) - exact).abs() <= 4e-7 * exact.abs(), "{x}: {found}, not {exact}");
        }
        let mut ends = [[f32::NAN; 16], [f32::INFINITY; 16], [f32::NEG_INFINITY; 16]];
        for end in &mut ends {
            pulp::Arch::new().dispatch(Caps(end));
        }
        assert!(ends[0][0].is_nan() && ends[1][0] == 30.0 && ends[2][0] == -30.0, "{ends:?}");
    }

    struct Softmax<'a>(&'a mut [f32], std::ops::Range<usize>);
    impl pulp::WithSimd for Softmax<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            softmax(simd, S::as_mut_simd_f32s(self.0).0, simd.splat_f32s(2.0), self.1);
        }
    }

    #[test]
    fn softmax_of_what_is_seen_keeps_to_it_and_keeps_nan() {
        for (start, end) in (1..70).flat_map(|end| [(0, end), (end / 3, end), (end - 1, end)]) {
            let mut values: Vec<f32> = (0..80).map(|i| (i as f32 * 0.7).sin() * 15.0 - 100.0).collect();
            values[end..].fill(f32::NAN);
            let seen = |i: usize| (start..end).contains(&i);
            let mut found = values.clone();
            pulp::Arch::new().dispatch(Softmax(&mut found, start..end));
            let exp = |x: f32| (2.0 * f64::from(x) + 200.0).exp();
            let sum: f64 = values[start..end].iter().map(|x| exp(*x)).sum();
            for (i, (found, x)) in found.iter().zip(&values).enumerate() {
                let expected = if seen(i) { exp(*x) / sum } else { 0.0 };
                assert!((f64::from(*found) - expected).abs() < 1e-6, "{i} of {start}..{end}");
            }
            let mut broken = values;
            broken[usize::midpoint(start, end)] = f32::NAN;
            pulp::Arch::new().dispatch(Softmax(&mut broken, start..end));
            assert!(broken.iter().enumerate().all(|(i, x)| x.is_nan() == seen(i)), "{start}..{end}");
        }
    }

    struct Sums<'a>(&'a [f32], f32);
    impl pulp::WithSimd for Sums<'_> {
        type Output = [f32; 2];

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) -> [f32; 2] {
            [sum(simd, self.0), sum_of_squares(simd, self.0, self.1)]
        }
    }

    #[test]
    fn reductions_take_every_value_and_keep_nan() {
        let values: Vec<f32> = (0..177u16).map(|i| f32::from(i * 37 % 77) / 10.0).collect();
        let sums = |values: &[f32], center| pulp::Arch::new().dispatch(Sums(values, center)).map(f64::from);
        for length in [0, 1, 15, 64, 77, 128, 177] {
            let values = &values[..length];
            let [sum, squares] = sums(values, 3.0);
            let exact: f64 = values.iter().map(|x| f64::from(*x)).sum();
            assert!((sum - exact).abs() <= 1e-5 * exact, "{length}");
            let exact: f64 = values.iter().map(|x| f64::from(*x - 3.0).powi(2)).sum();
            assert!((squares - exact).abs() <= 1e-5 * exact, "{length}");
        }
        let mut broken = values;
        broken[40] = f32::NAN;
        assert!(sums(&broken, 0.0).iter().all(|sum| sum.is_nan()));
    }
}
