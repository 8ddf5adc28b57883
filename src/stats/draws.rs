//! Many measures under the same resamples: their means, without keeping what was drawn.
//!
//! A list of [`super::Resample`] of 50,000 texts would take two gigabytes. Here a few resamples at a time are drawn and
//! used for all measures: a table of how often each text was drawn, times a table of the measures' values.

use super::bootstrap::{OF_SEEDS, generator_of, index};
use super::crossed::Crossed;
use rand::Rng;
use rayon::prelude::*;

/// Resamples that are drawn and used together: the lanes of the inner loop.
const LANES: usize = 8;

/// Columns of values that the inner loop adds up together.
const COLUMNS: usize = 4;

/// Resamples of so many texts and seeds: those of [`super::resamples`], or of [`super::resamples_of_others`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Draws {
    texts: usize,
    seeds: usize,
    count: usize,
    key: u64,
    stream_of_texts: u64,
}

impl Draws {
    /// What [`super::resamples`] lists.
    #[must_use]
    pub fn new(texts: usize, seeds: usize, count: usize, key: u64) -> Self {
        Self { texts, seeds, count, key, stream_of_texts: super::bootstrap::OF_TEXTS }
    }

    /// What [`super::resamples_of_others`] lists for the same numbers.
    #[must_use]
    pub fn of_others(self) -> Self {
        Self { stream_of_texts: super::bootstrap::OF_OTHERS, ..self }
    }

    /// How many resamples there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The means of each of `measures` under every resample: what [`Crossed::means_of`] gives, but for the order in which
    /// values are added. None where one of them is of another number of texts or seeds.
    #[must_use]
    pub fn means_of(&self, measures: &[&Crossed]) -> Option<Vec<Vec<f64>>> {
        if measures.iter().any(|one| (one.texts(), one.seeds()) != (self.texts, self.seeds)) {
            return None;
        }
        let table = self.table(measures);
        let blocks: Vec<usize> = (0..self.count).step_by(LANES).collect();
        let of_block = |first: &usize| self.block(*first, &table, measures.len());
        let by_block: Vec<Vec<[f64; LANES]>> = blocks.par_iter().map(of_block).collect();
        let of_measure = |at: usize| {
            let mut means: Vec<f64> = by_block.iter().flat_map(|block| block[at]).collect();
            means.truncate(self.count);
            means
        };
        Some((0..measures.len()).map(of_measure).collect())
    }

    /// The values of all measures, `[group of columns, text, column]`; a column is a seed of a measure, and zeros fill the
    /// last group.
    fn table(&self, measures: &[&Crossed]) -> Vec<[f64; COLUMNS]> {
        let columns = measures.len() * self.seeds;
        let mut table = vec![[0.0; COLUMNS]; columns.div_ceil(COLUMNS) * self.texts];
        for (m, measure) in measures.iter().enumerate() {
            for (text, values) in measure.values().chunks_exact(self.seeds).enumerate() {
                for (seed, value) in values.iter().enumerate() {
                    let column = m * self.seeds + seed;
                    table[column / COLUMNS * self.texts + text][column % COLUMNS] = *value;
                }
            }
        }
        table
    }

    /// The means under the resamples from `first` on, measure by measure.
    fn block(&self, first: usize, table: &[[f64; COLUMNS]], measures: usize) -> Vec<[f64; LANES]> {
        let texts = self.drawn(self.stream_of_texts, self.texts, first);
        let seeds = self.drawn(OF_SEEDS, self.seeds, first);
        let mut sums = vec![[0.0; LANES]; table.len() / self.texts * COLUMNS];
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (table, sums) in table.chunks_exact(self.texts).zip(sums.as_chunks_mut::<COLUMNS>().0) {
                    *sums = products(&texts, table);
                }
            },
        );
        let drawn = self.texts as f64 * self.seeds as f64;
        let mean = |measure: usize| {
            let mut mean = [0.0; LANES];
            let of_it = &sums[measure * self.seeds..(measure + 1) * self.seeds];
            for (times, sums) in seeds.iter().zip(of_it) {
                for ((mean, times), sum) in mean.iter_mut().zip(times).zip(sums) {
                    *mean += f64::from(*times) * sum;
                }
            }
            mean.map(|sum| sum / drawn)
        };
        (0..measures).map(mean).collect()
    }

    /// How often each of `n` comes in the resamples from `first` on, by `stream`. Every draw takes two words of the stream,
    /// so that a resample begins at a place that is known.
    fn drawn(&self, stream: u64, n: usize, first: usize) -> Vec<[f32; LANES]> {
        let mut generator = generator_of(self.key, stream);
        generator.set_word_pos(2 * n as u128 * first as u128);
        let mut drawn = vec![[0.0; LANES]; n];
        // Counted one resample at a time: so the counts of many texts stay near the core.
        let mut counts = vec![0u32; n];
        for lane in 0..LANES {
            counts.fill(0);
            for _ in 0..n {
                if let Some(times) = index(generator.next_u64(), n).and_then(|index| counts.get_mut(index)) {
                    *times += 1;
                }
            }
            for (drawn, times) in drawn.iter_mut().zip(&counts) {
                drawn[lane] = *times as f32; // exact: far below 2²⁴
            }
        }
        drawn
    }
}

/// Σ over texts of how often each was drawn times its values: `[column, resample]`.
#[inline(always)]
fn products(texts: &[[f32; LANES]], table: &[[f64; COLUMNS]]) -> [[f64; LANES]; COLUMNS] {
    let mut sums = [[0.0; LANES]; COLUMNS];
    for (times, values) in texts.iter().zip(table) {
        let times = times.map(f64::from);
        for (sums, value) in sums.iter_mut().zip(values) {
            for (sum, times) in sums.iter_mut().zip(&times) {
                *sum += times * value;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{resamples, resamples_of_others};

    #[test]
    fn means_are_those_of_the_listed_resamples() {
        for (texts, seeds, count) in [(1, 1, 40), (7, 1, 41), (50, 5, 203), (300, 3, 64)] {
            let value = |i: usize| ((i * 7919 + texts) % 1009) as f64 / 13.0 - 30.0;
            let measure = |from: usize| Crossed::new((0..texts * seeds).map(|i| value(i + from)).collect(), seeds);
            let measures: Vec<Crossed> = (0..3).filter_map(measure).collect();
            let measures: Vec<&Crossed> = measures.iter().collect();
            let draws = Draws::new(texts, seeds, count, 9);
            let lists = [resamples(texts, seeds, count, 9), resamples_of_others(texts, seeds, count, 9)];
            for (draws, list) in [draws, draws.of_others()].into_iter().zip(&lists) {
                let found = draws.means_of(&measures).unwrap();
                for (measure, found) in measures.iter().zip(&found) {
                    let expected = measure.means_of(list);
                    assert_eq!(found.len(), count);
                    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-11), "{texts} × {seeds}");
                }
            }
            assert_eq!(Draws::new(texts + 1, seeds, count, 9).means_of(&measures), None);
        }
    }
}
