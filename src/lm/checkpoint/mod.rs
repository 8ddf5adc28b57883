//! The files of a model, whatever their form, seen as a Hugging Face checkpoint: a config, named tensors in float32
//! and a tokenizer.

mod config;
mod gguf;
mod hugging_face;
mod listed;
mod pytorch;
mod repository;
mod rotary;
mod safetensors;
mod tokenizer;
mod widen;
mod wrapped;

pub use config::Config;
pub use listed::listed;
pub use rotary::{Fields as RotaryFields, rotary_by_window, rotary_embedding};
use tokenizer::Special;

use super::tokenizer::Tokenizer;
use super::tokens::{MaybeTokens, Tokens};
use crate::error::{Error, ForSetting, Result};
use crate::hash;
use crate::hub::{self, Hub};
use crate::study::{Dtype, ModelChoice, Setting, Wrong};
use candle_core::{DType, Device, Tensor};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where a model's files came from, and what was in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// (file name, SHA-256 in hexadecimal), in the order in which they are listed.
    pub files: Vec<(String, String)>,
    /// The commit of the Hub's repository, where they came from there.
    pub commit: Option<String>,
    /// The types in which the weights are stored, such as `f16`.
    pub stored_as: String,
}

/// How much of a model is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Config and tokenizer.
    Shape,
    /// The weights too.
    Whole,
}

/// Where tensors go.
pub struct Target {
    /// The device.
    pub device: Device,
    /// The type that all weights are brought to.
    pub dtype: DType,
}

impl Target {
    /// Weights of `dtype` on `device`.
    ///
    /// # Errors
    /// [`Error::usage`] for 16-bit weights on the CPU, which computes in float32.
    pub fn new(dtype: Dtype, device: &Device) -> Result<Self> {
        if dtype != Dtype::F32 && device.is_cpu() {
            return Err(Wrong::NotOnCpu(dtype).into());
        }
        Ok(Self { device: device.clone(), dtype: dtype.into() })
    }
}

/// Named tensors.
trait Tensors {
    /// The names of all of them.
    fn names(&self) -> Vec<String>;

    /// The shape of the tensor `name`, if there is one.
    fn shape(&self, name: &str) -> Option<Vec<usize>>;

    /// The types in which they are stored.
    fn stored_as(&self) -> BTreeSet<String>;

    /// Reads one, in float32, on the CPU.
    fn read(&self, name: &str) -> Result<Tensor>;

    /// The numbers of one of any type, masks and counters included.
    fn numbers(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.read(name)?.flatten_all()?.to_vec1()?)
    }

    /// Whether two tensors hold the same numbers in the same shape.
    fn same(&self, a: &str, b: &str) -> Result<bool> {
        Ok(self.shape(a) == self.shape(b) && self.numbers(a)? == self.numbers(b)?)
    }
}

/// One file of a model.
pub(super) enum File {
    /// On disk.
    Path(PathBuf),
    /// In this program: its name and its bytes.
    Embedded(&'static str, &'static [u8]),
}

/// A model's files, opened but not read.
pub struct Checkpoint {
    /// What the model is called in messages.
    pub origin: String,
    /// Its config.json, or what a GGUF file says in its place.
    pub config: Config,
    tensors: Box<dyn Tensors>,
    /// The tokenizer, or why there is none.
    tokenizer: std::result::Result<Tokenizer, String>,
    /// What the tokenizer's settings say of its special tokens; nothing where there are none.
    special: Special,
    files: Vec<File>,
    /// Bytes of the files of its weights that are mapped while they are read; none where they are not here yet.
    pub(super) mapped: Option<u64>,
    pub(super) commit: Option<String>,
    /// What the user should know of the files, found when they were opened.
    pub(super) remarks: Vec<String>,
    /// Whether the weights hold a head that is not the embedding, once that is known.
    pub(super) own_head: OnceLock<bool>,
}

impl Checkpoint {
    /// Opens the model of `choice`: `demo`, a folder in Hugging Face layout, a `.gguf` file, or a repository of the
    /// Hub. What is on this machine under that name comes first.
    ///
    /// # Errors
    /// [`Error::usage`] where it is none of these; [`Error::data`] where a file is missing or broken; what `hub` says.
    pub fn open(choice: &ModelChoice, part: Part, hub: &mut Hub) -> Result<Self> {
        let id = choice.id.as_str();
        let path = Path::new(id);
        let opened = if id == "demo" {
            hugging_face::demo()
        } else if path.is_dir() {
            hugging_face::open(path, part)
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf")) && path.exists() {
            gguf::open(path)
        } else if hub::is_repository_id(id) && !path.exists() {
            repository::open(choice, part, hub)
        } else {
            let found = if path.exists() { "this file is neither" } else { "there is no such folder or file" };
            Err(Error::usage(format!(
                "model \"{id}\": expected \"demo\", a folder with config.json, a tokenizer and weights, a .gguf file, or \
                 a repository of the Hugging Face Hub such as EleutherAI/pythia-410m, and {found}"
            )))
        };
        opened.for_setting(Setting::ModelId.path())
    }

    /// The tensor `name` of exactly `shape`, brought to `target`.
    ///
    /// # Errors
    /// [`Error::data`] where it is missing, of another shape or unreadable.
    pub fn tensor(&self, name: &str, shape: &[usize], target: &Target) -> Result<Tensor> {
        let trouble = |what: String| Error::data(format!("{}: tensor {name} {what}", self.origin));
        let found = self.tensors.shape(name).ok_or_else(|| trouble("is missing".to_owned()))?;
        if found != shape {
            return Err(trouble(format!("has the shape {found:?}; {} asks for {shape:?}", self.config.name())));
        }
        let read = self.tensors.read(name).map_err(|error| trouble(format!("cannot be read: {error}")))?;
        Ok(read.to_dtype(target.dtype)?.to_device(&target.device)?)
    }

    /// Whether there is a tensor `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors.shape(name).is_some()
    }

    /// The first file with weights, where there is one on disk.
    #[must_use]
    pub fn weight_file(&self) -> Option<&Path> {
        let paths = self.files.iter().filter_map(|file| match file {
            File::Path(path) => Some(path.as_path()),
            File::Embedded(..) => None,
        });
        paths.into_iter().find(|path| path.extension().is_some_and(|end| end == "safetensors" || end == "bin"))
    }

    /// The names of all tensors, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.tensors.names();
        names.sort_unstable();
        names
    }

    /// The types in which the weights are stored, such as `f16`, joined by commas.
    #[must_use]
    pub fn stored_as(&self) -> String {
        self.tensors.stored_as().into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The tokenizer, or why the model has none.
    ///
    /// # Errors
    /// [`Error::data`] where config.json is not usable.
    pub fn tokens(&self) -> Result<MaybeTokens> {
        let vocab = self.config.integer("vocab_size")?;
        let bos = self.config.optional_integer("bos_token_id")?;
        match &self.tokenizer {
            Ok(tokenizer) => {
                let prefix = self.special.prefix(tokenizer, &self.config)?;
                Ok(Ok(Tokens::new(tokenizer.clone(), vocab, bos).with_prefix(prefix)))
            }
            Err(why) => Ok(Err(why.clone())),
        }
    }

    /// `choice` at the very commit that this is of: a branch may move while its config is looked at.
    #[must_use]
    pub fn pinned(&self, choice: &ModelChoice) -> ModelChoice {
        let revision = self.commit.as_ref().unwrap_or(&choice.revision).clone();
        ModelChoice { revision, ..choice.clone() }
    }

    /// Whether the tensors `a` and `b` hold the same numbers.
    ///
    /// # Errors
    /// [`Error::data`] where one of them cannot be read.
    pub fn same(&self, a: &str, b: &str) -> Result<bool> {
        let compared = self.tensors.same(a, b);
        compared.map_err(|error| Error::data(format!("{}: tensors {a} and {b} cannot be read: {error}", self.origin)))
    }

    /// The numbers of the tensor `name`, whatever their type, where they can be read.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<Vec<f32>> {
        self.tensors.numbers(name).ok()
    }

    /// The shape of the tensor `name`.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensors.shape(name)
    }

    /// Its files, in the order in which they are listed.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }
}

impl File {
    /// The SHA-256 of its content, by its name.
    ///
    /// # Errors
    /// [`Error::data`] where it cannot be read.
    pub(super) fn hash(&self) -> Result<(String, String)> {
        match self {
            Self::Embedded(name, bytes) => Ok(((*name).to_owned(), hash::of(bytes))),
            Self::Path(path) => {
                let broken = |error| Error::data(format!("{}: cannot be read: {error}", path.display()));
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

/// The weights of a model of which only the shape was asked for.
struct Unread;

impl Tensors for Unread {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn shape(&self, _name: &str) -> Option<Vec<usize>> {
        None
    }

    fn stored_as(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        Err(Error::internal(format!("{name} was asked of a model that was opened for its shape")))
    }
}

/// The embedded demo's files as (name, bytes), in Hugging Face layout: for whoever wants to look at them elsewhere.
#[must_use]
pub fn demo_files() -> [(&'static str, &'static [u8]); 3] {
    hugging_face::DEMO
}
