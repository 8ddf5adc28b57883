//! What repairs give back: attention, pathways and norms beside each other, over axes of the same length.

use super::forest::{self, Forest};
use super::{Picks, Shown, empty, frame, legend, records, tools};
use crate::app::theme::strong;
use crate::app::widgets::note;
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// One per experiment that has repairs.
    forests: Vec<(Kind, Forest)>,
    caption: String,
}

/// The experiments, and their tables.
const SHOWN: [(Kind, &str); 3] =
    [(Kind::AttentionRepair, "attention_repair"), (Kind::Pathways, "pathways"), (Kind::NormRepair, "norm_repair")];

impl Data {
    /// From the tables of repairs; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let mut forests = Vec::new();
        let mut behind = Vec::new();
        for (kind, id) in SHOWN {
            let records = records::of(tables, id, study);
            let forest = Forest::of(&records, kind);
            if !forest.rows.is_empty() {
                let seeds = records.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
                let texts = records::fact(tables, id, "texts");
                let n = format!("{} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts"));
                if !behind.contains(&n) {
                    behind.push(n);
                }
                forests.push((kind, forest));
            }
        }
        let missing = forest::missing(forests.iter().map(|(_, forest)| forest));
        let setting = SHOWN.iter().map(|(_, id)| records::setting(tables, id)).find(|words| words.contains("layers"));
        let caption = format!(
            "Recovery with its 95 % bootstrap interval over texts and seeds; n {}; 100 %: the damage is undone. {} p: Holm \
             over the table. {}",
            behind.join(", "),
            setting.unwrap_or_default(),
            missing.unwrap_or_default()
        );
        (!forests.is_empty()).then_some(Self { forests, caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "What repairs give back", shown.modes(), &mut picks.hidden, false);
        let extents = self.forests.iter().map(|(_, forest)| forest.extent());
        let extent = extents.fold((0.0_f64, 100.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
        let origin = shown.origin();
        let (range, _) = frame::range(&mut picks.charts, "repairs", (origin, ""), extent);
        super::above_caption(ui, &self.caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let width = (room.width() - 2.0 * 20.0) / 3.0;
            for (i, (kind, table)) in SHOWN.into_iter().enumerate() {
                #[allow(clippy::cast_precision_loss)] // three
                let left = room.min + vec2(i as f32 * (width + 20.0), 0.0);
                let cell = Rect::from_min_size(left, vec2(width, room.height()));
                ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                    ui.horizontal(|ui| {
                        ui.label(RichText::new(crate::app::kinds::name(kind)).text_style(strong()));
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
        note(ui, &self.caption);
    }
}
