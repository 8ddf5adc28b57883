//! How far vectors were moved, where the stream ended, and how long the vectors are.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::view::Origin;
use super::{heat_map, legend, plot, tools};
use crate::figure::View;
use crate::figure::picture::displacement::{Data, KEY, NORMS, POSITIONS_UNIT};
use crate::figure::picture::{Colours, HeatMap};
use egui::{Align, ComboBox, Layout, Rect, Sense, Ui, UiBuilder, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Displacement.title(), shown.modes(), &mut picks.hidden, false);
        picks.run = picks.run.min(self.runs.len().saturating_sub(1));
        let deltas = self.deltas(picks.run);
        let line = tools::Tools { deltas: &deltas, table: View::Displacement.table(), ..tools::Tools::default() };
        tools::row(ui, shown, picks, line, |ui, picks| {
            let Some(name) = self.runs.get(picks.run) else { return };
            let combo = ComboBox::from_id_salt("runs").width(176.0).selected_text(name.as_str()).show_ui(ui, |ui| {
                for (i, name) in self.runs.iter().enumerate() {
                    ui.selectable_value(&mut picks.run, i, name.as_str());
                }
            });
            combo.response.accessible_name("Run of which the displacement is shown");
        });
        let delta = picks.delta_of(&deltas).unwrap_or_default();
        let charts = self.charts(picks.run, delta);
        let what = format!("{} {delta}", picks.run);
        let caption = format!("{} {NORMS}", self.caption());
        with_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let wide = self.positions.is_some() && room.width() >= 720.0;
            let left =
                if wide { Rect::from_min_size(room.min, vec2(0.68 * room.width(), room.height())) } else { room };
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            ui.scope_builder(inside(left), |ui| {
                let room = vec2(ui.available_width(), ui.available_height() - 24.0);
                ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                    plot::grid(ui, &charts, picks, shown.origin(), &what);
                });
                plot::key(ui, &KEY, picks);
            });
            if let Some(map) = self.positions.as_ref().filter(|_| wide) {
                let right = Rect::from_min_max(left.right_top() + vec2(20.0, 0.0), room.max);
                ui.scope_builder(inside(right), |ui| by_position(ui, map, picks, shown.origin()));
            }
            ui.allocate_rect(room, Sense::hover());
        });
    }
}

/// Draws the norms by position with their colour bar.
fn by_position(ui: &mut Ui, map: &HeatMap, picks: &mut Picks, origin: Origin) {
    let room = ui.available_rect_before_wrap();
    let colours = Colours::logarithms(map);
    let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    let cells = Rect::from_min_max(room.min, room.max - vec2(heat_map::BAR + 12.0, 0.0));
    ui.scope_builder(inside(cells), |ui| {
        map.show(ui, (&mut picks.charts, origin), (colours, ""), None, "");
    });
    let bar = Rect::from_min_max(room.right_top() - vec2(heat_map::BAR, 0.0), room.max);
    ui.scope_builder(inside(bar), |ui| heat_map::colour_bar(ui, colours, POSITIONS_UNIT));
}
