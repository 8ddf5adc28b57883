//! The output projection and the cross-entropy as one pass over the vocabulary, in tiles that stay in cache.

use super::how::Head;
use super::product::{Matrix, multiply};
use super::{composed, cpu_values, vector};
use crate::error::Result;
use candle_core::Tensor;
use rayon::prelude::*;
use std::cell::Cell;

/// Rows that are folded at a time: three AVX-512 registers, which is also what the matrix product makes at a time.
const GROUP: usize = 48;

/// Rows of a tile.
const ROWS: usize = 8 * GROUP;

/// Logits of a tile per row: a tile takes 786 kB and stays in the cache of the core that makes it.
const COLUMNS: usize = 512;

/// Logits of a task per row. It follows from nothing but the shape, so results do not depend on the threads.
const TASK: usize = 16 * COLUMNS;

/// Bytes that [`cross_entropy`] takes beside its inputs, on the CPU (64 threads' tiles) and on other devices.
pub const LOGITS_BYTES: [usize; 2] = [64 * 4 * ROWS * COLUMNS, composed::LOGITS_BYTES];

/// −log softmax(logits)[target] in nats, one per row of `x` `[rows, hidden]`, for the logits that `head` makes of x.
///
/// A tile of logits is made on one thread and folded at once into a running maximum and a running sum of exponentials
/// per row, so the logits never leave that core's cache. In a tile the rows of x stand side by side: they fill the
/// vector registers, for the product as for the exponentials, and nothing is summed across a register.
///
/// # Errors
/// Internal ones only.
pub fn cross_entropy(x: &Tensor, head: Head, targets: &[u32]) -> Result<Vec<f32>> {
    if !x.device().is_cpu() {
        return composed::cross_entropy(x, head, targets);
    }
    let x = x.contiguous()?;
    let (rows, hidden) = x.dims2()?;
    let vocab = head.weight.dim(0)?;
    let losses = cpu_values(&[Some(&x), Some(head.weight), head.bias], |[x, weight, bias]| {
        let blocks = Blocks::new(x, hidden);
        let finish = |tile: &mut [f32], rows: usize, start: usize| {
            if head.cap.is_some() || !bias.is_empty() {
                let bias = bias.get(start..).unwrap_or_default();
                pulp::Arch::new().dispatch(Finish { tile, rows, bias, cap: head.cap });
            }
        };
        let fold = |task: Task| (task.block, fold(&blocks, weight, task, targets, finish));
        let tasks = blocks.tasks(vocab);
        let folded: Vec<(usize, Vec<Group>)> = if super::is_alone() {
            tasks.into_iter().map(fold).collect()
        } else {
            tasks.into_par_iter().map(fold).collect()
        };
        let mut losses = Vec::with_capacity(rows);
        for of_block in folded.chunk_by(|a, b| a.0 == b.0) {
            let mut whole = vec![Group::default(); of_block[0].1.len()];
            for (_, part) in of_block {
                whole.iter_mut().zip(part).for_each(|(whole, part)| whole.merge(part));
            }
            losses.extend(whole.iter().flat_map(Group::losses));
            losses.truncate(rows.min((of_block[0].0 + 1) * ROWS));
        }
        losses
    })?;
    Ok(losses)
}

/// The rows of x in blocks of [`ROWS`], each turned so that its rows stand side by side: `[hidden, rows]`, with as many
/// rows of zeros as make whole groups.
pub struct Blocks {
    hidden: usize,
    turned: Vec<Vec<f32>>,
}

/// A part of the vocabulary for a block of rows: the unit of work.
#[derive(Clone, Copy)]
pub struct Task {
    block: usize,
    /// First and one past the last of the vocabulary.
    vocab: [usize; 2],
}

impl Blocks {
    pub fn new(x: &[f32], hidden: usize) -> Self {
        let turn = |block: &[f32]| {
            let rows = (block.len() / hidden).next_multiple_of(GROUP);
            let mut turned = vec![0.0; hidden * rows];
            vector::transpose(block, hidden, &mut turned, rows);
            turned
        };
        Self { hidden, turned: x.par_chunks(ROWS * hidden).map(turn).collect() }
    }

    /// All tasks, block by block.
    pub fn tasks(&self, vocab: usize) -> Vec<Task> {
        let of_block =
            |block| (0..vocab).step_by(TASK).map(move |at| Task { block, vocab: [at, vocab.min(at + TASK)] });
        (0..self.turned.len()).flat_map(of_block).collect()
    }
}

thread_local! {
    /// Where a thread makes its tiles.
    static TILE: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Makes the logits of a task tile by tile; `each` is given a tile `[logits, rows]`, its number of rows, and the place in
/// the vocabulary where it starts.
pub fn each_tile(blocks: &Blocks, head: &[f32], task: Task, mut each: impl FnMut(&mut [f32], usize, usize)) {
    let (x, hidden) = (&blocks.turned[task.block], blocks.hidden);
    let rows = x.len() / hidden;
    let mut tile = TILE.take();
    tile.resize(COLUMNS * ROWS, 0.0);
    for start in (task.vocab[0]..task.vocab[1]).step_by(COLUMNS) {
        let columns = COLUMNS.min(task.vocab[1] - start);
        let tile = &mut tile[..columns * rows];
        let head = Matrix { values: &head[start * hidden..], row: hidden, column: 1 };
        let x = Matrix { values: x, row: rows, column: 1 };
        multiply([columns, hidden, rows], 1.0, &head, &x, tile, rows);
        each(tile, rows, start);
    }
    TILE.set(tile);
}

/// The logits of a task, finished tile by tile and folded; `targets` are those of all rows.
fn fold(
    blocks: &Blocks,
    head: &[f32],
    task: Task,
    targets: &[u32],
    finish: impl Fn(&mut [f32], usize, usize),
) -> Vec<Group> {
    let mut groups = vec![Group::default(); blocks.turned[task.block].len() / blocks.hidden / GROUP];
    let targets = targets.chunks(ROWS).nth(task.block).unwrap_or_default();
    each_tile(blocks, head, task, |tile, rows, start| {
        finish(tile, rows, start);
        let tile = &*tile;
        for (at, group) in groups.iter_mut().enumerate() {
            pulp::Arch::new().dispatch(Fold { group, tile, rows, first: at * GROUP });
        }
        for (row, target) in targets.iter().enumerate() {
            if let Some(logit) = (*target as usize).checked_sub(start).and_then(|at| tile.get(at * rows + row)) {
                groups[row / GROUP].target[row % GROUP] = *logit;
            }
        }
    });
    groups
}

/// Adds the biases to the logits of a tile `[logits, rows]`, and caps them.
struct Finish<'a> {
    tile: &'a mut [f32],
    rows: usize,
    /// From the tile's first logit on; empty where there are none.
    bias: &'a [f32],
    cap: Option<f32>,
}

impl pulp::WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Self { tile, rows, bias, cap } = self;
        for (at, logits) in tile.chunks_exact_mut(rows).enumerate() {
            // Rows are whole groups, which are whole registers.
            let (logits, _) = S::as_mut_simd_f32s(logits);
            if let Some(bias) = bias.get(at) {
                let bias = simd.splat_f32s(*bias);
                for x in logits.iter_mut() {
                    *x = simd.add_f32s(*x, bias);
                }
            }
            if let Some(cap) = cap {
                vector::cap(simd, logits, 1.0, cap);
            }
        }
    }
}

/// What is known of a group of rows after some logits.
#[derive(Clone)]
struct Group {
    max: [f32; GROUP],
    /// Σ exp(logit − max).
    sum: [f32; GROUP],
    /// NaN until it is met.
    target: [f32; GROUP],
}

impl Default for Group {
    fn default() -> Self {
        Self { max: [f32::NEG_INFINITY; GROUP], sum: [0.0; GROUP], target: [f32::NAN; GROUP] }
    }
}

/// Takes the rows from `first` on of a tile `[logits, rows]` into a group.
struct Fold<'a> {
    group: &'a mut Group,
    tile: &'a [f32],
    rows: usize,
    first: usize,
}

/// Registers that are folded side by side, so that none waits for another; with 16 lanes they hold a group.
const REGISTERS: usize = 3;

impl pulp::WithSimd for Fold<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let Self { group, tile, rows, first } = self;
        let (groups, _) = S::as_mut_simd_f32s(&mut group.max);
        let mut folded = Group { max: [0.0; GROUP], ..Group::default() };
        let (max_out, _) = S::as_mut_simd_f32s(&mut folded.max);
        let (sum_out, _) = S::as_mut_simd_f32s(&mut folded.sum);
        for (part, maxima) in groups.chunks_exact(REGISTERS).enumerate() {
            let at = first + part * REGISTERS * S::F32_LANES;
            let logits_of = |logits: &[f32]| -> [S::f32s; REGISTERS] {
                let (registers, _) = S::as_simd_f32s(&logits[at..at + REGISTERS * S::F32_LANES]);
                [registers[0], registers[1], registers[2]]
            };
            let mut max = [maxima[0], maxima[1], maxima[2]];
            // A NaN makes their sum one: comparisons may leave it aside, this does not.
            let mut all = [simd.splat_f32s(0.0); REGISTERS];
            for logits in tile.chunks_exact(rows) {
                let logits = logits_of(logits);
                for k in 0..REGISTERS {
                    max[k] = simd.max_f32s(max[k], logits[k]);
                    all[k] = simd.add_f32s(all[k], logits[k]);
                }
            }
            // x − x is 0, and NaN where x is no number.
            let mut sum = [0, 1, 2].map(
                #[inline(always)]
                |k: usize| simd.sub_f32s(all[k], all[k]),
            );
            for logits in tile.chunks_exact(rows) {
                let logits = logits_of(logits);
                for k in 0..REGISTERS {
                    let exp = vector::exp_lanes_below(simd, simd.sub_f32s(logits[k], max[k]));
                    sum[k] = simd.add_f32s(sum[k], exp);
                }
            }
            max_out[part * REGISTERS..][..REGISTERS].copy_from_slice(&max);
            sum_out[part * REGISTERS..][..REGISTERS].copy_from_slice(&sum);
        }
        group.merge(&folded);
    }
}

impl Group {
    fn merge(&mut self, other: &Self) {
        for i in 0..GROUP {
            let max = if other.max[i] > self.max[i] { other.max[i] } else { self.max[i] };
            // What has seen nothing yet has a sum of 0 and a maximum of −∞.
            let part = |sum: f32, of: f32| if of == max { sum } else { sum * (of - max).exp() };
            self.sum[i] = part(self.sum[i], self.max[i]) + part(other.sum[i], other.max[i]);
            self.max[i] = max;
            if self.target[i].is_nan() {
                self.target[i] = other.target[i];
            }
        }
    }

    fn losses(&self) -> impl Iterator<Item = f32> {
        (0..GROUP).map(|i| self.sum[i].ln() + (self.max[i] - self.target[i]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{D, Device};

    #[test]
    fn chunks_agree_with_the_whole_softmax() {
        let device = Device::Cpu;
        let wave = |n: usize, step: f32| (0..n).map(|i| (i as f32 * step).sin() * 2.0).collect::<Vec<f32>>();
        let (rows, hidden, vocab) = (5000, 8, 1300);
        let x = Tensor::from_vec(wave(rows * hidden, 0.37), (rows, hidden), &device).unwrap();
        let head = Tensor::from_vec(wave(vocab * hidden, 0.11), (vocab, hidden), &device).unwrap();
        let targets: Vec<u32> = (0..rows).map(|i| u32::try_from(i * 7 % vocab).unwrap()).collect();
        let bias = Tensor::from_vec(wave(vocab, 0.7), vocab, &device).unwrap();
        for (bias, cap) in [(None, None), (Some(&bias), None), (Some(&bias), Some(3.0)), (None, Some(5.0))] {
            let losses = cross_entropy(&x, Head { weight: &head, bias, cap }, &targets).unwrap();
            let mut logits = x.matmul(&head.t().unwrap()).unwrap();
            if let Some(bias) = bias {
                logits = logits.broadcast_add(bias).unwrap();
            }
            if let Some(cap) = cap {
                logits = ((logits / f64::from(cap)).unwrap().tanh().unwrap() * f64::from(cap)).unwrap();
            }
            let log_p = candle_nn::ops::log_softmax(&logits, D::Minus1).unwrap().to_vec2::<f32>().unwrap();
            for (i, target) in targets.iter().enumerate() {
                let expected = -log_p[i][*target as usize];
                assert!((losses[i] - expected).abs() < 1e-5, "{} against {expected}, cap {cap:?}", losses[i]);
            }
        }
    }

    #[test]
    fn a_nan_stays_a_nan() {
        let x = Tensor::new(&[[1.0f32, f32::NAN], [1.0, 2.0]], &Device::Cpu).unwrap();
        let head = Tensor::new(&[[1.0f32, 0.0], [0.5, 1.0]], &Device::Cpu).unwrap();
        for cap in [None, Some(2.0)] {
            let losses = cross_entropy(&x, Head { weight: &head, bias: None, cap }, &[0, 1]).unwrap();
            assert!(losses[0].is_nan() && losses[1].is_finite());
        }
    }
}
