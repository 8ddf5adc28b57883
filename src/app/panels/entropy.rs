//! How the entropy of attention changes, layer by layer, and head by head.

use super::head_maps::{Head, HeadMaps};
use super::plot::{self, Chart};
use super::{Picks, Shown, by_layer, legend, records, tools};
use crate::app::widgets::note;
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    chart: Chart,
    heads: Option<HeadMaps>,
    caption: String,
}

const TABLE: &str = "entropy_layers";

/// Least width at which the heads stand beside the layers.
const WIDE: f32 = 640.0;

impl Data {
    /// From the tables by layer and by head; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLE, study);
        let title = "Change of −Σ p·ln p, mean over heads and queries (nats)".to_owned();
        let shaded = records::disturbed(tables, TABLE);
        let chart = by_layer::chart("entropy", title, (Kind::Entropy, "nats"), records.iter(), shaded);
        let caption = by_layer::caption(tables, TABLE, &records);
        let of_heads = records::of(tables, "entropy_heads", study);
        let head = |record: &records::Record| {
            let sd = record.number("change_sd").map_or("–".to_owned(), super::chart::exact);
            Some(Head {
                mode: record.mode()?,
                layer: record.count("layer"),
                place: record.count("head"),
                clean: record.number("clean"),
                change: record.number("change_mean"),
                more: format!(
                    "sd of the change over seeds {sd}\nn {} × {}",
                    counted(record.count("change_seeds"), "seed", "seeds"),
                    counted(record.count("texts"), "text", "texts")
                ),
            })
        };
        let delta = of_heads.first().and_then(|record| record.number("delta"));
        let heads: Vec<Head> = of_heads.iter().filter_map(head).collect();
        let heads = HeadMaps::of(Kind::Entropy, delta, &heads);
        (!chart.series.is_empty()).then_some(Self { chart, heads, caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "Attention entropy by layer", shown.modes(), &mut picks.hidden, false);
        let line = tools::Tools { bars: &self.chart.bars(), table: TABLE, ..tools::Tools::default() };
        tools::row(ui, shown, picks, line, |ui, picks| {
            if self.heads.is_some() {
                HeadMaps::switch(ui, picks);
            }
        });
        let caption = format!("{} {}", self.chart.bars_words(picks.bars), self.caption);
        super::above_caption(ui, &caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let (left, right) = halves(room);
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            let left = if self.heads.is_some() { left } else { room };
            ui.scope_builder(inside(left), |ui| plot::show(ui, &self.chart, picks, shown.origin(), ""));
            if let Some(heads) = &self.heads {
                ui.scope_builder(inside(right), |ui| heads.show(ui, picks));
            }
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, caption);
    }
}

/// Two parts of `room`: beside each other, or where there is no room for that, below each other.
pub fn halves(room: Rect) -> (Rect, Rect) {
    let gap = 20.0;
    if room.width() >= WIDE {
        let left = Rect::from_min_size(room.min, vec2(0.46 * room.width() - gap / 2.0, room.height()));
        (left, Rect::from_min_max(left.right_top() + vec2(gap, 0.0), room.max))
    } else {
        let above = Rect::from_min_size(room.min, vec2(room.width(), 0.5 * (room.height() - 8.0)));
        (above, Rect::from_min_max(above.left_bottom() + vec2(0.0, 8.0), room.max))
    }
}
