//! What files hold under other names than a model asks for: a head of its own, names that are there twice, wrappers,
//! pieces of quantized weights; and that what is left out stays with the results.

mod common;

use assert_cmd::Command;
use candle_core::{Device, Tensor};
use common::load;
use polarscope::hub::Hub;
use polarscope::lm::{Checkpoint, NoHooks, Part};
use polarscope::store::Store;
use polarscope::study::ModelChoice;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

type Tensors = HashMap<String, Tensor>;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The config and the weights of the fixture `name`.
fn parts(name: &str) -> (Value, Tensors) {
    let folder = fixture(name);
    let config = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let weights = folder.join("pytorch_model.bin");
    let tensors = if weights.is_file() {
        candle_core::pickle::read_all(weights).unwrap().into_iter().collect()
    } else {
        candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap()
    };
    (config, tensors)
}

fn written(config: &Value, tensors: &Tensors) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    candle_core::safetensors::save(tensors, folder.path().join("model.safetensors")).unwrap();
    folder
}

/// Logits, remarks, and whether the head is tied.
fn outcome(config: &Value, tensors: &Tensors) -> (Vec<f32>, Vec<String>, bool) {
    let folder = written(config, tensors);
    let model = load(folder.path().to_str().unwrap()).unwrap();
    let ids = [5u32, 17, 90, 42, 7];
    let x = model.decoder.embed(&[&ids], &mut NoHooks).unwrap();
    let x = model.decoder.blocks(x, 0..model.decoder.spec().layers, &mut NoHooks).unwrap();
    let normed = model.decoder.ln_final(&x, &mut NoHooks).unwrap();
    let logits = model.decoder.logits(&normed, &mut NoHooks).unwrap();
    let tied = model.decoder.spec().tied_head;
    // What a plan is made from says the same, as the weights are there.
    let choice = ModelChoice::of(folder.path().to_str().unwrap());
    let shape = Checkpoint::open(&choice, Part::Shape, &mut Hub::cache_only()).unwrap();
    assert_eq!(shape.spec().unwrap(), *model.decoder.spec());
    (logits.flatten_all().unwrap().to_vec1().unwrap(), model.remarks, tied)
}

fn trouble(config: &Value, tensors: &Tensors) -> String {
    let error = load(written(config, tensors).path().to_str().unwrap()).err().unwrap();
    assert_eq!(error.exit_code(), 65, "{error}");
    error.to_string()
}

fn with(config: &Value, field: &str, value: Value) -> Value {
    let mut config = config.clone();
    config[field] = value;
    config
}

/// (fixture, name of the embedding, name of the head).
const ENDS: [(&str, &str, &str); 6] = [
    ("llama", "model.embed_tokens.weight", "lm_head.weight"),
    ("qwen2", "model.embed_tokens.weight", "lm_head.weight"),
    ("gpt_neox", "gpt_neox.embed_in.weight", "embed_out.weight"),
    ("gpt_neox_sequential", "gpt_neox.embed_in.weight", "lm_head.weight"),
    ("gpt2", "transformer.wte.weight", "lm_head.weight"),
    ("opt", "model.decoder.embed_tokens.weight", "lm_head.weight"),
];

#[test]
fn a_head_in_the_files_is_used_where_it_differs_from_the_embedding() {
    for (name, embed, head) in ENDS {
        let (mut config, mut tensors) = parts(name);
        tensors.remove("embed_out.weight");
        tensors.remove("lm_head.weight");
        // Files that were saved without a head have bare names.
        let embed = if tensors.contains_key(embed) { embed } else { embed.split_once('.').unwrap().1 };
        let embedding = tensors[embed].clone();
        let own = (embedding.flip(&[0]).unwrap() * 0.5).unwrap();
        let untied = with(&config, "tie_word_embeddings", json!(false));
        if ["gpt2", "opt"].contains(&name) {
            config.as_object_mut().unwrap().remove("tie_word_embeddings"); // it is tied where nothing is said
        } else {
            config["tie_word_embeddings"] = json!(true);
        }
        let tied = outcome(&config, &tensors);
        assert!(tied.1.is_empty() && tied.2, "{name}: {:?}", tied.1);

        tensors.insert(head.to_owned(), embedding.clone());
        assert_eq!(outcome(&config, &tensors), tied, "{name}: the head equals the embedding");

        let mut alone = tensors.clone();
        alone.remove(embed);
        assert_eq!(outcome(&config, &alone), tied, "{name}: the head alone");

        tensors.insert(head.to_owned(), own);
        let found = outcome(&config, &tensors);
        let expected = outcome(&untied, &tensors);
        assert!(found.0 == expected.0 && found.0 != tied.0 && !found.2, "{name}: the head's own");
        assert!(expected.1.is_empty() && !expected.2, "{name}: {:?}", expected.1);
        assert!(found.1.len() == 1 && found.1[0].contains(head) && found.1[0].contains("differs"), "{:?}", found.1);
    }
}

#[test]
fn what_is_there_under_two_names_is_one_tensor_or_refused() {
    let (config, mut tensors) = parts("llama");
    let plain = outcome(&config, &tensors);
    let norm = tensors["model.norm.weight"].clone();
    tensors.insert("norm.weight".to_owned(), norm.clone());
    assert_eq!(outcome(&config, &tensors), plain);
    tensors.insert("norm.weight".to_owned(), (norm * 2.0).unwrap());
    let message = trouble(&config, &tensors);
    assert!(message.contains("model.norm.weight and norm.weight are two names of one tensor"), "{message}");

    let (config, mut tensors) = parts("gpt_neox");
    let head = tensors.get("embed_out.weight").or(tensors.get("lm_head.weight")).unwrap().clone();
    tensors.insert("embed_out.weight".to_owned(), head.clone());
    tensors.insert("lm_head.weight".to_owned(), (head * 2.0).unwrap());
    assert!(trouble(&config, &tensors).contains("embed_out.weight and lm_head.weight are two names of one tensor"));
}

#[test]
fn files_that_both_hold_a_tensor_have_to_agree() {
    let (config, tensors) = parts("llama");
    let folder = written(&config, &tensors);
    let shards =
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"].map(|n| folder.path().join(n));
    std::fs::rename(folder.path().join("model.safetensors"), &shards[0]).unwrap();
    let name = "model.norm.weight";
    let again = |tensor: Tensor| candle_core::safetensors::save(&HashMap::from([(name, tensor)]), &shards[1]).unwrap();
    again(tensors[name].clone());
    load(folder.path().to_str().unwrap()).unwrap();
    again((&tensors[name] * 2.0).unwrap());
    let message = load(folder.path().to_str().unwrap()).err().unwrap().to_string();
    assert!(message.contains(name) && message.contains("00001-of") && message.contains("00002-of"), "{message}");
}

#[test]
fn a_tensor_is_not_taken_for_a_parameter_of_another_model() {
    let (config, mut tensors) = parts("llama");
    let head = tensors.remove("lm_head.weight").unwrap();
    tensors.insert("weight".to_owned(), head);
    assert!(trouble(&config, &tensors).contains("missing: lm_head.weight"));
}

#[test]
fn wrappers_are_left_out_of_names_and_other_prefixes_are_named() {
    let (config, tensors) = parts("llama");
    let plain = outcome(&config, &tensors);
    let prefixed = |prefix: &str| -> Tensors {
        tensors.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())).collect()
    };
    for prefix in ["module.", "_orig_mod.", "_orig_mod.module."] {
        let (logits, remarks, _) = outcome(&config, &prefixed(prefix));
        assert_eq!(logits, plain.0, "{prefix}");
        assert!(remarks.len() == 1 && remarks[0].contains(&format!("\"{prefix}\"")), "{remarks:?}");
    }
    for prefix in ["model.", "policy.module."] {
        let message = trouble(&config, &prefixed(prefix));
        let line = [format!("name.removeprefix(\"{prefix}\")"), "load_file(\"model.safetensors\")".to_owned()];
        assert!(line.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn pieces_of_quantized_weights_are_refused() {
    for piece in [
        "weight_scale",
        "weight_scale_inv",
        "scales",
        "qweight",
        "qzeros",
        "g_idx",
        "weight.absmax",
        "weight.quant_state.bitsandbytes__nf4",
        "SCB",
        "weight_packed",
        "weight_zero_point",
        "input_scale",
    ] {
        let (config, mut tensors) = parts("llama");
        let name = format!("model.layers.1.mlp.up_proj.{piece}");
        tensors.insert(name.clone(), Tensor::ones(3, candle_core::DType::F32, &Device::Cpu).unwrap());
        let message = trouble(&config, &tensors);
        assert!(message.contains("quantized") && message.contains(&name), "{message}");
    }
}

#[test]
fn biases_that_the_config_denies_are_told_of() {
    let (config, mut tensors) = parts("llama");
    let name = "model.layers.1.self_attn.q_proj.bias";
    tensors.insert(name.to_owned(), Tensor::ones(16, candle_core::DType::F32, &Device::Cpu).unwrap());
    let (_, remarks, _) = outcome(&config, &tensors);
    assert!(remarks.len() == 1 && remarks[0].contains(name) && remarks[0].contains("config.json"), "{remarks:?}");
}

#[test]
fn weights_that_are_no_numbers_are_reported_with_their_layer() {
    let (config, mut tensors) = parts("llama");
    let name = "model.layers.2.mlp.down_proj.weight";
    let nan = (&tensors[name] * f64::NAN).unwrap();
    tensors.insert(name.to_owned(), nan);
    let folder = written(&config, &tensors);
    let reason = predicates::str::contains("the norms of layer 2 are not numbers");
    command(folder.path(), &["inspect", "."]).assert().code(65).stderr(reason).stdout("");
}

#[test]
fn numbers_that_are_none_outside_the_layers_are_reported() {
    let (config, whole) = parts("llama");
    for (name, part) in
        [("lm_head.weight", "head"), ("model.embed_tokens.weight", "embedding"), ("model.norm.weight", "final norm")]
    {
        let mut tensors = whole.clone();
        let tensor = whole.get(name).unwrap_or(&whole["model.embed_tokens.weight"]);
        // One number alone, the last one, which no text looks up.
        let mut numbers =
            tensor.to_dtype(candle_core::DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        *numbers.last_mut().unwrap() = f32::NAN;
        tensors.insert(name.to_owned(), Tensor::from_vec(numbers, tensor.dims(), &Device::Cpu).unwrap());
        let folder = written(&config, &tensors);
        let reason = predicates::str::contains(format!("the weights of the {part} hold what is not a number"));
        command(folder.path(), &["inspect", "."]).assert().code(65).stderr(reason).stdout("");
    }
}

/// A word for each token, so that a word outside the vocabulary gives none.
fn word_tokenizer() -> Value {
    json!({ "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" }, "post_processor": null, "decoder": null,
        "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
            "vocab": { "alpha": 0, "beta": 1, "gamma": 2 }, "merges": [] } })
}

#[test]
fn a_tokenizer_that_gives_no_token_leaves_a_model_that_can_be_inspected() {
    let (config, tensors) = parts("llama");
    let folder = written(&config, &tensors);
    std::fs::write(folder.path().join("tokenizer.json"), word_tokenizer().to_string()).unwrap();
    let words = predicates::str::contains("random tokens; of no text of the source \"short\"");
    command(folder.path(), &["inspect", "."]).assert().success().stdout(words);
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    command.current_dir(folder).args(arguments);
    command
}

const STUDY: &str = "
name = \"remarks\"
[model]
id = \".\"
[texts]
source = \"texts.txt\"
longer_than = 0
must_contain = \"\"
[perturbation]
deltas = [1.0]
seeds = 1
[experiments.sweep]
";

/// A remark is in the study file, on the card, in what `inspect` and `trace` print, and once only.
#[test]
fn remarks_stay_with_the_results() {
    let (config, mut tensors) = parts("llama");
    let own = tensors["model.embed_tokens.weight"].flip(&[0]).unwrap();
    tensors.insert("lm_head.weight".to_owned(), own);
    let folder = written(&with(&config, "tie_word_embeddings", json!(true)), &tensors);
    let path = folder.path();
    std::fs::write(path.join("tokenizer.json"), word_tokenizer().to_string()).unwrap();
    std::fs::write(path.join("texts.txt"), "alpha beta gamma\nbeta gamma alpha\n").unwrap();
    std::fs::write(path.join("study.toml"), STUDY).unwrap();
    std::fs::create_dir(path.join("out")).unwrap();
    let words = predicates::str::contains("lm_head.weight is in the files and differs from model.embed_tokens.weight");
    command(path, &["inspect", "."]).assert().success().stdout(words.clone());
    command(path, &["trace", ".", "--ids", "1,2,0", "--out", "out/pass.safetensors"])
        .assert()
        .success()
        .stdout(words.clone());
    let pass = std::fs::read(path.join("out/pass.safetensors")).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&pass).unwrap();
    assert!(header.metadata().as_ref().unwrap()["remark 1"].contains("lm_head.weight"));

    command(path, &["run", "study.toml", "--out", "a.polar"]).assert().success();
    command(path, &["run", "study.toml", "--out", "b.polar"]).assert().success();
    let bytes = |name: &str| std::fs::read(path.join(name)).unwrap();
    assert_eq!(bytes("a.polar"), bytes("b.polar"));
    command(path, &["export", "a.polar", "--card"]).assert().success().stdout(words);
    let remarks = |name: &str| -> Vec<(String, String)> {
        let all = Store::open(&path.join(name)).unwrap().provenance().unwrap();
        all.into_iter().filter(|(key, _)| key.starts_with("remark")).collect()
    };
    let before = remarks("a.polar");
    assert!(before.len() == 1 && before[0].0 == "remark 1", "{before:?}");
    std::fs::write(path.join("study.toml"), STUDY.replace("[1.0]", "[1.0, 2.0]")).unwrap();
    command(path, &["run", "study.toml", "--out", "a.polar", "--resume"]).assert().success();
    assert_eq!(remarks("a.polar"), before);
}
