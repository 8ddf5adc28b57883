//! Queries, keys and attention against those of the clean run.

use super::quantity::{Quantity, Readings};
use crate::error::{Error, Result};
use crate::lm::{Decoder, Hooks, Site};
use candle_core::{DType, Tensor};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Reads how queries and keys align, and how the attention that they make differs from the clean run's. Row i of the pass
/// is compared with row i modulo n of the clean run's n rows; without a clean run only the cosine is read.
pub struct AlignmentReader<'a> {
    decoder: &'a Decoder,
    clean: Option<&'a BTreeMap<(Site, usize), Tensor>>,
    readings: &'a mut Readings,
    /// Queries and keys of the layer that is being run.
    queries: Option<Tensor>,
    keys: Option<Tensor>,
}

impl<'a> AlignmentReader<'a> {
    /// What the clean run has to keep in every layer that is read.
    pub const NEEDS: [Site; 3] = [Site::Q, Site::K, Site::Pattern];

    /// Writes what it reads into `readings`.
    #[must_use]
    pub fn new(
        decoder: &'a Decoder,
        clean: Option<&'a BTreeMap<(Site, usize), Tensor>>,
        readings: &'a mut Readings,
    ) -> Self {
        Self { decoder, clean, readings, queries: None, keys: None }
    }

    fn compare(&mut self, at: usize, layer: usize, pattern: &Tensor) -> Result<()> {
        let missing = || Error::internal(format!("queries and keys of layer {layer} were not seen"));
        let (q, k) = (self.queries.take().ok_or_else(missing)?, self.keys.take().ok_or_else(missing)?);
        self.readings.set(Quantity::QkCosine, at, &cosines(&q, &k)?);
        let Some(clean) = self.clean else { return Ok(()) };
        let kept = |site| clean.get(&(site, layer)).ok_or_else(missing);
        let length = pattern.dim(3)?;
        let before = (
            flat(&self.decoder.attention_scores(layer, kept(Site::Q)?, kept(Site::K)?)?)?,
            flat(kept(Site::Pattern)?)?,
        );
        let after = (flat(&self.decoder.attention_scores(layer, &q, &k)?)?, flat(pattern)?);
        let window = self.decoder.spec().windows[layer].unwrap_or(length);
        let square = length * length;
        let (heads_after, heads_before) = (after.0.len() / square, before.0.len() / square);
        let changes: Vec<[f32; 3]> = (0..heads_after)
            .into_par_iter()
            .map(|i| {
                let head = |of: &'_ (Vec<f32>, Vec<f32>), i: usize| {
                    let range = i * square..(i + 1) * square;
                    (of.0[range.clone()].to_vec(), of.1[range].to_vec())
                };
                change(&head(&before, i % heads_before), &head(&after, i), length, window)
            })
            .collect();
        for (i, quantity) in
            [Quantity::LogitChange, Quantity::AttentionKl, Quantity::TopKeyChanged].into_iter().enumerate()
        {
            let values: Vec<f32> = changes.iter().map(|of_head| of_head[i]).collect();
            self.readings.set(quantity, at, &values);
        }
        Ok(())
    }
}

impl Hooks for AlignmentReader<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if let Some(at) = self.readings.place(layer) {
            match site {
                Site::Q => self.queries = Some(tensor.clone()),
                Site::K => self.keys = Some(tensor.clone()),
                Site::Pattern => self.compare(at, layer, &tensor)?,
                _ => {}
            }
        }
        Ok(tensor)
    }
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1::<f32>()?)
}

/// Cosine of query and key of each head at the same position, mean over positions: `[B, heads]` of `[B, T, heads, d]` and
/// `[B, T, kv_heads, d]`.
#[allow(clippy::cast_possible_truncation)]
fn cosines(q: &Tensor, k: &Tensor) -> Result<Vec<f32>> {
    let (batch, length, heads, width) = q.dims4()?;
    let shared = heads / k.dim(2)?;
    let (q, k) = (flat(q)?, flat(k)?);
    let kv_heads = heads / shared;
    let of_head = |i: usize| {
        let (sequence, head) = (i / heads, i % heads);
        let cosine = |position: usize| {
            let token = sequence * length + position;
            let q = &q[(token * heads + head) * width..][..width];
            let k = &k[(token * kv_heads + head / shared) * width..][..width];
            let (mut dot, mut qq, mut kk) = (0.0, 0.0, 0.0);
            for (a, b) in q.iter().zip(k).map(|(a, b)| (f64::from(*a), f64::from(*b))) {
                dot += a * b;
                qq += a * a;
                kk += b * b;
            }
            dot / (qq * kk).sqrt()
        };
        ((0..length).map(cosine).sum::<f64>() / length as f64) as f32
    };
    Ok((0..batch * heads).map(of_head).collect())
}

/// Of (logits, pattern) of one head `[queries, keys]`, clean and disturbed: mean |change| of the logits, KL divergence of
/// the disturbed pattern from the clean one in nats, share of queries whose most attended key is another. A query sees the
/// last `window` keys up to its own position.
#[allow(clippy::cast_possible_truncation)]
fn change(clean: &(Vec<f32>, Vec<f32>), other: &(Vec<f32>, Vec<f32>), length: usize, window: usize) -> [f32; 3] {
    let mut sums = [0.0; 3];
    for query in 0..length {
        let seen = query * length + (query + 1).saturating_sub(window)..query * length + query + 1;
        let pairs = |a: &[f32], b: &[f32]| -> Vec<(f64, f64)> {
            a[seen.clone()].iter().zip(&b[seen.clone()]).map(|(a, b)| (f64::from(*a), f64::from(*b))).collect()
        };
        let logits = pairs(&clean.0, &other.0);
        sums[0] += logits.iter().map(|(a, b)| (a - b).abs()).sum::<f64>() / logits.len() as f64;
        let pattern = pairs(&clean.1, &other.1);
        // Softmax leaves nothing that is seen at 0: it stops at 1e-38 of the largest.
        let divergence = |(p, other): &(f64, f64)| if *p > 0.0 { p * (p / other).ln() } else { *p };
        sums[1] += pattern.iter().map(divergence).sum::<f64>().max(0.0);
        let top = |of: fn(&(f64, f64)) -> f64| {
            (0..pattern.len()).fold(0, |best, i| if of(&pattern[i]) > of(&pattern[best]) { i } else { best })
        };
        sums[2] += f64::from(u8::from(top(|pair| pair.0) != top(|pair| pair.1)));
    }
    sums.map(|sum| (sum / length as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_those_of_the_formulas() {
        let (a, b) = (0.25f32, 0.75f32);
        let clean = (vec![1.0, 9.0, a.ln(), b.ln()], vec![1.0, 0.0, a, b]);
        let other = (vec![3.0, 9.0, b.ln(), a.ln()], vec![1.0, 0.0, b, a]);
        let [logits, kl, top] = change(&clean, &other, 2, 2);
        let log3 = 3f32.ln();
        // The first query: a logit that moves by 2, alone. The second: both move by ln 3.
        assert!((logits - f32::midpoint(2.0, log3)).abs() < 1e-6);
        assert!((kl - f32::midpoint(a * (a / b).ln(), b * (b / a).ln())).abs() < 1e-6);
        assert_eq!(top, 0.5);
        assert_eq!(change(&clean, &clean, 2, 2), [0.0; 3]);
        // In a window of one key every query sees itself alone.
        assert_eq!(change(&clean, &other, 2, 1)[2], 0.0);
    }
}
