//! Operations of the decoder that a tensor library does slowly on the CPU when it composes them: each is one pass
//! over its memory, on all threads, with the widest vector instructions that the processor has. On other devices they
//! are composed after all ([`composed`]), where the library's own kernels are fast.

mod activation;
mod attention;
mod composed;
mod cross_entropy;
mod how;
mod linear;
mod norm;
mod pointwise;
mod probe;
mod product;
mod rotary;
mod vector;

pub use attention::{attention_mix, attention_pattern};
pub use composed::{activate, attention_scores, logits, softmax};
pub use cross_entropy::{LOGITS_BYTES, cross_entropy};
pub use how::{Head, Scores};
pub use linear::{Weight, linear};
pub use norm::norm;
pub use pointwise::{add, add3, mul};
pub use probe::Product;
pub use rotary::rotate;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};
use rayon::prelude::*;
use std::cell::Cell;
use std::mem::MaybeUninit;

/// The contiguous float32 values that `storage` and `layout` describe.
fn values<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("{op} needs a contiguous tensor"),
    }
}

/// What `work` makes of the values of contiguous float32 tensors on the CPU; of one that is not there, no values.
fn cpu_values<const N: usize, T>(tensors: &[Option<&Tensor>; N], work: impl FnOnce([&[f32]; N]) -> T) -> Result<T> {
    let guards = tensors.map(|tensor| tensor.map(Tensor::storage_and_layout));
    let mut slices = [&[][..]; N];
    for (slice, guard) in slices.iter_mut().zip(&guards) {
        if let Some((storage, layout)) = guard {
            let Storage::Cpu(storage) = &**storage else { bail!("a tensor of a CPU model is not on the CPU") };
            *slice = values("an operation of the decoder", storage, layout)?;
        }
    }
    Ok(work(slices))
}

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, whose operations stay on the calling thread: for passes of which several run side by side, each on a
/// thread of its own, where nobody has to wait for anybody between two operations.
pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    let before = ALONE.replace(true);
    let result = work();
    ALONE.set(before);
    result
}

fn is_alone() -> bool {
    ALONE.get()
}

/// Fewer values than these are made sooner than another thread is woken.
const WORTH_A_THREAD: usize = 1 << 15;

/// Calls `each` with every chunk of `values` and which one it is; on all threads, unless they are busy or there is little
/// to do.
fn for_chunks<T: Send>(values: &mut [T], chunk: usize, each: impl Fn(usize, &mut [T]) + Sync) {
    if is_alone() || values.len() < WORTH_A_THREAD {
        values.chunks_mut(chunk).enumerate().for_each(|(i, values)| each(i, values));
    } else {
        values.par_chunks_mut(chunk).enumerate().for_each(|(i, values)| each(i, values));
    }
}

/// `length` values, of which `fill` makes `chunk` at a time; it is told which chunk it is.
fn filled(length: usize, chunk: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let mut values = Vec::with_capacity(length);
    for_chunks(&mut values.spare_capacity_mut()[..length], chunk, |i, part| {
        // Cleared here, and not all at once, so that it is still in cache when it is filled.
        part.fill(MaybeUninit::new(0.0));
        // SAFETY: all of it has just been written.
        #[allow(unsafe_code)]
        fill(i, unsafe { part.assume_init_mut() });
    });
    // SAFETY: the chunks are all of it, and each has been written.
    #[allow(unsafe_code)]
    unsafe {
        values.set_len(length);
    }
    values
}
