//! What pictures of named rows share: names at the left, an axis below, and positions between.

use super::look::{Look, marker};
use super::plot::reset_button;
use super::view::{Memory, Origin, Part, after};
use crate::app::theme::palette;
use crate::figure::picture::{Scale, tick_label};
use egui::{Align2, FontId, Painter, Rect, Response, Shape, Stroke, Ui, pos2, vec2};

/// Rows beside each other's names, over one axis.
pub struct Frame {
    /// Where names stand.
    pub names: Rect,
    /// Where marks stand.
    pub marks: Rect,
    low: f64,
    high: f64,
}

/// Marks have at least so much room across.
const LEAST: f32 = 24.0;

/// Height of the axis with its label.
pub const AXIS: f32 = 36.0;

/// What tells a chosen part of an axis from other views.
const ACROSS: &str = "across";

/// What is seen of the axis of the picture `id`: all from `extent.0` to `extent.1`, or the part that the user has chosen,
/// and whether it is that.
pub fn range(memory: &mut Memory, id: &str, (origin, what): (Origin, &str), extent: (f64, f64)) -> ((f64, f64), bool) {
    let all = memory.range(id, (origin, what.to_owned()), extent, 40.0);
    let chosen = memory.chosen(id, origin.series, ACROSS);
    (chosen.map_or(all, |part| part.x), chosen.is_some())
}

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
        let split = rect.left() + (widest + 16.0).min(0.6 * rect.width());
        // Where there is no room for it, what stands at its right gives way.
        let end = (rect.right() - right - 8.0).max(split + LEAST);
        let marks = Rect::from_min_max(pos2(split, rect.top()), pos2(end, rect.bottom() - AXIS));
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

    /// Lets the pointer, which is over `response`, zoom and move the axis of the picture `id`.
    pub fn interact(&self, ui: &mut Ui, response: &Response, memory: &mut Memory, id: &str, origin: Origin) {
        let asked = Part { x: (self.low, self.high), y: (0.0, 1.0) };
        let mut found = asked;
        let per_point = (self.high - self.low) / f64::from(self.marks.width().max(1.0));
        if response.dragged() && response.drag_delta().x != 0.0 {
            let by = f64::from(response.drag_delta().x) * per_point;
            found.x = (asked.x.0 - by, asked.x.1 - by);
        }
        if let (true, Some(pointer)) = (response.contains_pointer(), response.hover_pos()) {
            let zoom = f64::from(ui.input(egui::InputState::zoom_delta));
            #[allow(clippy::float_cmp)] // 1 where nothing was done
            if zoom != 1.0 && zoom > 0.0 {
                let around = self.low + f64::from(pointer.x - self.marks.left()) * per_point;
                found.x = (around + (asked.x.0 - around) / zoom, around + (asked.x.1 - around) / zoom);
            }
        }
        let chosen = memory.chosen(id, origin.series, ACROSS);
        let reset = response.double_clicked() || (chosen.is_some() && reset_button(ui, response, id));
        let next = after(chosen, asked, found, reset);
        if next != chosen {
            memory.choose(id, origin.series, ACROSS, next);
            ui.request_repaint();
        }
    }

    /// Draws an estimate with its interval at the height `y`; an arrow where the estimate lies beyond the axis.
    pub fn estimate(&self, ui: &Ui, y: f32, look: Look, value: f64, (low, high): (f64, f64)) {
        let stroke = Stroke::new(1.5, look.colour);
        let mut shapes = Vec::new();
        if high >= self.low && low <= self.high {
            shapes.push(Shape::line_segment([pos2(self.clamped(low), y), pos2(self.clamped(high), y)], stroke));
        }
        for end in [low, high].into_iter().filter(|end| self.sees(*end)) {
            let x = self.x(end);
            shapes.push(Shape::line_segment([pos2(x, y - 4.0), pos2(x, y + 4.0)], stroke));
        }
        if self.sees(value) {
            marker(look, pos2(self.x(value), y), palette(ui).surface, &mut shapes);
        } else {
            let (tip, along) = (pos2(self.clamped(value), y), if value < self.low { 1.0 } else { -1.0 });
            let corners = vec![tip, tip + vec2(7.0 * along, -4.0), tip + vec2(7.0 * along, 4.0)];
            shapes.push(Shape::convex_polygon(corners, look.colour, Stroke::NONE));
        }
        ui.painter().extend(shapes);
    }

    /// Whether a value lies on the axis.
    fn sees(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
