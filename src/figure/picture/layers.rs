//! Which layers matter: single ones and windows over the depth, disturbed and repaired, and sets of them.

use super::Point;
use super::bars::{Bars, Spreads};
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, hover};
use super::forest::{self, Forest};
use super::records::{self, Record};
use crate::experiment::Kind;
use crate::figure::{Table, counted};
use crate::study::Study;

/// What stands above the picture.
pub const TITLE: &str = "Layers";

/// What the sets are called beside the names of the depths.
pub const SETS: &str = "Sets";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By the width of the windows.
    pub depths: Vec<Depth>,
    /// Sets of layers; without rows where there are none.
    pub sets: Forest,
    sets_caption: String,
}

/// Windows of one width over the depth.
#[derive(Debug)]
pub struct Depth {
    /// What it is called.
    pub name: String,
    /// Layers of a window.
    pub width: usize,
    /// Damage where they are disturbed, and recovery where they are repaired.
    pub charts: Vec<Chart>,
    caption: String,
}

impl Data {
    /// From the tables of layers; none where nothing is in.
    #[must_use]
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
            "Recovery where the attention of a set is repaired, with its {} \
             (n {} × {}). Top, middle and bottom: by the change of attention entropy; random: drawn from the study's seed. {} \
             {}",
            records::intervals(tables, "layer_sets"),
            counted(seeds, "seed", "seeds"),
            counted(texts, "text", "texts"),
            records::setting(tables, "layer_sets"),
            forest::missing(std::iter::once(&sets)).unwrap_or_default()
        );
        (!depths.is_empty() || !sets.rows.is_empty()).then_some(Self { depths, sets, sets_caption })
    }

    /// What stands below the sets.
    #[must_use]
    pub fn sets_caption(&self) -> &str {
        &self.sets_caption
    }
}

impl Depth {
    /// What stands below it where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.bars_words(bars), self.caption)
    }

    /// What the bars of either chart are where `bars` were asked for.
    #[must_use]
    pub fn bars_words(&self, bars: Bars) -> String {
        let words: Vec<String> = self.charts.iter().map(|chart| chart.bars_words(bars)).collect();
        match words.as_slice() {
            [damage, recovery] if damage != recovery => {
                let what = |words: &str| words.trim_start_matches("Bars: ").trim_end_matches('.').to_owned();
                format!("Bars: damage, {}; recovery, {}.", what(damage), what(recovery))
            }
            all => all.first().cloned().unwrap_or_default(),
        }
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
        width,
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
