//! Points and rectangles.

/// x and y, points, from the upper left corner.
pub type Point = [f64; 2];

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// From left to right.
    pub width: f64,
    /// From above to below.
    pub height: f64,
}

impl Rect {
    /// From its upper left corner and its size.
    #[must_use]
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    /// Between two corners that lie opposite each other.
    #[must_use]
    pub fn between([x0, y0]: Point, [x1, y1]: Point) -> Self {
        Self::new(x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs())
    }

    /// The least one that holds all `points`; empty where there are none.
    #[must_use]
    pub fn around(points: &[Point]) -> Self {
        let Some([x, y]) = points.first() else { return Self::default() };
        let start = (*x, *y, *x, *y);
        let (left, top, right, bottom) = points.iter().fold(start, |(left, top, right, bottom), [x, y]| {
            (left.min(*x), top.min(*y), right.max(*x), bottom.max(*y))
        });
        Self::new(left, top, right - left, bottom - top)
    }

    /// Its right side.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Its lower side.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> Point {
        [self.x + self.width / 2.0, self.y + self.height / 2.0]
    }

    /// It with `by` more on each side.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }

    /// Whether they share more than an edge.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether all of `other` lies in it, give or take `slack`.
    #[must_use]
    pub fn holds(&self, other: &Self, slack: f64) -> bool {
        let with = self.grown(slack);
        with.x <= other.x && other.right() <= with.right() && with.y <= other.y && other.bottom() <= with.bottom()
    }

    /// Whether a part of the line from `a` to `b` lies in it.
    #[must_use]
    pub fn meets(&self, a: Point, b: Point) -> bool {
        // The part of the line from 0 to 1 that each side leaves (Liang and Barsky 1984).
        let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        let sides = [(-dx, a[0] - self.x), (dx, self.right() - a[0]), (-dy, a[1] - self.y), (dy, self.bottom() - a[1])];
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for (along, room) in sides {
            if along == 0.0 {
                if room < 0.0 {
                    return false;
                }
            } else if along < 0.0 {
                from = from.max(room / along);
            } else {
                to = to.min(room / along);
            }
        }
        from <= to
    }
}

/// Returns a coordinate with at most three decimals, none where they are 0.
pub fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_meets_what_it_passes_through() {
        let rect = Rect::new(1.0, 1.0, 2.0, 2.0);
        assert!(rect.meets([0.0, 0.0], [4.0, 4.0]));
        assert!(rect.meets([2.0, 2.0], [2.5, 2.0]), "inside");
        assert!(rect.meets([2.0, -5.0], [2.0, 9.0]), "upright");
        assert!(!rect.meets([0.0, 0.0], [0.9, 9.0]));
        assert!(!rect.meets([0.0, 4.5], [4.5, 3.1]), "past a corner");
        assert!(!rect.meets([2.0, 3.5], [2.0, 9.0]), "ends before it");
    }

    #[test]
    fn rectangles_that_touch_do_not_overlap() {
        let rect = Rect::new(0.0, 0.0, 2.0, 2.0);
        assert!(rect.overlaps(&Rect::new(1.9, 1.9, 5.0, 5.0)));
        assert!(!rect.overlaps(&Rect::new(2.0, 0.0, 1.0, 1.0)));
        assert!(rect.holds(&Rect::around(&[[0.5, 0.5], [2.0, 1.0]]), 0.0));
        assert!(!rect.holds(&Rect::new(1.0, 1.0, 1.1, 0.5), 0.05));
    }
}
