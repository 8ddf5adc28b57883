//! The middle of the window: tabs, the picture of the one that is open, and its tables under it.

mod alignment;
mod audit;
mod caption;
mod compare;
mod damage;
mod definitions;
mod displacement;
mod dissociation;
mod dose;
mod empty;
mod entropy;
mod error_bars;
mod forest;
mod frame;
mod grid;
mod head_maps;
mod heads;
mod heat_map;
mod layers;
mod layout;
mod legend;
mod look;
mod overview;
mod picks;
mod plot;
mod provenance;
mod repair;
mod shown;
mod sides;
mod statistics;
mod syntax;
mod table;
mod tabs;
mod texts;
mod ticks;
mod tools;
mod verdicts;
mod view;
mod waterfall;

pub use layout::Layout;
pub use shown::Shown;

use picks::Picks;

use super::action::{Action, Ask};
use super::summary::Summary;
use super::theme::strong;
use super::widgets::note;
use crate::experiment::Origin;
use crate::figure::{FigureView, TableView, View, count};
use crate::visible;
use egui::{
    Align, CentralPanel, Color32, Frame, Label, Margin, Panel, RichText, ScrollArea, Sense, TextStyle, Ui, UiBuilder,
    vec2,
};
use std::collections::BTreeMap;

/// What the panels of a study remember between frames.
#[derive(Default)]
pub struct Panels {
    overview: overview::Overview,
    compare: compare::Compare,
    picks: Picks,
    texts: texts::Texts,
    shelves: BTreeMap<View, table::Shelf>,
    /// The panel that was last used.
    focus: View,
}

/// In a panel that is narrower, pictures do not stand beside each other.
const NARROW: f32 = 700.0;

impl Panels {
    /// The name of the table that is shown in the panel that was last used, and how it is looked at.
    #[must_use]
    pub fn table(&self) -> (&'static str, TableView) {
        self.shelves.get(&self.focus).map_or(("damage", TableView::default()), |shelf| (shelf.shown, shelf.view()))
    }

    /// The figure of the panel that was last used, and what of it is shown.
    #[must_use]
    pub fn figure(&self, summary: &Summary) -> (&'static str, FigureView) {
        let picks = &self.picks;
        let pictures = &summary.pictures;
        let part = match self.focus {
            View::Displacement => pictures.displacement().and_then(|data| data.runs.get(picks.run).cloned()),
            View::Statistics => pictures.statistics().and_then(|data| Some(data.groups.get(picks.tests)?.name.clone())),
            _ => None,
        };
        let (hidden, delta) = (picks.hidden.clone(), picks.delta);
        (
            self.focus.figure().unwrap_or("dissociation"),
            FigureView { hidden, delta, scales: picks.scales, heads: picks.heads, part },
        )
    }

    /// Draws everything into what is left of the window.
    pub fn show(&mut self, ui: &mut Ui, layout: &mut Layout, shown: &mut Shown) {
        if !layout.seen().any(|view| view == self.focus)
            && let Some(first) = layout.seen().next()
        {
            self.focus = first;
        }
        let asked = View::ALL.into_iter().filter(|view| tabs::is_asked_for(*view, shown)).collect();
        layout.show(ui, asked, &mut |ui, view, is_pressed| {
            if is_pressed {
                self.focus = view;
            }
            self.pane(ui, view, shown);
        });
        if let Some(view) = self.picks.open.take() {
            layout.open(view);
        }
    }

    /// Draws a panel; where it has too little room for a picture, it scrolls.
    fn pane(&mut self, ui: &mut Ui, view: View, shown: &mut Shown) {
        let room = ui.available_size();
        if shown.summary.is_none() {
            return self.whole(ui, view, shown);
        }
        // What stands side by side elsewhere stands one below the other in a narrow panel.
        let tables = !view.tables().is_empty() && self.shelves.entry(view).or_default().is_open(room.y);
        // Five charts are many.
        let more = if view == View::Displacement { 80.0 } else { 0.0 };
        let below = more + if tables { 160.0 } else { 0.0 };
        let least = if room.x < NARROW { vec2(520.0, 680.0 + below) } else { vec2(NARROW, 400.0 + below) };
        if room.x >= least.x && room.y >= least.y {
            return self.whole(ui, view, shown);
        }
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(room.max(least), Sense::hover());
            self.whole(&mut ui.new_child(UiBuilder::new().max_rect(rect)), view, shown);
        });
    }

    /// Draws a panel: its picture, and its tables under it.
    fn whole(&mut self, ui: &mut Ui, view: View, shown: &mut Shown) {
        let asked = shown.actions.len();
        // Only some studies can be set beside the published one.
        let is_there = |summary: &Summary| summary.tables.iter().any(|table| view.tables().contains(&table.id));
        if !view.tables().is_empty() && (view != View::Compare || shown.summary.is_some_and(is_there)) {
            // The cards of the overview say what its table does.
            let share = if view == View::Overview { 0.26 } else { 0.36 };
            let height = (share * ui.available_height()).clamp(120.0, 320.0);
            let frame = Frame::NONE.inner_margin(Margin { top: 8, ..Margin::ZERO });
            let shelf = self.shelves.entry(view).or_default();
            let open = shelf.is_open(ui.available_height());
            let panel = Panel::bottom(ui.scope_id().with(("table", view, open))).frame(frame);
            let panel = if open {
                panel.default_size(height).min_size(96.0).resizable(true)
            } else {
                panel.exact_size(table::FOLDED).resizable(false)
            };
            panel.show(ui, |ui| {
                // What is shown in it never changes its height.
                let room = ui.available_rect_before_wrap();
                let inside = UiBuilder::new().id_salt(view).max_rect(room).layout(egui::Layout::top_down(Align::Min));
                shelf.show(&mut ui.new_child(inside), shown, view, open);
                ui.allocate_rect(room, Sense::hover());
            });
        }
        let frame = Frame::NONE.inner_margin(Margin { bottom: 8, ..Margin::ZERO });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            title(ui, shown, view);
            self.picture(ui, view, shown);
        });
        if let Some(table) = self.picks.table.take() {
            let shelf = self.shelves.entry(view).or_default();
            shelf.choose(table);
            if std::mem::take(&mut self.picks.unfold) {
                shelf.unfold();
            }
            if let Some((key, value)) = self.picks.only.take() {
                shelf.narrow(table, (key, value));
            }
        }
        let exports = [Action::Ask(Ask::ExportTable), Action::ExportFigure];
        if shown.actions.iter().skip(asked).any(|action| exports.contains(action)) {
            self.focus = view;
        }
    }

    fn picture(&mut self, ui: &mut Ui, view: View, shown: &mut Shown) {
        let picks = &mut self.picks;
        macro_rules! picture {
            ($name:ident) => {
                match shown.summary.and_then(|summary| summary.pictures.$name()) {
                    Some(data) => data.show(ui, shown, picks),
                    None => empty::large(ui, shown, view.kinds(), view.what()),
                }
            };
        }
        match view {
            View::Overview => self.overview.show(ui, shown, picks),
            View::Compare => self.compare.show(ui, shown, picks),
            View::Provenance => provenance::show(ui, shown),
            View::Texts => self.texts.show(ui, shown, picks),
            View::Dissociation => dissociation::show(ui, shown, picks),
            View::Dose => picture!(dose),
            View::Statistics => picture!(statistics),
            View::Entropy => picture!(entropy),
            View::Repair => picture!(repair),
            View::Heads => picture!(heads),
            View::Layers => picture!(layers),
            View::Alignment => picture!(alignment),
            View::Audit => picture!(audit),
            View::Displacement => picture!(displacement),
        }
    }
}

/// Whose results these are, and at the right a button that exports the picture of `view` as a figure.
fn title(ui: &mut Ui, shown: &mut Shown, view: View) {
    let room = vec2(ui.available_width(), 24.0);
    ui.allocate_ui_with_layout(room, egui::Layout::right_to_left(Align::Center), |ui| {
        let several = view != View::Compare || !shown.others.is_empty();
        if shown.summary.is_some() && view.figure().is_some() && several {
            let button = egui::Button::new(RichText::new("Export figure…").small()).min_size(vec2(24.0, 20.0));
            if ui.add(button).on_hover_text("The picture as a figure for print: SVG, PDF, PNG").clicked() {
                shown.actions.push(Action::ExportFigure);
            }
        }
        ui.with_layout(egui::Layout::left_to_right(Align::Center), |ui| whose(ui, shown));
    });
}

/// Whose results these are.
fn whose(ui: &mut Ui, shown: &Shown) {
    match shown.summary {
        Some(summary) => heading(ui, &summary.study.name, &state(summary)),
        None => heading(ui, &shown.study.name, ""),
    }
}

/// The name of a study and its `state`. Where they have no room beside each other, the name is cut, and shown whole where
/// the pointer is over it.
fn heading(ui: &mut Ui, name: &str, state: &str) {
    let font = TextStyle::Small.resolve(ui.style());
    let beside = ui.painter().layout_no_wrap(state.to_owned(), font, Color32::BLACK).size().x;
    let room = ui.available_width() - ui.spacing().item_spacing.x;
    ui.scope(|ui| {
        ui.set_max_width((room - beside).max(0.5 * room));
        ui.add(Label::new(RichText::new(visible::line(name)).text_style(strong())).truncate());
    });
    if !state.is_empty() {
        note(ui, state);
    }
}

/// What the results of `summary` are: of how many trials, under which protocol, in which layers.
fn state(summary: &Summary) -> String {
    if let Origin::Published { source, .. } = &summary.origin {
        let (protocol, layers) = (summary.study.perturbation.protocol_label(), &summary.layers);
        return format!("values printed by {source}, not a run · protocol {protocol} · layers {layers}");
    }
    let trials = format!("{} trials", count(summary.finished));
    let state = match (summary.is_complete(), summary.settled) {
        (true, true) => trials,
        (true, false) => format!("{trials} · preliminary: intervals of few resamples until those of all are there"),
        (false, _) => format!("preliminary: {} of {} trials", count(summary.finished), count(summary.planned)),
    };
    let layers = &summary.layers;
    let protocol = summary.study.perturbation.protocol_label();
    format!("{state} · protocol {protocol} · layers {layers}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_long_name_leaves_room_for_what_stands_beside_and_below_it() {
        let state = "1,440 trials · protocol strict · layers 2-5";
        for name in ["demo".to_owned(), "n".repeat(240), "a name ".repeat(60), "line\n".repeat(40)] {
            for width in [520.0, 900.0] {
                let size = Arc::new(Mutex::new(egui::Vec2::ZERO));
                let of = Arc::clone(&size);
                let name = name.clone();
                let mut is_themed = false;
                let mut window = Harness::builder().with_size([width, 300.0]).build_ui(move |ui| {
                    // Fonts are there a frame later.
                    if !std::mem::replace(&mut is_themed, true) {
                        return crate::app::theme::install(ui.ctx());
                    }
                    let shown = ui.horizontal(|ui| heading(ui, &name, state)).response.rect.size();
                    *of.lock().unwrap() = shown;
                });
                window.run();
                let size = *size.lock().unwrap();
                // One line of the name, up to two of the state.
                assert!(size.y < 40.0 && size.x <= width, "{size:?} of {width}");
            }
        }
    }
}
