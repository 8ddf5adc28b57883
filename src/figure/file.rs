//! Writing what is exported.

use crate::error::{self, Error, Result};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the file at `path` is called among studies.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the names of files and folders begin with that are being written.
const UNFINISHED: &str = ".polarscope-";

/// Whoever writes one has locked it by then.
const YOUNG: Duration = Duration::from_mins(1);

/// Writes `bytes` to a new file at `path`; what is there already is left as it is. The file is there whole or not at all:
/// it is written under another name beside it, and gets its own when it is complete.
///
/// # Errors
/// [`Error::output`] where the file exists or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    write_new_by(path, |file| {
        file.write_all(bytes).map_err(|error| Error::output(format!("cannot be written: {error}")))
    })
}

/// The same of what `write` writes.
///
/// # Errors
/// As [`write_new`], and those of `write`, whose [`Error::output`] is one of this file.
pub fn write_new_by(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let shown = path.display();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::output(format!("{shown}: cannot be written: there is no folder {}", folder.display())));
    }
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Error::output(format!("{shown} exists already; name another file")),
        _ => Error::output(format!("{shown}: cannot be written: {error}")),
    };
    if path.exists() {
        return Err(cannot(ErrorKind::AlreadyExists.into()));
    }
    remove_left_behind(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // Who may read it is for the user's mask to say, as of any file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(cannot)?;
    let _lock = locked(file.path());
    write(file.as_file_mut()).map_err(|found| match found.kind() {
        error::ErrorKind::Output => found.context(&shown),
        _ => found,
    })?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| cannot(error.error))
}

/// Writes `files`, each with its path within it, into the new folder `folder`, which may be there if it is empty: all of
/// them or none.
///
/// # Errors
/// [`Error::output`] where the folder holds something or cannot be written.
pub fn write_folder(folder: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    let shown = folder.display();
    let broken = |error: io::Error| Error::output(format!("{shown}: cannot be written: {error}"));
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => {}
        Ok(_) => return Err(Error::output(format!("{shown} exists already and is not empty; name another folder"))),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Error::output(format!("{shown} exists already and is no folder; name another")));
        }
        // It is made below, or what keeps it from being made is said there.
        Err(_) => {}
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(Error::output(format!("{shown}: cannot be written: there is no folder {}", parent.display())));
    }
    remove_left_behind(parent);
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let made = builder.tempdir_in(parent).map_err(broken)?;
    let _lock = locked(made.path());
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

/// A lock on the file or folder at `path`, which ends with its process; none where another has it or there are no locks.
fn locked(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Removes from `folder` what exports that were killed left there: nobody has it locked.
fn remove_left_behind(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().and_then(|name| name.strip_prefix(UNFINISHED)).is_some_and(is_drawn);
        let age = entry.metadata().and_then(|of| of.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_ours && age.is_some_and(|age| age > YOUNG) {
            let path = entry.path();
            if let (Some(_lock), Ok(kind)) = (locked(&path), entry.file_type()) {
                // What cannot be removed stays; it is in nobody's way.
                let _ = if kind.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
        }
    }
}

/// Whether a name ends as tempfile draws it.
fn is_drawn(end: &str) -> bool {
    end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_export_left_is_removed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let old = std::time::SystemTime::now() - 2 * YOUNG;
        let aged = |name: &str| File::open(path(name)).unwrap().set_modified(old).unwrap();
        for name in [".polarscope-Ab3xyz", ".polarscope-Locked", ".polarscope-mine", ".polarscope-youngA", "table.csv"]
        {
            std::fs::write(path(name), "x").unwrap();
        }
        std::fs::create_dir(path(".polarscope-folder")).unwrap();
        std::fs::write(path(".polarscope-folder/card.md"), "x").unwrap();
        for name in [".polarscope-Ab3xyz", ".polarscope-Locked", ".polarscope-mine", ".polarscope-folder", "table.csv"]
        {
            aged(name);
        }
        let held = locked(&path(".polarscope-Locked")).unwrap();
        write_new(&path("new.csv"), b"new").unwrap();
        let mut left: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [".polarscope-Locked", ".polarscope-mine", ".polarscope-youngA", "new.csv", "table.csv"]);
        drop(held);
        write_folder(&path("all"), &[("a/b".into(), b"c".to_vec())]).unwrap();
        assert!(!path(".polarscope-Locked").exists() && path("all/a/b").exists());
    }
}
