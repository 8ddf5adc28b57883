//! Folders in Hugging Face layout, and the demo, which is one inside the program.

use super::safetensors::{Embedded, Mapped};
use super::wrapped::unwrapped;
use super::{Checkpoint, Config, File, Part, Special, Tensors, Unread, pytorch, tokenizer};
use crate::error::{Error, Result};
use crate::lm::tokenizer::Tokenizer;
use crate::text;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The demo's files.
pub const DEMO: [(&str, &[u8]); 3] = [
    ("config.json", include_bytes!("../../../assets/demo/config.json")),
    ("model.safetensors", include_bytes!("../../../assets/demo/model.safetensors")),
    ("tokenizer.json", include_bytes!("../../../assets/demo/tokenizer.json")),
];

/// The built-in demo.
pub fn demo() -> Result<Checkpoint> {
    let [(_, config), (_, weights), (_, tokens)] = DEMO;
    Ok(Checkpoint {
        origin: "demo".to_owned(),
        config: Config::parse(config, "demo")?,
        tensors: Box::new(Embedded::new(weights)?),
        tokenizer: Ok(Tokenizer::parse(tokens, "demo")?),
        special: Special::default(),
        files: DEMO.map(|(name, bytes)| File::Embedded(name, bytes)).into(),
        mapped: Some(0),
        commit: None,
        remarks: Vec::new(),
        own_head: OnceLock::new(),
    })
}

/// The model in `folder`.
pub fn open(folder: &Path, part: Part) -> Result<Checkpoint> {
    let shown = folder.display();
    let config_path = folder.join("config.json");
    let config = std::fs::read(&config_path).map_err(|error| {
        Error::data(format!("{shown}: config.json cannot be read ({error}); a model folder needs one"))
    })?;
    let config = Config::parse(&config, &config_path.display().to_string())?;
    let mut paths = vec![config_path];
    let tensors: Box<dyn Tensors> = match part {
        // What the weights hold decides on the model's shape too; where they are not there yet, config.json does alone.
        Part::Shape => Weights::of(folder).and_then(Weights::open).unwrap_or_else(|_| Box::new(Unread)),
        Part::Whole => {
            let weights = Weights::of(folder)?;
            paths.extend_from_slice(weights.paths());
            weights.open()?
        }
    };
    let (tensors, remark) = unwrapped(tensors);
    let remarks = remark.into_iter().chain(Weights::unread(folder)).collect();
    let (tokenizer, files) = tokenizer::open(folder, &config)?;
    let special = Special::read(folder)?;
    paths.extend(files);
    let tokenizer = tokenizer.ok_or_else(|| {
        format!(
            "{shown}: there is no tokenizer.json; vocab.json and merges.txt do in its place for {}, whose way of splitting \
             texts is known; of other files, such as a tokenizer.model, transformers' save_pretrained makes a \
             tokenizer.json",
            tokenizer::SPLIT_AS_GPT2.join(", ")
        )
    });
    let files = paths.into_iter().map(File::Path).collect();
    let mapped = Weights::of(folder).ok().map(|weights| weights.paths().iter().map(|path| size(path)).sum());
    Ok(Checkpoint {
        origin: shown.to_string(),
        config,
        tensors,
        tokenizer,
        special,
        files,
        mapped,
        commit: None,
        remarks,
        own_head: OnceLock::new(),
    })
}

/// Bytes of the file at `path`.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The weight files of a folder.
pub enum Weights {
    /// safetensors, in one piece or in shards.
    Safetensors(Vec<PathBuf>),
    /// What `torch.save` writes, in one piece or in shards.
    PyTorch(Vec<PathBuf>),
}

/// A single file, and the index that names the shards in its place.
pub const SAFETENSORS: [&str; 2] = ["model.safetensors", "model.safetensors.index.json"];
/// As [`SAFETENSORS`].
pub const PYTORCH: [&str; 2] = ["pytorch_model.bin", "pytorch_model.bin.index.json"];

impl Weights {
    /// Those that transformers would load from `folder`: safetensors before `pytorch_model.bin`, a single file before
    /// an index. Safetensors under other names are taken where there is nothing else.
    ///
    /// # Errors
    /// [`Error::data`] where there are none, or one that an index names is missing.
    pub fn of(folder: &Path) -> Result<Self> {
        if let Some(paths) = named(folder, SAFETENSORS)? {
            return Ok(Self::Safetensors(paths));
        }
        if let Some(paths) = named(folder, PYTORCH)? {
            return Ok(Self::PyTorch(paths));
        }
        let entries = std::fs::read_dir(folder)
            .map_err(|error| Error::data(format!("{}: cannot be read: {error}", folder.display())))?;
        let mut others: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        others.retain(|path| path.extension().is_some_and(|e| e == "safetensors"));
        others.sort();
        if others.is_empty() {
            return Err(Error::data(format!(
                "{}: there are no weights; a model folder needs .safetensors files or a pytorch_model.bin",
                folder.display()
            )));
        }
        match missing_shard(&others) {
            Some(missing) => Err(Error::data(format!("{}: is missing; its other shards are there", missing.display()))),
            None => Ok(Self::Safetensors(others)),
        }
    }

    /// A remark on the weight files of `folder` that are not read beside those that are.
    fn unread(folder: &Path) -> Option<String> {
        let read = Self::of(folder).ok()?;
        let entries = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let others = entries.filter(|path| !read.paths().contains(path));
        let mut names: Vec<String> =
            others.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        // The same weights as a pytorch_model.bin are common, and no others.
        names.retain(|name| name.ends_with(".safetensors") || name.starts_with("adapter_model"));
        names.sort();
        (!names.is_empty())
            .then(|| format!("weight files beside those of the model are not read: {}", names.join(", ")))
    }

    /// Where they are.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Safetensors(paths) | Self::PyTorch(paths) => paths,
        }
    }

    fn open(self) -> Result<Box<dyn Tensors>> {
        Ok(match self {
            Self::Safetensors(paths) => Box::new(Mapped::open(&paths)?),
            Self::PyTorch(paths) => Box::new(pytorch::Pickled::open(&paths)?),
        })
    }
}

/// The first of the shards that `paths` are some of, such as `model-00001-of-00002.safetensors`, which is not among them.
fn missing_shard(paths: &[PathBuf]) -> Option<PathBuf> {
    paths.iter().find_map(|path| {
        let (stem, count) = path.file_stem()?.to_str()?.rsplit_once("-of-")?;
        let (stem, number) = stem.rsplit_once('-')?;
        number.parse::<usize>().ok()?;
        let shard = |i: usize| path.with_file_name(format!("{stem}-{i:00$}-of-{count}.safetensors", number.len()));
        // More shards than files are missing some; that many are looked for and no more.
        (1..=count.parse::<usize>().ok()?.min(paths.len() + 1)).map(shard).find(|shard| !paths.contains(shard))
    })
}

/// The single file in `folder`, or the shards that the index names.
fn named(folder: &Path, [single, index]: [&str; 2]) -> Result<Option<Vec<PathBuf>>> {
    let path = folder.join(single);
    if path.is_file() {
        return Ok(Some(vec![path]));
    }
    let path = folder.join(index);
    let Ok(bytes) = std::fs::read(&path) else { return Ok(None) };
    let broken = || Error::data(format!("{}: expected a \"weight_map\" of file names", path.display()));
    let text = text::decode(&bytes).map_err(|why| Error::data(format!("{}: {why}", path.display())))?;
    let parsed: Value = serde_json::from_str(text).map_err(|_| broken())?;
    let mut names = BTreeSet::new();
    for name in parsed.get("weight_map").and_then(Value::as_object).ok_or_else(broken)?.values() {
        let name = name.as_str().filter(|n| !n.contains(['/', '\\'])).ok_or_else(broken)?;
        names.insert(name.to_owned());
    }
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    match paths.iter().find(|path| !path.is_file()) {
        Some(missing) => Err(Error::data(format!("{}: is missing; {index} names it", missing.display()))),
        None => Ok(Some(paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_is_missing_is_named() {
        let missing = |names: &[&str]| missing_shard(&names.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(missing(&["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"]), None);
        assert_eq!(missing(&["m-00002-of-00002.safetensors"]), Some("m-00001-of-00002.safetensors".into()));
        assert_eq!(missing(&["a/m-1-of-9.safetensors"]), Some("a/m-2-of-9.safetensors".into()));
        assert_eq!(missing(&["other.safetensors", "a-of-b.safetensors"]), None);
        assert!(missing(&["m-00001-of-99999999999.safetensors"]).is_some());
    }
}
