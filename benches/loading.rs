//! How fast a model is loaded and how much memory that takes, against the tensor library's own way in the same run.
//!
//! The model has Pythia-410M's shape, random weights in float16, in one safetensors file, whose pages are in the
//! system's cache. `cargo bench --bench loading`

#![allow(clippy::unwrap_used, missing_docs)]

use candle_core::{DType, Device, Tensor};
use polarscope::hub::Hub;
use polarscope::lm::Model;
use polarscope::study::ModelChoice;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const LAYERS: usize = 24;
const HIDDEN: usize = 1024;
const VOCAB: usize = 50304;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let parameters = write_model(folder.path());
    let file = folder.path().join("model.safetensors");
    std::fs::read(&file).unwrap();
    let weights = 4.0 * parameters as f64;
    println!("Pythia-410M's shape: {parameters} parameters, {:.2} GB in float32", weights / 1e9);
    let id = folder.path().to_str().unwrap();
    let ours = measured(|| {
        let choice = ModelChoice::of(id);
        Model::load(&choice, &Device::Cpu, &mut Hub::cache_only()).unwrap()
    });
    let library = measured(|| {
        let tensors = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
        tensors
            .into_iter()
            .map(|(name, tensor)| (name, tensor.to_dtype(DType::F32).unwrap()))
            .collect::<Vec<(String, Tensor)>>()
    });
    for (name, (time, peak)) in [("polarscope, hashes included", ours), ("candle_core::safetensors::load", library)] {
        println!("{name:<32} {:.2} s, peak {:.3} × the float32 weights", time.as_secs_f64(), peak as f64 / weights);
    }
    println!("time, polarscope / candle: {:.2}", ours.0.as_secs_f64() / library.0.as_secs_f64());
}

/// The time that `work` takes, and by how many bytes the process's anonymous memory grows on the way.
fn measured<T>(work: impl FnOnce() -> T) -> (Duration, u64) {
    let (before, peak, done) = (anonymous(), AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(anonymous(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        done.store(true, Ordering::Relaxed);
        drop(result);
        (time, peak.load(Ordering::Relaxed).saturating_sub(before))
    })
}

/// Bytes of this process's memory that no file stands behind.
fn anonymous() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    1024 * kilobytes.unwrap_or(0)
}

fn write_model(folder: &Path) -> usize {
    let config = serde_json::json!({
        "model_type": "gpt_neox", "hidden_act": "gelu", "num_hidden_layers": LAYERS, "hidden_size": HIDDEN,
        "intermediate_size": 4 * HIDDEN, "num_attention_heads": 16, "vocab_size": VOCAB, "rotary_pct": 0.25,
        "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "use_parallel_residual": true,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let mut shapes = BTreeMap::from([
        ("gpt_neox.embed_in.weight".to_owned(), vec![VOCAB, HIDDEN]),
        ("embed_out.weight".to_owned(), vec![VOCAB, HIDDEN]),
    ]);
    let mut norm = |name: String| {
        shapes.insert(format!("{name}.weight"), vec![HIDDEN]);
        shapes.insert(format!("{name}.bias"), vec![HIDDEN]);
    };
    norm("gpt_neox.final_layer_norm".to_owned());
    for layer in 0..LAYERS {
        norm(format!("gpt_neox.layers.{layer}.input_layernorm"));
        norm(format!("gpt_neox.layers.{layer}.post_attention_layernorm"));
    }
    for layer in 0..LAYERS {
        for (name, out, input) in [
            ("attention.query_key_value", 3 * HIDDEN, HIDDEN),
            ("attention.dense", HIDDEN, HIDDEN),
            ("mlp.dense_h_to_4h", 4 * HIDDEN, HIDDEN),
            ("mlp.dense_4h_to_h", HIDDEN, 4 * HIDDEN),
        ] {
            shapes.insert(format!("gpt_neox.layers.{layer}.{name}.weight"), vec![out, input]);
            shapes.insert(format!("gpt_neox.layers.{layer}.{name}.bias"), vec![out]);
        }
    }
    // Values do not matter to the loader; these are float16 between 1 and 2, no two neighbours alike.
    let largest = VOCAB * HIDDEN;
    #[allow(clippy::cast_possible_truncation)] // ten bits
    let value = |i: usize| 0x3c00 | (((i * 40_503) >> 6) & 0x3ff) as u16;
    let bytes: Vec<u8> = (0..largest).flat_map(|i| value(i).to_le_bytes()).collect();
    let view = |shape: &Vec<usize>| {
        let count: usize = shape.iter().product();
        TensorView::new(Dtype::F16, shape.clone(), &bytes[..2 * count]).unwrap()
    };
    let views: Vec<(&String, TensorView)> = shapes.iter().map(|(name, shape)| (name, view(shape))).collect();
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
    shapes.values().map(|shape| shape.iter().product::<usize>()).sum()
}
