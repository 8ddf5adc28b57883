//! Weights in safetensors: mapped into memory, widened to float32 one tensor at a time on all threads.

use super::Tensors;
use crate::error::{Error, Result, first_line};
use candle_core::safetensors::{MmapedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Tensor};
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};
use rayon::prelude::*;
use safetensors::tensor::TensorView;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// Files on disk.
pub struct Mapped {
    shards: Vec<MmapedSafetensors>,
    /// Which shard holds a tensor.
    shard_of: HashMap<String, usize>,
}

impl Mapped {
    /// Maps the files at `paths`.
    ///
    /// # Errors
    /// [`Error::Data`] where one is no complete safetensors file.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut shards = Vec::new();
        let mut shard_of = HashMap::new();
        for (i, path) in paths.iter().enumerate() {
            // SAFETY: the map is only read; a file that another program shortens meanwhile ends this process with a
            // signal, as it does in every program that maps its weights.
            #[allow(unsafe_code)]
            let shard = unsafe { MmapedSafetensors::new(path) };
            let shard = shard.map_err(|error| {
                Error::Data(format!("{}: not a complete safetensors file: {}", path.display(), first_line(&error)))
            })?;
            for (name, _) in shard.tensors() {
                shard_of.entry(name).or_insert(i);
            }
            shards.push(shard);
        }
        Ok(Self { shards, shard_of })
    }

    fn view(&self, name: &str) -> Option<TensorView<'_>> {
        self.shards[*self.shard_of.get(name)?].get(name).ok()
    }
}

impl Tensors for Mapped {
    fn names(&self) -> Vec<String> {
        self.shard_of.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.view(name)?.shape().to_vec())
    }

    fn stored_as(&self) -> BTreeSet<String> {
        types(self.shards.iter().flat_map(MmapedSafetensors::tensors))
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        widen(&self.view(name).ok_or_else(|| Error::Data("is missing".to_owned()))?)
    }
}

/// A file inside the program.
pub struct Embedded(SliceSafetensors<'static>);

impl Embedded {
    /// # Errors
    /// Where `bytes` is no safetensors file.
    pub fn new(bytes: &'static [u8]) -> Result<Self> {
        Ok(Self(SliceSafetensors::new(bytes)?))
    }
}

impl Tensors for Embedded {
    fn names(&self) -> Vec<String> {
        self.0.tensors().into_iter().map(|(name, _)| name).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.0.get(name).ok()?.shape().to_vec())
    }

    fn stored_as(&self) -> BTreeSet<String> {
        types(self.0.tensors())
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        widen(&self.0.get(name)?)
    }
}

fn types<'a>(tensors: impl IntoIterator<Item = (String, TensorView<'a>)>) -> BTreeSet<String> {
    tensors.into_iter().map(|(_, view)| view.dtype().to_string().to_lowercase()).collect()
}

/// Elements that one task widens.
const TASK: usize = 1 << 16;

/// The tensor in float32.
fn widen(view: &TensorView) -> Result<Tensor> {
    let dtype = DType::try_from(view.dtype()).map_err(|error| Error::Data(first_line(&error)))?;
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
        other => return Err(Error::Data(format!("has the type {}; expected floating point", other.as_str()))),
    };
    let width = dtype.size_in_bytes();
    let bytes = view.data();
    let mut values = vec![0.0f32; bytes.len() / width];
    values.par_chunks_mut(TASK).zip(bytes.par_chunks(TASK * width)).for_each(|(out, bytes)| into(bytes, out));
    Ok(Tensor::from_vec(values, view.shape(), &Device::Cpu)?)
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
