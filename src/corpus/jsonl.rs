//! Files of one JSON object a line.

use crate::error::{Error, Result};
use serde::de::DeserializeOwned;

/// The objects in `text`, which came from `origin`, with their line numbers from 1; blank lines are passed over.
///
/// # Errors
/// [`Error::Data`] that names the line and what is wrong with it.
pub fn parse<T: DeserializeOwned>(text: &str, origin: &str) -> Result<Vec<(usize, T)>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| match serde_json::from_str(line) {
            Ok(object) => Ok((i + 1, object)),
            Err(error) => {
                // serde counts lines anew in each object.
                let error = error.to_string();
                let error = error.rsplit_once(" at line ").map_or(error.as_str(), |(what, _)| what);
                Err(Error::Data(format!("{origin}: line {}: expected a JSON object: {error}", i + 1)))
            }
        })
        .collect()
}

/// Reads the file at `path` as UTF-8.
///
/// # Errors
/// [`Error::Data`] that names the file.
pub fn read(path: &std::path::Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| Error::Data(format!("{}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::Data(format!("{}: not UTF-8 text (the first bad byte is at {at})", path.display()))
    })
}
