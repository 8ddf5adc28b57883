//! Writing what is exported.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes `bytes` to a new file at `path`; what is there already is left as it is.
///
/// # Errors
/// [`Error::Output`] where the file exists or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    let written = File::create_new(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Output(format!("{shown} exists already; name another file")),
        _ => Error::Output(format!("{shown}: cannot be written: {error}")),
    })
}
