//! The one-sample t-test.

use super::describe::Spread;
use super::t_test::{TTest, is_rounding};
use super::untestable::Untestable;

/// Tests whether the mean of `values` is `expected`: t = (mean − expected)/(sd/√n) with n − 1 degrees of freedom
/// (Student 1908).
///
/// # Errors
/// A single value, values that are all the same up to rounding, or values that are not finite.
pub fn one_sample_t(values: &[f64], expected: f64) -> Result<TTest, Untestable> {
    Untestable::unless_finite(values.iter().chain([&expected]))?;
    Untestable::unless_enough(values.len(), 2)?;
    let (spread, standard_error) =
        standard_error(values, values.iter().chain([&expected])).ok_or(Untestable::EqualValues { n: values.len() })?;
    TTest::of(spread.mean - expected, standard_error, (spread.n - 1) as f64)
}

/// Spread of `values` and standard error of their mean, sd/√n; none where they do not vary beyond the rounding of
/// `scale`, the values that they come from.
pub(super) fn standard_error<'a>(values: &[f64], scale: impl IntoIterator<Item = &'a f64>) -> Option<(Spread, f64)> {
    let spread = Spread::of(values)?;
    let sd = spread.sd.filter(|sd| !is_rounding(*sd, scale))?;
    Some((spread, sd / (spread.n as f64).sqrt()))
}
