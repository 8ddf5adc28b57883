//! The command palette: every command, found by typing a part of its name.

use super::action::Action;
use super::commands::Command;
use super::theme::palette;
use super::widgets::note;
use egui::{Align2, Button, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui, Window};

/// The palette while it is open.
#[derive(Default)]
pub struct CommandPalette {
    sought: String,
    /// Which of those found Enter does.
    place: usize,
    /// Frames in which the field still asks for the keyboard: the first may only measure the window.
    fresh: u8,
}

impl CommandPalette {
    /// An open palette.
    #[must_use]
    pub fn new() -> Self {
        Self { fresh: 3, ..Self::default() }
    }

    /// Draws it. False where it is done with.
    pub fn show(&mut self, ui: &Ui, commands: &[Command], actions: &mut Vec<Action>) -> bool {
        let found: Vec<&Command> = commands.iter().filter(|command| is_sought(command, &self.sought)).collect();
        let (mut open, mut done) = (true, None);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) {
            return false;
        }
        if pressed(Key::ArrowDown) {
            self.place += 1;
        }
        if pressed(Key::ArrowUp) {
            self.place = self.place.saturating_sub(1);
        }
        self.place = self.place.min(found.len().saturating_sub(1));
        if pressed(Key::Enter) {
            done = found.get(self.place).copied();
        }
        let top = ui.ctx().content_rect().center_top() + egui::vec2(0.0, 96.0);
        let window = Window::new("Command palette").open(&mut open).resizable(false).collapsible(false);
        window.pivot(Align2::CENTER_TOP).fixed_pos(top).show(ui.ctx(), |ui| {
            ui.set_width(480.0);
            let field = TextEdit::singleline(&mut self.sought).desired_width(f32::INFINITY).hint_text("What to do");
            let field = ui.add(field).accessible_name("Find a command");
            if self.fresh > 0 {
                self.fresh -= 1;
                field.request_focus();
            }
            if field.changed() {
                self.place = 0;
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show(ui, |ui| {
                for (i, command) in found.iter().enumerate() {
                    let words = format!("{}: {}", command.place.name(), command.words);
                    let mut button =
                        Button::selectable(i == self.place, &words).min_size(egui::vec2(ui.available_width(), 28.0));
                    if let Some(keys) = &command.keys {
                        button = button
                            .shortcut_text(RichText::new(ui.ctx().format_shortcut(keys)).color(palette(ui).muted));
                    } else {
                        button = button.shortcut_text("");
                    }
                    let response = ui.add_enabled(command.why_not.is_none(), button).accessible_name(words);
                    if i == self.place {
                        response.scroll_to_me(None);
                    }
                    if response.on_disabled_hover_text(command.why_not.unwrap_or_default()).clicked() {
                        done = Some(command);
                    }
                }
                if found.is_empty() {
                    note(ui, "No command is called so");
                }
            });
        });
        match done {
            Some(command) if command.why_not.is_none() => {
                actions.push(command.action.clone());
                false
            }
            _ => open,
        }
    }
}

/// Whether every word of `sought` is part of the command's name or of its menu's.
fn is_sought(command: &Command, sought: &str) -> bool {
    // No keyboard has the dash of Q–K.
    let typed = |words: &str| words.to_lowercase().replace('–', "-");
    let name = typed(&format!("{} {}", command.place.name(), command.words));
    typed(sought).split_whitespace().all(|word| name.contains(word))
}
