//! Folders in Hugging Face layout, and the demo, which is one inside the program.

use super::{Checkpoint, Config, File, Tensors};
use crate::error::{Error, Result, first_line};
use candle_core::safetensors::{Load, MmapedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Tensor};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The demo's files.
pub const DEMO: [(&str, &[u8]); 3] = [
    ("config.json", include_bytes!("../../../assets/demo/config.json")),
    ("model.safetensors", include_bytes!("../../../assets/demo/model.safetensors")),
    ("tokenizer.json", include_bytes!("../../../assets/demo/tokenizer.json")),
];

/// The built-in demo.
pub fn demo() -> Result<Checkpoint> {
    let [(_, config), (_, weights), (_, tokenizer)] = DEMO;
    let weights = SliceSafetensors::new(weights)?;
    Ok(Checkpoint {
        origin: "demo".to_owned(),
        config: Config::parse(config, "demo")?,
        tensors: Box::new(Embedded(weights)),
        tokenizer: Some(read_tokenizer(tokenizer, "demo")?),
        files: DEMO.map(|(name, bytes)| File::Embedded(name, bytes)).into(),
    })
}

/// The model in `folder`.
pub fn open(folder: &Path) -> Result<Checkpoint> {
    let shown = folder.display();
    let config_path = folder.join("config.json");
    let config = std::fs::read(&config_path).map_err(|error| {
        Error::Data(format!("{shown}: config.json cannot be read ({error}); a model folder needs one"))
    })?;
    let config = Config::parse(&config, &config_path.display().to_string())?;
    let mut files = vec![File::Path(config_path)];
    let mut shards = Vec::new();
    for path in weight_files(folder)? {
        // SAFETY: the map is only read; a file that another program shortens meanwhile ends this process with a
        // signal, as it does in every program that maps its weights.
        #[allow(unsafe_code)]
        let shard = unsafe { MmapedSafetensors::new(&path) };
        let shard = shard.map_err(|error| {
            Error::Data(format!("{}: not a complete safetensors file: {}", path.display(), first_line(&error)))
        })?;
        shards.push(shard);
        files.push(File::Path(path));
    }
    let tokenizer_path = folder.join("tokenizer.json");
    let tokenizer = match std::fs::read(&tokenizer_path) {
        Ok(bytes) => Some(read_tokenizer(&bytes, &tokenizer_path.display().to_string())?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::Data(format!("{}: cannot be read: {error}", tokenizer_path.display()))),
    };
    if tokenizer.is_some() {
        files.push(File::Path(tokenizer_path));
    }
    Ok(Checkpoint { origin: shown.to_string(), config, tensors: Box::new(Mapped(shards)), tokenizer, files })
}

fn read_tokenizer(bytes: &[u8], origin: &str) -> Result<tokenizers::Tokenizer> {
    tokenizers::Tokenizer::from_bytes(bytes)
        .map_err(|error| Error::Data(format!("{origin}: not a usable tokenizer.json: {error}")))
}

/// The safetensors files of `folder`: those that the index names, or all that there are.
fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = folder.display();
    let index_path = folder.join("model.safetensors.index.json");
    let mut names = BTreeSet::new();
    if let Ok(index) = std::fs::read(&index_path) {
        let broken = || Error::Data(format!("{}: expected a \"weight_map\" of file names", index_path.display()));
        let index: Value = serde_json::from_slice(&index).map_err(|_| broken())?;
        for name in index.get("weight_map").and_then(Value::as_object).ok_or_else(broken)?.values() {
            let name = name.as_str().filter(|n| !n.contains(['/', '\\'])).ok_or_else(broken)?;
            names.insert(name.to_owned());
        }
    } else {
        let entries = std::fs::read_dir(folder).map_err(|e| Error::Data(format!("{shown}: cannot be read: {e}")))?;
        let found = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.extend(found.filter(|name| name.ends_with(".safetensors")));
    }
    if names.is_empty() {
        return Err(Error::Data(format!("{shown}: there is no .safetensors file; a model folder needs its weights")));
    }
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    match paths.iter().find(|path| !path.is_file()) {
        Some(missing) => {
            Err(Error::Data(format!("{}: is missing; model.safetensors.index.json names it", missing.display())))
        }
        None => Ok(paths),
    }
}

/// Shards on disk, mapped into memory and read one tensor at a time.
struct Mapped(Vec<MmapedSafetensors>);

impl Tensors for Mapped {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.0.iter().find_map(|shard| Some(shard.get(name).ok()?.shape().to_vec()))
    }

    fn read(&self, name: &str, device: &Device) -> Result<Tensor> {
        match self.0.iter().find_map(|shard| shard.get(name).ok()) {
            Some(view) => Ok(view.load(device)?.to_dtype(DType::F32)?),
            None => Err(Error::Data("is missing".to_owned())),
        }
    }
}

/// Weights inside the program.
struct Embedded(SliceSafetensors<'static>);

impl Tensors for Embedded {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.0.get(name).ok()?.shape().to_vec())
    }

    fn read(&self, name: &str, device: &Device) -> Result<Tensor> {
        Ok(self.0.load(name, device)?.to_dtype(DType::F32)?)
    }
}
