//! What stands in the menus of models, texts, pairs and directions.

use crate::app::action::{Action, Ask};
use crate::app::source::Source;
use crate::app::theme::palette;
use crate::visible;
use egui::{Button, RichText, Stroke, Ui};

/// Something to choose, with a note at its right end. True where it is chosen.
pub fn item(ui: &mut Ui, words: &str, note: &str) -> bool {
    let note = RichText::new(note).small().color(palette(ui).muted);
    let button = ui.add(Button::new(visible::line(words)).right_text(note).stroke(Stroke::NONE));
    let chosen = button.accessible_name(visible::line(words)).clicked();
    if chosen {
        ui.close();
    }
    chosen
}

/// The way to a file or folder of one's own.
pub fn own(ui: &mut Ui, words: &str, source: Source, actions: &mut Vec<Action>) {
    ui.separator();
    if ui.add(Button::new(words).stroke(Stroke::NONE)).clicked() {
        actions.push(Action::Ask(Ask::Source(source)));
        ui.close();
    }
}
