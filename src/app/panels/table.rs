//! The tables under a picture: the same numbers as figures, which scroll both ways and can be copied and exported.

use super::Shown;
use super::tabs::Tab;
use crate::app::action::{Action, Ask};
use crate::app::keeper::Form;
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::figure::Table;
use egui::{
    Align, Color32, FontId, Label, Layout, Rect, RichText, ScrollArea, Sense, Stroke, TextStyle, Ui, UiBuilder, pos2,
    vec2,
};
use std::collections::BTreeMap;

/// Which table is shown.
pub struct Shelf {
    /// Its name.
    pub shown: &'static str,
    /// The one that was last chosen in each tab.
    chosen: BTreeMap<Tab, &'static str>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { shown: "damage", chosen: BTreeMap::new() }
    }
}

impl Shelf {
    /// Shows the table `id` in `tab` from now on.
    pub fn choose(&mut self, tab: Tab, id: &'static str) {
        self.chosen.insert(tab, id);
    }

    /// Draws the tables of `tab`.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown, tab: Tab) {
        let all = shown.summary.iter().flat_map(|summary| &summary.tables);
        let tables: Vec<&Table> = all.filter(|table| Tab::of(table) == tab).collect();
        let chosen = self.chosen.get(&tab).and_then(|id| tables.iter().find(|table| table.id == *id));
        let table = chosen.or(tables.first()).copied();
        if let Some(table) = table {
            self.shown = table.id;
        }
        ui.horizontal_top(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                buttons(ui, shown, table);
                ui.add_space(8.0);
                ui.with_layout(Layout::left_to_right(Align::Min).with_main_wrap(true), |ui| {
                    ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                    for one in &tables {
                        let open = table.is_some_and(|table| table.id == one.id);
                        if ui.add(egui::Button::selectable(open, one.title)).clicked() {
                            self.chosen.insert(tab, one.id);
                        }
                    }
                });
            });
        });
        match table {
            Some(table) => draw(ui, table),
            None => drop(note(ui, "The numbers of the picture come here, and can be copied and exported.")),
        }
    }
}

fn buttons(ui: &mut Ui, shown: &mut Shown, table: Option<&Table>) {
    let why = "There are no results for this yet: press Run, or open a study file";
    ui.spacing_mut().item_spacing.x = 8.0;
    let actions = &mut *shown.actions;
    let export = ui.add_enabled(table.is_some(), egui::Button::new("Export table…")).on_disabled_hover_text(why);
    if export.clicked() {
        actions.push(Action::Ask(Ask::ExportTable));
    }
    for (form, words) in [(Form::Csv, "Copy CSV"), (Form::Markdown, "Copy table")] {
        let hover = format!("Put the table on the clipboard as {}", form.words().0);
        let button = ui.add_enabled(table.is_some(), egui::Button::new(words));
        let button = button.on_disabled_hover_text(why).on_hover_text(hover);
        if let Some(table) = table.filter(|_| button.clicked()) {
            actions.push(Action::CopyTable(table.id, form));
        }
    }
}

/// Height of a row, and of the heads of the columns.
const ROW: f32 = 22.0;

/// Room between two columns.
const GAP: f32 = 24.0;

/// At most so much of the caption is seen at once; the rest scrolls.
const CAPTION: f32 = 75.0;

/// Draws `table` with its caption.
fn draw(ui: &mut Ui, table: &Table) {
    let palette = palette(ui);
    let font = FontId::proportional(12.0);
    let room = ui.available_width() - 12.0;
    let caption = ui.painter().layout(table.caption.clone(), font, palette.muted, room).size().y.min(CAPTION);
    let widths = widths(ui, table);
    let total: f32 = widths.iter().sum();
    ui.push_id(table.id, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let height = (ui.available_height() - caption - 8.0).max(2.0 * ROW);
        let scroll = ScrollArea::both().auto_shrink([false, true]).max_height(height).min_scrolled_height(height);
        let scrolled = scroll.show_viewport(ui, |ui, seen| {
            #[allow(clippy::cast_precision_loss)] // rows of a table
            let size = vec2(total, ROW * table.rows.len() as f32);
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            rows(ui, table, &widths, all, seen);
        });
        heads(ui, table, &widths, head, scrolled.state.clamped_offset().x);
        let words = RichText::new(&table.caption).small().color(palette.muted);
        ScrollArea::vertical().id_salt("caption").max_height(CAPTION).auto_shrink([false, true]).show(ui, |ui| {
            ui.set_width(room);
            ui.add(Label::new(words).wrap().selectable(true));
        });
    });
}

/// Widths of the columns: what the longest cell needs, and more where there is room.
fn widths(ui: &Ui, table: &Table) -> Vec<f32> {
    let measure = |text: &str, style: TextStyle| {
        let font = style.resolve(ui.style());
        ui.painter().layout_no_wrap(text.to_owned(), font, Color32::BLACK).size().x
    };
    let digit = measure("0", TextStyle::Monospace);
    let width = |(i, column): (usize, &crate::figure::Column)| {
        let cells = table.rows.iter().filter_map(|row| row.get(i));
        let longest = cells.max_by_key(|cell| cell.chars().count()).map_or("", String::as_str);
        #[allow(clippy::cast_precision_loss)] // a handful of letters
        let cell = if column.is_text {
            // Letters differ in width: a little more than the longest takes.
            1.06 * measure(longest, TextStyle::Body)
        } else {
            digit * longest.chars().count() as f32
        };
        cell.max(measure(&column.head, TextStyle::Small)).ceil() + GAP
    };
    let mut widths: Vec<f32> = table.columns.iter().enumerate().map(width).collect();
    #[allow(clippy::cast_precision_loss)] // a handful of columns
    let more = (ui.available_width() - widths.iter().sum::<f32>()) / widths.len().max(1) as f32;
    for width in &mut widths {
        *width += more.clamp(0.0, 48.0);
    }
    widths
}

/// The part of a row that a column takes: words from the left, numbers to the right.
fn cell<R>(ui: &mut Ui, id: (usize, usize), rect: Rect, is_text: bool, add: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = if is_text { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - GAP, rect.bottom()));
    ui.scope_builder(UiBuilder::new().id_salt(id).max_rect(inner).layout(layout), add).inner
}

/// Draws the rows that are seen.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // numbers of rows
fn rows(ui: &mut Ui, table: &Table, widths: &[f32], all: Rect, seen: Rect) {
    let palette = palette(ui);
    let (first, last) = ((seen.top() / ROW).max(0.0) as usize, (seen.bottom() / ROW).ceil().max(0.0) as usize);
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| ui.clip_rect().contains(*at));
    for (i, row) in table.rows.iter().enumerate().take(last).skip(first) {
        #[allow(clippy::cast_precision_loss)]
        let top = all.top() + ROW * i as f32;
        let line = Rect::from_x_y_ranges(all.x_range(), top..=top + ROW);
        if pointer.is_some_and(|at| line.contains(at)) {
            ui.painter().rect_filled(line, 0.0, palette.control_hover);
        }
        let mut left = all.left();
        for (j, ((column, text), width)) in table.columns.iter().zip(row).zip(widths).enumerate() {
            let rect = Rect::from_min_size(pos2(left, top), vec2(*width, ROW));
            left += width;
            if rect.right() < all.left() + seen.left() || rect.left() > all.left() + seen.right() {
                continue;
            }
            let style = if column.is_text { TextStyle::Body } else { TextStyle::Monospace };
            let text = RichText::new(text).text_style(style).color(palette.text);
            cell(ui, (i, j), rect, column.is_text, |ui| ui.add(Label::new(text).extend()));
        }
    }
}

/// Draws the heads of the columns over them.
fn heads(ui: &mut Ui, table: &Table, widths: &[f32], rect: Rect, offset: f32) {
    let palette = palette(ui);
    // The room was taken before the rows were drawn, and the cursor stays below them.
    let mut child = ui.new_child(UiBuilder::new().id_salt("heads").max_rect(rect));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut left = rect.left() - offset;
    for (j, (column, width)) in table.columns.iter().zip(widths).enumerate() {
        let head = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, ROW));
        left += width;
        let text = RichText::new(&column.head).small().color(palette.muted);
        cell(&mut child, (usize::MAX, j), head, column.is_text, |ui| {
            ui.add(Label::new(text).extend()).on_hover_text(&column.meaning)
        });
    }
    let y = rect.bottom();
    ui.painter().line_segment([pos2(rect.left(), y), pos2(rect.right(), y)], Stroke::new(1.0, palette.line));
}
