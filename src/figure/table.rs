//! A table, in the forms that people and programs read.

use super::format::{exponent, is_bound, number, p_value, uncertain};
use crate::experiment::Kind;
use crate::stats::{Estimate, Spread, TTest};
use serde_json::{Map, Value, json};

/// A table of results.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name in commands and files.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The experiment that it shows; none where it shows all of them.
    pub kind: Option<Kind>,
    /// Whether it is short: one that goes by layer, head or window is not.
    pub is_summary: bool,
    /// The columns that people see.
    pub columns: Vec<Column>,
    /// Their cells, row by row; "–" stands for what there is not.
    pub rows: Vec<Vec<String>>,
    /// The same rows as named numbers with all their digits; what there is not is null.
    pub records: Vec<Map<String, Value>>,
    /// What holds for the whole table.
    pub facts: Map<String, Value>,
    /// Everything that is needed to read its numbers.
    pub caption: String,
}

/// A column that people see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// What it is, in a sentence.
    pub meaning: String,
    /// Whether it holds words.
    pub is_text: bool,
    /// The fields of a record that it shows; the first is what it is sorted by.
    pub keys: Vec<String>,
}

impl Column {
    /// What tells it from the others, as heads need not: the field that it is sorted by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().unwrap_or(&self.head)
    }
}

/// The form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Every number with all its digits, one record a line.
    Csv,
    /// The same with the settings.
    Json,
    /// For people: means ± sd with digits that follow the uncertainty.
    Markdown,
    /// The same for a paper: a table in booktabs' style, which compiles as it is.
    Latex,
    /// The same with tabs, for spreadsheets.
    Tsv,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::Markdown, Self::Latex, Self::Tsv];

    /// Its name, and how its files end.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("CSV", "csv"),
            Self::Json => ("JSON", "json"),
            Self::Markdown => ("Markdown", "md"),
            Self::Latex => ("LaTeX", "tex"),
            Self::Tsv => ("TSV", "tsv"),
        }
    }
}

/// Builds the rows of a table: each value is given once, and becomes a cell for people and fields of a record.
#[derive(Default)]
pub struct Rows {
    pub columns: Vec<Column>,
    pub cells: Vec<Vec<String>>,
    pub records: Vec<Map<String, Value>>,
}

impl Rows {
    /// Adds a row.
    pub fn add(&mut self, fill: impl FnOnce(&mut Line)) {
        let mut line = Line::default();
        fill(&mut line);
        if self.columns.is_empty() {
            self.columns = line.columns;
        }
        self.cells.push(line.cells);
        self.records.push(line.record);
    }
}

/// A row that is being made.
#[derive(Default)]
pub struct Line {
    columns: Vec<Column>,
    cells: Vec<String>,
    record: Map<String, Value>,
}

/// What people see where there is nothing.
const NONE: &str = "–";

impl Line {
    fn cell(&mut self, head: &str, meaning: &str, cell: Option<String>) {
        let (head, meaning) = (head.to_owned(), meaning.to_owned());
        self.columns.push(Column { head, meaning, is_text: false, keys: Vec::new() });
        self.cells.push(cell.unwrap_or_else(|| NONE.to_owned()));
    }

    /// A field of the record that the last cell shows.
    fn shown(&mut self, key: &str, value: impl Into<Value>) {
        if let Some(column) = self.columns.last_mut() {
            column.keys.push(key.to_owned());
        }
        self.field(key, value);
    }

    /// Something that only the record has.
    pub fn field(&mut self, key: &str, value: impl Into<Value>) {
        self.record.insert(key.to_owned(), value.into());
    }

    /// Words.
    pub fn text(&mut self, key: &str, head: &str, meaning: &str, text: &str) {
        self.cell(head, meaning, Some(text.to_owned()));
        if let Some(column) = self.columns.last_mut() {
            column.is_text = true;
        }
        self.shown(key, text);
    }

    /// Something by its name, of which people see other words.
    pub fn named(&mut self, key: &str, head: &str, meaning: &str, (name, words): (&str, &str)) {
        self.text(key, head, meaning, name);
        if let Some(cell) = self.cells.last_mut() {
            words.clone_into(cell);
        }
    }

    /// A whole number, or a δ: as it is.
    pub fn exact(&mut self, key: &str, head: &str, meaning: &str, value: impl Into<Value>) {
        let value = value.into();
        let cell = match &value {
            Value::Null => None,
            // 5.0 is written as 5.
            Value::Number(number) => Some(number.as_f64().map_or_else(|| number.to_string(), |x| format!("{x}"))),
            other => Some(other.to_string()),
        };
        self.cell(head, meaning, cell);
        self.shown(key, value);
    }

    /// A number, of which people see three digits.
    pub fn number(&mut self, key: &str, head: &str, meaning: &str, value: Option<f64>) {
        self.cell(head, meaning, value.map(number));
        self.shown(key, json!(value));
    }

    /// A p.
    pub fn p(&mut self, key: &str, head: &str, meaning: &str, value: Option<f64>) {
        self.cell(head, meaning, value.map(exponent));
        self.shown(key, json!(value));
    }

    /// A p of a test that can give none below `least`: where it is as small, people see a bound, and `{key}_is_bound` is
    /// true.
    pub fn p_at_least(&mut self, key: &str, head: &str, meaning: &str, value: Option<f64>, least: f64) {
        let is_bound = value.is_some_and(|p| is_bound(p, least));
        self.cell(head, meaning, value.map(|p| p_value(p, is_bound)));
        self.shown(key, json!(value));
        self.shown(&format!("{key}_is_bound"), json!(value.map(|_| is_bound)));
    }

    /// A share, of which people see percent.
    pub fn share(&mut self, key: &str, head: &str, meaning: &str, value: Option<f64>) {
        let percent = |share: f64| match 100.0 * share {
            0.0 => "0".to_owned(),
            p if p < 0.1 => "< 0.1".to_owned(),
            p => format!("{p:.1}"),
        };
        self.cell(head, meaning, value.map(percent));
        self.shown(key, json!(value));
    }

    /// Mean ± sd over seeds.
    pub fn spread(&mut self, key: &str, head: &str, meaning: &str, spread: Option<Spread>) {
        self.cell(head, meaning, spread.map(|s| uncertain(s.mean, s.sd)));
        self.shown(&format!("{key}_mean"), json!(spread.map(|s| s.mean)));
        self.shown(&format!("{key}_sd"), json!(spread.and_then(|s| s.sd)));
        self.shown(&format!("{key}_seeds"), json!(spread.map(|s| s.n)));
    }

    /// A 95 % interval.
    pub fn interval(&mut self, key: &str, head: &str, meaning: &str, interval: Option<(f64, f64)>) {
        let cell = |(low, high): (f64, f64)| format!("{} to {}", number(low), number(high));
        self.cell(head, meaning, interval.map(cell));
        self.shown(&format!("{key}_low"), json!(interval.map(|i| i.0)));
        self.shown(&format!("{key}_high"), json!(interval.map(|i| i.1)));
    }

    /// An estimate with its 95 % interval, `times` as much for people; or why there is none.
    pub fn estimate(&mut self, key: &str, head: &str, meaning: &str, estimate: &Result<Estimate, String>, times: f64) {
        let cell = |e: &Estimate| {
            let [low, high] = [e.interval.0, e.interval.1].map(|bound| number(times * bound));
            format!("{} [{low}, {high}]", number(times * e.value))
        };
        self.cell(head, meaning, estimate.as_ref().ok().map(cell));
        let of = |part: fn(&Estimate) -> f64| json!(estimate.as_ref().ok().map(part).filter(|x| x.is_finite()));
        self.shown(key, of(|e| e.value));
        self.shown(&format!("{key}_low"), of(|e| e.interval.0));
        self.shown(&format!("{key}_high"), of(|e| e.interval.1));
        self.shown(&format!("{key}_missing"), json!(estimate.as_ref().err()));
    }

    /// t, p and p after Holm's correction.
    pub fn test(&mut self, meaning: &str, test: Option<TTest>, p_holm: Option<f64>) {
        self.cell("t (df)", meaning, test.map(|test| format!("{} ({})", number(test.t), test.df)));
        self.shown("t", json!(test.map(|test| test.t)));
        self.shown("df", json!(test.map(|test| test.df)));
        self.cell("p", "Two-sided", test.map(|test| exponent(test.p)));
        self.shown("p", json!(test.map(|test| test.p)));
        self.cell("p (Holm)", "The same, corrected by Holm for all tests of the table", p_holm.map(exponent));
        self.shown("p_holm", json!(p_holm));
    }
}
