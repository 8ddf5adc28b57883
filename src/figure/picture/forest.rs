//! Estimates with intervals, row by row: what each repair gives back under each mode.

use super::Point;
use super::records::Record;
use super::scale::exact;
use crate::experiment::{Kind, repair_words};
use crate::figure::number;
use crate::study::Mode;

/// Rows of estimates.
#[derive(Debug, Clone, Default)]
pub struct Forest {
    /// The rows, in the order of the table.
    pub rows: Vec<Row>,
}

/// One repair.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// One per mode.
    pub cells: Vec<Cell>,
}

/// One repair under one mode.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The mode.
    pub mode: Mode,
    /// Percent of the damage that is given back, with its interval; or why there is none.
    pub recovery: Result<(f64, (f64, f64)), String>,
    /// What a hover says.
    pub hover: String,
    /// What it is the mean of.
    pub point: Point,
}

impl Forest {
    /// What stands below the axis.
    pub const LABEL: &str = "Recovery (%)";

    /// From the records of a table of repairs of the experiment `kind`.
    pub(super) fn of(records: &[Record], kind: Kind) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for record in records {
            let Some(mode) = record.mode() else { continue };
            let arm = record.text("repair");
            let name = repair_words(arm);
            let recovery = record.number("recovery").zip(record.interval("recovery"));
            let recovery = recovery.map(|(value, (low, high))| (100.0 * value, (100.0 * low, 100.0 * high)));
            let recovery = recovery.ok_or_else(|| why_not(record));
            let spread = |key: &str| record.number(&format!("{key}_mean")).map_or("–".to_owned(), exact);
            let of = match &recovery {
                Ok((value, (low, high))) => {
                    format!("recovery {} %\n95 % interval {} to {} %", exact(*value), exact(*low), exact(*high))
                }
                Err(why) => why.clone(),
            };
            let hover = format!(
                "{name}, {mode}, δ {}\n{of}\ndamage {} nats, repaired {} nats\nn {} seeds",
                record.number("delta").unwrap_or_default(),
                spread("damage"),
                spread("repaired"),
                record.count("damage_seeds"),
            );
            let point =
                Point { kind, mode, arm: arm.to_owned(), delta: record.number("delta"), layer: None, head: None };
            let cell = Cell { mode, recovery, hover, point };
            match rows.iter_mut().find(|row| row.name == name) {
                Some(row) => row.cells.push(cell),
                None => rows.push(Row { name: name.to_owned(), cells: vec![cell] }),
            }
        }
        Self { rows }
    }

    /// What has to be seen, with 0 and 100 %; intervals that go far beyond are cut.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let cells = self.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| cell.recovery.as_ref().ok());
        let (low, high) =
            cells.fold((0.0_f64, 100.0_f64), |(low, high), (_, (from, to))| (low.min(*from), high.max(*to)));
        (low.max(-100.0) - 4.0, high.min(200.0) + 4.0)
    }

    /// What is painted, in words, but for the modes that are `hidden`.
    #[must_use]
    pub fn summary(&self, hidden: &[Mode]) -> String {
        let of_cell = |cell: &Cell| match &cell.recovery {
            Ok((value, _)) => format!("{} {} %", cell.mode, number(*value)),
            Err(_) => format!("{} no ratio", cell.mode),
        };
        let of_row = |row: &Row| {
            let cells = row.cells.iter().filter(|cell| !hidden.contains(&cell.mode));
            format!("{}: {}", row.name, cells.map(of_cell).collect::<Vec<_>>().join(", "))
        };
        format!("Recovery, {}", self.rows.iter().map(of_row).collect::<Vec<_>>().join("; "))
    }
}

/// Why a record has no recovery, in a sentence.
fn why_not(record: &Record) -> String {
    let words = record.text("recovery_missing");
    if words.is_empty() { "no ratio yet".to_owned() } else { format!("No ratio: {words}") }
}

/// The reasons why ratios are missing, each once, without their numbers.
pub(super) fn missing<'a>(forests: impl Iterator<Item = &'a Forest>) -> Option<String> {
    let cells: Vec<&Cell> = forests.flat_map(|forest| &forest.rows).flat_map(|row| &row.cells).collect();
    let without = cells.iter().filter(|cell| cell.recovery.is_err()).count();
    (without > 0).then(|| {
        format!(
            "No ratio for {without} of {}: a share of the damage is given only where the 95 % interval of the damage itself \
             lies above 0.",
            cells.len()
        )
    })
}
