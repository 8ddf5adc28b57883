//! How the entropy of attention changes, layer by layer, and head by head.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{legend, plot, tools};
use crate::figure::View;
use crate::figure::picture::HeadMaps;
use crate::figure::picture::entropy::Data;
use egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, vec2};

/// Least width at which the heads stand beside the layers.
const WIDE: f32 = 640.0;

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Entropy.title(), shown.modes(), &mut picks.hidden, false);
        let line = tools::Tools { bars: &self.chart.bars(), table: View::Entropy.table(), ..tools::Tools::default() };
        tools::row(ui, shown, picks, line, |ui, picks| {
            if self.heads.is_some() {
                HeadMaps::switch(ui, picks);
            }
        });
        let caption = self.caption(picks.bars);
        with_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let (left, right) = halves(room);
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            let left = if self.heads.is_some() { left } else { room };
            ui.scope_builder(inside(left), |ui| plot::show(ui, &self.chart, picks, shown.origin(), ""));
            if let Some(heads) = &self.heads {
                ui.scope_builder(inside(right), |ui| heads.show(ui, picks, shown.origin()));
            }
            ui.allocate_rect(room, Sense::hover());
        });
    }
}

/// Two parts of `room`: beside each other, or where there is no room for that, below each other.
pub fn halves(room: Rect) -> (Rect, Rect) {
    let gap = 20.0;
    if room.width() >= WIDE {
        let left = Rect::from_min_size(room.min, vec2(0.46 * room.width() - gap / 2.0, room.height()));
        (left, Rect::from_min_max(left.right_top() + vec2(gap, 0.0), room.max))
    } else {
        let above = Rect::from_min_size(room.min, vec2(room.width(), 0.5 * (room.height() - 8.0)));
        (above, Rect::from_min_max(above.left_bottom() + vec2(0.0, 8.0), room.max))
    }
}
