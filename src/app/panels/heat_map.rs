//! How a heat map is drawn, with its colour bar.

use super::plot::reset_button;
use super::view::{Memory, Origin, Part, after};
use crate::app::theme::{palette, strong};
use crate::figure::picture::{self, Colours, HeatMap};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, FontId, Mesh, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

/// Room for the names of the rows.
const LEFT: f32 = 28.0;
/// Room for the names of the columns and their label.
const BELOW: f32 = 36.0;

/// What of a map is seen and where: cells are counted from the left and from below.
struct Sight {
    /// Where the cells stand.
    area: Rect,
    /// The part of the map that is seen there.
    part: Part,
}

/// The least number of rows or columns that is seen.
const LEAST: f64 = 2.0;

#[allow(clippy::cast_possible_truncation)] // positions on the screen
impl Sight {
    /// Width and height of a cell.
    fn cell(&self) -> Vec2 {
        let Part { x, y } = self.part;
        vec2(self.area.width() / (x.1 - x.0) as f32, self.area.height() / (y.1 - y.0) as f32)
    }

    fn square(&self, row: usize, column: usize) -> Rect {
        let cell = self.cell();
        let across = (column as f64 - self.part.x.0) as f32 * cell.x;
        let down = (self.part.y.1 - 1.0 - row as f64) as f32 * cell.y;
        Rect::from_min_size(self.area.min + vec2(across, down), cell)
    }

    /// The cell at a position, (row, column).
    #[allow(clippy::cast_sign_loss)] // within the area
    fn at(&self, pointer: Pos2) -> Option<(usize, usize)> {
        let from = pointer - self.area.min;
        let cell = self.cell();
        let (column, row) = (self.part.x.0 + f64::from(from.x / cell.x), self.part.y.1 - f64::from(from.y / cell.y));
        self.area.contains(pointer).then_some((row.max(0.0) as usize, column.max(0.0) as usize))
    }

    /// What is seen of `all` after the pointer, which is over `response`, has zoomed or moved it.
    fn moved(&self, ui: &Ui, response: &Response, all: Part) -> Part {
        let (cell, mut part) = (self.cell(), self.part);
        if response.dragged() {
            let by = response.drag_delta();
            let (x, y) = (f64::from(by.x / cell.x), f64::from(by.y / cell.y));
            part = Part { x: (part.x.0 - x, part.x.1 - x), y: (part.y.0 + y, part.y.1 + y) };
        }
        if let (true, Some(pointer)) = (response.contains_pointer(), response.hover_pos()) {
            let zoom = f64::from(ui.input(egui::InputState::zoom_delta));
            let from = pointer - self.area.min;
            let around = (part.x.0 + f64::from(from.x / cell.x), part.y.1 - f64::from(from.y / cell.y));
            part = Part { x: zoomed(part.x, zoom, around.0), y: zoomed(part.y, zoom, around.1) };
        }
        Part { x: within(part.x, all.x), y: within(part.y, all.y) }
    }
}

/// A range after it was zoomed around a place in it.
fn zoomed((low, high): (f64, f64), zoom: f64, around: f64) -> (f64, f64) {
    if zoom > 0.0 { (around + (low - around) / zoom, around + (high - around) / zoom) } else { (low, high) }
}

/// The range that is nearest to one and lies within `all`, with no fewer than the least number of cells.
fn within((low, high): (f64, f64), all: (f64, f64)) -> (f64, f64) {
    let most = all.1 - all.0;
    let length = (high - low).max(LEAST.min(most)).min(most);
    let low = (f64::midpoint(low, high) - length / 2.0).clamp(all.0, all.1 - length);
    (low, low + length)
}

impl HeatMap {
    /// Draws it into what is left of `ui` as a picture of the results `origin`, with numbers in the cells where even the
    /// `longest` has room; `chosen` has a rim. Gives the cell that was pressed, (row, column).
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        (memory, origin): (&mut Memory, Origin),
        (colours, longest): (Colours, &str),
        chosen: Option<(usize, usize)>,
        click: &str,
    ) -> Option<(usize, usize)> {
        ui.spacing_mut().item_spacing.y = 2.0;
        let title = egui::Label::new(RichText::new(&self.title).text_style(strong())).truncate();
        super::definitions::hover(ui.add(title.sense(Sense::hover())), &self.title);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let (rows, columns) = (self.rows.len().max(1) as f32, self.columns.max(1) as f32);
        let left = if self.rows.iter().any(|row| *row >= 1000) { LEFT + 12.0 } else { LEFT };
        let cell =
            vec2(((rect.width() - left) / columns).clamp(1.5, 96.0), ((rect.height() - BELOW) / rows).clamp(1.5, 96.0));
        let area = Rect::from_min_size(rect.min + vec2(left, 0.0), vec2(columns * cell.x, rows * cell.y));
        let all = Part { x: (0.0, f64::from(columns)), y: (0.0, f64::from(rows)) };
        let id = format!("map {}", self.title);
        let axes = format!("{rows} × {columns}");
        let part = memory.chosen(&id, origin.series, &axes);
        let sight = Sight { area, part: part.unwrap_or(all) };
        let cell = sight.cell();
        // A cell that is seen in part is drawn in part.
        let painter = ui.painter().with_clip_rect(area.expand(2.0).intersect(ui.clip_rect()));
        painter.add(Shape::mesh(self.mesh(colours, cell.min_elem() > 12.0, &sight, palette.grid)));
        let widest = painter.layout_no_wrap(longest.to_owned(), font.clone(), palette.text).size().x;
        if !longest.is_empty() && cell.y >= 18.0 && widest + 6.0 <= cell.x {
            for (i, value) in self.values.iter().enumerate() {
                let Some(value) = value else { continue };
                let middle = sight.square(i / self.columns, i % self.columns).center();
                let (words, ink) = (colours.words(*value), ink(colour(colours, *value)));
                painter.text(middle, Align2::CENTER_CENTER, words, font.clone(), ink);
            }
        }
        self.names(ui, &sight);
        let rim = |(row, column)| {
            painter.rect_stroke(sight.square(row, column), 0.0, Stroke::new(2.0, palette.text), StrokeKind::Inside);
        };
        chosen.filter(|(row, column)| *row < self.rows.len() && *column < self.columns).map(rim);
        let found = response.hover_pos().and_then(|pointer| sight.at(pointer));
        let found = found.filter(|(row, column)| *row < self.rows.len() && *column < self.columns);
        let pressed = found.filter(|_| response.clicked() && !click.is_empty());
        let reset = response.double_clicked() || (part.is_some() && reset_button(ui, &response, &self.title));
        let next = after(part, sight.part, sight.moved(ui, &response, all), reset).filter(|part| *part != all);
        if next != part {
            memory.choose(&id, origin.series, &axes, next);
            ui.request_repaint();
        }
        if let Some((row, column)) = found {
            rim((row, column));
            if !click.is_empty() {
                ui.set_cursor_icon(egui::CursorIcon::PointingHand);
            }
            let click = if click.is_empty() { String::new() } else { format!("\n{click}") };
            response.on_hover_text_at_pointer(format!("{}{click}", self.hover(row, column)));
        }
        pressed
    }

    /// All cells in one mesh; where there is room, with gaps between them.
    fn mesh(&self, colours: Colours, gaps: bool, sight: &Sight, none: Color32) -> Mesh {
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(4 * self.values.len());
        mesh.reserve_triangles(2 * self.values.len());
        for (i, value) in self.values.iter().enumerate() {
            let rect = sight.square(i / self.columns.max(1), i % self.columns.max(1));
            let fill = value.map_or(none, |value| colour(colours, value));
            mesh.add_colored_rect(if gaps { rect.shrink(0.5) } else { rect }, fill);
        }
        mesh
    }

    /// The names of the rows and columns whose middles are seen.
    fn names(&self, ui: &Ui, sight: &Sight) {
        let (palette, area, cell) = (palette(ui), sight.area, sight.cell());
        let font = FontId::proportional(12.0);
        let write = |at, align, words: &str| ui.painter().text(at, align, words, font.clone(), palette.muted);
        for (row, name) in self.rows.iter().enumerate().step_by(every(14.0 / cell.y)) {
            let y = sight.square(row, 0).center().y;
            if area.y_range().contains(y) {
                write(pos2(area.left() - 6.0, y), Align2::RIGHT_CENTER, &name.to_string());
            }
        }
        for column in (0..self.columns).step_by(every(22.0 / cell.x)) {
            let x = sight.square(0, column).center().x;
            if area.x_range().contains(x) {
                write(pos2(x, area.bottom() + 2.0), Align2::CENTER_TOP, &column.to_string());
            }
        }
        let at = pos2(area.center().x, area.bottom() + BELOW - 2.0);
        write(at, Align2::CENTER_BOTTOM, self.axes[1]);
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
        let all = Part { x: (0.0, 64.0), y: (0.0, 48.0) };
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, 480.0));
        let sight = Sight { area, part: all };
        let mesh = map.mesh(Colours::Levels(0.0, 3071.0), true, &sight, Color32::GRAY);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (4 * 48 * 64, 6 * 48 * 64));
        let at = |x, y| sight.at(pos2(x, y));
        assert_eq!(at(5.0, 5.0), Some((47, 0)), "the last row is above");
        assert_eq!(at(635.0, 475.0), Some((0, 63)));
        assert_eq!((at(645.0, 5.0), at(-1.0, 5.0), at(5.0, 481.0)), (None, None, None));
        let near = Sight { area, part: Part { x: (10.0, 14.0), y: (0.0, 2.0) } };
        assert_eq!(near.at(pos2(5.0, 5.0)), Some((1, 10)));
        assert_eq!(near.square(1, 10), Rect::from_min_size(pos2(0.0, 0.0), vec2(160.0, 240.0)));
    }

    #[test]
    fn a_part_stays_on_the_map() {
        assert_eq!(within((-3.0, 5.0), (0.0, 64.0)), (0.0, 8.0));
        assert_eq!(within((60.0, 70.0), (0.0, 64.0)), (54.0, 64.0));
        assert_eq!(within((9.9, 10.1), (0.0, 64.0)), (9.0, 11.0), "no fewer than two cells");
        assert_eq!(within((-100.0, 200.0), (0.0, 64.0)), (0.0, 64.0));
        assert_eq!(within((0.2, 0.4), (0.0, 1.0)), (0.0, 1.0), "a map of one row");
        assert_eq!(zoomed((0.0, 10.0), 2.0, 5.0), (2.5, 7.5));
    }
}
