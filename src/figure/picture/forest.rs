//! Estimates with intervals, row by row: what each repair gives back under each mode.

use super::Point;
use super::scale::exact;
use super::setting::finite;
use crate::experiment::Kind;
use crate::figure::number;
use crate::findings::Restored;
use crate::stats::Spread;
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

    /// From what the repairs of the experiment `kind` give back.
    pub(super) fn of(list: &[Restored], kind: Kind) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for restored in list {
            let Restored { arm, mode, delta, seeds, .. } = restored;
            let (mode, name) = (*mode, arm.title());
            let recovery = percent(restored);
            let spread = |of: Option<Spread>| of.map_or("–".to_owned(), |of| exact(of.mean));
            let of = match &recovery {
                Ok((value, (low, high))) => {
                    format!("recovery {} %\n95 % interval {} to {} %", exact(*value), exact(*low), exact(*high))
                }
                Err(why) => why.clone(),
            };
            let hover = format!(
                "{name}, {mode}, δ {delta}\n{of}\ndamage {} nats, repaired {} nats\nn {seeds} seeds",
                spread(restored.damage),
                spread(restored.repaired),
            );
            let point = Point { kind, mode, arm: *arm, delta: Some(*delta), layer: None, head: None };
            let cell = Cell { mode, recovery, hover, point };
            match rows.iter_mut().find(|row| row.name == name) {
                Some(row) => row.cells.push(cell),
                None => rows.push(Row { name, cells: vec![cell] }),
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

/// Percent of the damage that is given back with its interval, or why there is none, in a sentence.
fn percent(restored: &Restored) -> Result<(f64, (f64, f64)), String> {
    let share = restored.share.as_ref().map_err(|why| match why.as_str() {
        "" => "no ratio yet".to_owned(),
        why => format!("No ratio: {why}"),
    })?;
    let (low, high) = finite(share.interval).ok_or("no ratio yet")?;
    Ok((100.0 * share.value, (100.0 * low, 100.0 * high)))
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
