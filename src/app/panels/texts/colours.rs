//! Bars of colours that lie flat, and pictures of squares of cells.

use crate::app::theme::palette;
use egui::{Align2, Color32, ColorImage, FontId, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// A bar of `width` with what stands under its left end, its middle and its right end; `colour` is of 0 to 1 along it.
pub fn bar(ui: &mut Ui, width: f32, colour: impl Fn(f64) -> Color32, marks: [&str; 3], unit: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 26.0), Sense::hover());
    let palette = palette(ui);
    let bar = Rect::from_min_size(rect.min, vec2(width, 8.0));
    let painter = ui.painter();
    let steps = 32;
    for step in 0..steps {
        #[allow(clippy::cast_precision_loss)]
        let (from, to) = (step as f32 / steps as f32, (step + 1) as f32 / steps as f32);
        let slice = Rect::from_x_y_ranges(bar.left() + from * width..=bar.left() + to * width, bar.y_range());
        painter.rect_filled(slice, 0.0, colour(f64::from(from + to) / 2.0));
    }
    painter.rect_stroke(bar, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    let places = [(0.0, Align2::LEFT_TOP), (0.5, Align2::CENTER_TOP), (1.0, Align2::RIGHT_TOP)];
    for ((share, align), words) in places.into_iter().zip(marks) {
        let at = pos2(bar.left() + share * width, bar.bottom() + 2.0);
        painter.text(at, align, words, FontId::proportional(12.0), palette.muted);
    }
    response.on_hover_text(unit);
}

/// A picture of `side` × `side` cells.
#[must_use]
pub fn image(side: usize, cell: impl Fn(usize, usize) -> Color32) -> ColorImage {
    let pixels: Vec<Color32> = (0..side * side).map(|i| cell(i / side, i % side)).collect();
    ColorImage::new([side, side], pixels)
}
