//! What the t-tests share: their result, and when there is none.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The result of a t-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// Student's t.
    pub t: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Two-sided p, P(|T| ≥ |t|).
    pub p: f64,
}

impl TTest {
    /// t = `difference` / `standard_error`. The tail is computed as a survival function, so that a small p is not
    /// rounded to 0. None where t is not a number.
    pub(super) fn of(difference: f64, standard_error: f64, df: usize) -> Option<Self> {
        let t = difference / standard_error;
        if !t.is_finite() {
            return None;
        }
        let p = 2.0 * StudentsT::new(0.0, 1.0, df as f64).ok()?.sf(t.abs());
        Some(Self { t, df, p })
    }

    /// One-sided p, P(T ≥ t): small where the difference is above 0. Half of the two-sided p on that side, and one
    /// minus that half on the other, T being symmetric.
    #[must_use]
    pub fn p_greater(&self) -> f64 {
        if self.t >= 0.0 { self.p / 2.0 } else { 1.0 - self.p / 2.0 }
    }

    /// One-sided p, P(T ≤ t): small where the difference is below 0.
    #[must_use]
    pub fn p_less(&self) -> f64 {
        if self.t <= 0.0 { self.p / 2.0 } else { 1.0 - self.p / 2.0 }
    }
}

/// Whether `sd` is no more than what rounding leaves of values that are all the same: such values hold no estimate of
/// their spread, and p = 0 or an infinite effect would claim what two equal counts cannot show. `values` are those
/// that the differences were taken of.
pub(super) fn is_rounding<'a>(sd: f64, values: impl IntoIterator<Item = &'a f64>) -> bool {
    let scale = values.into_iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    sd <= 1e-13 * scale
}
