//! Writing what is exported.

use crate::error::{Error, Result};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

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

/// Writes `files`, each with its path within it, into the new folder `folder`, which may be there if it is empty: all of
/// them or none.
///
/// # Errors
/// [`Error::Output`] where the folder holds something or cannot be written.
pub fn write_folder(folder: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    let shown = folder.display();
    let broken = |error: io::Error| Error::Output(format!("{shown}: cannot be written: {error}"));
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => {}
        Ok(_) => return Err(Error::Output(format!("{shown} exists already and is not empty; name another folder"))),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Error::Output(format!("{shown} exists already and is no folder; name another")));
        }
        // It is made below, or what keeps it from being made is said there.
        Err(_) => {}
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(Error::Output(format!("{shown}: cannot be written: there is no folder {}", parent.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".polarscope-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let made = builder.tempdir_in(parent).map_err(broken)?;
    for (path, bytes) in files {
        let path = made.path().join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(broken)?;
        std::fs::write(&path, bytes).map_err(broken)?;
    }
    // An empty folder gives way; a folder that came into being meanwhile does not.
    std::fs::rename(made.path(), folder).map_err(broken)?;
    let _ = made.keep();
    Ok(())
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
