//! What the t-tests share: their result, and when there is none.

use super::untestable::Untestable;
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::beta::beta_reg;

/// The result of a t-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// Student's t.
    pub t: f64,
    /// Degrees of freedom; whole but for Welch's test.
    pub df: f64,
    /// Two-sided p, P(|T| ≥ |t|).
    pub p: f64,
}

impl TTest {
    /// t = `difference` / `standard_error`.
    pub(super) fn of(difference: f64, standard_error: f64, df: f64) -> Result<Self, Untestable> {
        let t = difference / standard_error;
        if [t, standard_error, df].iter().any(|x| !x.is_finite()) || df <= 0.0 {
            return Err(Untestable::NotFinite);
        }
        Ok(Self { t, df, p: 2.0 * tail(t.abs(), df) })
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

/// P(T ≥ t) for t ≥ 0, as a tail of the incomplete beta function, so that a small p is not rounded to 0. Of a small t
/// it is the complement that is small.
fn tail(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square < 1.0 {
        0.5 - 0.5 * beta_reg(0.5, df / 2.0, square / (df + square))
    } else {
        0.5 * beta_reg(df / 2.0, 0.5, df / (df + square))
    }
}

/// The t that a two-sided test at 5 % has to exceed: the 97.5 percentile.
pub(super) fn critical_t(df: f64) -> Option<f64> {
    Some(StudentsT::new(0.0, 1.0, df).ok()?.inverse_cdf(0.975))
}

/// Whether `sd` is no more than what rounding leaves of values that are all the same: such values hold no estimate of
/// their spread, and p = 0 or an infinite effect would claim what two equal counts cannot show. `values` are those
/// that the differences were taken of.
pub(super) fn is_rounding<'a>(sd: f64, values: impl IntoIterator<Item = &'a f64>) -> bool {
    let scale = values.into_iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    sd <= 1e-13 * scale
}
