//! A small chart: marks with intervals over layers or over δ, a series per mode, and what was disturbed shaded.

use super::chart::{Origin, exact};
use super::error_bars::{Form, Mean, Means};
use super::look::Look;
use super::ticks::{Range, Scale, marks, round_step, tick_label};
use crate::app::theme::{Palette, palette, strong};
use crate::study::Mode;
use egui::{Align, FontId, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};
use egui_plot::{AxisHints, HLine, HoverPosition, Plot, PlotBounds, Span};
use std::collections::BTreeMap;

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Tells charts apart.
    pub id: &'static str,
    /// What stands above it: what is measured, and its unit.
    pub title: String,
    /// What stands below it.
    pub x_label: String,
    /// The scale of what is measured.
    pub y: Scale,
    /// Whether it goes by layer.
    pub by_layer: bool,
    /// What is drawn.
    pub series: Vec<Series>,
    /// Layers that are disturbed.
    pub shaded: Vec<usize>,
}

/// Marks of one kind.
#[derive(Debug, Clone)]
pub struct Series {
    /// Of what.
    pub of: Of,
    /// The marks, from left to right.
    pub marks: Vec<Mark>,
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// A mode.
    Mode(Mode),
    /// What is no mode's, in the colour of text.
    Plain(&'static str),
    /// Something to compare with, in the muted colour.
    Aside(&'static str),
}

/// A mark.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Ends of its bar.
    pub bar: Option<(f64, f64)>,
    /// What a hover says after the name of its series.
    pub hover: String,
}

/// What charts remember between frames.
#[derive(Default)]
pub struct Memory(BTreeMap<&'static str, ((Origin, String), Range)>);

impl Memory {
    /// The range of the picture `id` that shows everything from `low` to `high`: it grows where something would leave it,
    /// and else stays while results come in. `what` names what is shown, beside its origin.
    pub fn range(
        &mut self,
        id: &'static str,
        (origin, what): (Origin, String),
        (low, high): (f64, f64),
        steps: f64,
    ) -> (f64, f64) {
        let key = (origin, what);
        let (known, range) = self.0.entry(id).or_insert_with(|| (key.clone(), Range::default()));
        let reset = *known != key;
        *known = key;
        range.show(low, high, steps, reset)
    }
}

impl Of {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Mode(mode) => mode.to_string(),
            Self::Plain(name) | Self::Aside(name) => (*name).to_owned(),
        }
    }

    /// How it looks.
    #[must_use]
    pub fn look(&self, palette: &Palette) -> Look {
        let plain = Look::of(Mode::Angular, palette);
        match self {
            Self::Mode(mode) => Look::of(*mode, palette),
            Self::Plain(_) => Look { colour: palette.text, ..plain },
            Self::Aside(_) => Look { colour: palette.muted, ..Look::of(Mode::Magnitude, palette) },
        }
    }
}

/// Draws `charts` in a grid that fills `ui`; `what` names the results that they show, beside their origin.
pub fn grid(ui: &mut Ui, charts: &[Chart], memory: &mut Memory, origin: Origin, what: &str, hidden: &[Mode]) {
    let room = ui.available_rect_before_wrap();
    let (columns, rows) = match charts.len() {
        0 => return,
        1 => (1, 1),
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
            show(ui, chart, memory, origin, what, hidden);
        });
    }
    ui.allocate_rect(room, egui::Sense::hover());
}

/// Charts lower than this stand in one row.
const LOW: f32 = 132.0;

/// Charts narrower than this are not put side by side.
const NARROW: f32 = 200.0;

/// Draws `chart` so that it fills `ui`.
pub fn show(ui: &mut Ui, chart: &Chart, memory: &mut Memory, origin: Origin, what: &str, hidden: &[Mode]) {
    let palette = palette(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let title = RichText::new(&chart.title).text_style(strong());
    ui.add(egui::Label::new(title).truncate());
    // The number at the top of the axis is half above the plot.
    ui.add_space(6.0);
    let height = (ui.available_height() - 2.0).max(64.0);
    let drawn = Drawn::of(chart, hidden, palette);
    let shown = format!("{what} {hidden:?} {:?}", chart.y);
    let y = memory.range(chart.id, (origin, shown), drawn.range(chart), 10.0);
    let x = across(chart);

    let (scale, by_layer, shaded) = (chart.y, chart.by_layer, runs(&chart.shaded));
    let Drawn { items, hovers, .. } = drawn;
    let x_ticks = if by_layer { layer_ticks(x, ui.available_width()) } else { Scale::Linear.ticks(x.0, x.1) };
    let font = FontId::proportional(12.0);
    let x_axis = AxisHints::new_x()
        .label(RichText::new(&chart.x_label).small())
        .tick_label_font(font.clone())
        .tick_label_color(palette.muted)
        .formatter(|mark, _| tick_label(mark.value));
    let y_axis = AxisHints::new_y()
        .min_thickness(44.0)
        .tick_label_font(font)
        .tick_label_color(palette.muted)
        .formatter(move |mark, _| tick_label(scale.value(mark.value)));
    let plot = Plot::new(chart.id)
        .height(height)
        .show_background(false)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .x_grid_spacer(move |_| marks(x_ticks.clone()))
        .y_grid_spacer(move |_| marks(scale.ticks(y.0, y.1)))
        .show_grid([false, true])
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
    let (muted, shade) = (palette.muted, palette.line.gamma_multiply(0.35));
    plot.show(ui, move |plot| {
        plot.set_plot_bounds(PlotBounds::from_min_max([x.0, y.0], [x.1, y.1]));
        for (from, to) in shaded {
            plot.span(Span::new("", from - 0.5..=to + 0.5).fill(shade));
        }
        if scale == Scale::Linear {
            plot.hline(HLine::new("zero", 0.0).color(muted).width(1.0).allow_hover(false));
        }
        for item in items {
            plot.add(item);
        }
    });
}

/// What stands in a chart.
struct Drawn {
    items: Vec<Means>,
    hovers: Vec<(String, Vec<String>)>,
    extent: Option<(f64, f64)>,
}

impl Drawn {
    fn of(chart: &Chart, hidden: &[Mode], palette: &Palette) -> Self {
        let mut drawn = Self { items: Vec::new(), hovers: Vec::new(), extent: None };
        let is_shown = |series: &&Series| !matches!(&series.of, Of::Mode(mode) if hidden.contains(mode));
        let modes = chart.series.iter().filter(|series| matches!(series.of, Of::Mode(_))).count();
        let mut place = 0_usize;
        for series in &chart.series {
            // Marks of several modes at one layer stand beside each other.
            let mut beside = 0.0;
            if chart.by_layer && matches!(series.of, Of::Mode(_)) {
                #[allow(clippy::cast_precision_loss)] // a handful
                let from_middle = place as f64 - (modes as f64 - 1.0) / 2.0;
                beside = 0.12 * from_middle;
                place += 1;
            }
            if !is_shown(&series) {
                continue;
            }
            let (mut means, mut hovers) = (Vec::new(), Vec::new());
            for mark in &series.marks {
                let Some(y) = chart.y.place(mark.y) else { continue };
                let end = |value: f64| chart.y.place(value).unwrap_or(y);
                let spread = mark.bar.filter(|(low, high)| high > low).map(|(low, high)| (end(low), end(high)));
                drawn.see(y);
                if let Some((low, high)) = spread {
                    drawn.see(low);
                    drawn.see(high);
                }
                means.push(Mean { x: mark.x + beside, y, spread });
                hovers.push(format!("{}, {}", series.of.name(), mark.hover));
            }
            let name = series.of.name();
            drawn.items.push(Means::new(&name, means, series.of.look(palette), Form::Line));
            drawn.hovers.push((name, hovers));
        }
        drawn
    }

    fn see(&mut self, y: f64) {
        let (low, high) = self.extent.unwrap_or((y, y));
        self.extent = Some((low.min(y), high.max(y)));
    }

    /// What has to be seen, with 0 on a linear axis, and room for markers.
    fn range(&self, chart: &Chart) -> (f64, f64) {
        let (low, high) = match (self.extent, chart.y) {
            (None, Scale::Linear) => (0.0, 1.0),
            (None, Scale::Log) => (-1.0, 1.0),
            (Some((low, high)), Scale::Linear) => (low.min(0.0), high.max(0.0)),
            (Some(extent), Scale::Log) => extent,
        };
        let room = if high > low { 0.08 * (high - low) } else { 0.5 };
        (low - room, high + room)
    }
}

/// The layers, or 0 and every δ.
fn across(chart: &Chart) -> (f64, f64) {
    let marks = chart.series.iter().flat_map(|series| &series.marks).map(|mark| mark.x);
    #[allow(clippy::cast_precision_loss)] // a layer
    let shaded = chart.shaded.iter().map(|layer| *layer as f64);
    let (low, high) =
        marks.chain(shaded).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    match () {
        () if low > high => (0.0, 1.0),
        () if chart.by_layer => (low - 0.6, high + 0.6),
        () => (-0.04 * high, 1.04 * high),
    }
}

/// Whole numbers, as many as have room.
fn layer_ticks((low, high): (f64, f64), width: f32) -> Vec<f64> {
    let step = round_step(high - low, f64::from(width / 28.0).max(2.0)).max(1.0);
    Scale::Linear.ticks(low, high).first().map_or(Vec::new(), |_| {
        let mut at = (low / step).ceil() * step;
        let mut ticks = Vec::new();
        while at <= high {
            ticks.push(at);
            at += step;
        }
        ticks
    })
}

/// Neighbouring layers as ranges.
#[allow(clippy::cast_precision_loss)] // layers
fn runs(layers: &[usize]) -> Vec<(f64, f64)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for layer in layers {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *layer => *to = *layer,
            _ => runs.push((*layer, *layer)),
        }
    }
    runs.into_iter().map(|(from, to)| (from as f64, to as f64)).collect()
}

/// A value with its interval, for a hover: "0.0123\n95 % interval 0.01 to 0.015".
#[must_use]
pub fn hover(value: f64, unit: &str, interval: Option<(f64, f64)>) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let of = interval.map(|(low, high)| format!("\n95 % interval {} to {}", exact(low), exact(high)));
    format!("{}{unit}{}", exact(value), of.unwrap_or_default())
}

/// The legend of series that are no modes, in a line of its own: sample and name.
pub fn key(ui: &mut Ui, of: &[Of]) {
    let palette = palette(ui);
    ui.horizontal(|ui| {
        for one in of {
            let look = one.look(palette);
            let (rect, _) = ui.allocate_exact_size(vec2(24.0, 16.0), egui::Sense::hover());
            let line = [pos2(rect.left(), rect.center().y), pos2(rect.right(), rect.center().y)];
            let mut shapes = Vec::new();
            super::look::line(look, &line, &mut shapes);
            super::look::marker(look, rect.center(), palette.surface, &mut shapes);
            ui.painter().extend(shapes);
            ui.label(RichText::new(one.name()).small().color(palette.muted));
        }
    });
}
