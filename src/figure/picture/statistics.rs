//! The tests of a study as estimates with their intervals, experiment by experiment, for each sample that a result may
//! hold for.

use super::Point;
use super::look::{Cues, Ink, Marker};
use super::records::{self, Record};
use super::scale::exact;
use crate::experiment::{Kind, TestName};
use crate::figure::{Table, counted, number, p_value};
use crate::stats::{FEW, coverage};
use crate::study::{Mode, Study};

/// What stands above the picture.
pub const TITLE: &str = "What differs, and how surely";

/// The tables, whose first one is drawn.
pub const TABLES: [&str; 2] = ["statistics", "effects"];

/// What stands above the column of p.
pub const P: &str = "p (Holm)";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By experiment and unit.
    pub groups: Vec<Group>,
    /// The protocol.
    setting: String,
}

/// What one experiment compares, in one unit.
#[derive(Debug)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// The unit.
    pub unit: String,
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

/// What is taken for a sample of the population that the result is to hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// Items and seeds.
    Both,
    /// Seeds.
    Seeds,
    /// Items: texts or pairs.
    Texts,
}

impl Sample {
    /// By the table's words: "texts and seeds", "seeds", "pairs".
    fn of(words: &str) -> Self {
        match words {
            "seeds" => Self::Seeds,
            words if words.ends_with(" and seeds") => Self::Both,
            _ => Self::Texts,
        }
    }

    /// What tells it from the others, and from series of other pictures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "sample: both",
            Self::Seeds => "sample: seeds",
            Self::Texts => "sample: items",
        }
    }

    /// How it looks.
    #[must_use]
    pub fn cues(self) -> Cues {
        let cues = Cues::of(Mode::Angular);
        match self {
            Self::Both => Cues { ink: Ink::Text, ..cues },
            Self::Seeds => Cues { ink: Ink::Muted, marker: Marker::Square, ..cues },
            Self::Texts => Cues { ink: Ink::Muted, marker: Marker::Triangle, ..cues },
        }
    }
}

impl Data {
    /// From the table of tests; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLES[0], study);
        let decides = TestName::of_unit(study.statistics.unit).to_string();
        let mut groups: Vec<Group> = Vec::new();
        for record in &records {
            let Some(mark) = mark(record) else { continue };
            let unit = record.text("unit").to_owned();
            let experiment = record.text("experiment");
            let name = Kind::from_name(experiment).map_or(experiment.to_owned(), |kind| kind.title().to_owned());
            let name = if unit.is_empty() { name } else { format!("{name} ({unit})") };
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
            for (fewest, key) in group.fewest.iter_mut().zip(["items", "seeds"]) {
                *fewest = (*fewest).min(record.count(key).max(1));
            }
            if group.one_run.len() < record.text("one_run").len() {
                record.text("one_run").clone_into(&mut group.one_run);
            }
            let name = name_of(record);
            let row = match group.rows.iter().position(|row| row.name == name) {
                Some(known) => &mut group.rows[known],
                None => group.rows.push_mut(Row { name, marks: Vec::new() }),
            };
            // Several tests of a sample share its estimate; the one that is drawn is that which verdicts rest on, or the first.
            match row.marks.iter_mut().find(|known| known.sample == mark.sample) {
                Some(known) if record.text("test") == decides => *known = mark,
                Some(_) => {}
                None => row.marks.push(mark),
            }
        }
        (!groups.is_empty()).then_some(Self { groups, setting: records::setting(tables, TABLES[0]) })
    }

    /// What stands below the picture of `group`.
    #[must_use]
    pub fn caption(&self, group: &Group) -> String {
        let [items, seeds] = group.fewest;
        let (items, seeds) = (counted(items, "item", "items"), seeds_words(seeds, &group.one_run));
        format!("{CAPTION} n at least {items} and {seeds}. {}", self.setting)
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
fn name_of(record: &Record) -> String {
    let delta = record.number("delta").map_or(String::new(), |delta| format!(", δ {delta}"));
    let protocol = record.text("protocol");
    // The audit has the same comparison under several protocols.
    let protocol = if protocol.ends_with("(audit)") { format!(", {protocol}") } else { String::new() };
    format!("{}{delta}{protocol}", record.text("what"))
}

fn mark(record: &Record) -> Option<Mark> {
    let value = record.number("estimate")?;
    let interval = record.interval("estimate")?;
    let sample_words = record.text("sample").to_owned();
    let sample = Sample::of(&sample_words);
    let (low, high) = interval;
    let p_words = |name: &str, key: &str| {
        let words = record.number(key).map(|p| p_value(p, record.is(&format!("{key}_is_bound"))));
        words.map_or(String::new(), |words| format!("\n{name} {words}"))
    };
    let hover = format!(
        "{}\n{} over {}\n{} {}\n95 % interval {} to {}{}{}\nn {}, {}",
        name_of(record),
        record.text("test"),
        &sample_words,
        exact(value),
        record.text("unit"),
        exact(low),
        exact(high),
        p_words("p", "p"),
        p_words("p (Holm)", "p_holm"),
        counted(record.count("items"), "item", "items"),
        seeds_words(record.count("seeds"), record.text("one_run")),
    );
    let (p_holm, p_is_bound) = (record.number("p_holm"), record.is("p_holm_is_bound"));
    let sides = ["first", "second"].into_iter().filter_map(|side| self::side(record, side)).collect();
    Some(Mark { sample, words: sample_words, value, interval, p_holm, p_is_bound, hover, sides })
}

/// One of the two that are compared, and what it is called beside the other.
fn side(record: &Record, side: &str) -> Option<(String, Point)> {
    let kind = Kind::from_name(record.text("experiment"))?;
    let (mode, arm) = (record.mode_of(&format!("{side}_mode"))?, record.text(&format!("{side}_arm")).to_owned());
    let name = if record.text("first_mode") == record.text("second_mode") { arm.clone() } else { mode.to_string() };
    Some((name, Point { kind, mode, arm, delta: record.number("delta"), layer: None, head: None }))
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
