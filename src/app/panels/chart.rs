//! What the two panels share: a title with a legend, a plot of means, a line of words under it.

use super::error_bars::{Form, Mean, Means, Words};
use super::legend;
use super::look::Look;
use super::ticks::{Range, Scale, marks, tick_label};
use crate::app::theme::{Palette, palette};
use crate::app::widgets::note;
use crate::experiment::{Cell, Comparison, Measure, Row};
use crate::figure::{exponent, number};
use crate::study::{DeltaUnit, Mode};
use egui::{Color32, FontId, RichText, Ui};
use egui_plot::{AxisHints, HoverPosition, Plot, PlotBounds};
use std::fmt::Write as _;

/// What a panel remembers between frames.
#[derive(Default)]
pub struct Memory {
    y: Range,
    /// What the range belongs to.
    of: Option<(Origin, Scale, Scale, Vec<f64>)>,
    /// Modes that are not shown; they stay in the tests.
    hidden: Vec<Mode>,
}

/// How the panel is drawn.
pub struct Style {
    /// Tells panels apart.
    pub id: &'static str,
    /// Lines or bars.
    pub bars: bool,
    /// The scale of δ; of no meaning for bars.
    pub x: Scale,
    /// The scale of the measure.
    pub y: Scale,
    /// What stands at the vertical axis.
    pub y_label: &'static str,
}

/// A panel's title, and after it the legend of the modes of `comparison`.
pub fn heading(ui: &mut Ui, words: &str, memory: &mut Memory, comparison: Option<&Comparison>, bars: bool) {
    let modes = comparison.map(modes).unwrap_or_default();
    legend::heading(ui, words, &modes, &mut memory.hidden, bars);
}

/// The modes that are compared, in the order in which they are drawn.
fn modes(comparison: &Comparison) -> Vec<Mode> {
    comparison.rows.first().map(|row| row.cells.iter().map(|(mode, _)| *mode).collect()).unwrap_or_default()
}

/// What a plot belongs to: the results it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Which results.
    pub series: u64,
    /// Whether all of their trials are in.
    pub complete: bool,
    /// What δ is measured in.
    pub unit: DeltaUnit,
}

/// The plot, as high as `height`.
pub fn plot(ui: &mut Ui, style: &Style, memory: &mut Memory, comparison: &Comparison, origin: Origin, height: f32) {
    let palette = palette(ui);
    let rows = &comparison.rows;
    let drawn = Drawn::of(style, &memory.hidden, comparison, origin.unit, palette);
    let x = x_range(style, rows);
    let (low, high) = drawn.extent.with_room(style, height);
    let key = (origin, style.x, style.y, rows.iter().map(|row| row.delta).collect());
    let reset = memory.of.as_ref() != Some(&key);
    memory.of = Some(key);
    let y = memory.y.show(low, high, if style.y == Scale::Log { 40.0 } else { 10.0 }, reset);

    let (x_scale, y_scale, bars, count) = (style.x, style.y, style.bars, rows.len());
    let Drawn { items, hovers, words, .. } = drawn;
    let plot = Plot::new(style.id)
        .height(height)
        .show_background(false)
        .custom_x_axes(vec![x_axis(style, rows, origin.unit, palette.muted)])
        .custom_y_axes(vec![y_axis(style, palette.muted)])
        .x_grid_spacer(move |_| marks(if bars { (0..count).map(index).collect() } else { x_scale.ticks(x.0, x.1) }))
        .y_grid_spacer(move |_| marks(y_scale.ticks(y.0, y.1)))
        .show_grid([!bars, true])
        .grid_color(palette.grid)
        .show_crosshair(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint { plot_name, index, .. } => {
                let (_, hovers) = hovers.iter().find(|(name, _)| *name == **plot_name)?;
                hovers.get(*index).cloned()
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    let (ink, muted) = (palette.text, palette.muted);
    plot.show(ui, move |plot| {
        plot.set_plot_bounds(PlotBounds::from_min_max([x.0, y.0], [x.1, y.1]));
        if y_scale == Scale::Linear {
            plot.hline(egui_plot::HLine::new("zero", 0.0).color(muted).width(1.0).allow_hover(false));
        }
        for item in items {
            plot.add(item);
        }
        plot.add(Words::new(words, ink, muted));
    });
}

/// What stands in a plot.
struct Drawn {
    items: Vec<Means>,
    /// Per mode, what a hover over each of its means says.
    hovers: Vec<(String, Vec<String>)>,
    /// Significance: where it stands, and its words.
    words: Vec<(f64, f64, &'static str)>,
    extent: Extent,
}

impl Drawn {
    fn of(style: &Style, hidden: &[Mode], comparison: &Comparison, unit: DeltaUnit, palette: &Palette) -> Self {
        let mut drawn = Self { items: Vec::new(), hovers: Vec::new(), words: Vec::new(), extent: Extent::default() };
        let modes = modes(comparison);
        let shown = || modes.iter().copied().filter(|mode| !hidden.contains(mode));
        for (side, mode) in modes.iter().enumerate().filter(|(_, mode)| !hidden.contains(mode)).map(|(i, m)| (i, *m)) {
            let side = Side { of: side, all: modes.len() };
            let (mut means, mut hovers) = (Vec::new(), Vec::new());
            for (i, row) in comparison.rows.iter().enumerate() {
                let (Some(cell), Some(x)) = (row.cell(mode), place(style, i, row.delta, side)) else { continue };
                let Some(mean) = placed(cell, x, style.y) else { continue };
                drawn.extent.add(&mean);
                means.push(mean);
                hovers.push(hover(comparison.measure, unit, row, mode, cell));
            }
            let form = if style.bars { Form::Bars(side.bar()) } else { Form::Line };
            drawn.items.push(Means::new(&mode.to_string(), means, Look::of(mode, palette), form));
            drawn.hovers.push((mode.to_string(), hovers));
        }
        for (i, row) in comparison.rows.iter().enumerate() {
            let top = |mode| {
                let mean = placed(row.cell(mode)?, 0.0, style.y)?;
                Some(mean.spread.map_or(mean.y, |(_, high)| high.max(mean.y)))
            };
            let x = if style.bars { Some(index(i)) } else { style.x.place(row.delta) };
            if let (Some(top), Some(x), Some(stars)) = (shown().filter_map(top).reduce(f64::max), x, row.stars()) {
                drawn.words.push((x, if style.bars { top.max(0.0) } else { top }, stars));
            }
        }
        drawn
    }
}

fn x_axis(style: &Style, rows: &[Row], unit: DeltaUnit, ink: Color32) -> AxisHints<'static> {
    let names: Vec<String> = rows.iter().map(|row| tick_label(row.delta)).collect();
    let (bars, scale) = (style.bars, style.x);
    AxisHints::new_x()
        .label(RichText::new(format!("δ ({})", unit.label())).small())
        .tick_label_font(FontId::proportional(12.0))
        .tick_label_color(ink)
        .formatter(move |mark, _| {
            if bars {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an index that became a position
                names.get(mark.value.round().max(0.0) as usize).cloned().unwrap_or_default()
            } else {
                tick_label(scale.value(mark.value))
            }
        })
}

fn y_axis(style: &Style, ink: Color32) -> AxisHints<'static> {
    let scale = style.y;
    AxisHints::new_y()
        .label(RichText::new(style.y_label).small())
        .min_thickness(52.0)
        .tick_label_font(FontId::proportional(12.0))
        .tick_label_color(ink)
        .formatter(move |mark, _| tick_label(scale.value(mark.value)))
}

/// Below every logarithm of a number.
const BELOW: f64 = -400.0;

/// Which of the bars at one δ.
#[derive(Clone, Copy)]
struct Side {
    of: usize,
    all: usize,
}

impl Side {
    /// Width of a bar; all of them, and gaps between them, take three quarters of the room of a δ.
    fn bar(self) -> f64 {
        0.76 / index(self.all.max(1)) - 0.02
    }
}

#[allow(clippy::cast_precision_loss)]
fn index(i: usize) -> f64 {
    i as f64
}

/// Where a mean stands across: at its δ, or beside the other modes' bars.
fn place(style: &Style, i: usize, delta: f64, side: Side) -> Option<f64> {
    if style.bars {
        let from_middle = index(side.of) - (index(side.all) - 1.0) / 2.0;
        Some(index(i) + from_middle * (side.bar() + 0.02))
    } else {
        style.x.place(delta)
    }
}

fn placed(cell: &Cell, x: f64, scale: Scale) -> Option<Mean> {
    let (mean, sd) = (cell.spread.mean, cell.spread.sd);
    let y = scale.place(mean)?;
    // On a logarithmic axis, a bar whose lower end is not above 0 goes down through the bottom of the plot.
    let spread = sd.filter(|sd| *sd > 0.0).and_then(|sd| {
        let high = scale.place(mean + sd)?;
        Some((scale.place(mean - sd).unwrap_or(BELOW), high))
    });
    Some(Mean { x, y, spread })
}

fn x_range(style: &Style, rows: &[Row]) -> (f64, f64) {
    if style.bars {
        return (-0.6, index(rows.len().max(1)) - 0.4);
    }
    let places: Vec<f64> = rows.iter().filter_map(|row| style.x.place(row.delta)).collect();
    let low = places.iter().copied().fold(f64::INFINITY, f64::min);
    let high = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = match style.x {
        Scale::Linear if high > 0.0 => (0.0, high),
        _ if high > low => (low, high),
        _ if high.is_finite() => (high - 0.5, high + 0.5),
        _ => (0.0, 1.0),
    };
    let margin = 0.04 * (high - low);
    (low - margin, high + margin)
}

/// What has to be seen, up and down.
#[derive(Default)]
struct Extent(Option<(f64, f64)>);

impl Extent {
    fn add(&mut self, mean: &Mean) {
        let (low, high) = mean.spread.unwrap_or((mean.y, mean.y));
        let low = if low > BELOW { low } else { mean.y };
        let (a, b) = self.0.unwrap_or((low, high));
        self.0 = Some((a.min(low), b.max(high)));
    }

    /// With 0 on a linear axis, and room for the stars and the markers.
    fn with_room(&self, style: &Style, height: f32) -> (f64, f64) {
        let scale = style.y;
        let (low, high) = match (self.0, scale) {
            (None, Scale::Linear) => return (0.0, 1.0),
            (None, Scale::Log) => return (-2.0, 0.0),
            (Some((low, high)), Scale::Linear) => (low.min(0.0), high.max(0.0)),
            (Some(extent), Scale::Log) => extent,
        };
        // Bars that are all 0 stand on an axis of one point.
        let high = high.max(low + if style.bars { 1.0 } else { 1e-9 });
        let span = high - low;
        // Bars may stand on the edge; markers would be cut in half.
        let below = if low < 0.0 || !style.bars { 0.06 * span } else { 0.0 };
        // Stars need their height also in a low plot.
        let above = f64::from(28.0 / height.max(56.0)).max(0.1);
        (low - below, high + above * span)
    }
}

/// Everything about one mean, exact.
fn hover(measure: Measure, unit: DeltaUnit, row: &Row, mode: Mode, cell: &Cell) -> String {
    let (of, items) = match measure {
        Measure::Damage => ("nats", "texts"),
        Measure::AccuracyDrop => ("points", "pairs"),
    };
    let unit = match unit {
        DeltaUnit::Absolute => "",
        DeltaUnit::OfNorm => " × token norm",
        DeltaUnit::OfLayerMedian => " × median norm",
    };
    let sd = cell.spread.sd.map_or("none, one seed".to_owned(), |sd| format!("{} {of}", exact(sd)));
    let mut text = format!(
        "{}, δ {}{unit}\nmean {} {of}\nsd {sd}\nn {} seeds × {} {items}",
        mode,
        row.delta,
        exact(cell.spread.mean),
        cell.spread.n,
        cell.items,
    );
    if let (Some(test), Some(p)) = (row.test, row.p_holm) {
        let (t, p, holm) = (number(test.t), exponent(test.p), exponent(p));
        let _ = write!(text, "\nangular − magnitude: t({}) {t}, p {p}\np after Holm {holm}", test.df);
    }
    text
}

/// Six significant digits.
#[must_use]
pub fn exact(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    tick_label(rounded)
}

/// The line under a panel.
pub fn caption(ui: &mut Ui, comparison: &Comparison) {
    let cells = || comparison.rows.iter().flat_map(Row::there).map(|(_, cell)| cell);
    let seeds = cells().map(|cell| cell.spread.n).max().unwrap_or(0);
    let items = comparison.clean.map_or(0, |clean| clean.spread.n);
    let of = match comparison.measure {
        Measure::Damage => "texts",
        Measure::AccuracyDrop => "pairs",
    };
    note(
        ui,
        format!(
            "Mean ± sd over {seeds} seeds, {items} {of}. Angular against magnitude, {} over {}, Holm over {} δ: \
             * p < 0.05, ** p < 0.01, *** p < 0.001.",
            comparison.marked_by,
            comparison.marked_by.sample().words(),
            comparison.family
        ),
    );
}
