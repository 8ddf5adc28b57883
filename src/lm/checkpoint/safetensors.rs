//! Weights in safetensors: mapped into memory, widened to float32 one tensor at a time on all threads.

use super::Tensors;
use super::widen::widen;
use crate::error::{Error, Result, first_line};
use candle_core::safetensors::{MmapedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Tensor};
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
                let (shown, words) = (path.display(), first_line(&error));
                if words.contains("Cannot allocate memory") {
                    return Error::Unavailable(format!(
                        "{shown}: there is not enough address space to map it: {words}"
                    ));
                }
                Error::Data(format!("{shown}: not a complete safetensors file: {words}"))
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
        read(&self.view(name).ok_or_else(|| Error::Data("is missing".to_owned()))?)
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
        read(&self.0.get(name)?)
    }
}

fn types<'a>(tensors: impl IntoIterator<Item = (String, TensorView<'a>)>) -> BTreeSet<String> {
    tensors.into_iter().map(|(_, view)| view.dtype().to_string().to_lowercase()).collect()
}

/// The tensor in float32.
fn read(view: &TensorView) -> Result<Tensor> {
    let dtype = DType::try_from(view.dtype()).map_err(|error| Error::Data(first_line(&error)))?;
    Ok(Tensor::from_vec(widen(view.data(), dtype)?, view.shape(), &Device::Cpu)?)
}
