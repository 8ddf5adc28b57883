//! What was changed in a study, to be taken back and done again.

use super::values::name;
use crate::study::{Setting, Study, differences};
use std::time::{Duration, Instant};

/// Changes of the same settings that are no further apart are one step: a word that is typed, a strip that is dragged over.
const ONE_STEP: Duration = Duration::from_millis(600);

/// More steps than anybody takes back.
const MOST: usize = 500;

/// A study, and the words for what leads from it to its neighbour.
type Step = (Study, String);

/// The steps of one study.
#[derive(Debug, Clone)]
pub struct History {
    now: Study,
    past: Vec<Step>,
    future: Vec<Step>,
    /// The settings that were changed last, and when.
    last: Option<(Vec<Setting>, Instant)>,
}

impl History {
    /// Of `study`, of which nothing can be taken back.
    #[must_use]
    pub fn new(study: Study) -> Self {
        Self { now: study, past: Vec::new(), future: Vec::new(), last: None }
    }

    /// Takes note that the study is now `study`, `at` this time. What was taken back cannot be done again after a change.
    pub fn note(&mut self, study: &Study, at: Instant) {
        if self.now == *study {
            return;
        }
        let settings: Vec<Setting> = differences(&self.now, study).into_iter().map(|of| of.setting).collect();
        if settings.is_empty() {
            return;
        }
        let goes_on = self.last.as_ref().is_some_and(|(of, when)| {
            *of == settings && at.saturating_duration_since(*when) <= ONE_STEP && !self.past.is_empty()
        });
        if !goes_on {
            let what = match settings.as_slice() {
                [one] => name(*one),
                // An experiment that was switched on or off comes with its settings.
                [Setting::Asked(kind), rest @ ..] if rest.iter().all(|setting| setting.experiment() == Some(*kind)) => {
                    name(Setting::Asked(*kind))
                }
                [first, rest @ ..] => format!("{} and {} more", name(*first), rest.len()),
                [] => String::new(),
            };
            self.past.push((self.now.clone(), what));
            if self.past.len() > MOST {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.now = study.clone();
        self.last = Some((settings, at));
        // A step that led back to where it began is none.
        if self.past.last().is_some_and(|(before, _)| *before == self.now) {
            self.past.pop();
            self.last = None;
        }
    }

    /// Takes the last step back: the study before it.
    pub fn undo(&mut self) -> Option<Study> {
        let (before, what) = self.past.pop()?;
        self.future.push((std::mem::replace(&mut self.now, before), what));
        self.last = None;
        Some(self.now.clone())
    }

    /// Takes the step again that was taken back last: the study after it.
    pub fn redo(&mut self) -> Option<Study> {
        let (after, what) = self.future.pop()?;
        self.past.push((std::mem::replace(&mut self.now, after), what));
        self.last = None;
        Some(self.now.clone())
    }

    /// What [`History::undo`] would take back, in words.
    #[must_use]
    pub fn undoes(&self) -> Option<&str> {
        self.past.last().map(|(_, what)| what.as_str())
    }

    /// What [`History::redo`] would do again, in words.
    #[must_use]
    pub fn redoes(&self) -> Option<&str> {
        self.future.last().map(|(_, what)| what.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Layers, Reading, Seeds};

    fn named(name: &str) -> Study {
        Study { name: name.to_owned(), ..Study::demo() }
    }

    #[test]
    fn what_is_typed_without_a_pause_is_one_step() {
        let start = Instant::now();
        let ms = |ms| start + Duration::from_millis(ms);
        let mut history = History::new(named(""));
        for (i, name) in ["a", "ab", "abc"].into_iter().enumerate() {
            history.note(&named(name), ms(500 * i as u64));
        }
        // A pause, and another step.
        history.note(&named("abcd"), ms(1601));
        assert_eq!(history.undoes(), Some("name"));
        assert_eq!(history.undo(), Some(named("abc")));
        assert_eq!(history.undo(), Some(named("")));
        assert_eq!(history.undo(), None);
        assert_eq!((history.redo(), history.redo(), history.redo()), (Some(named("abc")), Some(named("abcd")), None));
    }

    #[test]
    fn another_setting_is_another_step_however_quick() {
        let at = Instant::now();
        let mut study = Study::demo();
        let mut history = History::new(study.clone());
        study.perturbation.layers = Layers::All;
        history.note(&study, at);
        study.perturbation.seeds = Seeds::Count(2);
        history.note(&study, at);
        assert_eq!(history.undoes(), Some("seeds"));
        assert_eq!(history.undo().unwrap().perturbation.layers, Layers::All);
        assert_eq!((history.undoes(), history.redoes()), (Some("layers"), Some("seeds")));
        assert_eq!(history.undo(), Some(Study::demo()));
        // A change makes what was taken back unreachable.
        history.note(&named("other"), at);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(Study::demo()));
    }

    #[test]
    fn a_change_that_is_changed_back_at_once_leaves_no_step() {
        let at = Instant::now();
        let mut history = History::new(Study::demo());
        let mut study = Study::demo();
        study.experiments.entropy = Some(Reading { delta: Some(0.5), ..Reading::default() });
        history.note(&study, at);
        assert_eq!(history.undoes(), Some("attention entropy"));
        history.note(&Study::demo(), at);
        assert_eq!(history.undoes(), None);
    }

    #[test]
    fn what_is_not_a_number_is_one_change() {
        let at = Instant::now();
        let mut history = History::new(Study::demo());
        let mut study = Study::demo();
        study.perturbation.deltas.push(f64::NAN);
        for second in 0..3 {
            history.note(&study, at + Duration::from_secs(second));
        }
        assert_eq!(history.undo(), Some(Study::demo()));
    }

    #[test]
    fn a_change_after_a_step_back_is_a_step_of_its_own() {
        let at = Instant::now();
        let mut history = History::new(named("a"));
        history.note(&named("b"), at);
        assert_eq!(history.undo(), Some(named("a")));
        history.note(&named("c"), at);
        assert_eq!(history.undo(), Some(named("a")));
    }
}
