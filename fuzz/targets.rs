//! What is fuzzed: one function for each kind of file that Polarscope reads. Each takes the bytes of a file that anyone may
//! have written, and does with it what the program does.
//!
//! A function returns where the file is good and where it is refused. It panics where the program has a bug: where something
//! panics that should not, and where the refusal is an internal error.

#![allow(dead_code)] // each program that includes this uses its part

use polarscope::corpus::{load_pairs, load_texts};
use polarscope::error::ErrorKind;
use polarscope::findings::Findings;
use polarscope::hub::{Hub, Settings};
use polarscope::intervention::Directions;
use polarscope::lm::{Checkpoint, Model, Part};
use polarscope::store::Store;
use polarscope::study::{self, ModelChoice, SpecialTokens, Syntax, TextChoice};
use polarscope::{Result, figure};
use std::path::Path;
use tempfile::TempDir;

/// A target by its name, which is that of its folder in `corpus` too.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 9] = [
    ("tokenizer", tokenizer),
    ("config", config),
    ("gguf", gguf),
    ("safetensors", safetensors),
    ("pickle", pickle),
    ("study", study_toml),
    ("study_file", study_file),
    ("jsonl", jsonl),
    ("parquet", parquet),
];

/// A model of one block, as small as they come.
const CONFIG: &str =
    r#"{"model_type": "gpt2", "n_embd": 4, "n_head": 1, "n_layer": 1, "vocab_size": 8, "n_positions": 8}"#;

const TEXTS: [&str; 3] = ["", "The cat sat on the mat.", " \u{feff}Ünïcode – 日本語 🙂\n\t12345"];

/// A folder with these files, of which the last holds what is fuzzed.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("it can be written");
    }
    folder
}

/// What the program would tell: anything but a bug.
fn told<T>(result: Result<T>) -> Option<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::Internal => panic!("called a bug of the program: {error}"),
        other => other.ok(),
    }
}

fn open(path: &Path, part: Part) -> Option<Checkpoint> {
    told(Checkpoint::open(&ModelChoice::of(&path.display().to_string()), part, &mut Hub::cache_only()))
}

fn load(path: &Path) -> Option<Model> {
    let id = path.display().to_string();
    told(Model::load(&ModelChoice::of(&id), &candle_core::Device::Cpu, &mut Hub::cache_only()))
}

fn cut_texts(checkpoint: &Checkpoint) {
    let Some(Ok(tokens)) = told(checkpoint.tokens()) else { return };
    for text in TEXTS {
        for special in [SpecialTokens::Tokenizer, SpecialTokens::None, SpecialTokens::Bos] {
            if let Some(ids) = told(tokens.encode(text, special, 64)) {
                let _ = tokens.pieces(&ids);
            }
        }
    }
}

/// A tokenizer.json.
pub fn tokenizer(data: &[u8]) {
    let folder = folder(&[("config.json", CONFIG.as_bytes()), ("tokenizer.json", data)]);
    if let Some(checkpoint) = open(folder.path(), Part::Shape) {
        cut_texts(&checkpoint);
    }
}

/// A config.json.
pub fn config(data: &[u8]) {
    let folder = folder(&[("config.json", data)]);
    if let Some(checkpoint) = open(folder.path(), Part::Shape) {
        told(checkpoint.spec());
    }
}

/// A model in a GGUF file.
pub fn gguf(data: &[u8]) {
    let folder = folder(&[("model.gguf", data)]);
    let path = folder.path().join("model.gguf");
    if let Some(checkpoint) = open(&path, Part::Whole) {
        told(checkpoint.spec());
        cut_texts(&checkpoint);
        load(&path);
    }
}

/// Weights as safetensors; and the same file as directions that a study moves towards.
pub fn safetensors(data: &[u8]) {
    let folder = folder(&[("config.json", CONFIG.as_bytes()), ("model.safetensors", data)]);
    load(folder.path());
    told(Directions::open(&folder.path().join("model.safetensors"), 1, 4));
}

/// Weights as `torch.save` writes them.
pub fn pickle(data: &[u8]) {
    let folder = folder(&[("config.json", CONFIG.as_bytes()), ("pytorch_model.bin", data)]);
    load(folder.path());
}

/// A study in TOML. What is accepted has to be written and read again as the same study.
pub fn study_toml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(study) = told(study::parse(text)) {
        let written = study::to_toml(&study);
        let again = told(study::parse(&written)).unwrap_or_else(|| panic!("what was written is refused: {written}"));
        assert_eq!(study::hash(&study), study::hash(&again), "what was written is another study: {written}");
    }
}

/// A study file.
pub fn study_file(data: &[u8]) {
    let folder = folder(&[("fuzzed.polar", data)]);
    let Some(store) = told(Store::open(&folder.path().join("fuzzed.polar"))) else { return };
    told(store.study());
    told(store.provenance());
    told(store.is_finished());
    told(store.counted_texts());
    told(store.counted_pairs());
    told(store.text_item(0));
    told(store.pair_item(0));
    if let Some(results) = told(store.results()) {
        for table in figure::tables(&Findings::of(results)) {
            for format in [figure::Format::Csv, figure::Format::Markdown] {
                let _ = table.render(format);
            }
        }
    }
}

/// Texts, and minimal pairs, of one JSON object a line; and the same file as texts of one a line.
pub fn jsonl(data: &[u8]) {
    let folder = folder(&[("a.txt", data), ("a.jsonl", data)]);
    for name in ["a.txt", "a.jsonl"] {
        let source = folder.path().join(name).display().to_string();
        told(load_texts(&TextChoice { source, ..TextChoice::default() }, &mut Hub::cache_only()));
    }
    let pairs = folder.path().join("a.jsonl").display().to_string();
    told(load_pairs(&Syntax { pairs, items: 1, ..Syntax::default() }, &mut Hub::cache_only()));
}

/// A data set's table, from the cache of the Hub.
pub fn parquet(data: &[u8]) {
    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
    let repository = "datasets--Salesforce--wikitext";
    let file = format!("{repository}/snapshots/{COMMIT}/wikitext-103-raw-v1/test-00000-of-00001.parquet");
    let folder = folder(&[(&format!("{repository}/refs/main"), COMMIT.as_bytes()), (&file, data)]);
    let settings = Settings {
        endpoint: "https://huggingface.co".to_owned(),
        cache: folder.path().to_owned(),
        token: None,
        offline: true,
    };
    let source = "wikitext".to_owned();
    told(load_texts(&TextChoice { source, ..TextChoice::default() }, &mut Hub::cache_only_with(settings)));
}
