//! A table drawn: heads that sort it, rows of which only those that are seen are drawn, and its caption. What takes as
//! long as the table is (sorting, measuring) is done once for every change of it.

use crate::app::theme::palette;
use crate::figure::{Column, Table, TableView};
use crate::visible;
use egui::accesskit::Role;
use egui::{
    Align, Color32, FontId, Label, Layout, Rect, RichText, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

/// Height of a row, and of the heads of the columns.
const ROW: f32 = 22.0;

/// Room between two columns.
const GAP: f32 = 24.0;

/// At most so much of the caption is seen at once; the rest scrolls.
const CAPTION: f32 = 75.0;

/// Which results: their series, and how many trials are in and planned.
pub type Stamp = (u64, usize, usize);

/// What is remembered of the table that is shown.
#[derive(Default)]
pub struct Grid(Option<(Of, Ready)>);

/// What `Ready` was made of.
#[derive(PartialEq)]
struct Of {
    table: &'static str,
    /// Where it lies: each summary has tables of its own, also where it is of the same trials.
    place: usize,
    stamp: Stamp,
    view: TableView,
    /// Fonts are measured in it.
    pixels_per_point: f32,
}

impl Of {
    /// Whether `other` has the same columns of the same table.
    fn columns_are_of(&self, other: &Self) -> bool {
        let same = (self.table, self.place, self.stamp) == (other.table, other.place, other.stamp);
        same && self.view.hidden == other.view.hidden
            && self.pixels_per_point.to_bits() == other.pixels_per_point.to_bits()
    }
}

/// What does not change from frame to frame.
struct Ready {
    /// Columns that are shown.
    columns: Vec<usize>,
    /// Rows in their order.
    rows: Vec<usize>,
    /// What the columns need.
    widths: Vec<f32>,
}

impl Grid {
    /// Draws `table` of the results `stamp` with its caption.
    pub fn show(&mut self, ui: &mut Ui, table: &Table, view: &mut TableView, stamp: Stamp) {
        let (place, pixels_per_point) = (std::ptr::from_ref(table).addr(), ui.ctx().pixels_per_point());
        let of = Of { table: table.id, place, stamp, view: view.clone(), pixels_per_point };
        match &mut self.0 {
            Some((known, _)) if *known == of => {}
            // Another order alone leaves the columns as they are: of a long table they take as long as the sorting.
            Some((known, ready)) if known.columns_are_of(&of) => {
                ready.rows = view.order(table);
                *known = of;
            }
            _ => self.0 = Some((of, Ready::new(ui, table, view))),
        }
        if let Some((_, ready)) = &self.0 {
            draw(ui, table, view, ready);
        }
    }
}

impl Ready {
    fn new(ui: &Ui, table: &Table, view: &TableView) -> Self {
        let columns: Vec<usize> = (0..table.columns.len()).filter(|i| view.shows(table.columns[*i].name())).collect();
        let widths = columns.iter().map(|i| width(ui, table, *i)).collect();
        Self { columns, rows: view.order(table), widths }
    }

    /// The widths where so much is `available`: what the columns need, and more where there is room.
    fn spread(&self, available: f32) -> Vec<f32> {
        let more = (available - self.widths.iter().sum::<f32>()) / self.widths.len().max(1) as f32;
        self.widths.iter().map(|width| width + more.clamp(0.0, 48.0)).collect()
    }
}

/// What the longest cell of a column, or its head, takes.
fn width(ui: &Ui, table: &Table, i: usize) -> f32 {
    let column = &table.columns[i];
    let measure = |text: &str, style: TextStyle| {
        let font = style.resolve(ui.style());
        ui.painter().layout_no_wrap(text.to_owned(), font, Color32::BLACK).size().x
    };
    let cells = table.rows.iter().filter_map(|row| row.get(i));
    let longest = cells.max_by_key(|cell| cell.chars().count()).map_or("", String::as_str);
    let longest = &visible::line(longest);
    let cell = if column.is_text {
        // Letters differ in width: a little more than the longest takes.
        1.06 * measure(longest, TextStyle::Body)
    } else {
        measure("0", TextStyle::Monospace) * longest.chars().count() as f32
    };
    cell.max(measure(&column.head, TextStyle::Small)).ceil() + GAP
}

fn draw(ui: &mut Ui, table: &Table, view: &mut TableView, ready: &Ready) {
    let palette = palette(ui);
    let said = visible::visible(&table.caption);
    let font = FontId::proportional(12.0);
    let room = ui.available_width() - 12.0;
    // In a low place rows come first.
    let most = CAPTION.min(0.3 * ui.available_height());
    let caption = ui.painter().layout(said.to_string(), font, palette.muted, room).size().y.min(most);
    let widths = ready.spread(ui.available_width());
    let total: f32 = widths.iter().sum();
    ui.push_id(table.id, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let height = (ui.available_height() - caption - 8.0).max(2.0 * ROW);
        let scroll = ScrollArea::both().auto_shrink([false, true]).max_height(height).min_scrolled_height(height);
        let scrolled = scroll.show_viewport(ui, |ui, seen| {
            let size = vec2(total, ROW * ready.rows.len() as f32);
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            rows(ui, table, ready, &widths, all, seen);
        });
        heads(ui, table, view, ready, &widths, head, scrolled.state.clamped_offset().x);
        let words = RichText::new(said.as_ref()).small().color(palette.muted);
        ScrollArea::vertical().id_salt("caption").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
            ui.set_width(room);
            ui.add(Label::new(words).wrap().selectable(true));
        });
    });
}

/// Draws the rows that are seen.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // numbers of rows
fn rows(ui: &mut Ui, table: &Table, ready: &Ready, widths: &[f32], all: Rect, seen: Rect) {
    let palette = palette(ui);
    let (first, last) = ((seen.top() / ROW).max(0.0) as usize, (seen.bottom() / ROW).ceil().max(0.0) as usize);
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| ui.clip_rect().contains(*at));
    for (i, row) in ready.rows.iter().enumerate().take(last).skip(first) {
        let Some(row) = table.rows.get(*row) else { continue };
        let top = all.top() + ROW * i as f32;
        let line = Rect::from_x_y_ranges(all.x_range(), top..=top + ROW);
        if pointer.is_some_and(|at| line.contains(at)) {
            ui.painter().rect_filled(line, 0.0, palette.control_hover);
        }
        let mut left = all.left();
        for (j, width) in ready.columns.iter().zip(widths) {
            let rect = Rect::from_min_size(pos2(left, top), vec2(*width, ROW));
            left += width;
            if rect.right() < all.left() + seen.left() || rect.left() > all.left() + seen.right() {
                continue;
            }
            let (Some(column), Some(text)) = (table.columns.get(*j), row.get(*j)) else { continue };
            let style = if column.is_text { TextStyle::Body } else { TextStyle::Monospace };
            let text = RichText::new(visible::line(text)).text_style(style).color(palette.text);
            cell(ui, (i, *j), rect, column.is_text, |ui| ui.add(Label::new(text).extend()));
        }
    }
}

/// The part of a row that a column takes: words from the left, numbers to the right.
fn cell<R>(ui: &mut Ui, id: (usize, usize), rect: Rect, is_text: bool, add: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = if is_text { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - GAP, rect.bottom()));
    ui.scope_builder(UiBuilder::new().id_salt(id).max_rect(inner).layout(layout), add).inner
}

/// Draws the heads of the columns over them; a click on one sorts by it.
fn heads(ui: &mut Ui, table: &Table, view: &mut TableView, ready: &Ready, widths: &[f32], rect: Rect, offset: f32) {
    let palette = palette(ui);
    // The room was taken before the rows were drawn, and the cursor stays below them.
    let mut child = ui.new_child(UiBuilder::new().id_salt("heads").max_rect(rect));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut left = rect.left() - offset;
    for (j, width) in ready.columns.iter().zip(widths) {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, ROW));
        left += width;
        let Some(column) = table.columns.get(*j) else { continue };
        let sorted = view.sort.as_ref().filter(|(by, _)| by == column.name()).map(|(_, descending)| *descending);
        if head(&child, *j, column, place, sorted) {
            view.turn(column.name());
        }
    }
    let y = rect.bottom();
    ui.painter().line_segment([pos2(rect.left(), y), pos2(rect.right(), y)], Stroke::new(1.0, palette.line));
}

/// A column's head, with a triangle where the rows are sorted by it; true where it was pressed.
fn head(ui: &Ui, j: usize, column: &Column, rect: Rect, sorted: Option<bool>) -> bool {
    let palette = palette(ui);
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - GAP, rect.bottom()));
    let response = ui.interact(inner.expand2(vec2(4.0, 0.0)), ui.scope_id().with(j), Sense::click());
    let (order, next) = match sorted {
        None => ("", "A click sorts by it"),
        Some(false) => (", ascending", "Ascending; a click turns the order round"),
        Some(true) => (", descending", "Descending; a click brings the table's own order back"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, format!("{}{order}", column.head)));
    let is_lit = sorted.is_some() || response.hovered() || response.has_focus();
    let ink = if is_lit { palette.text } else { palette.muted };
    let galley = ui.painter().layout_no_wrap(column.head.clone(), FontId::proportional(12.0), ink);
    let (width, y) = (galley.size().x, rect.center().y);
    let left = if column.is_text { inner.left() } else { inner.right() - width };
    ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, ink);
    if response.hovered() || response.has_focus() {
        let line = [pos2(left, rect.bottom() - 3.0), pos2(left + width, rect.bottom() - 3.0)];
        ui.painter().line_segment(line, Stroke::new(1.0, palette.muted));
    }
    if let Some(descending) = sorted {
        let (tip, at) = (if descending { 3.0 } else { -3.0 }, pos2(left + width + 9.0, y));
        let corners = vec![at + vec2(-4.0, -tip), at + vec2(4.0, -tip), at + vec2(0.0, tip)];
        ui.painter().add(Shape::convex_polygon(corners, ink, Stroke::NONE));
    }
    let words = if column.meaning.is_empty() { next.to_owned() } else { format!("{}\n{next}", column.meaning) };
    response.on_hover_text(words).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use serde_json::{Map, json};
    use std::time::{Duration, Instant};

    fn long(rows: usize) -> Table {
        let column = |head: &str, is_text| Column {
            head: head.to_owned(),
            meaning: String::new(),
            is_text,
            keys: vec![head.to_owned()],
        };
        let columns: Vec<Column> = (0..12).map(|i| column(&format!("column {i}"), i == 0)).collect();
        let value = |row: usize, i: usize| (row * 7919 + i * 31) % 10_007;
        let record = |row: usize| -> Map<String, serde_json::Value> {
            columns.iter().enumerate().map(|(i, column)| (column.head.clone(), json!(value(row, i)))).collect()
        };
        Table {
            id: "long",
            title: "Long",
            kind: None,
            is_summary: false,
            rows: (0..rows).map(|row| (0..12).map(|i| value(row, i).to_string()).collect()).collect(),
            records: (0..rows).map(record).collect(),
            columns,
            facts: Map::new(),
            caption: "A long table.".to_owned(),
        }
    }

    #[test]
    fn fifty_thousand_rows_stay_fluent() {
        let (table, mut grid, mut view) = (long(50_000), Grid::default(), TableView::default());
        let mut longest = Duration::ZERO;
        let mut times = Vec::new();
        let mut window = Harness::builder().with_size([1000.0, 300.0]).build_ui(move |ui| {
            let start = Instant::now();
            grid.show(ui, &table, &mut view, (1, 1, 1));
            times.push(start.elapsed());
            longest = longest.max(start.elapsed());
            times.sort();
            // What is done once may take a moment, what is done in every frame may not.
            assert!(times.len() < 8 || times[times.len() / 2] < Duration::from_millis(8), "{times:?}");
            assert!(longest < Duration::from_secs(1), "{longest:?}");
        });
        for sorted in ["", ", ascending", ", descending", ""] {
            for _ in 0..10 {
                window.step();
            }
            let head = format!("column 3{sorted}");
            window.get_by_role_and_label(Role::ColumnHeader, &head).click();
            window.step();
        }
    }
}
