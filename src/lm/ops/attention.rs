//! Causal attention over short sequences, without transposing or repeating anything: queries, keys and values stay
//! in the layout in which the projections leave them, and several query heads may read one key head.

use super::product::{Matrix, multiply};
use super::{composed, for_chunks, values, vector};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor};

/// Attention probabilities `[B, heads, T, T]` of queries `[B, T, heads, d]` and keys `[B, T, kv_heads, d]`:
/// softmax of q·k/√d over the keys up to the query's own position, of these the last `window` where there is one; zero
/// elsewhere.
///
/// # Errors
/// Internal ones only.
pub fn attention_pattern(q: &Tensor, k: &Tensor, window: Option<usize>) -> Result<Tensor> {
    if q.device().is_cpu() {
        Ok(q.apply_op2_no_bwd(k, &Pattern { window })?)
    } else {
        composed::attention_pattern(q, k, window)
    }
}

/// Each head's values weighted by `pattern` `[B, heads, T, T]`: `[B, T, heads, d]` of values `[B, T, kv_heads, d]`.
///
/// # Errors
/// Internal ones only.
pub fn attention_mix(pattern: &Tensor, v: &Tensor) -> Result<Tensor> {
    if v.device().is_cpu() {
        Ok(pattern.contiguous()?.apply_op2_no_bwd(&v.contiguous()?, &Mix)?)
    } else {
        composed::attention_mix(pattern, v)
    }
}

struct Pattern {
    window: Option<usize>,
}

impl CustomOp2 for Pattern {
    fn name(&self) -> &'static str {
        "attention_pattern"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, length, heads, width) = q_layout.shape().dims4()?;
        let (_, _, kv_heads, _) = k_layout.shape().dims4()?;
        let q = values(self.name(), q, q_layout)?;
        let k = values(self.name(), k, k_layout)?;
        let scale = 1.0 / (width as f32).sqrt();
        let mut out = vec![0.0f32; batch * heads * length * length];
        for_chunks(&mut out, length * length, |i, scores| {
            let (sequence, head) = (i / heads, i % heads);
            let queries = head_of(q, sequence, head, [length, heads, width]);
            let keys = head_of(k, sequence, head / (heads / kv_heads), [length, kv_heads, width]);
            multiply([length, width, length], scale, &queries, &keys.transposed(), scores, length);
            pulp::Arch::new().dispatch(Soften { scores, length, window: self.window });
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, heads, length, length))))
    }
}

/// Makes one head's scores `[T, T]` its pattern. A struct and not a closure, whose body is not certain to be inlined, and
/// then misses the vector instructions.
struct Soften<'a> {
    scores: &'a mut [f32],
    length: usize,
    window: Option<usize>,
}

impl pulp::WithSimd for Soften<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        for (position, row) in self.scores.chunks_exact_mut(self.length).enumerate() {
            let (past, future) = row.split_at_mut(position + 1);
            let forgotten = self.window.map_or(0, |window| past.len().saturating_sub(window));
            let (before, seen) = past.split_at_mut(forgotten);
            before.fill(0.0);
            vector::softmax(simd, seen);
            future.fill(0.0);
        }
    }
}

struct Mix;

impl CustomOp2 for Mix {
    fn name(&self) -> &'static str {
        "attention_mix"
    }

    fn cpu_fwd(
        &self,
        pattern: &CpuStorage,
        pattern_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, heads, length, _) = pattern_layout.shape().dims4()?;
        let (_, _, kv_heads, width) = v_layout.shape().dims4()?;
        let pattern = values(self.name(), pattern, pattern_layout)?;
        let v = values(self.name(), v, v_layout)?;
        let mut out = vec![0.0f32; batch * length * heads * width];
        for_chunks(&mut out, length * heads * width, |sequence, mixed| {
            for head in 0..heads {
                let weights = &pattern[(sequence * heads + head) * length * length..][..length * length];
                let weights = Matrix { values: weights, row: length, column: 1 };
                let head_values = head_of(v, sequence, head / (heads / kv_heads), [length, kv_heads, width]);
                let dims = [length, length, width];
                multiply(dims, 1.0, &weights, &head_values, &mut mixed[head * width..], heads * width);
            }
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, length, heads, width))))
    }
}

/// `[length, width]` of one head of one sequence in `[B, length, heads, width]`.
fn head_of(values: &[f32], sequence: usize, head: usize, [length, heads, width]: [usize; 3]) -> Matrix<'_> {
    let start = sequence * length * heads * width + head * width;
    Matrix { values: &values[start..], row: heads * width, column: 1 }
}
