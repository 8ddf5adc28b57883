//! How the numbers of a picture were made, in the words of captions.

use crate::experiment::{Kind, Origin};
use crate::findings::{Findings, layers_written};

/// Under which protocol and where vectors were moved, and how far.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// "Protocol strict, layers 2–5."
    pub words: String,
    /// δ in the study's unit, where all of the picture has one.
    pub delta: Option<f64>,
}

impl Setting {
    /// Of what the experiment `kind`, or where there is none several experiments, ran at `deltas`.
    #[must_use]
    pub fn of(findings: &Findings, kind: Option<Kind>, deltas: impl IntoIterator<Item = f64>) -> Self {
        let protocol = findings.study().perturbation.protocol_label();
        let layers = kind.map_or_else(String::new, |kind| layers_written(findings.layers_of(kind)));
        let words = if layers.is_empty() {
            format!("Protocol {protocol}.")
        } else {
            format!("Protocol {protocol}, layers {layers}.")
        };
        Self { words, delta: one(deltas) }
    }
}

/// The one δ of `deltas`; none where there are none or several.
pub fn one(deltas: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut deltas = deltas.into_iter();
    let first = deltas.next()?;
    deltas.all(|delta| delta == first).then_some(first)
}

/// What the intervals of recoveries and curves are: what a study printed are means over texts.
#[must_use]
pub fn intervals(findings: &Findings) -> &'static str {
    match findings.results().origin {
        Origin::Run => "95 % bootstrap interval over texts and seeds",
        Origin::Published { .. } => "95 % interval over seeds",
    }
}

/// `interval`, where both of its ends are finite.
#[must_use]
pub fn finite(interval: (f64, f64)) -> Option<(f64, f64)> {
    (interval.0.is_finite() && interval.1.is_finite()).then_some(interval)
}
