//! How damage grows with δ: a curve that rises from 0 to a saturation.

use super::bootstrap::{Resample, interval_with_extremes};
use super::contrast::unless_drawn_of;
use super::crossed::Crossed;
use super::describe::Estimate;
use super::log_logistic::LogLogistic;
use super::untestable::Untestable;
use rayon::prelude::*;
use thiserror::Error;

/// Fewest δ of which a curve of three parameters can be said to fit.
pub const FEWEST_DELTAS: usize = 4;
/// Largest root mean square of the residuals, as a share of the saturation, with which a curve is said to fit.
pub const WORST_FIT: f64 = 0.05;

/// Why there is no curve, or no δ from it.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoCurve {
    /// Fewer than [`FEWEST_DELTAS`] different δ above 0.
    #[error("no curve: {found} different δ above 0, at least {FEWEST_DELTAS} needed")]
    TooFewDeltas {
        /// How many there are.
        found: usize,
    },
    /// The damages do not rise from 0 with δ, or so that no curve is nearest to them.
    #[error("no curve: the damage does not rise with δ")]
    DoesNotRise,
    /// The nearest curve reaches half of its saturation beyond all δ: how high it rises is not in the data.
    #[error("no curve: half of the saturation lies beyond the largest δ, {largest}")]
    NoSaturation {
        /// The largest δ.
        largest: f64,
    },
    /// The curve is too far from the damages.
    #[error("the curve does not fit: it misses the damages by {:.1} % of the saturation", 100.0 * miss)]
    DoesNotFit {
        /// Root mean square of the residuals over the saturation.
        miss: f64,
    },
    /// The damage asked for is not among those that both curves were fitted to.
    #[error("no ratio: not both curves reach this damage within the δ measured")]
    OutOfRange,
    /// The values cannot be used, or their resamples.
    #[error(transparent)]
    Untestable(#[from] Untestable),
}

/// The curve of damage against δ with the 95 % percentile intervals of what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct DoseResponse {
    /// The curve of the mean damages.
    pub curve: LogLogistic,
    /// Damage that it rises to, in the damage's unit.
    pub saturation: Estimate,
    /// δ at which half of the saturation is reached.
    pub half: Estimate,
    /// Steepness: the exponent h.
    pub slope: Estimate,
    /// Root mean square of the residuals over the saturation, with n − 3 degrees of freedom.
    pub miss: f64,
    /// The curves of the resamples; none where there was none.
    replicates: Vec<Option<LogLogistic>>,
    /// Damages at the smallest and at the largest δ, by the curve.
    range: (f64, f64),
}

impl DoseResponse {
    /// Fits [`LogLogistic`] to the mean damages at `deltas` by least squares, and again to those of every resample. A
    /// resample without a curve, or whose half lies beyond the largest δ, counts as one of no end.
    ///
    /// # Errors
    /// See [`NoCurve`]. Not monotone damages are one of its reasons only where the curve misses them by more than
    /// [`WORST_FIT`].
    pub fn of(deltas: &[f64], damages: &[Crossed], resamples: &[Resample]) -> Result<Self, NoCurve> {
        if deltas.len() != damages.len() {
            return Err(Untestable::Unpaired { a: deltas.len(), b: damages.len() }.into());
        }
        Untestable::unless_finite(deltas)?;
        for damage in damages {
            unless_drawn_of(damage, resamples)?;
        }
        let means: Vec<f64> = damages.iter().map(Crossed::mean).collect();
        fit(deltas, &means)?; // before the resamples are gone through
        let by_delta: Vec<Vec<f64>> = damages.iter().map(|damage| damage.means_of(resamples)).collect();
        Self::of_means(deltas, &means, &by_delta.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// The same of the mean damage at each of `deltas`, where the means under the same resamples are known, δ by δ.
    ///
    /// # Errors
    /// As [`DoseResponse::of`].
    pub fn of_means(deltas: &[f64], means: &[f64], by_delta: &[&[f64]]) -> Result<Self, NoCurve> {
        if deltas.len() != means.len() || deltas.len() != by_delta.len() {
            return Err(Untestable::Unpaired { a: deltas.len(), b: means.len().min(by_delta.len()) }.into());
        }
        Untestable::unless_finite(deltas)?;
        let count = by_delta.first().map_or(0, |means| means.len());
        if by_delta.iter().any(|means| means.len() != count) {
            return Err(Untestable::NotCrossedAlike.into());
        }
        let (curve, miss, largest) = fit(deltas, means)?;
        let refit = |i: usize| {
            let means: Vec<f64> = by_delta.iter().map(|means| means[i]).collect();
            LogLogistic::nearest(deltas, &means, curve).filter(|curve| curve.half <= largest)
        };
        let replicates: Vec<Option<LogLogistic>> = (0..count).into_par_iter().map(refit).collect();
        let estimate = |of: &dyn Fn(&LogLogistic) -> f64| {
            let mut values: Vec<f64> = replicates.iter().map(|r| r.as_ref().map_or(f64::INFINITY, of)).collect();
            let interval = interval_with_extremes(&mut values).ok_or(Untestable::NoInterval)?;
            Ok::<_, Untestable>(Estimate { value: of(&curve), interval })
        };
        let smallest = deltas.iter().copied().fold(f64::INFINITY, f64::min);
        Ok(Self {
            curve,
            saturation: estimate(&|curve| curve.saturation)?,
            half: estimate(&|curve| curve.half)?,
            slope: estimate(&|curve| curve.slope)?,
            miss,
            range: (curve.at(smallest), curve.at(largest)),
            replicates,
        })
    }

    /// The δ at which this curve reaches `damage` over the δ at which `other` does, with its 95 % percentile interval:
    /// below 1 where this disturbance needs less. Both are to come from the same resamples.
    ///
    /// # Errors
    /// A damage that one of the curves does not reach between its smallest and its largest δ, or curves of another
    /// number of resamples.
    pub fn delta_ratio(&self, other: &Self, damage: f64) -> Result<Estimate, NoCurve> {
        let within = |one: &Self| one.range.0 <= damage && damage <= one.range.1;
        if !within(self) || !within(other) {
            return Err(NoCurve::OutOfRange);
        }
        if self.replicates.len() != other.replicates.len() {
            return Err(Untestable::NotCrossedAlike.into());
        }
        // A curve that does not rise so far reaches it nowhere.
        let ratio = |a: &LogLogistic, b: &LogLogistic| Some(a.delta_at(damage)? / b.delta_at(damage)?);
        let value = ratio(&self.curve, &other.curve).ok_or(NoCurve::OutOfRange)?;
        let pairs = self.replicates.iter().zip(&other.replicates);
        let of_pair = |(a, b): (&Option<LogLogistic>, &Option<LogLogistic>)| ratio(a.as_ref()?, b.as_ref()?);
        let mut replicates: Vec<f64> = pairs.map(|pair| of_pair(pair).unwrap_or(f64::INFINITY)).collect();
        let interval = interval_with_extremes(&mut replicates).ok_or(Untestable::NoInterval)?;
        Ok(Estimate { value, interval })
    }
}

/// The curve nearest to `damages`, by how much it misses them, and the largest δ; only where it fits.
fn fit(deltas: &[f64], damages: &[f64]) -> Result<(LogLogistic, f64, f64), NoCurve> {
    let mut different: Vec<f64> = deltas.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    let above = different.iter().filter(|delta| **delta > 0.0).count();
    let largest = *different.last().ok_or(NoCurve::TooFewDeltas { found: 0 })?;
    if above < FEWEST_DELTAS || above < different.len() {
        return Err(NoCurve::TooFewDeltas { found: above });
    }
    let curve = LogLogistic::fit(deltas, damages).ok_or(NoCurve::DoesNotRise)?;
    if curve.half > largest {
        return Err(NoCurve::NoSaturation { largest });
    }
    let squares: f64 = deltas.iter().zip(damages).map(|(delta, damage)| (damage - curve.at(*delta)).powi(2)).sum();
    let miss = (squares / (deltas.len() - 3) as f64).sqrt() / curve.saturation;
    if miss > WORST_FIT { Err(NoCurve::DoesNotFit { miss }) } else { Ok((curve, miss, largest)) }
}
