//! The files of a model, whatever their form, seen as a Hugging Face checkpoint: a config, named tensors in float32
//! and a tokenizer.

mod config;
mod gguf;
mod hugging_face;

pub use config::Config;

use super::tokens::Tokens;
use crate::error::{Error, Result};
use crate::hash;
use candle_core::{Device, Tensor};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Names and SHA-256 hashes of the files that a model was loaded from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// (file name, hash in hexadecimal), in the order in which they are listed.
    pub files: Vec<(String, String)>,
}

/// Named tensors.
trait Tensors {
    /// The shape of the tensor `name`, if there is one.
    fn shape(&self, name: &str) -> Option<Vec<usize>>;

    /// Reads it, in float32.
    fn read(&self, name: &str, device: &Device) -> Result<Tensor>;
}

/// One file of a model.
enum File {
    /// On disk.
    Path(PathBuf),
    /// In this program: its name and its bytes.
    Embedded(&'static str, &'static [u8]),
}

/// A model's files, opened but not read.
pub struct Checkpoint {
    /// What the model is called in messages.
    origin: String,
    /// Its config.json, or what a GGUF file says in its place.
    pub config: Config,
    tensors: Box<dyn Tensors>,
    tokenizer: Option<tokenizers::Tokenizer>,
    files: Vec<File>,
}

impl Checkpoint {
    /// Opens the model `id`: `demo`, a folder in Hugging Face layout, or a `.gguf` file.
    ///
    /// # Errors
    /// [`Error::Usage`] where `id` is none of these; [`Error::Data`] where a file is missing or broken.
    pub fn open(id: &str) -> Result<Self> {
        let path = Path::new(id);
        if id == "demo" {
            hugging_face::demo()
        } else if path.is_dir() {
            hugging_face::open(path)
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf")) {
            gguf::open(path)
        } else {
            let found = if path.exists() { "this file is neither" } else { "there is no such folder or file" };
            Err(Error::Usage(format!(
                "model \"{id}\": expected \"demo\", a folder with config.json, tokenizer.json and safetensors, or a \
                 .gguf file, and {found}"
            )))
        }
    }

    /// The tensor `name` in float32, of exactly `shape`.
    ///
    /// # Errors
    /// [`Error::Data`] where it is missing, of another shape or unreadable.
    pub fn tensor(&self, name: &str, shape: &[usize], device: &Device) -> Result<Tensor> {
        let trouble = |what: String| Error::Data(format!("{}: tensor {name} {what}", self.origin));
        let found = self.tensors.shape(name).ok_or_else(|| trouble("is missing".to_owned()))?;
        if found != shape {
            return Err(trouble(format!("has the shape {found:?}; config.json asks for {shape:?}")));
        }
        self.tensors.read(name, device).map_err(|error| trouble(format!("cannot be read: {error}")))
    }

    /// Whether there is a tensor `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors.shape(name).is_some()
    }

    /// The tokenizer, where the model has one.
    ///
    /// # Errors
    /// [`Error::Data`] where config.json is not usable.
    pub fn tokens(&self) -> Result<Option<Tokens>> {
        let vocab = self.config.integer("vocab_size")?;
        let bos = self.config.optional_integer("bos_token_id")?;
        Ok(self.tokenizer.clone().map(|tokenizer| Tokens::new(tokenizer, vocab, bos)))
    }

    /// Hashes of the files; reads them whole.
    ///
    /// # Errors
    /// [`Error::Data`] where a file cannot be read.
    pub fn provenance(&self) -> Result<Provenance> {
        let files = self.files.iter().map(File::hash).collect::<Result<_>>()?;
        Ok(Provenance { files })
    }
}

impl File {
    fn hash(&self) -> Result<(String, String)> {
        match self {
            Self::Embedded(name, bytes) => Ok(((*name).to_owned(), hash::of(bytes))),
            Self::Path(path) => {
                let broken = |error| Error::Data(format!("{}: cannot be read: {error}", path.display()));
                let mut file = std::fs::File::open(path).map_err(broken)?;
                let mut hasher = Sha256::new();
                let mut buffer = vec![0; 1 << 20];
                loop {
                    match file.read(&mut buffer).map_err(broken)? {
                        0 => break,
                        n => hasher.update(&buffer[..n]),
                    }
                }
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                Ok((name, hash::hex(hasher)))
            }
        }
    }
}

/// The embedded demo's files as (name, bytes), in Hugging Face layout: for whoever wants to look at them elsewhere.
#[must_use]
pub fn demo_files() -> [(&'static str, &'static [u8]); 3] {
    hugging_face::DEMO
}
