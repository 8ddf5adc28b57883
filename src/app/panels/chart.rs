//! Magnitude against angular at every δ as a chart: of losses, and of minimal pairs.

use super::bars::Spreads;
use super::error_bars::Form;
use super::plot::{Across, Chart, Mark, Of, Series};
use super::ticks::{Scale, tick_label};
use super::{Picks, Point};
use crate::experiment::{Cell, Comparison, Kind, Measure, Row};
use crate::figure::{exponent, number};
use crate::stats::t_interval;
use crate::study::{DeltaUnit, Mode};
use std::fmt::Write as _;

/// What a picture belongs to: the results it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Which results.
    pub series: u64,
    /// Whether all of their trials are in.
    pub complete: bool,
    /// Whether there are trials behind them; what a study printed has none.
    pub has_trials: bool,
    /// What δ is measured in.
    pub unit: DeltaUnit,
}

/// How a comparison is drawn.
pub struct Style<'a> {
    /// Tells charts apart.
    pub id: &'static str,
    /// What stands above it.
    pub title: &'a str,
    /// Bars at each δ instead of a line over δ.
    pub bars: bool,
    /// The scales of δ, which is of no meaning for bars, and of the measure.
    pub scales: [Scale; 2],
}

/// The modes that are compared, in the order in which they are drawn.
#[must_use]
pub fn modes(comparison: &Comparison) -> Vec<Mode> {
    comparison.rows.first().map(|row| row.cells.iter().map(|(mode, _)| *mode).collect()).unwrap_or_default()
}

/// The chart of `comparison`; modes that `picks` hide carry no stars.
#[must_use]
pub fn chart(comparison: &Comparison, style: &Style, unit: DeltaUnit, picks: &Picks) -> Chart {
    let [x_scale, y_scale] = style.scales;
    let kind = match comparison.measure {
        Measure::Damage => Kind::Sweep,
        Measure::AccuracyDrop => Kind::Syntax,
    };
    let place = |i: usize, row: &Row| if style.bars { i as f64 } else { row.delta };
    let mut series = Vec::new();
    for mode in modes(comparison) {
        let mut one = Series::new(Of::Mode(mode), if style.bars { Form::Bars(0.0) } else { Form::Line });
        for (i, row) in comparison.rows.iter().enumerate() {
            let Some(cell) = row.cell(mode) else { continue };
            one.marks.push(Mark {
                x: place(i, row),
                y: cell.spread.mean,
                spreads: Spreads::over_seeds(&cell.spread, t_interval(&cell.spread)),
                hover: hover(comparison, unit, row, cell),
                point: Some(Point { kind, mode, arm: String::new(), delta: Some(row.delta), layer: None, head: None }),
                ..Mark::default()
            });
        }
        series.push(one);
    }
    let mut words = Vec::new();
    for (i, row) in comparison.rows.iter().enumerate() {
        let shown = row.there().filter(|(mode, _)| !picks.hidden.contains(mode));
        let top = |cell: &Cell| {
            let ends = Spreads::over_seeds(&cell.spread, t_interval(&cell.spread)).ends(cell.spread.mean, picks.bars);
            ends.map_or(cell.spread.mean, |(_, high)| high)
        };
        let top = shown.map(|(_, cell)| top(cell)).reduce(f64::max);
        let x = if style.bars { Some(i as f64) } else { x_scale.place(row.delta) };
        let top = top.and_then(|top| y_scale.place(if style.bars { top.max(0.0) } else { top }));
        words.extend(x.zip(top).zip(row.stars()).map(|((x, y), stars)| (x, y, stars)));
    }
    let names = comparison.rows.iter().map(|row| tick_label(row.delta)).collect();
    Chart {
        id: style.id,
        title: style.title.to_owned(),
        x_label: format!("δ ({})", unit.label()),
        x: if style.bars { Across::Names(names) } else { Across::Value(x_scale) },
        y: y_scale,
        series,
        words,
        over: ["seeds", "95 % t interval over seeds"],
        ..Chart::default()
    }
}

/// Everything about one mean, exact.
fn hover(comparison: &Comparison, unit: DeltaUnit, row: &Row, cell: &Cell) -> String {
    let (of, items) = match comparison.measure {
        Measure::Damage => ("nats", "texts"),
        Measure::AccuracyDrop => ("points", "pairs"),
    };
    let unit = match unit {
        DeltaUnit::Absolute => "",
        DeltaUnit::OfNorm => " × token norm",
        DeltaUnit::OfLayerMedian => " × median norm",
    };
    let sd = cell.spread.sd.map_or("none, one seed".to_owned(), |sd| format!("{} {of}", exact(sd)));
    let mut text = format!("δ {}{unit}\nmean {} {of}\nsd over seeds {sd}", row.delta, exact(cell.spread.mean));
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
        let _ = write!(text, "\n{stars}: {by} over {}, p after Holm {}", by.sample().words(), exponent(p));
    }
    text
}

/// Six significant digits.
#[must_use]
pub fn exact(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    tick_label(rounded)
}

/// What stands under the chart: n, seeds, how markers of significance were corrected.
#[must_use]
pub fn caption(comparison: &Comparison) -> String {
    let cells = || comparison.rows.iter().flat_map(Row::there).map(|(_, cell)| cell);
    let seeds = cells().map(|cell| cell.spread.n).max().unwrap_or(0);
    let items = comparison.clean.map_or(0, |clean| clean.spread.n);
    let of = match comparison.measure {
        Measure::Damage => "texts",
        Measure::AccuracyDrop => "pairs",
    };
    format!(
        "n {seeds} seeds × {items} {of}. Angular against magnitude: {} over {}, Holm over {} δ; * p < 0.05, ** p < 0.01, \
         *** p < 0.001.",
        comparison.marked_by,
        comparison.marked_by.sample().words(),
        comparison.family
    )
}
