//! How a mode looks in the window: its colour, and the second cues beside it.

use crate::app::theme::Palette;
use crate::figure::picture::{Cues, Ink, Line, Marker};
use crate::study::Mode;
use egui::{Color32, CornerRadius, Pos2, Rect, Shape, Stroke, Vec2, vec2};

/// How a mode looks everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The colour.
    pub colour: Color32,
    /// Its line, and with it the pattern of its bars.
    pub line: Line,
    /// Its marker.
    pub marker: Marker,
}

impl Look {
    /// The look of `cues`.
    #[must_use]
    pub fn new(cues: Cues, palette: &Palette) -> Self {
        let colour = match cues.ink {
            Ink::Mode(Mode::Angular) => palette.angular,
            Ink::Mode(Mode::Magnitude) => palette.magnitude,
            Ink::Mode(Mode::Isotropic) => palette.isotropic,
            Ink::Mode(Mode::Blend(_)) => palette.blend,
            Ink::Text => palette.text,
            Ink::Muted => palette.muted,
        };
        Self { colour, line: cues.line, marker: cues.marker }
    }

    /// The look of `mode`.
    #[must_use]
    pub fn of(mode: Mode, palette: &Palette) -> Self {
        Self::new(Cues::of(mode), palette)
    }
}

/// The line of `look` along `path`.
pub fn line(look: Look, path: &[Pos2], shapes: &mut Vec<Shape>) {
    let stroke = Stroke::new(2.0, look.colour);
    match look.line {
        Line::Solid => shapes.push(Shape::line(path.to_vec(), stroke)),
        Line::Dashed => shapes.extend(Shape::dashed_line(path, stroke, 7.0, 4.0)),
        Line::Dotted => shapes.extend(Shape::dotted_line(path, look.colour, 5.0, 1.25)),
        Line::DashDot => {
            shapes.extend(Shape::dashed_line_with_offset(path, stroke, &[8.0, 2.0], &[3.0, 3.0], 0.0));
        }
    }
}

/// The marker of `look`, with a rim in the colour of the ground so that markers that overlap stay apart.
pub fn marker(look: Look, at: Pos2, ground: Color32, shapes: &mut Vec<Shape>) {
    let rim = Stroke::new(1.0, ground);
    let mut polygon = |corners: Vec<Vec2>| {
        let corners = corners.into_iter().map(|corner| at + corner).collect();
        shapes.push(Shape::convex_polygon(corners, look.colour, rim));
    };
    match look.marker {
        Marker::Square => {
            let rect = Rect::from_center_size(at, Vec2::splat(9.0));
            shapes.push(Shape::rect_filled(rect, CornerRadius::ZERO, look.colour));
            shapes.push(Shape::rect_stroke(rect, CornerRadius::ZERO, rim, egui::StrokeKind::Outside));
        }
        Marker::Circle => {
            shapes.push(Shape::circle_filled(at, 5.0, look.colour));
            shapes.push(Shape::circle_stroke(at, 5.5, rim));
        }
        Marker::Diamond => polygon(vec![vec2(0.0, -6.5), vec2(6.5, 0.0), vec2(0.0, 6.5), vec2(-6.5, 0.0)]),
        Marker::Triangle => polygon(vec![vec2(0.0, -6.5), vec2(6.0, 4.5), vec2(-6.0, 4.5)]),
    }
}

/// A bar of `look`.
pub fn bar(look: Look, rect: Rect, shapes: &mut Vec<Shape>) {
    let thin = Stroke::new(1.0, look.colour);
    let share = if look.line == Line::Solid { 0.75 } else { 0.12 };
    shapes.push(Shape::rect_filled(rect, 0.0, look.colour.gamma_multiply(share)));
    match look.line {
        Line::Solid => {}
        Line::Dashed => hatch(rect, false, thin, shapes),
        Line::Dotted => {
            let mut y = rect.bottom() - 4.0;
            while y > rect.top() + 1.0 {
                shapes.push(Shape::line_segment([Pos2::new(rect.left(), y), Pos2::new(rect.right(), y)], thin));
                y -= 4.0;
            }
        }
        Line::DashDot => hatch(rect, true, thin, shapes),
    }
    shapes.push(Shape::rect_stroke(rect, 0.0, Stroke::new(1.5, look.colour), egui::StrokeKind::Inside));
}

/// Diagonals across `rect`, 6 points apart, that fall to the right, or where they are `mirrored` rise.
fn hatch(rect: Rect, mirrored: bool, stroke: Stroke, shapes: &mut Vec<Shape>) {
    let (width, height) = (rect.width(), rect.height());
    if height < 3.0 {
        return;
    }
    let mut offset = 6.0;
    while offset < width + height {
        // The line x + y = offset, measured from the lower left corner, or from the lower right one.
        let (x0, x1) = ((offset - height).max(0.0), offset.min(width));
        let point = |x: f32| {
            let across = if mirrored { rect.right() - x } else { rect.left() + x };
            Pos2::new(across, rect.bottom() - (offset - x))
        };
        shapes.push(Shape::line_segment([point(x0), point(x1)], stroke));
        offset += 6.0;
    }
}
