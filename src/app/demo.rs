//! The finished study that comes with the program.

use crate::error::{Error, Result};
use std::path::PathBuf;

/// The study file: every experiment on the built-in model, made by `tools/demo/study.sh`.
const FILE: &[u8] = include_bytes!("../../assets/demo.polar");

/// Puts the study file where programs keep what is theirs, unless it is there, and says where that is.
///
/// # Errors
/// [`Error::output`] where it can be written nowhere.
pub fn file() -> Result<PathBuf> {
    let folder = eframe::storage_dir("polarscope").unwrap_or_else(std::env::temp_dir);
    let path = folder.join("demo.polar");
    if std::fs::read(&path).is_ok_and(|there| there == FILE) {
        return Ok(path);
    }
    let write = || {
        std::fs::create_dir_all(&folder)?;
        let part = folder.join(format!("demo.polar.{}", std::process::id()));
        std::fs::write(&part, FILE)?;
        std::fs::rename(&part, &path)
    };
    write()
        .map_err(|error| Error::output(format!("{}: the demo's study cannot be written: {error}", path.display())))?;
    Ok(path)
}
