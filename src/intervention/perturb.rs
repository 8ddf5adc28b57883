//! The hook that moves the residual stream.

use super::displacement::Displacement;
use super::noise::{Noise, NoiseKey};
use super::size::{FINEST, LONGEST, Move, Push, moves};
use crate::error::{Error, Result};
use crate::lm::{Hooks, Site};
use crate::study::{Coherence, Mode, Settings, Sign, Tokens};
use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use std::collections::HashMap;

/// One sequence of a batch and how it is disturbed.
#[derive(Debug, Clone)]
pub struct Row {
    /// The mode.
    pub mode: Mode,
    /// δ by layer, as lengths; or as fractions of the token's own norm where `of_norm` says so. Layers that are
    /// missing are not disturbed.
    pub deltas: HashMap<usize, f64>,
    /// Whether `deltas` are fractions of the token's own norm.
    pub of_norm: bool,
    /// The protocol's settings for the mode.
    pub settings: Settings,
    /// The signs of magnitude and blend.
    pub sign: Sign,
    /// The tokens that are moved.
    pub tokens: Tokens,
    /// What the noise is for, but for its layer.
    pub noise: NoiseKey,
}

/// The displacements that were reached, by row of the batch and disturbed layer: of the first token, and of all others.
pub type Reached = HashMap<(usize, usize), [Displacement; 2]>;

/// Moves [`Site::ResidPost`] of a batch: row i of the batch as `rows[i]` says.
pub struct Disturb<'a> {
    rows: &'a [Row],
    noise: &'a dyn Noise,
    /// Directions `[length, hidden]` that are drawn: those of the current layer, and those that all layers share.
    directions: HashMap<NoiseKey, Vec<f32>>,
    reached: Reached,
}

impl<'a> Disturb<'a> {
    /// Disturbs a batch of `rows.len()` sequences.
    #[must_use]
    pub fn new(rows: &'a [Row], noise: &'a dyn Noise) -> Self {
        Self { rows, noise, directions: HashMap::new(), reached: HashMap::new() }
    }

    /// The displacements that were reached.
    #[must_use]
    pub fn into_reached(self) -> Reached {
        self.reached
    }
}

impl Hooks for Disturb<'_> {
    fn at(&mut self, site: Site, layer: usize, tensor: Tensor) -> Result<Tensor> {
        if site != Site::ResidPost || !self.rows.iter().any(|row| row.deltas.contains_key(&layer)) {
            return Ok(tensor);
        }
        let (batch, length, hidden) = tensor.dims3()?;
        if batch != self.rows.len() {
            return Err(Error::internal(format!("{} rows of noise for a batch of {batch}", self.rows.len())));
        }
        // In float32 whatever the weights are; what it gives is rounded to their type again.
        let mut stream = tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        let noise = self.noise;
        let given = noise.given(layer);
        if given.is_none() {
            self.draw(layer, length, hidden);
        }
        let directions = &self.directions;
        let dtype = tensor.dtype();
        let reached: Vec<Option<[Displacement; 2]>> = stream
            .par_chunks_mut(length * hidden)
            .zip(self.rows)
            .map(|(sequence, row)| {
                let Some(delta) = row.deltas.get(&layer).copied() else { return Ok(None) };
                let key = row.key(layer);
                let drawn = directions.get(&key).map_or(&[][..], Vec::as_slice);
                let direction = |position: usize| match given {
                    _ if !row.mode.has_direction() => None,
                    Some(_) => given,
                    None => drawn.get(position * hidden..(position + 1) * hidden),
                };
                let sign = |position| noise.sign(&key, position);
                let moved = move_sequence(sequence, hidden, row, (delta, dtype), sign, direction);
                moved.map(Some).map_err(|why| Error::usage(format!("layer {layer}, {}: {why}", row.mode)))
            })
            .collect::<Result<_>>()?;
        for (row, reached) in reached.into_iter().enumerate() {
            if let Some(reached) = reached {
                self.reached.insert((row, layer), reached);
            }
        }
        let moved = Tensor::from_vec(stream, (batch, length, hidden), &Device::Cpu)?;
        Ok(moved.to_device(tensor.device())?.to_dtype(tensor.dtype())?)
    }
}

impl Row {
    fn key(&self, layer: usize) -> NoiseKey {
        let layer = (self.settings.coherence == Coherence::Independent).then_some(layer);
        NoiseKey { layer, ..self.noise.clone() }
    }
}

impl Disturb<'_> {
    /// Draws the directions that the batch needs in `layer`, each once however many rows share it; rows that do so move
    /// the same tokens, as all rows of a study. What all layers share is drawn for the first and kept.
    fn draw(&mut self, layer: usize, length: usize, hidden: usize) {
        self.directions.retain(|key, _| key.layer.is_none());
        let turned = self.rows.iter().filter(|row| row.mode.has_direction() && row.deltas.contains_key(&layer));
        let mut needed: HashMap<NoiseKey, &Tokens> = HashMap::new();
        for row in turned {
            needed.insert(row.key(layer), &row.tokens);
        }
        needed.retain(|key, _| !self.directions.contains_key(key));
        let needed: Vec<(NoiseKey, &Tokens)> = needed.into_iter().collect();
        let noise = self.noise;
        self.directions.par_extend(needed.into_par_iter().map(|(key, tokens)| {
            let mut directions = vec![0.0; length * hidden];
            for (position, direction) in directions.chunks_exact_mut(hidden).enumerate() {
                if tokens.contains(position, length) {
                    noise.direction(&key, position, direction);
                }
            }
            (key, directions)
        }));
    }
}

/// The least share of its length that a vector of this type can be moved by: what it is rounded to.
fn finest(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 2f64.powi(-10),
        DType::BF16 => 2f64.powi(-7),
        _ => FINEST,
    }
}

/// Moves the selected tokens of `sequence` `[length, hidden]` in place by δ, each by its sign and towards its direction; the
/// displacement of the first token, and of all others. Or why δ cannot be: none of the tokens can be moved by so small a
/// share of its length as numbers of the type `dtype` allow, or one becomes longer than [`LONGEST`].
fn move_sequence<'d>(
    sequence: &mut [f32],
    hidden: usize,
    row: &Row,
    (delta, dtype): (f64, DType),
    sign: impl Fn(usize) -> f64,
    direction: impl Fn(usize) -> Option<&'d [f32]>,
) -> std::result::Result<[Displacement; 2], String> {
    let (length, finest) = (sequence.len() / hidden, finest(dtype));
    let selected: Vec<usize> = (0..length).filter(|position| row.tokens.contains(*position, length)).collect();
    let pushes: Vec<Push> = selected
        .iter()
        .map(|position| {
            let h = &sequence[position * hidden..][..hidden];
            let norm = dot(h, h).sqrt();
            let (noise_norm, dot) = direction(*position).map_or((0.0, 0.0), |n| (dot(n, n).sqrt(), dot(h, n)));
            let sign = match row.sign {
                Sign::Random if row.mode.has_sign() => sign(*position),
                Sign::Shrink => -1.0,
                _ => 1.0,
            };
            Push { norm, noise_norm, dot, sign, delta: if row.of_norm { delta * norm } else { delta } }
        })
        .collect();
    if delta > 0.0 && !pushes.is_empty() && pushes.iter().all(|push| push.delta < finest * push.norm) {
        let shortest = pushes.iter().map(|push| push.norm).fold(f64::INFINITY, f64::min);
        let least = if row.of_norm { finest } else { finest * shortest };
        return Err(format!(
            "δ {delta:e} is too small: the shortest vector has the length {shortest:.3e}, and the type of the numbers cannot \
             move it by less than δ {least:.1e}"
        ));
    }
    let moved = moves(row.mode, row.settings.matching, row.settings.rotation, &pushes);
    for ((position, push), moved) in selected.iter().zip(&pushes).zip(&moved) {
        let length = moved.length(push);
        // A vector that is none already is reported as the result that it makes.
        if push.norm.is_finite() && (length.is_nan() || length > LONGEST) {
            return Err(format!(
                "δ {delta:e} is too large: it makes the vector at position {position}, of the length {:.3e}, {length:.1e} long; \
                 float32 can work with lengths up to {LONGEST:e}",
                push.norm
            ));
        }
    }
    let mut reached = [Displacement::default(); 2];
    for ((position, push), moved) in selected.iter().zip(&pushes).zip(&moved) {
        let h = &mut sequence[position * hidden..][..hidden];
        let before = (moved.displacement < COARSE * finest * push.norm).then(|| h.to_vec());
        apply(moved, push, h, direction(*position));
        let displacement = before.map_or(moved.displacement, |before| {
            round(h, dtype);
            distance(&before, h)
        });
        reached[usize::from(*position > 0)].add(push.delta, &Move { displacement, ..*moved });
    }
    Ok(reached)
}

/// How many of the steps that a type of numbers can move a vector by make a displacement that rounding changes by less than
/// 1e-4 of it. Shorter ones are measured on the vectors as they are after rounding; longer ones are as they were computed.
const COARSE: f64 = 8192.0;

/// Rounds `h` to numbers of the type `dtype`, which is what the model goes on with.
fn round(h: &mut [f32], dtype: DType) {
    match dtype {
        DType::F16 => h.iter_mut().for_each(|x| *x = half::f16::from_f32(*x).to_f32()),
        DType::BF16 => h.iter_mut().for_each(|x| *x = half::bf16::from_f32(*x).to_f32()),
        _ => {}
    }
}

/// ‖a − b‖, summed in float64.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}

/// h' = α·h + β·n in place, in float32; in float64 where that would not do.
#[allow(clippy::cast_possible_truncation)]
fn apply(moved: &Move, push: &Push, h: &mut [f32], direction: Option<&[f32]>) {
    let (along, noise) = (moved.along as f32, moved.noise as f32);
    let in_double = needs_double(moved, push);
    match direction {
        Some(n) if in_double => {
            let sum = |h: f32, n: f32| (moved.along * f64::from(h) + moved.noise * f64::from(n)) as f32;
            h.iter_mut().zip(n).for_each(|(h, n)| *h = sum(*h, *n));
        }
        Some(n) => {
            pulp::Arch::new().dispatch(|| h.iter_mut().zip(n).for_each(|(h, n)| *h = along * *h + noise * n));
        }
        None if in_double => h.iter_mut().for_each(|h| *h = (moved.along * f64::from(*h)) as f32),
        None => h.iter_mut().for_each(|h| *h *= along),
    }
}

/// Whether float32 would lose what the move is: where h and n are nearly parallel, so that the two parts are much longer than
/// what they add up to; where the move is so short that α is rounded; and where a coefficient has no place in float32.
fn needs_double(moved: &Move, push: &Push) -> bool {
    let is_held = |coefficient: f64| coefficient == 0.0 || HELD.contains(&coefficient.abs());
    (moved.noise * push.noise_norm).abs() > NEARLY_PARALLEL * push.norm
        || moved.displacement < SHORT * push.norm
        || !is_held(moved.along)
        || !is_held(moved.noise)
}

/// ‖β·n‖ / ‖h‖ beyond which rounding to float32 would be amplified.
const NEARLY_PARALLEL: f64 = 4.0;

/// ‖h' − h‖ / ‖h‖ below which rounding α to float32 would show.
const SHORT: f64 = 1e-3;

/// Coefficients that float32 holds with all its digits, whatever they are multiplied by.
const HELD: std::ops::RangeInclusive<f64> = 1e-30..=1e30;

/// a·b, summed in float64.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut lanes = [0.0f64; 16];
            let (a, a_rest) = a.as_chunks::<16>();
            let (b, b_rest) = b.as_chunks::<16>();
            for (a, b) in a.iter().zip(b) {
                for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                    *lane += f64::from(*a) * f64::from(*b);
                }
            }
            let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            rest + lanes.iter().sum::<f64>()
        },
    )
}
