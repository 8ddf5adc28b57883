//! The dissociation: loss and accuracy beside each other, or where there is no room for that, below each other.

use super::picks::Picks;
use super::shown::Shown;
use super::{damage, syntax};
use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

/// Least width of each of the two.
const NARROW: f32 = 320.0;

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
    let room = ui.available_rect_before_wrap();
    let gap = 24.0;
    let beside = room.width() >= 2.0 * NARROW + gap;
    let (half, step) = if beside {
        let half = vec2((room.width() - gap) / 2.0, room.height());
        (half, vec2(half.x + gap, 0.0))
    } else {
        let half = vec2(room.width(), (room.height() - 8.0) / 2.0);
        (half, vec2(0.0, half.y + 8.0))
    };
    let left = Rect::from_min_size(room.min, half);
    let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside(left), |ui| damage::show(ui, shown, picks));
    ui.scope_builder(inside(left.translate(step)), |ui| syntax::show(ui, shown, picks));
}
