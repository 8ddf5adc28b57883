//! The paired t-test, and the test that two conditions are as good as equal.

use super::one_sample_t::standard_error;
use super::t_test::TTest;
use super::untestable::{Untestable, differences};

/// The result of a paired t-test.
pub type PairedT = TTest;

/// Tests whether the mean of `a[i] − b[i]` is 0: the one-sample test of the differences (Student 1908).
///
/// # Errors
/// Differences that are all the same up to rounding, a single pair, samples of different length, or values that are
/// not finite.
pub fn paired_t(a: &[f64], b: &[f64]) -> Result<PairedT, Untestable> {
    shifted(a, b, 0.0)
}

/// The result of two one-sided tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalence {
    /// Against "the mean difference is −bound or less"; its [`TTest::p_greater`] counts.
    pub above_lower: TTest,
    /// Against "the mean difference is bound or more"; its [`TTest::p_less`] counts.
    pub below_upper: TTest,
    /// The larger of these two p: small where the mean difference surely lies between −bound and bound.
    pub p: f64,
}

/// Two one-sided paired t-tests (Schuirmann 1987) of whether the mean of `a[i] − b[i]` lies between −`bound` and
/// `bound`, the smallest difference that would matter: t = (mean ± bound)/(sd/√n). p < 0.05 exactly where the 90 %
/// t interval of the mean difference lies between the bounds.
///
/// # Errors
/// As [`paired_t`], and a bound that is not above 0.
pub fn equivalence(a: &[f64], b: &[f64], bound: f64) -> Result<Equivalence, Untestable> {
    if !(bound > 0.0 && bound.is_finite()) {
        return Err(Untestable::NoBound);
    }
    let (above_lower, below_upper) = (shifted(a, b, bound)?, shifted(a, b, -bound)?);
    Ok(Equivalence { above_lower, below_upper, p: above_lower.p_greater().max(below_upper.p_less()) })
}

/// The t-test of the mean of `a[i] − b[i] + shift`.
fn shifted(a: &[f64], b: &[f64], shift: f64) -> Result<TTest, Untestable> {
    let differences = differences(a, b)?;
    let n = differences.len();
    let (spread, standard_error) =
        standard_error(&differences, a.iter().chain(b)).ok_or(Untestable::EqualDifferences { n })?;
    TTest::of(spread.mean + shift, standard_error, (n - 1) as f64)
}
