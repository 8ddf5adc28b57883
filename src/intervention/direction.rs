//! Given directions: a steering vector, a feature of a sparse autoencoder, in place of random draws.

use super::noise::{Noise, NoiseKey};
use crate::error::{Error, Result, first_line};
use crate::hash;
use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Tensor};
use std::path::Path;

/// The name of the tensor.
const NAME: &str = "direction";

/// Directions from a file: one for all layers, or one for each. Their length does not matter; they are kept at
/// length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Directions {
    /// `[1 or layers][hidden]`.
    rows: Vec<Vec<f32>>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Directions {
    /// Reads the tensor `direction`, `[hidden]` or `[layers, hidden]`, of the safetensors file at `path`.
    ///
    /// # Errors
    /// [`Error::data`] that names the file, and the tensor where it is not of that shape, no floating point, not
    /// finite or zero.
    pub fn open(path: &Path, layers: usize, hidden: usize) -> Result<Self> {
        let broken = |what: String| Error::data(format!("{}: {what}", path.display()));
        if !path.is_file() {
            return Err(broken(format!(
                "there is no such file; expected a safetensors file with a tensor \"{NAME}\" [{hidden}] or [{layers}, {hidden}]"
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
        let usable =
            |error: candle_core::Error| broken(format!("not a usable safetensors file: {}", first_line(&error)));
        let file = SliceSafetensors::new(&bytes).map_err(usable)?;
        let mut names: Vec<String> = file.tensors().into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if !names.iter().any(|name| name == NAME) {
            let found = match names.as_slice() {
                [] => "no tensor".to_owned(),
                [one] => format!("\"{one}\""),
                [first, ..] => format!("{} tensors, the first of them \"{first}\"", names.len()),
            };
            return Err(broken(format!("expected a tensor named \"{NAME}\"; it holds {found}")));
        }
        let tensor = file.load(NAME, &Device::Cpu).map_err(usable)?;
        let rows = rows(&tensor, layers, hidden).map_err(|what| broken(format!("the tensor \"{NAME}\" {what}")))?;
        Ok(Self { rows, sha256: hash::of(&bytes) })
    }

    /// The direction `[hidden]` of `layer`.
    #[must_use]
    pub fn of(&self, layer: usize) -> Option<&[f32]> {
        match self.rows.as_slice() {
            [all] => Some(all),
            rows => rows.get(layer).map(Vec::as_slice),
        }
    }
}

/// The rows of `tensor` at length 1, or what is wrong with it.
fn rows(tensor: &Tensor, layers: usize, hidden: usize) -> std::result::Result<Vec<Vec<f32>>, String> {
    if !tensor.dtype().is_float() {
        return Err(format!("has the type {}; expected f32, f16 or bf16", tensor.dtype().as_str()));
    }
    match tensor.dims() {
        [width] if *width == hidden => {}
        [height, width] if *height == layers && *width == hidden => {}
        other => {
            return Err(format!(
                "has the shape {other:?}; expected [{hidden}] (hidden) or [{layers}, {hidden}] (layers, hidden)"
            ));
        }
    }
    let one = tensor.rank() == 1;
    let values = tensor.to_dtype(DType::F32).and_then(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
    let values = values.map_err(|error| format!("cannot be read: {}", first_line(&error)))?;
    let unit = |(layer, row): (usize, &[f32])| {
        let place = || if one { String::new() } else { format!(" in layer {layer}") };
        if let Some(value) = row.iter().find(|value| !value.is_finite()) {
            return Err(format!("holds {value}{}; expected finite numbers", place()));
        }
        let norm = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            return Err(format!("is zero{}; expected a direction", place()));
        }
        #[allow(clippy::cast_possible_truncation)]
        Ok(row.iter().map(|value| (f64::from(*value) / norm) as f32).collect())
    };
    values.chunks_exact(hidden).enumerate().map(unit).collect()
}

/// Noise whose directions are given where there are any; signs are drawn all the same.
pub struct Directed<'a> {
    /// Where the draws come from.
    pub draws: &'a dyn Noise,
    /// What takes the place of drawn directions.
    pub directions: Option<&'a Directions>,
}

impl Noise for Directed<'_> {
    fn direction(&self, key: &NoiseKey, position: usize, out: &mut [f32]) {
        self.draws.direction(key, position, out);
    }

    fn sign(&self, key: &NoiseKey, position: usize) -> f64 {
        self.draws.sign(key, position)
    }

    fn given(&self, layer: usize) -> Option<&[f32]> {
        self.directions.and_then(|directions| directions.of(layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn open(name: &str, tensor: Tensor) -> Result<Directions> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dirs.safetensors");
        candle_core::safetensors::save(&HashMap::from([(name.to_owned(), tensor)]), &path).unwrap();
        Directions::open(&path, 3, 2)
    }

    fn tensor(values: &[f32], shape: &[usize]) -> Tensor {
        Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn one_for_all_layers_or_one_for_each_of_any_width() {
        let one = open("direction", tensor(&[3.0, 4.0], &[2])).unwrap();
        assert_eq!((one.of(0), one.of(2)), (Some(&[0.6, 0.8][..]), Some(&[0.6, 0.8][..])));
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let each = tensor(&[1.0, 0.0, 0.0, -2.0, 3e-3, 4e-3], &[3, 2]).to_dtype(dtype).unwrap();
            let each = open("direction", each).unwrap();
            assert_eq!((each.of(0), each.of(1), each.of(3)), (Some(&[1.0, 0.0][..]), Some(&[0.0, -1.0][..]), None));
            let third = each.of(2).unwrap();
            assert!((third[0] - 0.6).abs() < 3e-3 && (third[1] - 0.8).abs() < 3e-3);
        }
    }

    #[test]
    fn what_is_no_direction_says_why() {
        for (name, tensor, part) in [
            ("direction", tensor(&[1.0; 4], &[4]), "the tensor \"direction\" has the shape [4]; expected [2] (hidden)"),
            ("direction", tensor(&[1.0; 4], &[2, 2]), "has the shape [2, 2]; expected [2] (hidden) or [3, 2]"),
            ("direction", tensor(&[0.0, 0.0], &[2]), "is zero; expected a direction"),
            ("direction", tensor(&[1.0, 1.0, 0.0, 0.0, 1.0, 1.0], &[3, 2]), "is zero in layer 1"),
            ("direction", tensor(&[1.0, f32::NAN], &[2]), "holds NaN; expected finite numbers"),
            ("steering", tensor(&[1.0, 1.0], &[2]), "expected a tensor named \"direction\"; it holds \"steering\""),
            ("direction", Tensor::new(&[1u32, 2], &Device::Cpu).unwrap(), "has the type u32; expected f32"),
        ] {
            let message = open(name, tensor).unwrap_err().to_string();
            assert!(message.contains("dirs.safetensors: ") && message.contains(part), "{message}");
        }
        let message = Directions::open(Path::new("nowhere.safetensors"), 3, 2).unwrap_err().to_string();
        assert!(message.starts_with("nowhere.safetensors: there is no such file; expected"), "{message}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, "no tensors").unwrap();
        let message = Directions::open(&path, 3, 2).unwrap_err().to_string();
        assert!(message.contains("not a usable safetensors file"), "{message}");
    }
}
