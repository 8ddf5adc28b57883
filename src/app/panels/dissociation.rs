//! The dissociation: loss and accuracy beside each other.

use super::{Shown, damage, syntax};
use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

/// What it remembers.
#[derive(Default)]
pub struct Dissociation {
    damage: damage::Damage,
    syntax: syntax::Syntax,
}

impl Dissociation {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        let room = ui.available_rect_before_wrap();
        let gap = 24.0;
        let half = vec2((room.width() - gap) / 2.0, room.height());
        let left = Rect::from_min_size(room.min, half);
        let right = left.translate(vec2(half.x + gap, 0.0));
        let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
        ui.scope_builder(inside(left), |ui| self.damage.show(ui, shown));
        ui.scope_builder(inside(right), |ui| self.syntax.show(ui, shown));
    }
}
