//! A measure of every text under every seed.

use super::bootstrap::{Resample, interval, interval_bca};

/// Values of texts × seeds, all present and finite: of a condition, each text's own difference from its clean run
/// under each seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossed {
    /// `[text, seed]`, text by text.
    values: Vec<f64>,
    seeds: usize,
}

impl Crossed {
    /// Of `values` `[text, seed]`, text by text. None where there are none, where they do not fill the last text, or
    /// where one is not finite.
    #[must_use]
    pub fn new(values: Vec<f64>, seeds: usize) -> Option<Self> {
        let whole = seeds > 0 && !values.is_empty() && values.len().is_multiple_of(seeds);
        (whole && values.iter().all(|value| value.is_finite())).then_some(Self { values, seeds })
    }

    /// The values `[text, seed]`, text by text.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of texts.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.values.len() / self.seeds
    }

    /// Number of seeds.
    #[must_use]
    pub fn seeds(&self) -> usize {
        self.seeds
    }

    /// All values times `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self { values: self.values.iter().map(|value| factor * value).collect(), seeds: self.seeds }
    }

    /// Mean of all values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// The values under one seed, text by text.
    #[must_use]
    pub fn of_seed(&self, seed: usize) -> Vec<f64> {
        self.values.iter().skip(seed).step_by(self.seeds).copied().collect()
    }

    /// Mean of each seed over the texts.
    #[must_use]
    pub fn seed_means(&self) -> Vec<f64> {
        let texts = self.texts() as f64;
        (0..self.seeds).map(|seed| self.values.iter().skip(seed).step_by(self.seeds).sum::<f64>() / texts).collect()
    }

    /// Mean of each text over the seeds.
    #[must_use]
    pub fn text_means(&self) -> Vec<f64> {
        self.values.chunks_exact(self.seeds).map(|text| text.iter().sum::<f64>() / self.seeds as f64).collect()
    }

    /// Mean of a resample, Σ w_t·v_s·x_ts / (Σ w_t · Σ v_s), w and v the multiplicities of texts and seeds. Not a
    /// number, which [`interval`] refuses, where the resample is one of another number of texts or seeds.
    #[must_use]
    pub fn mean_of(&self, resample: &Resample) -> f64 {
        if resample.texts.len() != self.texts() || resample.seeds.len() != self.seeds {
            return f64::NAN;
        }
        // Texts that were not drawn add 0: a branch would cost more.
        let of_text = |(values, times): (&[f64], &u32)| {
            let products = values.iter().zip(&resample.seeds).map(|(value, times)| value * f64::from(*times));
            f64::from(*times) * products.sum::<f64>()
        };
        let sum: f64 = self.values.chunks_exact(self.seeds).zip(&resample.texts).map(of_text).sum();
        sum / (total(&resample.texts) * total(&resample.seeds))
    }

    /// The means of all resamples, in their order: the replicates of the mean.
    #[must_use]
    pub fn means_of(&self, resamples: &[Resample]) -> Vec<f64> {
        resamples.iter().map(|resample| self.mean_of(resample)).collect()
    }

    /// The 95 % bootstrap interval of the mean; see [`interval`].
    #[must_use]
    pub fn interval(&self, resamples: &[Resample]) -> Option<(f64, f64)> {
        interval(&mut self.means_of(resamples))
    }

    /// The 95 % BCa interval of the mean (Efron 1987): the percentile interval corrected for bias and skewness. Texts
    /// and seeds being two samples, the acceleration is Σ L³/(6·(Σ L²)^1.5) over L = (mean of a text − mean)/texts and
    /// L = (mean of a seed − mean)/seeds, the jackknife's influences of a mean (Efron and Tibshirani 1993, 14.3 and
    /// 22.5). With a single seed it is the BCa interval of the mean of a sample. None where [`Self::interval`] is, or
    /// where all resampled means lie on one side of the mean.
    #[must_use]
    pub fn interval_bca(&self, resamples: &[Resample]) -> Option<(f64, f64)> {
        let mean = self.mean();
        let (texts, seeds) = (self.text_means(), self.seed_means());
        let influences = |means: Vec<f64>| {
            let n = means.len() as f64;
            means.into_iter().map(move |x| (x - mean) / n)
        };
        let (squares, cubes) = influences(texts)
            .chain(influences(seeds))
            .fold((0.0, 0.0), |(squares, cubes), l| (squares + l * l, cubes + l * l * l));
        let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
        interval_bca(&mut self.means_of(resamples), mean, acceleration)
    }

    /// Value by value less those of `other`; none where the two differ in texts or seeds.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        if !self.is_crossed_as(other) {
            return None;
        }
        Self::new(self.values.iter().zip(&other.values).map(|(a, b)| a - b).collect(), self.seeds)
    }

    /// The values under the first seed alone.
    #[must_use]
    pub fn first_seed(&self) -> Self {
        Self { values: self.of_seed(0), seeds: 1 }
    }

    /// Whether `other` has as many texts and seeds.
    pub(super) fn is_crossed_as(&self, other: &Self) -> bool {
        self.values.len() == other.values.len() && self.seeds == other.seeds
    }
}

fn total(multiplicities: &[u32]) -> f64 {
    multiplicities.iter().map(|times| f64::from(*times)).sum()
}
