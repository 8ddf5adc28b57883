//! Weights in safetensors: mapped into memory, widened to float32 one tensor at a time on all threads.

use super::Tensors;
use super::widen::{numbers, unsuitable, widen};
use crate::error::{Error, Result, first_line};
use candle_core::safetensors::{MmapedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

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
    /// [`Error::data`] where one is no complete safetensors file, or two have a tensor of one name with different numbers.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut shards: Vec<MmapedSafetensors> = Vec::new();
        let mut shard_of: HashMap<String, usize> = HashMap::new();
        for (i, path) in paths.iter().enumerate() {
            // SAFETY: the map is only read; a file that another program shortens meanwhile ends this process with a
            // signal, as it does in every program that maps its weights.
            #[allow(unsafe_code)]
            let shard = unsafe { MmapedSafetensors::new(path) };
            let shard = shard.map_err(|error| {
                let (shown, words) = (path.display(), first_line(&error));
                if words.contains("Cannot allocate memory") {
                    return Error::unavailable(format!(
                        "{shown}: there is not enough address space to map it: {words}"
                    ));
                }
                Error::data(format!("{shown}: not a complete safetensors file: {words}"))
            })?;
            for (name, view) in shard.tensors() {
                let Some(before) = shard_of.get(&name) else {
                    shard_of.insert(name, i);
                    continue;
                };
                if !same(&shards[*before].get(&name)?, &view)? {
                    return Err(there_twice(&name, &paths[*before], path));
                }
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
        read(&self.view(name).ok_or_else(missing)?)
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>> {
        any_numbers(&self.view(name).ok_or_else(missing)?)
    }

    fn same(&self, a: &str, b: &str) -> Result<bool> {
        same(&self.view(a).ok_or_else(missing)?, &self.view(b).ok_or_else(missing)?)
    }
}

/// Two files of a model contradict each other.
pub fn there_twice(name: &str, first: &Path, second: &Path) -> Error {
    Error::data(format!(
        "{} and {} both hold a tensor {name:.100}, with different numbers; leave the one in the folder that belongs to the \
         model",
        first.display(),
        second.display()
    ))
}

fn missing() -> Error {
    Error::data("is missing".to_owned())
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
        read(&self.0.get(name)?)
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>> {
        any_numbers(&self.0.get(name)?)
    }

    fn same(&self, a: &str, b: &str) -> Result<bool> {
        same(&self.0.get(a)?, &self.0.get(b)?)
    }
}

fn types<'a>(tensors: impl IntoIterator<Item = (String, TensorView<'a>)>) -> BTreeSet<String> {
    tensors.into_iter().map(|(_, view)| view.dtype().to_string().to_lowercase()).collect()
}

/// The tensor in float32.
fn read(view: &TensorView) -> Result<Tensor> {
    let dtype = DType::try_from(view.dtype()).map_err(|_| unsuitable(&view.dtype().to_string()))?;
    Ok(Tensor::from_vec(widen(view.data(), dtype)?, view.shape(), &Device::Cpu)?)
}

/// The numbers of a tensor of any type that is read.
fn any_numbers(view: &TensorView) -> Result<Vec<f32>> {
    let dtype = match view.dtype() {
        Dtype::BOOL => DType::U8,
        other => DType::try_from(other).map_err(|_| unsuitable(&other.to_string()))?,
    };
    numbers(view.data(), dtype)
}

/// Whether two tensors hold the same numbers in the same shape. Equal bytes are equal numbers but for NaN, of which
/// nothing is made here.
fn same(a: &TensorView, b: &TensorView) -> Result<bool> {
    if a.shape() != b.shape() {
        return Ok(false);
    }
    Ok((a.dtype() == b.dtype() && a.data() == b.data()) || any_numbers(a)? == any_numbers(b)?)
}
