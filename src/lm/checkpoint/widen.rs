//! Stored numbers widened to float32, on all threads.

use crate::error::{Error, Result};
use candle_core::DType;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};
use rayon::prelude::*;

/// Elements that one task widens.
const TASK: usize = 1 << 16;

/// The numbers in `bytes`, which are little-endian and of the type `dtype`.
///
/// # Errors
/// [`Error::data`] where that is no floating-point type.
pub fn widen(bytes: &[u8], dtype: DType) -> Result<Vec<f32>> {
    let into: fn(&[u8], &mut [f32]) = match dtype {
        DType::F32 => |bytes, out| each(bytes, out, f32::from_le_bytes),
        #[allow(clippy::cast_possible_truncation)]
        DType::F64 => |bytes, out| each(bytes, out, |eight| f64::from_le_bytes(eight) as f32),
        DType::F16 => {
            |bytes, out| halves(bytes, out, |bits, out| bits.reinterpret_cast::<f16>().convert_to_f32_slice(out))
        }
        DType::BF16 => {
            |bytes, out| halves(bytes, out, |bits, out| bits.reinterpret_cast::<bf16>().convert_to_f32_slice(out))
        }
        other => return Err(unsuitable(other.as_str())),
    };
    let width = dtype.size_in_bytes();
    let mut values = vec![0.0f32; bytes.len() / width];
    values.par_chunks_mut(TASK).zip(bytes.par_chunks(TASK * width)).for_each(|(out, bytes)| into(bytes, out));
    Ok(values)
}

/// As [`widen`], for masks and counters too.
///
/// # Errors
/// [`Error::data`] where `dtype` is none of these.
pub fn numbers(bytes: &[u8], dtype: DType) -> Result<Vec<f32>> {
    match dtype {
        DType::U8 => Ok(bytes.iter().map(|byte| f32::from(*byte)).collect()),
        #[allow(clippy::cast_precision_loss)]
        DType::I64 => Ok(bytes.as_chunks().0.iter().map(|eight| i64::from_le_bytes(*eight) as f32).collect()),
        other => widen(bytes, other),
    }
}

/// Weights of the type `name` are of no use.
pub fn unsuitable(name: &str) -> Error {
    Error::data(format!("has the type {name}; expected floating point"))
}

fn each<const N: usize>(bytes: &[u8], out: &mut [f32], value: impl Fn([u8; N]) -> f32) {
    let (elements, _) = bytes.as_chunks::<N>();
    out.iter_mut().zip(elements).for_each(|(out, element)| *out = value(*element));
}

/// 16-bit values by way of a small aligned buffer, since tensors in a file may start at odd addresses.
fn halves(bytes: &[u8], out: &mut [f32], convert: impl Fn(&[u16], &mut [f32])) {
    let mut bits = [0u16; 512];
    for (bytes, out) in bytes.chunks(2 * bits.len()).zip(out.chunks_mut(bits.len())) {
        let (pairs, _) = bytes.as_chunks::<2>();
        bits.iter_mut().zip(pairs).for_each(|(bits, pair)| *bits = u16::from_le_bytes(*pair));
        convert(&bits[..out.len()], out);
    }
}
