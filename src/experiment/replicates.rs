//! Means under resamples, each made once: tables ask for the same harms again and again, and what is drawn depends on the
//! numbers of texts and seeds alone.

use crate::stats::{Crossed, Draws, interval};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The means of a measure under resamples.
#[derive(Debug)]
pub struct Means {
    /// One per resample.
    pub list: Vec<f64>,
    /// The percentile interval of these.
    pub interval: Option<(f64, f64)>,
}

/// A measure under its resamples.
type Known = (Draws, Crossed, Arc<Means>);

/// The means that were asked for, by what they are means of.
#[derive(Debug, Default)]
pub struct Replicates(Mutex<HashMap<u64, Vec<Known>>>);

/// A copy knows nothing yet.
impl Clone for Replicates {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Replicates {
    /// The means of each of `measures`. What is not known is made in one go, so that the draws serve all of it. None where
    /// one of them is of another number of items or seeds than what is drawn.
    pub fn of(&self, draws: Draws, measures: &[&Crossed]) -> Option<Vec<Arc<Means>>> {
        let hashes: Vec<u64> = measures.iter().map(|measure| hash(measure)).collect();
        let find = || -> Vec<Option<Arc<Means>>> {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let find = |(hash, measure): (&u64, &&Crossed)| {
                let is_it = |(of_it, other, _): &&Known| *of_it == draws && other == *measure;
                Some(known.get(hash)?.iter().find(is_it)?.2.clone())
            };
            hashes.iter().zip(measures).map(find).collect()
        };
        let found = find();
        let missing: Vec<usize> = (0..measures.len()).filter(|i| found[*i].is_none()).collect();
        if !missing.is_empty() {
            let of_them: Vec<&Crossed> = missing.iter().map(|i| measures[*i]).collect();
            let lists = draws.means_of(&of_them)?;
            let made: Vec<Arc<Means>> = lists
                .into_par_iter()
                .map(|list| Arc::new(Means { interval: interval(&mut list.clone()), list }))
                .collect();
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (i, means) in missing.iter().zip(made) {
                known.entry(hashes[*i]).or_default().push((draws, measures[*i].clone(), means));
            }
        }
        find().into_iter().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
}
