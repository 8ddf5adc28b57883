//! Modes, the unit of δ, and the protocol.

use super::{Around, Place};
use crate::app::theme::palette;
use crate::app::widgets::{choice, note, row};
use crate::study::{Degrees, DeltaUnit, Mode, Protocol, Setting, Study};
use egui::{Align, Checkbox, Color32, DragValue, Layout, RichText, Ui, vec2};

/// Which modes are compared.
pub fn modes(ui: &mut Ui, study: &mut Study, around: &mut Around) {
    let modes = &mut study.perturbation.modes;
    let palette = palette(ui);
    row(ui, "Modes", Setting::Modes.help(), |ui, _| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (along, around) = (
            "Along the vector: its length changes, its direction stays",
            "Around the sphere: its direction changes, its length stays",
        );
        mode(ui, modes, Mode::Magnitude, ("Magnitude", along), palette.magnitude);
        mode(ui, modes, Mode::Angular, ("Angular", around), palette.angular);
    });
    let blends: Vec<Mode> = modes.iter().copied().filter(|mode| matches!(mode, Mode::Blend(_))).collect();
    for i in 0..blends.len().max(1) {
        row(ui, "", "", |ui, _| {
            ui.spacing_mut().item_spacing.x = 4.0;
            if i == 0 {
                let anywhere = "Anywhere: a vector of length δ is added, as a push does that nothing constrains";
                mode(ui, modes, Mode::Isotropic, ("Isotropic", anywhere), palette.isotropic);
            } else {
                ui.add_space(COLUMN + ui.spacing().item_spacing.x);
            }
            blend(ui, modes, blends.get(i).copied(), palette.blend);
            if i + 1 == blends.len() {
                another(ui, modes);
            }
        });
    }
    around.remark(ui, Place::Modes);
}

/// The box of `mode`. True where it was just pressed.
fn mode(ui: &mut Ui, modes: &mut Vec<Mode>, mode: Mode, (words, hover): (&str, &str), colour: Color32) -> bool {
    let mut on = modes.contains(&mode);
    let checkbox = Checkbox::new(&mut on, RichText::new(words).color(colour));
    let size = vec2(COLUMN, ui.spacing().interact_size.y);
    let column = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(if matches!(mode, Mode::Magnitude | Mode::Isotropic) { COLUMN } else { 0.0 });
        ui.add(checkbox).on_hover_text(hover)
    });
    let changed = column.inner.changed();
    if changed {
        modes.retain(|known| *known != mode);
        if on {
            modes.push(mode);
            modes.sort_unstable();
        }
    }
    changed
}

/// Width of the first of two modes in a line, so that the second ones stand one below the other.
const COLUMN: f32 = 104.0;

/// Degrees that another blend may begin with.
const DEGREES: [f64; 7] = [45.0, 22.5, 67.5, 30.0, 60.0, 15.0, 75.0];

/// The box of a blend that is `there`, with its degrees, or of one to begin with.
fn blend(ui: &mut Ui, modes: &mut Vec<Mode>, there: Option<Mode>, colour: Color32) {
    let Some(known) = there.or_else(|| Degrees::new(DEGREES[0]).map(Mode::Blend).ok()) else { return };
    let hover = "Partly along the vector and partly around the sphere: 0° is magnitude, 90° is angular";
    let pressed = mode(ui, modes, known, ("Blend", hover), colour);
    let (Mode::Blend(degrees), Some(at)) = (known, modes.iter().position(|mode| *mode == known)) else { return };
    if pressed {
        return;
    }
    let mut value = degrees.value();
    let drag = DragValue::new(&mut value)
        .range(0.0..=90.0)
        .clamp_existing_to_range(false)
        .speed(1.0)
        .max_decimals(1)
        .suffix("°");
    let drag = ui.add(drag.custom_formatter(|value, _| value.to_string())).accessible_name("Degrees of the blend");
    if drag.on_hover_text("0° is magnitude, 90° is angular").changed()
        && let Ok(degrees) = Degrees::new(value)
    {
        modes[at] = Mode::Blend(degrees);
    }
}

/// A button that adds a blend beside those that are there.
fn another(ui: &mut Ui, modes: &mut Vec<Mode>) {
    let free = DEGREES.into_iter().filter_map(|degrees| Degrees::new(degrees).ok().map(Mode::Blend));
    let Some(free) = free.into_iter().find(|mode| !modes.contains(mode)) else { return };
    let button = ui.button("+").accessible_name("Another blend");
    if button.on_hover_text("Another blend, of other degrees").clicked() {
        modes.push(free);
        modes.sort_unstable();
    }
}

/// Units of δ in words.
pub const UNITS: [(DeltaUnit, &str); 3] = [
    (DeltaUnit::Absolute, "an absolute length"),
    (DeltaUnit::OfNorm, "times the token's norm"),
    (DeltaUnit::OfLayerMedian, "times the layer's median norm"),
];

/// What δ is measured in.
pub fn unit(ui: &mut Ui, study: &mut Study) {
    row(ui, "δ is", Setting::DeltaUnit.help(), |ui, _| {
        choice(ui, "Unit of δ", 232.0, &mut study.perturbation.delta_unit, &UNITS);
    });
}

/// The preset of the settings that decide how fair the comparison is.
pub fn protocol(ui: &mut Ui, study: &mut Study) {
    row(ui, "Protocol", Setting::Protocol.help(), |ui, _| {
        let protocol = &mut study.perturbation.protocol;
        ui.radio_value(protocol, Protocol::Strict, "Strict");
        ui.radio_value(protocol, Protocol::Published, "Published");
    });
    note(
        ui,
        match study.perturbation.protocol {
            Protocol::Strict => {
                "Every token moves by exactly δ, with noise of its own in every layer, in all modes alike."
            }
            Protocol::Published => {
                "As the published study did it: angular moves tokens by δ on average, with the same noise in all layers; \
             magnitude moves each token by δ, with separate noise for the two sentences of a pair."
            }
        },
    );
}
