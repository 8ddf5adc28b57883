//! Standardised mean differences: how many standard deviations apart two samples lie.
//!
//! None of them is given where the standard deviation it divides by is 0 up to rounding, does not exist, or is not
//! finite.

use super::describe::{Estimate, Spread};
use super::noncentral_t::noncentrality;
use super::t_test::is_rounding;
use super::untestable::{Untestable, differences};
use statrs::function::gamma::ln_gamma;

/// Cohen's d: (mean a − mean b)/s, s² = ((n_a − 1)·s_a² + (n_b − 1)·s_b²)/(n_a + n_b − 2) (Cohen 1988, 2.5.2).
///
/// Its 95 % interval is exact for normal samples of the same variance: d/√(1/n_a + 1/n_b) is a noncentral t with
/// n_a + n_b − 2 degrees of freedom, and the ends are those δ under which it is the 97.5 and 2.5 percentile (Steiger and
/// Fouladi 1997).
///
/// # Errors
/// As [`super::independent_t`].
pub fn cohens_d(a: &[f64], b: &[f64]) -> Result<Estimate, Untestable> {
    let (of_a, of_b, sd) = two_samples(a, b)?;
    let unit = (1.0 / of_a.n as f64 + 1.0 / of_b.n as f64).sqrt();
    standardised((of_a.mean - of_b.mean) / sd, unit, (of_a.n + of_b.n - 2) as f64)
}

/// Hedges' g: Cohen's d without its bias, times Γ(ν/2)/(√(ν/2)·Γ((ν − 1)/2)), ν = n_a + n_b − 2 (Hedges 1981). Both
/// estimate the same difference of the populations, so its 95 % interval is that of d, which is exact; times the factor,
/// as some packages give it, it covers 90 % with three values in each sample.
///
/// # Errors
/// As [`cohens_d`], and fewer than four values, of which the factor is 0.
pub fn hedges_g(a: &[f64], b: &[f64]) -> Result<Estimate, Untestable> {
    let d = cohens_d(a, b)?;
    Untestable::unless_enough(a.len() + b.len(), 4)?;
    let half = (a.len() + b.len() - 2) as f64 / 2.0;
    let factor = (ln_gamma(half) - ln_gamma(half - 0.5)).exp() / half.sqrt();
    Ok(Estimate { value: d.value * factor, interval: d.interval })
}

/// d_z of paired samples: mean of `a[i] − b[i]` over their standard deviation (Cohen 1988, 2.3.5), with the exact 95 %
/// interval for normal differences, d_z·√n being a noncentral t with n − 1 degrees of freedom. It tells how surely the
/// two differ, seed by seed, and is no measure of how far: it grows as the noise that both share is taken out.
///
/// # Errors
/// As [`super::paired_t`].
pub fn d_z(a: &[f64], b: &[f64]) -> Result<Estimate, Untestable> {
    let differences = differences(a, b)?;
    let n = differences.len();
    let spread = Spread::of(&differences).ok_or(Untestable::TooFew { found: n, needed: 2 })?;
    let sd = spread.sd.filter(|sd| !is_rounding(*sd, a.iter().chain(b)));
    let sd = sd.ok_or(Untestable::EqualDifferences { n })?;
    standardised(spread.mean / sd, 1.0 / (n as f64).sqrt(), (n - 1) as f64)
}

/// Glass's Δ: (mean a − mean b)/s_b, `b` being the control group (Glass 1976).
///
/// Its 95 % interval is approximate: Δ/√(1/n_b + r²/n_a) is a noncentral t with n_b − 1 degrees of freedom where r, the
/// ratio of the populations' standard deviations, is known (Hedges 1981 for r = 1); r = s_a/s_b takes its place.
///
/// # Errors
/// An empty sample, a single value in `b` or values in `b` that do not vary beyond rounding, or values that are not
/// finite.
pub fn glass_delta(a: &[f64], b: &[f64]) -> Result<Estimate, Untestable> {
    let (of_a, of_b) = controlled(a, b)?;
    let sd = of_b.sd.unwrap_or(0.0);
    // A single value has no spread of its own: as if the populations' were alike.
    let r = of_a.sd.unwrap_or(sd) / sd;
    let unit = (1.0 / of_b.n as f64 + r.powi(2) / of_a.n as f64).sqrt();
    standardised((of_a.mean - of_b.mean) / sd, unit, (of_b.n - 1) as f64)
}

/// The published form of Cohen's d: (mean a − mean b)/√((σ_a² + σ_b²)/2), σ the population standard deviations. Of
/// two samples of the same size n this is [`cohens_d`] times √(n/(n − 1)).
///
/// # Errors
/// As [`cohens_d`].
pub fn cohens_d_population(a: &[f64], b: &[f64]) -> Result<f64, Untestable> {
    let (of_a, of_b, _) = two_samples(a, b)?;
    let variance = f64::midpoint(of_a.population_sd().powi(2), of_b.population_sd().powi(2));
    finite((of_a.mean - of_b.mean) / variance.sqrt())
}

/// The published form of Glass's Δ, printed there as Cohen's d: (mean a − mean b)/σ_b, σ_b the population standard
/// deviation of `b`.
///
/// # Errors
/// As [`glass_delta`].
pub fn glass_delta_population(a: &[f64], b: &[f64]) -> Result<f64, Untestable> {
    let (of_a, of_b) = controlled(a, b)?;
    finite((of_a.mean - of_b.mean) / of_b.population_sd())
}

/// Spreads of two samples, and their pooled standard deviation √(((n_a − 1)·s_a² + (n_b − 1)·s_b²)/(n_a + n_b − 2)),
/// where it is there and above rounding.
pub(super) fn two_samples(a: &[f64], b: &[f64]) -> Result<(Spread, Spread, f64), Untestable> {
    Untestable::unless_finite(a.iter().chain(b))?;
    let few = Untestable::TooFew { found: a.len().min(b.len()), needed: 1 };
    let (of_a, of_b) = (Spread::of(a).ok_or(few)?, Spread::of(b).ok_or(few)?);
    Untestable::unless_enough(of_a.n + of_b.n, 3)?;
    let squares = |spread: &Spread| (spread.n - 1) as f64 * spread.sd.unwrap_or(0.0).powi(2);
    let sd = ((squares(&of_a) + squares(&of_b)) / (of_a.n + of_b.n - 2) as f64).sqrt();
    if is_rounding(sd, a.iter().chain(b)) { Err(Untestable::NeitherVaries) } else { Ok((of_a, of_b, sd)) }
}

/// Spreads of a sample and of its control group, which varies.
fn controlled(a: &[f64], b: &[f64]) -> Result<(Spread, Spread), Untestable> {
    Untestable::unless_finite(a.iter().chain(b))?;
    let of_a = Spread::of(a).ok_or(Untestable::TooFew { found: 0, needed: 1 })?;
    Untestable::unless_enough(b.len(), 2)?;
    let of_b = Spread::of(b).filter(|spread| !is_rounding(spread.sd.unwrap_or(0.0), b));
    Ok((of_a, of_b.ok_or(Untestable::EqualValues { n: b.len() })?))
}

/// `effect` with its interval, `effect` / `unit` being a noncentral t.
fn standardised(effect: f64, unit: f64, df: f64) -> Result<Estimate, Untestable> {
    let (low, high) = noncentrality(finite(effect / unit)?, df);
    Ok(Estimate { value: effect, interval: (low * unit, high * unit) })
}

fn finite(effect: f64) -> Result<f64, Untestable> {
    if effect.is_finite() { Ok(effect) } else { Err(Untestable::NotFinite) }
}
