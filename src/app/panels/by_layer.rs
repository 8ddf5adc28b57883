//! Changes by layer, a series per mode: what the pictures of entropies and of queries and keys are made of.

use super::plot::{Mark, Of, Series, hover};
use super::records::{self, Record};
use crate::app::words::counted;
use crate::figure::Table;

/// The series of `records`, in the order in which their modes come.
pub fn series<'a>(records: impl Iterator<Item = &'a Record<'a>>, unit: &str) -> Vec<Series> {
    let mut list: Vec<Series> = Vec::new();
    for record in records {
        let (Some(mode), Some(y)) = (record.mode(), record.number("change_mean")) else { continue };
        let Ok(layer) = record.text("layer").parse::<u16>() else { continue };
        let bar = record.interval("change");
        let words = format!(
            "δ {}, layer {layer}\nchange {}\nclean {}\nn {} × {}",
            record.number("delta").unwrap_or_default(),
            hover(y, unit, bar),
            record.number("clean").map_or("–".to_owned(), super::chart::exact),
            counted(record.count("change_seeds"), "seed", "seeds"),
            counted(record.count("texts"), "text", "texts"),
        );
        let mark = Mark { x: f64::from(layer), y, bar, hover: words };
        match list.iter_mut().find(|series| series.of == Of::Mode(mode)) {
            Some(series) => series.marks.push(mark),
            None => list.push(Series { of: Of::Mode(mode), marks: vec![mark] }),
        }
    }
    list
}

/// What the marks of the table `id` are, for the line below its picture.
pub fn caption(tables: &[Table], id: &str, records: &[Record]) -> String {
    let most = |key: &str| records.iter().map(|record| record.count(key)).max().unwrap_or(0);
    let delta = records.iter().find_map(|record| record.number("delta")).unwrap_or_default();
    format!(
        "δ {delta}. Markers: disturbed minus clean, mean over {} and {}; bars: 95 % bootstrap interval over texts and \
         seeds. Shaded: the disturbed layers {}.",
        counted(most("change_seeds"), "seed", "seeds"),
        counted(most("texts"), "text", "texts"),
        records::written(&records::disturbed(tables, id))
    )
}
