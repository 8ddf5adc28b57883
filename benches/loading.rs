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
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const OURS: &str = "polarscope, hashes included";
const LIBRARY: &str = "candle_core::safetensors::load";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, way, folder] = arguments.as_slice()
        && [OURS, LIBRARY].contains(&way.as_str())
    {
        measure(way, Path::new(folder));
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let parameters = write_model(folder.path(), PYTHIA_410M);
    std::fs::read(folder.path().join("model.safetensors")).unwrap();
    let weights = 4.0 * parameters as f64;
    println!("Pythia-410M's shape: {parameters} parameters, {:.2} GB in float32", weights / 1e9);
    let times = [OURS, LIBRARY].map(|way| {
        let (time, peak) = in_a_process_of_its_own(way, folder.path());
        println!("{way:<32} {time:.2} s, peak {:.3} × the float32 weights", peak / weights);
        time
    });
    println!("time, polarscope / candle: {:.2}", times[0] / times[1]);
}

/// Seconds and bytes that `way` takes. What one way leaves with the allocator would be the other's.
fn in_a_process_of_its_own(way: &str, folder: &Path) -> (f64, f64) {
    let output = Command::new(std::env::current_exe().unwrap()).arg(way).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = String::from_utf8(output.stdout).unwrap();
    let (time, peak) = answer.trim().split_once(' ').unwrap();
    (time.parse().unwrap(), peak.parse().unwrap())
}

/// Prints the seconds that `way` takes, and by how many bytes the process's anonymous memory grows on the way.
fn measure(way: &str, folder: &Path) {
    let before = anonymous().unwrap();
    let (time, peak) = peak_memory(|| {
        let start = Instant::now();
        if way == OURS {
            let choice = ModelChoice::of(folder.to_str().unwrap());
            let model = Model::load(&choice, &Device::Cpu, &mut Hub::cache_only()).unwrap();
            let time = start.elapsed();
            drop(model);
            time
        } else {
            let tensors = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
            let widened: Vec<Tensor> =
                tensors.into_values().map(|tensor| tensor.to_dtype(DType::F32).unwrap()).collect();
            let time = start.elapsed();
            drop(widened);
            time
        }
    });
    println!("{} {}", time.as_secs_f64(), peak.unwrap().saturating_sub(before));
}
