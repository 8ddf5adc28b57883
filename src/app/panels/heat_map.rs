//! How a heat map is drawn, with its colour bar.

use crate::app::theme::{palette, strong};
use crate::figure::picture::{self, Colours, HeatMap};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, FontId, Mesh, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Room for the names of the rows.
const LEFT: f32 = 28.0;
/// Room for the names of the columns and their label.
const BELOW: f32 = 36.0;

impl HeatMap {
    /// Draws it into what is left of `ui`, with numbers in the cells where even the `longest` has room; `chosen` has a
    /// rim. Gives the cell under the pointer, (row, column), and whether it was pressed.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        colours: Colours,
        longest: &str,
        chosen: Option<(usize, usize)>,
        click: &str,
    ) -> Option<(usize, usize)> {
        ui.spacing_mut().item_spacing.y = 2.0;
        let title = egui::Label::new(RichText::new(&self.title).text_style(strong())).truncate();
        super::definitions::hover(ui.add(title.sense(Sense::hover())), &self.title);
        let sense = if click.is_empty() { Sense::hover() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let (rows, columns) = (self.rows.len().max(1) as f32, self.columns.max(1) as f32);
        let left = if self.rows.iter().any(|row| *row >= 1000) { LEFT + 12.0 } else { LEFT };
        let cell =
            vec2(((rect.width() - left) / columns).clamp(1.5, 96.0), ((rect.height() - BELOW) / rows).clamp(1.5, 56.0));
        let origin = pos2(rect.left() + left, rect.top());
        let square = |row: usize, column: usize| {
            let at = vec2(column as f32 * cell.x, (rows - 1.0 - row as f32) * cell.y);
            Rect::from_min_size(origin + at, cell)
        };
        ui.painter().add(Shape::mesh(self.mesh(colours, cell.min_elem() > 6.0, &square, palette.grid)));
        let widest = ui.painter().layout_no_wrap(longest.to_owned(), font.clone(), palette.text).size().x;
        if cell.y >= 18.0 && widest + 6.0 <= cell.x {
            for (i, value) in self.values.iter().enumerate() {
                let Some(value) = value else { continue };
                let middle = square(i / self.columns, i % self.columns).center();
                let (words, ink) = (colours.words(*value), ink(colour(colours, *value)));
                ui.painter().text(middle, Align2::CENTER_CENTER, words, font.clone(), ink);
            }
        }
        self.names(ui, origin, cell);
        if let Some((row, column)) = chosen.filter(|(row, column)| *row < self.rows.len() && *column < self.columns) {
            let rim = square(row, column);
            ui.painter().rect_stroke(rim, 0.0, Stroke::new(2.0, palette.text), StrokeKind::Outside);
        }
        let found = response.hover_pos().and_then(|pointer| self.at(pointer, origin, cell));
        let pressed = found.filter(|_| response.clicked());
        if let Some((row, column)) = found {
            ui.painter().rect_stroke(square(row, column), 0.0, Stroke::new(2.0, palette.text), StrokeKind::Outside);
            if !click.is_empty() {
                ui.set_cursor_icon(egui::CursorIcon::PointingHand);
            }
            let click = if click.is_empty() { String::new() } else { format!("\n{click}") };
            response.on_hover_text_at_pointer(format!("{}{click}", self.hover(row, column)));
        }
        pressed
    }

    /// All cells in one mesh; where there is room, with gaps between them.
    fn mesh(&self, colours: Colours, gaps: bool, square: &dyn Fn(usize, usize) -> Rect, none: Color32) -> Mesh {
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(4 * self.values.len());
        mesh.reserve_triangles(2 * self.values.len());
        for (i, value) in self.values.iter().enumerate() {
            let rect = square(i / self.columns.max(1), i % self.columns.max(1));
            let fill = value.map_or(none, |value| colour(colours, value));
            mesh.add_colored_rect(if gaps { rect.shrink(0.5) } else { rect }, fill);
        }
        mesh
    }

    /// The cell at a position.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounded
    fn at(&self, pointer: Pos2, origin: Pos2, cell: egui::Vec2) -> Option<(usize, usize)> {
        let (across, down) = ((pointer.x - origin.x) / cell.x, (pointer.y - origin.y) / cell.y);
        if across < 0.0 || down < 0.0 {
            return None;
        }
        let (column, above) = (across as usize, down as usize);
        (column < self.columns && above < self.rows.len()).then(|| (self.rows.len() - 1 - above, column))
    }

    fn names(&self, ui: &Ui, origin: Pos2, cell: egui::Vec2) {
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let write = |at, align, words: &str| ui.painter().text(at, align, words, font.clone(), palette.muted);
        let (rows, columns) = (self.rows.len() as f32, self.columns as f32);
        let every = every(14.0 / cell.y);
        for (row, name) in self.rows.iter().enumerate().step_by(every) {
            let y = origin.y + (rows - 0.5 - row as f32) * cell.y;
            write(pos2(origin.x - 6.0, y), Align2::RIGHT_CENTER, &name.to_string());
        }
        let bottom = origin.y + rows * cell.y;
        let every = self::every(22.0 / cell.x);
        for column in (0..self.columns).step_by(every) {
            let at = pos2(origin.x + (column as f32 + 0.5) * cell.x, bottom + 2.0);
            write(at, Align2::CENTER_TOP, &column.to_string());
        }
        let middle = origin.x + columns * cell.x / 2.0;
        write(pos2(middle, bottom + BELOW - 2.0), Align2::CENTER_BOTTOM, self.axes[1]);
    }
}

/// One name in so many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a handful
fn every(names: f32) -> usize {
    (names.ceil() as usize).max(1)
}

/// Width of the colour bar with its numbers.
pub const BAR: f32 = 68.0;

/// Draws the colour bar into what is left of `ui`.
pub fn colour_bar(ui: &mut Ui, colours: Colours, unit: &str) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.label(RichText::new(unit).small().color(palette(ui).muted));
    let (rect, _) =
        ui.allocate_exact_size(vec2(BAR, (ui.available_height() - BELOW).clamp(48.0, 240.0)), Sense::hover());
    let palette = palette(ui);
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(12.0, rect.height() - 8.0));
    let steps = 48_u32;
    let mut mesh = Mesh::default();
    for step in 0..=steps {
        let share = f64::from(step) / f64::from(steps);
        #[allow(clippy::cast_possible_truncation)] // a position
        let y = bar.bottom() - share as f32 * bar.height();
        let fill = colour(colours, colours.at(share));
        mesh.colored_vertex(pos2(bar.left(), y), fill);
        mesh.colored_vertex(pos2(bar.right(), y), fill);
        if step > 0 {
            let next = 2 * step;
            mesh.add_triangle(next - 2, next - 1, next);
            mesh.add_triangle(next - 1, next, next + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    ui.painter().rect_stroke(bar, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    for share in [0.0, 0.5, 1.0] {
        #[allow(clippy::cast_possible_truncation)]
        let y = bar.bottom() - share as f32 * bar.height();
        ui.painter().line_segment([pos2(bar.right(), y), pos2(bar.right() + 4.0, y)], Stroke::new(1.0, palette.muted));
        let words = colours.tick_label(share);
        let font = FontId::proportional(12.0);
        ui.painter().text(pos2(bar.right() + 8.0, y), Align2::LEFT_CENTER, words, font, palette.muted);
    }
}

fn of_rgb([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// The colour of a value.
fn colour(colours: Colours, value: f64) -> Color32 {
    of_rgb(colours.rgb(value))
}

/// The colour of a change from −1 to 1.
#[must_use]
pub fn change_colour(share: f64) -> Color32 {
    of_rgb(picture::change_colour(share))
}

/// The colour of a level from 0 to 1.
#[must_use]
pub fn level_colour(share: f64) -> Color32 {
    of_rgb(picture::level_colour(share))
}

/// Black or white, whichever stands out from `ground`.
#[must_use]
pub fn ink(ground: Color32) -> Color32 {
    of_rgb(picture::ink_on([ground.r(), ground.g(), ground.b()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_map_is_one_mesh_and_its_cells_are_found() {
        let (rows, columns) = (48, 64);
        let values = (0..rows * columns).map(|i| Some(i as f64)).collect();
        let map = HeatMap { rows: (4..4 + rows).collect(), columns, values, ..HeatMap::default() };
        let square = |row: usize, column: usize| {
            Rect::from_min_size(pos2(10.0 * column as f32, 10.0 * (47 - row) as f32), vec2(10.0, 10.0))
        };
        let mesh = map.mesh(Colours::Levels(0.0, 3071.0), true, &square, Color32::GRAY);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (4 * 48 * 64, 6 * 48 * 64));
        let at = |x, y| map.at(pos2(x, y), pos2(0.0, 0.0), vec2(10.0, 10.0));
        assert_eq!(at(5.0, 5.0), Some((47, 0)), "the last row is above");
        assert_eq!(at(635.0, 475.0), Some((0, 63)));
        assert_eq!((at(645.0, 5.0), at(-1.0, 5.0), at(5.0, 481.0)), (None, None, None));
    }
}
