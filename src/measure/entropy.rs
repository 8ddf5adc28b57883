//! Attention entropy.

use super::quantity::{Quantity, Readings};
use crate::error::Result;
use crate::lm::{Hooks, Site};
use candle_core::{DType, Tensor};
use rayon::prelude::*;

/// Reads the entropy of each head's attention, by the exact formula and by the published one, mean over the queries.
pub struct EntropyReader<'a> {
    readings: &'a mut Readings,
}

impl<'a> EntropyReader<'a> {
    /// Writes what it reads into `readings`.
    #[must_use]
    pub fn new(readings: &'a mut Readings) -> Self {
        Self { readings }
    }
}

impl Hooks for EntropyReader<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if site != Site::Pattern {
            return Ok(tensor);
        }
        let Some(at) = self.readings.place(layer) else { return Ok(tensor) };
        let length = tensor.dim(3)?;
        let pattern = tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        let (exact, published): (Vec<f32>, Vec<f32>) =
            pattern.par_chunks_exact(length * length).map(|head| mean_entropies(head, length)).unzip();
        self.readings.set(Quantity::EntropyExact, at, &exact);
        self.readings.set(Quantity::EntropyPublished, at, &published);
        Ok(tensor)
    }
}

/// −Σ p·ln p and −Σ p·ln(p + 1e-10) of a pattern `[queries, keys]`, mean over the queries, in nats. 0·ln 0 is 0.
#[allow(clippy::cast_possible_truncation)]
fn mean_entropies(pattern: &[f32], length: usize) -> (f32, f32) {
    let (mut exact, mut published) = (0.0, 0.0);
    for (query, row) in pattern.chunks_exact(length).enumerate() {
        for p in row[..=query].iter().map(|p| f64::from(*p)) {
            if p != 0.0 {
                exact -= p * p.ln();
                published -= p * (p + 1e-10).ln();
            }
        }
    }
    ((exact / length as f64) as f32, (published / length as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropies_are_those_of_the_formulas() {
        // The first query sees itself; the second both keys alike; the third mostly one.
        let pattern = [1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.25, 0.25, 0.5];
        let (exact, published) = mean_entropies(&pattern, 3);
        let (two, three) = (2f64.ln(), 0.5 * 4f64.ln() + 0.5 * 2f64.ln());
        assert!((f64::from(exact) - (two + three) / 3.0).abs() < 1e-7);
        assert!((f64::from(published) - f64::from(exact)).abs() < 1e-7);
        let mut broken = pattern;
        broken[3] = f32::NAN;
        assert!(mean_entropies(&broken, 3).0.is_nan(), "a NaN is reported, never left out");
    }
}
