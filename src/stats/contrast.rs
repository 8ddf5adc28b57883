//! Two conditions measured on the same texts under the same seeds: how far apart, and how surely.

use super::bootstrap::{Resample, bootstrap_p, interval_with_extremes};
use super::crossed::Crossed;
use super::describe::Estimate;
use super::independent_t::welch;
use super::one_sample_t::standard_error;
use super::t_test::{TTest, critical_t};
use super::untestable::Untestable;
use serde::{Deserialize, Serialize};

/// What is taken for a sample of the population that the result is to hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The seeds, each averaged over the texts, which are taken as given: t over seeds. The study's choice.
    Seeds,
    /// The texts, each averaged over the seeds, which are taken as given: t over texts.
    Texts,
    /// Both, by the crossed bootstrap.
    #[default]
    Both,
}

impl Unit {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Both => "texts and seeds",
            Self::Seeds => "seeds",
            Self::Texts => "texts",
        }
    }
}

/// A difference with its 95 % interval and p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The difference with its interval: Student's, or the percentile bootstrap's.
    pub estimate: Estimate,
    /// Two-sided p: of the t-test, or [`bootstrap_p`].
    pub p: f64,
}

impl Contrast {
    /// Mean of `a` less mean of `b` by the unit of analysis, with a t-test of the differences of the seeds or of the
    /// texts, or by the crossed bootstrap over `resamples`, which the t-tests do not use.
    ///
    /// # Errors
    /// Measures of different texts or seeds; a unit of which there is one only, or that does not vary; and, for both
    /// units, resamples that are too few or of another number of texts or seeds.
    pub fn of(a: &Crossed, b: &Crossed, unit: Unit, resamples: &[Resample]) -> Result<Self, Untestable> {
        let difference = a.minus(b).ok_or(Untestable::NotCrossedAlike)?;
        match unit {
            Unit::Seeds => Self::of_sample(&difference.seed_means(), &a.seed_means()),
            Unit::Texts => Self::of_sample(&difference.text_means(), &a.text_means()),
            Unit::Both => {
                unless_drawn_of(&difference, resamples)?;
                Self::of_replicates(difference.mean(), difference.means_of(resamples))
            }
        }
    }

    /// Of the mean of a sample against 0, by Student's t; `scale` are values whose rounding counts.
    ///
    /// # Errors
    /// Fewer than two values, values that are not finite, or that do not vary.
    pub fn of_sample(values: &[f64], scale: &[f64]) -> Result<Self, Untestable> {
        Untestable::unless_finite(values)?;
        Untestable::unless_enough(values.len(), 2)?;
        let (spread, standard_error) =
            standard_error(values, scale).ok_or(Untestable::EqualDifferences { n: values.len() })?;
        Self::of_t(spread.mean, standard_error, (spread.n - 1) as f64)
    }

    /// Of the means of two independent samples, by Welch's t.
    pub(super) fn of_samples(a: &[f64], b: &[f64]) -> Result<Self, Untestable> {
        let (difference, standard_error, df) = welch(a, b)?;
        Self::of_t(difference, standard_error, df)
    }

    fn of_t(value: f64, standard_error: f64, df: f64) -> Result<Self, Untestable> {
        let p = TTest::of(value, standard_error, df)?.p;
        let half = critical_t(df).ok_or(Untestable::NotFinite)? * standard_error;
        Ok(Self { estimate: Estimate { value, interval: (value - half, value + half) }, p })
    }

    /// Of a statistic and its bootstrap replicates.
    ///
    /// # Errors
    /// Too few replicates, or such as give no interval; replicates that are all the same, of which any interval would
    /// claim a certainty that they do not hold.
    pub fn of_replicates(value: f64, mut replicates: Vec<f64>) -> Result<Self, Untestable> {
        let p = bootstrap_p(&replicates).ok_or(Untestable::NoInterval)?;
        if replicates.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(Untestable::EqualResamples);
        }
        let interval = interval_with_extremes(&mut replicates).ok_or(Untestable::NoInterval)?;
        Ok(Self { estimate: Estimate { value, interval }, p })
    }
}

/// Nothing where all `resamples` are of as many texts and seeds as `of`.
pub(super) fn unless_drawn_of(of: &Crossed, resamples: &[Resample]) -> Result<(), Untestable> {
    let alike = |drawn: &Resample| drawn.texts.len() == of.texts() && drawn.seeds.len() == of.seeds();
    if resamples.iter().all(alike) { Ok(()) } else { Err(Untestable::NotCrossedAlike) }
}
