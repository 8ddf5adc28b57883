//! Models of the Hugging Face Hub: which of a repository's files are needed, and the folder that they end in.

use super::hugging_face::{self, PYTORCH, SAFETENSORS, Weights};
use super::{Checkpoint, Part, tokenizer};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::{Hub, Kind, Repository, is_torn, is_whole};
use crate::study::ModelChoice;
use std::path::Path;

/// The model that `choice` names, fetched through `hub` where the cache does not have it.
pub fn open(choice: &ModelChoice, part: Part, hub: &mut Hub) -> Result<Checkpoint> {
    let repository = Repository { kind: Kind::Model, id: choice.id.clone(), revision: choice.revision.clone() };
    let snapshot = hub
        .snapshot(&repository, &|folder| is_complete(folder, part), &|names| needed(&choice.id, names, part))
        .or_else(|error| match (error.kind(), hub.cached(&repository, &has_weights)) {
            // Only the network knows whether a model without a tokenizer has one by now; where it could not be asked,
            // the model goes without.
            (ErrorKind::NotCached | ErrorKind::Unavailable, Some(snapshot)) if hub.is_online() => Ok(snapshot),
            _ => Err(looked_here_first(&choice.id, error)),
        })?;
    let mut checkpoint = hugging_face::open(&snapshot.folder, part)?;
    checkpoint.origin.clone_from(&choice.id);
    checkpoint.commit = Some(snapshot.commit);
    Ok(checkpoint)
}

/// A name without an owner may as well be that of a folder; who meant one has to hear that it is not there.
fn looked_here_first(id: &str, error: Error) -> Error {
    if id.contains('/') {
        return error;
    }
    error.context(format!("model \"{id}\": there is no such folder or file, so it was looked for on the Hub"))
}

/// Whether `folder` has a config and weights, and no tokenizer rather than a torn one.
fn has_weights(folder: &Path) -> bool {
    is_whole(&folder.join("config.json")) && !has_torn_tokenizer(folder) && weights_are_whole(folder)
}

/// Whether something of a tokenizer is named in `folder` and not there. A file that it uses where it is there counts as well:
/// without it the tokenizer would be another one.
fn has_torn_tokenizer(folder: &Path) -> bool {
    let mut names = tokenizer::FORMS.iter().flat_map(|form| form.required.iter().chain(form.optional));
    names.any(|name| is_torn(&folder.join(name)))
}

/// Whether `folder` has all that is needed, so that the network need not be asked.
fn is_complete(folder: &Path, part: Part) -> bool {
    let whole = |name: &str| is_whole(&folder.join(name));
    whole("config.json")
        && tokenizer::FORMS.iter().any(|form| form.required.iter().all(|name| whole(name)))
        && !has_torn_tokenizer(folder)
        && (part == Part::Shape || weights_are_whole(folder))
}

/// Whether the weights that would be loaded from `folder` are there, every shard of them. A name that comes first and leads
/// nowhere does not give way to another form.
fn weights_are_whole(folder: &Path) -> bool {
    let names = SAFETENSORS.into_iter().chain(PYTORCH).map(|name| folder.join(name));
    let first = names.into_iter().find(|path| path.symlink_metadata().is_ok());
    first.is_none_or(|path| is_whole(&path))
        && Weights::of(folder).is_ok_and(|weights| weights.paths().iter().all(|path| is_whole(path)))
}

/// Of a repository's files `names` those that are needed.
fn needed(id: &str, names: &[String], part: Part) -> Result<Vec<String>> {
    let has = |name: &str| names.iter().any(|n| n == name);
    let list: Vec<&str> = names.iter().map(String::as_str).collect();
    if !has("config.json") {
        return Err(Error::data(format!("{id} on the Hub has no config.json; expected a model of transformers")));
    }
    let mut wanted = vec!["config.json".to_owned()];
    let form = tokenizer::FORMS.iter().find(|form| form.required.iter().all(|name| has(name)));
    if let Some(form) = form {
        wanted
            .extend(form.required.iter().chain(form.optional).filter(|name| has(name)).map(|name| (*name).to_owned()));
    }
    if part == Part::Whole {
        wanted.extend(weights(&list).ok_or_else(|| {
            Error::data(format!(
                "{id} on the Hub has no weights as .safetensors or pytorch_model.bin; a .gguf file of it can be \
                 downloaded and given by its path"
            ))
        })?);
    }
    Ok(wanted)
}

/// The weight files: a single one before shards, safetensors before `pytorch_model.bin`.
fn weights(names: &[&str]) -> Option<Vec<String>> {
    for [single, index] in [SAFETENSORS, PYTORCH] {
        if names.contains(&single) {
            return Some(vec![single.to_owned()]);
        }
        if names.contains(&index)
            && let Some((stem, extension)) = single.rsplit_once('.')
        {
            let shard =
                |name: &&&str| name.starts_with(&format!("{stem}-")) && name.ends_with(&format!(".{extension}"));
            let shards = names.iter().filter(shard).map(|name| (*name).to_owned());
            return Some(std::iter::once(index.to_owned()).chain(shards).collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str], part: Part) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        needed("a/b", &names, part).unwrap().join(" ")
    }

    #[test]
    fn only_what_is_needed_is_fetched() {
        let pythia = [
            "README.md",
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json",
        ];
        assert_eq!(of(&pythia, Part::Whole), "config.json tokenizer.json tokenizer_config.json model.safetensors");
        assert_eq!(of(&pythia, Part::Shape), "config.json tokenizer.json tokenizer_config.json");
        let opt = [
            "config.json",
            "flax_model.msgpack",
            "merges.txt",
            "pytorch_model.bin",
            "tf_model.h5",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "vocab.json",
        ];
        assert_eq!(
            of(&opt, Part::Whole),
            "config.json vocab.json merges.txt tokenizer_config.json special_tokens_map.json pytorch_model.bin"
        );
        let zephyr = [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model.bin.index.json",
            "tokenizer.json",
            "tokenizer.model",
        ];
        assert_eq!(
            of(&zephyr, Part::Whole),
            "config.json tokenizer.json model.safetensors.index.json model-00001-of-00002.safetensors \
             model-00002-of-00002.safetensors"
        );
    }

    #[test]
    fn a_repository_without_weights_says_so() {
        let names = ["config.json".to_owned(), "model.gguf".to_owned()];
        assert!(needed("a/b", &names, Part::Whole).unwrap_err().to_string().contains("no weights"));
        assert!(needed("a/b", &names[1..], Part::Shape).unwrap_err().to_string().contains("no config.json"));
    }
}
