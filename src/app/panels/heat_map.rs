//! A heat map of changes, layer by head: blue below 0, orange above, white at 0, with a colour bar.

use super::chart::exact;
use super::ticks::tick_label;
use crate::app::theme::{palette, strong};
use egui::{Align2, Color32, FontId, Rect, RichText, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// A change per layer and head.
#[derive(Debug, Clone)]
pub struct HeatMap {
    /// What stands above it.
    pub title: String,
    /// The layers, ascending.
    pub layers: Vec<usize>,
    /// Heads of a layer.
    pub heads: usize,
    /// `[layers, heads]`; none where nothing was read.
    pub values: Vec<Option<f64>>,
    /// Clean values, as above.
    pub clean: Vec<Option<f64>>,
}

/// Room for the names of the layers.
const LEFT: f32 = 28.0;
/// Room for the names of the heads and their label.
const BELOW: f32 = 36.0;

impl HeatMap {
    /// The largest size of a change.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.values.iter().flatten().fold(0.0, |most, value| most.max(value.abs()))
    }

    /// The longest of the numbers that stand in its cells.
    #[must_use]
    pub fn longest(&self, most: f64) -> String {
        let words = self.values.iter().flatten().map(|value| words(*value, most));
        words.max_by_key(|words| words.chars().count()).unwrap_or_default()
    }

    /// Draws it into what is left of `ui`, in colours that reach from −`most` to `most`; with numbers in the cells where
    /// even the `longest` has room.
    pub fn show(&self, ui: &mut Ui, most: f64, longest: &str) {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.add(egui::Label::new(RichText::new(&self.title).text_style(strong())).truncate());
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        #[allow(clippy::cast_precision_loss)] // layers and heads
        let (rows, columns) = (self.layers.len().max(1) as f32, self.heads.max(1) as f32);
        let cell =
            vec2(((rect.width() - LEFT) / columns).clamp(3.0, 96.0), ((rect.height() - BELOW) / rows).clamp(3.0, 56.0));
        let origin = pos2(rect.left() + LEFT, rect.top());
        let mut hovered = None;
        let widest = ui.painter().layout_no_wrap(longest.to_owned(), font.clone(), palette.text).size().x;
        let fits = cell.y >= 18.0 && widest + 6.0 <= cell.x;
        for (row, layer) in self.layers.iter().enumerate() {
            for head in 0..self.heads {
                // The first layer is at the bottom.
                #[allow(clippy::cast_precision_loss)]
                let at = vec2(head as f32 * cell.x, (rows - 1.0 - row as f32) * cell.y);
                let square = Rect::from_min_size(origin + at, cell).shrink(0.5);
                let value = self.values.get(row * self.heads + head).copied().flatten();
                let fill = value.map_or(palette.grid, |value| colour(value / most));
                ui.painter().rect_filled(square, 0.0, fill);
                if let Some(value) = value.filter(|_| fits) {
                    ui.painter().text(
                        square.center(),
                        Align2::CENTER_CENTER,
                        words(value, most),
                        font.clone(),
                        ink(fill),
                    );
                }
                if response.hover_pos().is_some_and(|pointer| square.contains(pointer)) {
                    let clean = self.clean.get(row * self.heads + head).copied().flatten();
                    hovered = Some((*layer, head, value, clean));
                    let rim = Stroke::new(2.0, palette.text);
                    ui.painter().rect_stroke(square, 0.0, rim, StrokeKind::Inside);
                }
            }
        }
        let write = |at, align, words: &str| ui.painter().text(at, align, words, font.clone(), palette.muted);
        let every = (14.0 / cell.y).ceil().max(1.0);
        for (row, layer) in self.layers.iter().enumerate() {
            #[allow(clippy::cast_precision_loss)]
            let row = row as f32;
            if row % every == 0.0 {
                let y = origin.y + (rows - 0.5 - row) * cell.y;
                write(pos2(origin.x - 8.0, y), Align2::RIGHT_CENTER, &layer.to_string());
            }
        }
        let bottom = origin.y + rows * cell.y;
        let every = (20.0 / cell.x).ceil().max(1.0);
        for head in 0..self.heads {
            #[allow(clippy::cast_precision_loss)]
            let column = head as f32;
            if column % every == 0.0 {
                let at = pos2(origin.x + (column + 0.5) * cell.x, bottom + 4.0);
                write(at, Align2::CENTER_TOP, &head.to_string());
            }
        }
        let middle = origin.x + columns * cell.x / 2.0;
        write(pos2(middle, bottom + BELOW - 2.0), Align2::CENTER_BOTTOM, "Head");
        if let Some((layer, head, value, clean)) = hovered {
            let value = value.map_or("nothing read".to_owned(), |value| format!("change {} nats", exact(value)));
            let clean = clean.map_or(String::new(), |clean| format!("\nclean {} nats", exact(clean)));
            response.on_hover_text_at_pointer(format!("{}, layer {layer}, head {head}\n{value}{clean}", self.title));
        }
    }
}

/// Width of the colour bar with its numbers.
pub const BAR: f32 = 68.0;

/// Draws the colour bar from −`most` to `most` into what is left of `ui`.
pub fn colour_bar(ui: &mut Ui, most: f64, unit: &str) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.label(RichText::new(unit).small().color(palette(ui).muted));
    let (rect, _) =
        ui.allocate_exact_size(vec2(BAR, (ui.available_height() - BELOW).clamp(48.0, 240.0)), Sense::hover());
    let palette = palette(ui);
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(12.0, rect.height() - 8.0));
    let steps = 48;
    for step in 0..steps {
        #[allow(clippy::cast_precision_loss)]
        let (from, to) = (step as f32 / steps as f32, (step + 1) as f32 / steps as f32);
        let slice =
            Rect::from_x_y_ranges(bar.x_range(), bar.top() + from * bar.height()..=bar.top() + to * bar.height() + 0.5);
        ui.painter().rect_filled(slice, 0.0, colour(1.0 - f64::from(from + to)));
    }
    ui.painter().rect_stroke(bar, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    for (share, value) in [(0.0, most), (0.5, 0.0), (1.0, -most)] {
        let y = bar.top() + share * bar.height();
        ui.painter().line_segment([pos2(bar.right(), y), pos2(bar.right() + 4.0, y)], Stroke::new(1.0, palette.muted));
        let words = if value == 0.0 { "0".to_owned() } else { tick_label(rounded(value)) };
        let font = FontId::proportional(12.0);
        ui.painter().text(pos2(bar.right() + 8.0, y), Align2::LEFT_CENTER, words, font, palette.muted);
    }
}

/// Two significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// A value with as many decimals as two significant digits of `most` have.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
fn words(value: f64, most: f64) -> String {
    let decimals = (1.0 - most.log10().floor()).clamp(0.0, 12.0) as usize;
    tick_label(format!("{value:.decimals$}").parse().unwrap_or(value))
}

/// Stops of the scale, from −1 to 1.
const STOPS: [[f32; 3]; 5] =
    [[11.0, 70.0, 125.0], [117.0, 168.0, 212.0], [247.0, 247.0, 247.0], [240.0, 165.0, 105.0], [165.0, 62.0, 8.0]];

/// The colour of a change from −1 to 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a colour
fn colour(share: f64) -> Color32 {
    let at = (2.0 * (share.clamp(-1.0, 1.0) as f32 + 1.0)).clamp(0.0, 4.0);
    let at = if at.is_nan() { 2.0 } else { at };
    let stop = (at.floor() as usize).min(3);
    let part = at - stop as f32;
    let [r, g, b] = [0, 1, 2].map(|i| (STOPS[stop][i] * (1.0 - part) + STOPS[stop + 1][i] * part) as u8);
    Color32::from_rgb(r, g, b)
}

/// Black or white, whichever stands out from `ground`.
fn ink(ground: Color32) -> Color32 {
    let light = 0.299 * f32::from(ground.r()) + 0.587 * f32::from(ground.g()) + 0.114 * f32::from(ground.b());
    if light > 140.0 { Color32::from_rgb(0x1B, 0x1F, 0x24) } else { Color32::WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_white_and_the_sides_are_blue_and_orange() {
        let zero = colour(0.0);
        assert!(zero.r() > 240 && zero.g() > 240 && zero.b() > 240);
        assert!(colour(-1.0).b() > colour(-1.0).r() && colour(1.0).r() > colour(1.0).b());
        assert_eq!(colour(f64::NAN), zero);
    }
}
