//! Asking before something that is running or not saved would end.

use super::action::{Action, Ask, Confirm};
use super::theme::strong;
use egui::{Align2, Button, Key, RichText, Ui, Window, vec2};

/// A question that waits for its answer.
pub struct Waiting {
    what: Confirm,
    words: String,
}

impl Waiting {
    /// Asks about `what`, which would end what `words` say.
    #[must_use]
    pub fn new(what: Confirm, words: String) -> Self {
        Self { what, words }
    }

    /// Draws it. False where it was answered.
    pub fn show(&self, ui: &Ui, actions: &mut Vec<Action>) -> bool {
        let (title, yes, no) = match self.what {
            Confirm::Quit => ("Close the window", "Close the window", "Keep it open"),
            Confirm::Close(_) => ("Close the study", "Close without saving", "Keep it open"),
        };
        let mut waits = !ui.input(|input| input.key_pressed(Key::Escape));
        let window = Window::new(title).id(egui::Id::unique("confirm")).resizable(false).collapsible(false);
        let top = ui.ctx().content_rect().center_top() + vec2(0.0, 160.0);
        window.pivot(Align2::CENTER_TOP).fixed_pos(top).show(ui.ctx(), |ui| {
            ui.set_width(400.0);
            ui.label(&self.words);
            ui.horizontal(|ui| {
                if ui.button(RichText::new(no).text_style(strong())).clicked() {
                    waits = false;
                }
                if matches!(self.what, Confirm::Close(_)) && ui.button("Save study…").clicked() {
                    actions.push(Action::Ask(Ask::SaveStudy));
                    waits = false;
                }
                if ui.add(Button::new(yes)).clicked() {
                    actions.push(Action::Confirm(self.what));
                    waits = false;
                }
            });
        });
        waits
    }
}
