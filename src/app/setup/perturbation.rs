//! Modes, the unit of δ, and the protocol.

use super::{Around, Place};
use crate::app::theme::palette;
use crate::app::widgets::{choice, note, row};
use crate::study::{DeltaUnit, Mode, Protocol, Study};
use egui::{RichText, Ui};

/// Which modes are compared.
pub fn modes(ui: &mut Ui, study: &mut Study, around: &mut Around) {
    row(ui, "Modes", "", |ui, _| {
        let modes = &mut study.perturbation.modes;
        let palette = palette(ui);
        for (mode, words, colour, hover) in [
            (
                Mode::Magnitude,
                "Magnitude",
                palette.magnitude,
                "Along the vector: its length changes, its direction stays",
            ),
            (Mode::Angular, "Angular", palette.angular, "Around the sphere: its direction changes, its length stays"),
        ] {
            let mut on = modes.contains(&mode);
            if ui.checkbox(&mut on, RichText::new(words).color(colour)).on_hover_text(hover).changed() {
                modes.retain(|known| *known != mode);
                if on {
                    modes.push(mode);
                    modes.sort_unstable();
                }
            }
        }
    });
    around.remark(ui, Place::Modes);
}

/// What δ is measured in.
pub fn unit(ui: &mut Ui, study: &mut Study) {
    row(ui, "δ is", "What δ is measured in", |ui, _| {
        let values = [
            (DeltaUnit::Absolute, "an absolute length"),
            (DeltaUnit::OfNorm, "times the token's norm"),
            (DeltaUnit::OfLayerMedian, "times the layer's median norm"),
        ];
        choice(ui, "Unit of δ", 232.0, &mut study.perturbation.delta_unit, &values);
    });
}

/// The preset of the settings.
pub fn protocol(ui: &mut Ui, study: &mut Study) {
    row(ui, "Protocol", "A preset of the settings below; it is printed on every table", |ui, _| {
        let protocol = &mut study.perturbation.protocol;
        ui.radio_value(protocol, Protocol::Strict, "Strict");
        ui.radio_value(protocol, Protocol::Published, "Published");
    });
    note(
        ui,
        match study.perturbation.protocol {
            Protocol::Strict => {
                "Every token moves by exactly δ, with noise of its own in every layer, in both modes alike."
            }
            Protocol::Published => {
                "As the published study did it: angular moves tokens by δ on average, with the same noise in all layers; \
             magnitude moves each token by δ, with separate noise for the two sentences of a pair."
            }
        },
    );
}
