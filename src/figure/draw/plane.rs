//! Where positions stand on the page.

use crate::figure::scene::{Point, Rect};

/// A rectangle of the page and the positions at its sides.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    /// Where it lies.
    pub area: Rect,
    /// Positions at its left and right side.
    pub x: (f64, f64),
    /// Positions at its lower and upper side.
    pub y: (f64, f64),
}

impl Plane {
    /// From left to right.
    #[must_use]
    pub fn across(&self, x: f64) -> f64 {
        let (low, high) = self.x;
        // What lies far outside stays outside, and a number that can be written.
        self.area.x + ((x - low) / (high - low)).clamp(-100.0, 100.0) * self.area.width
    }

    /// From above to below.
    #[must_use]
    pub fn down(&self, y: f64) -> f64 {
        let (low, high) = self.y;
        self.area.bottom() - ((y - low) / (high - low)).clamp(-100.0, 100.0) * self.area.height
    }

    /// A point.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Point {
        [self.across(x), self.down(y)]
    }

    /// Whether a position across lies on it.
    #[must_use]
    pub fn sees(&self, x: f64) -> bool {
        (self.x.0..=self.x.1).contains(&x)
    }

    /// Whether a point lies on it.
    #[must_use]
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.sees(x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// From left to right, or at the side that a position lies beyond.
    #[must_use]
    pub fn clamped(&self, x: f64) -> f64 {
        self.across(x).clamp(self.area.x, self.area.right())
    }
}
