//! How a chart is drawn. It is zoomed and moved with the pointer, and a mark leads to the trials behind it.

use super::error_bars::{Means, Path, Words};
use super::look::Look;
use super::picks::Picks;
use super::ticks::marks;
use super::view::{Origin, Part, after};
use crate::app::theme::{Palette, palette, strong};
use crate::figure::picture::{Across, Chart, Drawn, Of, Scale, tick_label};
use egui::accesskit::Role;
use egui::{Align, CursorIcon, FontId, Layout, Rect, Response, RichText, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use egui_plot::{AxisHints, HLine, HoverPosition, Plot, PlotBounds, PlotUi, Span, VLine};
use std::cell::Cell;
use std::rc::Rc;

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
    let heading = chart.heading();
    let title = RichText::new(&heading).text_style(strong());
    let title = ui.add(egui::Label::new(title).truncate().sense(Sense::hover()));
    super::definitions::hover(title, &heading);
    // The number at the top of the axis is half above the plot.
    ui.add_space(6.0);
    let height = (ui.available_height() - 2.0).max(64.0);
    let drawn = Drawn::of(chart, picks.bars, |of| picks.shows(of));
    let axes = axes(chart);
    let shown = format!("{what} {:?} {:?} {axes}", picks.hidden, picks.bars);
    let y = picks.charts.range(chart.id, (origin, shown), drawn.range(chart, height), steps(chart.y));
    let chosen = picks.charts.chosen(chart.id, origin.series, &axes);
    let part = chosen.unwrap_or(Part { x: chart.x_range(), y });

    let hit: Rc<Cell<Option<(usize, usize)>>> = Rc::default();
    let means = drawn.series.iter().map(|means| {
        let look = Look::new(chart.series[means.series].of.cues(), palette);
        Means::new(&means.series.to_string(), means.list.clone(), look, means.form)
    });
    let (items, noted): (Vec<Means>, _) = (means.collect(), hit.clone());
    let (of_series, stars) = (drawn.series, drawn.stars);
    let plot = canvas(chart, height, palette, ui.available_width()).label_formatter(move |position| {
        let HoverPosition::NearDataPoint { plot_name, index, .. } = position else { return None };
        let series: usize = plot_name.parse().ok()?;
        let mark = of_series.iter().find(|means| means.series == series)?.list.get(*index)?.mark;
        noted.set(Some((series, mark)));
        let (of, mark) = (&chart.series[series].of, &chart.series[series].marks[mark]);
        let click = if origin.has_trials && mark.point.is_some() { "\nclick: the trials behind it" } else { "" };
        Some(format!("{}, {}{click}", of.name(), mark.hover))
    });
    let at = chosen_place(chart, picks);
    let curves = chart.curves.iter().filter(|(mode, _)| !picks.hidden.contains(mode));
    let curves: Vec<Path> =
        curves.map(|(mode, curve)| Path::new(chart.positions(curve), Look::of(*mode, palette))).collect();
    let shown = plot.show(ui, move |plot| {
        plot.set_plot_bounds(bounds(part));
        ground(plot, chart, palette, at);
        for item in items {
            plot.add(item);
        }
        for curve in curves {
            plot.add(curve);
        }
        plot.add(Words::new(stars, palette.text, palette.muted));
    });
    let response = shown.response;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, chart.summary(|of| picks.shows(of))));
    let point = hit.get().and_then(|(series, mark)| chart.series[series].marks[mark].point.clone());
    if let Some(point) = point.filter(|_| origin.has_trials && response.hovered()) {
        ui.set_cursor_icon(CursorIcon::PointingHand);
        if response.clicked() {
            picks.look_behind(point);
        }
    }
    let found = part_of(shown.transform.bounds(), part);
    let reset = response.double_clicked() || (chosen.is_some() && reset_button(ui, &response, &heading));
    let next = after(chosen, part, found, reset);
    if next != chosen {
        picks.charts.choose(chart.id, origin.series, &axes, next);
        ui.request_repaint();
    }
}

/// Tells a chosen part of `chart` from one on other axes.
fn axes(chart: &Chart) -> String {
    match &chart.x {
        Across::Layers => format!("layers {:?}", chart.y),
        Across::Value(scale) => format!("{scale:?} {:?}", chart.y),
        Across::Names(names) => format!("{} {:?}", names.join(" "), chart.y),
    }
}

/// Where the layer, or the δ, that is chosen stands in `chart`; none where it is not among its marks.
fn chosen_place(chart: &Chart, picks: &Picks) -> Option<f64> {
    let value = match &chart.x {
        Across::Layers => picks.layer.map(|layer| layer as f64),
        Across::Value(_) if chart.x_label.starts_with('δ') => picks.delta,
        _ => None,
    }?;
    let there = chart.series.iter().flat_map(|series| &series.marks).any(|mark| mark.x == value);
    chart.x.scale().place(value).filter(|_| there)
}

/// The plot with its axes, empty.
fn canvas<'a>(chart: &'a Chart, height: f32, palette: &Palette, width: f32) -> Plot<'a> {
    let (scale, x) = (chart.y, &chart.x);
    let font = FontId::proportional(12.0);
    let x_axis = AxisHints::new_x()
        .label(RichText::new(&chart.x_label).small())
        .tick_label_font(font.clone())
        .tick_label_color(palette.muted)
        .formatter(move |mark, _| x.tick_label(mark.value));
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
        .x_grid_spacer(move |input| marks(x.ticks(input.bounds, width)))
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
    for (from, to) in chart.shaded_runs() {
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

/// The legend of series that are no modes, in a line of its own: sample and name; pressing one hides it.
pub fn key(ui: &mut Ui, of: &[Of], picks: &mut Picks) {
    let palette = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for one in of {
            let (Of::Plain(name) | Of::Aside(name)) = one else { continue };
            let shown = picks.shows(one);
            let ink = if shown { palette.muted } else { palette.line };
            let font = FontId::proportional(12.0);
            let galley = ui.painter().layout_no_wrap((*name).to_owned(), font, palette.muted);
            let (rect, response) = ui.allocate_exact_size(vec2(32.0 + galley.size().x, 20.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show {name}")));
            let look = Look::new(one.cues(), palette);
            let look = Look { colour: if shown { look.colour } else { ink }, ..look };
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
