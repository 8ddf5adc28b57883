//! How results are judged. It decides nothing about what is run.

use super::{Around, Place};
use crate::app::widgets::{choice, fold, note, row};
use crate::stats::Unit;
use crate::study::{Equivalence, Setting, Statistics, Study};
use egui::{DragValue, Ui};

/// What verdicts hold for, in words.
pub const SAMPLES: [(Unit, &str); 3] = [
    (Unit::Both, "other texts and seeds"),
    (Unit::Seeds, "other seeds, these texts"),
    (Unit::Texts, "other texts, these seeds"),
];

/// Draws it, folded.
pub fn show(ui: &mut Ui, study: &mut Study, around: &Around) {
    let summary = summary(&study.statistics);
    let statistics = &mut study.statistics;
    fold(ui, "judgement", "Verdicts", &summary, |ui| {
        row(ui, "Hold for", Setting::Unit.help(), |ui, _| {
            choice(ui, "Hold for", 176.0, &mut statistics.unit, &SAMPLES);
        });
        note(ui, "The smallest difference that would matter, fixed beforehand: within it two are called equivalent.");
        let Equivalence { damage, accuracy, entropy, recovery, cosine, interaction } = &mut statistics.equivalence;
        bound(ui, "Damage", "nats", damage, 0.1);
        bound(ui, "Accuracy", "points", accuracy, 5.0);
        bound(ui, "Entropy", "nats", entropy, 0.05);
        bound(ui, "Recovery", "points", recovery, 5.0);
        bound(ui, "Cosine", "of queries and keys", cosine, 0.05);
        bound(ui, "Interaction", "share of what can be lost", interaction, 0.05);
    });
    around.remark(ui, Place::Statistics);
}

/// A bound of equivalence, which `begins` so where it is switched on.
fn bound(ui: &mut Ui, name: &str, unit: &str, bound: &mut Option<f64>, begins: f64) {
    row(ui, name, Setting::DamageBound.help(), |ui, label| {
        let mut on = bound.is_some();
        let checkbox = ui.checkbox(&mut on, "").accessible_name(format!("Bound of {}", name.to_lowercase()));
        if checkbox.on_hover_text("Whether equivalence is asked").changed() {
            *bound = on.then_some(begins);
        }
        match bound {
            Some(value) => {
                let field = DragValue::new(value)
                    .range(0.0..=1e6)
                    .clamp_existing_to_range(false)
                    .speed(begins / 50.0)
                    .max_decimals(6);
                ui.add(field).labelled_by(label);
                note(ui, unit);
            }
            None => drop(note(ui, "not asked")),
        }
    });
}

/// For the folded line: "hold for other texts and seeds, 2 bounds".
fn summary(statistics: &Statistics) -> String {
    let Equivalence { damage, accuracy, entropy, recovery, cosine, interaction } = &statistics.equivalence;
    let bounds = [damage, accuracy, entropy, recovery, cosine, interaction].into_iter().flatten().count();
    let sample = match statistics.unit {
        Unit::Both => "over texts and seeds",
        Unit::Seeds => "over seeds",
        Unit::Texts => "over texts",
    };
    match bounds {
        0 => format!("{sample}, no bounds of equivalence"),
        1 => format!("{sample}, 1 bound of equivalence"),
        bounds => format!("{sample}, {bounds} bounds of equivalence"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_line_counts_the_bounds() {
        let mut statistics = Statistics::default();
        assert_eq!(summary(&statistics), "over texts and seeds, no bounds of equivalence");
        statistics.unit = Unit::Seeds;
        statistics.equivalence.damage = Some(0.1);
        assert_eq!(summary(&statistics), "over seeds, 1 bound of equivalence");
    }
}
