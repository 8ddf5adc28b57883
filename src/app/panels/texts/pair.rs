//! The two sentences of a minimal pair, their tokens under each other, with their log-probabilities and the margin that
//! adds up from token to token.

use super::align::{Place, align, differs, margins};
use super::rows::signed;
use super::tokens::explain;
use crate::app::panels::heat_map::{change_colour, ink};
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::app::words::written;
use crate::runner::{Look, Pass, Sequence};
use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// Height of a line.
const LINE: f32 = 22.0;

/// Room for the names of the lines.
const NAMES: f32 = 120.0;

/// The lines, from above.
const LINES: [&str; 8] = [
    "Good sentence",
    "log p clean",
    "log p disturbed",
    "Bad sentence",
    "log p clean",
    "log p disturbed",
    "Margin clean",
    "Margin disturbed",
];

/// Draws both sentences in colours that reach from −`most` to `most`.
pub fn show(ui: &mut Ui, look: &Look, most: f64) {
    let [good, bad] = look.sequences.as_slice() else { return };
    let places = align(&good.ids, &bad.ids);
    let of = |pass: fn(&Sequence) -> &Pass| margins(&places, &pass(good).losses, &pass(bad).losses);
    let sums = [of(|sequence| &sequence.clean), of(|sequence| &sequence.disturbed)];
    let widths: Vec<f32> = places.iter().map(|place| width(ui, *place, good, bad)).collect();
    let total = NAMES + widths.iter().sum::<f32>();
    ScrollArea::horizontal().id_salt("pair").auto_shrink([false, true]).show(ui, |ui| {
        let (all, _) = ui.allocate_exact_size(vec2(total, LINE * LINES.len() as f32 + 8.0), Sense::hover());
        names(ui, all);
        let mut left = all.left() + NAMES;
        for (i, (place, width)) in places.iter().zip(&widths).enumerate() {
            let column = Rect::from_min_size(pos2(left, all.top()), vec2(*width, all.height()));
            let marked = differs(*place, &good.ids, &bad.ids);
            sentence(ui, (i, 0), good, place.0, column, marked, most);
            sentence(ui, (i, 3), bad, place.1, column, marked, most);
            for (line, sums) in sums.iter().enumerate() {
                number(ui, column, 6 + line, &signed(sums[i]), &format!("{}, up to token {i}", LINES[6 + line]));
            }
            left += width;
        }
    });
    note(
        ui,
        "log p: log-probability of each token, nats. Margin: log p of the good sentence minus that of the bad one, added up \
         to here. Framed: where the sentences differ.",
    );
}

/// Where a line is in a column; the margins stand a little apart.
fn line(column: Rect, line: usize) -> Rect {
    let apart = if line >= 6 { 8.0 } else { 0.0 };
    Rect::from_min_size(pos2(column.left(), column.top() + LINE * line as f32 + apart), vec2(column.width(), LINE))
}

fn names(ui: &Ui, all: Rect) {
    let palette = palette(ui);
    for (i, name) in LINES.iter().enumerate() {
        let at = line(all, i).left_center();
        let is_head = i == 0 || i == 3;
        let ink = if is_head { palette.text } else { palette.muted };
        let font = FontId::proportional(if is_head { 14.0 } else { 12.0 });
        ui.painter().text(at, Align2::LEFT_CENTER, *name, font, ink);
    }
    let y = line(all, 6).top() - 4.0;
    ui.painter().line_segment([pos2(all.left(), y), pos2(all.right(), y)], Stroke::new(1.0, palette.line));
}

/// What a column needs: its longer token, or a number.
fn width(ui: &Ui, place: Place, good: &Sequence, bad: &Sequence) -> f32 {
    let measure = |sequence: &Sequence, at: Option<usize>| {
        let piece = at.map(|at| written(&sequence.pieces[at])).unwrap_or_default();
        let ink = palette(ui).text;
        ui.painter().layout_no_wrap(piece, FontId::proportional(14.0), ink).size().x
    };
    measure(good, place.0).max(measure(bad, place.1)).max(56.0) + 12.0
}

/// The token of one sentence in a column, with its log-probabilities under it.
fn sentence(
    ui: &Ui,
    id: (usize, usize),
    sequence: &Sequence,
    at: Option<usize>,
    column: Rect,
    marked: bool,
    most: f64,
) {
    let palette = palette(ui);
    let cell = line(column, id.1).shrink2(vec2(2.0, 1.0));
    let Some(at) = at else {
        if marked {
            ui.painter().rect_stroke(cell, 2.0, Stroke::new(1.0, palette.muted), StrokeKind::Inside);
        }
        return;
    };
    let (ground, ink) = match sequence.change(at) {
        Some(change) => (change_colour(change / most), ink(change_colour(change / most))),
        None => (palette.grid, palette.text),
    };
    ui.painter().rect_filled(cell, 2.0, ground);
    if marked {
        ui.painter().rect_stroke(cell, 2.0, Stroke::new(2.0, palette.text), StrokeKind::Outside);
    }
    let words = written(sequence.pieces[at].trim());
    ui.painter().text(cell.center(), Align2::CENTER_CENTER, words, FontId::proportional(14.0), ink);
    let response = ui.interact(cell, ui.scope_id().with(id), Sense::hover());
    explain(response, sequence, at);
    for (offset, pass) in [&sequence.clean, &sequence.disturbed].into_iter().enumerate() {
        let lp = at.checked_sub(1).and_then(|at| pass.losses.get(at)).map(|loss| -f64::from(*loss));
        let words = lp.map_or("–".to_owned(), |lp| format!("{lp:.2}").replace('-', "−"));
        let rect = line(column, id.1 + 1 + offset);
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, words, FontId::monospace(12.0), palette.text);
    }
}

fn number(ui: &Ui, column: Rect, at: usize, words: &str, name: &str) {
    let rect = line(column, at);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, words, FontId::monospace(12.0), palette(ui).text);
    let response = ui.interact(rect, ui.scope_id().with(("margin", column.left().to_bits(), at)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {words} nats")));
    response.on_hover_text(format!("{name}: {words} nats"));
}
