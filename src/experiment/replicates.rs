//! Means under resamples, each made once: tables ask for the same harms again and again, and what is drawn depends on the
//! numbers of texts and seeds alone.

use crate::stats::{Crossed, Draws, interval};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The means of a measure under resamples.
#[derive(Debug)]
pub struct Means {
    /// One per resample.
    pub list: Vec<f64>,
    /// The percentile interval of these.
    pub interval: Option<(f64, f64)>,
}

/// A measure under its resamples.
type Entry = (Draws, Crossed, Arc<Means>);

/// The means that were asked for last, by what they are means of.
#[derive(Debug, Default)]
pub struct Replicates(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_hash: HashMap<u64, Vec<Entry>>,
    /// How many numbers they hold.
    numbers: usize,
}

/// The most numbers that are kept, of 8 bytes each: with 10,000 resamples the means of 800 measures. What is forgotten is drawn
/// for again.
const MOST: usize = 8 << 20;

/// Measures that are drawn for together: while they are made, their means take twice the room.
const AT_A_TIME: usize = 128;

/// A copy knows nothing yet.
impl Clone for Replicates {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Replicates {
    /// The means of each of `measures`. Those that are not known are made together, so that the draws serve all of them. None
    /// where one of them is of another number of items or seeds than what is drawn.
    pub fn of(&self, draws: Draws, measures: &[&Crossed]) -> Option<Vec<Arc<Means>>> {
        let hashes: Vec<u64> = measures.iter().map(|measure| hash(measure)).collect();
        let mut found: Vec<Option<Arc<Means>>> = {
            let known = self.known();
            hashes.iter().zip(measures).map(|(hash, measure)| known.find(*hash, draws, measure)).collect()
        };
        let missing: Vec<usize> = (0..measures.len()).filter(|i| found[*i].is_none()).collect();
        for some in missing.chunks(AT_A_TIME) {
            let of_them: Vec<&Crossed> = some.iter().map(|i| measures[*i]).collect();
            let lists = draws.means_of(&of_them)?;
            let made: Vec<Arc<Means>> = lists
                .into_par_iter()
                .map(|list| Arc::new(Means { interval: interval(&mut list.clone()), list }))
                .collect();
            let mut known = self.known();
            for (i, means) in some.iter().zip(made) {
                known.keep(hashes[*i], (draws, measures[*i].clone(), Arc::clone(&means)));
                found[*i] = Some(means);
            }
        }
        found.into_iter().collect()
    }

    /// Makes the means of `measures`, as many as are kept.
    pub fn prepare(&self, draws: Draws, measures: &[&Crossed]) {
        for some in measures.chunks(AT_A_TIME) {
            let numbers: usize = some.iter().map(|measure| draws.count() + measure.values().len()).sum();
            if self.known().numbers + numbers > MOST || self.of(draws, some).is_none() {
                return;
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.known() = Known::default();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn find(&self, hash: u64, draws: Draws, measure: &Crossed) -> Option<Arc<Means>> {
        let is_it = |(of_it, other, _): &&Entry| *of_it == draws && other == measure;
        Some(Arc::clone(&self.by_hash.get(&hash)?.iter().find(is_it)?.2))
    }

    /// Keeps `entry`, and forgets all others where there is no room for it beside them.
    fn keep(&mut self, hash: u64, entry: Entry) {
        let numbers = entry.1.values().len() + entry.2.list.len();
        if self.numbers + numbers > MOST {
            *self = Self::default();
        }
        self.numbers += numbers;
        self.by_hash.entry(hash).or_default().push(entry);
    }
}

/// A number that stands for the values; those of two measures may be alike.
fn hash(measure: &Crossed) -> u64 {
    let mix = |sum: u64, value: &f64| (sum ^ value.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    measure.values().iter().fold(measure.seeds() as u64, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_made_again() {
        let replicates = Replicates::default();
        let measure = |add: f64| Crossed::new((0..40).map(|i| f64::from(i) + add).collect(), 2).unwrap();
        let (a, b, draws) = (measure(0.0), measure(0.5), Draws::new(20, 2, 100, 1));
        let first = replicates.of(draws, &[&a]).unwrap();
        let both = replicates.of(draws, &[&b, &a]).unwrap();
        assert!(Arc::ptr_eq(&first[0], &both[1]));
        assert!(both[0].list.iter().zip(&both[1].list).all(|(b, a)| (b - a - 0.5).abs() < 1e-12));
        let (low, high) = both[1].interval.unwrap();
        assert!(low < a.mean() && a.mean() < high);
        assert!(!Arc::ptr_eq(&first[0], &replicates.of(Draws::new(20, 2, 100, 2), &[&a]).unwrap()[0]), "other draws");
        replicates.clear();
        assert!(!Arc::ptr_eq(&first[0], &replicates.of(draws, &[&a]).unwrap()[0]));
        assert!(replicates.of(Draws::new(19, 2, 100, 1), &[&a]).is_none());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_all_that_is_asked_for_is_given() {
        let replicates = Replicates::default();
        let measures: Vec<Crossed> = (0..300).map(|of| Crossed::new(vec![f64::from(of), 1.0], 1).unwrap()).collect();
        let measures: Vec<&Crossed> = measures.iter().collect();
        let draws = Draws::new(2, 1, 40_000, 1);
        replicates.prepare(draws, &measures);
        let prepared = replicates.known().numbers;
        assert!(prepared > 0 && prepared <= MOST, "{prepared}");
        let all = replicates.of(draws, &measures).unwrap();
        assert!(replicates.known().numbers <= MOST);
        let alone = Replicates::default().of(draws, &measures[299..]).unwrap();
        assert_eq!((all.len(), &all[299].list), (300, &alone[0].list));
    }
}
