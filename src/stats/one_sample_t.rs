//! The one-sample t-test.

use super::describe::Spread;
use super::t_test::{TTest, is_rounding};

/// Tests whether the mean of `values` is `expected`: t = (mean − expected)/(sd/√n) with n − 1 degrees of freedom
/// (Student 1908). Nothing comes of a single value, of values that are all the same up to rounding, or of values that
/// are not finite.
#[must_use]
pub fn one_sample_t(values: &[f64], expected: f64) -> Option<TTest> {
    of_differences(values, expected, values.iter().chain([&expected]))
}

/// The same, `scale` being the values whose rounding counts.
pub(super) fn of_differences<'a>(
    differences: &[f64],
    expected: f64,
    scale: impl IntoIterator<Item = &'a f64>,
) -> Option<TTest> {
    let spread = Spread::of(differences)?;
    let sd = spread.sd?;
    if is_rounding(sd, scale) {
        return None;
    }
    TTest::of(spread.mean - expected, sd / (spread.n as f64).sqrt(), spread.n - 1)
}
