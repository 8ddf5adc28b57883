//! The room of every panel of a page: axes side by side have one height, those of one kind in a column stand in line, and
//! what is around them is as large as its text.

use super::panel::{Content, LOW, Line, Titles};
use crate::figure::style::Style;

/// Between panels side by side, points.
pub const BESIDE: f64 = 12.0;
/// Between panels one below the other, points.
pub const DOWN: f64 = 10.0;

/// A line of panels: its width and height, and the room around its axes.
pub struct Row {
    /// Width of each panel with all around it.
    pub cell: f64,
    /// Room left of the axes, by column.
    pub left: Vec<f64>,
    /// Room right of them.
    pub right: Vec<f64>,
    /// Room above the axes, that of titles among it.
    pub above: f64,
    /// That of titles.
    pub title: f64,
    /// Height of the axes.
    pub axes: f64,
    /// The least that they can have.
    pub least: f64,
    /// Room below them.
    pub below: f64,
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
    pub fn width(&self, column: usize) -> f64 {
        if self.even {
            return self.even_width();
        }
        (self.cell - self.left[column] - self.right[column]).max(10.0)
    }

    /// Where the panel in a column begins.
    pub fn begin(&self, column: usize) -> f64 {
        if self.even {
            let before = |i: usize| self.left[i] + self.even_width() + self.right[i] + BESIDE;
            return (0..column).map(before).sum();
        }
        column as f64 * (self.cell + BESIDE)
    }
}

/// The room of each line: axes of the same column stand in line, and so do those side by side.
/// `asked` is the height of all lines together, where one is asked for.
pub fn lay_out(lines: &[Line], style: &Style, inside: f64, title: &Titles, asked: Option<f64>) -> Vec<Row> {
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
pub fn fixed(rows: &[Row]) -> f64 {
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
