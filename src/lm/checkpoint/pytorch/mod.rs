//! Weights in `pytorch_model.bin`: the zip form of `torch.save`, of which only tensors are taken; no code in it is
//! ever run. Files are mapped into memory and widened to float32 one tensor at a time on all threads.

mod pickle;

use super::Tensors;
use super::safetensors::there_twice;
use super::widen::{numbers, unsuitable, widen};
use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;
use pickle::{Entry, Table};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// Files on disk.
pub struct Pickled {
    shards: Vec<Mmap>,
    tensors: HashMap<String, Stored>,
}

/// A tensor that lies wholly in its storage.
struct Stored {
    shard: usize,
    /// Where its storage lies in the file.
    storage: Range<usize>,
    /// Its type, or the name of one that is not read.
    dtype: std::result::Result<DType, String>,
    /// Where it begins and ends in the storage, in elements.
    elements: Range<usize>,
    shape: Vec<usize>,
    strides: Vec<usize>,
    /// Whether its numbers are truth values.
    is_mask: bool,
}

/// The type of truth values, each in a byte.
const BOOL: &str = "Bool";

impl Pickled {
    /// Maps the files at `paths` and reads their tables.
    ///
    /// # Errors
    /// [`Error::data`] where one is of the old form, broken, or holds no tensors, or two have a tensor of one name with
    /// different numbers.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut pickled = Self { shards: Vec::new(), tensors: HashMap::new() };
        for path in paths {
            let again = pickled.add(path).map_err(|error| error.context(path.display()))?;
            for (name, tensor) in again {
                let before = pickled.stored(&name)?;
                let numbers = |of: &Stored| of.values(&pickled.shards[of.shard], numbers);
                if before.shape != tensor.shape || numbers(before)? != numbers(&tensor)? {
                    return Err(there_twice(&name, &paths[before.shard], path));
                }
            }
        }
        Ok(pickled)
    }

    /// Adds the file at `path`; returns those of its tensors whose names an earlier file has.
    fn add(&mut self, path: &Path) -> Result<Vec<(String, Stored)>> {
        let file = std::fs::File::open(path);
        // SAFETY: the map is only read; a file that another program shortens meanwhile ends this process with a signal,
        // as it does in every program that maps its weights.
        #[allow(unsafe_code)]
        let map = file.and_then(|file| unsafe { Mmap::map(&file) });
        let map = map.map_err(|error| match error.kind() {
            std::io::ErrorKind::OutOfMemory => {
                Error::unavailable(format!("there is not enough address space to map it: {error}"))
            }
            _ => Error::data(format!("cannot be read: {error}")),
        })?;
        if !map.starts_with(b"PK") {
            return Err(Error::data(
                "is not in the zip form of torch.save. PyTorch before 1.6 wrote another one, which can carry code and \
                 is not read; convert it in Python: torch.save(torch.load(\"pytorch_model.bin\", weights_only=True), \
                 \"pytorch_model.bin\")"
                    .to_owned(),
            ));
        }
        let (folder, parts) = parts(&map)?;
        let part = |name: &str| parts.get(&format!("{folder}{name}")).cloned();
        if let Some(order) = part("byteorder").map(|range| &map[range]).filter(|order| *order != b"little") {
            let order = String::from_utf8_lossy(order);
            return Err(Error::data(format!("has its numbers in the byte order \"{order:.20}\"; expected \"little\"")));
        }
        let Table { tensors: entries, nested } = pickle::tensors(&map[part("data.pkl").unwrap_or_default()])?;
        if let Some(nested) = nested {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(Error::data(format!(
                "holds the state dict under {nested}; expected it at the top, as save_pretrained writes it. Mend it in \
                 Python: torch.save(torch.load(\"{file}\", weights_only=True){nested}, \"{file}\")"
            )));
        }
        if entries.is_empty() {
            return Err(Error::data(
                "holds no tensors; expected a state dict, as save_pretrained writes it".to_owned(),
            ));
        }
        let mut again = Vec::new();
        for entry in entries {
            let name = entry.name;
            let storage = part(&format!("data/{:.99}", entry.key)).ok_or_else(|| {
                Error::data(format!("is broken: tensor {name} is in the storage {:.99}, which is missing", entry.key))
            })?;
            let stored = Stored::new(self.shards.len(), storage, entry)?;
            // A name that comes twice in one file is Python's last.
            if self.tensors.get(name).is_none_or(|known| known.shard == self.shards.len()) {
                self.tensors.insert(name.to_owned(), stored);
            } else {
                again.push((name.to_owned(), stored));
            }
        }
        self.shards.push(map);
        Ok(again)
    }
}

impl Pickled {
    fn stored(&self, name: &str) -> Result<&Stored> {
        self.tensors.get(name).ok_or_else(|| Error::data("is missing".to_owned()))
    }
}

/// The folder in the archive that holds `data.pkl`, and where each of the archive's files lies.
fn parts(archive: &[u8]) -> Result<(String, HashMap<String, Range<usize>>)> {
    let broken = |error: zip::result::ZipError| Error::data(format!("is broken: {error}"));
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(broken)?;
    let mut parts = HashMap::new();
    let mut folders = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(broken)?;
        let name = file.name().map_err(broken)?.into_owned();
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Err(Error::data(format!(
                "has {name} compressed or encrypted; expected it plain, as torch.save writes it"
            )));
        }
        let start = file.data_start().and_then(|start| usize::try_from(start).ok());
        let end = start.and_then(|start| start.checked_add(usize::try_from(file.size()).ok()?));
        let (Some(start), Some(end)) = (start, end.filter(|end| *end <= archive.len())) else {
            return Err(Error::data(format!("is broken: {name} reaches beyond its end")));
        };
        if let Some(folder) = name.strip_suffix("data.pkl").filter(|folder| folder.ends_with('/')) {
            folders.push(folder.to_owned());
        }
        parts.insert(name, start..end);
    }
    match folders.pop() {
        Some(folder) if folders.is_empty() => Ok((folder, parts)),
        found => {
            let found = folders.len() + usize::from(found.is_some());
            Err(Error::data(format!(
                "is no file of torch.save: it has {found} tables of tensors (data.pkl); expected 1"
            )))
        }
    }
}

impl Stored {
    fn new(shard: usize, storage: Range<usize>, entry: Entry) -> Result<Self> {
        let Entry { name, kind, offset, shape, strides, .. } = entry;
        let dtype = match kind {
            "Float" => Ok(DType::F32),
            "Double" => Ok(DType::F64),
            "Half" => Ok(DType::F16),
            "BFloat16" => Ok(DType::BF16),
            "Byte" | BOOL => Ok(DType::U8),
            "Long" => Ok(DType::I64),
            other => Err(format!("{other:.40}")),
        };
        let mut elements = 0..0;
        if let Ok(dtype) = dtype {
            let held = storage.len() / dtype.size_in_bytes();
            elements = span(offset, &shape, &strides).filter(|span| span.end <= held && count(&shape) <= held).ok_or_else(|| {
                Error::data(format!(
                    "is broken: tensor {name} of the shape {shape:?} with strides {strides:?} from element {offset} on is \
                     larger than its storage of {held} elements"
                ))
            })?;
        }
        Ok(Self { shard, storage, dtype, elements, shape, strides, is_mask: kind == BOOL })
    }

    /// Whether the last dimension's elements lie side by side, and so on up.
    fn in_order(&self) -> bool {
        let mut next = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(dim, stride)| {
            let fits = *dim == 1 || *stride == next;
            next *= dim;
            fits
        })
    }

    /// The numbers in the order of the shape, made of the file's bytes by `widened`.
    fn values(&self, file: &[u8], widened: fn(&[u8], DType) -> Result<Vec<f32>>) -> Result<Vec<f32>> {
        let dtype = self.dtype.as_ref().map_err(|name| unsuitable(name))?;
        let width = dtype.size_in_bytes();
        let bytes = &file[self.storage.clone()][self.elements.start * width..self.elements.end * width];
        let mut values = widened(bytes, *dtype)?;
        if !values.is_empty() && !self.in_order() {
            let mut ordered = vec![0.0f32; count(&self.shape)];
            ordered.par_iter_mut().enumerate().for_each(|(mut index, value)| {
                let mut at = 0;
                for (dim, stride) in self.shape.iter().zip(&self.strides).rev() {
                    at += index % dim * stride;
                    index /= dim;
                }
                *value = values[at];
            });
            values = ordered;
        }
        Ok(values)
    }

    /// Whether this is `other` by another name, as tied weights are: in the same place in the file.
    fn is(&self, other: &Self) -> bool {
        (self.shard, &self.storage, &self.dtype, &self.elements, &self.shape, &self.strides)
            == (other.shard, &other.storage, &other.dtype, &other.elements, &other.shape, &other.strides)
    }
}

/// How many elements there are; more than any file holds where they cannot be counted.
fn count(shape: &[usize]) -> usize {
    if shape.contains(&0) { 0 } else { shape.iter().fold(1, |product, dim| product.saturating_mul(*dim)) }
}

/// From the first element of a tensor to the end of its last.
fn span(offset: usize, shape: &[usize], strides: &[usize]) -> Option<Range<usize>> {
    if shape.contains(&0) {
        return Some(0..0);
    }
    let last = shape
        .iter()
        .zip(strides)
        .try_fold(offset, |at, (dim, stride)| at.checked_add((dim - 1).checked_mul(*stride)?))?;
    Some(offset..last.checked_add(1)?)
}

impl Tensors for Pickled {
    fn names(&self) -> Vec<String> {
        self.tensors.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.tensors.get(name)?.shape.clone())
    }

    fn stored_as(&self) -> BTreeSet<String> {
        // Masks and counters are no weights.
        let types = self.tensors.values().filter_map(|tensor| tensor.dtype.as_ref().ok());
        types.filter(|dtype| dtype.is_float()).map(|dtype| dtype.as_str().to_owned()).collect()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let tensor = self.stored(name)?;
        if tensor.is_mask {
            return Err(unsuitable(BOOL));
        }
        let values = tensor.values(&self.shards[tensor.shard], widen)?;
        Ok(Tensor::from_vec(values, tensor.shape.as_slice(), &Device::Cpu)?)
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>> {
        let tensor = self.stored(name)?;
        tensor.values(&self.shards[tensor.shard], numbers)
    }

    fn same(&self, a: &str, b: &str) -> Result<bool> {
        let (first, second) = (self.stored(a)?, self.stored(b)?);
        if first.is(second) || first.shape != second.shape {
            return Ok(first.shape == second.shape);
        }
        Ok(self.numbers(a)? == self.numbers(b)?)
    }
}

#[cfg(test)]
mod tests;
