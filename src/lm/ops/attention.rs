//! Causal attention over short sequences: queries, keys and values stay in the layout in which the projections leave them,
//! several query heads may read one key head, and little of what lies in a query's future is computed. One head of one
//! sequence is a task; it is so small that no general matrix product is worth preparing.

use super::how::{Scores, angles};
use super::rotary::turn;
use super::{composed, filled, values, vector};
use crate::error::Result;
use crate::lm::spec::Pairs;
use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor};

/// Attention probabilities `[B, heads, T, T]` of queries `[B, T, heads, d]` and keys `[B, T, kv_heads, d]`: softmax of the
/// scores that `scores` makes of them over the keys up to the query's own position, of these the last `window` where there
/// is one; zero elsewhere.
///
/// # Errors
/// Internal ones only.
pub fn attention_pattern(q: &Tensor, k: &Tensor, scores: Scores) -> Result<Tensor> {
    if q.device().is_cpu() {
        Ok(q.contiguous()?.apply_op2_no_bwd(&k.contiguous()?, &Pattern(scores))?)
    } else {
        composed::attention_pattern(q, k, scores)
    }
}

/// Each head's values weighted by `pattern` `[B, heads, T, T]`, whose weights of a query's future are zero:
/// `[B, T, heads, d]` of values `[B, T, kv_heads, d]`.
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

struct Pattern<'a>(Scores<'a>);

impl CustomOp2 for Pattern<'_> {
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
        let Scores { rotary, scale, cap, window } = self.0;
        let pairs = rotary.map_or(Pairs::Halves, |rotary| rotary.pairs);
        let turns = rotary.map(|rotary| angles(rotary, length)).unwrap_or_default();
        let turns = turns.as_slice();
        let out = filled(batch * heads * length * length, length * length, |i, pattern| {
            let (sequence, head) = (i / heads, i % heads);
            let queries = Head::of(q, sequence, head, [length, heads, width]);
            let keys = Head::of(k, sequence, head / (heads / kv_heads), [length, kv_heads, width]);
            pulp::Arch::new().dispatch(Attend { pattern, queries, keys, turns, pairs, scale, cap, window });
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, heads, length, length))))
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
        let out = filled(batch * length * heads * width, length * heads * width, |sequence, mixed| {
            for head in 0..heads {
                let pattern = &pattern[(sequence * heads + head) * length * length..][..length * length];
                let values = Head::of(v, sequence, head / (heads / kv_heads), [length, kv_heads, width]);
                let mixed = &mut mixed[head * width..];
                pulp::Arch::new().dispatch(Weigh { mixed, row: heads * width, pattern, values });
            }
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, length, heads, width))))
    }
}

/// `[length, width]`: one head of one sequence.
struct Head<'a> {
    /// Where its first element is first.
    values: &'a [f32],
    /// From one row to the next.
    row: usize,
    length: usize,
    width: usize,
}

impl<'a> Head<'a> {
    /// Of `[B, length, heads, width]`.
    fn of(values: &'a [f32], sequence: usize, head: usize, [length, heads, width]: [usize; 3]) -> Self {
        let row = heads * width;
        Self { values: &values[sequence * length * row + head * width..], row, length, width }
    }

    /// A copy of at least `rows` rows of `width` values; what is not there is zero.
    fn padded(&self, rows: usize, width: usize) -> Vec<f32> {
        let mut copy = vec![0.0; rows.max(self.length) * width];
        for (copy, row) in copy.chunks_exact_mut(width).take(self.length).zip(self.values.chunks(self.row)) {
            copy[..self.width].copy_from_slice(&row[..self.width]);
        }
        copy
    }
}

/// Queries whose products are made at a time, each with [`REGISTERS`] of keys or values: what sixteen registers hold, and
/// enough that no multiplication waits for another.
const ROWS: usize = 6;
const REGISTERS: usize = 2;

/// The first queries of the blocks of [`ROWS`] that cover `length`. The last block reaches back rather than beyond.
fn blocks(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(ROWS).map(move |first| first.min(length.saturating_sub(ROWS)))
}

/// Products of [`ROWS`] rows of `a`, which start `a_row` apart, and [`REGISTERS`] of the columns of `b`, whose rows start
/// `b_row` apart; `inner` is what is summed over.
#[inline(always)]
fn products<S: pulp::Simd>(
    simd: S,
    [a, b]: [&[f32]; 2],
    [a_row, inner, b_row]: [usize; 3],
) -> [[S::f32s; REGISTERS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); REGISTERS]; ROWS];
    let mut rows = [&[][..]; ROWS];
    for (i, row) in rows.iter_mut().enumerate() {
        *row = &a[i * a_row..][..inner];
    }
    for k in 0..inner {
        let (columns, _) = S::as_simd_f32s(&b[k * b_row..][..REGISTERS * S::F32_LANES]);
        for (sums, row) in sums.iter_mut().zip(rows) {
            let factor = simd.splat_f32s(row[k]);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = simd.mul_add_e_f32s(factor, *column, *sum);
            }
        }
    }
    sums
}

/// Writes what `out` holds of a register.
#[inline(always)]
fn store<S: pulp::Simd>(simd: S, out: &mut [f32], values: S::f32s) {
    match out.get_mut(..S::F32_LANES) {
        Some(whole) => S::as_mut_simd_f32s(whole).0[0] = values,
        None => simd.partial_store_f32s(out, values),
    }
}

/// Makes one head's `pattern` `[T, T]` of its queries and keys. A struct and not a closure, whose body is not certain to be
/// inlined, and then misses the vector instructions.
struct Attend<'a> {
    pattern: &'a mut [f32],
    queries: Head<'a>,
    keys: Head<'a>,
    /// Angles of the positions, position by position; empty where they do not turn.
    turns: &'a [(f32, f32)],
    pairs: Pairs,
    scale: f32,
    cap: Option<f32>,
    window: Option<usize>,
}

impl pulp::WithSimd for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Self { pattern, queries, keys, turns, pairs: which, scale, cap, window } = self;
        let (length, width) = (queries.length, queries.width);
        let (mut queries, mut keys) = (queries.padded(ROWS, width), keys.padded(0, width));
        let pairs = turns.len() / length;
        for rows in [&mut queries, &mut keys] {
            for (position, row) in rows.chunks_exact_mut(width).take(length).enumerate() {
                turn(row, &turns[position * pairs..][..pairs], which);
            }
        }
        // Keys stand side by side, as many together as are read together.
        let together = REGISTERS * S::F32_LANES;
        let padded = length.next_multiple_of(together);
        let mut beside = vec![0.0; width * padded];
        for (keys, beside) in keys.chunks(width * together).zip(beside.chunks_exact_mut(width * together)) {
            vector::transpose(keys, width, beside, together);
        }
        // A cap follows the scale, and nothing else then comes before softmax.
        let left = simd.splat_f32s(if cap.is_some() { 1.0 } else { scale });
        let mut scores = vec![0.0; ROWS * padded];
        let (scores, _) = S::as_mut_simd_f32s(&mut scores);
        for first in blocks(length) {
            // What the last of them sees.
            let registers = length.min(first + ROWS).div_ceil(S::F32_LANES);
            for at in (0..registers).step_by(REGISTERS) {
                let both = [&queries[first * width..], &beside[at * S::F32_LANES * width..]];
                let products = products(simd, both, [width, width, together]);
                for (row, products) in scores.chunks_exact_mut(padded / S::F32_LANES).zip(products) {
                    row[at..at + REGISTERS].copy_from_slice(&products);
                }
            }
            let rows = scores.chunks_exact_mut(padded / S::F32_LANES);
            for (position, scores) in (first..length).zip(rows) {
                if let Some(cap) = cap {
                    vector::cap(simd, &mut scores[..registers], scale, cap);
                }
                let forgotten = window.map_or(0, |window| (position + 1).saturating_sub(window));
                vector::softmax(simd, &mut scores[..registers], left, forgotten..position + 1);
                // What a register writes beyond its row, the next row's write over.
                for at in 0..length.div_ceil(S::F32_LANES) {
                    let weights = if at < registers { scores[at] } else { simd.splat_f32s(0.0) };
                    store(simd, &mut pattern[position * length + at * S::F32_LANES..], weights);
                }
            }
        }
    }
}

/// One head's values weighted by its `pattern` `[T, T]`; row i of `mixed` starts at `i · row`.
struct Weigh<'a> {
    mixed: &'a mut [f32],
    row: usize,
    pattern: &'a [f32],
    values: Head<'a>,
}

impl pulp::WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Self { mixed, row, pattern, values } = self;
        let (length, width) = (values.length, values.width);
        let pattern = Head { values: pattern, row: length, length, width: length };
        // Too few rows for a block are padded.
        let short = if length < ROWS { pattern.padded(ROWS, length) } else { Vec::new() };
        let pattern = if length < ROWS { &short } else { pattern.values };
        // Columns that do not fill the registers are padded, too.
        let padded = width.next_multiple_of(REGISTERS * S::F32_LANES);
        let values = values.padded(0, padded);
        for first in blocks(length) {
            let seen = length.min(first + ROWS);
            for at in (0..padded).step_by(REGISTERS * S::F32_LANES) {
                let products = products(simd, [&pattern[first * length..], &values[at..]], [length, seen, padded]);
                for (position, products) in (first..length).zip(products) {
                    let mixed = &mut mixed[position * row..][..width];
                    for (i, product) in products.into_iter().enumerate() {
                        store(simd, mixed.get_mut(at + i * S::F32_LANES..).unwrap_or_default(), product);
                    }
                }
            }
        }
    }
}
