//! Which questions are asked.

use super::deltas::DeltasField;
use super::paradigms::ParadigmsField;
use super::{Around, Place, source};
use crate::app::source::Source;
use crate::app::widgets::{choice, note, row, section};
use crate::app::words::counted;
use crate::study::{DeltaUnit, Layers, Scoring, Seeds, Study, Sweep, Syntax};
use egui::{DragValue, Ui};

/// Sources of pairs with a name: value, words, note.
const SOURCES: [(&str, &str, &str); 2] =
    [("demo", "demo", "the demo model's language"), ("blimp", "BLiMP", "67 paradigms, from the Hub")];

/// Texts that are being typed in the section.
#[derive(Default)]
pub struct Fields {
    sweep: DeltasField,
    syntax: DeltasField,
    paradigms: ParadigmsField,
}

/// Draws the section.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around, fields: &mut Fields) {
    section(ui, "Experiments", "");
    around.remark(ui, Place::Experiments);
    let shared = study.perturbation.deltas.clone();
    let unit = study.perturbation.delta_unit;
    let experiments = &mut study.experiments;

    let mut on = experiments.sweep.is_some();
    let hover = "What each δ costs in next-token loss, on the texts";
    if ui.checkbox(&mut on, "Sweep: next-token loss against δ").on_hover_text(hover).changed() {
        experiments.sweep = on.then(Sweep::default);
    }
    if let Some(settings) = &mut experiments.sweep {
        ui.indent("sweep", |ui| {
            let own = Own { seeds: settings.seeds.as_ref(), layers: settings.layers.as_ref() };
            if own.show(ui) {
                (settings.seeds, settings.layers) = (None, None);
            }
            if let Some(texts) = &mut settings.texts {
                row(ui, "Texts", "The first so many of the study's texts", |ui, label| {
                    ui.add(DragValue::new(texts).range(0..=1_000_000)).labelled_by(label);
                });
            }
            own_deltas(ui, "Sweep δ", &mut settings.deltas, &shared, &mut fields.sweep, unit);
        });
    }
    around.remark(ui, Place::Sweep);

    let mut on = experiments.syntax.is_some();
    let hover = "In how many minimal pairs the grammatical sentence is the likelier one";
    if ui.checkbox(&mut on, "Minimal pairs: accuracy against δ").on_hover_text(hover).changed() {
        experiments.syntax = on.then(Syntax::default);
    }
    if let Some(settings) = &mut experiments.syntax {
        let chosen = ui.indent("syntax", |ui| pairs(ui, settings, around, &shared, fields, unit)).inner;
        if let Some(value) = chosen {
            Source::Pairs.set(study, value);
        }
    }
    around.remark(ui, Place::Syntax);
}

/// The settings of the minimal pairs; another source of them, where one was chosen.
fn pairs(
    ui: &mut Ui,
    settings: &mut Syntax,
    around: &mut Around,
    shared: &[f64],
    fields: &mut Fields,
    unit: DeltaUnit,
) -> Option<&'static str> {
    let hover = "\"demo\" (built in), \"blimp\" (from the Hugging Face Hub), a .jsonl file in BLiMP's form, or a folder of \
                 them";
    let chosen = row(ui, "Pairs", hover, |ui, label| {
        source::field(ui, &mut settings.pairs, "demo, blimp, .jsonl or a folder", (label, "Pair sources"), |ui| {
            source::menu(ui, &SOURCES, (Source::Pairs, "A file or folder…"), around.actions)
        })
    });
    source::missing(ui, Source::Pairs, around);
    row(ui, "Items", "Pairs in all: as many of each paradigm, from the front", |ui, label| {
        ui.add(DragValue::new(&mut settings.items).range(0..=1_000_000)).labelled_by(label);
        let used = around.ready.and_then(|ready| ready.plan.as_ref().ok()).map(|plan| plan.pairs);
        if let Some(used) = used.filter(|used| *used != settings.items) {
            note(ui, format!("pairs asked for; {used} divide evenly"));
        } else {
            ui.label("pairs");
        }
    });
    let hover = "What a sentence's score is: of the log-probabilities of its tokens. lm-evaluation-harness takes the sum, with \
                 a space before the sentence and a beginning-of-sequence token before that; minicons takes the mean, with \
                 the tokenizer's own special tokens. Both whatever the texts' special tokens are.";
    row(ui, "Scored by", hover, |ui, _| {
        let values = [
            (Scoring::Sum, "sum of log-probabilities"),
            (Scoring::Mean, "mean of log-probabilities"),
            (Scoring::LmEval, "as lm-evaluation-harness"),
            (Scoring::Minicons, "as minicons"),
        ];
        choice(ui, "Scored by", 176.0, &mut settings.scoring, &values);
    });
    let known = around.ready.map_or(&[][..], |ready| &ready.paradigms);
    fields.paradigms.show(ui, &mut settings.paradigms, known);
    let own = Own { seeds: settings.seeds.as_ref(), layers: settings.layers.as_ref() };
    if own.show(ui) {
        (settings.seeds, settings.layers) = (None, None);
    }
    own_deltas(ui, "Pairs δ", &mut settings.deltas, shared, &mut fields.syntax, unit);
    chosen
}

/// An experiment's own δ grid, where it has one.
fn own_deltas(
    ui: &mut Ui,
    name: &str,
    own: &mut Option<Vec<f64>>,
    shared: &[f64],
    field: &mut DeltasField,
    unit: DeltaUnit,
) {
    let mut on = own.is_some();
    if ui.checkbox(&mut on, "Own δ grid").accessible_name(format!("Own grid: {name}")).changed() {
        *own = on.then(|| shared.to_vec());
    }
    if let Some(deltas) = own {
        field.show(ui, name, deltas, unit);
    }
}

/// Settings of an experiment that differ from the study's; the window shows them and can drop them.
struct Own<'a> {
    seeds: Option<&'a Seeds>,
    layers: Option<&'a Layers>,
}

impl Own<'_> {
    /// True where they are to go.
    fn show(&self, ui: &mut Ui) -> bool {
        let mut words = Vec::new();
        if let Some(seeds) = self.seeds {
            words.push(counted(seeds.values().len(), "seed", "seeds"));
        }
        if let Some(layers) = self.layers {
            words.push(format!("layers {layers}"));
        }
        if words.is_empty() {
            return false;
        }
        ui.horizontal(|ui| {
            note(ui, format!("Of its own: {}", words.join(", ")));
            ui.button("Use the study's").clicked()
        })
        .inner
    }
}
