//! The menus at the top, and the windows that they open.

use super::action::Action;
use super::commands::{Command, Place};
use super::theme::palette;
use egui::{Button, Key, MenuBar, RichText, Stroke, Ui};

/// What the menus remember.
#[derive(Default)]
pub struct Menu {
    /// Whether the program says what it is.
    pub about: bool,
    /// Whether the keys are shown.
    pub shortcuts: bool,
}

impl Menu {
    /// Draws the menus of `commands`, and `after` at their right.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        commands: &[Command],
        actions: &mut Vec<Action>,
        after: impl FnOnce(&mut Ui, &mut Vec<Action>),
    ) {
        MenuBar::new().ui(ui, |ui| {
            for place in [Place::File, Place::Edit, Place::View, Place::Run, Place::Help] {
                let menu = ui.menu_button(place.name(), |ui| {
                    if place == Place::View {
                        ui.menu_button(Place::Panels.name(), |ui| items(ui, commands, Place::Panels, actions));
                        ui.separator();
                    }
                    items(ui, commands, place, actions);
                });
                // A button in the bar below is called Run as well.
                if place == Place::Run {
                    menu.response.accessible_name("Run menu");
                }
            }
            ui.add_space(16.0);
            after(ui, actions);
        });
        self.windows(ui, commands);
    }

    fn windows(&mut self, ui: &Ui, commands: &[Command]) {
        if (self.about || self.shortcuts) && ui.input(|input| input.key_pressed(Key::Escape)) {
            (self.about, self.shortcuts) = (false, false);
        }
        let window = |name: &str| {
            egui::Window::new(name.to_owned())
                .resizable(false)
                .collapsible(false)
                .pivot(egui::Align2::CENTER_CENTER)
                .default_pos(ui.ctx().content_rect().center())
        };
        window("About Polarscope").open(&mut self.about).show(ui.ctx(), |ui| {
            ui.set_width(400.0);
            ui.label(format!("Polarscope {}", env!("CARGO_PKG_VERSION")));
            ui.label(
                "An instrument for what the direction and the length of a transformer's hidden states each carry. It \
                 moves hidden states by the same distance along themselves and around the sphere, and measures what \
                 breaks.",
            );
            for words in [
                concat!("Built from commit ", env!("POLARSCOPE_COMMIT")),
                "Licensed under MIT or Apache-2.0; the Inter typeface under the SIL Open Font License",
            ] {
                ui.label(RichText::new(words).small().color(palette(ui).muted));
            }
        });
        window("Keyboard shortcuts").open(&mut self.shortcuts).show(ui.ctx(), |ui| shortcuts(ui, commands));
    }
}

fn items(ui: &mut Ui, commands: &[Command], place: Place, actions: &mut Vec<Action>) {
    let mut group = None;
    for command in commands.iter().filter(|command| command.place == place) {
        if group.is_some_and(|group| group != command.group) {
            ui.separator();
        }
        group = Some(command.group);
        let mut button = match command.chosen {
            Some(chosen) => Button::selectable(chosen, &command.words),
            None => Button::new(&command.words).stroke(Stroke::NONE),
        };
        if let Some(keys) = &command.keys {
            button = button.shortcut_text(ui.ctx().format_shortcut(keys));
        }
        // Without its keys, which are part of the button's text.
        let response = ui.add_enabled(command.why_not.is_none(), button).accessible_name(&command.words);
        if response.on_disabled_hover_text(command.why_not.unwrap_or_default()).clicked() {
            actions.push(command.action.clone());
        }
    }
}

fn shortcuts(ui: &mut Ui, commands: &[Command]) {
    egui::Grid::new("shortcuts").num_columns(4).spacing([24.0, 8.0]).show(ui, |ui| {
        let keyed = commands.iter().filter_map(|command| Some((command.words.as_str(), command.keys.as_ref()?)));
        let all: Vec<(&str, &egui::KeyboardShortcut)> =
            [("Command palette", &super::commands::PALETTE)].into_iter().chain(keyed).collect();
        let rows = all.len().div_ceil(2);
        for row in 0..rows {
            for (words, keys) in [row, row + rows].into_iter().filter_map(|i| all.get(i)) {
                ui.label(*words);
                ui.label(RichText::new(ui.ctx().format_shortcut(keys)).monospace());
            }
            ui.end_row();
        }
    });
}
