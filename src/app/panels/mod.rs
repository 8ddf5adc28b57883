//! The middle of the window: the two panels side by side, and the table under them.

mod chart;
mod damage;
mod error_bars;
mod look;
mod syntax;
mod table;
mod ticks;

use super::action::Action;
use super::keeper::Summary;
use super::theme::{palette, strong};
use super::widgets::note;
use super::words::count;
use crate::experiment::{Comparison, Kind};
use crate::study::{DeltaUnit, Study};
use egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, RichText, Ui, UiBuilder, vec2};

/// Height that is kept for the lines under a plot.
const CAPTION: f32 = 44.0;

/// What the panels remember between frames.
#[derive(Default)]
pub struct Panels {
    damage: damage::Damage,
    syntax: syntax::Syntax,
    table: table::Shelf,
}

/// What the panels show.
pub struct Shown<'a> {
    /// The summary; none before the first results.
    pub summary: Option<&'a Summary>,
    /// The study that is set up.
    pub study: &'a Study,
    /// Whether a run is going.
    pub going: bool,
    /// Commands.
    pub actions: &'a mut Vec<Action>,
}

impl<'a> Shown<'a> {
    fn comparison(&self, kind: Kind) -> Option<&'a Comparison> {
        self.summary.and_then(|summary| summary.comparison(kind))
    }

    fn origin(&self) -> chart::Origin {
        chart::Origin {
            series: self.summary.map_or(0, |summary| summary.series),
            complete: self.summary.is_some_and(Summary::is_complete),
            unit: self.summary.map_or(DeltaUnit::Absolute, |summary| summary.study.perturbation.delta_unit),
        }
    }
}

impl Panels {
    /// The name of the table that is shown.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.table.id
    }

    /// Draws everything into what is left of the window.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        let surface = palette(ui).surface;
        let frame = Frame::NONE.fill(surface).inner_margin(Margin { left: 16, right: 16, top: 8, bottom: 8 });
        Panel::bottom("table").frame(frame).default_size(276.0).min_size(120.0).resizable(true).show(ui, |ui| {
            ui.add_space(4.0);
            self.table.show(ui, shown);
            ui.take_available_height();
        });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            title(ui, shown);
            let room = ui.available_rect_before_wrap();
            let gap = 24.0;
            let half = vec2((room.width() - gap) / 2.0, room.height());
            let left = egui::Rect::from_min_size(room.min, half);
            let right = left.translate(vec2(half.x + gap, 0.0));
            ui.scope_builder(UiBuilder::new().max_rect(left).layout(Layout::top_down(Align::Min)), |ui| {
                self.damage.show(ui, shown);
            });
            ui.scope_builder(UiBuilder::new().max_rect(right).layout(Layout::top_down(Align::Min)), |ui| {
                self.syntax.show(ui, shown);
            });
        });
    }
}

/// Whose results these are.
fn title(ui: &mut Ui, shown: &Shown) {
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let Some(summary) = shown.summary else {
            ui.label(RichText::new(&shown.study.name).text_style(strong()));
            return;
        };
        ui.label(RichText::new(&summary.study.name).text_style(strong()));
        let state = if summary.is_complete() {
            format!("{} trials", count(summary.finished))
        } else {
            format!("preliminary: {} of {} trials", count(summary.finished), count(summary.planned))
        };
        let layers = &summary.layers;
        let protocol = summary.study.perturbation.protocol_label();
        note(ui, format!("{state} · protocol {protocol} · layers {layers}"));
    });
}

/// What stands in a panel without results: what would fill it, and what to press.
fn empty(ui: &mut Ui, shown: &mut Shown, kind: Kind, what: &str) {
    let experiments = &shown.study.experiments;
    let (wanted, name) = match kind {
        Kind::Sweep => (experiments.sweep.is_some(), "sweep"),
        Kind::Syntax => (experiments.syntax.is_some(), "minimal pairs"),
        _ => (true, "other"),
    };
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), egui::Sense::hover());
    let palette = palette(ui);
    ui.painter().rect_stroke(rect, 4.0, egui::Stroke::new(1.0, palette.grid), egui::StrokeKind::Inside);
    let inner = egui::Rect::from_center_size(rect.center(), vec2((rect.width() - 64.0).min(360.0), 96.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Center)), |ui| {
        let elsewhere = shown.summary.is_some_and(|summary| !summary.comparisons.contains_key(&kind));
        let words = if shown.going && wanted {
            format!("The first trials are on their way; they show {what}.")
        } else if !wanted {
            format!("The {name} experiment is switched off. It would show {what}.")
        } else if elsewhere {
            format!("These results do not have the {name} experiment. Run the study to see {what}.")
        } else {
            format!("Press Run; this panel then shows {what}.")
        };
        ui.add(egui::Label::new(RichText::new(words).color(palette.muted)).wrap());
        if !wanted && !shown.going && ui.button(format!("Add the {name}")).clicked() {
            shown.actions.push(Action::Add(kind));
        }
    });
}
