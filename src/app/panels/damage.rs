//! Panel A: what each δ costs in next-token loss.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{empty, legend, plot, tools};
use crate::experiment::{Kind, Measure};
use crate::figure::picture::comparison::title;
use egui::Ui;

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
    let Some(data) = shown.summary.and_then(|summary| summary.pictures.damage()) else {
        legend::heading(ui, title(Measure::Damage), &[], &mut picks.hidden, false);
        empty::large(ui, shown, &[Kind::Sweep], "what each δ costs in next-token loss, mean over the texts");
        return;
    };
    legend::heading(ui, data.title, &data.modes, &mut picks.hidden, false);
    let line = tools::Tools { bars: &data.bars(), table: "damage", ..tools::Tools::default() };
    tools::row(ui, shown, picks, line, tools::scales);
    let (chart, caption) = (data.chart(picks.scales), data.caption(picks.bars));
    with_caption(ui, &caption, |ui| plot::show(ui, &chart, picks, shown.origin(), ""));
}
