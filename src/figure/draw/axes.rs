//! The axes of a panel: lines, ticks, labels, and the room that they take.

use super::marks::AXIS;
use super::plane::Plane;
use super::ticks::Ticks;
use crate::figure::scene::Weight;
use crate::figure::scene::{Anchor, Paint, Rect, Role, Scene, Text, width};
use crate::figure::style::{GRID, Style, TEXT, Theme};

/// Length of a major tick, points.
const MAJOR: f64 = 3.0;
/// Length of a minor tick, points.
const MINOR: f64 = 1.6;
/// Between an axis and what is written beside it, points.
pub const GAP: f64 = 2.5;

/// An axis: its ticks and what is measured along it.
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// Its ticks.
    pub ticks: Ticks,
    /// What is measured, with its unit, in lines.
    pub label: Vec<String>,
    /// Whether ticks are marked; names are not.
    pub marked: bool,
    /// Whether labels are left to another panel that shares the axis.
    pub silent: bool,
}

impl Axis {
    /// Room left of an upright axis, points.
    #[must_use]
    pub fn left(&self, style: &Style) -> f64 {
        if self.silent {
            return MAJOR + GAP;
        }
        let widest = self.ticks.major.iter().map(|(_, label)| width(label, style.small(), Weight::Regular));
        MAJOR + GAP + widest.fold(0.0, f64::max) + self.lines(style)
    }

    /// Room below a level axis, points.
    #[must_use]
    pub fn below(&self, style: &Style) -> f64 {
        if self.silent {
            return MAJOR + GAP;
        }
        MAJOR + GAP + style.small() + self.lines(style)
    }

    fn lines(&self, style: &Style) -> f64 {
        if self.label.is_empty() { 0.0 } else { GAP + 1.2 * style.font_size * self.label.len() as f64 }
    }

    /// Draws it at the left side of `plane`.
    pub fn draw_left(&self, scene: &mut Scene, style: &Style, plane: &Plane) {
        let Rect { x, y, .. } = plane.area;
        let paint = Paint::line(TEXT, AXIS);
        scene.line(Role::Frame, &[[x, y], [x, plane.area.bottom()]], paint.clone());
        for at in self.ticks.minor.iter().filter(|_| self.marked) {
            let y = plane.down(*at);
            scene.line(Role::Frame, &[[x - MINOR, y], [x, y]], Paint::line(TEXT, 0.7 * AXIS));
        }
        let mut widest = 0.0_f64;
        for (at, label) in &self.ticks.major {
            let y = plane.down(*at);
            if self.marked {
                scene.line(Role::Frame, &[[x - MAJOR, y], [x, y]], paint.clone());
            }
            if !self.silent {
                let text = Text::new(label, [x - MAJOR - GAP, y], Anchor::End, style.small(), TEXT).centred();
                widest = widest.max(text.width());
                scene.words(text);
            }
        }
        if self.silent {
            return;
        }
        let [_, middle] = plane.area.middle();
        let right = x - MAJOR - GAP - widest - GAP;
        for (i, line) in self.label.iter().rev().enumerate() {
            let at = [right - 1.2 * style.font_size * i as f64 - 0.25 * style.font_size, middle];
            scene.words(Text::new(line, at, Anchor::Middle, style.font_size, TEXT).upwards());
        }
    }

    /// Draws it below `plane`. Labels that would touch their neighbour are left out.
    pub fn draw_below(&self, scene: &mut Scene, style: &Style, plane: &Plane) {
        let (Rect { x, .. }, bottom) = (plane.area, plane.area.bottom());
        let paint = Paint::line(TEXT, AXIS);
        scene.line(Role::Frame, &[[x, bottom], [plane.area.right(), bottom]], paint.clone());
        for at in self.ticks.minor.iter().filter(|_| self.marked) {
            let x = plane.across(*at);
            scene.line(Role::Frame, &[[x, bottom], [x, bottom + MINOR]], Paint::line(TEXT, 0.7 * AXIS));
        }
        let mut free = f64::NEG_INFINITY;
        for (at, label) in &self.ticks.major {
            let x = plane.across(*at);
            if self.marked {
                scene.line(Role::Frame, &[[x, bottom], [x, bottom + MAJOR]], paint.clone());
            }
            let text = Text::new(label, [x, bottom + MAJOR + GAP], Anchor::Middle, style.small(), TEXT).below();
            if !self.silent && text.bounds().x >= free {
                free = text.bounds().right() + 0.35 * style.small();
                scene.words(text);
            }
        }
        if self.silent {
            return;
        }
        let [middle, _] = plane.area.middle();
        for (i, line) in self.label.iter().enumerate() {
            let down = bottom + MAJOR + GAP + style.small() + GAP + 1.2 * style.font_size * i as f64;
            scene.words(Text::new(line, [middle, down], Anchor::Middle, style.font_size, TEXT).below());
        }
    }
}

/// Draws lines at the ticks of an axis across, or upwards, where the style has them.
pub fn grid(scene: &mut Scene, style: &Style, plane: &Plane, ticks: &Ticks, across: bool) {
    if style.theme != Theme::Grid {
        return;
    }
    for (at, _) in &ticks.major {
        let ends = if across {
            [[plane.across(*at), plane.area.y], [plane.across(*at), plane.area.bottom()]]
        } else {
            [[plane.area.x, plane.down(*at)], [plane.area.right(), plane.down(*at)]]
        };
        scene.line(Role::Frame, &ends, Paint::line(GRID, 0.5));
    }
}

/// `words` in lines that are no longer than `room` points where its words allow.
#[must_use]
pub fn wrapped(words: &str, room: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `words`, or as many of its letters as fit into `room` points, with "…".
#[must_use]
pub fn cut(words: &str, room: f64, size: f64, weight: Weight) -> String {
    if width(words, size, weight) <= room {
        return words.to_owned();
    }
    let mut kept = words.to_owned();
    while !kept.is_empty() && width(&format!("{}…", kept.trim_end()), size, weight) > room {
        kept.pop();
    }
    format!("{}…", kept.trim_end())
}
