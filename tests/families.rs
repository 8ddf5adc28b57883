//! What families have that is their own: configs as they are published, names that models of texts and images have, sites, and
//! what is refused.

mod common;

use assert_cmd::Command;
use candle_core::{Device, Tensor};
use common::{difference, load, references, tolerance};
use polarscope::hub::Hub;
use polarscope::intervention::{Patch, Repair};
use polarscope::lm::{Checkpoint, Keep, Model, Norms, Part, Site};
use polarscope::runner::Plan;
use polarscope::study::{self, ModelChoice};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn config_of(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap()
}

/// A folder with this config and, where there are any, these tensors.
fn folder(config: &Value, tensors: Option<&HashMap<String, Tensor>>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    if let Some(tensors) = tensors {
        candle_core::safetensors::save(tensors, folder.path().join("model.safetensors")).unwrap();
    }
    folder
}

fn kept(model: &Model, ids: &[u32]) -> (BTreeMap<(Site, usize), Tensor>, Tensor) {
    let decoder = &model.decoder;
    let layers = decoder.spec().layers;
    let mut keep = Keep::new(Site::ALL.into_iter().flat_map(|site| (0..layers).map(move |layer| (site, layer))));
    let x = decoder.embed(&[ids], &mut keep).unwrap();
    let x = decoder.blocks(x, 0..layers, &mut keep).unwrap();
    let normed = decoder.ln_final(&x, &mut keep).unwrap();
    let logits = decoder.logits(&normed, &mut keep).unwrap();
    (keep.into_kept(), logits)
}

#[test]
fn published_configs_have_as_many_parameters_as_their_models() {
    let file = std::fs::read(fixture("published_configs.json")).unwrap();
    let published: serde_json::Map<String, Value> = serde_json::from_slice(&file).unwrap();
    assert!(published.len() >= 15);
    for (name, of) in &published {
        let folder = folder(&of["config"], None);
        let choice = ModelChoice::of(folder.path().to_str().unwrap());
        let checkpoint = Checkpoint::open(&choice, Part::Shape, &mut Hub::cache_only()).unwrap();
        let spec = checkpoint.spec().unwrap();
        assert_eq!(Some(spec.parameters() as u64), of["parameters"].as_u64(), "{name}");
        let windows: Vec<usize> = spec.windows.iter().flatten().copied().collect();
        let expected = match name.as_str() {
            "google/gemma-2-2b" => vec![4096; 13],
            "google/gemma-3-1b-it" => vec![512; 22],
            "google/gemma-3-4b-it" => vec![1024; 29],
            "allenai/Olmo-3-1025-7B" => vec![4096; 24],
            "microsoft/Phi-3-mini-4k-instruct" => vec![2047; 32],
            "microsoft/Phi-4-mini-instruct" => vec![262_144; 32],
            "EleutherAI/gpt-neo-1.3B" => vec![256; 12],
            _ => Vec::new(),
        };
        assert_eq!(windows, expected, "{name}");
        if name == "microsoft/Phi-4-mini-instruct" {
            // Beyond, LongRoPE has other factors.
            assert_eq!(spec.max_positions, 4096);
        }
    }
}

#[test]
fn the_text_part_of_a_model_of_texts_and_images_is_read_from_it() {
    let of = fixture("gemma3");
    let ids = [1, 5, 9, 3, 7, 8];
    let (_, expected) = kept(&load(of.to_str().unwrap()).unwrap(), &ids);
    let tensors = candle_core::safetensors::load(of.join("model.safetensors"), &Device::Cpu).unwrap();
    let mut text = config_of(&of);
    text.as_object_mut().unwrap().remove("architectures");
    let config = json!({ "model_type": "gemma3", "text_config": text, "vision_config": { "hidden_size": 3 } });
    for wrapper in ["language_model.model.", "model.language_model."] {
        let wrapped = |(name, tensor): (&String, &Tensor)| {
            (format!("{wrapper}{}", name.strip_prefix("model.").unwrap()), tensor.clone())
        };
        let mut wrapped: HashMap<String, Tensor> = tensors.iter().map(wrapped).collect();
        wrapped
            .insert("vision_tower.weight".to_owned(), Tensor::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap());
        let folder = folder(&config, Some(&wrapped));
        let model = load(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(model.decoder.spec().family, "gemma3_text");
        assert!(model.remarks.iter().any(|remark| remark.contains("vision_tower.weight")), "{:?}", model.remarks);
        assert_eq!(difference(&kept(&model, &ids).1, &expected), 0.0, "{wrapper}");
    }
    let message =
        load(folder(&json!({ "model_type": "gemma3" }), None).path().to_str().unwrap()).err().unwrap().to_string();
    assert!(message.contains("\"gemma3\" is not supported") || message.contains("weights"), "{message}");
}

#[test]
fn what_a_config_asks_for_and_is_not_supported_is_refused_by_name() {
    for (name, changes, part) in [
        ("gemma", json!({ "use_bidirectional_attention": true }), "use_bidirectional_attention is true"),
        ("gemma2", json!({ "query_pre_attn_scalar": 0 }), "query_pre_attn_scalar is 0"),
        ("gemma2", json!({ "attn_logit_softcapping": -1.0 }), "must be positive"),
        ("gemma2", json!({ "sliding_window": null }), "(2) and sliding_window: it has 2 layers, 1 of them with"),
        ("gemma3", json!({ "sliding_window_pattern": 0 }), "sliding_window_pattern is 0"),
        ("gemma3", json!({ "layer_types": ["full_attention"] }), "it has 1 layers"),
        ("olmo3", json!({ "rope_parameters": { "rope_theta": 5.0 } }), "rope_parameters.rope_theta: expected a table"),
        ("phi3", json!({ "rope_scaling": { "type": "linear", "factor": 2 } }), "supported are default, longrope"),
        ("qwen3", json!({ "layer_types": ["sliding_attention", "full_attention"] }), "use_sliding_window"),
        ("gptj", json!({ "rotary_dim": null }), "rotary_dim"),
        ("gptj", json!({ "rotary_dim": 8 }), "8 rotary dimensions do not fit heads of width 6"),
        ("gpt_neo", json!({ "attention_types": [[["global", "local"], 2]] }), "attention_types is"),
        ("gpt_neo", json!({ "attention_layers": ["local", "local"] }), "the same as attention_layers says"),
        ("gpt_neo", json!({ "attention_layers": ["local", "strided"] }), "attention_layers is"),
        ("stablelm", json!({ "num_attention_heads": 5 }), "multiple of num_attention_heads (5)"),
    ] {
        let mut config = config_of(&fixture(name));
        config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let folder = folder(&config, None);
        std::fs::copy(fixture(name).join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
        let error = load(folder.path().to_str().unwrap()).err().unwrap();
        assert!(error.exit_code() == 65 && error.to_string().contains(part), "{name}: {error}");
    }
}

#[test]
fn a_model_has_the_sites_that_its_shape_says() {
    for reference in references() {
        let model = reference.model();
        let spec = model.decoder.spec();
        let (kept, _) = kept(&model, &reference.sequences()[0]);
        for site in Site::ALL {
            assert_eq!(kept.contains_key(&(site, 0)), spec.has(site), "{:?} {}", reference.folder, site.name());
            assert_eq!(spec.require(site).is_ok(), spec.has(site));
        }
        let at = |site, layer| &kept[&(site, layer)];
        match spec.norms {
            Norms::Shared => assert_eq!(difference(at(Site::Ln1, 0), at(Site::Ln2, 0)), 0.0),
            Norms::Around | Norms::After => {
                let added = ((at(Site::ResidPre, 0) + at(Site::Ln1Post, 0)).unwrap() + at(Site::Ln2Post, 0)).unwrap();
                assert!(difference(&added, at(Site::ResidPost, 0)) <= tolerance(2e-5), "{:?}", reference.folder);
            }
            Norms::Before | Norms::OfStream => {}
        }
    }
}

/// The logits of a pass over `ids` with `patches` from `clean`.
fn patched(model: &Model, ids: &[u32], patches: &[Patch], clean: &BTreeMap<(Site, usize), Tensor>) -> Tensor {
    let (decoder, mut repair) = (&model.decoder, Repair::new(patches, clean));
    let x = decoder.embed(&[ids], &mut repair).unwrap();
    let x = decoder.blocks(x, 0..decoder.spec().layers, &mut repair).unwrap();
    let normed = decoder.ln_final(&x, &mut repair).unwrap();
    decoder.logits(&normed, &mut repair).unwrap()
}

#[test]
fn sites_inside_a_branch_carry_all_of_it() {
    for reference in references() {
        let model = reference.model();
        let spec = model.decoder.spec();
        let sequences = reference.sequences();
        let ids = sequences.last().unwrap();
        let other: Vec<u32> = ids.iter().rev().copied().collect();
        let (clean, logits) = kept(&model, ids);
        let near = |a: &Tensor, b: &Tensor, what: &str| {
            let off = difference(a, b);
            assert!(off <= tolerance(1e-4), "{:?} {what} is off by {off}", reference.folder);
        };
        // What nobody wants is made otherwise.
        near(&patched(&model, ids, &[], &clean), &logits, "the quicker pass");
        let with = |sites: &[Site]| {
            let patches: Vec<Patch> = sites.iter().map(|site| Patch::new(*site, 1, None)).collect();
            patched(&model, &other, &patches, &clean)
        };
        let unlike = difference(&with(&[]), &with(&[Site::MlpOut]));
        assert!(unlike > 1e-3, "{:?}: repairing does nothing", reference.folder);
        near(&with(&[Site::MlpPost]), &with(&[Site::MlpOut]), "mlp_post");
        if !spec.gated {
            near(&with(&[Site::MlpPre]), &with(&[Site::MlpOut]), "mlp_pre");
        }
        near(&with(&[Site::AttnScores]), &with(&[Site::Pattern]), "attn_scores");
        near(&with(&[Site::Pattern, Site::V]), &with(&[Site::AttnOut]), "pattern and values");
        if spec.has(Site::Ln1Post) {
            near(&with(&[Site::Ln1Post, Site::Ln2Post]), &with(&[Site::AttnOut, Site::MlpOut]), "norms after");
        }
        if spec.has(Site::ResidMid) && spec.norms != Norms::OfStream {
            let mlp = if spec.has(Site::Ln2Post) { Site::Ln2Post } else { Site::MlpOut };
            let whole = (&clean[&(Site::ResidMid, 1)] + &clean[&(mlp, 1)]).unwrap();
            near(&whole, &clean[&(Site::ResidPost, 1)], "resid_mid");
        }
    }
}

/// A tokenizer with a word for each of so many ids, and texts of such words.
fn words(folder: &Path, count: usize) {
    let vocabulary: serde_json::Map<String, Value> = (0..count).map(|id| (format!("w{id}"), json!(id))).collect();
    let tokenizer = json!({ "version": "1.0", "pre_tokenizer": { "type": "Whitespace" },
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "w0" } });
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let text = |i: usize| (0..10).map(|j| format!("w{}", (i * 7 + j * j * 3) % count)).collect::<Vec<_>>().join(" ");
    let texts: Vec<String> = (0..6).map(text).collect();
    std::fs::write(folder.join("texts.txt"), texts.join("\n")).unwrap();
}

const STUDY: &str = r#"
[model]
id = "."
[texts]
source = "texts.txt"
longer_than = 1
must_contain = ""
[perturbation]
layers = [0]
deltas = [1.0, 5.0]
seeds = 1
[experiments.sweep]
[experiments.attention_repair]
delta = 5.0
repair_layers = [1]
"#;

#[test]
fn every_family_is_inspected_and_swept() {
    for reference in references().iter().filter(|reference| reference.folder.starts_with(fixture(""))) {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(&reference.folder).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        words(folder.path(), reference.model().decoder.spec().vocab);
        std::fs::write(folder.path().join("study.toml"), STUDY).unwrap();
        let polarscope = |arguments: &[&str]| -> Value {
            let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
            let output = command.current_dir(folder.path()).args(arguments).assert().success().get_output().clone();
            serde_json::from_slice(&output.stdout).unwrap()
        };
        let inspected = polarscope(&["inspect", ".", "--json", "--device", "cpu"]);
        assert_eq!(inspected["family"], reference.json["kind"], "{:?}", reference.folder);
        let run = polarscope(&["run", "study.toml", "--json", "--device", "cpu", "--out", "done.polar"]);
        assert!(run["trials"].as_u64().is_some_and(|trials| trials > 0), "{:?}: {run}", reference.folder);
    }
}

#[test]
fn repairing_norms_that_are_not_there_is_refused_with_the_reason() {
    let spec = load(fixture("olmo2").to_str().unwrap()).unwrap().decoder.spec().clone();
    let demo = load("demo").unwrap();
    let study = study::parse(
        "[model]\nid = \"demo\"\n[texts]\nsource = \"short\"\n[experiments.norm_repair]\ndelta = 1.0\nlayers = [0]\nrepair_layers = [1]",
    )
    .unwrap();
    let error = Plan::new(study, &spec, demo.tokens().unwrap(), &mut Hub::cache_only()).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    let message = error.to_string();
    assert!(message.contains("there is no ln1") && message.contains("read the residual stream itself"), "{message}");
    let trace = |model: &str, site: &str| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("t.safetensors");
        let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
        let model = fixture(model);
        command.args(["trace", model.to_str().unwrap(), "--ids", "1,2,3", "--device", "cpu", "--site", site, "--out"]);
        command.arg(out).assert()
    };
    trace("olmo2", "ln1").code(2).stderr(predicates::str::contains("those after them are ln1_post and ln2_post"));
    trace("llama", "ln2_post").code(2).stderr(predicates::str::contains("those before them are ln1 and ln2"));
    trace("olmo2", "ln2_post").success();
    trace("gemma2", "all").success();
}
