//! Rotary position embedding (Su et al. 2021, arXiv 2104.09864).

use super::how::angles;
use super::{composed, for_chunks, values};
use crate::error::Result;
use crate::lm::spec::{Pairs, Rotary};
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};

/// Turns the leading pairs of dimensions of each head of `x` `[B, T, heads, head_dim]` by its position.
///
/// # Errors
/// Internal ones only.
pub fn rotate(x: &Tensor, rotary: &Rotary) -> Result<Tensor> {
    if x.device().is_cpu() {
        Ok(x.contiguous()?.apply_op1_no_bwd(&Rotate(rotary))?)
    } else {
        composed::rotate(x, rotary)
    }
}

struct Rotate<'a>(&'a Rotary);

impl CustomOp1 for Rotate<'_> {
    fn name(&self) -> &'static str {
        "rotate"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (_, length, heads, width) = layout.shape().dims4()?;
        let mut out = values(self.name(), storage, layout)?.to_vec();
        let half = self.0.frequencies.len();
        let table = angles(self.0, length);
        for_chunks(&mut out, length * heads * width, |_, sequence| {
            for (position, token) in sequence.chunks_exact_mut(heads * width).enumerate() {
                let turns = &table[position * half..][..half];
                token.chunks_exact_mut(width).for_each(|head| turn(head, turns, self.0.pairs));
            }
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

/// Turns the leading pairs of dimensions of one head by the angles of its position.
#[inline(always)]
pub(super) fn turn(head: &mut [f32], turns: &[(f32, f32)], pairs: Pairs) {
    match pairs {
        Pairs::Halves => {
            let (first, rest) = head.split_at_mut(turns.len());
            for ((a, b), (cos, sin)) in first.iter_mut().zip(rest).zip(turns) {
                (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
            }
        }
        Pairs::Neighbours => {
            for (pair, (cos, sin)) in head.chunks_exact_mut(2).zip(turns) {
                (pair[0], pair[1]) = (pair[0] * cos - pair[1] * sin, pair[1] * cos + pair[0] * sin);
            }
        }
    }
}
