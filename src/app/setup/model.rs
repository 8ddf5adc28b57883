//! Which model.

use super::{Around, Place, models, source};
use crate::app::prepare::Ready;
use crate::app::source::Source;
use crate::app::widgets::{note, row, section};
use crate::figure::count;
use crate::study::{Setting, Study};
use egui::{TextEdit, Ui};

/// Draws the section; `find` is what is looked for among the models.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around, find: &mut String) {
    section(ui, "Model", "");
    let chosen = row(ui, "Model", Setting::ModelId.help(), |ui, label| {
        let hint = "demo, owner/name, a folder or a .gguf file";
        source::field(ui, &mut study.model.id, hint, (label, "Models"), |ui| {
            models::menu(ui, find, around.recent_models, around.actions)
        })
    });
    if let Some(id) = chosen {
        Source::Model.set(study, &id);
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
        None if around.current.is_none() && around.failed.is_none() => {
            note(ui, "Reading the model's shape…");
        }
        None => {}
    }
    if around.ready.is_some_and(|ready| ready.of_hub) {
        row(ui, "Revision", Setting::Revision.help(), |ui, label| {
            ui.add(TextEdit::singleline(&mut study.model.revision).desired_width(120.0)).labelled_by(label);
        });
    }
    around.remark(ui, Place::Model);
    source::missing(ui, Source::Model, around);
}
