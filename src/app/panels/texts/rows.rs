//! The table of texts or pairs drawn: heads that sort it, and of its rows only those that are seen.

use super::choice::words;
use super::listing::{Column, Listing, Row};
use crate::app::behind::Behind;
use crate::app::theme::palette;
use crate::figure::count;
use crate::figure::picture::exact;
use crate::visible::visible;
use egui::accesskit::Role;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Color32, EventFilter, FontId, Key, Rect, ScrollArea, Sense, Shape, Stroke, StrokeKind, TextFormat, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

/// Height of a row, and of the heads.
pub const ROW: f32 = 24.0;

/// Room between two columns.
const GAP: f32 = 16.0;

/// The least width of the text.
const LEAST: f32 = 160.0;

/// What the table remembers between frames.
#[derive(Default)]
pub struct Rows {
    /// The row that the arrow keys move, by its place in the table.
    cursor: usize,
    /// Whether it has to be brought into view.
    follow: bool,
}

impl Rows {
    /// Brings the first row into view.
    pub fn rewind(&mut self) {
        (self.cursor, self.follow) = (0, true);
    }
}

/// What was done to the table.
#[derive(Default)]
pub struct Done {
    /// The column whose head was pressed.
    pub sort: Option<Column>,
    /// The text or pair that was chosen.
    pub chosen: Option<usize>,
}

impl Column {
    /// What stands over it.
    fn head(self, listing: &Listing) -> String {
        let choice = &listing.ask.choice;
        let score = if choice.on_pairs { "Margin" } else { "Loss" };
        match self {
            Self::Number => "No.".to_owned(),
            Self::Paradigm => "Paradigm".to_owned(),
            Self::Text if choice.on_pairs => "Good sentence".to_owned(),
            Self::Text => "Text".to_owned(),
            Self::Tokens => "Tokens".to_owned(),
            Self::Clean => format!("{score} clean"),
            Self::Disturbed => "Disturbed".to_owned(),
            Self::Change => "Change (nats)".to_owned(),
            Self::RightClean => "Right clean".to_owned(),
            Self::RightDisturbed => "Right disturbed".to_owned(),
            Self::Reading => choice.reading.map_or(String::new(), |reading| format!("Δ {}", words(reading.quantity))),
        }
    }

    /// What it is.
    fn meaning(self, listing: &Listing) -> &'static str {
        let pairs = listing.ask.choice.on_pairs;
        match self {
            Self::Number if pairs => "Number of the pair in the study file",
            Self::Number => "Number of the text in the study file",
            Self::Paradigm => "The paradigm of the pair",
            Self::Text => "A click on the row shows its tokens",
            Self::Tokens => "How many tokens the model reads",
            Self::Clean if pairs => {
                "Margin: score of the good sentence minus that of the bad one, in the clean run, nats"
            }
            Self::Clean => "Mean next-token cross-entropy of the clean run, nats",
            Self::Disturbed if pairs => {
                "The same margin in the disturbed run, nats; the mean over seeds where no seed is chosen"
            }
            Self::Disturbed => "The same in the disturbed run, nats; the mean over seeds where no seed is chosen",
            Self::Change => "Disturbed minus clean, nats",
            Self::RightClean => "Whether the good sentence is the likelier one in the clean run",
            Self::RightDisturbed => "The same in the disturbed run; the share of seeds where no seed is chosen",
            Self::Reading => "Disturbed minus clean of what was read in the chosen layer and head, or their mean",
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Paradigm | Self::Text)
    }

    fn cell(self, row: &Row, behind: &Behind) -> String {
        let pair = || behind.pairs.get(&row.item).map(|pair| &pair.item);
        let score = |value: f64| format!("{value:.3}").replace('-', "−");
        let right = |value: f64| match value {
            1.0 => "yes".to_owned(),
            0.0 => "no".to_owned(),
            share => format!("{:.0} %", 100.0 * share),
        };
        match self {
            Self::Number => row.item.to_string(),
            Self::Paradigm => pair().map(|pair| pair.paradigm.clone()).unwrap_or_default(),
            Self::Text if row.right.is_some() => pair().map(|pair| pair.good.clone()).unwrap_or_default(),
            Self::Text => behind.texts.get(&row.item).map(|text| text.item.replace('\n', "↵")).unwrap_or_default(),
            Self::Tokens => {
                let tokens = behind.texts.get(&row.item).and_then(|text| text.tokens.first());
                tokens.map(|tokens| count(*tokens)).unwrap_or_default()
            }
            Self::Clean => score(row.clean),
            Self::Disturbed => score(row.disturbed),
            Self::Change => signed(row.disturbed - row.clean),
            Self::RightClean => row.right.map(|(clean, _)| right(clean)).unwrap_or_default(),
            Self::RightDisturbed => row.right.map(|(_, disturbed)| right(disturbed)).unwrap_or_default(),
            Self::Reading => row.reading.map_or("–".to_owned(), |(clean, disturbed)| signed(disturbed - clean)),
        }
    }
}

/// A change, with its sign.
pub fn signed(value: f64) -> String {
    match format!("{value:+.3}") {
        zero if zero.ends_with("0.000") && value.abs() < 1.0 => "0.000".to_owned(),
        text => text.replace('-', "−"),
    }
}

/// The rows as they are seen, for a spreadsheet.
#[must_use]
pub fn tsv(listing: &Listing, behind: &Behind) -> String {
    let columns = Column::of(&listing.ask.choice);
    let line = |cells: Vec<String>| cells.join("\t") + "\n";
    let mut text = line(columns.iter().map(|column| column.head(listing)).collect());
    for at in &listing.order {
        text +=
            &line(columns.iter().map(|column| column.cell(&listing.rows[*at], behind).replace('\t', " ")).collect());
    }
    text
}

/// Draws the table as high as `height`; `chosen` is the item that is looked at.
pub fn show(
    ui: &mut Ui,
    rows: &mut Rows,
    listing: &Listing,
    behind: &Behind,
    chosen: Option<usize>,
    height: f32,
) -> Done {
    let mut done = Done::default();
    let columns = Column::of(&listing.ask.choice);
    let widths = widths(ui, listing, &columns);
    let total: f32 = widths.iter().sum();
    ui.spacing_mut().item_spacing.y = 0.0;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let height = (height - ROW).max(2.0 * ROW);
    let id = ui.scope_id().with("table");
    let keyboard = keys(ui, id, rows, listing, (height / ROW).floor(), &mut done);
    let mut scroll =
        ScrollArea::both().id_salt("rows").auto_shrink([false, false]).max_height(height).min_scrolled_height(height);
    if std::mem::take(&mut rows.follow) {
        #[allow(clippy::cast_precision_loss)]
        let middle = (rows.cursor as f32 + 0.5) * ROW - height / 2.0;
        scroll = scroll.vertical_scroll_offset(middle.max(0.0));
    }
    let scrolled = scroll.show_viewport(ui, |ui, seen| {
        #[allow(clippy::cast_precision_loss)]
        let size = vec2(total.max(ui.available_width()), ROW * listing.order.len() as f32);
        let (all, _) = ui.allocate_exact_size(size, Sense::hover());
        let drawn = Drawn {
            listing,
            behind,
            columns: &columns,
            widths: &widths,
            chosen,
            cursor: keyboard.then_some(rows.cursor),
        };
        if let Some((place, item)) = drawn.rows(ui, all, seen) {
            rows.cursor = place;
            done.chosen = Some(item);
        }
    });
    if done.chosen.is_some() {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let area = ui.interact(scrolled.inner_rect, id, Sense::focusable_noninteractive());
    area.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Texts: arrow keys move, Enter chooses"));
    if keyboard {
        let rim = Stroke::new(1.0, palette(ui).muted);
        ui.painter().rect_stroke(scrolled.inner_rect, 2.0, rim, StrokeKind::Inside);
    }
    done.sort = heads(ui, listing, &columns, &widths, head, scrolled.state.clamped_offset().x);
    done
}

/// Moves the cursor; true where the table has the keyboard.
fn keys(ui: &Ui, id: egui::Id, rows: &mut Rows, listing: &Listing, page: f32, done: &mut Done) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let last = listing.order.len().saturating_sub(1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let page = page.max(1.0) as usize;
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    let before = rows.cursor;
    for (key, to) in [
        (Key::ArrowDown, rows.cursor + 1),
        (Key::ArrowUp, rows.cursor.saturating_sub(1)),
        (Key::PageDown, rows.cursor + page),
        (Key::PageUp, rows.cursor.saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, last),
    ] {
        if pressed(key) {
            rows.cursor = to;
        }
    }
    rows.cursor = rows.cursor.min(last);
    rows.follow |= rows.cursor != before;
    if pressed(Key::Enter) {
        done.chosen = listing.order.get(rows.cursor).map(|at| listing.rows[*at].item);
    }
    true
}

/// What the columns take: numbers what their heads need, the text what is left.
fn widths(ui: &Ui, listing: &Listing, columns: &[Column]) -> Vec<f32> {
    let measure =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(12.0), Color32::BLACK).size().x;
    let width = |column: &Column| match column {
        Column::Text => 0.0,
        Column::Paradigm => 168.0 + GAP,
        Column::Number => 48.0 + GAP,
        column => measure(&column.head(listing)).max(60.0).ceil() + 10.0 + GAP,
    };
    let mut widths: Vec<f32> = columns.iter().map(width).collect();
    let left = ui.available_width() - 12.0 - widths.iter().sum::<f32>();
    for (column, width) in columns.iter().zip(&mut widths) {
        if *column == Column::Text {
            *width = left.max(LEAST);
        }
    }
    widths
}

/// A table as it is drawn.
struct Drawn<'a> {
    listing: &'a Listing,
    behind: &'a Behind,
    columns: &'a [Column],
    widths: &'a [f32],
    chosen: Option<usize>,
    cursor: Option<usize>,
}

impl Drawn<'_> {
    /// Draws the rows that are seen; the place and the item of the one that was pressed.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // numbers of rows
    fn rows(&self, ui: &Ui, all: Rect, seen: Rect) -> Option<(usize, usize)> {
        let palette = palette(ui);
        let (first, last) = ((seen.top() / ROW).max(0.0) as usize, (seen.bottom() / ROW).ceil().max(0.0) as usize);
        let mut pressed = None;
        for (place, at) in self.listing.order.iter().enumerate().take(last).skip(first) {
            let row = &self.listing.rows[*at];
            let top = all.top() + ROW * place as f32;
            let line = Rect::from_x_y_ranges(all.x_range(), top..=top + ROW);
            let response = ui.interact(line, ui.scope_id().with(row.item), Sense::CLICK);
            let is_chosen = self.chosen == Some(row.item);
            let cells: Vec<String> = self.columns.iter().map(|column| column.cell(row, self.behind)).collect();
            let noun = if row.right.is_some() { "Pair" } else { "Text" };
            response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_chosen, self.words(noun, &cells)));
            if is_chosen || response.hovered() {
                ui.painter().rect_filled(line, 0.0, palette.control_hover);
            }
            if is_chosen {
                let mark = Rect::from_min_size(line.min, vec2(3.0, ROW));
                ui.painter().rect_filled(mark, 0.0, palette.chosen);
            }
            if self.cursor == Some(place) {
                ui.painter().rect_stroke(line.shrink(1.0), 2.0, Stroke::new(1.5, palette.text), StrokeKind::Inside);
            }
            self.cells(ui, &cells, line);
            if response.clicked() {
                pressed = Some((place, row.item));
            }
            response.on_hover_ui_at_pointer(|ui| self.hover(ui, row));
        }
        pressed
    }

    /// The row in one line, for those who hear it.
    fn words(&self, noun: &str, cells: &[String]) -> String {
        let named = |(column, cell): (&Column, &String)| format!("{} {cell}", column.head(self.listing));
        let rest: Vec<String> = self.columns.iter().zip(cells).skip(1).map(named).collect();
        format!("{noun} {}: {}", cells.first().map_or("", String::as_str), rest.join("; "))
    }

    fn cells(&self, ui: &Ui, cells: &[String], line: Rect) {
        let palette = palette(ui);
        let mut left = line.left();
        for ((column, width), cell) in self.columns.iter().zip(self.widths).zip(cells) {
            let inner = Rect::from_min_size(pos2(left + 8.0, line.top()), vec2(width - GAP, ROW));
            left += width;
            if column.is_text() {
                let format = TextFormat::simple(FontId::proportional(14.0), palette.text);
                let mut job = LayoutJob::single_section(visible(cell).into_owned(), format);
                job.wrap = TextWrapping::truncate_at_width(inner.width());
                let galley = ui.painter().layout_job(job);
                ui.painter().galley(pos2(inner.left(), inner.center().y - galley.size().y / 2.0), galley, palette.text);
            } else {
                let align = egui::Align2::RIGHT_CENTER;
                let font = FontId::monospace(14.0);
                ui.painter().text(pos2(inner.right(), inner.center().y), align, cell, font, palette.text);
            }
        }
    }

    /// The whole of what the row cuts.
    fn hover(&self, ui: &mut Ui, row: &Row) {
        ui.set_max_width(480.0);
        if let Some(pair) = self.behind.pairs.get(&row.item).filter(|_| row.right.is_some()) {
            ui.label(visible(&format!("Good: {}\nBad: {}", pair.item.good, pair.item.bad)));
            ui.label(visible(&format!("{}, pair {}", pair.item.paradigm, pair.item.id)));
        } else if let Some(text) = self.behind.texts.get(&row.item) {
            ui.label(visible(&text.item));
        }
        let seeds = self.listing.seeds.len();
        let of = if seeds == 1 { String::new() } else { format!(" (mean over {seeds} seeds)") };
        let name = if row.right.is_some() { "Margin" } else { "Loss" };
        let (clean, disturbed) = (exact(row.clean), exact(row.disturbed));
        ui.label(format!("{name} {clean} → {disturbed} nats{of}; change {}", exact(row.disturbed - row.clean)));
    }
}

/// Draws the heads; the column of the one that was pressed.
fn heads(
    ui: &mut Ui,
    listing: &Listing,
    columns: &[Column],
    widths: &[f32],
    rect: Rect,
    offset: f32,
) -> Option<Column> {
    let palette = palette(ui);
    let mut child = ui.new_child(UiBuilder::new().id_salt("heads").max_rect(rect));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut left = rect.left() - offset;
    let mut pressed = None;
    for (column, width) in columns.iter().zip(widths) {
        let inner = Rect::from_min_size(pos2(left + 8.0, rect.top()), vec2(width - GAP, ROW));
        left += width;
        let sorted = listing.ask.sort.filter(|(by, _)| by == column).map(|(_, descending)| descending);
        if head(&child, *column, listing, inner, sorted) {
            pressed = Some(*column);
        }
    }
    let y = rect.bottom();
    ui.painter().line_segment([pos2(rect.left(), y), pos2(rect.right(), y)], Stroke::new(1.0, palette.line));
    pressed
}

fn head(ui: &Ui, column: Column, listing: &Listing, rect: Rect, sorted: Option<bool>) -> bool {
    let palette = palette(ui);
    let words = column.head(listing);
    let response = ui.interact(rect.expand2(vec2(6.0, 0.0)), ui.scope_id().with(&words), Sense::click());
    let (order, next) = match sorted {
        None => ("", "A click sorts by it"),
        Some(false) => (", ascending", "Ascending; a click turns the order round"),
        Some(true) => (", descending", "Descending; a click brings the order by number back"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, format!("{words}{order}")));
    let is_lit = sorted.is_some() || response.hovered() || response.has_focus();
    let ink = if is_lit { palette.text } else { palette.muted };
    let galley = ui.painter().layout_no_wrap(words, FontId::proportional(12.0), ink);
    let (width, y) = (galley.size().x, rect.center().y);
    let left = if column.is_text() { rect.left() } else { rect.right() - width };
    ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, ink);
    if response.hovered() || response.has_focus() {
        let line = [pos2(left, rect.bottom() - 3.0), pos2(left + width, rect.bottom() - 3.0)];
        ui.painter().line_segment(line, Stroke::new(1.0, palette.muted));
    }
    if let Some(descending) = sorted {
        let (tip, at) = (if descending { 3.0 } else { -3.0 }, pos2(left - 8.0, y));
        let at = if column.is_text() { pos2(left + width + 9.0, y) } else { at };
        let corners = vec![at + vec2(-4.0, -tip), at + vec2(4.0, -tip), at + vec2(0.0, tip)];
        ui.painter().add(Shape::convex_polygon(corners, ink, Stroke::NONE));
    }
    response.on_hover_text(format!("{}\n{next}", column.meaning(listing))).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_a_sign_and_zero_has_none() {
        assert_eq!([0.3681, -0.25, 0.0, -0.0001].map(signed), ["+0.368", "−0.250", "0.000", "0.000"]);
    }
}
