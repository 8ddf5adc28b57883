//! What the two panels share: a title with a legend, a plot of means, a line of words under it.

use super::error_bars::{Form, Mean, Means, Words};
use super::look::{self, Look, marker, name};
use super::ticks::{Range, Scale, marks, tick_label};
use crate::app::theme::{Palette, palette, title};
use crate::app::widgets::note;
use crate::experiment::{Cell, Comparison, Measure, Row};
use crate::figure::{exponent, number};
use crate::study::{DeltaUnit, Mode};
use egui::accesskit::Role;
use egui::{Align, Color32, FontId, Layout, RichText, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{AxisHints, HoverPosition, Plot, PlotBounds};
use std::fmt::Write as _;

/// The modes in the order in which they are drawn.
pub const MODES: [Mode; 2] = [Mode::Magnitude, Mode::Angular];

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

/// A panel's title, and after it the legend, whose entries hide and show their mode; below it where there is no room.
pub fn heading(ui: &mut Ui, letter: &str, words: &str, memory: Option<&mut Memory>, bars: bool) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(letter).text_style(title()));
        ui.label(RichText::new(words).text_style(title()));
        if let Some(memory) = memory {
            if ui.available_width() >= LEGEND {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| legend(ui, memory, bars, true));
                return None;
            }
            return Some(memory);
        }
        None
    })
    .inner
    .map(|memory| ui.horizontal(|ui| legend(ui, memory, bars, false)));
}

/// Room that the legend needs.
const LEGEND: f32 = 220.0;

fn legend(ui: &mut Ui, memory: &mut Memory, bars: bool, from_right: bool) {
    ui.spacing_mut().item_spacing.x = 12.0;
    let mut modes = MODES;
    if from_right {
        modes.reverse();
    }
    for mode in modes {
        let shown = !memory.hidden.contains(&mode);
        if entry(ui, mode, shown, bars) {
            if shown { memory.hidden.push(mode) } else { memory.hidden.retain(|known| *known != mode) }
        }
    }
}

/// One entry of the legend; true where it was pressed.
fn entry(ui: &mut Ui, mode: Mode, shown: bool, bars: bool) -> bool {
    let palette = palette(ui);
    let look = Look::of(mode, palette);
    let ink = if shown { palette.text } else { palette.muted };
    let font = FontId::proportional(14.0);
    let galley = ui.painter().layout_no_wrap(name(mode), font, ink);
    let (rect, response) = ui.allocate_exact_size(vec2(36.0 + galley.size().x, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show {}", name(mode))));
    let mut shapes = Vec::new();
    let (left, y) = (rect.left(), rect.center().y);
    let drawn = Look { colour: if shown { look.colour } else { palette.line }, ..look };
    if bars {
        let sample = egui::Rect::from_center_size(pos2(left + 14.0, y), vec2(20.0, 12.0));
        look::bar(drawn, sample, &mut shapes);
    } else {
        look::line(drawn, &[pos2(left, y), pos2(left + 28.0, y)], &mut shapes);
        marker(drawn, pos2(left + 14.0, y), palette.surface, &mut shapes);
    }
    ui.painter().extend(shapes);
    let at = pos2(left + 34.0, y - galley.size().y / 2.0);
    if response.hovered() || response.has_focus() {
        let below = rect.bottom() - 2.0;
        ui.painter().line_segment([pos2(at.x, below), pos2(rect.right(), below)], Stroke::new(1.0, palette.muted));
    }
    ui.painter().galley(at, galley, ink);
    let words = if shown { "Hide it; p and stars stay as they are" } else { "Show it" };
    response.on_hover_text(words).clicked()
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
    let (low, high) = drawn.extent.with_room(style);
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
                let (_, hovers) = hovers.iter().find(|(name, _)| name == plot_name)?;
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
        let shown = || MODES.into_iter().filter(|mode| !hidden.contains(mode));
        for mode in shown() {
            let (mut means, mut hovers) = (Vec::new(), Vec::new());
            for (i, row) in comparison.rows.iter().enumerate() {
                let (Some(cell), Some(x)) = (cell(row, mode), place(style, i, row.delta, mode)) else { continue };
                let Some(mean) = placed(cell, x, style.y) else { continue };
                drawn.extent.add(&mean);
                means.push(mean);
                hovers.push(hover(comparison.measure, unit, row, mode, cell));
            }
            let form = if style.bars { Form::Bars(BAR) } else { Form::Line };
            drawn.items.push(Means::new(&name(mode), means, Look::of(mode, palette), form));
            drawn.hovers.push((name(mode), hovers));
        }
        for (i, row) in comparison.rows.iter().enumerate() {
            let top = |mode| {
                let mean = placed(cell(row, mode)?, 0.0, style.y)?;
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

/// Width of a bar; two of them and a gap make 1.
const BAR: f64 = 0.36;

#[allow(clippy::cast_precision_loss)]
fn index(i: usize) -> f64 {
    i as f64
}

fn cell(row: &Row, mode: Mode) -> Option<&Cell> {
    row.cell(mode)
}

/// Where a mean stands across: at its δ, or beside the other mode's bar.
fn place(style: &Style, i: usize, delta: f64, mode: Mode) -> Option<f64> {
    if style.bars {
        let side = if mode == Mode::Magnitude { -0.5 } else { 0.5 };
        Some(index(i) + side * (BAR + 0.02))
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
    fn with_room(&self, style: &Style) -> (f64, f64) {
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
        (low - below, high + 0.1 * span)
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
        name(mode),
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
fn exact(value: f64) -> String {
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
            "Mean ± sd over {seeds} seeds, {items} {of}. Angular against magnitude, paired t over seeds, Holm over {} δ: \
             * p < 0.05, ** p < 0.01, *** p < 0.001.",
            comparison.family
        ),
    );
}
