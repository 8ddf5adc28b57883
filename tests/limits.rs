//! Limits of memory: what a shell allows is counted before a run, and where it ends all the same the program says so.

#![cfg(target_os = "linux")]

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use std::path::Path;
use tempfile::TempDir;

/// A study of a model of the shape `[hidden, layers]` with random weights, which is here in whole.
fn study(folder: &Path, hidden: usize, layers: usize) {
    let names = ["input_layernorm", "post_attention_layernorm"];
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("model.embed_tokens.weight".to_owned(), vec![550, hidden]),
        ("model.norm.weight".to_owned(), vec![hidden]),
    ];
    for layer in 0..layers {
        let at = |name: &str| format!("model.layers.{layer}.{name}.weight");
        tensors.extend(names.map(|name| (at(name), vec![hidden])));
        tensors.extend(["q", "k", "v", "o"].map(|name| (at(&format!("self_attn.{name}_proj")), vec![hidden, hidden])));
        tensors.extend(["gate", "up"].map(|name| (at(&format!("mlp.{name}_proj")), vec![4 * hidden, hidden])));
        tensors.push((at("mlp.down_proj"), vec![hidden, 4 * hidden]));
    }
    let mut random = 1_u32;
    let mut number = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Whole numbers up to 2¹⁶ are float32 as they are.
        (f32::from(u16::try_from(random >> 16).unwrap()) / 65_536.0 - 0.5) / 8.0
    };
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape)| {
            let values = (0..shape.iter().product()).flat_map(|_: usize| number().to_le_bytes()).collect();
            (name, shape, values)
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, values)| {
        (name.as_str(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), values).unwrap())
    });
    let model = folder.join("model");
    std::fs::create_dir(&model).unwrap();
    std::fs::write(model.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let config = format!(
        "{{\"model_type\": \"llama\", \"hidden_size\": {hidden}, \"num_hidden_layers\": {layers}, \"num_attention_heads\": 8, \
         \"intermediate_size\": {}, \"vocab_size\": 550, \"max_position_embeddings\": 64, \"rms_norm_eps\": 1e-5, \
         \"tie_word_embeddings\": true}}",
        4 * hidden
    );
    std::fs::write(model.join("config.json"), config).unwrap();
    let demo = polarscope::lm::demo_files();
    std::fs::write(model.join("tokenizer.json"), demo[2].1).unwrap();
    let study = "[model]\nid = \"model\"\n[texts]\nsource = \"demo\"\nlimit = 2\n[perturbation]\nlayers = [1]\ndeltas = [1]\n\
                 seeds = 1\n[experiments.sweep]\n";
    std::fs::write(folder.join("study.toml"), study).unwrap();
}

/// The program under `ulimit`, in `folder`.
fn limited(folder: &Path, ulimit: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit {ulimit} && exec \"$0\" \"$@\"");
    command.current_dir(folder).args(["-c", &script, env!("CARGO_BIN_EXE_polarscope")]).args(arguments);
    command
}

/// From what is surely too little to what is enough: nothing is begun that ends for want of memory.
#[test]
fn a_plan_that_fits_runs_and_one_that_does_not_names_the_limit() {
    let folder = TempDir::new().unwrap();
    // 84 million weights: 336 MB in float32.
    study(folder.path(), 1024, 5);
    let (mut refused, mut ran) = (0, 0);
    for kilobytes in (400_000..1_400_000).step_by(50_000) {
        for option in ["-v", "-d"] {
            let limit = format!("{option} {kilobytes}");
            let out = format!("{}{kilobytes}.polar", &option[1..]);
            let plan = limited(folder.path(), &limit, &["plan", "study.toml", "--device", "cpu"]).output().unwrap();
            let run = limited(folder.path(), &limit, &["run", "study.toml", "--device", "cpu", "--out", &out])
                .output()
                .unwrap();
            let words = String::from_utf8_lossy(&run.stderr).into_owned();
            // A run has a few megabytes of threads that a plan has not, so that at the very edge it may say no.
            assert!(plan.status.success() || plan.status.code() == run.status.code(), "{limit}: {words}");
            match run.status.code() {
                Some(0) => ran += 1,
                Some(69) => {
                    assert!(words.contains(&format!("`ulimit {option}` allows")), "{limit}: {words}");
                    assert!(words.contains("does not fit") && !folder.path().join(&out).exists(), "{limit}: {words}");
                    refused += 1;
                }
                code => panic!("{limit}: {code:?}: {words}"),
            }
            if run.status.success() {
                break;
            }
        }
    }
    assert!(refused > 2 && ran > 2, "{refused} refused, {ran} ran");
}

#[test]
fn memory_that_ends_is_said_and_is_no_abort() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("huge.txt"), vec![b'a'; 200 << 20]).unwrap();
    let study = "[texts]\nsource = \"huge.txt\"\n[experiments.sweep]\n";
    std::fs::write(folder.path().join("study.toml"), study).unwrap();
    let told = contains("out of memory").and(contains("`ulimit -v`")).and(contains("--resume"));
    limited(folder.path(), "-v 250000", &["plan", "study.toml"]).assert().code(69).stderr(told);
}
