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

/// Norms of one layer's output at one position over a set of texts, clean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PositionNorms {
    /// The layer.
    pub layer: usize,
    /// The position, 0 for the first token.
    pub position: usize,
    /// How many texts are so long.
    pub texts: usize,
    /// Mean over them.
    pub mean: f64,
}

/// What [`NormReader`] collects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Norms {
    /// One per layer.
    pub layers: Vec<LayerNorms>,
    /// Layer by layer, position by position.
    pub positions: Vec<PositionNorms>,
}

/// Collects the norms of every layer's output during clean passes.
pub struct NormReader {
    /// Per layer: by position, the norms of all texts that are so long.
    layers: Vec<Vec<Vec<f32>>>,
}

impl NormReader {
    /// For a model of `layers` layers.
    #[must_use]
    pub fn new(layers: usize) -> Self {
        Self { layers: vec![Vec::new(); layers] }
    }

    /// What was collected.
    #[must_use]
    pub fn finish(self) -> Norms {
        let mut norms = Norms::default();
        for (layer, positions) in self.layers.into_iter().enumerate() {
            for (position, of_it) in positions.iter().enumerate() {
                let mean = of_it.iter().map(|norm| f64::from(*norm)).sum::<f64>() / of_it.len() as f64;
                norms.positions.push(PositionNorms { layer, position, texts: of_it.len(), mean });
            }
            let mut positions = positions.into_iter();
            let mut first = positions.next().unwrap_or_default();
            let mut rest = positions.collect::<Vec<_>>().concat();
            first.sort_unstable_by(f32::total_cmp);
            rest.sort_unstable_by(f32::total_cmp);
            norms.layers.push(LayerNorms {
                median: quantile(&rest, 0.5),
                p05: quantile(&rest, 0.05),
                p95: quantile(&rest, 0.95),
                first_median: quantile(&first, 0.5),
            });
        }
        norms
    }
}

impl Hooks for NormReader {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if site == Site::ResidPost {
            let positions = &mut self.layers[layer];
            for sequence in tensor.to_dtype(DType::F32)?.sqr()?.sum(D::Minus1)?.sqrt()?.to_vec2::<f32>()? {
                positions.resize(positions.len().max(sequence.len()), Vec::new());
                for (of_position, norm) in positions.iter_mut().zip(sequence) {
                    of_position.push(norm);
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
