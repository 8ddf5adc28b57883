//! Several studies beside each other: what each brings to the comparison, from its tables.

use super::look::{Cues, Ink, Line, Marker};
use super::records;
use super::scale::Scale;
use crate::experiment::{Kind, Origin};
use crate::figure::Table;
use crate::study::{Mode, Study};
use std::path::Path;

/// What the columns of [`Compared::tsv`] are.
pub const HEADS: &str = "study\twhat\tat\tvalue\tlow\thigh\n";

/// A study that is compared.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What it is called: its file, or "published".
    pub name: String,
    /// What δ is measured in.
    pub unit: &'static str,
    /// The ratio of the damages by δ.
    pub ratios: Vec<Point>,
    /// What repairs give back.
    pub recoveries: Vec<Recovery>,
    /// Per mode the change of attention entropy by relative depth.
    pub layers: Vec<(Mode, Vec<Point>)>,
    /// Every setting with its value.
    pub settings: Vec<(String, String)>,
}

/// A point of a line.
#[derive(Debug, Clone)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What a hover says after the study's name.
    pub words: String,
}

/// What a repair gives back.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Which repair, under which mode, at which δ.
    pub name: String,
    /// The mode.
    pub mode: Mode,
    /// Percent, with its 95 % interval.
    pub percent: (f64, (f64, f64)),
}

impl Point {
    /// Everything about it, of the study `name`.
    #[must_use]
    pub fn hover(&self, name: &str) -> String {
        let interval =
            self.interval.map_or(String::new(), |(low, high)| format!("\n95 % interval {low:.4} to {high:.4}"));
        format!("{name}\n{}{interval}", self.words)
    }

    /// Where it is, and the ends of its interval, parted by tabs.
    fn tsv(&self) -> String {
        let (low, high) = self.interval.map_or((String::new(), String::new()), |(a, b)| (a.to_string(), b.to_string()));
        format!("{}\t{}\t{low}\t{high}", self.x, self.y)
    }
}

impl Recovery {
    /// Everything about it, of the study `name`.
    #[must_use]
    pub fn hover(&self, name: &str) -> String {
        let (value, (from, to)) = self.percent;
        let interval = format!("95 % bootstrap interval over texts and seeds {from:.2} to {to:.2} %");
        format!("{name}\n{}: {value:.2} %\n{interval}", self.name)
    }
}

impl Compared {
    /// All that is drawn of it, a line each, under [`HEADS`].
    #[must_use]
    pub fn tsv(&self) -> String {
        let name = &self.name;
        let mut lines = String::new();
        for point in &self.ratios {
            lines += &format!("{name}\tratio by delta\t{}\n", point.tsv());
        }
        for Recovery { name: repair, percent: (value, (low, high)), .. } in &self.recoveries {
            lines += &format!("{name}\trecovery (%), {repair}\t\t{value}\t{low}\t{high}\n");
        }
        for (mode, points) in &self.layers {
            for point in points {
                lines += &format!("{name}\tchange of entropy by depth, {mode}\t{}\n", point.tsv());
            }
        }
        lines
    }

    /// Of a study that is called `name`, and its tables.
    #[must_use]
    pub fn of(name: String, tables: &[Table], study: &Study) -> Self {
        Self {
            name,
            unit: study.perturbation.delta_unit.label(),
            ratios: ratios(tables, study),
            recoveries: recoveries(tables, study),
            layers: layers(tables, study),
            settings: settings(study),
        }
    }
}

/// What a study is called in a comparison.
#[must_use]
pub fn name(origin: &Origin, file: &Path) -> String {
    match origin {
        Origin::Run => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        Origin::Published { .. } => "published".to_owned(),
    }
}

/// How the study in place `i` looks: colours belong to modes, so that studies differ in markers, lines and shade.
#[must_use]
pub fn cues(i: usize) -> Cues {
    let forms = [
        (Line::Solid, Marker::Circle),
        (Line::Dashed, Marker::Square),
        (Line::Dotted, Marker::Diamond),
        (Line::DashDot, Marker::Triangle),
    ];
    let (line, marker) = forms[i % forms.len()];
    Cues { ink: if i < forms.len() { Ink::Text } else { Ink::Muted }, line, marker }
}

/// The modes whose layers were read in any of `studies`.
#[must_use]
pub fn modes(studies: &[(usize, &Compared)]) -> Vec<Mode> {
    let mut modes = Vec::new();
    for (mode, _) in studies.iter().flat_map(|(_, study)| &study.layers) {
        if !modes.contains(mode) {
            modes.push(*mode);
        }
    }
    modes
}

/// A line per study over two axes.
#[derive(Debug)]
pub struct Lines<'a> {
    /// The scale across.
    pub x: Scale,
    /// The scale up.
    pub y: Scale,
    /// What stands below.
    pub x_label: String,
    /// What stands above the upright axis.
    pub y_label: &'static str,
    /// A value of the upright axis that a dashed line marks.
    pub base: f64,
    /// The place of a study, its name and its points.
    pub lines: Vec<(usize, &'a str, &'a [Point])>,
    /// What stands below the picture.
    pub caption: &'static str,
}

impl<'a> Lines<'a> {
    /// The ratio of the damages by δ; `studies` are those that are shown, with their places.
    #[must_use]
    pub fn ratios(studies: &[(usize, &'a Compared)]) -> Self {
        let lines: Vec<(usize, &str, &[Point])> =
            studies.iter().map(|(i, study)| (*i, study.name.as_str(), study.ratios.as_slice())).collect();
        let mut units: Vec<&str> =
            studies.iter().filter(|(_, study)| !study.ratios.is_empty()).map(|(_, study)| study.unit).collect();
        units.dedup();
        let caption = match units.as_slice() {
            [] => "None of these studies has a δ at which both damages are surely above 0.",
            [_] => {
                "With Fieller's 95 % intervals over seeds; no ratio where the damage under magnitude is not told from 0. Dashed: no difference."
            }
            _ => {
                "With Fieller's 95 % intervals over seeds. The studies measure δ in different units: compare the ratios, and not \
                 where they stand along the axis."
            }
        };
        Self {
            x: Scale::Log,
            y: Scale::Log,
            x_label: format!("δ ({})", units.join("; ")),
            y_label: "damage angular / damage magnitude",
            base: 1.0,
            lines,
            caption,
        }
    }

    /// The change of attention entropy under `mode` by relative depth.
    #[must_use]
    pub fn layers(studies: &[(usize, &'a Compared)], mode: Option<Mode>) -> Self {
        let of = |study: &Compared| study.layers.iter().position(|(known, _)| Some(*known) == mode);
        let lines: Vec<(usize, &str, &[Point])> = studies
            .iter()
            .filter_map(|(i, study)| Some((*i, study.name.as_str(), study.layers[of(study)?].1.as_slice())))
            .collect();
        let caption = if lines.is_empty() {
            "None of these studies has the attention entropy of its layers. Add the attention entropy to a study and run it."
        } else {
            "Mean over seeds and texts, with 95 % bootstrap intervals over both. Depth 0: the first layer; 1: the last."
        };
        Self {
            x: Scale::Linear,
            y: Scale::Linear,
            x_label: "Relative depth".to_owned(),
            y_label: "change of attention entropy (nats)",
            base: 0.0,
            lines,
            caption,
        }
    }

    /// The positions that have to be seen across and up, with room around them.
    #[must_use]
    pub fn extents(&self) -> ((f64, f64), (f64, f64)) {
        let (mut x, mut y) = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
        let see = |range: &mut (f64, f64), place: Option<f64>| {
            if let Some(place) = place {
                *range = (range.0.min(place), range.1.max(place));
            }
        };
        see(&mut y, self.y.place(self.base));
        for point in self.lines.iter().flat_map(|(_, _, points)| points.iter()) {
            see(&mut x, self.x.place(point.x));
            see(&mut y, self.y.place(point.y));
            let (low, high) = point.interval.unwrap_or((point.y, point.y));
            see(&mut y, self.y.place(low));
            see(&mut y, self.y.place(high));
        }
        let wider = |(low, high): (f64, f64)| match () {
            () if low > high => (0.0, 1.0),
            () if high > low => (low - 0.06 * (high - low), high + 0.06 * (high - low)),
            () => (low - 0.5, high + 0.5),
        };
        (wider(x), wider(y))
    }
}

/// What repairs give back in each study, row by row.
#[derive(Debug)]
pub struct Recoveries<'a> {
    /// The repairs, with their modes.
    pub names: Vec<(&'a str, Mode)>,
    /// Ends of the axis.
    pub extent: (f64, f64),
}

impl<'a> Recoveries<'a> {
    /// What stands below the axis.
    pub const LABEL: &'static str = "Recovery (% of the damage)";

    /// What stands below the picture.
    pub const CAPTION: &'static str =
        "With 95 % intervals. A recovery is given only where the damage's own interval lies above 0.";

    /// What stands in place of the picture where there are no rows.
    pub const NONE: &'static str =
        "None of these studies has a repair whose damage is surely above 0. Add a repair to a study and run it.";

    /// Those of `studies`, but for the modes that are `hidden`.
    #[must_use]
    pub fn of(studies: &[(usize, &'a Compared)], hidden: &[Mode]) -> Self {
        let mut names: Vec<(&str, Mode)> = Vec::new();
        for recovery in studies.iter().flat_map(|(_, study)| &study.recoveries) {
            if !hidden.contains(&recovery.mode) && !names.iter().any(|(name, _)| *name == recovery.name) {
                names.push((&recovery.name, recovery.mode));
            }
        }
        let all = studies.iter().flat_map(|(_, study)| &study.recoveries).map(|recovery| recovery.percent.1);
        let (low, high) = all.fold((0.0_f64, 100.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
        Self { names, extent: (low.max(-100.0) - 4.0, high.min(200.0) + 4.0) }
    }
}

fn ratios(tables: &[Table], study: &Study) -> Vec<Point> {
    let records = records::of(tables, "effects", study);
    let point = |record: &records::Record| {
        let (delta, ratio) = (record.number("delta")?, record.number("ratio")?);
        let n = format!("n {} seeds", record.count("seeds"));
        let words = format!("δ {delta}: ratio {ratio:.4}, interval by Fieller, over seeds\n{n}");
        Some(Point { x: delta, y: ratio, interval: record.interval("ratio"), words })
    };
    records.iter().filter(|record| record.text("experiment") == Kind::Sweep.name()).filter_map(point).collect()
}

fn recoveries(tables: &[Table], study: &Study) -> Vec<Recovery> {
    let mut all = Vec::new();
    for id in ["attention_repair", "pathways", "norm_repair"] {
        for record in records::of(tables, id, study) {
            let percent = record.number("recovery").zip(record.interval("recovery"));
            let Some((mode, (value, (low, high)))) = record.mode().zip(percent) else { continue };
            let experiment = if id == "pathways" { ", pathways" } else { "" };
            all.push(Recovery {
                name: format!("{}{experiment}, {mode}", record.text("repair")),
                mode,
                percent: (100.0 * value, (100.0 * low, 100.0 * high)),
            });
        }
    }
    all
}

fn layers(tables: &[Table], study: &Study) -> Vec<(Mode, Vec<Point>)> {
    let records = records::of(tables, "entropy_layers", study);
    let layer = |record: &records::Record| record.text("layer").parse::<f64>().ok();
    let last = records.iter().filter_map(layer).fold(0.0, f64::max).max(1.0);
    let mut lines: Vec<(Mode, Vec<Point>)> = Vec::new();
    for record in records.iter().filter(|record| record.text("quantity").starts_with("entropy")) {
        let (Some(mode), Some(layer), Some(change)) = (record.mode(), layer(record), record.number("change_mean"))
        else {
            continue;
        };
        let n = format!("n {} seeds × {} texts", record.count("change_seeds"), record.count("texts"));
        let words = format!("{mode}, layer {layer} of {last}: change {change:.4} nats\n{n}");
        let point = Point { x: layer / last, y: change, interval: record.interval("change"), words };
        match lines.iter_mut().find(|(known, _)| *known == mode) {
            Some((_, points)) => points.push(point),
            None => lines.push((mode, vec![point])),
        }
    }
    lines
}

/// The settings as in its TOML: "perturbation.layers" and "8-15".
fn settings(study: &Study) -> Vec<(String, String)> {
    let table: toml::Table = crate::study::to_toml(study).parse().unwrap_or_default();
    let mut all = Vec::new();
    flatten("", &toml::Value::Table(table), &mut all);
    all
}

fn flatten(name: &str, value: &toml::Value, all: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            if table.is_empty() {
                all.push((name.to_owned(), "on".to_owned()));
            }
            for (key, value) in table {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, all);
            }
        }
        toml::Value::String(words) => all.push((name.to_owned(), words.clone())),
        value => all.push((name.to_owned(), value.to_string())),
    }
}
