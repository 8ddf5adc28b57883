//! What stands for numbers: markers, lines, bands, bars and their ends.

use super::plane::Plane;
use crate::figure::picture::{Cues, Line, Marker};
use crate::figure::scene::{Paint, Point, Rect, Rgb, Role, Scene, Shape};
use crate::figure::style::{GROUND, Palette, Style};

/// Thickness of lines between marks, points.
pub const LINE: f64 = 1.1;
/// Thickness of error bars, points.
const BAR: f64 = 0.8;
/// Thickness of axes, points.
pub const AXIS: f64 = 0.6;
/// Half of the width of a marker, points.
pub const HALF: f64 = 2.4;
/// Half of the width of the end of an error bar, points.
const CAP: f64 = 2.0;

/// The dashes of a line.
#[must_use]
pub fn dashes(line: Line) -> &'static [f64] {
    match line {
        Line::Solid => &[],
        Line::Dashed => &[4.0, 2.2],
        Line::Dotted => &[1.1, 1.8],
        Line::DashDot => &[5.0, 1.8, 1.1, 1.8],
    }
}

/// A line of `cues` through `points`, which shows inside `clip`.
pub fn line(scene: &mut Scene, style: &Style, cues: Cues, points: Vec<Point>, clip: Rect) {
    if points.len() > 1 {
        let paint = Paint::line(style.ink(cues.ink), LINE).dashed(dashes(cues.line));
        scene.add_within(Role::Guide, Shape::Path { points, closed: false, paint }, clip);
    }
}

/// A marker of `cues` at a point; a hollow one has the ground inside.
pub fn marker(scene: &mut Scene, style: &Style, cues: Cues, at: Point, hollow: bool) {
    let ink = style.ink(cues.ink);
    // The rim keeps markers apart that overlap.
    let paint = if hollow { Paint::fill(GROUND).with_line(ink, 0.9) } else { Paint::fill(ink).with_line(GROUND, 0.5) };
    let half = if hollow { HALF - 0.2 } else { HALF };
    scene.add(Role::Mark, shape(cues.marker, at, half, paint));
}

fn shape(marker: Marker, [x, y]: Point, half: f64, paint: Paint) -> Shape {
    let corners = |points: &[Point]| {
        let points = points.iter().map(|[right, below]| [x + right * half, y + below * half]).collect();
        Shape::Path { points, closed: true, paint: paint.clone() }
    };
    match marker {
        Marker::Circle => Shape::Circle([x, y], half, paint),
        Marker::Square => Shape::Rect(Rect::new(x - 0.9 * half, y - 0.9 * half, 1.8 * half, 1.8 * half), paint),
        Marker::Diamond => corners(&[[0.0, -1.25], [1.25, 0.0], [0.0, 1.25], [-1.25, 0.0]]),
        Marker::Triangle => corners(&[[0.0, -1.2], [1.15, 0.85], [-1.15, 0.85]]),
    }
}

/// An error bar upwards at `x`, from `low` to `high`, as far as it is on the plane; an end beyond it has no cap.
pub fn upright(scene: &mut Scene, plane: &Plane, x: f64, (low, high): (f64, f64), ink: Rgb) {
    let (bottom, top) = (low.max(plane.y.0), high.min(plane.y.1));
    if bottom >= top || !plane.sees(x) {
        return;
    }
    let paint = Paint::line(ink, BAR);
    scene.line(Role::Mark, &[plane.at(x, bottom), plane.at(x, top)], paint.clone());
    for (end, shown) in [(low, bottom), (high, top)] {
        let [x, y] = plane.at(x, shown);
        if end == shown {
            scene.line(Role::Mark, &[[x - CAP, y], [x + CAP, y]], paint.clone());
        }
    }
}

/// An error bar across at the height `y` of the page, likewise.
pub fn level(scene: &mut Scene, plane: &Plane, y: f64, (low, high): (f64, f64), ink: Rgb) {
    let (left, right) = (low.max(plane.x.0), high.min(plane.x.1));
    if left > right {
        return;
    }
    let paint = Paint::line(ink, BAR);
    scene.line(Role::Mark, &[[plane.across(left), y], [plane.across(right), y]], paint.clone());
    for (end, shown) in [(low, left), (high, right)] {
        let x = plane.across(shown);
        if end == shown {
            scene.line(Role::Mark, &[[x, y - CAP], [x, y + CAP]], paint.clone());
        }
    }
}

/// An estimate with its interval at the height `y` of the page; an arrow where the estimate lies beyond the axis.
pub fn estimate(scene: &mut Scene, style: &Style, plane: &Plane, y: f64, cues: Cues, value: f64, ends: (f64, f64)) {
    level(scene, plane, y, ends, style.ink(cues.ink));
    if plane.sees(value) {
        return marker(scene, style, cues, [plane.across(value), y], false);
    }
    let (tip, back) = (plane.clamped(value), if value < plane.x.0 { 4.5 } else { -4.5 });
    let points = vec![[tip, y], [tip + back, y - 2.6], [tip + back, y + 2.6]];
    scene.add(Role::Mark, Shape::Path { points, closed: true, paint: Paint::fill(style.ink(cues.ink)) });
}

/// A bar of `cues`, with a pattern beside its colour.
pub fn bar(scene: &mut Scene, style: &Style, cues: Cues, rect: Rect) {
    let ink = style.ink(cues.ink);
    if rect.height < 0.05 || rect.width < 0.05 {
        let paint = Paint::line(ink, 0.8);
        return scene.line(Role::Mark, &[[rect.x, rect.y], [rect.right(), rect.y]], paint);
    }
    // A black bar would hide the lower half of its error bar.
    let full = if style.palette == Palette::Grey { 0.5 } else { 1.0 };
    let fill = if cues.line == Line::Solid { paler(ink, full) } else { paler(ink, 0.16) };
    scene.add(Role::Mark, Shape::Rect(rect, Paint::fill(fill)));
    let hatch = Paint::line(ink, 0.5);
    for [from, to] in pattern(cues.line, &rect) {
        scene.line(Role::Aside, &[from, to], hatch.clone());
    }
    scene.add(Role::Aside, Shape::Rect(rect, Paint::line(ink, 0.8)));
}

/// Distance of the lines of a pattern, points.
const HATCH: f64 = 3.0;

/// The lines of the pattern that goes with a line: rising or falling diagonals, or level ones.
fn pattern(line: Line, rect: &Rect) -> Vec<[Point; 2]> {
    let (width, height) = (rect.width, rect.height);
    let mut lines = Vec::new();
    let mut offset = HATCH;
    while offset < width + height && lines.len() < 2000 {
        let (from, to) = ((offset - height).max(0.0), offset.min(width));
        let diagonal = |across: &dyn Fn(f64) -> f64| [from, to].map(|x| [across(x), rect.bottom() - (offset - x)]);
        match line {
            Line::Dashed => lines.push(diagonal(&|x| rect.x + x)),
            Line::DashDot => lines.push(diagonal(&|x| rect.right() - x)),
            Line::Dotted if offset < height => {
                lines.push([[rect.x, rect.bottom() - offset], [rect.right(), rect.bottom() - offset]]);
            }
            Line::Solid | Line::Dotted => return lines,
        }
        offset += HATCH;
    }
    lines
}

/// A share of `ink` on white: what an ink that is seen through would look like, without being so.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a colour
pub fn paler(ink: Rgb, share: f64) -> Rgb {
    ink.map(|part| (255.0 - share * (255.0 - f64::from(part))).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_inside_their_bar() {
        let rect = Rect::new(10.0, 20.0, 7.0, 31.0);
        for line in [Line::Dashed, Line::DashDot, Line::Dotted] {
            let lines = pattern(line, &rect);
            assert!(lines.len() > 5, "{line:?}");
            assert!(lines.iter().flatten().all(|point| rect.grown(1e-9).holds(&Rect::around(&[*point]), 0.0)));
        }
        assert!(pattern(Line::Solid, &rect).is_empty());
    }

    #[test]
    fn paler_inks_are_nearer_to_white() {
        assert_eq!(paler([0, 100, 255], 1.0), [0, 100, 255]);
        assert_eq!(paler([0, 100, 255], 0.0), [255; 3]);
        assert_eq!(paler([55, 155, 255], 0.5), [155, 205, 255]);
    }
}
