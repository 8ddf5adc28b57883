//! Exporting a figure: how it is to look, a preview at its true size, and its files.

mod controls;
mod preview;

use super::action::Action;
use super::file_dialog::{FileDialog, Pick};
use super::summary::Summary;
use super::theme::{palette, strong};
use super::widgets::{Tone, note, remark};
use crate::figure::{FigureFormat, FigureView, Style};
use egui::{Button, Context, Key, Panel, RichText, ScrollArea, TextEdit, Ui, Window, vec2};
use preview::{Preview, Question, Writer};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is chosen of how figures are exported; it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// How figures look.
    pub style: Style,
    /// The forms that are written.
    pub formats: Vec<FigureFormat>,
    /// Whether the preview has its true size; else it fits.
    pub true_size: bool,
}

impl Default for Choice {
    fn default() -> Self {
        let formats =
            vec![FigureFormat::Svg, FigureFormat::Pdf, FigureFormat::Png, FigureFormat::Csv, FigureFormat::Text];
        Self { style: Style::default(), formats, true_size: true }
    }
}

/// The dialog.
pub struct Exporter {
    studies: Vec<Arc<Summary>>,
    /// The figure.
    id: &'static str,
    view: FigureView,
    choice: Choice,
    /// Where its files go: a path without an ending.
    path: String,
    /// What was proposed for it.
    proposed: String,
    name: String,
    dialog: FileDialog,
    preview: Preview,
    writer: Writer,
    /// What was written, or why not.
    outcome: Option<Result<String, String>>,
}

impl Exporter {
    /// Of `studies`, the first of which is shown, beginning with the figure `id` as `view` has it. Files are named after
    /// `name`.
    #[must_use]
    pub fn new(
        context: &Context,
        studies: Vec<Arc<Summary>>,
        (id, view): (&'static str, FigureView),
        choice: Choice,
        name: &str,
    ) -> Self {
        let proposed = format!("{name}-{id}");
        Self {
            studies,
            id,
            view,
            choice,
            path: proposed.clone(),
            proposed,
            name: name.to_owned(),
            dialog: FileDialog::default(),
            preview: Preview::start(context.clone()),
            writer: Writer::start(context.clone()),
            outcome: None,
        }
    }

    /// What is chosen, to be remembered.
    #[must_use]
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    fn question(&self, pixels_per_point: f32) -> Question {
        Question {
            studies: self.studies.clone(),
            id: self.id,
            view: self.view.clone(),
            style: self.choice.style.clone(),
            pixels_per_point,
        }
    }

    /// Draws it. False where it is done with.
    pub fn show(&mut self, ui: &Ui, folder: &Path, actions: &mut Vec<Action>) -> bool {
        if let Some(path) = self.dialog.poll() {
            self.path = path.with_extension("").to_string_lossy().into_owned();
        }
        if let Some(outcome) = self.writer.news() {
            self.outcome = Some(outcome);
        }
        self.preview.ask(self.question(ui.ctx().pixels_per_point()));
        let mut open = !ui.input(|input| input.key_pressed(Key::Escape));
        let room = ui.ctx().content_rect().size();
        let size = vec2((room.x - 64.0).clamp(320.0, 1240.0), (room.y - 112.0).clamp(240.0, 1600.0));
        let window = Window::new("Export figure").open(&mut open).collapsible(false).default_size(size).max_size(size);
        let top = ui.ctx().content_rect().center_top() + vec2(0.0, 48.0);
        window.pivot(egui::Align2::CENTER_TOP).default_pos(top).resizable(true).show(ui.ctx(), |ui| {
            Panel::left("export controls").exact_size(304.0).resizable(false).show(ui, |ui| {
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| self.controls(ui));
            });
            Panel::bottom("export files").resizable(false).show(ui, |ui| self.files(ui, folder, actions));
            let frame = egui::Frame::NONE.inner_margin(egui::Margin { left: 12, ..egui::Margin::ZERO });
            egui::CentralPanel::default().frame(frame).show(ui, |ui| self.preview(ui));
        });
        open
    }

    fn preview(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Preview").text_style(strong()));
            let true_size = self.choice.true_size;
            for (is_true, words, hover) in [
                (true, "True size", "As large as in print, where the screen says how large its points are"),
                (false, "Fit", "All of it"),
            ] {
                if ui.add(Button::selectable(true_size == is_true, words)).on_hover_text(hover).clicked() {
                    self.choice.true_size = is_true;
                }
            }
            if let Some(Ok(drawing)) = self.preview.drawing() {
                note(ui, drawing.size_words());
            }
        });
        match self.preview.drawing() {
            None => drop(note(ui, "Drawing…")),
            Some(Err(why)) => drop(remark(ui, Tone::Error, why)),
            Some(Ok(drawing)) => {
                ui.add_space(2.0);
                let height = (ui.available_height() - 76.0).max(96.0);
                ScrollArea::both().id_salt("preview").auto_shrink(false).max_height(height).show(ui, |ui| {
                    drawing.show(ui, self.choice.true_size, self.preview.is_current());
                });
                ScrollArea::vertical().id_salt("caption").auto_shrink([false, true]).max_height(72.0).show(ui, |ui| {
                    ui.add(
                        egui::Label::new(RichText::new(&drawing.caption).small().color(palette(ui).muted))
                            .wrap()
                            .selectable(true),
                    );
                });
            }
        }
    }

    /// Where the files go, and the buttons.
    fn files(&mut self, ui: &mut Ui, folder: &Path, actions: &mut Vec<Action>) {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let label = ui.label("File name");
            let width = (ui.available_width() - 112.0).max(120.0);
            ui.add(TextEdit::singleline(&mut self.path).desired_width(width)).labelled_by(label.id);
            let button = ui.add_enabled(!self.dialog.is_open(), Button::new("Browse…"));
            if button.on_disabled_hover_text("The file dialog is open").clicked() {
                let name = Path::new(&self.path).file_name().map(|name| name.to_string_lossy().into_owned());
                self.dialog.open(folder, Pick::New, name.unwrap_or_default(), None);
            }
        });
        if self.dialog.is_unanswered() {
            note(ui, "No file was chosen, or this desktop has no file dialog to offer; the path can be typed.");
        }
        let endings: Vec<&str> = self.choice.formats.iter().map(|format| format.ending()).collect();
        note(ui, format!("Relative to {}; each form with its ending: {}", folder.display(), endings.join(", ")));
        ui.horizontal(|ui| {
            let drawn = matches!(self.preview.drawing(), Some(Ok(_)));
            let why_not = match () {
                () if !drawn => Some("There is no figure to write"),
                () if self.choice.formats.is_empty() => Some("Choose a form first"),
                () if self.path.trim().is_empty() => Some("Name the file first"),
                () if self.writer.is_busy() => Some("It is being written"),
                () => None,
            };
            let text = RichText::new("Export").text_style(strong()).color(palette(ui).text);
            let button = ui.add_enabled(why_not.is_none(), Button::new(text));
            if button.on_disabled_hover_text(why_not.unwrap_or_default()).clicked() {
                let path = folder.join(self.path.trim());
                self.outcome = None;
                self.writer.write(self.question(1.0), self.choice.formats.clone(), path);
            }
            let button = ui.add_enabled(drawn, Button::new("Copy figure"));
            let hover = format!("Put the picture on the clipboard, {} dpi", self.choice.style.dpi);
            if button.on_hover_text(hover).clicked() {
                self.writer.copy(self.question(1.0));
            }
            if ui.add_enabled(drawn, Button::new("Copy caption")).clicked()
                && let Some(Ok(drawing)) = self.preview.drawing()
            {
                actions.push(Action::CopyText(drawing.caption.clone(), "The caption is copied"));
            }
        });
        match &self.outcome {
            Some(Ok(words)) => drop(remark(ui, Tone::Good, words)),
            Some(Err(why)) => drop(remark(ui, Tone::Error, why)),
            None => {}
        }
        ui.add_space(4.0);
    }

    /// Whether something is waited for that comes without a frame.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.dialog.is_open()
    }
}

/// The files of a figure in `formats`, whose path without an ending is `path`.
fn paths(path: &Path, formats: &[FigureFormat]) -> Vec<PathBuf> {
    let with = |format: &FigureFormat| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}", format.ending()));
        PathBuf::from(name)
    };
    formats.iter().map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_added_to_the_whole_name() {
        let made = paths(Path::new("a b/pythia-1.4b-Ω"), &[FigureFormat::Svg, FigureFormat::Text]);
        assert_eq!(made, [PathBuf::from("a b/pythia-1.4b-Ω.svg"), PathBuf::from("a b/pythia-1.4b-Ω.txt")]);
    }
}
