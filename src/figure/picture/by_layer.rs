//! Changes by layer, a series per mode: what the pictures of entropies and of queries and keys are made of.

use super::Point;
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, hover};
use super::records::{self, Record};
use super::scale::exact;
use crate::experiment::Kind;
use crate::figure::{Table, counted};

/// A chart of changes by layer, of the experiment `kind`.
#[must_use]
pub fn chart<'a>(
    id: &'static str,
    title: String,
    (kind, unit): (Kind, &str),
    records: impl Iterator<Item = &'a Record<'a>>,
    shaded: Vec<usize>,
) -> Chart {
    Chart {
        id,
        title,
        x_label: "Layer".to_owned(),
        x: Across::Layers,
        series: series(records, kind, unit),
        shaded,
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    }
}

/// The series of `records`, in the order in which their modes come.
fn series<'a>(records: impl Iterator<Item = &'a Record<'a>>, kind: Kind, unit: &str) -> Vec<Series> {
    let mut list: Vec<Series> = Vec::new();
    for record in records {
        let (Some(mode), Some(y)) = (record.mode(), record.number("change_mean")) else { continue };
        let Ok(layer) = record.text("layer").parse::<u16>() else { continue };
        let delta = record.number("delta");
        let words = format!(
            "δ {}, layer {layer}\nchange {}\nsd over seeds {}\nclean {}\nn {} × {}",
            delta.unwrap_or_default(),
            hover(y, unit, record.interval("change")),
            record.number("change_sd").map_or("–".to_owned(), exact),
            record.number("clean").map_or("–".to_owned(), exact),
            counted(record.count("change_seeds"), "seed", "seeds"),
            counted(record.count("texts"), "text", "texts"),
        );
        let mark = Mark {
            x: f64::from(layer),
            y,
            spreads: record.spreads("change"),
            hover: words,
            point: Some(Point { kind, mode, arm: String::new(), delta, layer: Some(usize::from(layer)), head: None }),
            ..Mark::default()
        };
        add(&mut list, Of::Mode(mode), Form::Band, mark);
    }
    list
}

/// What the marks of the table `id` are, for the line below its picture.
pub fn caption(tables: &[Table], id: &str, records: &[Record]) -> String {
    let most = |key: &str| records.iter().map(|record| record.count(key)).max().unwrap_or(0);
    let delta = records.iter().find_map(|record| record.number("delta")).unwrap_or_default();
    format!(
        "Disturbed minus clean at δ {delta}; n {} × {}; disturbed layers are shaded. {}",
        counted(most("change_seeds"), "seed", "seeds"),
        counted(most("texts"), "text", "texts"),
        records::setting(tables, id)
    )
}
