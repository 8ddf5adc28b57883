//! Heads: how the entropy of each changes, and what repairing the most changed ones gives back.

use super::caption::with_caption;
use super::entropy::halves;
use super::picks::Picks;
use super::shown::Shown;
use super::{legend, plot, tools};
use crate::app::theme::{palette, strong};
use crate::app::widgets::note;
use crate::figure::View;
use crate::figure::picture::HeadMaps;
use crate::figure::picture::heads::{Data, NO_REPAIRS, REPAIRS};
use egui::{Align, Color32, FontId, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Heads.title(), shown.modes(), &mut picks.hidden, false);
        let table = if self.repairs.rows.is_empty() { "heads" } else { View::Heads.table() };
        tools::row(ui, shown, picks, tools::Tools { table, ..Default::default() }, HeadMaps::switch);
        with_caption(ui, self.caption(), |ui| {
            let room = ui.available_rect_before_wrap();
            let (left, right) = halves(room);
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            ui.scope_builder(inside(left), |ui| self.maps.show(ui, picks, shown.origin()));
            ui.scope_builder(inside(right), |ui| self.show_repairs(ui, shown, picks));
            ui.allocate_rect(room, Sense::hover());
        });
    }

    /// The curve over k beside the single repairs; in a low place the curve stands left of them.
    fn show_repairs(&self, ui: &mut Ui, shown: &Shown, picks: &mut Picks) {
        if self.repairs.rows.is_empty() {
            ui.add(egui::Label::new(RichText::new(NO_REPAIRS).color(palette(ui).muted)).wrap());
            return;
        }
        let room = ui.available_rect_before_wrap();
        let mut below = room;
        let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
        if let Some(top) = &self.top {
            let beside = room.height() < 420.0 && room.width() >= 360.0;
            let above = if beside {
                let above = Rect::from_min_size(room.min, vec2(0.45 * room.width(), room.height()));
                below.min.x = above.right() + 16.0;
                above
            } else {
                let above = Rect::from_min_size(room.min, vec2(room.width(), 0.42 * room.height()));
                below.min.y = above.bottom() + 8.0;
                above
            };
            ui.scope_builder(inside(above), |ui| {
                let key = self.key();
                let below = key.as_ref().map_or(0.0, |words| {
                    let font = FontId::proportional(12.0);
                    let galley = ui.painter().layout(words.to_string(), font, Color32::BLACK, ui.available_width());
                    galley.size().y + ui.spacing().item_spacing.y
                });
                let room = vec2(ui.available_width(), ui.available_height() - below);
                ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                    plot::show(ui, top, picks, shown.origin(), "");
                });
                if let Some(words) = key {
                    note(ui, words);
                }
            });
        }
        ui.scope_builder(inside(below), |ui| {
            ui.label(RichText::new(REPAIRS).text_style(strong()));
            self.repairs.show(ui, "repaired heads", picks, shown.origin());
        });
    }
}
