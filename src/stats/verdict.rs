//! What a hypothesis comes to, from numbers alone.

/// What the data say of a hypothesis that names a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The effect is told from 0 and has the expected sign.
    Supported,
    /// The effect is told from 0 and has the other sign.
    Opposite,
    /// The effect is surely smaller than what would matter, told from 0 or not.
    Equivalent,
    /// None of these: the data do not decide.
    Undecided,
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The effect.
    pub estimate: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// Two-sided p, adjusted for its family.
    pub p_adjusted: f64,
    /// The smallest effect that would matter, fixed beforehand; none where equivalence is not asked for.
    pub bound: Option<f64>,
    /// Whether the hypothesis expects the effect above 0, or below.
    pub expected_above_zero: bool,
}

/// Level of all tests.
pub const LEVEL: f64 = 0.05;

impl Verdict {
    /// Equivalent where the interval lies between −bound and bound, whatever p is (Lakens, Scheel and Isager 2018; a
    /// 95 % interval makes this two one-sided tests at 2.5 %). Otherwise supported or opposite by the sign of the
    /// estimate, where the adjusted p is below [`LEVEL`] and the interval leaves out 0. Undecided in all other cases,
    /// and where a number is not one.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let Evidence { estimate, interval: (low, high), p_adjusted, bound, expected_above_zero } = *evidence;
        if estimate.is_nan() || low.is_nan() || high.is_nan() {
            return Self::Undecided;
        }
        if bound.is_some_and(|bound| -bound < low && high < bound) {
            return Self::Equivalent;
        }
        let is_told_from_zero = p_adjusted < LEVEL && (low > 0.0 || high < 0.0);
        match is_told_from_zero {
            false => Self::Undecided,
            true if (estimate > 0.0) == expected_above_zero => Self::Supported,
            true => Self::Opposite,
        }
    }
}
