//! The paired t-test.

use super::one_sample_t::of_differences;
use super::t_test::TTest;

/// The result of a paired t-test.
pub type PairedT = TTest;

/// Tests whether the mean of `a[i] − b[i]` is 0: the one-sample test of the differences (Student 1908). Nothing comes
/// of differences that are all the same up to rounding, of a single pair, of samples of different length, or of values
/// that are not finite.
#[must_use]
pub fn paired_t(a: &[f64], b: &[f64]) -> Option<PairedT> {
    if a.len() != b.len() {
        return None;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    of_differences(&differences, 0.0, a.iter().chain(b))
}
