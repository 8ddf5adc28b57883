//! What part of a chart is seen: all of it, on axes that stay while results come in, or what the user has chosen.

use super::ticks::Range;
use crate::study::DeltaUnit;
use std::collections::BTreeMap;

/// What a picture belongs to: the results it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Which results.
    pub series: u64,
    /// Whether all of their trials are in.
    pub complete: bool,
    /// Whether there are trials behind them; what a study printed has none.
    pub has_trials: bool,
    /// What δ is measured in.
    pub unit: DeltaUnit,
}

/// A part of a plane: ends of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// From left to right.
    pub x: (f64, f64),
    /// From below to above.
    pub y: (f64, f64),
}

/// What pictures remember between frames, by their names.
#[derive(Default)]
pub struct Memory(BTreeMap<String, Kept>);

/// Of one picture.
#[derive(Default)]
struct Kept {
    /// What the range belongs to.
    of: Option<(Origin, String)>,
    range: Range,
    /// What the user has chosen, and what that belongs to: another file, unit or scale makes it meaningless.
    chosen: Option<((u64, String), Part)>,
}

impl Memory {
    /// The range of the picture `id` that shows everything from `low` to `high`: it grows where something would leave it,
    /// and else stays while results come in. `what` names what is shown, beside its origin.
    pub fn range(
        &mut self,
        id: &str,
        (origin, what): (Origin, String),
        (low, high): (f64, f64),
        steps: f64,
    ) -> (f64, f64) {
        let kept = self.kept(id);
        let key = (origin, what);
        let reset = kept.of.as_ref() != Some(&key);
        kept.of = Some(key);
        kept.range.show(low, high, steps, reset)
    }

    fn kept(&mut self, id: &str) -> &mut Kept {
        if !self.0.contains_key(id) {
            self.0.insert(id.to_owned(), Kept::default());
        }
        self.0.entry(id.to_owned()).or_default()
    }

    /// The part of the picture `id` that the user has chosen, where it was chosen of the same series of results and of the
    /// same axes.
    #[must_use]
    pub fn chosen(&self, id: &str, series: u64, axes: &str) -> Option<Part> {
        let ((of, on), part) = self.0.get(id)?.chosen.as_ref()?;
        (*of == series && on == axes).then_some(*part)
    }

    /// Shows `part` of the picture `id` from now on; none for all of it.
    pub fn choose(&mut self, id: &str, series: u64, axes: &str, part: Option<Part>) {
        self.kept(id).chosen = part.map(|part| ((series, axes.to_owned()), part));
    }
}

/// What is seen in the next frame, where `asked` was drawn and the pointer left `found` of it; `all` where nothing was
/// chosen so far.
#[must_use]
pub fn after(chosen: Option<Part>, asked: Part, found: Part, reset: bool) -> Option<Part> {
    let sound = |(low, high): (f64, f64)| low.is_finite() && high.is_finite() && high - low > 1e-12 * (1.0 + low.abs());
    match () {
        () if reset => None,
        () if found != asked && sound(found.x) && sound(found.y) => Some(found),
        () => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Part = Part { x: (0.0, 1.0), y: (0.0, 2.0) };
    const SOME: Part = Part { x: (0.2, 0.4), y: (0.5, 1.0) };

    #[test]
    fn a_view_that_was_chosen_stays_until_it_is_reset() {
        // Nothing was done, a part was chosen, nothing was done, all was asked for.
        assert_eq!(after(None, ALL, ALL, false), None);
        let chosen = after(None, ALL, SOME, false);
        assert_eq!(chosen, Some(SOME));
        assert_eq!(after(chosen, SOME, SOME, false), Some(SOME));
        assert_eq!(after(chosen, SOME, SOME, true), None);
        // A part without an extent is no view.
        let empty = Part { x: (0.2, 0.2), ..SOME };
        assert_eq!(after(chosen, SOME, empty, false), Some(SOME));
        let broken = Part { y: (f64::NAN, 1.0), ..SOME };
        assert_eq!(after(None, ALL, broken, false), None);
    }

    #[test]
    fn results_that_come_in_move_no_axis_and_no_view() {
        let origin = |complete| Origin { series: 3, complete, has_trials: true, unit: DeltaUnit::Absolute };
        let mut memory = Memory::default();
        let of = |complete| (origin(complete), String::new());
        let wide = memory.range("it", of(false), (0.0, 0.87), 10.0);
        assert_eq!(memory.range("it", of(false), (0.0, 0.5), 10.0), wide);
        memory.choose("it", 3, "log", Some(SOME));
        assert!(memory.range("it", of(true), (0.0, 0.5), 10.0).1 < wide.1, "the run has ended");
        assert_eq!(memory.chosen("it", 3, "log"), Some(SOME), "and the view stays");
        assert_eq!(memory.chosen("it", 3, "linear"), None, "on another scale it means nothing");
        assert_eq!(memory.chosen("it", 4, "log"), None, "nor for another file");
        memory.choose("it", 3, "log", None);
        assert_eq!(memory.chosen("it", 3, "log"), None);
    }
}
