//! Heads: how the entropy of each changes, and what repairing the most changed ones gives back: one by one, and the
//! first k of them.

use super::bars::Spreads;
use super::entropy::halves;
use super::error_bars::Form;
use super::forest::{self, Forest};
use super::head_maps::{Head, HeadMaps};
use super::plot::{self, Across, Chart, Mark, Of, add};
use super::records::{self, Record};
use super::ticks::Scale;
use super::{Picks, Point, Shown, legend, tools};
use crate::app::theme::{palette, strong};
use crate::app::widgets::note;
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    maps: HeadMaps,
    /// Recovery against k.
    top: Option<Chart>,
    repairs: Forest,
    caption: String,
}

/// The table of the repairs.
const TABLE: &str = "heads_repair";

/// Whole layers beside the heads.
const LAYERS: &str = "k whole layers";

impl Data {
    /// From the table of the ranking and that of the repairs; none where no head is ranked.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let ranked = records::of(tables, "heads", study);
        let of_repairs = records::of(tables, TABLE, study);
        let delta = of_repairs.iter().find_map(|record| record.number("delta"));
        let delta = delta.or(study.experiments.heads.as_ref().and_then(|heads| heads.delta));
        let mut heads = Vec::new();
        for mode in &study.perturbation.modes {
            let key = format!("{}_change", mode.to_string().replace(' ', "_"));
            heads.extend(ranked.iter().map(|record| Head {
                mode: *mode,
                layer: record.count("layer"),
                place: record.count("head"),
                clean: record.number("clean"),
                change: record.number(&key),
                more: format!("rank {} by the change under the angular mode", record.count("rank")),
            }));
        }
        let maps = HeadMaps::of(Kind::Heads, delta, &heads)?;
        let repairs = Forest::of(&of_repairs, Kind::Heads);
        let seeds = of_repairs.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
        let texts = records::fact(tables, TABLE, "texts");
        let n = match seeds {
            0 => String::new(),
            _ => format!("; n {} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts")),
        };
        let caption = format!(
            "Colours: attention entropy of each head, mean over texts and seeds. Recovery with its 95 % bootstrap interval \
             over texts and seeds{n}. {} {}",
            forest::missing(std::iter::once(&repairs)).unwrap_or_default(),
            records::setting(tables, "heads")
        );
        Some(Self { maps, top: top(&of_repairs), repairs, caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "Heads", shown.modes(), &mut picks.hidden, false);
        let table = if self.repairs.rows.is_empty() { "heads" } else { TABLE };
        tools::row(ui, shown, picks, tools::Tools { table, ..Default::default() }, HeadMaps::switch);
        super::above_caption(ui, &self.caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let (left, right) = halves(room);
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            ui.scope_builder(inside(left), |ui| self.maps.show(ui, picks));
            ui.scope_builder(inside(right), |ui| self.repairs(ui, shown, picks));
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, &self.caption);
    }

    /// The curve over k beside the single repairs; in a low place the curve stands left of them.
    fn repairs(&self, ui: &mut Ui, shown: &Shown, picks: &mut Picks) {
        if self.repairs.rows.is_empty() {
            let words = "The repairs are planned from the ranking, and come after it.";
            ui.add(egui::Label::new(RichText::new(words).color(palette(ui).muted)).wrap());
            return;
        }
        let room = ui.available_rect_before_wrap();
        let mut below = room;
        let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
        if let Some(top) = &self.top {
            let beside = room.height() < 420.0 && room.width() >= 440.0;
            let above = if beside {
                let above = Rect::from_min_size(room.min, vec2(0.45 * room.width(), room.height()));
                below.min.x = above.right() + 16.0;
                above
            } else {
                let above = Rect::from_min_size(room.min, vec2(room.width(), 0.42 * room.height()));
                below.min.y = above.bottom() + 8.0;
                above
            };
            ui.scope_builder(inside(above), |ui| {
                let with_key = top.series.iter().any(|series| matches!(series.of, Of::Part(..)));
                let room = vec2(ui.available_width(), ui.available_height() - if with_key { 20.0 } else { 0.0 });
                ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                    plot::show(ui, top, picks, shown.origin(), "");
                });
                if with_key {
                    note(ui, "Joined: k heads; alone: k whole layers.");
                }
            });
        }
        ui.scope_builder(inside(below), |ui| {
            ui.label(RichText::new("Repaired heads, and whole layers").text_style(strong()));
            self.repairs.show(ui, "repaired heads", picks, shown.origin());
        });
    }
}

/// Recovery where the first k heads of the ranking are repaired, and the first k whole layers.
fn top(records: &[Record]) -> Option<Chart> {
    let mut series = Vec::new();
    for record in records {
        let Some(mode) = record.mode() else { continue };
        let mut words = record.text("repair").split_whitespace();
        let (Some("top"), Some(k), Some(what)) = (words.next(), words.next(), words.next()) else { continue };
        let (Ok(k), Some(value)) = (k.parse::<u16>(), record.number("recovery")) else { continue };
        let interval = record.interval("recovery").map(|(low, high)| (100.0 * low, 100.0 * high));
        let delta = record.number("delta");
        let (of, form) = match what {
            "heads" => (Of::Mode(mode), Form::Line),
            _ => (Of::Part(mode, LAYERS), Form::Points),
        };
        let mark = Mark {
            x: f64::from(k),
            y: 100.0 * value,
            spreads: Spreads::interval(interval),
            hover: format!(
                "{}\nrecovery {}\nn {}",
                record.text("repair"),
                plot::hover(100.0 * value, "%", interval),
                counted(record.count("damage_seeds"), "seed", "seeds")
            ),
            point: Some(Point {
                kind: Kind::Heads,
                mode,
                arm: record.text("repair").to_owned(),
                delta,
                layer: None,
                head: None,
            }),
            ..Mark::default()
        };
        add(&mut series, of, form, mark);
    }
    (!series.is_empty()).then(|| Chart {
        id: "top heads",
        title: "Recovery, first k repaired (%)".to_owned(),
        x_label: "k".to_owned(),
        x: Across::Value(Scale::Linear),
        series,
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    })
}
