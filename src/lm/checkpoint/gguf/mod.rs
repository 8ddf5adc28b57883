//! GGUF files of Llama models: their metadata as a config.json, their tensors under Hugging Face's names.

mod config;
mod metadata;
mod names;
mod sentencepiece;
mod tokenizer;

use super::{Checkpoint, Config, File, Special, Tensors};
use crate::error::{Error, Result, first_line};
use crate::guard::guarded;
use crate::lm::tokenizer::{Growth, Tokenizer};
use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Tensor};
use names::{gguf_name, hugging_face_name};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::Mutex;

/// The model in the file at `path`.
pub fn open(path: &Path) -> Result<Checkpoint> {
    let shown = path.display().to_string();
    let mut file = fs::File::open(path).map_err(|error| Error::Data(format!("{shown}: {error}")))?;
    let content =
        read(&mut file).map_err(|error| Error::Data(format!("{shown}: not a complete GGUF file: {error}")))?;
    let factors = rotary_factors(&content, &mut file).map_err(|error| error.context(&shown))?;
    let config = config::config(&content, factors).map_err(|error| error.context(&shown))?;
    let tokenizer = tokenizer::tokenizer(&content)
        .map_err(|why| format!("{shown}: the tokenizer in the metadata cannot be used: {why}"))
        .and_then(|built| Tokenizer::build(&shown, Growth::OWN, 0, "", || Ok(built)).map_err(|e| e.to_string()));
    let tensors = Box::new(Quantized { content, file: Mutex::new(file), heads: heads(&config)? });
    let files = vec![File::Path(path.to_owned())];
    let special = Special::default();
    Ok(Checkpoint { origin: shown, config, tensors, tokenizer, special, files, commit: None })
}

/// The header of `file`, in which every tensor lies within it.
fn read(file: &mut fs::File) -> std::result::Result<Content, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start).and_then(|_| file.rewind()).map_err(|error| error.to_string())?;
    if start.len() == 4 && start != b"GGUF" {
        return Err("it does not begin with the letters GGUF".to_owned());
    }
    // What candle allocates here is bounded by the length of the file. It divides by the alignment unseen.
    let content = guarded(|| Content::read(&mut BufReader::new(file)))
        .ok_or("its header makes no sense, as where general.alignment is 0")?
        .map_err(|error| first_line(&error))?;
    for (name, info) in &content.tensor_infos {
        let elements = info.shape.dims().iter().try_fold(1u64, |product, dim| product.checked_mul(*dim as u64));
        let blocks = elements.map(|n| n.div_ceil(info.ggml_dtype.block_size() as u64));
        let end = blocks
            .and_then(|n| n.checked_mul(info.ggml_dtype.type_size() as u64))
            .and_then(|bytes| bytes.checked_add(info.offset)?.checked_add(content.tensor_data_offset));
        if end.is_none_or(|end| end > length) {
            return Err(format!("tensor {name} reaches beyond its end"));
        }
    }
    Ok(content)
}

/// The tensor `name` of GGUF, dequantized.
fn dequantized(content: &Content, file: &mut fs::File, name: &str) -> Result<Tensor> {
    let device = &Device::Cpu;
    match guarded(|| content.tensor(file, name, device)?.dequantize(device)) {
        Some(tensor) => tensor.map_err(|error| Error::Data(first_line(&error))),
        None => Err(Error::Data("its shape and its type do not go together".to_owned())),
    }
}

/// What the rotary frequencies are divided by, where the file says so: Llama 3's scaling.
fn rotary_factors(content: &Content, file: &mut fs::File) -> Result<Option<Vec<f32>>> {
    if !content.tensor_infos.contains_key(ROTARY_FACTORS) {
        return Ok(None);
    }
    let read = dequantized(content, file, ROTARY_FACTORS).and_then(|factors| Ok(factors.flatten_all()?.to_vec1()?));
    read.map(Some).map_err(|error| Error::Data(format!("{ROTARY_FACTORS} cannot be read: {error}")))
}

const ROTARY_FACTORS: &str = "rope_freqs.weight";

/// (query heads, key heads).
fn heads(config: &Config) -> Result<(usize, usize)> {
    Ok((config.integer("num_attention_heads")?, config.integer("num_key_value_heads")?))
}

/// The tensors, dequantized as they are read.
struct Quantized {
    content: Content,
    file: Mutex<fs::File>,
    /// (query heads, key heads).
    heads: (usize, usize),
}

impl Tensors for Quantized {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.content.tensor_infos.get(&gguf_name(name)?)?.shape.dims().to_vec())
    }

    fn names(&self) -> Vec<String> {
        let shown = |name: &String| hugging_face_name(name).unwrap_or_else(|| name.clone());
        let read = self.content.tensor_infos.keys().filter(|name| *name != ROTARY_FACTORS);
        read.map(shown).collect()
    }

    fn stored_as(&self) -> BTreeSet<String> {
        self.content.tensor_infos.values().map(|info| format!("{:?}", info.ggml_dtype)).collect()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let (Some(gguf_name), Ok(mut file)) = (gguf_name(name), self.file.lock()) else {
            return Err(Error::Internal(format!("{name} has no counterpart in a GGUF file")));
        };
        let tensor = dequantized(&self.content, &mut file, &gguf_name)?;
        Ok(match () {
            () if name.ends_with("q_proj.weight") => unpermute(&tensor, self.heads.0)?,
            () if name.ends_with("k_proj.weight") => unpermute(&tensor, self.heads.1)?,
            () => tensor,
        })
    }
}

/// Undoes the order of rows that GGUF files keep for interleaved rotary embedding: of each head, dimension pairs
/// (i, i + d/2) stand side by side there.
fn unpermute(weight: &Tensor, heads: usize) -> Result<Tensor> {
    let (rows, columns) = weight.dims2()?;
    let pairs = weight.reshape((heads, rows / heads / 2, 2, columns))?;
    Ok(pairs.transpose(1, 2)?.contiguous()?.reshape((rows, columns))?)
}
