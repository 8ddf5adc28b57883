//! GGUF files of Llama models: their metadata as a config.json, their tensors under Hugging Face's names.

mod byte_level;
mod config;
mod keys;
mod metadata;
mod names;
mod sentencepiece;
mod tokenizer;
mod types;
mod vocabulary;

use super::{Checkpoint, Config, File, Special, Tensors};
use crate::error::{Error, Result, first_line};
use crate::guard::guarded;
use crate::lm::checkpoint::listed;
use crate::lm::tokenizer::{Growth, Tokenizer};
use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Tensor};
use metadata::Metadata;
use names::{gguf_name, hugging_face_name, is_foreign};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use types::unknown_type;

/// The model in the file at `path`.
pub fn open(path: &Path) -> Result<Checkpoint> {
    let shown = path.display().to_string();
    let mut file = fs::File::open(path).map_err(|error| Error::data(format!("{shown}: {error}")))?;
    let refused = |trouble: String| Error::data(format!("{shown}: {trouble}"));
    let content = read(&mut file).map_err(|error| refused(split(part_by_name(path)).unwrap_or(error)))?;
    let metadata = Metadata(&content.metadata);
    let by_key = || Some((metadata.index("split.no").unwrap_or(0), metadata.index("split.count")?));
    let part = by_key().map(|(no, count)| (no.saturating_add(1), count)).or_else(|| part_by_name(path));
    if let Some(trouble) = split(part) {
        return Err(refused(trouble));
    }
    let factors = rotary_factors(&content, &mut file).map_err(|error| error.context(&shown))?;
    let config = config::config(&content, factors).map_err(|error| error.context(&shown))?;
    let judgement = keys::judge(metadata);
    let tokenizer = judgement.tokenizer.map_or_else(|| tokenizer::tokenizer(metadata), Err);
    let tokenizer = tokenizer
        .map_err(|why| format!("{shown}: the tokenizer in the metadata cannot be used: {why}"))
        .and_then(|built| Tokenizer::build(&shown, Growth::OWN, 0, "", || Ok(built)).map_err(|e| e.to_string()));
    let remarks = judgement.remarks.into_iter().chain(foreign(&content)).collect();
    let tensors = Box::new(Quantized { content, file: Mutex::new(file), heads: heads(&config)? });
    let files = vec![File::Path(path.to_owned())];
    let special = Special::default();
    let own_head = OnceLock::new();
    Ok(Checkpoint {
        origin: shown,
        config,
        tensors,
        tokenizer,
        special,
        files,
        mapped: Some(0),
        commit: None,
        remarks,
        own_head,
    })
}

/// A remark on tensors that have Hugging Face's names, which belong to nothing in a GGUF file.
fn foreign(content: &Content) -> Option<String> {
    let mut names: Vec<String> = content.tensor_infos.keys().filter(|name| is_foreign(name)).cloned().collect();
    names.sort_unstable();
    let called = names.first().and_then(|first| gguf_name(first))?;
    Some(format!(
        "tensors that are called as in Hugging Face's files are left out: {}; in a GGUF file the first of them would be \
         {called}",
        listed(&names)
    ))
}

/// What is wrong where a file is one part of several: (its number from 1 on, how many there are).
fn split(part: Option<(usize, usize)>) -> Option<String> {
    let (number, count) = part.filter(|(_, count)| *count > 1)?;
    Some(format!(
        "is part {number} of {count} of a split GGUF file, and parts are not put together here; llama.cpp does so: \
         llama-gguf-split --merge FIRST_PART WHOLE.gguf"
    ))
}

/// Which part of how many the name of a file says that it is, such as `model-00001-of-00003.gguf`.
fn part_by_name(path: &Path) -> Option<(usize, usize)> {
    let (rest, count) = path.file_stem()?.to_str()?.rsplit_once("-of-")?;
    let (_, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| (text.len() == 5).then(|| text.parse().ok()).flatten();
    Some((digits(number)?, digits(count)?))
}

/// The header of `file`, in which every tensor lies within it.
fn read(file: &mut fs::File) -> std::result::Result<Content, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start).and_then(|_| file.rewind()).map_err(|error| error.to_string())?;
    let incomplete = |what: &str| format!("not a complete GGUF file: {what}");
    if start.len() == 4 && start != b"GGUF" {
        return Err(incomplete("it does not begin with the letters GGUF"));
    }
    // What candle allocates here is bounded by the length of the file. It divides by the alignment unseen.
    let content = guarded(|| Content::read(&mut BufReader::new(file)))
        .ok_or_else(|| incomplete("its header makes no sense, as where general.alignment is 0"))?
        .map_err(|error| first_line(&error))
        .map_err(|error| unknown_type(&error).unwrap_or_else(|| incomplete(&error)))?;
    for (name, info) in &content.tensor_infos {
        let elements = info.shape.dims().iter().try_fold(1u64, |product, dim| product.checked_mul(*dim as u64));
        let blocks = elements.map(|n| n.div_ceil(info.ggml_dtype.block_size() as u64));
        let end = blocks
            .and_then(|n| n.checked_mul(info.ggml_dtype.type_size() as u64))
            .and_then(|bytes| bytes.checked_add(info.offset)?.checked_add(content.tensor_data_offset));
        if end.is_none_or(|end| end > length) {
            return Err(incomplete(&format!("tensor {name:.100} reaches beyond its end")));
        }
    }
    Ok(content)
}

/// The tensor `name` of GGUF, dequantized.
fn dequantized(content: &Content, file: &mut fs::File, name: &str) -> Result<Tensor> {
    let device = &Device::Cpu;
    match guarded(|| content.tensor(file, name, device)?.dequantize(device)) {
        Some(tensor) => tensor.map_err(|error| Error::data(first_line(&error))),
        None => Err(Error::data("its shape and its type do not go together".to_owned())),
    }
}

/// What the rotary frequencies are divided by, where the file says so: Llama 3's scaling.
fn rotary_factors(content: &Content, file: &mut fs::File) -> Result<Option<Vec<f32>>> {
    if !content.tensor_infos.contains_key(ROTARY_FACTORS) {
        return Ok(None);
    }
    let read = dequantized(content, file, ROTARY_FACTORS).and_then(|factors| Ok(factors.flatten_all()?.to_vec1()?));
    let factors: Vec<f32> = read.map_err(|error| Error::data(format!("{ROTARY_FACTORS} cannot be read: {error}")))?;
    match factors.iter().find(|factor| !(factor.is_finite() && **factor > 0.0)) {
        Some(factor) => Err(Error::data(format!("{ROTARY_FACTORS} holds {factor}; expected numbers greater than 0"))),
        None => Ok(Some(factors)),
    }
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
        // Under their names here, foreign ones would pass for those that are read.
        let read = self.content.tensor_infos.keys().filter(|name| *name != ROTARY_FACTORS && !is_foreign(name));
        read.map(shown).collect()
    }

    fn stored_as(&self) -> BTreeSet<String> {
        self.content.tensor_infos.values().map(|info| format!("{:?}", info.ggml_dtype)).collect()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let (Some(gguf_name), Ok(mut file)) = (gguf_name(name), self.file.lock()) else {
            return Err(Error::internal(format!("{name} has no counterpart in a GGUF file")));
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
