//! Scores of minimal pairs, as they end in a study file, against lm-evaluation-harness and minicons;
//! tests/make_fixtures/make_scores.py asked them.

mod common;

use assert_cmd::Command;
use common::tolerance;
use polarscope::hub::Hub;
use polarscope::lm::{Checkpoint, Part, required};
use polarscope::study::{ModelChoice, Scoring, SpecialTokens};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Names in a study and in the golden values.
const SCORINGS: [(&str, Scoring); 4] =
    [("sum", Scoring::Sum), ("mean", Scoring::Mean), ("lm-eval", Scoring::LmEval), ("minicons", Scoring::Minicons)];

/// How far a sentence's score may be from the package's, in nats, on the CPU: a sum, a mean. Sums are up to 200 nats
/// here, where the next float32 is 1.5e-5 away; the norm of SmolLM2's first token is 25,000, and float32 rounds
/// with it: the package itself is up to 4e-4 away from what it gives in float64, Polarscope up to 1e-3.
const SMALL: [f64; 2] = [5e-5, 5e-6];
const SMOLLM2: [f64; 2] = [2e-3, 5e-5];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("scores.json")).unwrap()).unwrap()
}

/// [good, bad] by pair.
fn scores(entry: &Value, preset: &str) -> Vec<[f64; 2]> {
    serde_json::from_value(entry["scores"][preset].clone()).unwrap()
}

/// A study of the minimal pairs in `pairs` and next to nothing else.
fn study(model: &Path, pairs: &Path, paradigms: &[&str], items: usize, scoring: &str, special: &str) -> String {
    let (model, pairs) = (model.display(), pairs.display());
    format!(
        r#"
        [model]
        id = '{model}'
        [texts]
        limit = 1
        special_tokens = "{special}"
        [perturbation]
        modes = ["magnitude"]
        layers = "0"
        deltas = [0.01]
        seeds = 1
        [experiments.syntax]
        pairs = '{pairs}'
        paradigms = {paradigms:?}
        items = {items}
        scoring = "{scoring}"
        "#
    )
}

fn polarscope(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    command.current_dir(folder).args(arguments);
    command
}

fn device() -> String {
    std::env::var("POLARSCOPE_TEST_DEVICE").unwrap_or_else(|_| "cpu".to_owned())
}

/// A clean trial of a study's file.
struct Judged {
    paradigm: String,
    pair: String,
    scores: [f64; 2],
    correct: f64,
}

/// The clean trials of `study`, run from beginning to end.
fn run(study: &str) -> Vec<Judged> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.toml"), study).unwrap();
    polarscope(folder.path(), &["run", "study.toml", "--device", &device()]).assert().success();
    let export =
        polarscope(folder.path(), &["export", "study.polar", "--trials", "--format", "csv"]).assert().success();
    let mut reader = csv::Reader::from_reader(export.get_output().stdout.as_slice());
    let heads = reader.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let clean = reader.records().map(Result::unwrap).filter(|record| &record[at("mode")] == "clean");
    let number = |record: &csv::StringRecord, name: &str| record[at(name)].parse().unwrap();
    clean
        .map(|record| Judged {
            paradigm: record[at("paradigm")].to_owned(),
            pair: record[at("pair_id")].to_owned(),
            scores: [number(&record, "good_score"), number(&record, "bad_score")],
            correct: number(&record, "correct"),
        })
        .collect()
}

fn allowed([sum, mean]: [f64; 2], scoring: Scoring) -> f64 {
    match scoring {
        Scoring::Sum | Scoring::LmEval => tolerance(sum),
        Scoring::Mean | Scoring::Minicons => tolerance(mean),
    }
}

/// The largest distance of the scores in `judged` from `expected`. Which sentence is preferred has to be the same.
fn farthest<'a>(judged: impl Iterator<Item = &'a Judged>, expected: &[[f64; 2]]) -> f64 {
    let judged: Vec<&Judged> = judged.collect();
    assert_eq!(judged.len(), expected.len());
    let mut farthest = 0f64;
    for (judged, expected) in judged.iter().zip(expected) {
        assert_eq!(judged.correct, f64::from(u8::from(expected[0] > expected[1])), "{} {expected:?}", judged.pair);
        let distances = [0, 1].map(|i| (judged.scores[i] - expected[i]).abs());
        farthest = distances.into_iter().fold(farthest, f64::max);
    }
    farthest
}

/// A copy of the fixture llama with `change` made to its config.json, and a tokenizer_config.json that says
/// `settings`, where it is to say something.
fn llama(change: impl Fn(&mut Value), settings: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file);
    for file in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(fixture("llama").join(file), path(file)).unwrap();
    }
    let config = std::fs::read_to_string(fixture("llama/config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    change(&mut config);
    std::fs::write(path("config.json"), config.to_string()).unwrap();
    if settings.is_object() {
        std::fs::write(path("tokenizer_config.json"), settings.to_string()).unwrap();
    }
    folder
}

/// The small models' pairs as a file in BLiMP's form.
fn small_pairs(folder: &Path, golden: &Value) -> (PathBuf, usize) {
    let pairs: Vec<[String; 2]> = serde_json::from_value(golden["pairs"].clone()).unwrap();
    let line =
        |[good, bad]: &[String; 2]| json!({ "sentence_good": good, "sentence_bad": bad, "UID": "p" }).to_string();
    let path = folder.join("p.jsonl");
    std::fs::write(&path, pairs.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap();
    (path, pairs.len())
}

#[test]
fn small_models_score_as_the_packages_do() {
    let golden = golden();
    let folder = tempfile::tempdir().unwrap();
    let (pairs, items) = small_pairs(folder.path(), &golden);
    let entries = golden["small"].as_array().unwrap();
    assert_eq!(entries.len(), 4);
    for entry in entries {
        let (name, settings) = (entry["model"].as_str().unwrap(), &entry["tokenizer_config"]);
        let with_settings = llama(|_| (), settings);
        let mut models = Vec::new();
        if settings.is_object() {
            models.push(with_settings.path().to_owned());
        }
        if settings["bos_token"].is_string() {
            models.push(fixture("llama.gguf"));
        }
        if !settings.is_object() || settings["bos_token"].is_string() {
            models.push(fixture(name)); // its config.json says what the settings say
        }
        for model in &models {
            for (preset, scoring) in SCORINGS {
                // The presets are to have their own special tokens whatever the study says.
                let specials = match scoring {
                    Scoring::Sum | Scoring::Mean => &["none"][..],
                    Scoring::LmEval | Scoring::Minicons => &["none", "bos"],
                };
                for special in specials {
                    let judged = run(&study(model, &pairs, &[], items, preset, special));
                    let farthest = farthest(judged.iter(), &scores(entry, preset));
                    println!("{}, {preset}, {special}: {farthest:.1e} nats", model.display());
                    assert!(
                        farthest <= allowed(SMALL, scoring),
                        "{name}, {preset}, {special}: {farthest:.1e} nats away"
                    );
                }
            }
        }
    }
}

#[test]
fn smollm2_scores_blimp_as_the_packages_do() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/blimp");
    let blimp = std::env::var_os("POLARSCOPE_BLIMP").map_or(beside, PathBuf::from);
    let smollm2 = PathBuf::from(std::env::var_os("POLARSCOPE_SMOLLM2").unwrap_or_default());
    if !blimp.is_dir() || !smollm2.exists() {
        println!(
            "SKIPPED: needs SmolLM2-135M-Instruct, whose path is in POLARSCOPE_SMOLLM2 (\"{}\"), and BLiMP's .jsonl \
             files (\"{}\", or what is in POLARSCOPE_BLIMP)",
            smollm2.display(),
            blimp.display()
        );
        return;
    }
    let golden = golden();
    let entries = golden["smollm2"].as_array().unwrap();
    let paradigms: Vec<&str> = entries.iter().map(|entry| entry["paradigm"].as_str().unwrap()).collect();
    let items = entries.iter().map(|entry| entry["pairs"].as_array().unwrap().len()).sum();
    for (preset, scoring) in SCORINGS {
        let judged = run(&study(&smollm2, &blimp.canonicalize().unwrap(), &paradigms, items, preset, "none"));
        for entry in entries {
            let of_it = || judged.iter().filter(|judged| judged.paradigm == entry["paradigm"].as_str().unwrap());
            let names: Vec<&str> = of_it().map(|judged| judged.pair.as_str()).collect();
            assert_eq!(json!(names), entry["pairs"], "these are not BLiMP's pairs");
            let farthest = farthest(of_it(), &scores(entry, preset));
            println!("{}, {preset}: {farthest:.1e} nats", entry["paradigm"]);
            assert!(farthest <= allowed(SMOLLM2, scoring), "{}, {preset}: {farthest:.1e} nats away", entry["paradigm"]);
        }
    }
}

#[test]
fn the_golden_values_tell_the_scorings_apart() {
    let golden = golden();
    let right = |entry: &Value, preset: &str| -> Vec<bool> {
        scores(entry, preset).into_iter().map(|[good, bad]| good > bad).collect()
    };
    let entries = golden["smollm2"].as_array().unwrap();
    assert!(entries.len() >= 3);
    for [a, b] in [["sum", "mean"], ["sum", "lm-eval"], ["lm-eval", "minicons"]] {
        assert!(entries.iter().any(|entry| right(entry, a) != right(entry, b)), "{a} and {b}");
    }
    // minicons' special tokens are seen where the tokenizer adds some.
    let opt = golden["small"].as_array().unwrap().iter().find(|entry| entry["model"] == "opt").unwrap();
    assert_ne!(scores(opt, "mean"), scores(opt, "minicons"));
}

#[test]
fn the_presets_have_names_in_a_study() {
    for (name, scoring) in SCORINGS {
        let study = polarscope::study::parse(&format!("[experiments.syntax]\nscoring = \"{name}\"")).unwrap();
        assert_eq!(study.experiments.syntax.as_ref().unwrap().scoring, scoring);
        assert!(polarscope::study::to_toml(&study).contains(&format!("scoring = \"{name}\"")));
    }
    let error = polarscope::study::parse("[experiments.syntax]\nscoring = \"lmeval\"").unwrap_err().to_string();
    assert!(error.contains("lm-eval"), "{error}");
}

#[test]
fn another_scoring_is_another_study() {
    let with = |scoring| polarscope::study::parse(&format!("[experiments.syntax]\nscoring = \"{scoring}\"")).unwrap();
    let differ = |a, b| !polarscope::study::held_differences(&with(a), &with(b)).is_empty();
    assert!(!differ("lm-eval", "lm-eval"));
    assert!(differ("lm-eval", "sum") && differ("minicons", "mean"));
}

#[test]
fn lm_eval_begins_with_the_tokenizers_own_bos_else_its_eos() {
    let prefix = |bos: Value, eos: Value, settings: Value| {
        let change = |config: &mut Value| {
            config["bos_token_id"] = bos.clone();
            config["eos_token_id"] = eos.clone();
        };
        let folder = llama(change, &settings);
        let choice = ModelChoice::of(folder.path().to_str().unwrap());
        let checkpoint = Checkpoint::open(&choice, Part::Shape, &mut Hub::cache_only()).unwrap();
        let tokens = required(checkpoint.tokens().unwrap()).unwrap();
        tokens.encode_scored("the cat", Scoring::LmEval, SpecialTokens::Bos)
    };
    let without = |id| vec![id, 47, 87];
    assert_eq!(prefix(json!(1), json!(2), Value::Null).unwrap(), without(1));
    assert_eq!(prefix(Value::Null, json!(2), Value::Null).unwrap(), without(2));
    assert_eq!(prefix(Value::Null, json!([2, 0]), Value::Null).unwrap(), without(2));
    // What the tokenizer's settings say goes first; a token may be written as an object, or as null: there is none.
    let bos = |value: Value| json!({ "bos_token": value });
    assert_eq!(prefix(json!(1), json!(2), bos(json!("<|endoftext|>"))).unwrap(), without(0));
    assert_eq!(prefix(json!(1), json!(2), bos(json!({ "content": "<|endoftext|>" }))).unwrap(), without(0));
    assert_eq!(prefix(json!(1), json!(2), bos(Value::Null)).unwrap(), without(2));
    // It is not put there twice.
    assert_eq!(prefix(json!(47), json!(2), Value::Null).unwrap(), [47, 87]);
    let error = prefix(json!(96), Value::Null, Value::Null).unwrap_err().to_string();
    assert!(error.contains("the token id 96") && error.contains("vocabulary of 96"), "{error}");
}

/// The program's exit status and its words for a study that fails.
fn failure(study: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.toml"), study).unwrap();
    let output = polarscope(folder.path(), &["run", "study.toml", "--device", "cpu"]).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_model_with_neither_bos_nor_eos_is_refused_by_lm_eval_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (pairs, items) = small_pairs(folder.path(), &golden());
    for eos in [Value::Null, json!([])] {
        let change = |config: &mut Value| {
            config["bos_token_id"] = Value::Null;
            config["eos_token_id"] = eos.clone();
        };
        let model = llama(change, &Value::Null);
        let of = |scoring| study(model.path(), &pairs, &[], items, scoring, "none");
        let (code, words) = failure(&of("lm-eval"));
        assert_eq!(code, Some(65));
        assert!(words.contains("\"lm-eval\"") && words.contains("the model has neither"), "{words}");
        assert_eq!(run(&of("minicons")).len(), items);
    }
}

#[test]
fn a_score_that_is_not_a_number_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (pairs, items) = small_pairs(folder.path(), &golden());
    let model = llama(|_| (), &Value::Null);
    let path = model.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first weight of the last norm becomes NaN; weights are f16, two bytes each.
    let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let at = 8 + length + usize::try_from(header["model.norm.weight"]["data_offsets"][0].as_u64().unwrap()).unwrap();
    bytes[at..at + 2].copy_from_slice(&0x7e00u16.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    for (preset, _) in SCORINGS {
        let (code, words) = failure(&study(model.path(), &pairs, &[], items, preset, "none"));
        assert_eq!(code, Some(65), "{preset}");
        // Which of the pairs of its batch is named depends on how batches are cut.
        assert!(words.contains("not a number") && words.contains("pair p "), "{words}");
    }
}
