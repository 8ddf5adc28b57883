//! What repairs give back: attention, pathways and norms, over axes of the same length.

use super::caption::with_caption;
use super::picks::Picks;
use super::shown::Shown;
use super::{empty, frame, legend, tools};
use crate::app::theme::strong;
use crate::figure::View;
use crate::figure::picture::repair::{self, Data};
use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, pos2, vec2};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, View::Repair.title(), shown.modes(), &mut picks.hidden, false);
        let origin = shown.origin();
        let (range, _) = frame::range(&mut picks.charts, "repairs", (origin, ""), self.extent());
        with_caption(ui, self.caption(), |ui| {
            let room = ui.available_rect_before_wrap();
            let cells = self.cells(room);
            let names: Vec<&str> = if cells.is_stacked { self.names().collect() } else { Vec::new() };
            for ((kind, table), cell) in repair::shown().zip(cells.rects) {
                ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                    ui.horizontal(|ui| {
                        ui.label(RichText::new(kind.title()).text_style(strong()));
                        tools::row(ui, shown, picks, tools::Tools { table, ..Default::default() }, |_, _| {});
                    });
                    match self.forests.iter().find(|(known, _)| *known == kind) {
                        // One axis for all of them.
                        Some((_, forest)) => forest.show_over(ui, ("repairs", &names), range, picks, origin),
                        None => empty::small(ui, shown, kind),
                    }
                });
            }
            ui.allocate_rect(room, Sense::hover());
        });
    }

    /// The names of all rows.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.forests.iter().flat_map(|(_, forest)| &forest.rows).map(|row| row.name.as_str())
    }

    /// Where the experiments stand in `room`: one below the other, each as high as its rows need it, or where there is no
    /// room for that beside each other.
    #[allow(clippy::cast_precision_loss)] // a handful
    fn cells(&self, room: Rect) -> Cells {
        let rows = repair::shown().map(|(kind, _)| {
            let forest = self.forests.iter().find(|(known, _)| *known == kind);
            forest.map_or(1, |(_, forest)| forest.rows.len().max(1)) as f32
        });
        let rows: Vec<f32> = rows.collect();
        let count = rows.len() as f32;
        let spare = room.height() - count * AROUND;
        let each = spare / rows.iter().sum::<f32>();
        if each < LEAST {
            let width = (room.width() - (count - 1.0) * GAP) / count;
            let cell = |i: usize| {
                let left = i as f32 * (width + GAP);
                Rect::from_min_size(room.min + vec2(left, 0.0), vec2(width, room.height()))
            };
            return Cells { is_stacked: false, rects: (0..rows.len()).map(cell).collect() };
        }
        let mut top = room.top();
        let cell = |rows: f32| {
            let cell = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), AROUND + rows * each.min(MOST)));
            top = cell.bottom();
            cell
        };
        Cells { is_stacked: true, rects: rows.into_iter().map(cell).collect() }
    }
}

/// Where the experiments stand.
struct Cells {
    is_stacked: bool,
    rects: Vec<Rect>,
}

/// Height of an experiment's heading and axis, and of a row at the least and at the most.
const AROUND: f32 = 76.0;
const LEAST: f32 = 28.0;
const MOST: f32 = 64.0;

/// Between two experiments.
const GAP: f32 = 20.0;
