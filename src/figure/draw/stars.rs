//! Significance: stars over marks, and brackets over pairs of bars, where they cover nothing.

use super::marks::AXIS;
use super::plane::Plane;
use crate::figure::picture::{Chart, Drawn, Form, Of};
use crate::figure::scene::{Anchor, Paint, Point, Rect, Role, Scene, Text};
use crate::figure::style::{MUTED, Style, TEXT};
use crate::study::Mode;

/// Between words and what lies below them, points.
const CLEAR: f64 = 1.5;
/// Height of a bracket, points.
const BRACKET: f64 = 2.5;

/// Words over a place, and the bracket that they stand on.
#[derive(Debug, Clone)]
pub struct Star {
    text: Text,
    bracket: Option<[Point; 4]>,
}

impl Star {
    /// What it covers.
    fn covers(&self) -> Rect {
        let words = self.text.bounds();
        match &self.bracket {
            None => words,
            Some(bracket) => {
                let bracket = Rect::around(bracket);
                Rect::between([words.x.min(bracket.x), words.y], [words.right().max(bracket.right()), bracket.bottom()])
            }
        }
    }

    fn raised(&mut self, by: f64) {
        self.text.at[1] -= by;
        for corner in self.bracket.iter_mut().flatten() {
            corner[1] -= by;
        }
    }

    /// Whether it stands on the plane; where ends of the axes are chosen, there may be no room for it.
    #[must_use]
    pub fn is_on(&self, plane: &Plane) -> bool {
        plane.area.grown(1.5).holds(&self.covers(), 0.0)
    }

    /// Draws it.
    pub fn draw(self, scene: &mut Scene) {
        if let Some(bracket) = self.bracket {
            scene.line(Role::Aside, &bracket, Paint::line(TEXT, AXIS));
        }
        scene.words(self.text);
    }
}

/// Where the stars of `chart` stand, each above the marks at its place, raised until it covers neither marks nor lines
/// nor another star.
#[must_use]
pub fn placed(chart: &Chart, drawn: &Drawn, plane: &Plane, style: &Style, lines: &[Vec<Point>]) -> Vec<Star> {
    let marks = covered(drawn, plane);
    let mut stars: Vec<Star> = Vec::new();
    for (x, y, words) in drawn.stars.iter().filter(|(x, y, _)| plane.holds(*x, *y)) {
        let mut star = over(chart, drawn, plane, style, (*x, *y, words));
        for _ in 0..400 {
            let own = star.covers().grown(0.4);
            let is_free = !marks.iter().any(|mark| mark.overlaps(&own))
                && !stars.iter().any(|other| other.covers().grown(0.6).overlaps(&own))
                && !lines.iter().flat_map(|line| line.windows(2)).any(|ends| own.meets(ends[0], ends[1]));
            if is_free {
                break;
            }
            star.raised(1.0);
        }
        stars.push(star);
    }
    stars
}

/// How far the highest star reaches above the plane, points; 0 where all have room.
#[must_use]
pub fn beyond(stars: &[Star], plane: &Plane) -> f64 {
    stars.iter().map(|star| plane.area.y - star.covers().y).fold(0.0, f64::max)
}

/// The star at its lowest place.
fn over(chart: &Chart, drawn: &Drawn, plane: &Plane, style: &Style, (x, y, words): (f64, f64, &str)) -> Star {
    let top = plane.down(y);
    let bracket = pair(chart, drawn, x).map(|[from, to]| {
        let [from, to] = [from, to].map(|x| plane.across(x));
        let foot = top - CLEAR;
        [[from, foot], [from, foot - BRACKET], [to, foot - BRACKET], [to, foot]]
    });
    let line = bracket.map_or(top - CLEAR, |bracket| bracket[1][1]) - CLEAR;
    let (size, ink) = if words == "ns" { (style.small(), MUTED) } else { (style.font_size, TEXT) };
    // The foot of a star lies at two fifths of the height of a capital.
    let line = if words == "ns" { line } else { line + 0.3 * size };
    Star { text: Text::new(words, [plane.across(x), line], Anchor::Middle, size, ink), bracket }
}

/// The middles of the two bars at `x` that are compared, where both are shown.
fn pair(chart: &Chart, drawn: &Drawn, x: f64) -> Option<[f64; 2]> {
    let of = |mode: Mode| {
        let means = drawn.series.iter().find(|means| chart.series[means.series].of == Of::Mode(mode))?;
        matches!(means.form, Form::Bars(_)).then_some(())?;
        let marks = &chart.series[means.series].marks;
        means.list.iter().find(|mean| marks[mean.mark].x == x).map(|mean| mean.x)
    };
    Some([of(Mode::Magnitude)?, of(Mode::Angular)?])
}

/// What marks and their bars cover.
fn covered(drawn: &Drawn, plane: &Plane) -> Vec<Rect> {
    let mut list = Vec::new();
    for means in &drawn.series {
        for mean in &means.list {
            let [x, y] = plane.at(mean.x, mean.y);
            let (mut top, mut bottom) = (y, y);
            if let Some((low, high)) = mean.spread {
                (top, bottom) = (plane.down(high).min(y), plane.down(low).max(y));
            }
            let half = super::marks::HALF;
            list.push(match means.form {
                Form::Bars(width) => {
                    let [left, right] = [mean.x - width / 2.0, mean.x + width / 2.0].map(|x| plane.across(x));
                    let zero = plane.down(0.0);
                    Rect::between([left, top.min(zero)], [right, bottom.max(zero)])
                }
                _ => Rect::between([x - half, top.min(y - half)], [x + half, bottom.max(y + half)]),
            });
        }
    }
    list
}
