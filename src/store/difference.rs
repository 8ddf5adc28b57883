//! Whether a study may extend a file: what must not change, and what changed.

use crate::error::{Error, Result};
use crate::study::Study;

/// Checks that `new` asks the questions of `old` on the same grounds: the same frame, and no experiment left out.
///
/// # Errors
/// [`Error::Usage`] that names the first setting that differs.
pub fn check_extension(old: &Study, new: &Study) -> Result<()> {
    let (old_frame, mut new_frame) = (old.frame(), new.frame());
    // An experiment that is new has nothing to differ from.
    let asked = |frame: &toml::Table, name: &str| frame.get("experiments").is_some_and(|e| e.get(name).is_some());
    if let Some(toml::Value::Table(experiments)) = new_frame.get_mut("experiments") {
        experiments.retain(|name, _| asked(&old_frame, name));
    }
    match first_difference("", &old_frame.into(), &new_frame.into()) {
        None => Ok(()),
        Some((key, was, is)) => Err(Error::Usage(format!(
            "the study differs from the one in the file at {key}: the file has {was}, the study {is}; only grids, seeds, \
             texts.limit, items and experiments may grow, so name another file with --out"
        ))),
    }
}

/// The first key at which two tables differ, and both values.
fn first_difference(key: &str, a: &toml::Value, b: &toml::Value) -> Option<(String, String, String)> {
    if let (Some(a), Some(b)) = (a.as_table(), b.as_table()) {
        let absent = toml::Value::String("nothing".to_owned());
        let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        return keys.into_iter().find_map(|name| {
            let path = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            first_difference(&path, a.get(name).unwrap_or(&absent), b.get(name).unwrap_or(&absent))
        });
    }
    (a != b).then(|| (key.to_owned(), a.to_string(), b.to_string()))
}
