//! Panel A: what each δ costs in next-token loss.

use super::chart::{Memory, Style, caption, heading, plot};
use super::ticks::Scale;
use super::{Shown, empty};
use crate::experiment::Kind;
use egui::Ui;

/// What the panel remembers.
#[derive(Default)]
pub struct Damage {
    memory: Memory,
    x: Scale,
    y: Scale,
}

impl Damage {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        let Some(comparison) = shown.comparison(Kind::Sweep).filter(|comparison| comparison.has_results()) else {
            heading(ui, "A  Loss damage (nats)", &mut self.memory, None, false);
            empty::large(ui, shown, &[Kind::Sweep], "what each δ costs in next-token loss, mean over the texts");
            return;
        };
        heading(ui, "A  Loss damage (nats)", &mut self.memory, Some(comparison), false);
        let below = super::below(ui.available_width()) + 32.0;
        let height = (ui.available_height() - below).max(120.0);
        let style = Style { id: "damage", bars: false, x: self.x, y: self.y, y_label: "Loss damage (nats)" };
        plot(ui, &style, &mut self.memory, comparison, shown.origin(), height);
        ui.horizontal(|ui| {
            for (scale, name) in [(&mut self.x, "Log δ"), (&mut self.y, "Log damage")] {
                let mut log = *scale == Scale::Log;
                if ui
                    .checkbox(&mut log, name)
                    .on_hover_text("A logarithmic axis; values that are not above 0 have no place on it")
                    .changed()
                {
                    *scale = if log { Scale::Log } else { Scale::Linear };
                }
            }
        });
        caption(ui, comparison);
    }
}
