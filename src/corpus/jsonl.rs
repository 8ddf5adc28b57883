//! Files of one JSON object a line.

use crate::error::{Error, Result};
use crate::text;
use serde::de::DeserializeOwned;

/// The objects in `text`, which came from `origin`, with their line numbers from 1; blank lines are passed over.
///
/// # Errors
/// [`Error::data`] that names the line and what is wrong with it.
pub fn parse<T: DeserializeOwned>(text: &str, origin: &str) -> Result<Vec<(usize, T)>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| match serde_json::from_str(line) {
            Ok(object) => Ok((i + 1, object)),
            Err(error) => {
                // serde counts lines anew in each object.
                let error = error.to_string();
                let error = error.rsplit_once(" at line ").map_or(error.as_str(), |(what, _)| what);
                Err(Error::data(format!("{origin}: line {}: expected a JSON object: {error}", i + 1)))
            }
        })
        .collect()
}

/// The bytes of a text file, and the text in them.
pub struct Text {
    /// The file as it is, which provenance is taken of.
    pub bytes: Vec<u8>,
    /// What messages call it.
    pub origin: String,
}

impl Text {
    /// The text, without a byte order mark.
    ///
    /// # Errors
    /// [`Error::data`] that names the file, where it is no text in UTF-8.
    pub fn content(&self) -> Result<&str> {
        text::decode(&self.bytes).map_err(|why| Error::data(format!("{}: {why}", self.origin)))
    }
}

/// Reads the file at `path`.
///
/// # Errors
/// [`Error::data`] that names the file.
pub fn read(path: &std::path::Path) -> Result<Text> {
    let bytes = std::fs::read(path).map_err(|error| Error::data(format!("{}: {error}", path.display())))?;
    Ok(Text { bytes, origin: path.display().to_string() })
}
