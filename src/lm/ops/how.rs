//! What operations are told beside their tensors, the same on every device.

use crate::lm::spec::Rotary;
use candle_core::Tensor;

/// How the scores of a layer's attention are made of queries and keys.
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a> {
    /// How queries and keys are turned by their positions, where they are.
    pub rotary: Option<&'a Rotary>,
    /// What q·k is multiplied by.
    pub scale: f32,
    /// c of c·tanh(score/c), where there is one.
    pub cap: Option<f32>,
    /// How many keys a query sees, itself included; none where it sees all before it.
    pub window: Option<usize>,
}

/// How logits are made of the normed stream.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// W `[vocab, hidden]`.
    pub weight: &'a Tensor,
    /// `[vocab]`.
    pub bias: Option<&'a Tensor>,
    /// c of c·tanh(logit/c), where there is one.
    pub cap: Option<f32>,
}

/// (cos, sin) of each position's angles, times the embedding's factor, `[length, pairs]`. Angles are rounded to float32 as
/// transformers rounds them, so that long positions agree.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn angles(rotary: &Rotary, length: usize) -> Vec<(f32, f32)> {
    let angles = (0..length).flat_map(|p| rotary.frequencies.iter().map(move |f| f64::from(p as f32 * f)));
    angles.map(|angle| (angle.cos() as f32 * rotary.factor, angle.sin() as f32 * rotary.factor)).collect()
}
