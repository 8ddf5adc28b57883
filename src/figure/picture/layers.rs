//! Which layers matter: single ones and windows over the depth, disturbed and repaired, and sets of them.

use super::bars::{Bars, Spreads};
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, bars_of_both, hover};
use super::forest::{self, Forest};
use super::setting::{finite, intervals};
use super::{Point, Setting};
use crate::experiment::{Arm, Kind};
use crate::figure::counted;
use crate::findings::{Findings, LayerWindow, Repairs, layers_written};

/// What the sets are called beside the names of the depths.
pub const SETS: &str = "Sets";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By the width of the windows.
    pub depths: Vec<Depth>,
    /// Sets of layers; without rows where there are none.
    pub sets: Forest,
    /// How they were made.
    pub setting: Setting,
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
    pub charts: [Chart; 2],
    caption: String,
}

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let windows = findings.windows();
        let mut widths: Vec<usize> = windows.iter().map(|window| window.window.width).collect();
        widths.sort_unstable();
        widths.dedup();
        let repairs = findings.repairs(Kind::LayerSets);
        let restored = repairs.map(Repairs::restored).unwrap_or_default();
        let sets = Forest::of(&restored, Kind::LayerSets);
        // Windows stand without texts before a set is repaired.
        let texts = repairs.filter(|_| !sets.rows.is_empty()).map_or(0, Repairs::items);
        let setting = Setting::of(findings, Some(Kind::LayerSets), restored.iter().map(|restored| restored.delta));
        let shaded = findings.layers_of(Kind::LayerSets);
        let depth = |width: usize| {
            let of_width: Vec<&LayerWindow> = windows.iter().filter(|window| window.window.width == width).collect();
            depth(&of_width, width, (shaded, &setting.words), texts)
        };
        let depths: Vec<Depth> = widths.into_iter().map(depth).collect();
        let seeds = restored.iter().map(|restored| restored.seeds).max().unwrap_or(0);
        let sets_caption = format!(
            "Recovery where the attention of a set is repaired, with its {} \
             (n {} × {}). Top, middle and bottom: by the change of attention entropy; random: drawn from the study's seed. {} \
             {}",
            intervals(findings),
            counted(seeds, "seed", "seeds"),
            counted(texts, "text", "texts"),
            setting.words,
            forest::missing(std::iter::once(&sets)).unwrap_or_default()
        );
        (!depths.is_empty() || !sets.rows.is_empty()).then_some(Self { depths, sets, setting, sets_caption })
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
        let [damage, recovery] = &self.charts;
        bars_of_both([("damage", damage), ("recovery", recovery)], bars)
    }
}

fn depth(windows: &[&LayerWindow], width: usize, (shaded, setting): (&[usize], &str), texts: usize) -> Depth {
    let seeds = windows.iter().map(|window| window.damage.n).max().unwrap_or(0);
    let single = width == 1;
    let chart = |id, title: &str, unit, shown: Shown| Chart {
        id,
        title: title.to_owned(),
        unit,
        x_label: if single { "Layer".to_owned() } else { "Middle of the window (layer)".to_owned() },
        x: Across::Layers,
        series: series(windows, shown),
        shaded: if shown == Shown::Recovery { shaded.to_vec() } else { Vec::new() },
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
        charts: [
            chart(
                "depth damage",
                &format!("Damage where {these} alone {} disturbed", is(single)),
                "nats",
                Shown::Damage,
            ),
            chart(
                "depth recovery",
                &format!("Recovery where {these} alone {} repaired", is(single)),
                "%",
                Shown::Recovery,
            ),
        ],
        caption: format!(
            "n {n}. Recovery: the study's layers {} (shaded) are disturbed, and the attention of {these} is repaired; up to \
             the first of them there is nothing to repair. {setting}",
            layers_written(shaded)
        ),
    }
}

fn is(single: bool) -> &'static str {
    if single { "is" } else { "are" }
}

/// What a chart over the depth shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Damage,
    Recovery,
}

fn series(windows: &[&LayerWindow], shown: Shown) -> Vec<Series> {
    let mut list: Vec<Series> = Vec::new();
    for window in windows {
        let of = window.window;
        let layers = of.to_string().replace('-', "–");
        let (y, bar, spreads, name, unit, arm) = match (shown, window.recovery) {
            (Shown::Damage, _) => {
                let bar = window.interval.and_then(finite);
                let spreads = Spreads::over_seeds(&window.damage, bar);
                (window.damage.mean, bar, spreads, "damage", "nats", Arm::Disturbed(of))
            }
            (Shown::Recovery, Some(Ok(share))) => {
                let bar = finite(share.interval).map(|(low, high)| (100.0 * low, 100.0 * high));
                (100.0 * share.value, bar, Spreads::interval(bar), "recovery", "%", Arm::RepairedWindow(of))
            }
            (Shown::Recovery, _) => continue,
        };
        let x = of.first as f64 + (of.width - 1) as f64 / 2.0;
        let single = of.width == 1;
        let word = if single { "layer" } else { "layers" };
        let words =
            format!("{word} {layers}\n{name} {}\nn {}", hover(y, unit, bar), counted(window.damage.n, "seed", "seeds"));
        let layer = single.then_some(of.first);
        let mode = window.mode;
        let point = Some(Point { kind: Kind::LayerSets, mode, arm, delta: None, layer, head: None });
        let mark = Mark { x, y, spreads, hover: words, point, ..Mark::default() };
        add(&mut list, Of::Mode(mode), Form::Line, mark);
    }
    list
}
