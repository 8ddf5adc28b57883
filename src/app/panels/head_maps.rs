//! How the maps of heads are drawn, and the switch between their values.

use super::picks::Picks;
use super::view::Origin;
use super::{heat_map, tools};
use crate::figure::picture::{HeadMaps, Values};
use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

impl HeadMaps {
    /// The switch between clean, disturbed and change.
    pub(super) fn switch(ui: &mut Ui, picks: &mut Picks) {
        for values in Values::ALL {
            let hover = "What the colours of the heads are, in all panels that have them";
            if tools::switch(ui, picks.heads == values, values.name()).on_hover_text(hover).clicked() {
                picks.heads = values;
            }
        }
    }

    /// Draws the maps of the modes that are shown, beside each other, with their colour bar.
    pub(super) fn show(&self, ui: &mut Ui, picks: &mut Picks, origin: Origin) {
        let shown = self.shown(picks.heads, &picks.hidden);
        let colours = self.colours(picks.heads);
        let longest = shown.iter().map(|(_, map)| map.longest(colours)).max_by_key(|words| words.chars().count());
        let longest = longest.unwrap_or_default();
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - heat_map::BAR - 12.0) / shown.len().max(1) as f32;
        for (i, (mode, map)) in shown.into_iter().enumerate() {
            let corner = room.min + vec2(i as f32 * width, 0.0);
            let cell = Rect::from_min_size(corner, vec2(width - 12.0, room.height()));
            ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                let chosen = picks.layer.zip(picks.head).and_then(|(layer, head)| {
                    let row = map.rows.binary_search(&layer).ok()?;
                    Some((row, head))
                });
                let memory = (&mut picks.charts, origin);
                let click = if origin.has_trials { "click: the trials behind it" } else { "" };
                let pressed = map.show(ui, memory, (colours, &longest), chosen, click);
                if let Some((row, head)) = pressed {
                    picks.look_behind(self.point(mode, map.rows.get(row).copied(), head));
                }
            });
        }
        let bar = Rect::from_min_max(room.right_top() - vec2(heat_map::BAR, 0.0), room.max);
        ui.scope_builder(UiBuilder::new().max_rect(bar).layout(Layout::top_down(Align::Min)), |ui| {
            heat_map::colour_bar(ui, colours, "nats");
        });
    }
}
