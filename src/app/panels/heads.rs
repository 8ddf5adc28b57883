//! Heads: how the entropy of each changes, and what repairing the most changed ones gives back.

use super::forest::{self, Forest};
use super::heat_map::{self, HeatMap};
use super::{Picks, Shown, legend, records};
use crate::app::theme::{palette, strong};
use crate::app::widgets::note;
use crate::app::words::counted;
use crate::figure::Table;
use crate::study::{Mode, Study};
use egui::{Align, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    maps: Vec<(Mode, HeatMap)>,
    most: f64,
    repairs: Forest,
    caption: String,
}

impl Data {
    /// From the table of the ranking and that of the repairs; none where no head is ranked.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, "heads", study);
        let mut layers: Vec<usize> = records.iter().map(|record| record.count("layer")).collect();
        layers.sort_unstable();
        layers.dedup();
        let heads = records.iter().map(|record| record.count("head") + 1).max()?;
        let maps: Vec<(Mode, HeatMap)> = study
            .perturbation
            .modes
            .iter()
            .map(|mode| {
                let mut map = HeatMap {
                    title: mode.to_string(),
                    layers: layers.clone(),
                    heads,
                    values: vec![None; layers.len() * heads],
                    clean: vec![None; layers.len() * heads],
                };
                let key = format!("{}_change", mode.to_string().replace(' ', "_"));
                for record in &records {
                    let row = layers.iter().position(|layer| *layer == record.count("layer")).unwrap_or(0);
                    let at = row * heads + record.count("head");
                    map.values[at] = record.number(&key);
                    map.clean[at] = record.number("clean");
                }
                (*mode, map)
            })
            .collect();
        let most = maps.iter().map(|(_, map)| map.most()).fold(f64::MIN_POSITIVE, f64::max);
        let of_repairs = records::of(tables, "heads_repair", study);
        let repairs = Forest::of(&of_repairs);
        let seeds = of_repairs.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
        let texts = records::fact(tables, "heads_repair", "texts");
        let n = match seeds {
            0 => String::new(),
            _ => format!(" (n {} × {})", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts")),
        };
        let caption = format!(
            "Colours: change of each head's attention entropy, disturbed minus clean, mean over texts and seeds, nats. \
             Recovery: (damage − repaired damage)/damage with its 95 % bootstrap interval over texts and seeds{n}. {}",
            forest::missing(std::iter::once(&repairs)).unwrap_or_default()
        );
        Some(Self { maps, most, repairs, caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &Shown, picks: &mut Picks) {
        legend::heading(ui, "Heads", shown.modes(), &mut picks.hidden, false);
        let mut range = |id, extent| picks.charts.range(id, (shown.origin(), String::new()), extent, 40.0);
        let (_, most) = range("colours of heads", (0.0, self.most));
        let repairs = range("repaired heads", self.repairs.extent());
        super::above_caption(ui, &self.caption, |ui| {
            let room = ui.available_rect_before_wrap();
            let left = Rect::from_min_size(room.min, vec2(0.52 * room.width(), room.height()));
            let right = Rect::from_min_max(left.right_top() + vec2(24.0, 0.0), room.max);
            let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
            ui.scope_builder(inside(left), |ui| self.maps(ui, picks, most));
            ui.scope_builder(inside(right), |ui| {
                ui.label(RichText::new("Repaired heads, and whole layers").text_style(strong()));
                if self.repairs.rows.is_empty() {
                    let words = "The repairs are planned from the ranking, and come after it.";
                    ui.add(egui::Label::new(RichText::new(words).color(palette(ui).muted)).wrap());
                } else {
                    self.repairs.show(ui, "repaired heads", repairs, &picks.hidden);
                }
            });
            ui.allocate_rect(room, Sense::hover());
        });
        note(ui, &self.caption);
    }

    fn maps(&self, ui: &mut Ui, picks: &Picks, most: f64) {
        let room = ui.available_rect_before_wrap();
        let shown: Vec<&HeatMap> =
            self.maps.iter().filter(|(mode, _)| !picks.hidden.contains(mode)).map(|(_, map)| map).collect();
        let longest = shown.iter().map(|map| map.longest(most)).max_by_key(|words| words.chars().count());
        let longest = longest.unwrap_or_default();
        #[allow(clippy::cast_precision_loss)] // a handful
        let width = (room.width() - heat_map::BAR - 12.0) / shown.len().max(1) as f32;
        for (i, map) in shown.iter().enumerate() {
            #[allow(clippy::cast_precision_loss)]
            let corner = room.min + vec2(i as f32 * width, 0.0);
            let cell = Rect::from_min_size(corner, vec2(width - 12.0, room.height()));
            ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                map.show(ui, most, &longest);
            });
        }
        let bar = Rect::from_min_max(room.right_top() - vec2(heat_map::BAR, 0.0), room.max);
        ui.scope_builder(UiBuilder::new().max_rect(bar).layout(Layout::top_down(Align::Min)), |ui| {
            heat_map::colour_bar(ui, most, "nats");
        });
    }
}
