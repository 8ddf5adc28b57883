//! Letters as outlines, and boxes for letters that no font has.

use super::fonts::{BOX, CAPITAL, Drawn, FONTS};
use super::geometry::number;
use super::text::{Anchor, Run, Text};
use super::{Point, Rect};
use std::fmt::Write as _;
use ttf_parser::OutlineBuilder;

/// The outlines of `run`, which is a part of `text`, as the data of an SVG path; `start` is where the text begins.
#[must_use]
pub fn of(run: &Run, text: &Text, start: Point) -> String {
    let at = [start[0] + run.start, start[1]];
    let Drawn::By(font) = run.drawn else {
        let (frame, lines) = code_box(run, text, at);
        let letters = lines.iter().flat_map(|line| {
            let start = [line.at[0] - line.before(), line.at[1]];
            line.runs().into_iter().map(move |run| of(&run, line, start))
        });
        return format!("{}{}", hollow(&frame, 0.06 * text.size), letters.collect::<String>());
    };
    let Some(face) = FONTS[font].face() else { return String::new() };
    let scale = text.size / f64::from(face.units_per_em());
    let mut path = Path { d: String::new(), at, scale };
    for letter in run.words.chars() {
        let Some(glyph) = face.glyph_index(letter) else { continue };
        face.outline_glyph(glyph, &mut path);
        path.at[0] += scale * f64::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    }
    path.d
}

/// The frame of the box of a letter, and the lines of its code point.
#[must_use]
pub fn code_box(run: &Run, text: &Text, [x, y]: Point) -> (Rect, Vec<Text>) {
    let size = text.size;
    let letter = run.words.chars().next().unwrap_or(' ');
    let code = format!("{:04X}", u32::from(letter));
    let (above, below) = code.split_at(code.len().div_ceil(2));
    let frame = Rect::new(x + 0.05 * size, y - 0.85 * size, (BOX - 0.1) * size, 1.0 * size);
    let small = 0.42 * size;
    let line = |words: &str, middle: f64| {
        let at = [x + BOX * size / 2.0, y + middle * size + CAPITAL * small / 2.0];
        Text { size: small, ..Text::new(words, at, Anchor::Middle, small, text.ink) }
    };
    (frame, vec![line(above, -0.58), line(below, -0.12)])
}

/// The frame of a rectangle as an area of this thickness.
fn hollow(rect: &Rect, thickness: f64) -> String {
    let corners = |rect: &Rect| {
        [[rect.x, rect.y], [rect.right(), rect.y], [rect.right(), rect.bottom()], [rect.x, rect.bottom()]]
    };
    let path = |corners: &[Point]| {
        let points: Vec<String> = corners.iter().map(|[x, y]| format!("{} {}", number(*x), number(*y))).collect();
        format!("M{}Z", points.join("L"))
    };
    let mut inner = corners(&rect.grown(-thickness));
    inner.reverse();
    path(&corners(rect)) + &path(&inner)
}

/// Collects outlines; fonts have y upwards.
struct Path {
    d: String,
    at: Point,
    scale: f64,
}

impl Path {
    fn point(&self, x: f32, y: f32) -> String {
        let [left, line] = self.at;
        format!("{} {}", number(left + self.scale * f64::from(x)), number(line - self.scale * f64::from(y)))
    }
}

impl OutlineBuilder for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        let _ = write!(self.d, "M{to}");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        let _ = write!(self.d, "L{to}");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (over, to) = (self.point(x1, y1), self.point(x, y));
        let _ = write!(self.d, "Q{over} {to}");
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second, to) = (self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        let _ = write!(self.d, "C{first} {second} {to}");
    }

    fn close(&mut self) {
        self.d.push('Z');
    }
}
