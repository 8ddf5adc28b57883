//! Student's t-test of two independent samples.

use super::describe::Spread;
use super::effect_size::pooled_sd;
use super::t_test::{TTest, is_rounding};

/// Tests whether two independent samples whose populations have the same variance have the same mean:
/// t = (mean a − mean b)/(s·√(1/n_a + 1/n_b)), s the pooled standard deviation, with n_a + n_b − 2 degrees of freedom
/// (Student 1908, Fisher 1925). Nothing comes of an empty sample, of two single values, of samples that do not vary
/// beyond rounding, or of values that are not finite.
#[must_use]
pub fn independent_t(a: &[f64], b: &[f64]) -> Option<TTest> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    let sd = pooled_sd(&of_a, &of_b)?;
    if is_rounding(sd, a.iter().chain(b)) {
        return None;
    }
    let standard_error = sd * (1.0 / of_a.n as f64 + 1.0 / of_b.n as f64).sqrt();
    TTest::of(of_a.mean - of_b.mean, standard_error, of_a.n + of_b.n - 2)
}
