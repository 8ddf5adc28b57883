//! Noise as a function of what it is for, never of the order of the work.
//!
//! Every draw comes from a ChaCha8 generator of its own: its key is a hash of the study's seed and the condition's
//! seed, its stream a hash of everything else that tells draws apart. So batch size, number of threads, resuming and
//! device never change it, and sequences of different length agree position by position.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Where the draws come from.
pub trait Noise: Send + Sync {
    /// Fills `out` `[hidden]` with the direction of the token at `position`; its length does not matter.
    fn direction(&self, key: &NoiseKey, position: usize, out: &mut [f32]);

    /// The sign, +1 or −1, of the token at `position`.
    fn sign(&self, key: &NoiseKey, position: usize) -> f64;

    /// The direction `[hidden]` that takes the place of those of all tokens in `layer`, whatever their keys; none where
    /// each has its own.
    fn given(&self, layer: usize) -> Option<&[f32]> {
        let _ = layer;
        None
    }
}

/// What a sequence's noise in one layer is for. Two keys that are equal get the same noise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoiseKey {
    /// The condition's seed.
    pub seed: u64,
    /// The text: see [`crate::corpus`] for how texts and pairs are named.
    pub text: String,
    /// The layer; none where all layers share their noise.
    pub layer: Option<usize>,
    /// What else tells draws apart under the protocol: member of a pair, experiment, δ.
    pub extra: String,
}

/// The generator: reproducible from the study's seed alone.
pub struct Reproducible {
    /// The study's seed.
    pub study_seed: u64,
}

impl Reproducible {
    fn generator(&self, kind: &str, key: &NoiseKey, position: usize) -> ChaCha8Rng {
        let mut seed = Sha256::new();
        seed.update(b"polarscope noise 1");
        seed.update(self.study_seed.to_le_bytes());
        seed.update(key.seed.to_le_bytes());
        let mut stream = Sha256::new();
        for part in [kind, &key.text, &key.extra] {
            stream.update((part.len() as u64).to_le_bytes());
            stream.update(part.as_bytes());
        }
        stream.update(key.layer.map_or(u64::MAX, |layer| layer as u64).to_le_bytes());
        stream.update((position as u64).to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(seed.finalize().into());
        let stream = stream.finalize();
        generator.set_stream(stream.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte)));
        generator
    }
}

impl Noise for Reproducible {
    fn direction(&self, key: &NoiseKey, position: usize, out: &mut [f32]) {
        let mut generator = self.generator("direction", key, position);
        for value in out {
            *value = StandardNormal.sample(&mut generator);
        }
    }

    fn sign(&self, key: &NoiseKey, position: usize) -> f64 {
        if self.generator("sign", key, position).next_u32() & 1 == 0 { 1.0 } else { -1.0 }
    }
}

/// Draws that were made elsewhere, to compare with another implementation: by layer, the same for every seed.
#[derive(Default)]
pub struct Given {
    /// (text, layer) to directions, `[positions, hidden]` flattened; layer none where all layers share them.
    pub directions: HashMap<(String, Option<usize>), Vec<f32>>,
    /// (text, layer) to signs `[positions]`.
    pub signs: HashMap<(String, Option<usize>), Vec<f32>>,
}

impl Noise for Given {
    fn direction(&self, key: &NoiseKey, position: usize, out: &mut [f32]) {
        let given = self.directions.get(&(key.text.clone(), key.layer));
        match given.and_then(|given| given.chunks_exact(out.len()).nth(position)) {
            Some(given) => out.copy_from_slice(given),
            None => out.fill(f32::NAN), // shows as a result that is not a number
        }
    }

    fn sign(&self, key: &NoiseKey, position: usize) -> f64 {
        let given = self.signs.get(&(key.text.clone(), key.layer));
        given.and_then(|given| given.get(position)).map_or(f64::NAN, |sign| f64::from(*sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, layer: Option<usize>, extra: &str) -> NoiseKey {
        NoiseKey { seed: 3, text: text.to_owned(), layer, extra: extra.to_owned() }
    }

    fn draw(study_seed: u64, key: &NoiseKey, position: usize) -> Vec<f32> {
        let mut out = vec![0.0; 64];
        Reproducible { study_seed }.direction(key, position, &mut out);
        out
    }

    #[test]
    fn every_part_of_the_key_counts_and_nothing_else() {
        let base = draw(42, &key("text 1", Some(2), ""), 5);
        assert_eq!(base, draw(42, &key("text 1", Some(2), ""), 5));
        let others = [
            draw(43, &key("text 1", Some(2), ""), 5),
            draw(42, &key("text 2", Some(2), ""), 5),
            draw(42, &key("text 1", Some(3), ""), 5),
            draw(42, &key("text 1", None, ""), 5),
            draw(42, &key("text 1", Some(2), "good"), 5),
            draw(42, &key("text 1", Some(2), ""), 6),
            draw(42, &NoiseKey { seed: 4, ..key("text 1", Some(2), "") }, 5),
        ];
        for other in others {
            assert_ne!(base, other);
        }
        // The boundary between text and extra counts, too.
        assert_ne!(draw(42, &key("ab", None, "c"), 0), draw(42, &key("a", None, "bc"), 0));
    }

    #[test]
    fn draws_are_standard_normal_and_signs_are_fair() {
        let noise = Reproducible { study_seed: 1 };
        let mut draws = vec![0.0; 50_000];
        noise.direction(&key("x", None, ""), 0, &mut draws);
        let n = f64::from(50_000);
        let mean = draws.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let variance = draws.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
        // Five standard errors.
        assert!(mean.abs() < 5.0 / n.sqrt() && (variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        let signs: f64 = (0..10_000).map(|position| noise.sign(&key("x", None, ""), position)).sum();
        assert!(signs.abs() < 500.0, "{signs}");
    }
}
