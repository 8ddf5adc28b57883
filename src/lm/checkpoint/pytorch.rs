//! Weights in `pytorch_model.bin`: the zip form of `torch.save`, of which only tensors are taken; no code in it is
//! ever run.

use super::Tensors;
use crate::error::{Error, Result, first_line};
use candle_core::pickle::PthTensors;
use candle_core::{DType, Tensor};
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Files on disk, read one tensor at a time.
pub struct Pickled {
    shards: Vec<PthTensors>,
    /// Which shard holds a tensor.
    shard_of: HashMap<String, usize>,
}

impl Pickled {
    /// Reads the tables of the files at `paths`.
    ///
    /// # Errors
    /// [`Error::Data`] where one is of the old form, broken, or holds no tensors.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut shards = Vec::new();
        let mut shard_of = HashMap::new();
        for (i, path) in paths.iter().enumerate() {
            let shard = open(path).map_err(|error| error.context(path.display()))?;
            for name in shard.tensor_infos().keys() {
                shard_of.entry(name.clone()).or_insert(i);
            }
            shards.push(shard);
        }
        Ok(Self { shards, shard_of })
    }
}

fn open(path: &Path) -> Result<PthTensors> {
    let unreadable = |error: std::io::Error| Error::Data(format!("cannot be read: {error}"));
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    if start != b"PK" {
        return Err(Error::Data(
            "is not in the zip form of torch.save. PyTorch before 1.6 wrote another one, which can carry code and is not \
             read; convert it in Python: torch.save(torch.load(\"pytorch_model.bin\", weights_only=True), \
             \"pytorch_model.bin\")"
                .to_owned(),
        ));
    }
    let tensors = guarded(|| PthTensors::new(path, None))?;
    if tensors.tensor_infos().is_empty() {
        return Err(Error::Data("holds no tensors; expected a state dict, as save_pretrained writes it".to_owned()));
    }
    for (name, info) in tensors.tensor_infos() {
        let elements = info.layout.dims().iter().try_fold(1u64, |product, dim| product.checked_mul(*dim as u64));
        let bytes = elements.and_then(|n| n.checked_mul(info.dtype.size_in_bytes() as u64));
        let end = bytes.and_then(|bytes| bytes.checked_add(info.layout.start_offset() as u64));
        if end.is_none_or(|end| end > length) {
            return Err(Error::Data(format!("tensor {name} is larger than the file")));
        }
    }
    Ok(tensors)
}

/// The reader indexes what a broken file says without looking; that must not end the program.
fn guarded<T>(read: impl FnOnce() -> candle_core::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Error::Data(format!("is broken: {}", first_line(&error)))),
        Err(_) => Err(Error::Data("is broken: its table of tensors is not that of a state dict".to_owned())),
    }
}

impl Tensors for Pickled {
    fn names(&self) -> Vec<String> {
        self.shard_of.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let shard = &self.shards[*self.shard_of.get(name)?];
        Some(shard.tensor_infos().get(name)?.layout.dims().to_vec())
    }

    fn stored_as(&self) -> BTreeSet<String> {
        let infos = self.shards.iter().flat_map(|shard| shard.tensor_infos().values());
        infos.map(|info| info.dtype.as_str().to_owned()).collect()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let missing = || Error::Data("is missing".to_owned());
        let shard = &self.shards[*self.shard_of.get(name).ok_or_else(missing)?];
        let tensor = guarded(|| shard.get(name))?.ok_or_else(missing)?;
        if !tensor.dtype().is_float() {
            return Err(Error::Data(format!("has the type {}; expected floating point", tensor.dtype().as_str())));
        }
        Ok(tensor.to_dtype(DType::F32)?.contiguous()?)
    }
}
