//! The page: panels in a grid whose axes stand in line, letters and titles above them, the legend on top, and below what
//! everything in it rests on.

use super::axes::{cut, wrapped};
use super::chart::{self, ChartPanel};
use super::legend::{self, Entry};
use super::map::MapPanel;
use super::rows::RowsPanel;
use crate::error::{Error, Result};
use crate::figure::scene::{Anchor, Rect, Scene, Text, Weight};
use crate::figure::style::{MUTED, POINTS, Style, TEXT};

/// A panel with what stands above it.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// What it shows.
    pub content: Content,
}

/// What a panel shows.
#[derive(Debug, Clone)]
pub enum Content {
    /// A chart.
    Chart(Box<ChartPanel>),
    /// A heat map.
    Map(Box<MapPanel>),
    /// Named rows.
    Rows(RowsPanel),
    /// Why there is nothing to show, in words.
    Words(String),
}

/// Panels side by side, in as many columns as there is room for.
#[derive(Debug, Clone)]
pub struct Block {
    /// The panels, from left to right and then downwards.
    pub panels: Vec<Panel>,
    /// At most so many side by side.
    pub columns: usize,
    /// Width of a panel below which fewer stand side by side, points per size of the type.
    pub least: f64,
    /// Whether they share the axis upwards, or the colours, so that they can be compared.
    pub share: bool,
}

/// A figure before it is laid out.
#[derive(Debug, Clone)]
pub struct Page {
    /// From above to below.
    pub blocks: Vec<Block>,
    /// The legend.
    pub legend: Vec<Entry>,
    /// What stands above all: that it is preliminary.
    pub warning: Option<String>,
    /// What stands below all: what it rests on.
    pub note: String,
}

/// Around everything, points.
const EDGE: f64 = 3.0;
/// Between panels side by side, points.
const BESIDE: f64 = 12.0;
/// Between panels one below the other, points.
const DOWN: f64 = 10.0;
/// The least height of axes, points.
const LOW: f64 = 24.0;

/// Panels side by side, in so many columns; the number of the first among all.
struct Line {
    panels: Vec<Panel>,
    columns: usize,
    first: usize,
}

impl Content {
    fn margins(&self, style: &Style, cell: f64, size: [f64; 2]) -> [f64; 4] {
        match self {
            Self::Chart(chart) => chart.margins(style, size),
            Self::Map(map) => map.margins(style, size),
            Self::Rows(rows) => rows.margins(style, cell, size),
            Self::Words(_) => [0.0; 4],
        }
    }

    fn height(&self, style: &Style, cell: f64, width: f64) -> f64 {
        match self {
            Self::Chart(_) => chart::height(width),
            Self::Map(map) => map.height(width),
            Self::Rows(rows) => rows.height(style, cell),
            Self::Words(words) => {
                let lines = wrapped(words, width, style.small(), Weight::Regular).len();
                1.35 * style.small() * lines as f64
            }
        }
    }

    /// The least height of its axes in a panel of the width `cell`.
    fn least(&self, style: &Style, cell: f64) -> f64 {
        if let Self::Rows(rows) = self { rows.least(style, cell) } else { LOW }
    }

    /// Draws it with its axes around `area`, `left` of which there is so much room.
    fn draw(&self, scene: &mut Scene, style: &Style, area: Rect, left: f64) {
        match self {
            Self::Chart(chart) => chart.draw(scene, style, area),
            Self::Map(map) => map.draw(scene, style, area),
            Self::Rows(rows) => rows.draw(scene, style, area, left),
            Self::Words(words) => {
                for (i, line) in wrapped(words, area.width, style.small(), Weight::Regular).into_iter().enumerate() {
                    let at = [area.x, area.y + 1.35 * style.small() * i as f64];
                    scene.words(Text::new(line, at, Anchor::Start, style.small(), MUTED).below());
                }
            }
        }
    }
}

impl Block {
    /// Its panels in lines, for a page of this width, points.
    fn lines(self, style: &Style, width: f64) -> Vec<Line> {
        let least = self.least * style.font_size;
        let mut columns = self.columns.clamp(1, self.panels.len().max(1));
        while columns > 1 && (width - BESIDE * (columns - 1) as f64) / (columns as f64) < least {
            columns -= 1;
        }
        // 4 in 3 columns would leave a hole that 2 and 2 do not.
        let rows = self.panels.len().div_ceil(columns.max(1)).max(1);
        let columns = self.panels.len().div_ceil(rows).max(1);
        let mut panels = self.panels;
        if self.share {
            share(&mut panels, columns, style);
        }
        let mut lines = Vec::new();
        while !panels.is_empty() {
            let rest = panels.split_off(columns.min(panels.len()));
            lines.push(Line { panels, columns, first: 0 });
            panels = rest;
        }
        lines
    }
}

/// Gives charts the same ends upwards, and leaves labels to those at the left; the last of the maps side by side has the
/// colour bar of all.
fn share(panels: &mut [Panel], columns: usize, style: &Style) {
    let extent = |panel: &Panel| {
        if let Content::Chart(chart) = &panel.content { Some(chart.extent(style, 120.0)) } else { None }
    };
    let all = panels.iter().filter_map(extent).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let count = panels.len();
    for (i, panel) in panels.iter_mut().enumerate() {
        let is_first = i % columns == 0;
        let is_last = i % columns == columns - 1 || i + 1 == count;
        match &mut panel.content {
            Content::Chart(chart) => {
                chart.limits[1] = chart.limits[1].or(all);
                chart.silent[1] = !is_first;
            }
            Content::Map(map) => {
                map.silent = !is_first;
                map.bar = map.bar.take().filter(|_| is_last);
            }
            Content::Rows(_) | Content::Words(_) => {}
        }
    }
}

impl Page {
    /// Lays it out and draws it.
    ///
    /// # Errors
    /// [`Error::Usage`] where the height that was asked for has no room for the panels.
    pub fn draw(self, style: &Style) -> Result<Scene> {
        let width = style.width * POINTS;
        let inside = width - 2.0 * EDGE;
        let note =
            if style.note { wrapped(&self.note, inside, 0.8 * style.font_size, Weight::Regular) } else { Vec::new() };
        let mut lines: Vec<Line> = self.blocks.into_iter().flat_map(|block| block.lines(style, inside)).collect();
        let mut first = 0;
        for line in &mut lines {
            line.first = first;
            first += line.panels.len();
        }
        let several = lines.iter().map(|line| line.panels.len()).sum::<usize>() > 1;
        let title = Titles { titles: style.titles, letters: style.letters && several };

        let warning = self.warning.as_ref().map_or(0.0, |_| 1.7 * style.font_size);
        let legend = legend::height(&self.legend, style, inside);
        let top = EDGE + warning + if legend > 0.0 { legend + 0.8 * style.font_size } else { 0.0 };
        let bottom = 1.2 * 0.8 * style.font_size * note.len() as f64 + if note.is_empty() { 0.0 } else { 6.0 } + EDGE;
        let asked = style.height.map(|height| height * POINTS - top - bottom);
        let rows = lay_out(&lines, style, inside, &title, asked);
        let needed = fixed(&rows) + rows.iter().map(|row| row.least).sum::<f64>();
        if let Some(asked) = asked.filter(|asked| *asked < needed) {
            let millimetres = |room: f64| (room + top + bottom) / POINTS;
            let (asked, needed) = (millimetres(asked).round(), millimetres(needed).ceil());
            return Err(Error::Usage(format!(
                "a height of {asked} mm has no room for the panels of this figure; it needs at least {needed} mm"
            )));
        }
        let whole = top + fixed(&rows) + rows.iter().map(|row| row.axes).sum::<f64>() + bottom;
        let height = style.height.map_or(whole, |height| height * POINTS);
        let mut scene = Scene::new(width, height);
        if let Some(words) = &self.warning {
            let at = [EDGE, EDGE + 0.3 * style.font_size];
            scene.words(Text::new(words, at, Anchor::Start, style.font_size, TEXT).below().bold());
        }
        legend::draw(&mut scene, style, &self.legend, [EDGE, EDGE + warning], inside);
        let mut y = top;
        for (line, row) in lines.iter().zip(&rows) {
            y += row.above;
            for (i, panel) in line.panels.iter().enumerate() {
                let area = Rect::new(EDGE + row.begin(i) + row.left[i], y, row.width(i), row.axes);
                title.draw(
                    &mut scene,
                    style,
                    panel,
                    line.first + i,
                    Rect::new(EDGE + row.begin(i), y - row.above, row.cell, row.title),
                );
                scene.areas.push(area);
                panel.content.draw(&mut scene, style, area, row.left[i]);
            }
            y += row.axes + row.below + DOWN;
        }
        for (i, words) in note.iter().rev().enumerate() {
            let size = 0.8 * style.font_size;
            let at = [EDGE, height - EDGE - 0.2 * size - 1.2 * size * i as f64];
            scene.words(Text::new(words, at, Anchor::Start, size, MUTED));
        }
        Ok(scene)
    }
}

/// What is written above panels.
struct Titles {
    titles: bool,
    letters: bool,
}

impl Titles {
    /// The title of a panel in lines.
    fn lines(&self, style: &Style, panel: &Panel, room: f64) -> Vec<String> {
        let before = if self.letters { 1.6 * style.font_size } else { 0.0 };
        if self.titles { wrapped(&panel.title, room - before, style.font_size, Weight::Bold) } else { Vec::new() }
    }

    fn height(&self, style: &Style, panel: &Panel, room: f64) -> f64 {
        let lines = self.lines(style, panel, room).len().max(usize::from(self.letters));
        if lines == 0 { 0.0 } else { 1.2 * style.font_size * lines as f64 + 0.5 * style.font_size }
    }

    fn draw(&self, scene: &mut Scene, style: &Style, panel: &Panel, number: usize, room: Rect) {
        let mut x = room.x;
        if self.letters {
            let letter = u32::try_from(number).ok().and_then(|number| char::from_u32(u32::from('A') + number % 26));
            let at = [x, room.y];
            let size = 1.15 * style.font_size;
            scene.words(Text::new(letter.unwrap_or('A'), at, Anchor::Start, size, TEXT).below().bold());
            x += 1.6 * style.font_size;
        }
        for (i, line) in self.lines(style, panel, room.width).into_iter().enumerate() {
            let line = cut(&line, room.right() - x, style.font_size, Weight::Bold);
            let at = [x, room.y + 0.1 * style.font_size + 1.2 * style.font_size * i as f64];
            scene.words(Text::new(line, at, Anchor::Start, style.font_size, TEXT).below().bold());
        }
    }
}

/// A line of panels: its width and height, and the room around its axes.
struct Row {
    /// Width of each panel with all around it.
    cell: f64,
    /// Room at either side of the axes, by column.
    left: Vec<f64>,
    right: Vec<f64>,
    /// Room above the axes, that of titles among it.
    above: f64,
    title: f64,
    /// Height of the axes, and the least that they can have.
    axes: f64,
    least: f64,
    /// Room below them.
    below: f64,
    /// Whether all axes of the line are equally wide, whatever stands beside them; else all panels are.
    even: bool,
}

impl Row {
    /// Width of all axes of an even line.
    fn even_width(&self) -> f64 {
        let columns = self.left.len() as f64;
        let beside: f64 = self.left.iter().chain(&self.right).sum();
        ((columns * self.cell - beside) / columns).max(10.0)
    }

    /// Width of the axes in a column.
    fn width(&self, column: usize) -> f64 {
        if self.even {
            return self.even_width();
        }
        (self.cell - self.left[column] - self.right[column]).max(10.0)
    }

    /// Where the panel in a column begins.
    fn begin(&self, column: usize) -> f64 {
        if self.even {
            let before = |i: usize| self.left[i] + self.even_width() + self.right[i] + BESIDE;
            return (0..column).map(before).sum();
        }
        column as f64 * (self.cell + BESIDE)
    }
}

/// The room of each line: axes of the same column stand in line, and so do those side by side.
/// `asked` is the height of all lines together, where one is asked for.
fn lay_out(lines: &[Line], style: &Style, inside: f64, title: &Titles, asked: Option<f64>) -> Vec<Row> {
    let mut rows: Vec<Row> = lines
        .iter()
        .map(|line| {
            let cell = (inside - BESIDE * (line.columns - 1) as f64) / line.columns as f64;
            let title = line.panels.iter().map(|panel| title.height(style, panel, cell)).fold(0.0, f64::max);
            let (left, right) = (vec![0.1 * cell; line.columns], vec![0.1 * cell; line.columns]);
            let even = line.panels.iter().all(|panel| matches!(panel.content, Content::Map(_)));
            Row { cell, left, right, above: title, title, axes: 0.5 * cell, least: LOW, below: 0.0, even }
        })
        .collect();
    // Margins depend on the axes, whose size depends on the margins: the third time nothing moves any more.
    for _ in 0..3 {
        for (line, row) in lines.iter().zip(&mut rows) {
            let (mut above, mut below, mut axes) = (0.0_f64, 0.0_f64, 0.0_f64);
            row.least = LOW;
            for (i, panel) in line.panels.iter().enumerate() {
                let margins = panel.content.margins(style, row.cell, [row.width(i), row.axes]);
                (row.left[i], row.right[i]) = (margins[0], margins[2]);
                above = above.max(margins[1]);
                below = below.max(margins[3]);
                axes = axes.max(panel.content.height(style, row.cell, row.width(i)));
                row.least = row.least.max(panel.content.least(style, row.cell));
            }
            (row.above, row.below, row.axes) = (above + row.title, below, axes);
        }
        if let Some(asked) = asked {
            stretch(&mut rows, asked);
        }
        align(lines, &mut rows);
    }
    rows
}

/// The height of everything but axes.
fn fixed(rows: &[Row]) -> f64 {
    rows.iter().map(|row| row.above + row.below).sum::<f64>() + DOWN * rows.len().saturating_sub(1) as f64
}

/// Gives the axes heights such that all lines together are `asked` points high: each of its own share above its least.
fn stretch(rows: &mut [Row], asked: f64) {
    let sum = |of: fn(&Row) -> f64| rows.iter().map(of).sum::<f64>();
    let (least, spare) = (sum(|row| row.least), sum(|row| (row.axes - row.least).max(1.0)));
    let share = ((asked - fixed(rows) - least) / spare).max(0.0);
    for row in rows {
        row.axes = row.least + share * (row.axes - row.least).max(1.0);
    }
}

/// Gives axes of one kind in one column the same room at their sides.
fn align(lines: &[Line], rows: &mut [Row]) {
    for columns in 1..=lines.iter().map(|line| line.columns).max().unwrap_or(1) {
        for column in 0..columns {
            // Rows of names are as wide as their names: they would push charts aside.
            for kind in [is_chart, is_rows] {
                let is_such = |line: &Line| {
                    line.columns == columns && line.panels.get(column).is_some_and(|panel| kind(&panel.content))
                };
                let same: Vec<usize> = (0..lines.len()).filter(|i| is_such(&lines[*i])).collect();
                let most = |of: &dyn Fn(&Row) -> f64| same.iter().map(|i| of(&rows[*i])).fold(0.0, f64::max);
                let (left, right) = (most(&|row: &Row| row.left[column]), most(&|row: &Row| row.right[column]));
                for i in same {
                    (rows[i].left[column], rows[i].right[column]) = (left, right);
                }
            }
        }
    }
}

fn is_chart(content: &Content) -> bool {
    matches!(content, Content::Chart(_))
}

fn is_rows(content: &Content) -> bool {
    matches!(content, Content::Rows(_))
}
