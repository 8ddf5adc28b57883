//! Hashes in the form that provenance keeps: SHA-256, in hexadecimal.

use sha2::{Digest, Sha256};

/// The hash that `hasher` has come to, in hexadecimal.
#[must_use]
pub fn hex(hasher: impl Digest) -> String {
    hasher.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The hash of `bytes`, in hexadecimal.
#[must_use]
pub fn of(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}
