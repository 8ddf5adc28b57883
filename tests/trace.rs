//! `polarscope trace` and `polarscope inspect`, as someone uses them to compare with another implementation.

mod common;

use assert_cmd::Command;
use candle_core::{Device, Tensor};
use common::{Reference, difference, references};
use predicates::str::contains;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn polarscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    command.args(arguments);
    command
}

fn reference(name: &str) -> Reference {
    references().into_iter().find(|r| r.folder.ends_with(format!("fixtures/{name}"))).unwrap()
}

/// Traces the sequence `s` of a reference with `options`.
fn trace(reference: &Reference, s: usize, options: &[&str]) -> HashMap<String, Tensor> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("trace.safetensors");
    let ids: Vec<String> = reference.sequences()[s].iter().map(ToString::to_string).collect();
    let (model, ids, out) = (reference.folder.to_str().unwrap(), ids.join(","), out.to_str().unwrap());
    polarscope(&["trace", model, "--ids", &ids, "--device", "cpu", "--out", out]).args(options).assert().success();
    candle_core::safetensors::load(out, &Device::Cpu).unwrap()
}

/// The reference's noise of sequence `s` as a file for `--noise`.
fn noise_file(reference: &Reference, protocol: &str, s: usize, folder: &Path) -> PathBuf {
    let length = reference.sequences()[s].len();
    let mut tensors = HashMap::new();
    for layer in reference.target_layers() {
        let own = reference.noise(protocol, &format!("noise_s{s}_l{layer}"));
        let direction = own.or_else(|| reference.noise(protocol, &format!("noise_T{length}"))).unwrap();
        let hidden = direction.len() / length;
        let direction = Tensor::from_vec(direction, (length, hidden), &Device::Cpu).unwrap();
        let sign = reference.noise(protocol, &format!("sign_s{s}_l{layer}")).unwrap();
        tensors.insert(format!("direction.{layer}"), direction);
        tensors.insert(format!("sign.{layer}"), Tensor::from_vec(sign, length, &Device::Cpu).unwrap());
    }
    let path = folder.join(format!("{protocol}.safetensors"));
    candle_core::safetensors::save(&tensors, &path).unwrap();
    path
}

#[test]
fn a_clean_trace_holds_every_site_and_agrees_with_transformers() {
    let reference = reference("llama3");
    let tensors = trace(&reference, 2, &["--site", "all"]);
    let off = difference(&tensors["logits"], &reference.array("logits_s2").unwrap());
    assert!(off <= 1e-4, "{off}");
    for layer in 0..4 {
        let off =
            difference(&tensors[&format!("pattern.{layer}")], &reference.array(&format!("probs_s2_l{layer}")).unwrap());
        assert!(off <= 1e-5, "{off}");
    }
    let dims = |name: &str| tensors[name].dims().to_vec();
    assert_eq!((dims("embed"), dims("q.0"), dims("k.0")), (vec![6, 16], vec![6, 4, 8], vec![6, 2, 8]));
    assert_eq!((dims("z.3"), dims("losses"), dims("ln_final")), (vec![6, 4, 8], vec![5], vec![6, 16]));
    assert_eq!(tensors.len(), 4 + 15 * 4);
}

#[test]
fn a_disturbed_and_repaired_trace_with_given_noise_agrees_with_pytorch() {
    for (name, protocol, word) in [("mistral", "strict", "strict"), ("opt", "notebook", "published")] {
        let reference = reference(name);
        let folder = tempfile::tempdir().unwrap();
        let noise = noise_file(&reference, protocol, 2, folder.path());
        let entry = reference.json["repair"].as_array().unwrap();
        let entry = entry.iter().find(|e| e["protocol"] == protocol && e["mode"] == "angle").unwrap();
        let delta = entry["delta"].to_string();
        let base = ["--perturb", "angular", "--delta", &delta, "--layers", "1-2", "--protocol", word];
        let noise = ["--noise", noise.to_str().unwrap(), "--site", "resid_post:1-2", "--clean"];
        for (key, repair) in [("perturbed", None), ("attn", Some("attn_out:1-2")), ("head_2_1", Some("z.1:2"))] {
            let mut options = [base.as_slice(), noise.as_slice()].concat();
            options.extend(repair.iter().flat_map(|repair| ["--repair", repair]));
            let tensors = trace(&reference, 2, &options);
            let mean = |name: &str| tensors[name].mean_all().unwrap().to_scalar::<f32>().unwrap();
            let expected = entry["losses"][key][2].as_f64().unwrap();
            assert!((f64::from(mean("losses")) - expected).abs() <= 2e-5, "{name} {key}: {}", mean("losses"));
            let clean = entry["losses"]["clean"][2].as_f64().unwrap();
            assert!((f64::from(mean("clean.losses")) - clean).abs() <= 2e-5);
            assert_eq!(tensors.len(), 6);
        }
    }
}

#[test]
fn the_generator_is_reproducible_and_isotropic_moves_by_delta() {
    let reference = reference("llama");
    let options = [
        "--perturb",
        "isotropic",
        "--delta",
        "2.5",
        "--layers",
        "1",
        "--seed",
        "7",
        "--site",
        "resid_post:1",
        "--clean",
    ];
    let (a, b) = (trace(&reference, 3, &options), trace(&reference, 3, &options));
    assert_eq!(difference(&a["resid_post.1"], &b["resid_post.1"]), 0.0);
    let moved = (&a["resid_post.1"] - &a["clean.resid_post.1"]).unwrap();
    let distances = moved.sqr().unwrap().sum(1).unwrap().sqrt().unwrap().to_vec1::<f32>().unwrap();
    assert!(distances.iter().all(|d| (d - 2.5).abs() < 1e-4), "{distances:?}");
}

#[test]
fn blends_and_given_directions_do_what_they_promise() {
    let reference = reference("llama");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dirs.safetensors");
    let direction: Vec<f32> = (0..16).map(|i| (i as f32 - 4.5).abs()).collect();
    let tensor = Tensor::from_slice(&direction, 16, &Device::Cpu).unwrap();
    candle_core::safetensors::save(&HashMap::from([("direction", tensor)]), &path).unwrap();
    let path = path.to_str().unwrap();
    let rows = |tensors: &HashMap<String, Tensor>, name: &str| tensors[name].to_vec2::<f32>().unwrap();
    let common = ["--delta", "0.1", "--layers", "1", "--site", "resid_post:1", "--clean"];
    for mode in ["blend:30", "isotropic"] {
        let drawn = trace(&reference, 3, &[&["--perturb", mode], common.as_slice()].concat());
        let given = |seed| {
            let options = ["--perturb", mode, "--direction", path, "--seed", seed];
            trace(&reference, 3, &[options.as_slice(), &common].concat())
        };
        let seeds = (given("1"), given("2"));
        assert!(difference(&drawn["resid_post.1"], &seeds.0["resid_post.1"]) > 1e-3);
        if mode == "isotropic" {
            assert_eq!(difference(&seeds.0["resid_post.1"], &seeds.1["resid_post.1"]), 0.0);
        }
        for tensors in [drawn, seeds.0] {
            for (h, moved) in rows(&tensors, "clean.resid_post.1").iter().zip(rows(&tensors, "resid_post.1")) {
                let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
                let away: Vec<f32> = moved.iter().zip(h).map(|(a, b)| a - b).collect();
                assert!((norm(&away) - 0.1).abs() < 1e-5, "{mode}: {}", norm(&away));
                let longer = (norm(&moved) - norm(h)).abs();
                // 0.1·cos 30°
                assert!(mode == "isotropic" || (longer - 0.086_603).abs() < 1e-5, "{longer}");
            }
        }
    }
}

#[test]
fn draws_that_are_not_used_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (noise, ones) =
        (path("noise.safetensors"), |count: usize| Tensor::ones(count, candle_core::DType::F32, &Device::Cpu).unwrap());
    let draws = [("sign.1", 3), ("sign.7", 3), ("direction.1", 128), ("direction.2", 128)];
    let draws: HashMap<String, Tensor> = draws.map(|(name, count)| (name.to_owned(), ones(count))).into();
    candle_core::safetensors::save(&draws, &noise).unwrap();
    let said = |mode: &str, layers: &str, out: &str| {
        let options = ["--ids", "1,2,3", "--noise", &noise, "--perturb", mode, "--delta", "1", "--layers", layers];
        let run = polarscope(&["trace", "demo", "--out", &path(out)]).args(options).assert().success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    let words = said("angular", "1", "a.safetensors");
    assert!(
        words.contains("noise.safetensors: not used under angular in layers 1: direction.2, sign.1, sign.7\n"),
        "{words}"
    );
    assert!(!said("angular", "1-2", "b.safetensors").contains("direction."));
    assert!(said("magnitude", "1", "c.safetensors").contains(": direction.1, direction.2, sign.7\n"));
}

#[test]
fn what_cannot_be_traced_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let out = path("out.safetensors");
    let noise = path("noise.safetensors");
    let sign = HashMap::from([("sign.1".to_owned(), Tensor::ones(3, candle_core::DType::F32, &Device::Cpu).unwrap())]);
    candle_core::safetensors::save(&sign, &noise).unwrap();
    let disturbed = ["--perturb", "angular", "--delta", "1", "--layers", "1"];
    let signs = path("signs.safetensors");
    let wrong = HashMap::from([("sign.1".to_owned(), Tensor::new(&[1.0f32, -2.0, 1.0], &Device::Cpu).unwrap())]);
    candle_core::safetensors::save(&wrong, &signs).unwrap();
    let along = |delta: &'static str| vec!["--perturb", "magnitude", "--delta", delta, "--layers", "1"];
    for (options, code, message) in [
        (vec!["--ids", "1,2", "--site", "resid"], 2, "the sites are embed, resid_pre"),
        (vec!["--ids", "1,2", "--site", "q:9"], 2, "9"),
        (vec!["--ids", "1,2", "--site", "logits:1"], 2, "not one for each layer"),
        (vec!["--ids", "1,999"], 2, "outside the model's vocabulary"),
        (vec!["--ids", "1"], 2, "expected 2 to"),
        (vec!["--ids", "1,2", "--repair", "mlp_out.0:1"], 2, "not made of heads"),
        (vec!["--ids", "1,2", "--repair", "z.12:1"], 2, "has the heads 0 to"),
        (vec!["--ids", "1,2", "--repair", "z"], 2, "expected SITE:LAYERS"),
        (vec!["--ids", "1,2", "--perturb", "angular"], 2, "--delta"),
        ([vec!["--ids", "1,2", "--noise", &noise], disturbed.to_vec()].concat(), 65, "no direction.1"),
        ([vec!["--ids", "1,2,3,4,5", "--noise", &noise], disturbed.to_vec()].concat(), 65, "sign.1 has the shape [3]"),
        (vec!["--ids", "1,2", "--perturb", "angluar", "--delta", "1"], 2, "did you mean \"angular\"?"),
        (vec!["--ids", "1,2", "--perturb", "blend:100", "--delta", "1"], 2, "blend is 100; expected degrees"),
        (vec!["--ids", "1,2", "--perturb", "magnitude", "--delta", "1", "--direction", &noise], 2, "takes none"),
        ([vec!["--ids", "1,2", "--direction", &noise], disturbed.to_vec()].concat(), 65, "it holds \"sign.1\""),
        ([vec!["--ids", "1,2", "--direction", &out], disturbed.to_vec()].concat(), 65, "there is no such file"),
        (
            [vec!["--ids", "1,2,3", "--noise", &signs], along("1")].concat(),
            65,
            "sign.1 holds -2 at position 1; expected 1 or -1",
        ),
        ([vec!["--ids", "1,2,3"], along("1e19")].concat(), 2, "layer 1, magnitude: δ 1e19 is too large"),
        ([vec!["--ids", "1,2,3"], along("1e-30")].concat(), 2, "is too small"),
        (
            [vec!["--ids", "1,2,3"], along("-5")].concat(),
            2,
            "--delta: found -5, expected a finite number greater than 0",
        ),
        ([vec!["--ids", "1,2,3"], along("nan")].concat(), 2, "--delta: found NaN"),
        (vec![], 2, "--text"),
    ] {
        polarscope(&["trace", "demo", "--out", &out]).args(&options).assert().code(code).stderr(contains(message));
        assert!(!Path::new(&out).exists());
    }
    std::fs::write(&out, "taken").unwrap();
    polarscope(&["trace", "demo", "--text", "the dog runs", "--out", &out])
        .assert()
        .code(73)
        .stderr(contains("exists"));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "taken");
}

#[test]
fn inspect_says_what_a_model_is() {
    let text = polarscope(&["inspect", "demo", "--json", "--device", "cpu"]).assert().success();
    let json: Value = serde_json::from_slice(&text.get_output().stdout).unwrap();
    assert_eq!((json["family"].as_str(), json["layers"].as_u64()), (Some("gpt_neox"), Some(8)));
    assert_eq!(json["norms"].as_array().unwrap().len(), 8);
    assert!(json["norms"][3]["median"].as_f64().unwrap() > 0.0);
    let weights = json["memory_bytes"]["weights"].as_u64().unwrap();
    assert_eq!(weights, 4 * json["parameters"].as_u64().unwrap());
    let mistral = reference("mistral").folder;
    polarscope(&["inspect", mistral.to_str().unwrap()]).assert().success().stdout(contains("4 keys in 4 of 4 layers"));
}
