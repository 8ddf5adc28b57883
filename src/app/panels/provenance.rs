//! Where the numbers come from: what the study file says of the program, the device, the files, and the study as it was
//! run.

use super::{Shown, empty};
use crate::app::action::Action;
use crate::app::theme::{palette, strong, title};
use crate::app::widgets::note;
use crate::error::{Interface, Result};
use crate::experiment::{Origin, Results};
use crate::findings::layers_written;
use crate::published;
use crate::store::Store;
use crate::study;
use crate::visible::{self, visible};
use egui::{Align, Grid, Label, Layout, Rect, RichText, ScrollArea, Sense, TextStyle, Ui, UiBuilder, vec2};
use std::path::Path;

/// What is known of where results come from; read on the keeper's thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// What the study file says, by key.
    pub entries: Vec<(String, String)>,
    /// The study as it was run.
    pub toml: String,
    /// Its settings in words, the defaults among them.
    pub settings: Vec<(String, String)>,
    /// Why there is less than there should be.
    pub missing: Option<String>,
}

/// Keys of a study file in words, in the order in which they are shown.
const WORDS: [(&str, &str); 20] = [
    ("source", "Source"),
    ("values", "Values"),
    ("program_version", "Program version"),
    ("program_commit", "Program commit"),
    ("schema_version", "Schema of the file"),
    ("model_id", "Model"),
    ("model_family", "Family"),
    ("model_shape", "Shape"),
    ("model_vocabulary", "Vocabulary"),
    ("model_commit", "Commit of the model"),
    ("weights_stored_as", "Weights stored as"),
    ("dtype", "Weights used as"),
    ("device", "Device"),
    ("driver", "Driver"),
    ("texts_sha256", "SHA-256 of the texts"),
    ("texts_available", "Texts in the source"),
    ("texts_passing", "Texts that pass the filter"),
    ("pairs_sha256", "SHA-256 of the pairs"),
    ("direction_sha256", "SHA-256 of the direction"),
    ("tokens_per_batch", "Tokens per batch"),
];

impl Provenance {
    /// Of `results`, which the study file at `file` holds.
    #[must_use]
    pub fn of(results: &Results, file: &Path) -> Self {
        let toml = study::to_toml(&results.study);
        let settings = settings(results);
        match &results.origin {
            Origin::Published { source, .. } => {
                let entries = vec![
                    ("source".to_owned(), source.clone()),
                    ("values".to_owned(), format!("as printed; no study file holds them (\"{}\")", published::NAME)),
                ];
                Self { entries, toml, settings, missing: None }
            }
            Origin::Run => match read(file) {
                Ok(entries) => Self { entries, toml, settings, missing: None },
                Err(error) => Self { toml, settings, missing: Some(error.words(Interface::Window)), ..Self::default() },
            },
        }
    }

    /// What the file says, in words, the known keys first.
    fn lines(&self) -> Vec<(String, &str)> {
        let place = |key: &str| WORDS.iter().position(|(known, _)| *known == key);
        let mut lines: Vec<(Option<usize>, String, &str)> = Vec::new();
        for (key, value) in &self.entries {
            let words = match (place(key), key.split_once(' ')) {
                (Some(place), _) => WORDS[place].1.to_owned(),
                (None, Some(("sha256", name))) => format!("SHA-256 of {name}"),
                (None, Some(("remark", number))) => format!("Remark {number}"),
                (None, _) => key.replace('_', " "),
            };
            lines.push((place(key), words, value));
        }
        lines.sort_by_key(|(place, ..)| place.unwrap_or(WORDS.len()));
        lines.into_iter().map(|(_, words, value)| (words, value)).collect()
    }

    /// All of it as text; what cannot be seen in it is written out.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |name: &str, value: &str| format!("{}\t{}", visible::line(name), visible::line(value));
        let entries: Vec<String> = self.lines().iter().map(|(name, value)| line(name, value)).collect();
        let settings: Vec<String> = self.settings.iter().map(|(name, value)| line(name, value)).collect();
        format!("{}\n\n{}\n\n{}", entries.join("\n"), settings.join("\n"), visible(&self.toml))
    }
}

fn read(file: &Path) -> Result<Vec<(String, String)>> {
    Ok(Store::open(file)?.provenance()?.into_iter().collect())
}

/// The settings that decide the comparison, the defaults among them.
fn settings(results: &Results) -> Vec<(String, String)> {
    let study = &results.study;
    let of = &study.perturbation;
    let list = |numbers: &[f64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let modes: Vec<String> = of.modes.iter().map(ToString::to_string).collect();
    let mut all = vec![
        ("Protocol".to_owned(), of.protocol_label()),
        ("Modes".to_owned(), modes.join(", ")),
        ("Layers".to_owned(), of.layers.to_string()),
        ("δ".to_owned(), format!("{} ({})", list(&of.deltas), of.delta_unit.label())),
        ("Seeds".to_owned(), of.seeds.values().len().to_string()),
        ("Study seed".to_owned(), study.seed.to_string()),
    ];
    for mode in &of.modes {
        let [matching, coherence, pairing, rotation] = of.settings(*mode).words();
        let words = format!("matching {matching}, coherence {coherence}, pairing {pairing}, rotation {rotation}");
        all.push((format!("Under {mode}"), words));
    }
    for (kind, shape) in &results.shapes {
        let read = match layers_written(&shape.read_layers) {
            read if read.is_empty() => String::new(),
            read => format!(", read {read}"),
        };
        let disturbed = match layers_written(&shape.layers) {
            layers if layers.is_empty() => "layers by run".to_owned(),
            layers => format!("layers {layers}"),
        };
        all.push((kind.title().to_owned(), format!("{disturbed}{read}")));
    }
    all
}

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown) {
    let Some(summary) = shown.summary else {
        empty::large(ui, shown, &[], "what was run: model, texts, program, device, and their checksums");
        return;
    };
    let of = &summary.provenance;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Where the numbers come from").text_style(title()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hover = "Put all of this on the clipboard: what the file says, the settings and the study as TOML";
            if ui.button("Copy").on_hover_text(hover).clicked() {
                shown.actions.push(Action::CopyText(of.text(), "The provenance is copied"));
            }
        });
    });
    if let Some(why) = &of.missing {
        note(ui, format!("The study file cannot be read: {why}"));
    }
    let room = ui.available_rect_before_wrap();
    let wide = room.width() >= 640.0;
    let left = if wide {
        Rect::from_min_size(room.min, vec2(0.55 * room.width() - 12.0, room.height()))
    } else {
        Rect::from_min_size(room.min, vec2(room.width(), 0.5 * room.height() - 4.0))
    };
    let right = if wide {
        Rect::from_min_max(left.right_top() + vec2(24.0, 0.0), room.max)
    } else {
        Rect::from_min_max(left.left_bottom() + vec2(0.0, 8.0), room.max)
    };
    let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside(left), |ui| {
        ScrollArea::vertical().id_salt("provenance").auto_shrink(false).show(ui, |ui| {
            let file = summary.file.display().to_string();
            let of_file =
                if summary.origin == Origin::Run { vec![("Study file".to_owned(), file.as_str())] } else { Vec::new() };
            let is_run = summary.origin == Origin::Run;
            let name = if is_run { "What the study file says" } else { "What is known of them" };
            // Beside the bar, not under it.
            ui.set_width(ui.available_width() - 12.0);
            section(ui, name, of_file.into_iter().chain(of.lines()));
            ui.add_space(12.0);
            section(ui, "Settings", of.settings.iter().map(|(name, value)| (name.clone(), value.as_str())));
        });
    });
    ui.scope_builder(inside(right), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("The study as run").text_style(strong()));
            if ui.small_button("Copy TOML").on_hover_text("Put the study on the clipboard").clicked() {
                shown.actions.push(Action::CopyText(of.toml.clone(), "The study is copied as TOML"));
            }
        });
        ScrollArea::both().id_salt("toml").auto_shrink(false).show(ui, |ui| {
            let words = RichText::new(visible(&of.toml)).text_style(TextStyle::Monospace);
            ui.add(Label::new(words).selectable(true).extend());
        });
    });
    ui.allocate_rect(room, Sense::hover());
}

/// Width of the names.
const NAMES: f32 = 176.0;

/// Names beside values, under a heading.
fn section<'a>(ui: &mut Ui, name: &str, lines: impl Iterator<Item = (String, &'a str)>) {
    let muted = palette(ui).muted;
    ui.label(RichText::new(name).text_style(strong()));
    Grid::new(name).num_columns(2).spacing(vec2(16.0, 4.0)).show(ui, |ui| {
        for (name, value) in lines {
            ui.allocate_ui_with_layout(vec2(NAMES, 20.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(NAMES);
                ui.add(Label::new(RichText::new(visible::line(&name)).color(muted)).wrap());
            });
            let hash = value.len() == 64 && value.chars().all(|c| c.is_ascii_hexdigit());
            let style = if hash { crate::app::theme::small_numbers() } else { TextStyle::Body };
            let words = RichText::new(visible(value)).text_style(style);
            let label = Label::new(words).selectable(true);
            // Sentences and paths are read whole; of a checksum, what is cut shows itself on hover.
            ui.add(if hash { label.truncate() } else { label.wrap() });
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_comes_first_and_everything_is_copied() {
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let of = Provenance {
            entries: vec![
                entry("batch 3 ran in parts, for want of memory", "2"),
                entry("device", "cpu"),
                entry("model_vocabulary", "512"),
                entry("program_version", "0.1.0"),
                entry("sha256 model.safetensors", "abc"),
            ],
            toml: "name = \"it\"\n".to_owned(),
            settings: vec![entry("Protocol", "strict")],
            missing: None,
        };
        let names: Vec<String> = of.lines().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "Program version",
                "Vocabulary",
                "Device",
                "batch 3 ran in parts, for want of memory",
                "SHA-256 of model.safetensors"
            ]
        );
        let text = of.text();
        let hostile = Provenance { entries: vec![entry("model_id", "a\u{1b}[31m\nb")], ..of.clone() };
        assert!(hostile.text().starts_with("Model\ta\\u{1b}[31m\\u{a}b\n"), "{}", hostile.text());
        assert!(
            text.contains("Device\tcpu\n") && text.contains("Protocol\tstrict\n") && text.ends_with("name = \"it\"\n")
        );
    }
}
