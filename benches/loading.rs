//! How fast a model is loaded and how much memory that takes, against the tensor library's own way in the same run.
//!
//! The model has Pythia-410M's shape, random weights in float16, in one safetensors file, whose pages are in the
//! system's cache. `cargo bench --bench loading`

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use candle_core::{DType, Device, Tensor};
use common::{PYTHIA_410M, write_model};
use polarscope::hub::Hub;
use polarscope::lm::Model;
use polarscope::runner::{anonymous, peak_memory};
use polarscope::study::ModelChoice;
use std::time::{Duration, Instant};

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let parameters = write_model(folder.path(), PYTHIA_410M);
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
    let before = anonymous().unwrap();
    let ((result, time), peak) = peak_memory(|| {
        let start = Instant::now();
        let result = work();
        (result, start.elapsed())
    });
    drop(result);
    (time, peak.unwrap().saturating_sub(before))
}
