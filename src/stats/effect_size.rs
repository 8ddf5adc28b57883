//! Standardised mean differences: how many standard deviations apart two samples lie.
//!
//! None of them is given where the standard deviation it divides by is 0 up to rounding, does not exist, or is not
//! finite.

use super::describe::Spread;
use super::t_test::is_rounding;

/// Cohen's d: (mean a − mean b)/s, s² = ((n_a − 1)·s_a² + (n_b − 1)·s_b²)/(n_a + n_b − 2) (Cohen 1988, 2.5.2).
#[must_use]
pub fn cohens_d(a: &[f64], b: &[f64]) -> Option<f64> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    standardised(a, b, of_a.mean - of_b.mean, pooled_sd(&of_a, &of_b)?)
}

/// The published form of Cohen's d: (mean a − mean b)/√((σ_a² + σ_b²)/2), σ the population standard deviations. Of
/// two samples of the same size n this is [`cohens_d`] times √(n/(n − 1)).
#[must_use]
pub fn cohens_d_population(a: &[f64], b: &[f64]) -> Option<f64> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    let variance = f64::midpoint(of_a.population_sd().powi(2), of_b.population_sd().powi(2));
    standardised(a, b, of_a.mean - of_b.mean, variance.sqrt())
}

/// Glass's Δ: (mean a − mean b)/s_b, `b` being the control group (Glass 1976).
#[must_use]
pub fn glass_delta(a: &[f64], b: &[f64]) -> Option<f64> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    standardised(&[], b, of_a.mean - of_b.mean, of_b.sd?)
}

/// The published form of Glass's Δ: (mean a − mean b)/σ_b, σ_b the population standard deviation of `b`.
#[must_use]
pub fn glass_delta_population(a: &[f64], b: &[f64]) -> Option<f64> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    standardised(&[], b, of_a.mean - of_b.mean, of_b.population_sd())
}

/// √(((n_a − 1)·s_a² + (n_b − 1)·s_b²)/(n_a + n_b − 2)); none of two single values.
pub(super) fn pooled_sd(a: &Spread, b: &Spread) -> Option<f64> {
    let squares = |spread: &Spread| (spread.n - 1) as f64 * spread.sd.unwrap_or(0.0).powi(2);
    let df = a.n + b.n - 2;
    (df > 0).then(|| ((squares(a) + squares(b)) / df as f64).sqrt())
}

/// `difference` / `sd`, `a` and `b` being the values that `sd` was taken of.
fn standardised(a: &[f64], b: &[f64], difference: f64, sd: f64) -> Option<f64> {
    let effect = difference / sd;
    (!is_rounding(sd, a.iter().chain(b)) && effect.is_finite()).then_some(effect)
}
