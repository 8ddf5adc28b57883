//! Whether a study may extend a file: what must not change, and what changed.

use crate::error::{Error, Result};
use crate::study::{Study, held_differences};

/// Checks that `new` asks the questions of `old` on the same grounds, and leaves no experiment out.
///
/// # Errors
/// [`Error::Usage`] that names the first setting that differs.
pub fn check_extension(old: &Study, new: &Study) -> Result<()> {
    let Some(difference) = held_differences(old, new).into_iter().next() else { return Ok(()) };
    let written = |value: Option<toml::Value>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    let (setting, was, is) = (difference.setting, written(difference.before), written(difference.after));
    Err(Error::Usage(format!(
        "the study differs from the one in the file at {setting}: the file has {was}, the study {is}; only grids, seeds, \
         texts.limit, items and experiments may grow, so name another file with --out"
    )))
}
