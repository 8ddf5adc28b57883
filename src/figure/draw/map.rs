//! A heat map on the page, with its colour bar.

use super::axes::wrapped;
use super::marks::AXIS;
use crate::figure::picture::{Colours, HeatMap, ink_on};
use crate::figure::scene::{Anchor, Paint, Rect, Role, Scene, Shape, Text, Weight, width};
use crate::figure::style::{Style, TEXT};

/// A heat map, and how its values become colours.
#[derive(Debug, Clone)]
pub struct MapPanel {
    /// The values.
    pub map: HeatMap,
    /// Their colours, which neighbours may share.
    pub colours: Colours,
    /// What stands beside the colour bar; none where a neighbour has it.
    pub bar: Option<String>,
    /// Whether the names of the rows are left to a neighbour.
    pub silent: bool,
}

/// Width of the colour bar, and its distance from the cells, points.
const BAR: f64 = 7.0;
const BAR_GAP: f64 = 8.0;
/// Steps of the colour bar.
const STEPS: u32 = 64;
/// The least size of numbers in cells, points.
const LEAST: f64 = 4.5;

impl MapPanel {
    fn row_names(&self, style: &Style) -> f64 {
        let widest = self.map.rows.iter().map(|row| width(&row.to_string(), style.small(), Weight::Regular));
        widest.fold(0.0, f64::max)
    }

    fn bar_labels(&self) -> [(f64, String); 3] {
        [0.0, 0.5, 1.0].map(|share| (share, self.colours.tick_label(share)))
    }

    /// Room around the cells: left, above, right, below, points.
    #[must_use]
    pub fn margins(&self, style: &Style, _size: [f64; 2]) -> [f64; 4] {
        let left = if self.silent { 3.0 } else { self.row_names(style) + 4.0 + 1.5 * style.font_size };
        let labels = self.bar_labels();
        let widest = labels.iter().map(|(_, words)| width(words, style.small(), Weight::Regular)).fold(0.0, f64::max);
        let right = match &self.bar {
            Some(unit) => {
                let unit = width(unit, style.small(), Weight::Regular);
                BAR_GAP + (BAR + 4.0 + widest).max(unit)
            }
            None => 3.0,
        };
        let above = if self.bar.is_some() { 0.4 * style.small() } else { 0.0 };
        [left, above, right, 4.0 + style.small() + 1.4 * style.font_size]
    }

    /// How high its cells are where nothing is said of it, for cells of this width in all, points.
    #[must_use]
    pub fn height(&self, width: f64) -> f64 {
        let across = width / self.map.columns.max(1) as f64;
        let rows = self.map.rows.len().max(1) as f64;
        (rows * across.clamp(5.0, 13.0)).clamp(48.0, 420.0)
    }

    /// Draws it into `area`.
    pub fn draw(&self, scene: &mut Scene, style: &Style, area: Rect) {
        let (rows, columns) = (self.map.rows.len().max(1), self.map.columns.max(1));
        let (across, down) = (area.width / columns as f64, area.height / rows as f64);
        let cell = |row: usize, column: usize| {
            Rect::new(area.x + column as f64 * across, area.bottom() - (row + 1) as f64 * down, across, down)
        };
        let longest = self.map.longest(self.colours);
        let size = (0.92 * style.small()).min(0.62 * down);
        let numbers = size >= LEAST && width(&longest, size, Weight::Regular) + 2.0 <= across;
        for (i, value) in self.map.values.iter().enumerate().take(rows * columns) {
            let rect = cell(i / columns, i % columns);
            let Some(value) = value else {
                // Nothing was read: crossed out.
                let paint = Paint::line(TEXT, 0.25);
                scene.line(Role::Aside, &[[rect.x, rect.bottom()], [rect.right(), rect.y]], paint);
                continue;
            };
            let fill = style.palette.heat(self.colours, *value);
            // A little over its neighbours, or viewers show seams.
            let right = if (i + 1) % columns == 0 { 0.0 } else { 0.2 };
            let above = if i / columns + 1 == rows { 0.0 } else { 0.2 };
            let over = Rect::new(rect.x, rect.y - above, rect.width + right, rect.height + above);
            scene.add(Role::Mark, Shape::Rect(over, Paint::fill(fill)));
        }
        if numbers {
            for (i, value) in self.map.values.iter().enumerate().take(rows * columns) {
                let Some(value) = value else { continue };
                let ink = ink_on(style.palette.heat(self.colours, *value));
                let text = Text::new(
                    self.colours.words(*value),
                    cell(i / columns, i % columns).middle(),
                    Anchor::Middle,
                    size,
                    ink,
                );
                scene.words(text.centred());
            }
        }
        scene.add(Role::Frame, Shape::Rect(area, Paint::line(TEXT, AXIS)));
        self.names(scene, style, area, [across, down]);
        if let Some(unit) = &self.bar {
            self.colour_bar(scene, style, area, unit);
        }
    }

    fn names(&self, scene: &mut Scene, style: &Style, area: Rect, [across, down]: [f64; 2]) {
        let size = style.small();
        if !self.silent {
            let every = every(1.25 * size / down);
            for (row, name) in self.map.rows.iter().enumerate().step_by(every) {
                let at = [area.x - 4.0, area.bottom() - (row as f64 + 0.5) * down];
                scene.words(Text::new(name.to_string(), at, Anchor::End, size, TEXT).centred());
            }
            let at = [area.x - 4.0 - self.row_names(style) - 0.6 * style.font_size, area.middle()[1]];
            scene.words(Text::new(self.map.axes[0], at, Anchor::Middle, style.font_size, TEXT).upwards());
        }
        let widest = width(&self.map.columns.saturating_sub(1).to_string(), size, Weight::Regular);
        let every = self::every((widest + 0.5 * size) / across);
        for column in (0..self.map.columns).step_by(every) {
            let at = [area.x + (column as f64 + 0.5) * across, area.bottom() + 4.0];
            scene.words(Text::new(column.to_string(), at, Anchor::Middle, size, TEXT).below());
        }
        let at = [area.middle()[0], area.bottom() + 4.0 + size + 2.0];
        scene.words(Text::new(self.map.axes[1], at, Anchor::Middle, style.font_size, TEXT).below());
    }

    fn colour_bar(&self, scene: &mut Scene, style: &Style, area: Rect, unit: &str) {
        let size = style.small();
        let above = 1.5 * size;
        let bar = Rect::new(area.right() + BAR_GAP, area.y + above, BAR, area.height - above - 0.4 * size);
        let step = bar.height / f64::from(STEPS);
        for i in 0..STEPS {
            let value = self.colours.at((f64::from(i) + 0.5) / f64::from(STEPS));
            let top = bar.bottom() - f64::from(i + 1) * step;
            let over = if i + 1 == STEPS { 0.0 } else { 0.2 };
            let rect = Rect::new(bar.x, top - over, bar.width, step + over);
            scene.add(Role::Aside, Shape::Rect(rect, Paint::fill(style.palette.heat(self.colours, value))));
        }
        scene.add(Role::Frame, Shape::Rect(bar, Paint::line(TEXT, AXIS)));
        for (share, words) in self.bar_labels() {
            let y = bar.bottom() - share * bar.height;
            scene.line(Role::Frame, &[[bar.right(), y], [bar.right() + 2.0, y]], Paint::line(TEXT, AXIS));
            scene.words(Text::new(words, [bar.right() + 4.0, y], Anchor::Start, size, TEXT).centred());
        }
        for line in wrapped(unit, f64::INFINITY, size, Weight::Regular) {
            scene.words(Text::new(line, [bar.x, area.y], Anchor::Start, size, TEXT).below());
        }
    }
}

/// One name in so many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a handful
fn every(names: f64) -> usize {
    (names.ceil() as usize).max(1)
}
