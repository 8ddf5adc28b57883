//! How much of a damage a repair takes back.

use super::bootstrap::Resample;
use super::crossed::Crossed;
use super::describe::Estimate;
use super::ratio::{NoRatio, above_zero_of, estimate};

/// Recovery (damage − repaired)/damage of the means, 1 where the repair takes all of the damage back and negative where
/// it does harm, with the percentile interval of the ratio of resampled means.
///
/// The interval of the damage being above 0, up to 2.5 % of its resampled means may still not be: they count as the
/// limit at 0, so that these replicates are −∞ or +∞ and stay in their own tail.
///
/// # Errors
/// See [`NoRatio`]; only the damage's own interval has to be above 0.
pub fn recovery(damage: &Crossed, repaired: &Crossed, resamples: &[Resample]) -> Result<Estimate, NoRatio> {
    recovery_of_means([damage, repaired], [&damage.means_of(resamples), &repaired.means_of(resamples)])
}

/// The same of the damage and the repaired damage, where their means under the same resamples are known.
///
/// # Errors
/// As [`recovery`].
pub fn recovery_of_means(of: [&Crossed; 2], means: [&[f64]; 2]) -> Result<Estimate, NoRatio> {
    above_zero_of(means[0])?;
    estimate(of, means, |damage, repaired| (damage - repaired) / damage.max(0.0))
}
