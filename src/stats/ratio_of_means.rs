//! The ratio of two means of paired values.

use super::describe::{Estimate, Spread};
use super::t_test::{critical_t, is_rounding};
use super::untestable::{Untestable, differences};

/// Mean of `a` over mean of `b`, value by value measured together (under the same seed), with Fieller's 95 % interval
/// (Fieller 1954): all R for which a t-test of the mean of `a[i] − R·b[i]` does not reject 0. Exact for normal values;
/// over texts and seeds see [`super::log_ratio`].
///
/// # Errors
/// A denominator whose own t-test at 5 % does not tell it from 0, where no interval is bounded; otherwise as
/// [`super::paired_t`].
pub fn ratio_of_means(a: &[f64], b: &[f64]) -> Result<Estimate, Untestable> {
    let n = differences(a, b)?.len();
    let few = Untestable::TooFew { found: n, needed: 2 };
    let (of_a, of_b) = (Spread::of(a).ok_or(few)?, Spread::of(b).ok_or(few)?);
    let (sd_a, sd_b) = (of_a.sd.unwrap_or(0.0), of_b.sd.unwrap_or(0.0));
    if is_rounding(sd_a, a) && is_rounding(sd_b, b) {
        return Err(Untestable::NeitherVaries);
    }
    let t = critical_t((n - 1) as f64).ok_or(few)?;
    let value = of_a.mean / of_b.mean;
    // In units of the denominator's mean: x = a/mean b, y = b/mean b, and g their squared margins of error.
    let margin = t.powi(2) / (n as f64 * of_b.mean.powi(2));
    let products: f64 = a.iter().zip(b).map(|(a, b)| (a - of_a.mean) * (b - of_b.mean)).sum();
    let (g_a, g_b) = (margin * sd_a.powi(2), margin * sd_b.powi(2));
    let g_ab = margin * products / (n - 1) as f64;
    if !value.is_finite() || g_b.is_nan() || g_b >= 1.0 {
        return Err(Untestable::DenominatorAboutZero);
    }
    // (1 − g_b)·R² − 2·(value − g_ab)·R + value² − g_a = 0. The discriminant without the cancellation of value².
    let (middle, half) = (value - g_ab, (g_a - 2.0 * value * g_ab + value.powi(2) * g_b + g_ab.powi(2) - g_a * g_b));
    let half = half.max(0.0).sqrt();
    Ok(Estimate { value, interval: ((middle - half) / (1.0 - g_b), (middle + half) / (1.0 - g_b)) })
}
