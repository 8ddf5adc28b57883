//! A δ grid as chips to add and remove.

use crate::app::widgets::{Tone, chip, remark};
use crate::figure::delta as written;
use crate::study::DeltaUnit;
use egui::{Align, Key, Layout, TextEdit, Ui, vec2};

/// The entry for another δ.
#[derive(Default)]
pub struct DeltasField {
    entry: String,
    error: Option<String>,
}

impl DeltasField {
    /// Whether something is typed that is no δ.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

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
                let words = written(*delta);
                if chip(ui, &words, &format!("Remove {name} {words}")) {
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
        for part in parts(&self.entry) {
            let Ok(delta) = part.parse::<f64>() else {
                self.error = Some(format!("\"{part}\" is not a number; write 0.25, or several: 0.1, 0.25"));
                return;
            };
            new.push(delta);
        }
        #[allow(clippy::float_cmp)] // the same number typed twice
        if let Some(twice) = new.iter().find(|delta| deltas.contains(delta)) {
            self.error = Some(format!("{} is there already", written(*twice)));
            return;
        }
        deltas.extend(new);
        deltas.sort_by(f64::total_cmp);
        self.entry.clear();
        self.error = None;
    }
}

/// The numbers of `entry`, as text. A comma stands between two of them, unless a 0 is all that is before it: no δ is 0, so that
/// "0,25" can only be 0.25.
pub fn parts(entry: &str) -> Vec<String> {
    let of_word = |word: &str| match word.trim_end_matches(',').strip_prefix("0,") {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => vec![format!("0.{digits}")],
        _ => word.split(',').map(ToOwned::to_owned).collect(),
    };
    entry.split([';', ' ']).flat_map(of_word).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_after_a_zero_is_a_point() {
        assert_eq!(parts("0,25"), ["0.25"]);
        assert_eq!(parts("0,25, 0,5; 2"), ["0.25", "0.5", "2"]);
        assert_eq!(parts("10,20"), ["10", "20"]);
        assert_eq!(parts("0, 1"), ["0", "1"]);
    }
}
