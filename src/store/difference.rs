//! Whether a study may extend a file: what must not change, and what changed.

use crate::error::Result;
use crate::study::{Study, Wrong, held_differences};

/// Checks that `new` asks the questions of `old` on the same grounds, and leaves no experiment out.
///
/// # Errors
/// [`crate::Error::usage`] that names the first setting that differs.
pub fn check_extension(old: &Study, new: &Study) -> Result<()> {
    let Some(difference) = held_differences(old, new).into_iter().next() else { return Ok(()) };
    let written = |value: Option<toml::Value>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    let (before, after) = (written(difference.before), written(difference.after));
    Err(Wrong::Extends(difference.setting, before, after).into())
}
