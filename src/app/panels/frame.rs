//! What pictures of named rows share: names at the left, an axis below, and positions between.

use super::ticks::{Scale, tick_label};
use crate::app::theme::palette;
use egui::{Align2, FontId, Painter, Rect, Stroke, Ui, pos2};

/// Rows beside each other's names, over one axis.
pub struct Frame {
    /// Where names stand.
    pub names: Rect,
    /// Where marks stand.
    pub marks: Rect,
    low: f64,
    high: f64,
}

/// Height of the axis with its label.
pub const AXIS: f32 = 36.0;

impl Frame {
    /// Of `rect`, whose rows have `names`, over the axis from `low` to `high`; `right` is left free at the right end.
    pub fn new<'a>(
        ui: &Ui,
        rect: Rect,
        names: impl Iterator<Item = &'a str>,
        right: f32,
        (low, high): (f64, f64),
    ) -> Self {
        let font = FontId::proportional(14.0);
        let width =
            |name: &str| ui.painter().layout_no_wrap(name.to_owned(), font.clone(), egui::Color32::BLACK).size().x;
        let widest = names.map(width).fold(0.0_f32, f32::max);
        let split = rect.left() + (widest + 16.0).min(0.5 * rect.width());
        let marks = Rect::from_min_max(pos2(split, rect.top()), pos2(rect.right() - right - 8.0, rect.bottom() - AXIS));
        let names = Rect::from_min_max(rect.min, pos2(split, marks.bottom()));
        Self { names, marks, low, high }
    }

    /// Where a value stands.
    #[allow(clippy::cast_possible_truncation)] // a position on the screen
    pub fn x(&self, value: f64) -> f32 {
        let share = (value - self.low) / (self.high - self.low);
        self.marks.left() + share as f32 * self.marks.width()
    }

    /// Where a value stands, or the edge that it lies beyond.
    pub fn clamped(&self, value: f64) -> f32 {
        self.x(value).clamp(self.marks.left(), self.marks.right())
    }

    /// Draws lines across the rows.
    pub fn grid(&self, ui: &Ui) {
        let palette = palette(ui);
        for tick in Scale::Linear.ticks(self.low, self.high) {
            let ink = if tick == 0.0 { palette.muted } else { palette.grid };
            let x = self.x(tick);
            let ends = [pos2(x, self.marks.top()), pos2(x, self.marks.bottom())];
            ui.painter().line_segment(ends, Stroke::new(1.0, ink));
        }
    }

    /// Draws the axis and its label, from `bottom` on.
    pub fn axis(&self, ui: &Ui, bottom: f32, label: &str) {
        let (palette, painter) = (palette(ui), ui.painter());
        let font = FontId::proportional(12.0);
        let mut free = f32::NEG_INFINITY;
        for tick in Scale::Linear.ticks(self.low, self.high) {
            let x = self.x(tick);
            let galley = painter.layout_no_wrap(tick_label(tick), font.clone(), palette.muted);
            let left = x - galley.size().x / 2.0;
            if left >= free {
                free = left + galley.size().x + 8.0;
                painter.galley(pos2(left, bottom + 4.0), galley, palette.muted);
            }
        }
        let at = pos2(self.marks.center().x, bottom + AXIS);
        painter.text(at, Align2::CENTER_BOTTOM, label, font, palette.muted);
    }

    /// Writes a row's name, as much of it as has room.
    pub fn name(&self, painter: &Painter, y: f32, name: &str, ink: egui::Color32) {
        let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), FontId::proportional(14.0), ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(self.names.width() - 8.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(self.names.left(), y - galley.size().y / 2.0), galley, ink);
    }
}
