//! Sliding windows that only some layers have.

use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;

/// By layer, `window` in those of the `layers` that `layer_types` of `config` calls sliding; where it is not there, in those
/// for which `slides` is true. `switch` is the field that turns windows off.
///
/// # Errors
/// [`Error::data`] where `layer_types` is of another number of layers, or names sliding ones and there is no window.
pub fn by_layer_types(
    config: &Config,
    layers: usize,
    window: Option<usize>,
    switch: &str,
    slides: impl Fn(usize) -> bool,
) -> Result<Vec<Option<usize>>> {
    let slides = config.sliding_layers()?.unwrap_or_else(|| (0..layers).map(slides).collect());
    if slides.len() != layers || (window.is_none() && slides.contains(&true)) {
        return Err(Error::data(format!(
            "config.json: layer_types does not fit num_hidden_layers ({layers}) and {switch}: it has {} layers, {} of them \
             with a sliding window",
            slides.len(),
            slides.iter().filter(|slides| **slides).count()
        )));
    }
    Ok(slides.into_iter().map(|slides| window.filter(|_| slides)).collect())
}
