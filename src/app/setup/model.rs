//! Which model.

use super::{Around, Place, models, source};
use crate::app::prepare::Ready;
use crate::app::source::Source;
use crate::app::widgets::{choice, note, row, section};
use crate::app::words::count;
use crate::device;
use crate::study::{Dtype, Study};
use egui::{TextEdit, Ui};

/// Draws the section.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around) {
    section(ui, "Model", "");
    let hover = "\"demo\" (built in), a repository of the Hugging Face Hub, a folder in its layout, or a .gguf file";
    let chosen = row(ui, "Model", hover, |ui, label| {
        let hint = "demo, owner/name, a folder or a .gguf file";
        source::field(ui, &mut study.model.id, hint, (label, "Models"), |ui| models::menu(ui, around.actions))
    });
    if let Some(id) = chosen {
        Source::Model.set(study, id);
    }
    match around.ready.and_then(|ready: &Ready| ready.shape.as_ref()) {
        Some(shape) => {
            let words = format!(
                "{} layers · hidden {} · {} heads · vocabulary {}",
                shape.layers,
                count(shape.hidden),
                shape.heads,
                count(shape.vocab)
            );
            let hover = format!(
                "Family {}; {} parameters; contexts of up to {} tokens",
                shape.family,
                count(shape.parameters()),
                count(shape.max_positions)
            );
            note(ui, words).on_hover_text(hover);
        }
        None if around.current.is_none() => {
            note(ui, "Reading the model's shape…");
        }
        None => {}
    }
    if around.ready.is_some_and(|ready| ready.of_hub) {
        row(ui, "Revision", "A branch, a tag or a commit of the repository; main is the newest", |ui, label| {
            ui.add(TextEdit::singleline(&mut study.model.revision).desired_width(120.0)).labelled_by(label);
        });
    }
    weights(ui, study, around);
    around.remark(ui, Place::Model);
    source::missing(ui, Source::Model, around);
}

/// The type of the weights, where there is a choice: the CPU computes in f32 alone.
fn weights(ui: &mut Ui, study: &mut Study, around: &Around) {
    let device = around.ready.and_then(Ready::device);
    let on_card = device.is_some_and(|found| found.choice != device::Choice::Cpu);
    if !on_card && study.model.dtype == Dtype::F32 {
        return;
    }
    let hover = "16 bits take half the memory; perturbations, softmax and losses are computed in 32 bits all the same";
    row(ui, "Weights", hover, |ui, _| {
        let values = [(Dtype::F32, "f32"), (Dtype::F16, "f16"), (Dtype::Bf16, "bf16")];
        choice(ui, "Weights", 80.0, &mut study.model.dtype, &values);
    });
}
