//! Panel B: what each δ costs in accuracy on minimal pairs.

use super::chart::{Memory, Style, caption, heading, plot};
use super::ticks::Scale;
use super::{Shown, empty};
use crate::app::widgets::note;
use crate::experiment::Kind;
use crate::figure::number;
use egui::Ui;

/// What the panel remembers.
#[derive(Default)]
pub struct Syntax {
    memory: Memory,
}

impl Syntax {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        let Some(comparison) = shown.comparison(Kind::Syntax).filter(|comparison| comparison.has_results()) else {
            heading(ui, "B  Accuracy drop (points)", &mut self.memory, None, true);
            empty::large(ui, shown, &[Kind::Syntax], "what each δ costs in accuracy on the minimal pairs");
            return;
        };
        heading(ui, "B  Accuracy drop (points)", &mut self.memory, Some(comparison), true);
        let below = super::below(ui.available_width()) + 32.0;
        let height = (ui.available_height() - below).max(120.0);
        let style =
            Style { id: "syntax", bars: true, x: Scale::Linear, y: Scale::Linear, y_label: "Accuracy drop (points)" };
        plot(ui, &style, &mut self.memory, comparison, shown.origin(), height);
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            if let Some(clean) = comparison.clean {
                let (accuracy, chance) = (clean.spread.mean, clean.spread.mean - 50.0);
                let words =
                    format!("Clean accuracy {} %; chance would be a drop of {}", number(accuracy), number(chance));
                note(ui, words);
            }
        });
        caption(ui, comparison);
    }
}
