//! The damage as a function of δ: the curves that are nearest to it with their half-effect δ, and the ratio of the modes.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{legend, plot, tools};
use crate::app::theme::palette;
use crate::figure::View;
use crate::figure::picture::dose::Data;
use egui::{Align, Color32, FontId, Layout, Rect, Sense, Ui, UiBuilder, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Dose.title(), shown.modes(), &mut picks.hidden, false);
        let bars = self.bars();
        let table = if self.fits.is_empty() { "damage" } else { View::Dose.table() };
        tools::row(ui, shown, picks, tools::Tools { bars: &bars, table, ..Default::default() }, tools::scales);
        let caption = self.caption(picks.bars);
        let fits = self.fits.join("\n");
        with_caption(ui, &caption, |ui| {
            let font = FontId::proportional(14.0);
            let below = ui.painter().layout(fits.clone(), font, Color32::BLACK, ui.available_width()).size().y + 8.0;
            let room = ui.available_rect_before_wrap();
            let room = Rect::from_min_size(room.min, vec2(room.width(), (room.height() - below).max(96.0)));
            let charts = self.charts(picks.scales);
            ui.scope_builder(UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Min)), |ui| {
                plot::grid(ui, &charts, picks, shown.origin(), "");
            });
            ui.advance_cursor_after_rect(room);
            let words = egui::RichText::new(fits).color(palette(ui).text);
            ui.add(egui::Label::new(words).wrap().selectable(true).sense(Sense::hover()));
        });
    }
}
