//! A figure before it becomes a file: geometry and text, in points, y downwards. What draws makes a [`Scene`]; a scene
//! becomes SVG, and through it PDF and PNG, so that the three show the same.

mod fonts;
mod geometry;
mod outline;
mod pdf;
mod png;
mod svg;
mod text;

pub use fonts::{Weight, width};
pub use geometry::{Point, Rect};
pub use svg::{Letters, escaped, faces};
pub use text::{Anchor, Text};

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Points from left to right.
    pub width: f64,
    /// Points from above to below.
    pub height: f64,
    /// What it is called, for those who do not see it.
    pub title: String,
    /// What it shows, likewise.
    pub description: String,
    /// What is drawn, from below to above.
    pub items: Vec<Item>,
    /// Where the axes of each panel lie.
    pub areas: Vec<Rect>,
}

/// Something that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is for.
    pub role: Role,
    /// Its shape.
    pub shape: Shape,
    /// What it is seen through; nothing of it shows outside.
    pub clip: Option<Rect>,
}

/// What an item is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Axes, ticks, grid, shades.
    Frame,
    /// What stands for a number: a marker, a bar, an error bar, a cell.
    Mark,
    /// What leads the eye: a line between marks, a fitted curve, a band.
    Guide,
    /// The samples of a legend, a bracket of significance.
    Aside,
    /// Words.
    Words,
}

/// A shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points, or around an area where it is closed.
    Path {
        /// Its corners.
        points: Vec<Point>,
        /// Whether it ends where it began.
        closed: bool,
        /// How it is painted.
        paint: Paint,
    },
    /// A rectangle.
    Rect(Rect, Paint),
    /// A circle: middle, radius.
    Circle(Point, f64, Paint),
    /// Words.
    Text(Text),
}

/// How a shape is painted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paint {
    /// The colour of its inside.
    pub fill: Option<Rgb>,
    /// How much of the fill covers what lies below, from 0 to 1; 1 where it is none.
    pub opacity: Option<f64>,
    /// The colour of its line.
    pub stroke: Option<Rgb>,
    /// How thick the line is, points.
    pub width: f64,
    /// Lengths of its dashes and gaps, points; empty for a line without gaps.
    pub dashes: &'static [f64],
}

impl Paint {
    /// An area without a line.
    #[must_use]
    pub fn fill(fill: Rgb) -> Self {
        Self { fill: Some(fill), ..Self::default() }
    }

    /// A line without an area.
    #[must_use]
    pub fn line(stroke: Rgb, width: f64) -> Self {
        Self { stroke: Some(stroke), width, ..Self::default() }
    }

    /// The same with a line.
    #[must_use]
    pub fn with_line(self, stroke: Rgb, width: f64) -> Self {
        Self { stroke: Some(stroke), width, ..self }
    }

    /// The same with dashes.
    #[must_use]
    pub fn dashed(self, dashes: &'static [f64]) -> Self {
        Self { dashes, ..self }
    }

    /// The same, seen through.
    #[must_use]
    pub fn with_opacity(self, opacity: f64) -> Self {
        Self { opacity: Some(opacity), ..self }
    }
}

impl Scene {
    /// An empty one of this size, in points.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, title: String::new(), description: String::new(), items: Vec::new(), areas: Vec::new() }
    }

    /// Adds a shape.
    pub fn add(&mut self, role: Role, shape: Shape) {
        self.items.push(Item { role, shape, clip: None });
    }

    /// Adds a shape that shows inside `clip` alone.
    pub fn add_within(&mut self, role: Role, shape: Shape, clip: Rect) {
        self.items.push(Item { role, shape, clip: Some(clip) });
    }

    /// Adds a line.
    pub fn line(&mut self, role: Role, points: &[Point], paint: Paint) {
        self.add(role, Shape::Path { points: points.to_vec(), closed: false, paint });
    }

    /// Adds words.
    pub fn words(&mut self, text: Text) {
        self.add(Role::Words, Shape::Text(text));
    }
}

impl Shape {
    /// The rectangle around it, without the thickness of its lines.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        match self {
            Self::Path { points, .. } => Rect::around(points),
            Self::Rect(rect, _) => *rect,
            Self::Circle([x, y], radius, _) => Rect::new(x - radius, y - radius, 2.0 * radius, 2.0 * radius),
            Self::Text(text) => text.bounds(),
        }
    }
}
