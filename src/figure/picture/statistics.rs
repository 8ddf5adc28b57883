//! The tests of a study as estimates with their intervals, experiment by experiment, for each sample that a result may
//! hold for.

use super::look::{Cues, Ink, Marker};
use super::scale::exact;
use super::setting::finite;
use super::{Point, Setting};
use crate::experiment::{Arm, Difference, Test, TestName, least_p};
use crate::figure::tables::named;
use crate::figure::{counted, is_bound, number, p_value};
use crate::findings::{Findings, Sample};
use crate::stats::{FEW, coverage};
use crate::study::Mode;

/// What stands above the column of p.
pub const P: &str = "p (Holm)";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By experiment and unit.
    pub groups: Vec<Group>,
    /// How they were made.
    pub setting: Setting,
}

/// What one experiment compares, in one unit.
#[derive(Debug)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// The unit.
    pub unit: &'static str,
    /// The comparisons.
    pub rows: Vec<Row>,
    /// The fewest items and seeds of its tests.
    fewest: [usize; 2],
    /// The modes whose runs are one run under all seeds, in a comparison at least; empty where there are none.
    one_run: String,
}

/// A comparison at one δ.
#[derive(Debug)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// An estimate for each sample.
    pub marks: Vec<Mark>,
}

/// Its estimate for one sample.
#[derive(Debug)]
pub struct Mark {
    /// The sample.
    pub sample: Sample,
    /// The sample in words.
    pub words: String,
    /// The estimate.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// p after Holm's correction, where the sample has a test.
    pub p_holm: Option<f64>,
    /// What a hover says.
    pub hover: String,
    /// Whether that is as small as its resamples can make it, and so a bound.
    pub p_is_bound: bool,
    /// The two that are compared, by their names; a click leads to the trials of either.
    pub sides: Vec<(String, Point)>,
}

impl Sample {
    /// What tells it from the others, and from series of other pictures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "sample: both",
            Self::Seeds => "sample: seeds",
            Self::Items => "sample: items",
        }
    }

    /// How it looks.
    #[must_use]
    pub fn cues(self) -> Cues {
        let cues = Cues::of(Mode::Angular);
        match self {
            Self::Both => Cues { ink: Ink::Text, ..cues },
            Self::Seeds => Cues { ink: Ink::Muted, marker: Marker::Square, ..cues },
            Self::Items => Cues { ink: Ink::Muted, marker: Marker::Triangle, ..cues },
        }
    }
}

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let decides = TestName::of_unit(findings.study().statistics.unit);
        let least = least_p(findings.results());
        let mut groups: Vec<Group> = Vec::new();
        let tests = findings.differences().flat_map(|of| of.tests.iter().map(move |test| (of, test)));
        for (difference, test) in tests {
            let Some(mark) = mark(difference, test, test.least_p(least)) else { continue };
            let (unit, experiment) = (difference.unit, difference.kind.title());
            let name = if unit.is_empty() { experiment.to_owned() } else { format!("{experiment} ({unit})") };
            let group = match groups.iter().position(|group| group.name == name) {
                Some(known) => &mut groups[known],
                None => groups.push_mut(Group {
                    name,
                    unit,
                    rows: Vec::new(),
                    fewest: [usize::MAX; 2],
                    one_run: String::new(),
                }),
            };
            for (fewest, count) in group.fewest.iter_mut().zip([difference.items, difference.seeds]) {
                *fewest = (*fewest).min(count.max(1));
            }
            let one_run = named(&difference.one_run);
            if group.one_run.len() < one_run.len() {
                group.one_run = one_run;
            }
            let name = name_of(difference);
            let row = match group.rows.iter().position(|row| row.name == name) {
                Some(known) => &mut group.rows[known],
                None => group.rows.push_mut(Row { name, marks: Vec::new() }),
            };
            // Several tests of a sample share its estimate; the one that is drawn is that which verdicts rest on, or the first.
            match row.marks.iter_mut().find(|known| known.sample == mark.sample) {
                Some(known) if test.name == decides => *known = mark,
                Some(_) => {}
                None => row.marks.push(mark),
            }
        }
        let setting = Setting::of(findings, None, findings.differences().map(|difference| difference.delta));
        (!groups.is_empty()).then_some(Self { groups, setting })
    }

    /// What stands below the picture of `group`.
    #[must_use]
    pub fn caption(&self, group: &Group) -> String {
        let [items, seeds] = group.fewest;
        let (items, seeds) = (counted(items, "item", "items"), seeds_words(seeds, &group.one_run));
        format!("{CAPTION} n at least {items} and {seeds}. {}", self.setting.words)
    }
}

const CAPTION: &str = "Estimates with their 95 % intervals. What is taken for a sample is what the result holds for: other \
                       texts, other noise, or both. p: after Holm's correction, of the first sample.";

/// So many seeds, and the modes whose runs are one run under all of them.
fn seeds_words(count: usize, one_run: &str) -> String {
    let seeds = counted(count, "seed", "seeds");
    if one_run.is_empty() { seeds } else { format!("{seeds} (one run under {one_run})") }
}

/// What is compared, at which δ and, where there are several, under which protocol.
fn name_of(difference: &Difference) -> String {
    // The audit has the same comparison under several protocols.
    let protocol = if difference.kind.is_audit() { format!(", {}", difference.protocol) } else { String::new() };
    format!("{}, δ {}{protocol}", difference.what, difference.delta)
}

/// The estimate of `test`, which can give no p below `least`; none where it gives no estimate.
fn mark(difference: &Difference, test: &Test, least: f64) -> Option<Mark> {
    let outcome = test.outcome.ok()?;
    let estimate = outcome.estimate?;
    let (value, interval) = (estimate.value, finite(estimate.interval)?);
    let sample = Sample::of(test.name.sample(), difference.drawn);
    let words = sample.words(difference.kind);
    let (low, high) = interval;
    let holm_is_bound = test.p_holm.is_some_and(|p| is_bound(p, least * difference.family as f64));
    let p_words = |name: &str, p: Option<f64>, is_bound: bool| {
        p.map_or(String::new(), |p| format!("\n{name} {}", p_value(p, is_bound)))
    };
    let hover = format!(
        "{}\n{} over {words}\n{} {}\n95 % interval {} to {}{}{}\nn {}, {}",
        name_of(difference),
        test.name,
        exact(value),
        difference.unit,
        exact(low),
        exact(high),
        p_words("p", Some(outcome.p), is_bound(outcome.p, least)),
        p_words("p (Holm)", test.p_holm, holm_is_bound),
        counted(difference.items, "item", "items"),
        seeds_words(difference.seeds, &named(&difference.one_run)),
    );
    let (p_holm, p_is_bound) = (test.p_holm, holm_is_bound);
    Some(Mark { sample, words, value, interval, p_holm, p_is_bound, hover, sides: sides(difference) })
}

/// The two that are compared, each with what it is called beside the other.
fn sides(difference: &Difference) -> Vec<(String, Point)> {
    let [(first, _), (second, _)] = &difference.sides;
    let side = |(mode, arm): &(Mode, Arm)| {
        let name = if first == second { arm.to_string() } else { mode.to_string() };
        let (kind, delta) = (difference.kind, Some(difference.delta));
        (name, Point { kind, mode: *mode, arm: *arm, delta, layer: None, head: None })
    };
    difference.sides.iter().map(side).collect()
}

/// What was measured of intervals of `n` values, which `words` names: for n below [`FEW`].
fn few(n: usize, words: &str) -> String {
    let Some(row) = coverage(n) else {
        return format!("{words}: one value has no spread, so no interval says what another one would have given.");
    };
    let as_measured = if row.n == n { String::new() } else { format!(" (measured with {})", row.n) };
    format!(
        "{words}: where they make the spread, a 95 % bootstrap interval holds the truth in {} % of simulated samples{as_measured}, \
         of skewed data in {} %; Student's t interval in {} % and {} %. More of them are the remedy.",
        row.normal[1], row.exponential[1], row.normal[0], row.exponential[0]
    )
}

impl Row {
    /// p after Holm's correction, of the first sample that has one, or the bound that it is.
    #[must_use]
    pub fn p_words(&self) -> Option<String> {
        self.marks.iter().find_map(|mark| Some(p_value(mark.p_holm?, mark.p_is_bound)))
    }
}

impl Group {
    /// The samples that there are, each by its first mark.
    #[must_use]
    pub fn samples(&self) -> Vec<&Mark> {
        let mut there: Vec<&Mark> = Vec::new();
        for mark in self.rows.iter().flat_map(|row| &row.marks) {
            if !there.iter().any(|known| known.sample == mark.sample) {
                there.push(mark);
            }
        }
        there
    }

    /// What intervals of few values are worth, where there are few.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let [items, seeds] = self.fewest;
        let (n, one, many) = if seeds <= items { (seeds, "seed", "seeds") } else { (items, "item", "items") };
        (n < FEW).then(|| few(n, &counted(n, one, many)))
    }

    /// What has to be seen, with 0.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let marks = self.rows.iter().flat_map(|row| &row.marks);
        let (low, high) = marks
            .map(|mark| mark.interval)
            .filter(|(low, high)| low.is_finite() && high.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
        let room = if high > low { 0.04 * (high - low) } else { 1.0 };
        (low - room, high + room)
    }

    /// What is painted, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let of_row = |row: &Row| {
            let of_mark = |mark: &Mark| {
                let (low, high) = mark.interval;
                format!("{} [{}, {}] over {}", number(mark.value), number(low), number(high), mark.words)
            };
            format!("{}: {}", row.name, row.marks.iter().map(of_mark).collect::<Vec<_>>().join(", "))
        };
        format!("{}, {}", self.name, self.rows.iter().map(of_row).collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_warned_of_with_what_was_measured() {
        let words = few(5, "5 seeds");
        assert!(
            words.starts_with("5 seeds: ") && words.contains("83.2 % of simulated samples, of skewed data in 78.3 %")
        );
        assert!(words.contains("Student's t interval in 94.8 % and 88.2 %"), "{words}");
        assert!(few(7, "7 seeds").contains("(measured with 5)"));
        assert!(few(1, "1 seed").contains("no interval"));
    }
}
