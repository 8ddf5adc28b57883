//! Draws that were made elsewhere, read from a file.

use crate::error::{Error, Result, first_line};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::Path;

/// Draws made elsewhere, by layer.
#[derive(Debug, Clone, Default)]
pub struct Draws {
    /// `[positions, hidden]`, flattened.
    pub directions: BTreeMap<usize, Vec<f32>>,
    /// `[positions]`, each +1 or −1.
    pub signs: BTreeMap<usize, Vec<f32>>,
}

impl Draws {
    /// Those in the safetensors file at `path` for a sequence of `positions` tokens: `direction.LAYER` `[hidden]` or
    /// `[positions, hidden]`, `sign.LAYER` `[positions]`. Positions beyond those of the sequence are not looked at.
    ///
    /// # Errors
    /// [`Error::data`] that names the file, the tensor, and where it is wrong: another name or shape, a direction that is
    /// zero or not finite, a sign that is neither +1 nor −1.
    pub fn open(path: &Path, positions: usize, hidden: usize) -> Result<Self> {
        let broken = |what: String| Error::data(format!("{}: {what}", path.display()));
        let tensors = candle_core::safetensors::load(path, &Device::Cpu)
            .map_err(|error| broken(format!("not a usable safetensors file: {}", first_line(&error))))?;
        let mut draws = Self::default();
        // In the order of their names, so that of several faults the same one is named every time.
        for (name, tensor) in tensors.into_iter().collect::<BTreeMap<_, _>>() {
            let wrong = |what: String| broken(format!("{name} {what}"));
            // One spelling for each layer: "direction.02" would be a second one for layer 2.
            let number = |layer: &str| layer.parse::<usize>().ok().filter(|number| number.to_string() == layer);
            match name.split_once('.').map(|(kind, layer)| (kind, number(layer))) {
                Some(("direction", Some(layer))) => {
                    let of_it = directions(&tensor, positions, hidden).map_err(wrong)?;
                    draws.directions.insert(layer, of_it);
                }
                Some(("sign", Some(layer))) => {
                    let of_it = signs(&tensor, positions).map_err(wrong)?;
                    draws.signs.insert(layer, of_it);
                }
                _ => return Err(wrong("is unknown; expected direction.LAYER and sign.LAYER".to_owned())),
            }
        }
        Ok(draws)
    }
}

/// Directions `[positions, hidden]`, flattened, or what is wrong with them.
fn directions(tensor: &Tensor, positions: usize, hidden: usize) -> std::result::Result<Vec<f32>, String> {
    let rows = match tensor.dims() {
        [width] if *width == hidden => 1,
        [rows, width] if *width == hidden && *rows >= positions => positions,
        shape => return Err(format!("has the shape {shape:?}; expected [{hidden}] or [{positions}, {hidden}]")),
    };
    let values = &values(tensor)?[..rows * hidden];
    for (position, row) in values.chunks_exact(hidden).enumerate() {
        let place = if rows == 1 { String::new() } else { format!(" at position {position}") };
        if let Some(value) = row.iter().find(|value| !value.is_finite()) {
            return Err(format!("holds {value}{place}; expected finite numbers"));
        }
        if row.iter().all(|value| *value == 0.0) {
            return Err(format!("is zero{place}; expected a direction"));
        }
    }
    Ok(if rows == positions { values.to_vec() } else { values.repeat(positions) })
}

/// Signs `[positions]`, or what is wrong with them.
fn signs(tensor: &Tensor, positions: usize) -> std::result::Result<Vec<f32>, String> {
    match tensor.dims() {
        [count] if *count >= positions => {}
        shape => return Err(format!("has the shape {shape:?}; expected [{positions}]")),
    }
    let values = &values(tensor)?[..positions];
    match values.iter().position(|sign| sign.abs() != 1.0) {
        Some(position) => Err(format!("holds {} at position {position}; expected 1 or -1", values[position])),
        None => Ok(values.to_vec()),
    }
}

fn values(tensor: &Tensor) -> std::result::Result<Vec<f32>, String> {
    let values = tensor.to_dtype(DType::F32).and_then(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
    values.map_err(|error| format!("cannot be read: {}", first_line(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn open(name: &str, values: &[f32], shape: &[usize]) -> Result<Draws> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.safetensors");
        let tensor = Tensor::from_slice(values, shape, &Device::Cpu).unwrap();
        candle_core::safetensors::save(&HashMap::from([(name.to_owned(), tensor)]), &path).unwrap();
        Draws::open(&path, 3, 2)
    }

    #[test]
    fn draws_are_those_of_the_file_as_far_as_the_sequence_goes() {
        let draws = open("sign.4", &[1.0, -1.0, 1.0, 0.5], &[4]).unwrap();
        assert_eq!(draws.signs[&4], [1.0, -1.0, 1.0]);
        let draws = open("direction.0", &[3.0, 4.0], &[2]).unwrap();
        assert_eq!(draws.directions[&0], [3.0, 4.0, 3.0, 4.0, 3.0, 4.0]);
        let draws = open("direction.0", &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], &[4, 2]).unwrap();
        assert_eq!(draws.directions[&0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_no_draw_says_where() {
        for (name, values, shape, part) in [
            ("sign.4", &[1.0, -2.0, 1.0][..], &[3][..], "sign.4 holds -2 at position 1; expected 1 or -1"),
            ("sign.4", &[0.0, 1.0, 1.0], &[3], "sign.4 holds 0 at position 0; expected 1 or -1"),
            ("sign.4", &[1.0, 1.0, f32::NAN], &[3], "sign.4 holds NaN at position 2; expected 1 or -1"),
            ("sign.4", &[1.0, f32::INFINITY, 1.0], &[3], "sign.4 holds inf at position 1"),
            ("sign.4", &[1.0, 1.0], &[2], "sign.4 has the shape [2]; expected [3]"),
            ("direction.1", &[0.0, 0.0], &[2], "direction.1 is zero; expected a direction"),
            ("direction.1", &[1.0, f32::NAN], &[2], "direction.1 holds NaN; expected finite numbers"),
            ("direction.1", &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0], &[3, 2], "direction.1 is zero at position 1"),
            ("direction.1", &[1.0, 0.0, 1.0, f32::NEG_INFINITY, 1.0, 1.0], &[3, 2], "holds -inf at position 1"),
            ("direction.1", &[1.0; 4], &[2, 2], "direction.1 has the shape [2, 2]; expected [2] or [3, 2]"),
            ("noise.1", &[1.0; 2], &[2], "noise.1 is unknown; expected direction.LAYER and sign.LAYER"),
        ] {
            let error = open(name, values, shape).unwrap_err();
            assert_eq!(error.exit_code(), 65);
            let message = error.to_string();
            assert!(message.contains("noise.safetensors: ") && message.contains(part), "{message}");
        }
    }
}
