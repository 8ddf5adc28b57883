//! The reference folders: small random models with what PyTorch transformers gives for them.

#![allow(dead_code)] // each test file uses its part

use candle_core::Tensor;
use candle_core::npy::NpzTensors;
use polarscope::hub::Hub;
use polarscope::lm::Model;
use polarscope::study::ModelChoice;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A folder with a model and its references; its layout is described in tests/make_fixtures/README.md.
pub struct Reference {
    pub folder: PathBuf,
    pub json: Value,
    arrays: Arrays,
}

/// Named arrays: those of the references, and the noise of each protocol.
enum Arrays {
    /// In files of their own.
    Npz { references: NpzTensors, strict: NpzTensors, notebook: NpzTensors },
    /// All in one file, noise as `strict.…` and `notebook.…`.
    Together(HashMap<String, Tensor>),
}

/// How many of the fixtures are models with references.
pub const FIXTURES: usize = 33;

/// The fixtures that the tests carry, and larger models of the same layout beside the checkout, where there are any.
pub fn references() -> Vec<Reference> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = folders(&root.join("tests/fixtures"));
    assert_eq!(fixtures.len(), FIXTURES, "the fixtures are missing");
    let beside = folders(&root.join("../shared/reference/parity"));
    fixtures.into_iter().chain(beside).map(Reference::open).collect()
}

/// The folders with references in `parent`.
fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|folder| folder.join("reference.json").is_file());
    found.sort();
    found
}

/// The model `id` in float32 on the device that the tests run on.
pub fn load(id: &str) -> polarscope::Result<Model> {
    Model::load(&ModelChoice::of(id), &device(), &mut Hub::cache_only())
}

/// The CPU, or what POLARSCOPE_TEST_DEVICE names.
pub fn device() -> candle_core::Device {
    static DEVICE: OnceLock<candle_core::Device> = OnceLock::new();
    let open = || {
        let name = std::env::var("POLARSCOPE_TEST_DEVICE").unwrap_or_else(|_| "cpu".to_owned());
        name.parse::<polarscope::device::Choice>().unwrap().open().unwrap().device
    };
    DEVICE.get_or_init(open).clone()
}

/// A tolerance that holds on the CPU, as it is on the device: cards add in another order, and ten times is what that
/// may make.
pub fn tolerance(on_the_cpu: f64) -> f64 {
    if device().is_cpu() { on_the_cpu } else { 10.0 * on_the_cpu }
}

impl Reference {
    fn open(folder: PathBuf) -> Self {
        let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
        let npz = |name: &str| NpzTensors::new(folder.join(name)).unwrap();
        let together = folder.join("reference.safetensors");
        let arrays = if together.is_file() {
            Arrays::Together(candle_core::safetensors::load(together, &candle_core::Device::Cpu).unwrap())
        } else {
            let [references, strict, notebook] =
                ["reference", "noise_strict", "noise_notebook"].map(|name| npz(&format!("{name}.npz")));
            Arrays::Npz { references, strict, notebook }
        };
        Self { json: serde_json::from_str(&text).unwrap(), arrays, folder }
    }

    pub fn model(&self) -> Model {
        load(self.folder.to_str().unwrap()).unwrap()
    }

    pub fn sequences(&self) -> Vec<Vec<u32>> {
        serde_json::from_value(self.json["seqs"].clone()).unwrap()
    }

    pub fn target_layers(&self) -> Vec<usize> {
        serde_json::from_value(self.json["target_layers"].clone()).unwrap()
    }

    /// An array of the references, where it is there.
    pub fn array(&self, name: &str) -> Option<Tensor> {
        match &self.arrays {
            Arrays::Npz { references, .. } => references.get(name).unwrap(),
            Arrays::Together(arrays) => arrays.get(name).cloned(),
        }
    }

    /// Noise of the protocol "notebook" or "strict".
    pub fn noise(&self, protocol: &str, name: &str) -> Option<Vec<f32>> {
        let tensor = match &self.arrays {
            Arrays::Npz { strict, notebook, .. } => {
                (if protocol == "strict" { strict } else { notebook }).get(name).unwrap()
            }
            Arrays::Together(arrays) => arrays.get(&format!("{protocol}.{name}")).cloned(),
        };
        let tensor = tensor?.to_dtype(candle_core::DType::F32).unwrap();
        Some(tensor.flatten_all().unwrap().to_vec1().unwrap())
    }
}

/// The largest difference between two tensors of the same shape.
pub fn difference(a: &Tensor, b: &Tensor) -> f64 {
    let flat =
        |t: &Tensor| t.flatten_all().unwrap().to_dtype(candle_core::DType::F32).unwrap().to_vec1::<f32>().unwrap();
    let (a, b) = (flat(a), flat(b));
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(a.iter().all(|x| x.is_finite()));
    f64::from(largest)
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}
