//! A δ grid as chips to add and remove.

use crate::app::widgets::{Tone, chip, remark};
use crate::study::DeltaUnit;
use egui::{Align, Key, Layout, TextEdit, Ui, vec2};

/// The entry for another δ.
#[derive(Default)]
pub struct DeltasField {
    entry: String,
    error: Option<String>,
}

impl DeltasField {
    /// Draws the chips of `deltas`. `name` tells several grids apart.
    pub fn show(&mut self, ui: &mut Ui, name: &str, deltas: &mut Vec<f64>, unit: DeltaUnit) {
        let mut removed = None;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            // As high as a chip, so that they stand on one line.
            let height = 26.0;
            let label = ui.allocate_ui_with_layout(vec2(0.0, height), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_height(height);
                ui.label(name)
            });
            label.inner.on_hover_text(format!("Distances by which hidden states are moved, {}", unit.label()));
            for (i, delta) in deltas.iter().enumerate() {
                if chip(ui, &delta.to_string(), &format!("Remove {name} {delta}")) {
                    removed = Some(i);
                }
            }
            let field = TextEdit::singleline(&mut self.entry).desired_width(48.0).hint_text("add");
            let field = ui.add(field).accessible_name(format!("Add {name}"));
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let pressed = ui.button("+").accessible_name(format!("Add this {name}"));
            let pressed =
                pressed.on_hover_text("Add what is typed: one number, or several with commas between them").clicked();
            if (entered || pressed) && !self.entry.trim().is_empty() {
                self.add(deltas);
                if entered {
                    field.request_focus();
                }
            }
        });
        if let Some(i) = removed {
            deltas.remove(i);
            self.error = None;
        }
        if let Some(error) = &self.error {
            remark(ui, Tone::Error, error);
        }
    }

    fn add(&mut self, deltas: &mut Vec<f64>) {
        let mut new = Vec::new();
        for part in self.entry.split([',', ';', ' ']).filter(|part| !part.is_empty()) {
            let Ok(delta) = part.parse::<f64>() else {
                self.error = Some(format!("\"{part}\" is not a number; write 0.25, or several: 0.1, 0.25"));
                return;
            };
            new.push(delta);
        }
        #[allow(clippy::float_cmp)] // the same number typed twice
        if let Some(twice) = new.iter().find(|delta| deltas.contains(delta)) {
            self.error = Some(format!("{twice} is there already"));
            return;
        }
        deltas.extend(new);
        deltas.sort_by(f64::total_cmp);
        self.entry.clear();
        self.error = None;
    }
}
