//! Norms of the residual stream, layer by layer.

use crate::error::Result;
use crate::lm::{Hooks, Site};
use candle_core::{D, DType, Tensor};

/// Norms of one layer's output over a set of texts, clean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorms {
    /// Median over the tokens, first tokens left out.
    pub median: f64,
    /// 5th percentile of the same.
    pub p05: f64,
    /// 95th percentile of the same.
    pub p95: f64,
    /// Median over the first tokens.
    pub first_median: f64,
}

impl LayerNorms {
    /// Whether all of them are numbers.
    #[must_use]
    pub fn are_finite(&self) -> bool {
        [self.median, self.p05, self.p95, self.first_median].iter().all(|norm| norm.is_finite())
    }
}

/// Collects the norms of every layer's output during clean passes.
pub struct NormReader {
    /// Per layer: norms of first tokens, and of all others.
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl NormReader {
    /// For a model of `layers` layers.
    #[must_use]
    pub fn new(layers: usize) -> Self {
        Self { layers: vec![(Vec::new(), Vec::new()); layers] }
    }

    /// What was collected, one entry per layer.
    #[must_use]
    pub fn finish(self) -> Vec<LayerNorms> {
        let summarise = |(mut first, mut rest): (Vec<f32>, Vec<f32>)| {
            first.sort_unstable_by(f32::total_cmp);
            rest.sort_unstable_by(f32::total_cmp);
            LayerNorms {
                median: quantile(&rest, 0.5),
                p05: quantile(&rest, 0.05),
                p95: quantile(&rest, 0.95),
                first_median: quantile(&first, 0.5),
            }
        };
        self.layers.into_iter().map(summarise).collect()
    }
}

impl Hooks for NormReader {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if site == Site::ResidPost {
            let (first, rest) = &mut self.layers[layer];
            for sequence in tensor.to_dtype(DType::F32)?.sqr()?.sum(D::Minus1)?.sqrt()?.to_vec2::<f32>()? {
                if let Some((one, others)) = sequence.split_first() {
                    first.push(*one);
                    rest.extend_from_slice(others);
                }
            }
        }
        Ok(tensor)
    }
}

/// The `q` quantile of ascending `values`, interpolated between neighbours as NumPy does; NaN of none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(values: &[f32], q: f64) -> f64 {
    let position = values.len().saturating_sub(1) as f64 * q;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    match (values.get(below), values.get(above)) {
        (Some(a), Some(b)) => f64::from(*a) + (f64::from(*b) - f64::from(*a)) * position.fract(),
        _ => f64::NAN,
    }
}
