//! Axes of the window: ranges that only grow while results come in, and ticks for `egui_plot`.

use crate::figure::picture::round_step;
use egui_plot::GridMark;

/// Ticks as `egui_plot` takes them; it leaves out marks whose step is small, and these are chosen already.
#[must_use]
pub fn marks(places: Vec<f64>) -> Vec<GridMark> {
    places.into_iter().map(|value| GridMark { value, step_size: 1e9 }).collect()
}

/// A range that grows when something would leave it, and else stays where it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Range(Option<(f64, f64)>);

impl Range {
    /// A range that shows everything from `low` to `high`; its upper end grows in round steps, of which the range
    /// has about `steps`. `reset` forgets what it was.
    pub fn show(&mut self, low: f64, high: f64, steps: f64, reset: bool) -> (f64, f64) {
        if reset {
            self.0 = None;
        }
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        let fits = self.0.is_some_and(|(from, to)| from <= low && high <= to);
        if !fits {
            let (from, to) = self.0.map_or((low, high), |(from, to)| (from.min(low), to.max(high)));
            let step = round_step(to - from, steps);
            self.0 = Some((from, (to / step - 1e-9).ceil() * step));
        }
        self.0.unwrap_or((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_grows_and_does_not_shrink() {
        let mut range = Range::default();
        let near = |(low, high): (f64, f64), wanted: f64| low.abs() < 1e-12 && (high - wanted).abs() < 1e-9;
        assert!(near(range.show(0.0, 0.87, 10.0, false), 0.9));
        assert!(near(range.show(0.0, 0.3, 10.0, false), 0.9));
        assert!(near(range.show(0.0, 3.3, 10.0, false), 3.5));
        assert!(near(range.show(0.0, 0.3, 10.0, true), 0.3));
    }
}
