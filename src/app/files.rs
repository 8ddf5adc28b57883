//! Asking for a path: a field to type it in, and the desktop's file dialog where there is one.

use super::action::{Action, Ask, Export};
use super::file_dialog::{FileDialog, Pick};
use super::source::Source;
use super::theme::palette;
use super::widgets::note;
use crate::figure::{Format, TableView};
use egui::{Align2, Key, RichText, TextEdit, Ui, Window};
use std::path::Path;

/// The question that is open.
pub struct Question {
    ask: Ask,
    path: String,
    /// The name of the table that is shown, and how it is looked at.
    table: &'static str,
    view: TableView,
    form: Format,
    dialog: FileDialog,
    /// Frames in which the field still asks for the keyboard: the first may only measure the window.
    fresh: u8,
}

impl Question {
    /// Asks; `name` is what is proposed, without its ending.
    #[must_use]
    pub fn new(ask: Ask, name: &str, (table, view): (&'static str, TableView)) -> Self {
        let (path, form) = (String::new(), Format::Csv);
        let mut question = Self { ask, path, table, view, form, dialog: FileDialog::default(), fresh: 3 };
        question.path = match ask {
            Ask::Open | Ask::Source(_) => String::new(),
            Ask::SaveStudy => format!("{name}.toml"),
            Ask::ExportTable => question.table_name(name),
            Ask::ExportReport => format!("{name}-report.html"),
            Ask::ExportCard => format!("{name}-card.md"),
            Ask::ExportAll => format!("{name}-export"),
            Ask::ExportTrials => format!("{name}-trials.csv"),
        };
        question
    }

    fn table_name(&self, name: &str) -> String {
        format!("{name}-{}.{}", self.table, self.form.words().1)
    }

    /// Draws it. False where it is done with.
    pub fn show(&mut self, ui: &Ui, name: &str, folder: &Path, actions: &mut Vec<Action>) -> bool {
        self.poll();
        let mut open = !ui.input(|input| input.key_pressed(Key::Escape));
        let mut done = false;
        let (title, button) = match self.ask {
            Ask::Open => ("Open", "Open"),
            Ask::SaveStudy => ("Save study", "Save"),
            Ask::ExportTable => ("Export table", "Export"),
            Ask::ExportTrials => ("Export trials", "Export"),
            Ask::ExportReport => ("Export report", "Export"),
            Ask::ExportCard => ("Export card", "Export"),
            Ask::ExportAll => ("Export all", "Export"),
            Ask::Source(Source::Model) => ("Model", "Use it"),
            Ask::Source(Source::Texts) => ("Texts", "Use them"),
            Ask::Source(Source::Pairs) => ("Minimal pairs", "Use them"),
            Ask::Source(Source::Direction) => ("Directions", "Use them"),
        };
        let window = Window::new(title).open(&mut open).resizable(false).collapsible(false);
        let top = ui.ctx().content_rect().center_top() + egui::vec2(0.0, 120.0);
        window.pivot(Align2::CENTER_TOP).default_pos(top).show(ui.ctx(), |ui| {
            ui.set_width(440.0);
            note(ui, match self.ask {
                Ask::Open => "A study file (.polar) with its results, or a study (.toml). A file can also be dropped on the window.",
                Ask::SaveStudy => "The study that is set up, as TOML that runs with polarscope run as well.",
                Ask::ExportTable => "The table that is shown. CSV and JSON have every digit; Markdown, LaTeX (with booktabs) and TSV are for people.",
                Ask::ExportTrials => "Every trial with every digit: a line of CSV, or, where the name ends in .parquet, typed columns.",
                Ask::ExportReport => "One page with figures, tables, verdicts, provenance and limits, to read and to print. HTML without scripts.",
                Ask::ExportCard => "What has to be the same for the numbers to come out again: versions, hashes, device, seeds. Markdown, or JSON where the name ends in .json.",
                Ask::ExportAll => "Every figure and table, trials, card and report, into a new folder.",
                Ask::Source(Source::Model) => "A folder in Hugging Face layout (config.json, tokenizer, weights), or a .gguf file.",
                Ask::Source(Source::Texts) => "A text file with one text a line, or .jsonl with a \"text\" field in each line.",
                Ask::Source(Source::Pairs) => "A .jsonl file in BLiMP's form (sentence_good, sentence_bad), or a folder of them.",
                Ask::Source(Source::Direction) => "A safetensors file with a tensor \"direction\": one for all layers [hidden], or one for each [layers, hidden].",
            });
            if self.ask == Ask::ExportTable {
                self.table_choice(ui, name);
                if !self.view.hidden.is_empty() {
                    note(ui, format!("Columns that are hidden are left out: {}.", self.view.hidden.len()));
                }
            }
            ui.horizontal(|ui| {
                let label = ui.label("File");
                let field = TextEdit::singleline(&mut self.path).desired_width(268.0);
                let field = ui.add(field).labelled_by(label.id);
                if self.fresh > 0 {
                    self.fresh -= 1;
                    field.request_focus();
                }
                done |= field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                let waiting = self.dialog.is_open();
                let dialogs: &[(&str, Pick)] = match self.ask {
                    Ask::Source(Source::Model | Source::Pairs) => &[("File…", Pick::File), ("Folder…", Pick::Folder)],
                    Ask::Open | Ask::Source(Source::Texts | Source::Direction) => &[("Browse…", Pick::File)],
                    _ => &[("Browse…", Pick::New)],
                };
                for (words, pick) in dialogs {
                    let button = ui.add_enabled(!waiting, egui::Button::new(*words));
                    if button.on_disabled_hover_text("The file dialog is open").clicked() {
                        self.browse(folder, *pick);
                    }
                }
            });
            if self.dialog.is_unanswered() {
                note(ui, "No file was chosen, or this desktop has no file dialog to offer; the path can be typed.");
            }
            note(ui, format!("Relative to {}", folder.display()));
            ui.horizontal(|ui| {
                let why = "Type the path of a file first";
                let typed = !self.path.trim().is_empty();
                let text = RichText::new(button).text_style(super::theme::strong()).color(palette(ui).text);
                done |= ui.add_enabled(typed, egui::Button::new(text)).on_disabled_hover_text(why).clicked();
                done &= typed;
            });
        });
        if done {
            let path = folder.join(self.path.trim());
            actions.push(match self.ask {
                Ask::Open => Action::Open(path),
                Ask::SaveStudy => Action::SaveStudy(path),
                Ask::ExportTable => Action::Export(Export::Table(self.table, self.form, self.view.clone()), path),
                Ask::ExportTrials => Action::Export(Export::Trials, path),
                Ask::ExportReport => Action::Export(Export::Report, path),
                Ask::ExportCard => Action::Export(Export::Card, path),
                Ask::ExportAll => Action::Export(Export::All, path),
                Ask::Source(source) => Action::Use(source, path),
            });
        }
        open && !done
    }

    fn table_choice(&mut self, ui: &mut Ui, name: &str) {
        let before = self.table_name(name);
        ui.horizontal(|ui| {
            for form in Format::ALL {
                ui.radio_value(&mut self.form, form, form.words().0);
            }
        });
        // The name goes along, unless it was changed.
        if self.path == before {
            self.path = self.table_name(name);
        }
    }

    fn browse(&mut self, folder: &Path, pick: Pick) {
        let name =
            Path::new(&self.path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let filter = (self.ask == Ask::Open).then_some(("Studies and study files", &["polar", "toml"][..]));
        self.dialog.open(folder, pick, name, filter);
    }

    fn poll(&mut self) {
        if let Some(path) = self.dialog.poll() {
            self.path = path.to_string_lossy().into_owned();
        }
    }

    /// Whether something is waited for that comes without a frame.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.dialog.is_open()
    }
}
