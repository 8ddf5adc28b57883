//! Queries, keys and the attention that they make, layer by layer.

use super::plot::{self, Chart};
use super::{Picks, Shown, by_layer, legend, records, tools};
use crate::app::widgets::note;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::Ui;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    charts: Vec<Chart>,
    caption: String,
}

const TABLE: &str = "qk_alignment";

/// Names that tell the charts apart.
const IDS: [&str; 4] = ["alignment 1", "alignment 2", "alignment 3", "alignment 4"];

impl Data {
    /// From the table by layer; none where nothing is in.
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

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "Queries, keys and attention by layer", shown.modes(), &mut picks.hidden, false);
        let bars = tools::bars_of(&self.charts);
        tools::row(ui, shown, picks, tools::Tools { bars: &bars, table: TABLE, ..Default::default() }, |_, _| {});
        let bars = self.charts.first().map_or(String::new(), |chart| chart.bars_words(picks.bars));
        let caption = format!("{bars} {}", self.caption);
        super::above_caption(ui, &caption, |ui| {
            plot::grid(ui, &self.charts, picks, shown.origin(), "");
        });
        note(ui, caption);
    }
}

/// What is read, as a title; the cosine alone is not 0 in the clean run.
fn title(quantity: &str) -> String {
    let mut letters = quantity.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let words: String = first.chain(letters).collect();
    if quantity.starts_with("cosine") { format!("{words}, change") } else { words }
}
