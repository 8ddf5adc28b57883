//! The reference folders: small random models with what PyTorch transformers gives for them.

#![allow(dead_code)] // each test file uses its part

use candle_core::Tensor;
use candle_core::npy::NpzTensors;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A folder with a model and its references; its layout is described in tests/make_fixtures/README.md.
pub struct Reference {
    pub folder: PathBuf,
    pub json: Value,
    arrays: NpzTensors,
    strict: NpzTensors,
    notebook: NpzTensors,
}

/// The fixtures that the tests carry, and larger models of the same layout beside the checkout, where there are any.
pub fn references() -> Vec<Reference> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parents = [root.join("tests/fixtures"), root.join("../shared/reference/parity")];
    let folders = parents.iter().flat_map(|parent| ["gpt_neox", "llama"].map(|family| parent.join(family)));
    let found: Vec<Reference> = folders.filter(|folder| folder.is_dir()).map(Reference::open).collect();
    assert!(found.len() >= 2, "the fixtures are missing");
    found
}

impl Reference {
    fn open(folder: PathBuf) -> Self {
        let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
        let npz = |name: &str| NpzTensors::new(folder.join(name)).unwrap();
        Self {
            json: serde_json::from_str(&text).unwrap(),
            arrays: npz("reference.npz"),
            strict: npz("noise_strict.npz"),
            notebook: npz("noise_notebook.npz"),
            folder,
        }
    }

    pub fn model(&self) -> polarscope::lm::Model {
        polarscope::lm::Model::load(self.folder.to_str().unwrap(), &candle_core::Device::Cpu).unwrap()
    }

    pub fn sequences(&self) -> Vec<Vec<u32>> {
        serde_json::from_value(self.json["seqs"].clone()).unwrap()
    }

    pub fn target_layers(&self) -> Vec<usize> {
        serde_json::from_value(self.json["target_layers"].clone()).unwrap()
    }

    /// An array of the references, where it is there.
    pub fn array(&self, name: &str) -> Option<Tensor> {
        self.arrays.get(name).unwrap()
    }

    /// Noise of the protocol "notebook" or "strict".
    pub fn noise(&self, protocol: &str, name: &str) -> Option<Vec<f32>> {
        let file = if protocol == "strict" { &self.strict } else { &self.notebook };
        let tensor = file.get(name).unwrap()?.to_dtype(candle_core::DType::F32).unwrap();
        Some(tensor.flatten_all().unwrap().to_vec1().unwrap())
    }
}

/// The largest difference between two tensors of the same shape.
pub fn difference(a: &Tensor, b: &Tensor) -> f32 {
    let b = b.to_dtype(candle_core::DType::F32).unwrap();
    let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (a, b) = (flat(a), flat(&b));
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(a.iter().all(|x| x.is_finite()));
    largest
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}
