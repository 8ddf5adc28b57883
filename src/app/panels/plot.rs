//! A chart: marks with bars or bands over layers, over δ or over names, a series per mode. It is zoomed and moved with the
//! pointer, and a mark leads to the trials behind it.

use super::bars::{Bars, Spreads};
use super::chart::{Origin, exact};
use super::error_bars::{Form, Mean, Means, Path, Words};
use super::look::Look;
use super::ticks::{Scale, marks, round_step, tick_label};
use super::view::{Part, after};
use super::{Picks, Point};
use crate::app::theme::{Palette, palette, strong};
use crate::figure::number;
use crate::study::Mode;
use egui::accesskit::Role;
use egui::{Align, CursorIcon, FontId, Layout, Rect, Response, RichText, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use egui_plot::{AxisHints, HLine, HoverPosition, Plot, PlotBounds, PlotUi, Span, VLine};
use std::cell::Cell;
use std::rc::Rc;

pub use super::view::Memory;

/// A chart.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// Tells charts apart.
    pub id: &'static str,
    /// What stands above it: what is measured, and its unit.
    pub title: String,
    /// What stands below it.
    pub x_label: String,
    /// What it goes over.
    pub x: Across,
    /// The scale of what is measured.
    pub y: Scale,
    /// What is drawn.
    pub series: Vec<Series>,
    /// Lines without marks, by the mode that they are of, in values.
    pub curves: Vec<(Mode, Vec<(f64, f64)>)>,
    /// A value to compare with, a dashed line across.
    pub reference: Option<f64>,
    /// Layers that are disturbed.
    pub shaded: Vec<usize>,
    /// Significance: where it stands, in positions, and its words.
    pub words: Vec<(f64, f64, &'static str)>,
    /// What its standard deviations, and its intervals, are over: "seeds".
    pub over: [&'static str; 2],
}

/// What a chart goes over.
#[derive(Debug, Clone, PartialEq)]
pub enum Across {
    /// Layers.
    Layers,
    /// δ, or another number, on a scale.
    Value(Scale),
    /// Names: a mark's x is the number of its name.
    Names(Vec<String>),
}

impl Default for Across {
    fn default() -> Self {
        Self::Value(Scale::Linear)
    }
}

/// Marks of one kind.
#[derive(Debug, Clone)]
pub struct Series {
    /// Of what.
    pub of: Of,
    /// The marks, from left to right.
    pub marks: Vec<Mark>,
    /// How they are drawn.
    pub form: Form,
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// A mode.
    Mode(Mode),
    /// Something else of a mode.
    Part(Mode, &'static str),
    /// What is no mode's, in the colour of text.
    Plain(&'static str),
    /// Something to compare with, in the muted colour.
    Aside(&'static str),
}

/// A mark.
#[derive(Debug, Clone, Default)]
pub struct Mark {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// How far it may be off.
    pub spreads: Spreads,
    /// Ends of a bar across.
    pub across: Option<(f64, f64)>,
    /// What a hover says after the name of its series.
    pub hover: String,
    /// What it is the mean of; a click leads there.
    pub point: Option<Point>,
}

impl Of {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Mode(mode) => mode.to_string(),
            Self::Part(mode, name) => format!("{mode}, {name}"),
            Self::Plain(name) | Self::Aside(name) => (*name).to_owned(),
        }
    }

    /// How it looks.
    #[must_use]
    pub fn look(&self, palette: &Palette) -> Look {
        let plain = Look::of(Mode::Angular, palette);
        match self {
            Self::Mode(mode) | Self::Part(mode, _) => Look::of(*mode, palette),
            Self::Plain(_) => Look { colour: palette.text, ..plain },
            Self::Aside(_) => Look { colour: palette.muted, ..Look::of(Mode::Magnitude, palette) },
        }
    }

    fn is_shown(&self, picks: &Picks) -> bool {
        match self {
            Self::Mode(mode) | Self::Part(mode, _) => !picks.hidden.contains(mode),
            Self::Plain(name) | Self::Aside(name) => !picks.hidden_names.contains(name),
        }
    }
}

impl Series {
    /// Of `of`, without marks so far.
    #[must_use]
    pub fn new(of: Of, form: Form) -> Self {
        Self { of, marks: Vec::new(), form }
    }
}

/// Adds `mark` to the series of `of`, which is drawn in `form` where it begins with it.
pub fn add(list: &mut Vec<Series>, of: Of, form: Form, mark: Mark) {
    match list.iter_mut().find(|series| series.of == of) {
        Some(series) => series.marks.push(mark),
        None => list.push(Series { marks: vec![mark], ..Series::new(of, form) }),
    }
}

impl Chart {
    /// What its bars can stand for.
    #[must_use]
    pub fn bars(&self) -> Vec<Bars> {
        let marks = || self.series.iter().flat_map(|series| &series.marks);
        Bars::ALL.into_iter().filter(|bars| marks().any(|mark| mark.spreads.has(*bars))).collect()
    }

    /// What its bars are where `chosen` was asked for: "Bars: ± sd over seeds."
    #[must_use]
    pub fn bars_words(&self, chosen: Bars) -> String {
        let noun = if self.series.iter().any(|series| series.form == Form::Band) { "Bands" } else { "Bars" };
        match chosen.among(&self.bars()) {
            None => String::new(),
            Some(Bars::Sd) => format!("{noun}: ± sd over {}.", self.over[0]),
            Some(Bars::Se) => format!("{noun}: ± se over {}.", self.over[0]),
            Some(Bars::Interval) => format!("{noun}: {}.", self.over[1]),
        }
    }

    /// Everything that it shows, in words.
    fn summary(&self, picks: &Picks) -> String {
        let place = |mark: &Mark| match &self.x {
            Across::Layers => format!("layer {}", tick_label(mark.x)),
            Across::Value(_) if self.x_label.starts_with('δ') => format!("δ {}", tick_label(mark.x)),
            Across::Value(_) => format!("{} {}", self.x_label, tick_label(mark.x)),
            Across::Names(names) => {
                let name = names.get(nearest(mark.x)).map_or("", String::as_str);
                if self.x_label.starts_with('δ') { format!("δ {name}") } else { name.to_owned() }
            }
        };
        let of_series = |series: &Series| {
            let marks: Vec<String> =
                series.marks.iter().take(MOST_READ).map(|m| format!("{} at {}", number(m.y), place(m))).collect();
            format!("{}: {}", series.of.name(), marks.join(", "))
        };
        let all: Vec<String> = self.series.iter().filter(|series| series.of.is_shown(picks)).map(of_series).collect();
        format!("{}, {}", self.title, all.join("; "))
    }

    /// Tells a chosen part from one on other axes.
    fn axes(&self) -> String {
        match &self.x {
            Across::Layers => format!("layers {:?}", self.y),
            Across::Value(scale) => format!("{scale:?} {:?}", self.y),
            Across::Names(names) => format!("{} {:?}", names.join(" "), self.y),
        }
    }
}

/// At most so many marks of a series are read out.
const MOST_READ: usize = 128;

/// Draws `charts` in a grid that fills `ui`; `what` names the results that they show, beside their origin.
pub fn grid(ui: &mut Ui, charts: &[Chart], picks: &mut Picks, origin: Origin, what: &str) {
    let room = ui.available_rect_before_wrap();
    let (columns, rows) = match charts.len() {
        0 => return,
        1 => (1, 1),
        all if room.width() < 1.5 * NARROW => (1, all),
        4.. if room.height() / 2.0 < LOW || room.width() < 2.0 * NARROW => (charts.len(), 1),
        4.. => (charts.len().div_ceil(2), 2),
        all => (all, 1),
    };
    let gap = vec2(20.0, 8.0);
    #[allow(clippy::cast_precision_loss)] // a handful
    let (across, down) = (columns as f32, rows as f32);
    let size = vec2((room.width() - gap.x * (across - 1.0)) / across, (room.height() - gap.y * (down - 1.0)) / down);
    for (i, chart) in charts.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let at = vec2((i % columns) as f32 * (size.x + gap.x), (i / columns) as f32 * (size.y + gap.y));
        let cell = Rect::from_min_size(room.min + at, size);
        ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
            show(ui, chart, picks, origin, what);
        });
    }
    ui.allocate_rect(room, Sense::hover());
}

/// Charts lower than this stand in one row.
const LOW: f32 = 132.0;

/// Charts narrower than this are not put side by side.
const NARROW: f32 = 200.0;

/// Draws `chart` so that it fills `ui`; `what` names the results that it shows, beside their origin.
pub fn show(ui: &mut Ui, chart: &Chart, picks: &mut Picks, origin: Origin, what: &str) {
    let palette = palette(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let title = RichText::new(&chart.title).text_style(strong());
    let title = ui.add(egui::Label::new(title).truncate().sense(Sense::hover()));
    super::definitions::hover(title, &chart.title);
    // The number at the top of the axis is half above the plot.
    ui.add_space(6.0);
    let height = (ui.available_height() - 2.0).max(64.0);
    let drawn = Drawn::of(chart, picks, palette);
    let axes = chart.axes();
    let shown = format!("{what} {:?} {:?} {axes}", picks.hidden, picks.bars);
    let y = picks.charts.range(chart.id, (origin, shown), drawn.range(chart, height), steps(chart.y));
    let chosen = picks.charts.chosen(chart.id, origin.series, &axes);
    let part = chosen.unwrap_or(Part { x: across(chart), y });

    let hit: Rc<Cell<Option<(usize, usize)>>> = Rc::default();
    let Drawn { items, marks: of_marks, .. } = drawn;
    let noted = hit.clone();
    let plot = canvas(chart, height, palette, ui.available_width()).label_formatter(move |position| {
        let HoverPosition::NearDataPoint { plot_name, index, .. } = position else { return None };
        let series: usize = plot_name.parse().ok()?;
        let mark = *of_marks.get(series)?.get(*index)?;
        noted.set(Some((series, mark)));
        let (of, mark) = (&chart.series[series].of, &chart.series[series].marks[mark]);
        let click = if origin.has_trials && mark.point.is_some() { "\nclick: the trials behind it" } else { "" };
        Some(format!("{}, {}{click}", of.name(), mark.hover))
    });
    let at = chosen_place(chart, picks);
    let curves = chart.curves.iter().filter(|(mode, _)| !picks.hidden.contains(mode));
    let curves: Vec<Path> =
        curves.map(|(mode, curve)| Path::new(positions(chart, curve), Look::of(*mode, palette))).collect();
    let shown = plot.show(ui, move |plot| {
        plot.set_plot_bounds(bounds(part));
        ground(plot, chart, palette, at);
        for item in items {
            plot.add(item);
        }
        for curve in curves {
            plot.add(curve);
        }
        plot.add(Words::new(chart.words.clone(), palette.text, palette.muted));
    });
    let response = shown.response;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, chart.summary(picks)));
    let point = hit.get().and_then(|(series, mark)| chart.series[series].marks[mark].point.clone());
    if let Some(point) = point.filter(|_| origin.has_trials && response.hovered()) {
        ui.set_cursor_icon(CursorIcon::PointingHand);
        if response.clicked() {
            picks.look_behind(point);
        }
    }
    let found = part_of(shown.transform.bounds(), part);
    let reset = response.double_clicked() || (chosen.is_some() && reset_button(ui, &response, &chart.title));
    let next = after(chosen, part, found, reset);
    if next != chosen {
        picks.charts.choose(chart.id, origin.series, &axes, next);
        ui.request_repaint();
    }
}

/// Where the layer, or the δ, that is chosen stands in `chart`; none where it is not among its marks.
fn chosen_place(chart: &Chart, picks: &Picks) -> Option<f64> {
    let value = match &chart.x {
        Across::Layers => picks.layer.map(index),
        Across::Value(_) if chart.x_label.starts_with('δ') => picks.delta,
        _ => None,
    }?;
    let there = chart.series.iter().flat_map(|series| &series.marks).any(|mark| mark.x == value);
    let scale = if let Across::Value(scale) = chart.x { scale } else { Scale::Linear };
    scale.place(value).filter(|_| there)
}

/// The plot with its axes, empty.
fn canvas<'a>(chart: &'a Chart, height: f32, palette: &Palette, width: f32) -> Plot<'a> {
    let (scale, x) = (chart.y, &chart.x);
    let font = FontId::proportional(12.0);
    let x_axis = AxisHints::new_x()
        .label(RichText::new(&chart.x_label).small())
        .tick_label_font(font.clone())
        .tick_label_color(palette.muted)
        .formatter(move |mark, _| match x {
            Across::Layers => tick_label(mark.value),
            Across::Value(scale) => tick_label(scale.value(mark.value)),
            Across::Names(names) => names.get(nearest(mark.value)).cloned().unwrap_or_default(),
        });
    let y_axis = AxisHints::new_y()
        .min_thickness(44.0)
        .tick_label_font(font)
        .tick_label_color(palette.muted)
        .formatter(move |mark, _| tick_label(scale.value(mark.value)));
    Plot::new(chart.id)
        .height(height)
        .show_background(false)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .x_grid_spacer(move |input| marks(x_ticks(x, input.bounds, width)))
        .y_grid_spacer(move |input| marks(scale.ticks(input.bounds.0, input.bounds.1)))
        .show_grid([matches!(x, Across::Value(_)), true])
        .grid_color(palette.grid)
        .show_crosshair(false)
        .allow_zoom(true)
        .allow_drag(true)
        .allow_boxed_zoom(true)
        // Without Ctrl the wheel scrolls what the chart stands in.
        .allow_scroll(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
}

/// What lies under the marks.
fn ground(plot: &mut PlotUi<'_>, chart: &Chart, palette: &Palette, at: Option<f64>) {
    for (from, to) in runs(&chart.shaded) {
        plot.span(Span::new("", from - 0.5..=to + 0.5).fill(palette.line.gamma_multiply(0.35)));
    }
    if chart.y == Scale::Linear {
        plot.hline(HLine::new("zero", 0.0).color(palette.muted).width(1.0).allow_hover(false));
    }
    if let Some(at) = chart.reference.and_then(|value| chart.y.place(value)) {
        let style = egui_plot::LineStyle::Dashed { length: 6.0 };
        plot.hline(HLine::new("reference", at).color(palette.muted).width(1.0).style(style).allow_hover(false));
    }
    if let Some(at) = at {
        plot.vline(VLine::new("chosen", at).color(palette.muted).width(1.0).allow_hover(false));
    }
}

fn bounds(part: Part) -> PlotBounds {
    PlotBounds::from_min_max([part.x.0, part.y.0], [part.x.1, part.y.1])
}

/// `bounds` as a part; `asked`, where that is what they are.
#[allow(clippy::float_cmp)] // what was not touched is the same to the last bit
fn part_of(found: &PlotBounds, asked: Part) -> Part {
    let (min, max) = (found.min(), found.max());
    if *found == bounds(asked) { asked } else { Part { x: (min[0], max[0]), y: (min[1], max[1]) } }
}

/// A small button in the corner of a chart that shows a part; true where it was pressed.
pub fn reset_button(ui: &mut Ui, over: &Response, name: &str) -> bool {
    let size = vec2(48.0, 20.0);
    let rect = Rect::from_min_size(over.rect.right_top() + vec2(-size.x - 4.0, 4.0), size);
    // It lies over the picture, and takes no room.
    let mut over = ui.new_child(UiBuilder::new().id_salt(("reset", name)).max_rect(rect));
    let button = over.add_sized(size, egui::Button::new(RichText::new("Reset").small()));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Reset the view of {name}")));
    button.on_hover_text("Show all of it again (double click)").clicked()
}

fn steps(scale: Scale) -> f64 {
    if scale == Scale::Log { 40.0 } else { 10.0 }
}

/// The name that stands nearest to a position.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an index that became a position
fn nearest(at: f64) -> usize {
    at.round().max(0.0) as usize
}

fn positions(chart: &Chart, curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let scale = if let Across::Value(scale) = chart.x { scale } else { Scale::Linear };
    curve.iter().filter_map(|(x, y)| Some((scale.place(*x)?, chart.y.place(*y)?))).collect()
}

/// Below every logarithm of a number.
const BELOW: f64 = -400.0;

/// What stands in a chart.
struct Drawn {
    items: Vec<Means>,
    /// By series: the marks that have a place.
    marks: Vec<Vec<usize>>,
    extent: Option<(f64, f64)>,
}

impl Drawn {
    fn of(chart: &Chart, picks: &Picks, palette: &Palette) -> Self {
        let mut drawn = Self { items: Vec::new(), marks: Vec::new(), extent: None };
        let bars = picks.bars.among(&chart.bars());
        let modes = chart.series.iter().filter(|series| matches!(series.of, Of::Mode(_))).count();
        let mut side = 0_usize;
        for (number, series) in chart.series.iter().enumerate() {
            let (mut means, mut there) = (Vec::new(), Vec::new());
            let beside = beside(chart, series, side, modes);
            side += usize::from(matches!(series.of, Of::Mode(_)));
            if series.of.is_shown(picks) {
                for (i, mark) in series.marks.iter().enumerate() {
                    let Some(mean) = placed(chart, mark, bars, beside) else { continue };
                    drawn.see(&mean);
                    means.push(mean);
                    there.push(i);
                }
                let form = if let Form::Bars(_) = series.form { Form::Bars(width(modes)) } else { series.form };
                drawn.items.push(Means::new(&number.to_string(), means, series.of.look(palette), form));
            }
            drawn.marks.push(there);
        }
        drawn
    }

    fn see(&mut self, mean: &Mean) {
        let (low, high) = mean.spread.unwrap_or((mean.y, mean.y));
        let low = if low > BELOW { low.min(mean.y) } else { mean.y };
        let (from, to) = self.extent.unwrap_or((low, high));
        self.extent = Some((from.min(low), to.max(high.max(mean.y))));
    }

    /// What has to be seen, with 0 on a linear axis, and room for markers and stars.
    fn range(&self, chart: &Chart, height: f32) -> (f64, f64) {
        let (low, high) = match (self.extent, chart.y) {
            (None, Scale::Linear) => return (0.0, 1.0),
            (None, Scale::Log) => return (-2.0, 0.0),
            (Some((low, high)), Scale::Linear) => (low.min(0.0), high.max(0.0)),
            (Some(extent), Scale::Log) => extent,
        };
        let has_bars = chart.series.iter().any(|series| matches!(series.form, Form::Bars(_)));
        // Bars that are all 0 stand on an axis of one point.
        let high = if has_bars { high.max(low + 1.0) } else { high };
        let span = if high > low { high - low } else { 1.0 };
        let (high, low) = if high > low { (high, low) } else { (high + 0.5, low - 0.5) };
        // Bars may stand on the edge; markers would be cut in half.
        let below = if low < 0.0 || !has_bars { 0.07 * span } else { 0.0 };
        // Stars need their height also in a low plot.
        let stars = if chart.words.is_empty() { 0.0 } else { f64::from(28.0 / height.max(56.0)) };
        (low - below, high + stars.max(0.08) * span)
    }
}

#[allow(clippy::cast_precision_loss)] // a handful
fn index(i: usize) -> f64 {
    i as f64
}

/// Width of a bar; all of them, and gaps between them, take three quarters of the room of a name.
fn width(modes: usize) -> f64 {
    0.76 / index(modes.max(1)) - 0.02
}

/// Marks of several modes at one place stand beside each other.
fn beside(chart: &Chart, series: &Series, side: usize, modes: usize) -> f64 {
    if !matches!(series.of, Of::Mode(_)) {
        return 0.0;
    }
    let from_middle = index(side) - (index(modes) - 1.0) / 2.0;
    match (&chart.x, series.form) {
        (_, Form::Bars(_)) => from_middle * (width(modes) + 0.02),
        (Across::Layers, Form::Line | Form::Points) | (Across::Names(_), _) => 0.12 * from_middle,
        _ => 0.0,
    }
}

/// `mark` in positions; none where it has none.
fn placed(chart: &Chart, mark: &Mark, bars: Option<Bars>, beside: f64) -> Option<Mean> {
    let scale = if let Across::Value(scale) = chart.x { scale } else { Scale::Linear };
    let (x, y) = (scale.place(mark.x)? + beside, chart.y.place(mark.y)?);
    // On a logarithmic axis, a bar whose lower end is not above 0 goes down through the bottom of the plot.
    let spread = bars.and_then(|bars| mark.spreads.ends(mark.y, bars)).and_then(|(low, high)| {
        let high = chart.y.place(high)?;
        Some((chart.y.place(low).unwrap_or(BELOW), high))
    });
    let across = mark.across.map(|(low, high)| (scale.place(low).unwrap_or(BELOW), scale.place(high).unwrap_or(x)));
    Some(Mean { x, y, spread, across })
}

/// The layers, or 0 and every δ, or the names.
fn across(chart: &Chart) -> (f64, f64) {
    let scale = match &chart.x {
        Across::Names(names) => return (-0.6, index(names.len().max(1)) - 0.4),
        Across::Layers => Scale::Linear,
        Across::Value(scale) => *scale,
    };
    let marks = chart.series.iter().flat_map(|series| &series.marks).filter_map(|mark| scale.place(mark.x));
    let shaded = chart.shaded.iter().map(|layer| index(*layer));
    let (low, high) =
        marks.chain(shaded).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0);
    }
    if chart.x == Across::Layers {
        return (low - 0.6, high + 0.6);
    }
    let (low, high) = match scale {
        Scale::Linear if high > 0.0 => (0.0, high),
        _ if high > low => (low, high),
        _ => (high - 0.5, high + 0.5),
    };
    let margin = 0.04 * (high - low);
    (low - margin, high + margin)
}

fn x_ticks(x: &Across, bounds: (f64, f64), width: f32) -> Vec<f64> {
    match x {
        Across::Layers => layer_ticks(bounds, width),
        Across::Value(scale) => scale.ticks(bounds.0, bounds.1),
        Across::Names(names) => (0..names.len()).map(index).filter(|at| (bounds.0..=bounds.1).contains(at)).collect(),
    }
}

/// Whole numbers, as many as have room.
fn layer_ticks((low, high): (f64, f64), width: f32) -> Vec<f64> {
    let step = round_step(high - low, f64::from(width / 28.0).max(2.0)).max(1.0);
    let mut at = (low / step).ceil() * step;
    let mut ticks = Vec::new();
    while at <= high && ticks.len() < 1000 {
        ticks.push(at);
        at += step;
    }
    ticks
}

/// Neighbouring layers as ranges.
fn runs(layers: &[usize]) -> Vec<(f64, f64)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for layer in layers {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *layer => *to = *layer,
            _ => runs.push((*layer, *layer)),
        }
    }
    runs.into_iter().map(|(from, to)| (index(from), index(to))).collect()
}

/// A value with its interval, for a hover: "0.0123\n95 % interval 0.01 to 0.015".
#[must_use]
pub fn hover(value: f64, unit: &str, interval: Option<(f64, f64)>) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let of = interval.map(|(low, high)| format!("\n95 % interval {} to {}", exact(low), exact(high)));
    format!("{}{unit}{}", exact(value), of.unwrap_or_default())
}

/// The legend of series that are no modes, in a line of its own: sample and name; pressing one hides it.
pub fn key(ui: &mut Ui, of: &[Of], picks: &mut Picks) {
    let palette = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for one in of {
            let (Of::Plain(name) | Of::Aside(name)) = one else { continue };
            let shown = one.is_shown(picks);
            let ink = if shown { palette.muted } else { palette.line };
            let font = FontId::proportional(12.0);
            let galley = ui.painter().layout_no_wrap((*name).to_owned(), font, palette.muted);
            let (rect, response) = ui.allocate_exact_size(vec2(32.0 + galley.size().x, 20.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show {name}")));
            let look = Look { colour: if shown { one.look(palette).colour } else { ink }, ..one.look(palette) };
            let y = rect.center().y;
            let mut shapes = Vec::new();
            super::look::line(look, &[pos2(rect.left(), y), pos2(rect.left() + 24.0, y)], &mut shapes);
            super::look::marker(look, pos2(rect.left() + 12.0, y), palette.surface, &mut shapes);
            ui.painter().extend(shapes);
            ui.painter().galley(pos2(rect.left() + 32.0, y - galley.size().y / 2.0), galley, palette.muted);
            if response.on_hover_text(if shown { "Hide it" } else { "Show it" }).clicked() {
                if shown { picks.hidden_names.push(name) } else { picks.hidden_names.retain(|known| known != name) }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(x: Across, marks: &[(f64, f64, f64)]) -> Chart {
        let mut series = Vec::new();
        for (x, y, sd) in marks {
            let mark = Mark { x: *x, y: *y, spreads: Spreads::sd(*sd), ..Mark::default() };
            add(&mut series, Of::Mode(Mode::Angular), Form::Line, mark);
        }
        Chart {
            id: "it",
            title: "Damage".to_owned(),
            x_label: "δ".to_owned(),
            x,
            series,
            over: ["seeds", "it"],
            ..Chart::default()
        }
    }

    fn drawn(chart: &Chart, picks: &Picks) -> Drawn {
        let mut drawn = None;
        egui::__run_test_ui(|ui| drawn = Some(Drawn::of(chart, picks, palette(ui))));
        drawn.unwrap()
    }

    #[test]
    fn a_chart_shows_all_of_its_marks_and_zero() {
        let one = chart(Across::Value(Scale::Linear), &[(1.0, 2.0, 0.5), (2.0, 4.0, 1.0)]);
        let (low, high) = drawn(&one, &Picks::default()).range(&one, 200.0);
        assert!(low < 0.0 && high > 5.0 && high < 6.0, "{low} {high}");
        let (left, right) = across(&one);
        assert!(left < 0.0 && right > 2.0);
        // Hidden marks take no room.
        let hidden = Picks { hidden: vec![Mode::Angular], ..Picks::default() };
        assert_eq!(drawn(&one, &hidden).range(&one, 200.0), (0.0, 1.0));
    }

    #[test]
    fn on_a_logarithmic_axis_what_is_not_above_0_has_no_place() {
        let mut one = chart(Across::Value(Scale::Log), &[(1.0, -2.0, 0.5), (10.0, 4.0, 8.0)]);
        one.y = Scale::Log;
        let drawn = drawn(&one, &Picks::default());
        assert_eq!(drawn.marks, [vec![1]]);
        // The bar goes through the bottom, and makes no room for that.
        let (low, _) = drawn.range(&one, 200.0);
        assert!(low > 0.4, "{low}");
    }

    #[test]
    fn what_is_painted_is_said_and_bars_say_what_they_are() {
        let one = chart(Across::Value(Scale::Linear), &[(0.5, 0.0123, 0.5), (2.0, 4.0, 1.0)]);
        assert_eq!(one.summary(&Picks::default()), "Damage, angular: 0.0123 at δ 0.5, 4.00 at δ 2");
        assert_eq!(one.bars(), [Bars::Sd]);
        assert_eq!(one.bars_words(Bars::Interval), "Bars: ± sd over seeds.", "what was asked for is not there");
    }

    #[test]
    fn layers_stand_together_in_runs() {
        assert_eq!(runs(&[2, 3, 4, 7]), [(2.0, 4.0), (7.0, 7.0)]);
        assert_eq!(layer_ticks((-0.6, 3.6), 300.0), [0.0, 1.0, 2.0, 3.0]);
    }
}
