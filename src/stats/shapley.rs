//! Shapley values: what each of several factors contributes to a change that they make together.

/// Share of each of n factors in v(0) − v(all), where `values[mask]` = v(mask), of 2ⁿ masks, is a measure with exactly
/// those factors switched whose bits are set. Share of factor i:
///
/// Σ_S |S|!·(n − |S| − 1)!/n! · (v(S) − v(S ∪ {i})), S over the sets of the other factors,
///
/// which is v before less v after switching i, averaged over all n! orders of switching one factor after the other
/// (Shapley 1953). So a share is positive where switching the factor lowers the measure, and the shares add up to
/// v(0) − v(all). With v the gap between two modes and a set bit for a factor that has gone from published to strict,
/// it is what is lost of the gap by making this factor strict.
///
/// None where the number of values is not a power of two, or one of them is not finite.
#[must_use]
pub fn shapley(values: &[f64]) -> Option<Vec<f64>> {
    if !values.len().is_power_of_two() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let n = values.len().ilog2();
    let shares = (0..n).map(|factor| {
        let bit = 1 << factor;
        let without = (0..values.len()).filter(|mask| mask & bit == 0);
        without.map(|mask| weight(mask.count_ones(), n) * (values[mask] - values[mask | bit])).sum()
    });
    Some(shares.collect())
}

/// s!·(n − s − 1)!/n!, the part of the orders of `n` in which `s` given ones and no others come before a given one.
fn weight(s: u32, n: u32) -> f64 {
    // 1/(n·C(n − 1, s))
    (0..s).fold(1.0 / f64::from(n), |weight, i| weight * f64::from(i + 1) / f64::from(n - 1 - i))
}
