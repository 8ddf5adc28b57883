//! What repairs give back: attention, pathways and norms beside each other, over axes of the same length.

use super::{Picks, Shown, empty, frame, legend, tools};
use crate::app::theme::strong;
use crate::app::widgets::note;
use crate::figure::names;
use crate::figure::picture::repair::{Data, SHOWN, TITLE};
use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, TITLE, shown.modes(), &mut picks.hidden, false);
        let origin = shown.origin();
        let (range, _) = frame::range(&mut picks.charts, "repairs", (origin, ""), self.extent());
        super::above_caption(ui, self.caption(), |ui| {
            let room = ui.available_rect_before_wrap();
            let width = (room.width() - 2.0 * 20.0) / 3.0;
            for (i, (kind, table)) in SHOWN.into_iter().enumerate() {
                #[allow(clippy::cast_precision_loss)] // three
                let left = room.min + vec2(i as f32 * (width + 20.0), 0.0);
                let cell = Rect::from_min_size(left, vec2(width, room.height()));
                ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                    ui.horizontal(|ui| {
                        ui.label(RichText::new(names::experiment(kind)).text_style(strong()));
                        tools::row(ui, shown, picks, tools::Tools { table, ..Default::default() }, |_, _| {});
                    });
                    match self.forests.iter().find(|(known, _)| *known == kind) {
                        // One axis for all of them.
                        Some((_, forest)) => forest.show_over(ui, "repairs", range, picks, origin),
                        None => empty::small(ui, shown, kind),
                    }
                });
            }
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, self.caption());
    }
}
