//! What stands where there is no picture: what would fill the place, and what to press.

use super::shown::Shown;
use crate::app::action::Action;
use crate::app::kinds;
use crate::app::theme::palette;
use crate::experiment::{Kind, Origin};
use egui::{Align, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder, vec2};

/// Fills what is left of `ui`: the picture of `wanted`, which would show `what`.
pub fn large(ui: &mut Ui, shown: &mut Shown, wanted: &[Kind], what: &str) {
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let palette = palette(ui);
    ui.painter().rect_stroke(rect, 4.0, Stroke::new(1.0, palette.grid), StrokeKind::Inside);
    let inner = Rect::from_center_size(rect.center(), vec2((rect.width() - 64.0).min(400.0), 112.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Center)), |ui| {
        let words = words(shown, wanted, what);
        ui.add(egui::Label::new(RichText::new(words).color(palette.muted)).wrap());
        if !wanted.iter().any(|kind| kinds::is_on(shown.study, *kind)) {
            add(ui, shown, wanted);
        }
    });
}

/// A line for a part of a picture that shows `kind`.
pub fn small(ui: &mut Ui, shown: &mut Shown, kind: Kind) {
    let words = words(shown, &[kind], "it here");
    let words = RichText::new(words).color(palette(ui).muted);
    ui.add(egui::Label::new(words).wrap());
    if !kinds::is_on(shown.study, kind) {
        add(ui, shown, &[kind]);
    }
}

fn words(shown: &Shown, wanted: &[Kind], what: &str) -> String {
    let is_wanted = wanted.is_empty() || wanted.iter().any(|kind| kinds::is_on(shown.study, *kind));
    let in_results = |summary: &crate::app::summary::Summary| {
        wanted.is_empty() || wanted.iter().any(|kind| kinds::is_on(&summary.study, *kind))
    };
    match shown.summary {
        _ if !is_wanted => {
            let names: Vec<String> = wanted.iter().map(|kind| kind.title().to_lowercase()).collect();
            format!("The study does not ask for this yet ({}). It would show {what}.", names.join(", "))
        }
        _ if shown.waits => format!("It runs when the run that is going has ended, and then shows {what}."),
        _ if shown.going => format!("The first trials are on their way; they show {what}."),
        Some(summary) if summary.origin != Origin::Run => {
            format!("What the study printed is not enough for a picture here. Run it to see {what}.")
        }
        Some(summary) if !in_results(summary) => {
            format!("These results do not have it. Run the study to see {what}.")
        }
        Some(_) => format!("Nothing of it is in yet. Go on with the run to see {what}."),
        None if shown.is_blocked => {
            format!("Mend what is marked in the set-up and press Run; this place then shows {what}.")
        }
        None => format!("Press Run; this place then shows {what}."),
    }
}

/// A button for each of `wanted`.
fn add(ui: &mut Ui, shown: &mut Shown, wanted: &[Kind]) {
    let why = "A run is going. Cancel it to change the study.";
    for kind in wanted {
        let name = kind.title().to_lowercase();
        let button = ui.add_enabled(!shown.going, egui::Button::new(format!("Add the {name}")));
        if button.on_disabled_hover_text(why).on_hover_text(kind.question()).clicked() {
            shown.actions.push(Action::Add(*kind));
        }
    }
}
