//! Whether a file's content is the one that its name in the cache, its hash, promises.

use crate::hash;
use sha1::Sha1;
use sha2::{Digest, Sha256};

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
