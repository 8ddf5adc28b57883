//! How a mode looks: its colour, and the second cues beside it.

use crate::app::theme::Palette;
use crate::study::Mode;
use egui::{Color32, CornerRadius, Pos2, Rect, Shape, Stroke, Vec2};

/// How a mode looks everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The colour.
    pub colour: Color32,
    /// Whether its line is dashed and its bars hatched.
    pub dashed: bool,
    /// Whether its marker is a square.
    pub square: bool,
}

impl Look {
    /// The look of `mode`.
    #[must_use]
    pub fn of(mode: Mode, palette: &Palette) -> Self {
        match mode {
            Mode::Angular => Self { colour: palette.angular, dashed: false, square: false },
            Mode::Magnitude => Self { colour: palette.magnitude, dashed: true, square: true },
            Mode::Isotropic => Self { colour: palette.muted, dashed: false, square: true },
        }
    }
}

/// What `mode` is called.
#[must_use]
pub fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Angular => "angular",
        Mode::Magnitude => "magnitude",
        Mode::Isotropic => "isotropic",
    }
}

/// The marker of `look`, with a rim in the colour of the ground so that markers that overlap stay apart.
pub fn marker(look: Look, at: Pos2, ground: Color32, shapes: &mut Vec<Shape>) {
    let rim = Stroke::new(1.0, ground);
    if look.square {
        let rect = Rect::from_center_size(at, Vec2::splat(9.0));
        shapes.push(Shape::rect_filled(rect, CornerRadius::ZERO, look.colour));
        shapes.push(Shape::rect_stroke(rect, CornerRadius::ZERO, rim, egui::StrokeKind::Outside));
    } else {
        shapes.push(Shape::circle_filled(at, 5.0, look.colour));
        shapes.push(Shape::circle_stroke(at, 5.5, rim));
    }
}
