//! The damage as a function of δ: the curves that are nearest to it with their half-effect δ, and the ratio of the modes.

use super::bars::{Bars, Spreads};
use super::chart::{Across, Chart, Form, Mark, Of, Series, add, bars_of_both, hover};
use super::scale::{Scale, exact};
use super::setting::{finite, intervals};
use super::{Point, Setting};
use crate::experiment::{Arm, Dose, Kind, Measured, RATIO_RULE};
use crate::figure::{counted, number};
use crate::findings::Findings;
use crate::stats::{DoseResponse, Estimate, LogLogistic, ratio_of_means, t_interval};
use crate::study::Mode;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    damage: Chart,
    /// The ratio by δ; none where there is no mode to compare with, or no ratio at any δ.
    ratio: Option<Chart>,
    /// What the fits say, a line each.
    pub fits: Vec<String>,
    /// How it was made.
    pub setting: Setting,
    caption: String,
}

const HALF: &str = "half-effect δ";
const RATIO: &str = "angular / magnitude";

/// So many straight pieces make a curve.
const PIECES: u32 = 96;

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let comparison = findings.comparison(Kind::Sweep)?;
        let mut series = Vec::new();
        let cells = |mode: Mode| comparison.rows.iter().filter_map(move |row| Some((row.delta, row.cell(mode)?)));
        let modes = &findings.study().perturbation.modes;
        for mode in modes {
            for (delta, cell) in cells(*mode) {
                add(&mut series, Of::Mode(*mode), Form::Points, mark(*mode, delta, cell));
            }
        }
        let deltas = || series.iter().flat_map(|one: &Series| &one.marks).map(|mark| mark.x);
        let (low, high) = deltas().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        let (mut curves, mut halves, mut fits) = (Vec::new(), Vec::new(), Vec::new());
        for dose in findings.dose() {
            fits.push(fit(dose));
            let (Some(mode), Some(Ok(curve))) = (dose.mode, &dose.curve) else { continue };
            curves.push((mode, path(&curve.curve, low, high)));
            add(&mut halves, Of::Part(mode, HALF), Form::Points, half(mode, curve, dose.items));
        }
        series.extend(halves);
        let seeds = modes.iter().flat_map(|mode| cells(*mode)).map(|(_, cell)| cell.spread.n).max().unwrap_or(0);
        let texts = findings.dose().iter().map(|dose| dose.items).max();
        let unit = findings.study().perturbation.delta_unit.label();
        // A curve goes over all δ.
        let setting = Setting::of(findings, Some(Kind::Sweep), []);
        let caption = format!(
            "Lines: saturation/(1 + (half/δ)^slope), least squares; hollow: half-effect δ with its {}. n {} × {}. No test. The ratio is \
             {RATIO_RULE}. {}",
            intervals(findings),
            counted(seeds, "seed", "seeds"),
            counted(texts.unwrap_or(0), "text", "texts"),
            setting.words
        );
        let damage = Chart {
            id: "dose",
            title: "Loss damage and its curve".to_owned(),
            unit: "nats",
            x_label: format!("δ ({unit})"),
            x: Across::Value(Scale::Linear),
            series,
            curves,
            over: ["seeds", "95 % t interval over seeds"],
            ..Chart::default()
        };
        let there = damage.series.iter().any(|series| !series.marks.is_empty());
        there.then(|| Self { damage, ratio: ratio(findings, unit), fits, setting, caption })
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
        match &self.ratio {
            Some(ratio) => bars_of_both([("damage", &self.damage), ("ratio", ratio)], chosen),
            None => self.damage.bars_words(chosen),
        }
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.bars_words(bars), self.caption)
    }
}

/// The damage of `cell` under `mode` at `delta`.
fn mark(mode: Mode, delta: f64, cell: &Measured) -> Mark {
    let spread = &cell.spread;
    let hover = format!(
        "δ {delta}\nmean {}\nsd over seeds {}\nn {} × {}",
        hover(spread.mean, "nats", None),
        spread.sd.map_or("none".to_owned(), exact),
        counted(spread.n, "seed", "seeds"),
        counted(cell.items, "text", "texts")
    );
    let spreads = Spreads::over_seeds(spread, t_interval(spread));
    Mark { x: delta, y: spread.mean, spreads, hover, point: Some(point(mode, Some(delta))), ..Mark::default() }
}

/// The mark of the half-effect δ of a curve that was fitted to so many texts.
fn half(mode: Mode, fitted: &DoseResponse, items: usize) -> Mark {
    let curve = &fitted.curve;
    let across = finite(fitted.half.interval);
    let words = format!(
        "half of the saturation is reached at δ {}\nsaturation {}\nslope {}\nmisfit {} % of the saturation\nn {}",
        hover(curve.half, "", across),
        hover(curve.saturation, "nats", finite(fitted.saturation.interval)),
        hover(curve.slope, "", finite(fitted.slope.interval)),
        number(100.0 * fitted.miss),
        counted(items, "text", "texts")
    );
    let (x, y) = (curve.half, curve.saturation / 2.0);
    Mark { x, y, across, hover: words, point: Some(point(mode, None)), ..Mark::default() }
}

/// What a mark of the sweep is the mean of.
fn point(mode: Mode, delta: Option<f64>) -> Point {
    Point { kind: Kind::Sweep, mode, arm: Arm::Plain, delta, layer: None, head: None }
}

/// Points of `curve` from `low` to `high`, evenly on a logarithmic axis, and from near 0 on.
fn path(curve: &LogLogistic, low: f64, high: f64) -> Vec<(f64, f64)> {
    let from = 0.2 * low;
    let step = |i: u32| from * (high / from).powf(f64::from(i) / f64::from(PIECES));
    (0..=PIECES).map(step).map(|delta| (delta, curve.at(delta))).collect()
}

/// What `dose` says, in a line.
fn fit(dose: &Dose) -> String {
    let name = dose.mode.map_or("angular / magnitude".to_owned(), |mode| mode.to_string());
    let estimate = |estimate: &Estimate| {
        let end = |end: f64| if end.is_finite() { number(end) } else { "∞".to_owned() };
        let (low, high) = estimate.interval;
        format!("{} [{}, {}]", number(estimate.value), end(low), end(high))
    };
    match (&dose.ratio, &dose.curve) {
        (Some((Ok(ratio), damage)), _) => {
            format!("δ {name}, equal damage: {} at a damage of {} nats", estimate(ratio), number(*damage))
        }
        (_, Some(Ok(curve))) => {
            let [half, saturation, slope] = [&curve.half, &curve.saturation, &curve.slope].map(estimate);
            format!("{name}: half-effect δ {half}, saturation {saturation} nats, slope {slope}")
        }
        (Some((Err(why), _)), None) | (_, Some(Err(why))) => format!("{name}: {why}"),
        (None, None) => name,
    }
}

/// δ, angular over magnitude with Fieller's interval over seeds, and how many these are, at each δ at which the damages
/// give a ratio (see [`RATIO_RULE`]).
pub(super) fn ratios_by_delta(findings: &Findings) -> Vec<(f64, Estimate, usize)> {
    let Some(comparison) = findings.comparison(Kind::Sweep) else { return Vec::new() };
    let is_given = |delta: f64| comparison.rows.iter().any(|row| row.delta == delta && row.ratio.is_some());
    let ratio = |difference: &crate::experiment::Difference| {
        let [angular, magnitude] = &difference.by_seed;
        let ratio = ratio_of_means(angular, magnitude).ok().filter(|_| is_given(difference.delta))?;
        Some((difference.delta, ratio, angular.len()))
    };
    findings.differences_of(Kind::Sweep).iter().filter_map(ratio).collect()
}

/// Angular over magnitude at each δ.
fn ratio(findings: &Findings, unit: &str) -> Option<Chart> {
    let mut series = Vec::new();
    for (x, ratio, seeds) in ratios_by_delta(findings) {
        let (y, interval) = (ratio.value, finite(ratio.interval));
        let hover = format!(
            "δ {x}\nratio {}, Fieller's, over seeds\nn {}",
            hover(y, "", interval),
            counted(seeds, "seed", "seeds")
        );
        let (spreads, point) = (Spreads::interval(interval), Some(point(Mode::Angular, Some(x))));
        add(&mut series, Of::Plain(RATIO), Form::Line, Mark { x, y, spreads, hover, point, ..Mark::default() });
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
