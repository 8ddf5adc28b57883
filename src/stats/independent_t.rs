//! The t-tests of two independent samples.

use super::describe::Spread;
use super::effect_size::two_samples;
use super::t_test::{TTest, is_rounding};
use super::untestable::Untestable;

/// Tests whether two independent samples whose populations have the same variance have the same mean:
/// t = (mean a − mean b)/(s·√(1/n_a + 1/n_b)), s the pooled standard deviation, with n_a + n_b − 2 degrees of freedom
/// (Student 1908, Fisher 1925).
///
/// # Errors
/// An empty sample, two single values, samples that do not vary beyond rounding, or values that are not finite.
pub fn independent_t(a: &[f64], b: &[f64]) -> Result<TTest, Untestable> {
    let (of_a, of_b, sd) = two_samples(a, b)?;
    let standard_error = sd * (1.0 / of_a.n as f64 + 1.0 / of_b.n as f64).sqrt();
    TTest::of(of_a.mean - of_b.mean, standard_error, (of_a.n + of_b.n - 2) as f64)
}

/// Tests the same where the variances may differ: t = (mean a − mean b)/√(v_a + v_b), v = s²/n of each sample, with
/// (v_a + v_b)²/(v_a²/(n_a − 1) + v_b²/(n_b − 1)) degrees of freedom (Welch 1947).
///
/// # Errors
/// Fewer than two values in a sample, samples of which neither varies beyond rounding, or values that are not finite.
pub fn welch_t(a: &[f64], b: &[f64]) -> Result<TTest, Untestable> {
    let (difference, standard_error, df) = welch(a, b)?;
    TTest::of(difference, standard_error, df)
}

/// Difference of the means, its standard error and degrees of freedom.
pub(super) fn welch(a: &[f64], b: &[f64]) -> Result<(f64, f64, f64), Untestable> {
    Untestable::unless_finite(a.iter().chain(b))?;
    Untestable::unless_enough(a.len().min(b.len()), 2)?;
    let few = |found| Untestable::TooFew { found, needed: 2 };
    let of_a = Spread::of(a).ok_or(few(a.len()))?;
    let of_b = Spread::of(b).ok_or(few(b.len()))?;
    let (sd_a, sd_b) = (of_a.sd.unwrap_or(0.0), of_b.sd.unwrap_or(0.0));
    if is_rounding(sd_a, a) && is_rounding(sd_b, b) {
        return Err(Untestable::NeitherVaries);
    }
    let (n_a, n_b) = (of_a.n as f64, of_b.n as f64);
    let (v_a, v_b) = (sd_a.powi(2) / n_a, sd_b.powi(2) / n_b);
    // Of shares of the sum, so that no square of a variance vanishes.
    let (part_a, part_b) = (v_a / (v_a + v_b), v_b / (v_a + v_b));
    let df = 1.0 / (part_a.powi(2) / (n_a - 1.0) + part_b.powi(2) / (n_b - 1.0));
    Ok((of_a.mean - of_b.mean, (v_a + v_b).sqrt(), df))
}
