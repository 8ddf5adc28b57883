//! Weights that were saved from a wrapped module, whose names all begin with what the wrapper is called.

use super::Tensors;
use crate::error::Result;
use candle_core::Tensor;
use std::collections::BTreeSet;

/// The wrappers of PyTorch that change the names of a module's parameters and nothing else: data parallelism and
/// `torch.compile`.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// `tensors` without the names of the wrappers that all of them begin with, and a remark on those.
pub fn unwrapped(tensors: Box<dyn Tensors>) -> (Box<dyn Tensors>, Option<String>) {
    let names = tensors.names();
    let Some(first) = names.first() else { return (tensors, None) };
    let mut prefix = String::new();
    while let Some(wrapper) = WRAPPERS.into_iter().find(|wrapper| first[prefix.len()..].starts_with(wrapper)) {
        prefix.push_str(wrapper);
    }
    while !names.iter().all(|name| name.starts_with(&prefix)) {
        let longest = WRAPPERS.into_iter().find_map(|wrapper| prefix.strip_suffix(wrapper)).unwrap_or_default();
        prefix.truncate(longest.len());
    }
    if prefix.is_empty() {
        return (tensors, None);
    }
    let remark = format!("the names of all tensors begin with \"{prefix}\", which is left out of them");
    (Box::new(Unwrapped { tensors, prefix }), Some(remark))
}

struct Unwrapped {
    tensors: Box<dyn Tensors>,
    prefix: String,
}

impl Unwrapped {
    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

impl Tensors for Unwrapped {
    fn names(&self) -> Vec<String> {
        let names = self.tensors.names().into_iter();
        names.map(|name| name.strip_prefix(&self.prefix).map_or_else(|| name.clone(), ToOwned::to_owned)).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensors.shape(&self.full(name))
    }

    fn stored_as(&self) -> BTreeSet<String> {
        self.tensors.stored_as()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        self.tensors.read(&self.full(name))
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>> {
        self.tensors.numbers(&self.full(name))
    }

    fn same(&self, a: &str, b: &str) -> Result<bool> {
        self.tensors.same(&self.full(a), &self.full(b))
    }
}
