//! The line of small controls over a picture: which δ, what the bars are, switches of its own, and the data behind it.

use super::picks::Picks;
use super::shown::Shown;
use crate::app::action::Action;
use crate::figure::picture::{Bars, Scale};
use crate::figure::{self, Format, TableView};
use egui::{Button, Response, RichText, Ui};

/// What the line has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tools<'a> {
    /// The δ that one can be chosen from; none where the picture shows all of them.
    pub deltas: &'a [f64],
    /// What bars can stand for; no choice where it is one thing.
    pub bars: &'a [Bars],
    /// The table behind the picture.
    pub table: &'static str,
}

/// Draws the line, `own` switches of the picture in its middle.
pub fn row(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks, tools: Tools, own: impl FnOnce(&mut Ui, &mut Picks)) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        let between = 12.0;
        if !tools.deltas.is_empty() {
            deltas(ui, picks, tools.deltas);
            ui.add_space(between);
        }
        let left = ui.cursor().left();
        own(ui, picks);
        if ui.cursor().left() > left {
            ui.add_space(between);
        }
        if tools.bars.len() > 1 {
            bars(ui, picks, tools.bars);
            ui.add_space(between);
        }
        copy(ui, shown, tools.table);
    });
}

/// The δ that is shown wherever one is.
pub fn deltas(ui: &mut Ui, picks: &mut Picks, deltas: &[f64]) {
    let now = picks.delta_of(deltas);
    ui.label(RichText::new("δ").small());
    for delta in deltas {
        let words = figure::delta(*delta);
        let hover = format!("δ {words}, in all panels that show one δ");
        if switch(ui, Some(*delta) == now, &words).on_hover_text(hover).clicked() {
            picks.delta = Some(*delta);
        }
    }
}

/// What error bars and bands are, in all panels that know it.
fn bars(ui: &mut Ui, picks: &mut Picks, there: &[Bars]) {
    ui.label(RichText::new("Bars").small());
    let now = picks.bars.among(there);
    for one in there {
        let hover = format!("Bars and bands are {}, in all panels that know it", one.words());
        if switch(ui, now == Some(*one), one.name()).on_hover_text(hover).clicked() {
            picks.bars = *one;
        }
    }
}

/// A small button that is one of several.
pub fn switch(ui: &mut Ui, on: bool, words: &str) -> Response {
    ui.add(Button::selectable(on, RichText::new(words).small()).min_size(egui::vec2(24.0, 20.0)))
}

/// A button that copies the table `id`.
fn copy(ui: &mut Ui, shown: &mut Shown, id: &'static str) {
    let title = shown.summary.and_then(|summary| summary.tables.iter().find(|table| table.id == id));
    let Some(title) = title.map(|table| table.title) else { return };
    let button = ui.add(Button::new(RichText::new("Copy data").small()).min_size(egui::vec2(24.0, 20.0)));
    let button = button.on_hover_text(format!("Put the table behind the picture, {title}, on the clipboard"));
    if button.clicked() {
        shown.actions.push(Action::CopyTable(id, Format::Tsv, TableView::default()));
    }
}

/// The switches between linear and logarithmic axes, the same for all charts of damage against δ.
pub fn scales(ui: &mut Ui, picks: &mut Picks) {
    for (scale, name) in picks.scales.iter_mut().zip(["Log δ", "Log damage"]) {
        let log = *scale == Scale::Log;
        let hover = "A logarithmic axis; values that are not above 0 have no place on it";
        if switch(ui, log, name).on_hover_text(hover).clicked() {
            *scale = if log { Scale::Linear } else { Scale::Log };
        }
    }
}
