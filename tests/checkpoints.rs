//! Models come in one file or several, in 16 or 32 bits: all give the same decoder.

use candle_core::{DType, Device, Tensor};
use polarscope::lm::{Model, NoHooks, demo_files};
use std::collections::HashMap;
use std::path::Path;

fn logits(folder: &Path) -> Vec<f32> {
    let model = Model::load(folder.to_str().unwrap(), &Device::Cpu).unwrap();
    let ids = [5u32, 17, 300, 42, 7];
    let x = model.decoder.embed(&[&ids], &mut NoHooks).unwrap();
    let x = model.decoder.blocks(x, 0..model.decoder.spec().layers, &mut NoHooks).unwrap();
    let normed = model.decoder.ln_final(&x, &mut NoHooks).unwrap();
    let logits = model.decoder.logits(&normed, &mut NoHooks).unwrap();
    logits.flatten_all().unwrap().to_vec1().unwrap()
}

/// A folder with the demo's config and tokenizer, and `shards` as its weights.
fn folder(shards: &[(&str, HashMap<String, Tensor>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in demo_files() {
        if name != "model.safetensors" {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    for (name, tensors) in shards {
        candle_core::safetensors::save(tensors, folder.path().join(name)).unwrap();
    }
    folder
}

fn tensors(dtype: DType) -> HashMap<String, Tensor> {
    let (_, bytes) = demo_files()[1];
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).unwrap();
    tensors.into_iter().map(|(name, tensor)| (name, tensor.to_dtype(dtype).unwrap())).collect()
}

#[test]
fn shards_and_widths_make_no_difference() {
    let whole = logits(folder(&[("model.safetensors", tensors(DType::F16))]).path());
    assert_eq!(whole, logits(folder(&[("model.safetensors", tensors(DType::F32))]).path()));
    let (some, rest): (HashMap<_, _>, HashMap<_, _>) =
        tensors(DType::F16).into_iter().partition(|(name, _)| name.contains(".3."));
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let sharded = folder(&[(names[0], some.clone()), (names[1], rest.clone())]);
    assert_eq!(whole, logits(sharded.path()), "two files without an index");
    let map: HashMap<&String, &str> =
        some.keys().map(|name| (name, names[0])).chain(rest.keys().map(|name| (name, names[1]))).collect();
    let index = serde_json::json!({ "weight_map": map }).to_string();
    std::fs::write(sharded.path().join("model.safetensors.index.json"), index).unwrap();
    assert_eq!(whole, logits(sharded.path()), "two files with an index");
    std::fs::remove_file(sharded.path().join(names[1])).unwrap();
    let error = Model::load(sharded.path().to_str().unwrap(), &Device::Cpu).err().unwrap().to_string();
    assert!(error.contains(names[1]) && error.contains("is missing"), "{error}");
}

#[test]
fn bf16_is_widened() {
    let rounded: HashMap<String, Tensor> = tensors(DType::BF16);
    let widened = rounded.iter().map(|(name, t)| (name.clone(), t.to_dtype(DType::F32).unwrap())).collect();
    let bf16 = logits(folder(&[("model.safetensors", rounded)]).path());
    assert_eq!(bf16, logits(folder(&[("model.safetensors", widened)]).path()));
}
