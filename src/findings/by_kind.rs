//! What is made once for each experiment.

use crate::experiment::Kind;
use std::sync::OnceLock;

/// A value for each experiment, made when it is first asked for.
#[derive(Debug)]
pub struct ByKind<T>([OnceLock<T>; Kind::ALL.len()]);

impl<T> Default for ByKind<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }
}

impl<T> ByKind<T> {
    /// That of `kind`, which `make` makes where it is not there.
    pub fn get(&self, kind: Kind, make: impl FnOnce() -> T) -> &T {
        self.0[kind as usize].get_or_init(make)
    }
}
