//! Magnitude against angular at every δ: of losses as lines over δ, of minimal pairs as bars at each δ.

use super::bars::{Bars, Spreads};
use super::chart::{Across, Chart, Form, Mark, Of, Series};
use super::scale::{Scale, exact, tick_label};
use super::{Point, Setting};
use crate::experiment::{Arm, Comparison, Kind, Measure, Measured, Row};
use crate::figure::{exponent, is_bound, number, p_value};
use crate::findings::Findings;
use crate::stats::t_interval;
use crate::study::{DeltaUnit, Mode};
use std::fmt::Write as _;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// What stands above it.
    pub title: &'static str,
    /// The modes that are compared, in the order in which they are drawn.
    pub modes: Vec<Mode>,
    /// How it was made.
    pub setting: Setting,
    chart: Chart,
    caption: String,
}

/// What stands above the comparison of `measure`.
#[must_use]
pub fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Damage => "A  Loss damage (nats)",
        Measure::AccuracyDrop => "B  Accuracy drop (points)",
    }
}

impl Data {
    /// Of the experiment `kind`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings, kind: Kind) -> Option<Self> {
        let comparison = findings.comparison(kind)?;
        let first = comparison.rows.first()?;
        let setting = Setting::of(findings, Some(kind), comparison.rows.iter().map(|row| row.delta));
        comparison.has_results().then(|| Self {
            title: title(comparison.measure),
            modes: first.cells.iter().map(|(mode, _)| *mode).collect(),
            chart: chart(comparison, findings.study().perturbation.delta_unit),
            caption: format!("{}{} {}", clean(comparison), caption(comparison), setting.words),
            setting,
        })
    }

    /// The chart; the `scales` of δ and of the measure hold where it goes over δ, and bars stand on linear ones.
    #[must_use]
    pub fn chart(&self, [x, y]: [Scale; 2]) -> Chart {
        match &self.chart.x {
            Across::Value(_) => Chart { x: Across::Value(x), y, ..self.chart.clone() },
            _ => self.chart.clone(),
        }
    }

    /// What its bars can stand for.
    #[must_use]
    pub fn bars(&self) -> Vec<Bars> {
        self.chart.bars()
    }

    /// What stands below it where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.chart.bars_words(bars), self.caption)
    }
}

/// The chart of `comparison`.
fn chart(comparison: &Comparison, unit: DeltaUnit) -> Chart {
    let (kind, id, title, chart_unit) = match comparison.measure {
        Measure::Damage => (Kind::Sweep, "damage", "Mean over texts", "nats"),
        Measure::AccuracyDrop => (Kind::Syntax, "syntax", "Drop on minimal pairs", "percentage points"),
    };
    let bars = kind == Kind::Syntax;
    let place = |i: usize, row: &Row| if bars { i as f64 } else { row.delta };
    let mut series: Vec<Series> = Vec::new();
    for (mode, _) in comparison.rows.first().map_or(&[][..], |row| &row.cells) {
        let (mode, mut one) = (*mode, Series::new(Of::Mode(*mode), if bars { Form::Bars(0.0) } else { Form::Line }));
        for (i, row) in comparison.rows.iter().enumerate() {
            let Some(cell) = row.cell(mode) else { continue };
            one.marks.push(Mark {
                x: place(i, row),
                y: cell.spread.mean,
                spreads: Spreads::over_seeds(&cell.spread, t_interval(&cell.spread)),
                hover: hover(comparison, unit, row, cell),
                point: Some(Point { kind, mode, arm: Arm::Plain, delta: Some(row.delta), layer: None, head: None }),
                ..Mark::default()
            });
        }
        series.push(one);
    }
    let rows = || comparison.rows.iter().enumerate();
    let names = comparison.rows.iter().map(|row| tick_label(row.delta)).collect();
    Chart {
        id,
        title: title.to_owned(),
        unit: chart_unit,
        x_label: format!("δ ({})", unit.label()),
        x: if bars { Across::Names(names) } else { Across::Value(Scale::Linear) },
        series,
        stars: rows().filter_map(|(i, row)| Some((place(i, row), row.stars()?))).collect(),
        over: ["seeds", "95 % t interval over seeds"],
        ..Chart::default()
    }
}

/// Of pairs, how many are right in the clean run, and where chance would be.
fn clean(comparison: &Comparison) -> String {
    match (comparison.measure, comparison.clean) {
        (Measure::Damage, _) | (_, None) => String::new(),
        (Measure::AccuracyDrop, Some(clean)) => {
            let (accuracy, chance) = (clean.spread.mean, clean.spread.mean - 50.0);
            format!("Clean accuracy {} %; chance would be a drop of {}. ", number(accuracy), number(chance))
        }
    }
}

/// Everything about one mean, exact.
fn hover(comparison: &Comparison, unit: DeltaUnit, row: &Row, cell: &Measured) -> String {
    let (of, items) = match comparison.measure {
        Measure::Damage => ("nats", "texts"),
        Measure::AccuracyDrop => ("points", "pairs"),
    };
    let sd = cell.spread.sd.map_or("none, one seed".to_owned(), |sd| format!("{} {of}", exact(sd)));
    let mut text = format!("{}\nmean {} {of}\nsd over seeds {sd}", unit.of(row.delta), exact(cell.spread.mean));
    if let Some((low, high)) = t_interval(&cell.spread) {
        let _ = write!(text, "\n95 % t interval over seeds {} to {}", exact(low), exact(high));
    }
    let _ = write!(text, "\nn {} seeds × {} {items}", cell.spread.n, cell.items);
    if let (Some(test), Some(p)) = (row.test, row.p_holm) {
        let (t, p, holm) = (number(test.t), exponent(test.p), exponent(p));
        let _ = write!(text, "\nangular − magnitude: paired t({}) over seeds {t}, p {p}, after Holm {holm}", test.df);
    }
    if let (Some(p), Some(stars)) = (row.p_marked, row.stars()) {
        let by = comparison.marked_by;
        let _ = write!(
            text,
            "\n{stars}: {by} over {}, p after Holm {}",
            by.sample().words(),
            p_value(p, is_bound(p, comparison.least_marked))
        );
    }
    text
}

/// What stands under the chart: n, seeds, how markers of significance were corrected.
fn caption(comparison: &Comparison) -> String {
    let cells = || comparison.rows.iter().flat_map(Row::there).map(|(_, cell)| cell);
    let seeds = cells().map(|cell| cell.spread.n).max().unwrap_or(0);
    let items = comparison.clean.map_or(0, |clean| clean.spread.n);
    let of = match comparison.measure {
        Measure::Damage => "texts",
        Measure::AccuracyDrop => "pairs",
    };
    format!(
        "n {seeds} seeds × {items} {of}. Angular against magnitude: {} over {}, Holm over {} δ; * p < 0.05, ** p < 0.01, \
         *** p < 0.001.{}",
        comparison.marked_by,
        comparison.marked_by.sample().words(),
        comparison.family,
        comparison.one_runs()
    )
}
