//! Panel B: what each δ costs in accuracy on minimal pairs.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{empty, legend, plot, tools};
use crate::experiment::{Kind, Measure};
use crate::figure::picture::comparison::title;
use egui::Ui;

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
    let Some(data) = shown.summary.and_then(|summary| summary.pictures.syntax()) else {
        legend::heading(ui, title(Measure::AccuracyDrop), &[], &mut picks.hidden, true);
        empty::large(ui, shown, &[Kind::Syntax], "what each δ costs in accuracy on the minimal pairs");
        return;
    };
    legend::heading(ui, data.title, &data.modes, &mut picks.hidden, true);
    let line = tools::Tools { bars: &data.bars(), table: "syntax", ..tools::Tools::default() };
    tools::row(ui, shown, picks, line, |_, _| {});
    let (chart, caption) = (data.chart(picks.scales), data.caption(picks.bars));
    with_caption(ui, &caption, |ui| plot::show(ui, &chart, picks, shown.origin(), ""));
}
