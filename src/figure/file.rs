//! Writing what is exported.

use crate::error::{Error, Result};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Writes `bytes` to a new file at `path`; what is there already is left as it is. The file is there whole or not at all:
/// it is written under another name beside it, and gets its own when it is complete.
///
/// # Errors
/// [`Error::Output`] where the file exists or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::Output(format!("{shown}: cannot be written: there is no folder {}", folder.display())));
    }
    write_beside(folder, path, bytes).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Output(format!("{shown} exists already; name another file")),
        _ => Error::Output(format!("{shown}: cannot be written: {error}")),
    })
}

fn write_beside(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".polarscope-");
    // Who may read it is for the user's mask to say, as of any file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}
