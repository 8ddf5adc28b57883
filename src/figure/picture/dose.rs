//! The damage as a function of δ: the curves that are nearest to it with their half-effect δ, and the ratio of the modes.

use super::Point;
use super::bars::{Bars, Spreads};
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, hover};
use super::records::{self, Record};
use super::scale::{Scale, exact};
use crate::experiment::{Kind, RATIO_RULE};
use crate::figure::{Table, counted, number};
use crate::stats::LogLogistic;
use crate::study::{Mode, Study};

/// What stands above the picture.
pub const TITLE: &str = "Dose–response";

/// The table of the curves.
pub const TABLE: &str = "dose_response";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    damage: Chart,
    /// The ratio by δ; none where there is no mode to compare with, or no ratio at any δ.
    ratio: Option<Chart>,
    /// What the fits say, a line each.
    pub fits: Vec<String>,
    caption: String,
}

const HALF: &str = "half-effect δ";
const RATIO: &str = "angular / magnitude";

/// So many straight pieces make a curve.
const PIECES: u32 = 96;

impl Data {
    /// From the tables of damages, of curves and of effects; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let damages = records::of(tables, "damage", study);
        let mut series = Vec::new();
        for mode in &study.perturbation.modes {
            for record in &damages {
                let Some(mark) = mark(record, *mode) else { continue };
                add(&mut series, Of::Mode(*mode), Form::Points, mark);
            }
        }
        let deltas = || series.iter().flat_map(|one: &Series| &one.marks).map(|mark| mark.x);
        let (low, high) = deltas().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        let (mut curves, mut halves, mut fits) = (Vec::new(), Vec::new(), Vec::new());
        for record in &records::of(tables, TABLE, study) {
            fits.push(fit(record));
            let Some(mode) = record.mode() else { continue };
            let Some((curve, half)) = curve(record, mode) else { continue };
            curves.push((mode, path(&curve, low, high)));
            add(&mut halves, Of::Part(mode, HALF), Form::Points, half);
        }
        series.extend(halves);
        let seeds = damages.iter().flat_map(|record| study.perturbation.modes.iter().map(move |mode| (record, mode)));
        let seeds = seeds.map(|(record, mode)| record.count(&format!("{}_seeds", key(*mode)))).max().unwrap_or(0);
        let texts = records::of(tables, TABLE, study).iter().map(|record| record.count("items")).max();
        let unit = study.perturbation.delta_unit.label();
        let caption = format!(
            "Lines: saturation/(1 + (half/δ)^slope), least squares; hollow: half-effect δ with its {}. n {} × {}. No test. The ratio is \
             {RATIO_RULE}. {}",
            records::intervals(tables, TABLE),
            counted(seeds, "seed", "seeds"),
            counted(texts.unwrap_or(0), "text", "texts"),
            records::setting(tables, "damage")
        );
        let damage = Chart {
            id: "dose",
            title: "Loss damage and its curve (nats)".to_owned(),
            x_label: format!("δ ({unit})"),
            x: Across::Value(Scale::Linear),
            series,
            curves,
            over: ["seeds", "95 % t interval over seeds"],
            ..Chart::default()
        };
        let there = damage.series.iter().any(|series| !series.marks.is_empty());
        there.then(|| Self { damage, ratio: ratio(tables, study, unit), fits, caption })
    }

    /// The damage with its curves and, where there is one, the ratio, on these scales of δ and of what is measured.
    #[must_use]
    pub fn charts(&self, [x, y]: [Scale; 2]) -> Vec<Chart> {
        let charts = std::iter::once(&self.damage).chain(&self.ratio);
        charts.map(|chart| Chart { x: Across::Value(x), y, ..chart.clone() }).collect()
    }

    /// What its bars can stand for.
    #[must_use]
    pub fn bars(&self) -> Vec<Bars> {
        self.damage.bars()
    }

    /// What the bars of the damage, and of the ratio, are where `chosen` was asked for.
    #[must_use]
    pub fn bars_words(&self, chosen: Bars) -> String {
        let what =
            |chart: &Chart| chart.bars_words(chosen).trim_start_matches("Bars: ").trim_end_matches('.').to_owned();
        match &self.ratio {
            Some(ratio) => format!("Bars: damage, {}; ratio, {}.", what(&self.damage), what(ratio)),
            None => self.damage.bars_words(chosen),
        }
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.bars_words(bars), self.caption)
    }
}

/// A mode in the names of a table's fields.
fn key(mode: Mode) -> String {
    mode.to_string().replace(' ', "_")
}

/// The damage under `mode` at the δ of `record`.
fn mark(record: &Record, mode: Mode) -> Option<Mark> {
    let (delta, key) = (record.number("delta")?, key(mode));
    let y = record.number(&format!("{key}_mean"))?;
    let mean = crate::stats::Spread {
        mean: y,
        sd: record.number(&format!("{key}_sd")),
        n: record.count(&format!("{key}_seeds")),
    };
    let interval = crate::stats::t_interval(&mean);
    let hover = format!(
        "δ {delta}\nmean {}\nsd over seeds {}\nn {} × {}",
        hover(y, "nats", None),
        mean.sd.map_or("none".to_owned(), exact),
        counted(mean.n, "seed", "seeds"),
        counted(record.count(&format!("{key}_items")), "text", "texts")
    );
    let point =
        Some(Point { kind: Kind::Sweep, mode, arm: String::new(), delta: Some(delta), layer: None, head: None });
    Some(Mark { x: delta, y, spreads: Spreads::over_seeds(&mean, interval), hover, point, ..Mark::default() })
}

/// The curve of a record of the table of curves, and the mark of its half-effect δ.
fn curve(record: &Record, mode: Mode) -> Option<(LogLogistic, Mark)> {
    let of = |key: &str| record.number(key);
    let curve = LogLogistic { saturation: of("saturation")?, half: of("half")?, slope: of("slope")? };
    let words = format!(
        "half of the saturation is reached at δ {}\nsaturation {}\nslope {}\nmisfit {} % of the saturation\nn {}",
        hover(curve.half, "", record.interval("half")),
        hover(curve.saturation, "nats", record.interval("saturation")),
        hover(curve.slope, "", record.interval("slope")),
        number(100.0 * of("miss").unwrap_or_default()),
        counted(record.count("items"), "text", "texts")
    );
    let point = Some(Point { kind: Kind::Sweep, mode, arm: String::new(), delta: None, layer: None, head: None });
    let (x, y, across) = (curve.half, curve.saturation / 2.0, record.interval("half"));
    Some((curve, Mark { x, y, across, hover: words, point, ..Mark::default() }))
}

/// Points of `curve` from `low` to `high`, evenly on a logarithmic axis, and from near 0 on.
fn path(curve: &LogLogistic, low: f64, high: f64) -> Vec<(f64, f64)> {
    let from = 0.2 * low;
    let step = |i: u32| from * (high / from).powf(f64::from(i) / f64::from(PIECES));
    (0..=PIECES).map(step).map(|delta| (delta, curve.at(delta))).collect()
}

/// What a record of the table of curves says, in a line.
fn fit(record: &Record) -> String {
    let name = record.text("mode");
    let estimate = |key: &str| {
        let value = record.number(key)?;
        let end = |end: Option<f64>| end.map_or("∞".to_owned(), number);
        let (low, high) = (record.number(&format!("{key}_low")), record.number(&format!("{key}_high")));
        Some(format!("{} [{}, {}]", number(value), end(low), end(high)))
    };
    if let Some(ratio) = estimate("ratio") {
        let at = record
            .number("at_damage")
            .map_or(String::new(), |damage| format!(" at a damage of {} nats", number(damage)));
        return format!("δ {name}, equal damage: {ratio}{at}");
    }
    match (estimate("half"), estimate("saturation"), estimate("slope")) {
        (Some(half), Some(saturation), Some(slope)) => {
            format!("{name}: half-effect δ {half}, saturation {saturation} nats, slope {slope}")
        }
        _ => format!("{name}: {}", record.text("missing")),
    }
}

/// Angular over magnitude at each δ, with Fieller's interval over seeds.
fn ratio(tables: &[Table], study: &Study, unit: &str) -> Option<Chart> {
    let mut series = Vec::new();
    for record in &records::ratios(tables, study) {
        let (Some(delta), Some(y)) = (record.number("delta"), record.number("ratio")) else { continue };
        let interval = record.interval("ratio");
        let hover = format!(
            "δ {delta}\nratio {}, Fieller's, over seeds\nn {}",
            hover(y, "", interval),
            counted(record.count("seeds"), "seed", "seeds")
        );
        let point = Some(Point {
            kind: Kind::Sweep,
            mode: Mode::Angular,
            arm: String::new(),
            delta: Some(delta),
            layer: None,
            head: None,
        });
        let spreads = Spreads::interval(interval);
        add(&mut series, Of::Plain(RATIO), Form::Line, Mark { x: delta, y, spreads, hover, point, ..Mark::default() });
    }
    (!series.is_empty()).then(|| Chart {
        id: "ratio",
        title: "Ratio angular/magnitude, 95 % interval".to_owned(),
        x_label: format!("δ ({unit})"),
        x: Across::Value(Scale::Linear),
        series,
        reference: Some(1.0),
        over: ["seeds", "95 % interval by Fieller, over seeds"],
        ..Chart::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_half_of_its_saturation() {
        let curve = LogLogistic { saturation: 4.0, half: 0.6, slope: 3.0 };
        let path = path(&curve, 0.1, 1.0);
        let (x, y) = path.iter().copied().min_by(|a, b| (a.0 - 0.6).abs().total_cmp(&(b.0 - 0.6).abs())).unwrap();
        assert!((x - 0.6).abs() < 0.02 && (y - 2.0).abs() < 0.2, "{x} {y}");
        assert!((path[0].0 - 0.02).abs() < 1e-12 && (path.last().unwrap().0 - 1.0).abs() < 1e-12);
        assert!(path.windows(2).all(|pair| pair[1].1 >= pair[0].1));
    }
}
