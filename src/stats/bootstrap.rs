//! The crossed bootstrap: texts and seeds are resampled independently of each other.
//!
//! Every text is measured under every seed, so the values of a text share its difficulty and the values of a seed
//! share its noise, and values drawn one by one would claim an interval that is much too narrow. Rows and columns are
//! drawn instead (McCullagh 2000, Owen 2007). All conditions are given the same draws, so that their differences and
//! ratios are those of the same texts and seeds.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Fewest replicates of which [`interval`] gives the 2.5 and 97.5 percentiles: of fewer, less than one lies beyond.
pub const FEWEST_REPLICATES: usize = 40;

/// One resample with replacement of the texts and, independently, of the seeds: how often each was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resample {
    /// Multiplicity of each text `[texts]`; as many in all as there are texts.
    pub texts: Vec<u32>,
    /// Multiplicity of each seed `[seeds]`; as many in all as there are seeds.
    pub seeds: Vec<u32>,
}

/// `count` resamples of `texts` texts and `seeds` seeds. They depend on these numbers and on `key` alone, so one list
/// serves all conditions, and any machine draws the same. Texts and seeds have a ChaCha8 stream each: the draws of the
/// texts do not depend on how many seeds there are, and fewer resamples are the first ones of more.
///
/// A single text or a single seed is drawn every time: that factor then adds nothing to the interval, which is one for
/// this very text or seed.
#[must_use]
pub fn resamples(texts: usize, seeds: usize, count: usize, key: u64) -> Vec<Resample> {
    let mut seed = *b"polarscope bootstrap 1: ________";
    seed[24..].copy_from_slice(&key.to_le_bytes());
    let stream = |stream: u64| {
        let mut generator = ChaCha8Rng::from_seed(seed);
        generator.set_stream(stream);
        generator
    };
    let (mut of_texts, mut of_seeds) = (stream(0), stream(1));
    (0..count)
        .map(|_| Resample { texts: multiplicities(texts, &mut of_texts), seeds: multiplicities(seeds, &mut of_seeds) })
        .collect()
}

/// How often each of `n` comes when `n` are drawn with replacement.
fn multiplicities(n: usize, generator: &mut ChaCha8Rng) -> Vec<u32> {
    let mut drawn = vec![0; n];
    for _ in 0..n {
        // ⌊n·x/2⁶⁴⌋: even up to n/2⁶⁴, and written out so that no release of a library changes the draws.
        let index = usize::try_from((u128::from(generator.next_u64()) * n as u128) >> 64);
        if let Some(times) = index.ok().and_then(|index| drawn.get_mut(index)) {
            *times += 1;
        }
    }
    drawn
}

/// The 95 % interval of the percentile bootstrap (Efron 1979, 1981), (lower, upper): the 2.5 and 97.5 percentiles of a
/// statistic's replicates, one per resample, interpolated linearly as NumPy does. `values` are left sorted. None of
/// fewer than [`FEWEST_REPLICATES`], nor where a value is not finite.
///
/// It needs no formula for the statistic, but with few seeds it is too narrow: n draws out of n spread √((n − 1)/n)
/// times as wide as the population would, and no t quantile makes up for it. Where the seeds alone make the spread and
/// are normal, it covers the truth in 84 % of cases with 5 seeds, 76 % with 3 and 90 % with 10; [`super::t_interval`]
/// over seeds, which takes the texts as given, covers 95 %. The interaction of text and seed errs the other way: its
/// variance is counted up to three times (Owen 2007).
#[must_use]
pub fn interval(values: &mut [f64]) -> Option<(f64, f64)> {
    if values.iter().all(|value| value.is_finite()) { interval_with_extremes(values) } else { None }
}

/// The same where values may be infinite, which count as the extremes they are: none only where one is not a number
/// or an end of the interval is not finite.
pub(super) fn interval_with_extremes(values: &mut [f64]) -> Option<(f64, f64)> {
    if values.len() < FEWEST_REPLICATES || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (quantile(values, 0.025)?, quantile(values, 0.975)?);
    (low.is_finite() && high.is_finite()).then_some((low, high))
}

/// The `share` quantile, between 0 and 1, of `sorted` values: at the place share·(n − 1), between its two neighbours
/// in proportion (Hyndman and Fan 1996, definition 7).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    let part = place.fract();
    Some(if part == 0.0 { below } else { below + (above - below) * part })
}
