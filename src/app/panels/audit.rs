//! The audit: what the gap between the modes is made of, on texts and on minimal pairs.

use super::caption::{is_low, with_caption};
use super::picks::Picks;
use super::shown::Shown;
use super::{definitions, empty, tools};
use crate::app::theme::{strong, title};
use crate::app::widgets::{Tone, note, remark};
use crate::experiment::Kind;
use crate::figure::View;
use crate::figure::picture::audit::{Audit, Data, SHOWN, heading};
use egui::{Align, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        let deltas = self.deltas();
        definitions::hover(ui.label(RichText::new(View::Audit.title()).text_style(title())), View::Audit.title());
        let table = if self.audits.iter().any(|audit| audit.kind == Kind::Audit) { "audit" } else { "audit_pairs" };
        tools::row(ui, shown, picks, tools::Tools { deltas: &deltas, table, ..Default::default() }, |_, _| {});
        let delta = picks.delta_of(&deltas);
        let caption = self.caption();
        with_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let half = vec2((room.width() - 32.0) / 2.0, room.height());
            for (i, kind) in SHOWN.into_iter().enumerate() {
                #[allow(clippy::cast_precision_loss)] // two
                let corner = room.min + vec2(i as f32 * (half.x + 32.0), 0.0);
                let cell = Rect::from_min_size(corner, half);
                ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    if let Some(audit) = self.audits.iter().find(|audit| audit.kind == kind) {
                        audit.show(ui, delta, shown, picks);
                    } else {
                        ui.label(RichText::new(heading(kind)).text_style(strong()));
                        empty::small(ui, shown, kind);
                    }
                });
            }
            ui.allocate_rect(room, Sense::hover());
        });
    }
}

impl Audit {
    fn show(&self, ui: &mut Ui, delta: Option<f64>, shown: &Shown, picks: &mut Picks) {
        ui.label(RichText::new(heading(self.kind)).text_style(strong()));
        note(ui, self.what());
        let Some(delta) = delta else { return };
        if let Some(words) = self.answer(delta) {
            let words = RichText::new(words);
            let words = if is_low(ui) { words.small() } else { words };
            ui.add(Label::new(words).wrap().selectable(true));
        }
        match self.at(delta) {
            Some(Ok(waterfall)) => {
                let what = crate::figure::delta(delta);
                let origin = (shown.origin(), what.as_str());
                waterfall.show(ui, self.kind.name(), picks, origin, (self.unit(), self.cells()));
            }
            Some(Err(words)) => {
                remark(ui, Tone::Plain, &words);
            }
            None => {
                note(ui, "This δ was not audited here.");
            }
        }
    }
}
