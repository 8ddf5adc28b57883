//! Queries, keys and the attention that they make, layer by layer.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{legend, plot, tools};
use crate::figure::View;
use crate::figure::picture::alignment::Data;
use crate::figure::picture::bars_of;
use egui::Ui;

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Alignment.title(), shown.modes(), &mut picks.hidden, false);
        let bars = bars_of(&self.charts);
        tools::row(
            ui,
            shown,
            picks,
            tools::Tools { bars: &bars, table: View::Alignment.table(), ..Default::default() },
            |_, _| {},
        );
        let caption = self.caption(picks.bars);
        with_caption(ui, &caption, |ui| {
            plot::grid(ui, &self.charts, picks, shown.origin(), "");
        });
    }
}
