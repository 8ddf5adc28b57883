//! The cache's layout, shared with Python's huggingface_hub, so that what either has fetched serves both:
//! ```text
//! models--owner--name/refs/REVISION            the commit that a branch or tag was at
//! models--owner--name/blobs/ETAG               a file's content, named by its hash; ETAG.incomplete while it comes
//! models--owner--name/snapshots/COMMIT/FILE    a link to its blob
//! .locks/models--owner--name/ETAG.lock         held by whoever fetches the blob
//! ```

use super::{Kind, Repository, trouble};
use crate::error::Result;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A repository's part of the cache.
pub(super) struct Cache {
    /// The whole cache, for messages.
    pub root: PathBuf,
    folder: PathBuf,
    locks: PathBuf,
}

impl Cache {
    pub fn new(root: &Path, repository: &Repository) -> Self {
        let kind = match repository.kind {
            Kind::Model => "models",
            Kind::Dataset => "datasets",
        };
        let name = format!("{kind}--{}", repository.id.replace('/', "--"));
        Self { root: root.to_owned(), folder: root.join(&name), locks: root.join(".locks").join(name) }
    }

    /// The commit that `revision` is, or was when it was last asked for.
    pub fn commit(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let commit = fs::read_to_string(self.reference(revision)).ok()?.trim().to_owned();
        is_commit(&commit).then_some(commit)
    }

    /// Keeps that `revision` is at `commit`.
    pub fn remember(&self, revision: &str, commit: &str) -> Result<()> {
        if is_commit(revision) {
            return Ok(());
        }
        let path = self.reference(revision);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(&path, commit)
        };
        write().map_err(|error| self.trouble(&error))
    }

    fn reference(&self, revision: &str) -> PathBuf {
        self.folder.join("refs").join(revision)
    }

    /// The folder with the files of `commit`.
    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// Where the content with the hash `etag` is, or will be.
    pub fn blob(&self, etag: &str) -> PathBuf {
        self.folder.join("blobs").join(etag)
    }

    /// Where the content with the hash `etag` is while it comes.
    pub fn incomplete(&self, etag: &str) -> Result<PathBuf> {
        let blobs = self.folder.join("blobs");
        fs::create_dir_all(&blobs).map_err(|error| self.trouble(&error))?;
        Ok(blobs.join(format!("{etag}.incomplete")))
    }

    /// The file whose lock the process has that fetches the content `etag`; the system drops it with the process.
    pub fn lock_file(&self, etag: &str) -> Result<File> {
        let open = || {
            fs::create_dir_all(&self.locks)?;
            File::options().create(true).truncate(false).write(true).open(self.locks.join(format!("{etag}.lock")))
        };
        open().map_err(|error| self.trouble(&error))
    }

    /// Makes `file` of `commit` show the blob `etag`.
    pub fn link(&self, commit: &str, file: &str, etag: &str) -> Result<()> {
        let (pointer, blob) = (self.snapshot(commit).join(file), self.blob(etag));
        let make = || {
            fs::create_dir_all(pointer.parent().unwrap_or(&pointer))?;
            match fs::remove_file(&pointer) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // Relative, so that a cache can be moved: up from the file to its snapshot, and then two more.
            let up = "../".repeat(file.split('/').count() + 1);
            match symlink(&format!("{up}blobs/{etag}"), &pointer) {
                // Another process was first.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                // Where the system has no symbolic links for everyone, as Windows, a hard link costs no room either.
                Err(_) => fs::hard_link(&blob, &pointer).or_else(|_| copy_new(&blob, &pointer)),
                Ok(()) => Ok(()),
            }
        };
        make().map_err(|error| self.trouble(&error))
    }

    /// Refuses a folder where one of the files is that `file` of `commit` with the hash `etag` needs, before anything comes.
    pub fn check_places(&self, commit: &str, file: &str, etag: &str) -> Result<()> {
        for path in [self.blob(etag), self.incomplete(etag)?, self.snapshot(commit).join(file)] {
            if path.is_dir() {
                return Err(trouble::folder_in_place(&path));
            }
        }
        Ok(())
    }

    /// What `error`, met in the cache, is to a person.
    pub fn trouble(&self, error: &io::Error) -> crate::Error {
        trouble::output(&self.root, error)
    }
}

/// Copies into a file that is not there yet: through a link to the blob itself it would be emptied.
fn copy_new(blob: &Path, pointer: &Path) -> io::Result<()> {
    let mut copy = File::options().write(true).create_new(true).open(pointer)?;
    io::copy(&mut File::open(blob)?, &mut copy).map(drop)
}

#[cfg(unix)]
fn symlink(target: &str, pointer: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, pointer)
}

#[cfg(windows)]
fn symlink(target: &str, pointer: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target.replace('/', "\\"), pointer)
}

/// Whether `revision` is a commit, not a branch or tag.
pub(super) fn is_commit(revision: &str) -> bool {
    is_hex(revision, 40)
}

/// Whether `text` is so many digits of a hash.
pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
