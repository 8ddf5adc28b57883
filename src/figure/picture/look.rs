//! How series are told apart: the part that their colour plays, and the second cues beside it.

use crate::study::Mode;

/// What a colour says. Window and figures each have their colours for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ink {
    /// The colour of a mode.
    Mode(Mode),
    /// That of text.
    Text,
    /// That of what stands aside.
    Muted,
}

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Without gaps.
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dashes with a dot between two of them.
    DashDot,
}

/// A kind of marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A circle.
    Circle,
    /// A square.
    Square,
    /// A square that stands on a corner.
    Diamond,
    /// A triangle that points up.
    Triangle,
}

/// How something looks everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cues {
    /// Its colour.
    pub ink: Ink,
    /// Its line, and with it the pattern of its bars.
    pub line: Line,
    /// Its marker.
    pub marker: Marker,
}

impl Cues {
    /// Those of `mode`.
    #[must_use]
    pub fn of(mode: Mode) -> Self {
        let (line, marker) = match mode {
            Mode::Angular => (Line::Solid, Marker::Circle),
            Mode::Magnitude => (Line::Dashed, Marker::Square),
            Mode::Isotropic => (Line::Dotted, Marker::Diamond),
            Mode::Blend(_) => (Line::DashDot, Marker::Triangle),
        };
        Self { ink: Ink::Mode(mode), line, marker }
    }

    /// How the study in place `i` looks: colours belong to modes, so that studies differ in markers, lines and shade.
    #[must_use]
    pub fn of_study(i: usize) -> Self {
        let forms = [
            (Line::Solid, Marker::Circle),
            (Line::Dashed, Marker::Square),
            (Line::Dotted, Marker::Diamond),
            (Line::DashDot, Marker::Triangle),
        ];
        let (line, marker) = forms[i % forms.len()];
        Self { ink: if i < forms.len() { Ink::Text } else { Ink::Muted }, line, marker }
    }
}

/// What `mode` is called.
#[must_use]
pub fn name(mode: Mode) -> String {
    match mode {
        Mode::Blend(degrees) => format!("blend {degrees}°"),
        mode => mode.to_string(),
    }
}
