//! Whether a file's content is the one that its name in the cache, its hash, promises.

use super::listing::RemoteFile;
use super::whole::is_whole_as;
use crate::hash;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The hash of a file while it comes. Large files are named by their SHA-256; the others by the SHA-1 that git has for
/// them, which is taken of a header with the size and then the content.
pub(super) enum Hasher {
    Large(Sha256),
    Git(Sha1),
}

impl Hasher {
    /// For a file of `size` bytes that is named `etag`.
    pub fn new(etag: &str, size: u64) -> Self {
        match etag.len() {
            64 => Self::Large(Sha256::new()),
            _ => Self::Git(Sha1::new_with_prefix(format!("blob {size}\0"))),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Large(hasher) => hasher.update(bytes),
            Self::Git(hasher) => hasher.update(bytes),
        }
    }

    pub fn finish(self) -> String {
        match self {
            Self::Large(hasher) => hash::hex(hasher),
            Self::Git(hasher) => hash::hex(hasher),
        }
    }
}

/// Whether `path` has the content of `file`. One of the right size that is not whole is hashed: it may be what the Hub has.
pub(super) fn is_content(path: &Path, file: &RemoteFile) -> bool {
    let has_size = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == file.size);
    has_size && (is_whole_as(&file.name, path) || hash_of(path, file).is_ok_and(|hash| hash == file.etag))
}

fn hash_of(path: &Path, file: &RemoteFile) -> io::Result<String> {
    let mut hasher = Hasher::new(&file.etag, file.size);
    let (mut reader, mut bytes) = (File::open(path)?, vec![0; 1 << 20]);
    loop {
        match reader.read(&mut bytes)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&bytes[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_has_gits_name() {
        // `printf hello | git hash-object --stdin`
        let name = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0";
        let mut hasher = Hasher::new(name, 5);
        hasher.update(b"hel");
        hasher.update(b"lo");
        assert_eq!(hasher.finish(), name);
    }
}
