//! A heat map, a value per row and column: levels from dark blue to yellow, changes from blue over white at 0 to orange,
//! with a colour bar.

use super::chart::exact;
use super::ticks::tick_label;
use crate::app::theme::{palette, strong};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, FontId, Mesh, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

/// Which values of heads are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// Of the clean run.
    Clean,
    /// Of the disturbed run.
    Disturbed,
    /// Disturbed minus clean.
    #[default]
    Change,
}

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Colours {
    /// Levels between two ends.
    Levels(f64, f64),
    /// The logarithms of levels between two ends.
    LogLevels(f64, f64),
    /// Changes of at most this size.
    Changes(f64),
}

/// Values by row and column. The first row is at the bottom.
#[derive(Debug, Clone, Default)]
pub struct HeatMap {
    /// What stands above it.
    pub title: String,
    /// What rows and columns are.
    pub axes: [&'static str; 2],
    /// The names of the rows, ascending.
    pub rows: Vec<usize>,
    /// How many columns there are, from 0 on.
    pub columns: usize,
    /// `[rows, columns]`; none where nothing was read.
    pub values: Vec<Option<f64>>,
    /// What a hover says of each besides its place and its value.
    pub more: Vec<String>,
    /// The unit of the values.
    pub unit: &'static str,
}

/// Room for the names of the rows.
const LEFT: f32 = 28.0;
/// Room for the names of the columns and their label.
const BELOW: f32 = 36.0;

impl Colours {
    /// The colours that show `maps`, as changes or as levels.
    #[must_use]
    pub fn of<'a>(maps: impl Iterator<Item = &'a HeatMap>, values: Values) -> Self {
        let (low, high) = maps
            .flat_map(|map| map.values.iter().flatten())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        match values {
            Values::Change => Self::Changes(low.abs().max(high.abs()).max(f64::MIN_POSITIVE)),
            _ => Self::Levels(low.min(0.0), high.max(f64::MIN_POSITIVE)),
        }
    }

    /// The colour of a value.
    #[must_use]
    pub fn colour(self, value: f64) -> Color32 {
        let share = |low: f64, high: f64, value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
        match self {
            Self::Levels(low, high) => level_colour(share(low, high, value)),
            Self::LogLevels(low, high) => level_colour(share(low.ln(), high.ln(), value.ln())),
            Self::Changes(most) => change_colour(value / most),
        }
    }

    /// The largest size of a value.
    fn most(self) -> f64 {
        match self {
            Self::Levels(low, high) | Self::LogLevels(low, high) => low.abs().max(high.abs()),
            Self::Changes(most) => most,
        }
    }

    /// The value at a share of the colour bar, from below.
    fn at(self, share: f64) -> f64 {
        match self {
            Self::Levels(low, high) => low + share * (high - low),
            Self::LogLevels(low, high) => (low.ln() + share * (high.ln() - low.ln())).exp(),
            Self::Changes(most) => (2.0 * share - 1.0) * most,
        }
    }
}

impl HeatMap {
    /// The longest of the numbers that stand in its cells.
    #[must_use]
    pub fn longest(&self, colours: Colours) -> String {
        let words = self.values.iter().flatten().map(|value| words(*value, colours.most()));
        words.max_by_key(|words| words.chars().count()).unwrap_or_default()
    }

    /// Draws it into what is left of `ui`, with numbers in the cells where even the `longest` has room; `chosen` has a
    /// rim. Gives the cell under the pointer, (row, column), and whether it was pressed.
    pub fn show(
        &self,
        ui: &mut Ui,
        colours: Colours,
        longest: &str,
        chosen: Option<(usize, usize)>,
        click: &str,
    ) -> Option<(usize, usize)> {
        ui.spacing_mut().item_spacing.y = 2.0;
        let title = egui::Label::new(RichText::new(&self.title).text_style(strong())).truncate();
        super::definitions::hover(ui.add(title.sense(Sense::hover())), &self.title);
        let sense = if click.is_empty() { Sense::hover() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let (rows, columns) = (self.rows.len().max(1) as f32, self.columns.max(1) as f32);
        let left = if self.rows.iter().any(|row| *row >= 1000) { LEFT + 12.0 } else { LEFT };
        let cell =
            vec2(((rect.width() - left) / columns).clamp(1.5, 96.0), ((rect.height() - BELOW) / rows).clamp(1.5, 56.0));
        let origin = pos2(rect.left() + left, rect.top());
        let square = |row: usize, column: usize| {
            let at = vec2(column as f32 * cell.x, (rows - 1.0 - row as f32) * cell.y);
            Rect::from_min_size(origin + at, cell)
        };
        ui.painter().add(Shape::mesh(self.mesh(colours, cell.min_elem() > 6.0, &square, palette.grid)));
        let widest = ui.painter().layout_no_wrap(longest.to_owned(), font.clone(), palette.text).size().x;
        if cell.y >= 18.0 && widest + 6.0 <= cell.x {
            for (i, value) in self.values.iter().enumerate() {
                let Some(value) = value else { continue };
                let middle = square(i / self.columns, i % self.columns).center();
                let (words, ink) = (words(*value, colours.most()), ink(colours.colour(*value)));
                ui.painter().text(middle, Align2::CENTER_CENTER, words, font.clone(), ink);
            }
        }
        self.names(ui, origin, cell);
        if let Some((row, column)) = chosen.filter(|(row, column)| *row < self.rows.len() && *column < self.columns) {
            let rim = square(row, column);
            ui.painter().rect_stroke(rim, 0.0, Stroke::new(2.0, palette.text), StrokeKind::Outside);
        }
        let found = response.hover_pos().and_then(|pointer| self.at(pointer, origin, cell));
        let pressed = found.filter(|_| response.clicked());
        if let Some((row, column)) = found {
            ui.painter().rect_stroke(square(row, column), 0.0, Stroke::new(2.0, palette.text), StrokeKind::Outside);
            if !click.is_empty() {
                ui.set_cursor_icon(egui::CursorIcon::PointingHand);
            }
            self.hover(response, row, column, click);
        }
        pressed
    }

    /// All cells in one mesh; where there is room, with gaps between them.
    fn mesh(&self, colours: Colours, gaps: bool, square: &dyn Fn(usize, usize) -> Rect, none: Color32) -> Mesh {
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(4 * self.values.len());
        mesh.reserve_triangles(2 * self.values.len());
        for (i, value) in self.values.iter().enumerate() {
            let rect = square(i / self.columns.max(1), i % self.columns.max(1));
            let fill = value.map_or(none, |value| colours.colour(value));
            mesh.add_colored_rect(if gaps { rect.shrink(0.5) } else { rect }, fill);
        }
        mesh
    }

    /// The cell at a position.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounded
    fn at(&self, pointer: Pos2, origin: Pos2, cell: egui::Vec2) -> Option<(usize, usize)> {
        let (across, down) = ((pointer.x - origin.x) / cell.x, (pointer.y - origin.y) / cell.y);
        if across < 0.0 || down < 0.0 {
            return None;
        }
        let (column, above) = (across as usize, down as usize);
        (column < self.columns && above < self.rows.len()).then(|| (self.rows.len() - 1 - above, column))
    }

    fn names(&self, ui: &Ui, origin: Pos2, cell: egui::Vec2) {
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let write = |at, align, words: &str| ui.painter().text(at, align, words, font.clone(), palette.muted);
        let (rows, columns) = (self.rows.len() as f32, self.columns as f32);
        let every = every(14.0 / cell.y);
        for (row, name) in self.rows.iter().enumerate().step_by(every) {
            let y = origin.y + (rows - 0.5 - row as f32) * cell.y;
            write(pos2(origin.x - 6.0, y), Align2::RIGHT_CENTER, &name.to_string());
        }
        let bottom = origin.y + rows * cell.y;
        let every = self::every(22.0 / cell.x);
        for column in (0..self.columns).step_by(every) {
            let at = pos2(origin.x + (column as f32 + 0.5) * cell.x, bottom + 2.0);
            write(at, Align2::CENTER_TOP, &column.to_string());
        }
        let middle = origin.x + columns * cell.x / 2.0;
        write(pos2(middle, bottom + BELOW - 2.0), Align2::CENTER_BOTTOM, self.axes[1]);
    }

    fn hover(&self, response: Response, row: usize, column: usize, click: &str) {
        let at = row * self.columns + column;
        let value = self.values.get(at).copied().flatten();
        let value = value.map_or("nothing read".to_owned(), |value| format!("{} {}", exact(value), self.unit));
        let place =
            format!("{} {}, {} {column}", self.axes[0].to_lowercase(), self.rows[row], self.axes[1].to_lowercase());
        let more = self.more.get(at).map_or("", String::as_str);
        let line = |words: &str| if words.is_empty() { String::new() } else { format!("\n{words}") };
        response.on_hover_text_at_pointer(format!("{}\n{place}\n{value}{}{}", self.title, line(more), line(click)));
    }

    /// What is painted, in words: its extent, and its largest and smallest values with their places.
    fn summary(&self) -> String {
        let there = self.values.iter().enumerate().filter_map(|(i, value)| Some((i, (*value)?)));
        let place = |(i, value): (usize, f64)| {
            let (row, column) = (self.rows.get(i / self.columns).copied().unwrap_or_default(), i % self.columns);
            let names = self.axes.map(str::to_lowercase);
            format!("{} {} at {} {row}, {} {column}", crate::figure::number(value), self.unit, names[0], names[1])
        };
        let most = there.clone().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(String::new(), place);
        let least = there.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(String::new(), place);
        format!("{}, {} × {}: largest {most}; smallest {least}", self.title, self.rows.len(), self.columns)
    }
}

/// One name in so many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a handful
fn every(names: f32) -> usize {
    (names.ceil() as usize).max(1)
}

/// Width of the colour bar with its numbers.
pub const BAR: f32 = 68.0;

/// Draws the colour bar into what is left of `ui`.
pub fn colour_bar(ui: &mut Ui, colours: Colours, unit: &str) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.label(RichText::new(unit).small().color(palette(ui).muted));
    let (rect, _) =
        ui.allocate_exact_size(vec2(BAR, (ui.available_height() - BELOW).clamp(48.0, 240.0)), Sense::hover());
    let palette = palette(ui);
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(12.0, rect.height() - 8.0));
    let steps = 48_u32;
    let mut mesh = Mesh::default();
    for step in 0..=steps {
        let share = f64::from(step) / f64::from(steps);
        #[allow(clippy::cast_possible_truncation)] // a position
        let y = bar.bottom() - share as f32 * bar.height();
        let fill = colours.colour(colours.at(share));
        mesh.colored_vertex(pos2(bar.left(), y), fill);
        mesh.colored_vertex(pos2(bar.right(), y), fill);
        if step > 0 {
            let next = 2 * step;
            mesh.add_triangle(next - 2, next - 1, next);
            mesh.add_triangle(next - 1, next, next + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    ui.painter().rect_stroke(bar, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    for share in [0.0, 0.5, 1.0] {
        #[allow(clippy::cast_possible_truncation)]
        let y = bar.bottom() - share as f32 * bar.height();
        ui.painter().line_segment([pos2(bar.right(), y), pos2(bar.right() + 4.0, y)], Stroke::new(1.0, palette.muted));
        let words = tick_label(rounded(colours.at(share)));
        let font = FontId::proportional(12.0);
        ui.painter().text(pos2(bar.right() + 8.0, y), Align2::LEFT_CENTER, words, font, palette.muted);
    }
}

/// Two significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// A value with as many decimals as two significant digits of `most` have.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
fn words(value: f64, most: f64) -> String {
    let decimals = (1.0 - most.log10().floor()).clamp(0.0, 12.0) as usize;
    tick_label(format!("{value:.decimals$}").parse().unwrap_or(value))
}

/// Stops of the scale of changes: blue, white, orange.
const DIVERGING: [[f32; 3]; 5] =
    [[11.0, 70.0, 125.0], [117.0, 168.0, 212.0], [247.0, 247.0, 247.0], [240.0, 165.0, 105.0], [165.0, 62.0, 8.0]];

/// Stops of the scale of levels: viridis (Smith and van der Walt 2015).
const VIRIDIS: [[f32; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [71.0, 44.0, 122.0],
    [59.0, 81.0, 139.0],
    [44.0, 113.0, 142.0],
    [33.0, 144.0, 141.0],
    [39.0, 173.0, 129.0],
    [92.0, 200.0, 99.0],
    [170.0, 220.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// The colour of a change from −1 to 1.
#[must_use]
pub fn change_colour(share: f64) -> Color32 {
    between(&DIVERGING, f64::midpoint(share, 1.0))
}

/// The colour of a level from 0 to 1.
#[must_use]
pub fn level_colour(share: f64) -> Color32 {
    between(&VIRIDIS, share)
}

/// The colour at a share of `stops`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a colour
fn between(stops: &[[f32; 3]], share: f64) -> Color32 {
    let share = if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) };
    let at = share as f32 * (stops.len() - 1) as f32;
    let stop = (at.floor() as usize).min(stops.len() - 2);
    let part = at - stop as f32;
    let [r, g, b] = [0, 1, 2].map(|i| (stops[stop][i] * (1.0 - part) + stops[stop + 1][i] * part) as u8);
    Color32::from_rgb(r, g, b)
}

/// Black or white, whichever stands out from `ground`.
#[must_use]
pub fn ink(ground: Color32) -> Color32 {
    let light = 0.299 * f32::from(ground.r()) + 0.587 * f32::from(ground.g()) + 0.114 * f32::from(ground.b());
    if light > 140.0 { Color32::from_rgb(0x1B, 0x1F, 0x24) } else { Color32::WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: usize, columns: usize, value: impl Fn(usize) -> f64) -> HeatMap {
        HeatMap {
            title: "angular".to_owned(),
            axes: ["Layer", "Head"],
            rows: (4..4 + rows).collect(),
            columns,
            values: (0..rows * columns).map(|i| Some(value(i))).collect(),
            unit: "nats",
            ..HeatMap::default()
        }
    }

    #[test]
    fn zero_is_white_and_the_sides_are_blue_and_orange() {
        let colours = Colours::Changes(0.5);
        let zero = colours.colour(0.0);
        assert!(zero.r() > 240 && zero.g() > 240 && zero.b() > 240);
        let (low, high) = (colours.colour(-0.5), colours.colour(0.5));
        assert!(low.b() > low.r() && high.r() > high.b());
        assert_eq!(colours.colour(f64::NAN), zero);
    }

    #[test]
    fn levels_grow_lighter_all_the_way() {
        let light = |value| {
            let of = Colours::Levels(0.0, 2.0).colour(value);
            0.2126 * f32::from(of.r()) + 0.7152 * f32::from(of.g()) + 0.0722 * f32::from(of.b())
        };
        let steps: Vec<f32> = (0..=20).map(|i| light(f64::from(i) / 10.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0]), "{steps:?}");
    }

    #[test]
    fn colours_reach_over_all_maps() {
        let maps = [map(2, 2, |i| i as f64 - 1.0), map(1, 2, |_| -3.0)];
        assert_eq!(Colours::of(maps.iter(), Values::Change), Colours::Changes(3.0));
        assert_eq!(Colours::of(maps[..1].iter(), Values::Clean), Colours::Levels(-1.0, 2.0));
    }

    #[test]
    fn the_largest_map_is_one_mesh_and_its_cells_are_found() {
        let map = map(48, 64, |i| i as f64);
        let square = |row: usize, column: usize| {
            Rect::from_min_size(pos2(10.0 * column as f32, 10.0 * (47 - row) as f32), vec2(10.0, 10.0))
        };
        let mesh = map.mesh(Colours::Levels(0.0, 3071.0), true, &square, Color32::GRAY);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (4 * 48 * 64, 6 * 48 * 64));
        let at = |x, y| map.at(pos2(x, y), pos2(0.0, 0.0), vec2(10.0, 10.0));
        assert_eq!(at(5.0, 5.0), Some((47, 0)), "the last row is above");
        assert_eq!(at(635.0, 475.0), Some((0, 63)));
        assert_eq!((at(645.0, 5.0), at(-1.0, 5.0), at(5.0, 481.0)), (None, None, None));
        assert!(map.summary().contains("largest 3071 nats at layer 51, head 63; smallest 0 nats at layer 4, head 0"));
    }
}
