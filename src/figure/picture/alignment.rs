//! Queries, keys and the attention that they make, layer by layer.

use super::bars::Bars;
use super::chart::Chart;
use super::{by_layer, records};
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;

/// What stands above the picture.
pub const TITLE: &str = "Queries, keys and attention by layer";

/// The table that it is made of.
pub const TABLE: &str = "qk_alignment";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// A chart by layer for each quantity.
    pub charts: Vec<Chart>,
    caption: String,
}

/// Names that tell the charts apart.
const IDS: [&str; 4] = ["alignment 1", "alignment 2", "alignment 3", "alignment 4"];

impl Data {
    /// From the table by layer; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLE, study);
        let mut quantities: Vec<&str> = Vec::new();
        for record in &records {
            if !quantities.contains(&record.text("quantity")) {
                quantities.push(record.text("quantity"));
            }
        }
        let chart = |(id, quantity): (&'static str, &str)| {
            let of_it = records.iter().filter(|record| record.text("quantity") == quantity);
            let shaded = records::disturbed(tables, TABLE);
            by_layer::chart(id, title(quantity), (Kind::QkAlignment, ""), of_it, shaded)
        };
        let charts: Vec<Chart> = IDS.into_iter().zip(quantities).map(chart).collect();
        let caption = by_layer::caption(tables, TABLE, &records);
        (!charts.is_empty()).then_some(Self { charts, caption })
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        let bars = self.charts.first().map_or(String::new(), |chart| chart.bars_words(bars));
        format!("{bars} {}", self.caption)
    }
}

/// What is read, as a title; the cosine alone is not 0 in the clean run.
fn title(quantity: &str) -> String {
    let mut letters = quantity.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let words: String = first.chain(letters).collect();
    if quantity.starts_with("cosine") { format!("{words}, change") } else { words }
}
