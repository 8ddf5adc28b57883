//! How the entropy of attention changes, layer by layer.

use super::plot::{self, Chart};
use super::ticks::Scale;
use super::{Picks, Shown, by_layer, legend, records};
use crate::app::widgets::note;
use crate::figure::Table;
use crate::study::Study;
use egui::Ui;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    chart: Chart,
    caption: String,
}

const TABLE: &str = "entropy_layers";

impl Data {
    /// From the table by layer; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLE, study);
        let series = by_layer::series(records.iter(), "nats");
        let chart = Chart {
            id: "entropy",
            title: "Change of −Σ p·ln p, mean over heads and query positions (nats)".to_owned(),
            x_label: "Layer".to_owned(),
            y: Scale::Linear,
            by_layer: true,
            shaded: records::disturbed(tables, TABLE),
            series,
        };
        let caption = by_layer::caption(tables, TABLE, &records);
        (!chart.series.is_empty()).then_some(Self { chart, caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &Shown, picks: &mut Picks) {
        legend::heading(ui, "Attention entropy by layer", shown.modes(), &mut picks.hidden, false);
        super::above_caption(ui, &self.caption, |ui| {
            plot::show(ui, &self.chart, &mut picks.charts, shown.origin(), "", &picks.hidden);
        });
        note(ui, &self.caption);
    }
}
