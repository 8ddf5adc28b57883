//! Which model.

use super::{Around, Place};
use crate::app::prepare::Ready;
use crate::app::widgets::{note, row, section};
use crate::app::words::count;
use crate::study::Study;
use egui::{TextEdit, Ui};

/// Draws the section.
pub fn show(ui: &mut Ui, study: &mut Study, around: &mut Around) {
    section(ui, "Model", "");
    row(ui, "Model", "\"demo\" (built in), a folder in Hugging Face layout, or a .gguf file", |ui, label| {
        let field = TextEdit::singleline(&mut study.model.id)
            .desired_width(f32::INFINITY)
            .hint_text("demo, a folder, or a .gguf file");
        ui.add(field).labelled_by(label);
    });
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
    around.remark(ui, Place::Model);
}
