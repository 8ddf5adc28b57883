//! From the gap under the published protocol over each setting's share to what remains.

use super::Point;
use super::scale::exact;
use crate::figure::number;

/// The steps.
#[derive(Debug, Clone, Default)]
pub struct Waterfall {
    /// From above to below.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Whether it is a gap rather than a share of one.
    pub is_whole: bool,
    /// Its value.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// The modes that a gap is between, by their names. A share is made of all cells.
    pub sides: Vec<(String, Point)>,
}

/// A step where it stands.
#[derive(Debug)]
pub struct Placed<'a> {
    /// The step.
    pub step: &'a Step,
    /// Where its bar begins.
    pub from: f64,
    /// Where its bar ends.
    pub to: f64,
    /// Ends of the interval, at the end of the bar.
    pub whisker: (f64, f64),
}

impl Step {
    /// Its value with its interval: "0.50 [0.40, 0.60]".
    #[must_use]
    pub fn words(&self) -> String {
        let (low, high) = self.interval;
        format!("{} [{}, {}]", number(self.value), number(low), number(high))
    }

    /// Everything about it; `label` is the unit.
    #[must_use]
    pub fn hover(&self, label: &str) -> String {
        let (low, high) = self.interval;
        let (value, low, high) = (exact(self.value), exact(low), exact(high));
        format!("{}\n{}\n{value} ({label})\n95 % interval {low} to {high}", self.name, self.meaning)
    }
}

impl Waterfall {
    /// What stands above the numbers at the right.
    pub const NUMBERS: &str = "gap, or share of it [95 %]";

    /// Each share leads from the gap before its setting goes from published to strict to the gap after.
    #[must_use]
    pub fn placed<'a>(&'a self) -> Vec<Placed<'a>> {
        let mut gap = 0.0;
        let place = |step: &'a Step| {
            let Step { is_whole, value, interval: (low, high), .. } = step;
            if *is_whole {
                gap = *value;
                return Placed { step, from: 0.0, to: *value, whisker: (*low, *high) };
            }
            let before = gap;
            gap -= value;
            Placed { step, from: before, to: gap, whisker: (before - high, before - low) }
        };
        self.steps.iter().map(place).collect()
    }

    /// What has to be seen, with 0.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let ends = |placed: Placed| [placed.from, placed.to, placed.whisker.0, placed.whisker.1];
        let all = self.placed().into_iter().flat_map(ends);
        let (low, high) = all.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        let room = if high > low { 0.04 * (high - low) } else { 1.0 };
        (low - room, high + room)
    }

    /// What is painted, in words; `label` is the unit.
    #[must_use]
    pub fn summary(&self, label: &str) -> String {
        let of = |step: &Step| format!("{} {}", step.name, step.words());
        format!("Gap ({label}): {}", self.steps.iter().map(of).collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lead_from_the_published_gap_to_what_remains() {
        let step = |name: &str, is_whole, value| Step {
            name: name.to_owned(),
            meaning: String::new(),
            is_whole,
            value,
            interval: (value - 0.1, value + 0.1),
            sides: Vec::new(),
        };
        let steps = vec![step("published", true, 2.0), step("dose", false, 1.5), step("remains", true, 0.5)];
        let waterfall = Waterfall { steps };
        let placed = waterfall.placed();
        assert_eq!((placed[1].from, placed[1].to), (2.0, 0.5));
        assert!(placed[1].whisker.0 < 0.5 && placed[1].whisker.1 > 0.5);
        assert_eq!((placed[2].from, placed[2].to), (0.0, 0.5));
    }
}
