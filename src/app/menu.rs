//! The menus at the top, and the name of what is open.

use super::action::{Action, Ask};
use super::theme::palette;
use egui::{Align, Button, Key, KeyboardShortcut, Layout, MenuBar, Modifiers, RichText, Stroke, ThemePreference, Ui};

/// Keys that do what a menu or the bar does.
pub const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Save the study.
pub const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
/// Run.
pub const RUN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
/// Pause, or go on.
pub const PAUSE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::P);
/// Quit.
pub const QUIT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Q);

/// What the menus remember and show.
#[derive(Default)]
pub struct Menu {
    /// Whether frame times are shown in the bar.
    pub frame_times: bool,
    about: bool,
    shortcuts: bool,
}

impl Menu {
    /// Draws the bar. `name` is what is open, `exportable` whether there are results.
    pub fn show(&mut self, ui: &mut Ui, name: &str, exportable: bool, going: bool, actions: &mut Vec<Action>) {
        MenuBar::new().ui(ui, |ui| {
            ui.menu_button("File", |ui| file(ui, exportable, going, actions));
            ui.menu_button("View", |ui| self.view(ui));
            ui.menu_button("Help", |ui| {
                if ui.button("Keyboard shortcuts").clicked() {
                    self.shortcuts = true;
                }
                if ui.button("About Polarscope").clicked() {
                    self.about = true;
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(name).color(palette(ui).muted)).truncate());
            });
        });
        self.windows(ui);
    }

    fn view(&mut self, ui: &mut Ui) {
        // Menus draw controls without a rim, and a ring is all that a radio button has.
        ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, palette(ui).muted);
        let context = ui.ctx().clone();
        let mut theme = context.options(|options| options.theme_preference);
        for (value, words) in [
            (ThemePreference::Light, "Light"),
            (ThemePreference::Dark, "Dark"),
            (ThemePreference::System, "As the system"),
        ] {
            if ui.radio_value(&mut theme, value, words).changed() {
                context.set_theme(theme);
            }
        }
        ui.separator();
        let zoom = context.zoom_factor();
        for (words, to) in [("Larger", zoom + 0.1), ("Smaller", zoom - 0.1), ("Normal size", 1.0)] {
            let keys = match words {
                "Larger" => "Ctrl +",
                "Smaller" => "Ctrl −",
                _ => "Ctrl 0",
            };
            if ui.add(Button::new(words).stroke(Stroke::NONE).shortcut_text(keys)).clicked() {
                context.set_zoom_factor(to.clamp(0.5, 3.0));
            }
        }
        ui.separator();
        ui.checkbox(&mut self.frame_times, "Frame times").on_hover_text("Shows how long the window's own work takes");
    }

    fn windows(&mut self, ui: &Ui) {
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
            ui.label(
                RichText::new(format!("Built from commit {}", env!("POLARSCOPE_COMMIT")))
                    .small()
                    .color(palette(ui).muted),
            );
            ui.label(
                RichText::new("Licensed under MIT or Apache-2.0; the Inter typeface under the SIL Open Font License")
                    .small()
                    .color(palette(ui).muted),
            );
        });
        window("Keyboard shortcuts").open(&mut self.shortcuts).show(ui.ctx(), |ui| {
            egui::Grid::new("shortcuts").num_columns(2).spacing([24.0, 8.0]).show(ui, |ui| {
                for (what, keys) in [
                    ("Run, or resume an unfinished file", &RUN),
                    ("Pause, or go on", &PAUSE),
                    ("Open…", &OPEN),
                    ("Save study…", &SAVE),
                    ("Quit", &QUIT),
                ] {
                    ui.label(what);
                    ui.label(RichText::new(ui.ctx().format_shortcut(keys)).monospace());
                    ui.end_row();
                }
                ui.label("Larger, smaller, normal size");
                ui.label(RichText::new("Ctrl +, Ctrl −, Ctrl 0").monospace());
                ui.end_row();
            });
        });
    }
}

fn file(ui: &mut Ui, exportable: bool, going: bool, actions: &mut Vec<Action>) {
    let mut item =
        |ui: &mut Ui, words: &str, keys: Option<&KeyboardShortcut>, why_not: Option<&str>, action: Action| {
            let mut button = Button::new(words).stroke(Stroke::NONE);
            if let Some(keys) = keys {
                button = button.shortcut_text(ui.ctx().format_shortcut(keys));
            }
            let response =
                ui.add_enabled(why_not.is_none(), button).on_disabled_hover_text(why_not.unwrap_or_default());
            if response.clicked() {
                actions.push(action);
            }
        };
    let running = going.then_some("A run is going; cancel it first");
    let nothing = (!exportable).then_some("There are no results yet: press Run, or open a study file");
    item(ui, "New study from the demo", None, running, Action::NewDemo);
    item(ui, "Open…", Some(&OPEN), running, Action::Ask(Ask::Open));
    item(ui, "Published results", None, running, Action::OpenPublished);
    item(ui, "Save study…", Some(&SAVE), None, Action::Ask(Ask::SaveStudy));
    ui.separator();
    item(ui, "Export table…", None, nothing, Action::Ask(Ask::ExportTable));
    item(ui, "Export trials…", None, nothing, Action::Ask(Ask::ExportTrials));
    ui.separator();
    item(ui, "Quit", Some(&QUIT), None, Action::Quit);
}
