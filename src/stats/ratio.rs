//! Ratios of damages, which there are only where what they divide by is told from 0.

use super::bootstrap::{Resample, interval_with_extremes};
use super::crossed::Crossed;
use super::describe::Estimate;
use thiserror::Error;

/// Why there is no ratio.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoRatio {
    /// The interval of a damage includes 0 or lies below it.
    #[error("the 95 % interval of a damage, {low:.2e} to {high:.2e}, is not above 0")]
    NotAboveZero {
        /// Lower end of the damage's interval.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The two were not measured on the same texts and seeds, or the resamples are of another number of them.
    #[error("the values are not of the same texts and seeds")]
    NotCrossedAlike,
    /// Too few resamples, or too many in which a damage came to nothing.
    #[error("the resamples give no interval")]
    NoInterval,
}

/// Log response ratio ln(mean of `numerator` / mean of `denominator`) (Hedges, Gurevitch and Curtis 1999), with the
/// percentile interval of the ratio of resampled means.
///
/// Both intervals being above 0, up to 2.5 % of the resampled means may still not be: they count as the limit at 0, so
/// that these replicates are −∞ or +∞ and stay in their own tail.
///
/// # Errors
/// See [`NoRatio`].
pub fn log_ratio(numerator: &Crossed, denominator: &Crossed, resamples: &[Resample]) -> Result<Estimate, NoRatio> {
    let above = above_zero(numerator, resamples)?;
    let below = above_zero(denominator, resamples)?;
    estimate([numerator, denominator], [&above, &below], |a, b| (a.max(0.0) / b.max(0.0)).ln())
}

/// The resampled means of `damage`, where their interval is above 0.
fn above_zero(damage: &Crossed, resamples: &[Resample]) -> Result<Vec<f64>, NoRatio> {
    let means = damage.means_of(resamples);
    above_zero_of(&means)?;
    Ok(means)
}

/// Nothing where the interval of the resampled `means` of a damage is above 0.
pub(super) fn above_zero_of(means: &[f64]) -> Result<(), NoRatio> {
    if means.iter().any(|mean| mean.is_nan()) {
        return Err(NoRatio::NotCrossedAlike);
    }
    let (low, high) = interval_with_extremes(&mut means.to_vec()).ok_or(NoRatio::NoInterval)?;
    if low > 0.0 { Ok(()) } else { Err(NoRatio::NotAboveZero { low, high }) }
}

/// `statistic` of the means of two, with its interval from their resampled means.
pub(super) fn estimate(
    of: [&Crossed; 2],
    resampled: [&[f64]; 2],
    statistic: impl Fn(f64, f64) -> f64,
) -> Result<Estimate, NoRatio> {
    let [a, b] = of;
    if !a.is_crossed_as(b) {
        return Err(NoRatio::NotCrossedAlike);
    }
    let mut replicates: Vec<f64> = resampled[0].iter().zip(resampled[1]).map(|(a, b)| statistic(*a, *b)).collect();
    let interval = interval_with_extremes(&mut replicates).ok_or(NoRatio::NoInterval)?;
    let value = statistic(a.mean(), b.mean());
    if value.is_finite() { Ok(Estimate { value, interval }) } else { Err(NoRatio::NoInterval) }
}
