//! What one study brings to the comparison, from its tables.

use crate::app::keeper::Summary;
use crate::app::panels::records;
use crate::experiment::{Kind, Origin};
use crate::study::Mode;

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
    pub hover: String,
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
    /// Where it is, and the ends of its interval, parted by tabs.
    fn tsv(&self) -> String {
        let (low, high) = self.interval.map_or((String::new(), String::new()), |(a, b)| (a.to_string(), b.to_string()));
        format!("{}\t{}\t{low}\t{high}", self.x, self.y)
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

    /// Of what `summary` shows.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let name = match summary.origin {
            Origin::Run => summary.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Origin::Published { .. } => "published".to_owned(),
        };
        Self {
            name,
            unit: summary.study.perturbation.delta_unit.label(),
            ratios: ratios(summary),
            recoveries: recoveries(summary),
            layers: layers(summary),
            settings: settings(summary),
        }
    }
}

fn ratios(summary: &Summary) -> Vec<Point> {
    let records = records::of(&summary.tables, "effects", &summary.study);
    let point = |record: &records::Record| {
        let (delta, ratio) = (record.number("delta")?, record.number("ratio")?);
        let n = format!("n {} seeds", record.count("seeds"));
        let hover = format!("δ {delta}: ratio {ratio:.4}, interval by Fieller, over seeds\n{n}");
        Some(Point { x: delta, y: ratio, interval: record.interval("ratio"), hover })
    };
    records.iter().filter(|record| record.text("experiment") == Kind::Sweep.name()).filter_map(point).collect()
}

fn recoveries(summary: &Summary) -> Vec<Recovery> {
    let mut all = Vec::new();
    for id in ["attention_repair", "pathways", "norm_repair"] {
        for record in records::of(&summary.tables, id, &summary.study) {
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

fn layers(summary: &Summary) -> Vec<(Mode, Vec<Point>)> {
    let records = records::of(&summary.tables, "entropy_layers", &summary.study);
    let layer = |record: &records::Record| record.text("layer").parse::<f64>().ok();
    let last = records.iter().filter_map(layer).fold(0.0, f64::max).max(1.0);
    let mut lines: Vec<(Mode, Vec<Point>)> = Vec::new();
    for record in records.iter().filter(|record| record.text("quantity").starts_with("entropy")) {
        let (Some(mode), Some(layer), Some(change)) = (record.mode(), layer(record), record.number("change_mean"))
        else {
            continue;
        };
        let n = format!("n {} seeds × {} texts", record.count("change_seeds"), record.count("texts"));
        let hover = format!("{mode}, layer {layer} of {last}: change {change:.4} nats\n{n}");
        let point = Point { x: layer / last, y: change, interval: record.interval("change"), hover };
        match lines.iter_mut().find(|(known, _)| *known == mode) {
            Some((_, points)) => points.push(point),
            None => lines.push((mode, vec![point])),
        }
    }
    lines
}

/// The settings as in its TOML: "perturbation.layers" and "8-15".
fn settings(summary: &Summary) -> Vec<(String, String)> {
    let table: toml::Table = crate::study::to_toml(&summary.study).parse().unwrap_or_default();
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
