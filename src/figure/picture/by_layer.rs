//! Changes by layer, a series per mode: what the pictures of entropies and of queries and keys are made of.

use super::bars::Spreads;
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, hover};
use super::scale::exact;
use super::setting::finite;
use super::{Point, Setting};
use crate::experiment::{Arm, Change, Kind};
use crate::figure::counted;
use crate::findings::Findings;

/// A chart of changes by layer, of the experiment `kind`.
#[must_use]
pub fn chart(
    id: &'static str,
    title: String,
    (kind, unit): (Kind, &'static str),
    changes: &[&Change],
    shaded: Vec<usize>,
) -> Chart {
    Chart {
        id,
        title,
        unit,
        x_label: "Layer".to_owned(),
        x: Across::Layers,
        series: series(changes, kind, unit),
        shaded,
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    }
}

/// The series of `changes`, in the order in which their modes come.
fn series(changes: &[&Change], kind: Kind, unit: &str) -> Vec<Series> {
    let mut list: Vec<Series> = Vec::new();
    for change in changes {
        let Some(layer) = change.layer else { continue };
        let Change { mode, delta, change: spread, .. } = **change;
        let interval = change.interval.and_then(finite);
        let words = format!(
            "δ {delta}, layer {layer}\nchange {}\nsd over seeds {}\nclean {}\nn {} × {}",
            hover(spread.mean, unit, interval),
            spread.sd.map_or("–".to_owned(), exact),
            exact(change.clean),
            counted(spread.n, "seed", "seeds"),
            counted(change.items, "text", "texts"),
        );
        let mark = Mark {
            x: layer as f64,
            y: spread.mean,
            spreads: Spreads::over_seeds(&spread, interval),
            hover: words,
            point: Some(Point { kind, mode, arm: Arm::Plain, delta: Some(delta), layer: Some(layer), head: None }),
            ..Mark::default()
        };
        add(&mut list, Of::Mode(mode), Form::Band, mark);
    }
    list
}

/// How `changes` of the experiment `kind` were made, and what their marks are, for the line below a picture.
pub fn caption(findings: &Findings, kind: Kind, changes: &[Change]) -> (Setting, String) {
    let setting = Setting::of(findings, Some(kind), changes.iter().map(|change| change.delta));
    let delta = changes.first().map(|change| change.delta).unwrap_or_default();
    let caption = format!(
        "Disturbed minus clean at δ {delta}; n {} × {}; disturbed layers are shaded. {}",
        counted(changes.iter().map(|change| change.change.n).max().unwrap_or(0), "seed", "seeds"),
        counted(changes.iter().map(|change| change.items).max().unwrap_or(0), "text", "texts"),
        setting.words
    );
    (setting, caption)
}
