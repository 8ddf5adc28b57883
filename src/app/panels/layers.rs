//! Which layers matter: single ones and windows over the depth, disturbed and repaired, and sets of them.

use super::bars::Spreads;
use super::error_bars::Form;
use super::forest::{self, Forest};
use super::plot::{self, Across, Chart, Mark, Of, Series, add, hover};
use super::records::Record;
use super::{Picks, Point, Shown, legend, records, tools};
use crate::app::widgets::note;
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::study::Study;
use egui::Ui;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    depths: Vec<Depth>,
    sets: Forest,
    sets_caption: String,
}

/// Windows of one width over the depth.
#[derive(Debug)]
struct Depth {
    name: String,
    charts: Vec<Chart>,
    caption: String,
}

impl Data {
    /// From the tables of layers; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, "layer_depth", study);
        let mut widths: Vec<usize> = records.iter().map(|record| record.count("width")).collect();
        widths.sort_unstable();
        widths.dedup();
        let texts = records::fact(tables, "layer_sets", "texts");
        let shaded = records::disturbed(tables, "layer_sets");
        let shaded = if shaded.is_empty() { records::disturbed(tables, "layer_depth") } else { shaded };
        // Where single layers are disturbed, the table has no layers that all of it disturbs.
        let setting = records::setting(tables, "layer_sets");
        let depths =
            widths.into_iter().map(|width| depth(&records, width, (&shaded, &setting), texts)).collect::<Vec<_>>();
        let of_sets = records::of(tables, "layer_sets", study);
        let sets = Forest::of(&of_sets, Kind::LayerSets);
        let seeds = of_sets.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
        let sets_caption = format!(
            "Recovery where the attention of a set is repaired, with its 95 % bootstrap interval over texts and seeds \
             (n {} × {}). Top, middle and bottom: by the change of attention entropy; random: drawn from the study's seed. {} \
             {}",
            counted(seeds, "seed", "seeds"),
            counted(texts, "text", "texts"),
            records::setting(tables, "layer_sets"),
            forest::missing(std::iter::once(&sets)).unwrap_or_default()
        );
        (!depths.is_empty() || !sets.rows.is_empty()).then_some(Self { depths, sets, sets_caption })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        legend::heading(ui, "Layers", shown.modes(), &mut picks.hidden, false);
        let mut names: Vec<&str> = self.depths.iter().map(|depth| depth.name.as_str()).collect();
        if !self.sets.rows.is_empty() {
            names.push("Sets");
        }
        picks.layers = picks.layers.min(names.len().saturating_sub(1));
        let depth = self.depths.get(picks.layers);
        let bars = depth.map_or(Vec::new(), |depth| tools::bars_of(&depth.charts));
        let table = if depth.is_some() { "layer_depth" } else { "layer_sets" };
        tools::row(ui, shown, picks, tools::Tools { bars: &bars, table, ..Default::default() }, |ui, picks| {
            for (i, name) in names.iter().enumerate() {
                if tools::switch(ui, picks.layers == i, name).clicked() {
                    picks.layers = i;
                    picks.table = Some(if i < self.depths.len() { "layer_depth" } else { "layer_sets" });
                }
            }
        });
        let Some(depth) = depth else {
            super::above_caption(ui, &self.sets_caption, |ui| {
                self.sets.show(ui, "sets of layers", picks, shown.origin());
            });
            note(ui, &self.sets_caption);
            return;
        };
        let words: Vec<String> = depth.charts.iter().map(|chart| chart.bars_words(picks.bars)).collect();
        let words = match words.as_slice() {
            [a, b] if a != b => format!("Left: {a} Right: {b}"),
            all => all.first().cloned().unwrap_or_default(),
        };
        let caption = format!("{words} {}", depth.caption);
        super::above_caption(ui, &caption, |ui| {
            plot::grid(ui, &depth.charts, picks, shown.origin(), &depth.name);
        });
        note(ui, caption);
    }
}

fn depth(records: &[Record], width: usize, (shaded, setting): (&[usize], &str), texts: usize) -> Depth {
    let of_width: Vec<&Record> = records.iter().filter(|record| record.count("width") == width).collect();
    let seeds = of_width.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
    let single = width == 1;
    let chart = |id, title: &str, key: &str, times: f64, unit: &str| Chart {
        id,
        title: title.to_owned(),
        x_label: if single { "Layer".to_owned() } else { "Middle of the window (layer)".to_owned() },
        x: Across::Layers,
        series: series(&of_width, key, times, unit),
        shaded: if key == "recovery" { shaded.to_vec() } else { Vec::new() },
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    };
    let n = match texts {
        0 => counted(seeds, "seed", "seeds"),
        _ => format!("{} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts")),
    };
    let these = if single { "this layer" } else { "these layers" };
    Depth {
        name: if single { "Single layers".to_owned() } else { format!("Windows of {width}") },
        charts: vec![
            chart(
                "depth damage",
                &format!("Damage where {these} alone {} disturbed (nats)", is(single)),
                "damage",
                1.0,
                "nats",
            ),
            chart(
                "depth recovery",
                &format!("Recovery where {these} alone {} repaired (%)", is(single)),
                "recovery",
                100.0,
                "%",
            ),
        ],
        caption: format!(
            "n {n}. Recovery: the study's layers {} (shaded) are disturbed, and the attention of {these} is repaired; up to \
             the first of them there is nothing to repair. {setting}",
            records::written(shaded)
        ),
    }
}

fn is(single: bool) -> &'static str {
    if single { "is" } else { "are" }
}

fn series(records: &[&Record], key: &str, times: f64, unit: &str) -> Vec<Series> {
    let mut list: Vec<Series> = Vec::new();
    for record in records {
        let value = record.number(key).or_else(|| record.number(&format!("{key}_mean")));
        let (Some(mode), Some(value)) = (record.mode(), value) else { continue };
        let layers = record.text("layers");
        let first: u16 = layers.split(['-', '–', ',']).next().and_then(|first| first.parse().ok()).unwrap_or_default();
        #[allow(clippy::cast_precision_loss)] // a handful
        let x = f64::from(first) + (record.count("width").max(1) - 1) as f64 / 2.0;
        let bar = record.interval(key).map(|(low, high)| (times * low, times * high));
        let word = if record.count("width") > 1 { "layers" } else { "layer" };
        let words = format!(
            "{word} {}\n{key} {}\nn {}",
            layers.replace('-', "–"),
            hover(times * value, unit, bar),
            counted(record.count("damage_seeds"), "seed", "seeds")
        );
        let spreads = if key == "damage" { record.spreads(key) } else { Spreads::interval(bar) };
        let what = if key == "damage" { "disturb" } else { "repair" };
        let arm = format!("{what} {layers}");
        let layer = (record.count("width") == 1).then_some(usize::from(first));
        let point = Some(Point { kind: Kind::LayerSets, mode, arm, delta: None, layer, head: None });
        let mark = Mark { x, y: times * value, spreads, hover: words, point, ..Mark::default() };
        add(&mut list, Of::Mode(mode), Form::Line, mark);
    }
    list
}
