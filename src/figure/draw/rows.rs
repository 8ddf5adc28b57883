//! Panels of named rows over one axis: repairs, tests, and the steps of an audit.

use super::axes::{Axis, grid, wrapped};
use super::marks::{self, AXIS};
use super::plane::Plane;
use super::ticks::Ticks;
use crate::figure::number;
use crate::figure::picture::statistics::Group;
use crate::figure::picture::{Cues, Forest, Scale, Waterfall};
use crate::figure::scene::{Anchor, Paint, Rect, Role, Scene, Shape, Text, Weight, width};
use crate::figure::style::{GRID, MUTED, Style, TEXT};
use crate::study::Mode;

/// Between a name and the axis, points.
const NAME_GAP: f64 = 7.0;

/// Rows of one kind over an axis.
#[derive(Debug, Clone)]
pub struct RowsPanel {
    /// The rows, from above to below.
    pub rows: Vec<Row>,
    /// What stands below the axis.
    pub label: String,
    /// What stands above the column at the right, where there is one.
    pub numbers: &'static str,
    /// Values that a line goes down at, beside 0.
    pub references: Vec<f64>,
    /// Ends of the axis.
    pub range: (f64, f64),
    /// Whether the labels of the axis are left to another panel below.
    pub silent: bool,
}

/// A named row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What stands in it, from above to below.
    pub marks: Vec<RowMark>,
    /// What stands at its right.
    pub number: String,
    /// Whether its words are stressed.
    pub strong: bool,
}

/// What stands in a row.
#[derive(Debug, Clone)]
pub enum RowMark {
    /// An estimate with its interval.
    Estimate {
        /// Of what: a mode, a sample, a study.
        of: String,
        /// How it looks.
        cues: Cues,
        /// The estimate.
        value: f64,
        /// Its interval.
        ends: (f64, f64),
    },
    /// No estimate, and why in few words.
    None {
        /// Of what.
        of: String,
        /// How it looks.
        cues: Cues,
        /// Why.
        why: &'static str,
    },
    /// A bar between two values, filled or hollow, with an interval.
    Bar {
        /// From where.
        from: f64,
        /// To where; an interval is around it.
        to: f64,
        /// The interval, around that.
        ends: (f64, f64),
        /// Whether it is filled.
        filled: bool,
        /// The value that its length stands for.
        value: f64,
        /// The interval of that.
        interval: (f64, f64),
    },
}

impl RowsPanel {
    /// Repairs: of each mode that is not hidden what it gives back.
    #[must_use]
    pub fn of_forest(forest: &Forest, range: (f64, f64), hidden: &[Mode]) -> Self {
        let mark = |cell: &crate::figure::picture::Cell| match &cell.recovery {
            Ok((value, ends)) => {
                RowMark::Estimate { of: cell.mode.to_string(), cues: Cues::of(cell.mode), value: *value, ends: *ends }
            }
            Err(_) => RowMark::None { of: cell.mode.to_string(), cues: Cues::of(cell.mode), why: "no ratio" },
        };
        let row = |row: &crate::figure::picture::Row| Row {
            name: row.name.clone(),
            marks: row.cells.iter().filter(|cell| !hidden.contains(&cell.mode)).map(mark).collect(),
            number: String::new(),
            strong: false,
        };
        Self {
            rows: forest.rows.iter().map(row).collect(),
            label: Forest::LABEL.to_owned(),
            numbers: "",
            references: vec![100.0],
            range,
            silent: false,
        }
    }

    /// Tests: of each comparison its estimates.
    #[must_use]
    pub fn of_tests(group: &Group) -> Self {
        let estimate = |mark: &crate::figure::picture::statistics::Mark| RowMark::Estimate {
            of: mark.words.clone(),
            cues: mark.sample.cues(),
            value: mark.value,
            ends: mark.interval,
        };
        let row = |row: &crate::figure::picture::statistics::Row| Row {
            name: row.name.clone(),
            marks: row.marks.iter().map(estimate).collect(),
            number: row.p_words().unwrap_or_default(),
            strong: false,
        };
        Self {
            rows: group.rows.iter().map(row).collect(),
            label: group.unit.to_owned(),
            numbers: crate::figure::picture::statistics::P,
            references: Vec::new(),
            range: group.extent(),
            silent: false,
        }
    }

    /// The steps from the published gap to what remains.
    #[must_use]
    pub fn of_waterfall(waterfall: &Waterfall, label: &str) -> Self {
        let row = |placed: &crate::figure::picture::Placed| {
            let step = placed.step;
            let (low, high) = step.interval;
            Row {
                name: step.name.clone(),
                marks: vec![RowMark::Bar {
                    from: placed.from,
                    to: placed.to,
                    ends: placed.whisker,
                    filled: step.is_whole,
                    value: step.value,
                    interval: step.interval,
                }],
                number: format!("{} [{}, {}]", number(step.value), number(low), number(high)),
                strong: step.is_whole,
            }
        };
        Self {
            rows: waterfall.placed().iter().map(row).collect(),
            label: format!("Gap ({label})"),
            numbers: Waterfall::NUMBERS,
            references: Vec::new(),
            range: waterfall.extent(),
            silent: false,
        }
    }

    /// Width of the names in a panel of this width: as wide as the widest, within reason.
    fn names(&self, style: &Style, cell: f64) -> f64 {
        let widths = self.rows.iter().map(|row| width(&row.name, style.small(), weight(row)));
        widths.fold(0.0, f64::max).min((0.42 * cell).max(60.0))
    }

    /// Width of the column at the right.
    fn numbers(&self, style: &Style) -> f64 {
        let words = self.rows.iter().map(|row| row.number.as_str()).chain([self.numbers]);
        let widest = words.map(|words| width(words, style.small(), Weight::Regular)).fold(0.0, f64::max);
        if widest > 0.0 { widest + 8.0 } else { 0.0 }
    }

    fn axis(&self, style: &Style, plane: &Plane) -> Axis {
        let most = (plane.area.width / (4.2 * style.small())).clamp(2.0, 8.0);
        let label = wrapped(&self.label, plane.area.width.max(40.0), style.font_size, Weight::Regular);
        Axis { ticks: Ticks::of(Scale::Linear, plane.x, most), label, marked: true, silent: self.silent }
    }

    fn plane(&self, area: Rect) -> Plane {
        Plane { area, x: self.range, y: (0.0, 1.0) }
    }

    /// Room around axes of this size in a panel of the width `cell`: left, above, right, below, points.
    #[must_use]
    pub fn margins(&self, style: &Style, cell: f64, size: [f64; 2]) -> [f64; 4] {
        let axis = self.axis(style, &self.plane(Rect::new(0.0, 0.0, size[0], size[1])));
        let above = if self.numbers.is_empty() { 0.3 * style.small() } else { 1.6 * style.small() };
        let right = self.numbers(style).max(0.8 * style.small());
        [self.names(style, cell) + NAME_GAP, above, right, axis.below(style)]
    }

    /// How high its rows are where nothing is said of it, in a panel of the width `cell`, points.
    #[must_use]
    pub fn height(&self, style: &Style, cell: f64) -> f64 {
        let names = self.names(style, cell);
        self.rows.iter().map(|row| needed(style, row, names)).sum::<f64>().max(30.0)
    }

    /// How high its rows are at least, so that no name lies on another, points.
    #[must_use]
    pub fn least(&self, style: &Style, cell: f64) -> f64 {
        let names = self.names(style, cell);
        self.rows.iter().map(|row| 1.05 * lines_of(style, row, names)).sum::<f64>().max(24.0)
    }

    /// Draws it with its axis below `area`, and its names in the room `left` of that.
    pub fn draw(&self, scene: &mut Scene, style: &Style, area: Rect, left: f64) {
        let plane = self.plane(area);
        let axis = self.axis(style, &plane);
        grid(scene, style, &plane, &axis.ticks, true);
        for (at, dashes) in
            std::iter::once((0.0, &[][..])).chain(self.references.iter().map(|at| (*at, &[3.0, 2.0][..])))
        {
            if plane.sees(at) {
                let x = plane.across(at);
                let paint = Paint::line(MUTED, 0.7 * AXIS).dashed(dashes);
                scene.line(Role::Frame, &[[x, area.y], [x, area.bottom()]], paint);
            }
        }
        let right = area.right() + self.numbers(style);
        if !self.numbers.is_empty() {
            let at = [right, area.y - 0.5 * style.small()];
            scene.words(Text::new(self.numbers, at, Anchor::End, style.small(), MUTED));
        }
        let needed: Vec<f64> = self.rows.iter().map(|row| needed(style, row, left - NAME_GAP)).collect();
        let stretch = area.height / needed.iter().sum::<f64>().max(1.0);
        let mut top = area.y;
        let mut last: Option<[f64; 2]> = None;
        for (i, (row, needed)) in self.rows.iter().zip(&needed).enumerate() {
            let height = stretch * needed;
            if i > 0 {
                let line = [[area.x, top], [area.right(), top]];
                scene.line(Role::Frame, &line, Paint::line(GRID, 0.5));
            }
            name(scene, style, row, [area.x - NAME_GAP, top + height / 2.0], left - NAME_GAP);
            if !row.number.is_empty() {
                let ink = if row.strong { TEXT } else { MUTED };
                let text = Text::new(&row.number, [right, top + height / 2.0], Anchor::End, style.small(), ink);
                scene.words(text.centred());
            }
            let around = stretch * BETWEEN * style.font_size;
            let step = (height - around) / row.marks.len().max(1) as f64;
            for (i, mark) in row.marks.iter().enumerate() {
                let y = top + around / 2.0 + (i as f64 + 0.5) * step;
                draw_mark(scene, style, &plane, y, step, mark, &mut last);
            }
            top += height;
        }
        axis.draw_below(scene, style, &plane);
    }
}

/// Between the marks of two rows, in sizes of the type.
const BETWEEN: f64 = 0.55;

/// How high the lines of a row's name are in the room `names`, points.
fn lines_of(style: &Style, row: &Row, names: f64) -> f64 {
    1.15 * style.small() * wrapped(&row.name, names, style.small(), weight(row)).len().max(1) as f64
}

/// How high a row is, points.
fn needed(style: &Style, row: &Row, names: f64) -> f64 {
    let step = if matches!(row.marks.first(), Some(RowMark::Bar { .. })) { 1.9 } else { 0.95 };
    let marks = step * style.font_size * row.marks.len().max(1) as f64;
    marks.max(lines_of(style, row, names)) + BETWEEN * style.font_size
}

/// A name in as many lines as it needs, right-aligned before the axis.
fn name(scene: &mut Scene, style: &Style, row: &Row, [x, y]: [f64; 2], room: f64) {
    let lines = wrapped(&row.name, room, style.small(), weight(row));
    let leading = 1.15 * style.small();
    let first = y - leading * (lines.len().saturating_sub(1)) as f64 / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let line = super::axes::cut(line, room, style.small(), weight(row));
        let text = Text::new(line, [x, first + leading * i as f64], Anchor::End, style.small(), TEXT).centred();
        scene.words(Text { weight: weight(row), ..text });
    }
}

fn weight(row: &Row) -> Weight {
    if row.strong { Weight::Bold } else { Weight::Regular }
}

fn draw_mark(
    scene: &mut Scene,
    style: &Style,
    plane: &Plane,
    y: f64,
    room: f64,
    mark: &RowMark,
    last: &mut Option<[f64; 2]>,
) {
    match mark {
        RowMark::Estimate { cues, value, ends, .. } => marks::estimate(scene, style, plane, y, *cues, *value, *ends),
        RowMark::None { cues, why, .. } => {
            let x = plane.clamped(0.0);
            marks::marker(scene, style, *cues, [x, y], true);
            scene.words(Text::new(*why, [x + 6.0, y], Anchor::Start, style.small(), MUTED).centred());
        }
        RowMark::Bar { from, to, ends, filled, .. } => {
            let (start, end) = (plane.clamped(*from), plane.clamped(*to));
            let half = (0.36 * room).min(7.0);
            if let Some([x, below]) = *last {
                let paint = Paint::line(MUTED, 0.6).dashed(&[2.0, 1.6]);
                scene.line(Role::Aside, &[[x, below], [x, y]], paint);
            }
            let rect = Rect::between([start, y - half], [end, y + half]);
            let fill = if *filled { marks::paler(TEXT, 0.55) } else { marks::paler(TEXT, 0.1) };
            scene.add(Role::Mark, Shape::Rect(rect, Paint::fill(fill).with_line(TEXT, 0.8)));
            marks::level(scene, plane, y, *ends, TEXT);
            *last = Some([end, y + half]);
        }
    }
}
