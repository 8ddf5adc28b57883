//! Operations of the decoder that a tensor library does slowly on the CPU when it composes them: each is one pass
//! over its memory, on all threads, with the widest vector instructions that the processor has. On other devices they
//! are composed after all ([`composed`]), where the library's own kernels are fast.

mod activation;
mod attention;
mod composed;
mod cross_entropy;
mod rotary;
mod vector;

pub use activation::activate;
pub use attention::{attention_mix, attention_pattern};
pub use composed::attention_logits;
pub use cross_entropy::{LOGITS_BYTES, cross_entropy};
pub use rotary::rotate;

use candle_core::{CpuStorage, Layout, Result, bail};

/// The contiguous float32 values that `storage` and `layout` describe.
fn values<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("{op} needs a contiguous tensor"),
    }
}
