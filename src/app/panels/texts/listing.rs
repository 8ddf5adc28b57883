//! The rows of the table: one per text or pair, with its scores clean and disturbed; filtered and sorted. Made on a thread,
//! once for every change of what is asked for.

use super::choice::Choice;
use crate::app::behind::{Behind, Shelf};
use crate::experiment::{Results, Score};
use crate::stats::Spread;
use std::cmp::Ordering;
use std::sync::Arc;

/// What is asked for.
#[derive(Clone)]
pub struct Ask {
    /// The results, and how many of their trials are in.
    pub results: Arc<Results>,
    /// Counts what was opened.
    pub series: u64,
    /// The texts and pairs.
    pub behind: Shelf,
    /// Whether those have been read.
    pub is_read: bool,
    /// Which trials.
    pub choice: Choice,
    /// Words that a row has to have.
    pub words: String,
    /// By which column they are sorted, and whether descending; by number where by none.
    pub sort: Option<(Column, bool)>,
}

impl Ask {
    /// Whether `other` has the same answer.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.series, self.results.finished(), self.is_read) == (other.series, other.results.finished(), other.is_read)
            && (&self.choice, &self.words, self.sort) == (&other.choice, &other.words, other.sort)
    }
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The text's or the pair's number.
    Number,
    /// The paradigm of a pair.
    Paradigm,
    /// The text; of a pair the good sentence.
    Text,
    /// How many tokens it has.
    Tokens,
    /// Loss or margin of the clean run.
    Clean,
    /// Loss or margin disturbed.
    Disturbed,
    /// Their difference.
    Change,
    /// Whether the good sentence is the likelier one in the clean run.
    RightClean,
    /// The same, disturbed; the mean over seeds.
    RightDisturbed,
    /// Change of what was read.
    Reading,
}

impl Column {
    /// Those that a table of `choice` has.
    #[must_use]
    pub fn of(choice: &Choice) -> Vec<Self> {
        use Column::{Change, Clean, Disturbed, Number, Paradigm, Reading, RightClean, RightDisturbed, Text, Tokens};
        let mut list = if choice.on_pairs {
            vec![Number, Paradigm, Text, Clean, Disturbed, Change, RightClean, RightDisturbed]
        } else {
            vec![Number, Text, Tokens, Clean, Disturbed, Change]
        };
        list.extend(choice.reading.map(|_| Reading));
        list
    }
}

/// A text or a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub item: usize,
    /// Loss, or margin (score of the good sentence minus that of the bad one), of the clean run.
    pub clean: f64,
    /// The same disturbed, mean over the seeds that are looked at.
    pub disturbed: f64,
    /// Of a pair, 1 where the good sentence is the likelier one, ½ where both are as likely: clean, and disturbed.
    pub right: Option<(f64, f64)>,
    /// What was read, clean and disturbed.
    pub reading: Option<(f64, f64)>,
}

/// The table.
pub struct Listing {
    /// What it answers.
    pub ask: Ask,
    /// A row for every text or pair that is in.
    pub rows: Vec<Row>,
    /// Those that have the words, sorted: positions among `rows`.
    pub order: Vec<usize>,
    /// (seed, id of the condition) of the trials, by seed.
    pub seeds: Vec<(u64, usize)>,
    /// Id of the clean run.
    pub clean: Option<usize>,
    /// What the rows come to.
    pub sums: Sums,
}

/// What the rows come to, over the seeds as the pictures have it.
#[derive(Debug, Default)]
pub struct Sums {
    /// Mean over the texts of the change of their loss, nats; of pairs of the change of their margin.
    pub change: Option<Spread>,
    /// Of pairs, the drop of accuracy in points.
    pub drop: Option<Spread>,
    /// Of pairs, the accuracy of the clean run in percent.
    pub accuracy: Option<f64>,
    /// Change of what was read.
    pub reading: Option<Spread>,
}

/// Loss of a text, or margin of a pair.
fn measured(score: &Score) -> f64 {
    score.sentences.map_or(score.value, |(good, bad)| good - bad)
}

impl Listing {
    /// The answer to `ask`.
    #[must_use]
    pub fn of(ask: Ask) -> Self {
        let results = &ask.results;
        let choice = &ask.choice;
        let clean = results.clean(choice.kind);
        let all = results.series(choice.kind);
        let series = all.iter().find(|s| s.mode == choice.mode && s.delta == choice.delta && s.arm == choice.arm);
        let mut seeds = series.map(|series| series.seeds.clone()).unwrap_or_default();
        seeds.retain(|(seed, _)| choice.seed.is_none_or(|chosen| chosen == *seed));
        let rows = clean.map(|clean| rows(results, choice, clean, &seeds)).unwrap_or_default();
        let sums = clean.map(|clean| Sums::of(results, choice, clean, &seeds)).unwrap_or_default();
        let behind = ask.behind.get().and_then(|behind| behind.as_ref().ok());
        let order = order(&rows, behind, &ask);
        Self { ask, rows, order, seeds, clean, sums }
    }

    /// The trial's condition that is looked at: that of the first seed.
    #[must_use]
    pub fn first(&self) -> Option<(u64, usize)> {
        self.seeds.first().copied()
    }

    /// The row of a text or pair.
    #[must_use]
    pub fn row(&self, item: usize) -> Option<&Row> {
        let at = self.rows.binary_search_by_key(&item, |row| row.item).ok()?;
        self.rows.get(at)
    }

    /// Score of `item` under a condition.
    #[must_use]
    pub fn score(&self, condition: usize, item: usize) -> Option<Score> {
        self.ask.results.scores(condition).get(item)
    }
}

fn rows(results: &Results, choice: &Choice, clean: usize, seeds: &[(u64, usize)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (item, score) in results.scores(clean).iter().enumerate() {
        let Some(of_clean) = score else { continue };
        let of_seeds = || seeds.iter().filter_map(|(_, id)| results.scores(*id).get(item));
        let Some(disturbed) = mean(of_seeds().map(|score| measured(&score))) else { continue };
        let right = of_clean.sentences.and_then(|_| Some((of_clean.value, mean(of_seeds().map(|score| score.value))?)));
        let reading = choice.reading.and_then(|reading| {
            let of = |id| Some(reading.of(results.reading(id, reading.quantity, item)?));
            Some((of(clean)?, mean(seeds.iter().filter_map(|(_, id)| of(*id)))?))
        });
        rows.push(Row { item, clean: measured(&of_clean), disturbed, right, reading });
    }
    rows
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

impl Sums {
    fn of(results: &Results, choice: &Choice, clean: usize, seeds: &[(u64, usize)]) -> Self {
        let of_clean = results.scores(clean);
        // Mean over the items, seed by seed.
        let over = |change: &dyn Fn(&Score, &Score) -> f64| {
            let of_seed = |(_, id): &(u64, usize)| {
                let both = of_clean.iter().zip(results.scores(*id).iter());
                mean(both.filter_map(|(clean, disturbed)| Some(change(&clean?, &disturbed?))))
            };
            Spread::of(&seeds.iter().filter_map(of_seed).collect::<Vec<_>>())
        };
        let reading = choice.reading.and_then(|reading| {
            let of_seed = |(_, id): &(u64, usize)| {
                mean(results.readings(*id, reading.quantity).filter_map(|(item, values)| {
                    Some(reading.of(values) - reading.of(results.reading(clean, reading.quantity, item)?))
                }))
            };
            Spread::of(&seeds.iter().filter_map(of_seed).collect::<Vec<_>>())
        });
        let pairs = choice.on_pairs;
        Self {
            change: over(&|clean, disturbed| measured(disturbed) - measured(clean)),
            drop: if pairs { over(&|clean, disturbed| 100.0 * (clean.value - disturbed.value)) } else { None },
            accuracy: if pairs { mean(of_clean.iter().flatten().map(|score| 100.0 * score.value)) } else { None },
            reading,
        }
    }
}

/// The rows that have the words of `ask`, in its order.
fn order(rows: &[Row], behind: Option<&Behind>, ask: &Ask) -> Vec<usize> {
    let words: Vec<String> = ask.words.split_whitespace().map(str::to_lowercase).collect();
    let pairs = ask.choice.on_pairs;
    let has_words = |row: &Row| {
        let Some(behind) = behind.filter(|_| !words.is_empty()) else { return true };
        let text = if pairs {
            behind.pairs.get(&row.item).map(|pair| {
                let pair = &pair.item;
                format!("{} {} {}", pair.paradigm, pair.good, pair.bad)
            })
        } else {
            behind.texts.get(&row.item).map(|text| text.item.clone())
        };
        let text = text.unwrap_or_default().to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut order: Vec<usize> = (0..rows.len()).filter(|at| has_words(&rows[*at])).collect();
    if let Some((column, descending)) = ask.sort {
        // The sort is stable, so rows that are alike stay by number.
        order.sort_by(|a, b| {
            let ordering = compare(&rows[*a], &rows[*b], column, pairs, behind);
            if descending { ordering.reverse() } else { ordering }
        });
    }
    order
}

fn compare(a: &Row, b: &Row, column: Column, pairs: bool, behind: Option<&Behind>) -> Ordering {
    let text = |row: &Row| behind.and_then(|behind| Some(behind.texts.get(&row.item)?.item.as_str()));
    let pair = |row: &Row| behind.and_then(|behind| Some(&behind.pairs.get(&row.item)?.item));
    let tokens = |row: &Row| behind.and_then(|behind| Some(behind.texts.get(&row.item)?.tokens.first().copied()));
    let number = |of: &dyn Fn(&Row) -> f64| of(a).total_cmp(&of(b));
    let none = f64::NEG_INFINITY;
    match column {
        Column::Number => a.item.cmp(&b.item),
        Column::Paradigm => pair(a).map(|pair| &pair.paradigm).cmp(&pair(b).map(|pair| &pair.paradigm)),
        Column::Text if pairs => pair(a).map(|pair| &pair.good).cmp(&pair(b).map(|pair| &pair.good)),
        Column::Text => text(a).cmp(&text(b)),
        Column::Tokens => tokens(a).cmp(&tokens(b)),
        Column::Clean => number(&|row| row.clean),
        Column::Disturbed => number(&|row| row.disturbed),
        Column::Change => number(&|row| row.disturbed - row.clean),
        Column::RightClean => number(&|row| row.right.map_or(none, |(clean, _)| clean)),
        Column::RightDisturbed => number(&|row| row.right.map_or(none, |(_, disturbed)| disturbed)),
        Column::Reading => number(&|row| row.reading.map_or(none, |(clean, disturbed)| disturbed - clean)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Pair;
    use crate::experiment::{Arm, Commit, Condition, Disturbance, Kind, Pass, Trial};
    use crate::runner::Weights;
    use crate::store::Counted;
    use crate::study::{Mode, Study};
    use std::collections::BTreeMap;

    fn behind() -> Shelf {
        let texts = ["The cat sat.", "A dog barked.", "the Cat and the dog."];
        let texts =
            texts.iter().enumerate().map(|(id, text)| (id, Counted { item: (*text).to_owned(), tokens: vec![9 - id] }));
        let pair = |paradigm: &str, good: &str| Counted {
            item: Pair {
                paradigm: paradigm.to_owned(),
                id: "0".to_owned(),
                good: good.to_owned(),
                bad: "x".to_owned(),
            },
            tokens: vec![3, 3],
        };
        let pairs = BTreeMap::from([(0, pair("plural", "cats run")), (1, pair("gender", "she saw herself"))]);
        let weights = Weights { id: String::new(), revision: String::new(), commit: None, files: Vec::new() };
        Arc::new(Ok(Behind { texts: texts.collect(), pairs, weights }).into())
    }

    fn results(kind: Kind, scores: &[[Score; 3]]) -> Arc<Results> {
        let disturbed = |seed| Some(Disturbance { mode: Mode::Angular, delta: 0.5, seed });
        let conditions = [None, disturbed(42), disturbed(43)].into_iter().enumerate();
        let (arm, pass) = (Arm::Plain, Pass::default());
        let conditions = conditions
            .map(|(id, disturbance)| (id, Condition { experiment: kind, disturbance, arm, pass: pass.clone() }));
        let mut study = Study::demo();
        study.experiments.sweep = Some(crate::study::Sweep::default());
        study.experiments.syntax = Some(crate::study::Syntax::default());
        let mut results = Results::new(study, conditions.collect(), 9);
        let trial = |item: usize, condition: usize| Trial {
            condition,
            item,
            score: scores[item][condition],
            readings: Vec::new(),
        };
        let trials = (0..scores.len()).flat_map(|item| (0..3).map(move |condition| (item, condition)));
        results.add(&Commit {
            trials: trials.map(|(item, condition)| trial(item, condition)).collect(),
            ..Commit::default()
        });
        Arc::new(results)
    }

    fn ask(results: Arc<Results>, kind: Kind, seed: Option<u64>, words: &str, sort: Option<(Column, bool)>) -> Ask {
        let choice = Choice {
            kind,
            on_pairs: kind == Kind::Syntax,
            mode: Mode::Angular,
            arm: Arm::Plain,
            delta: 0.5,
            seed,
            reading: None,
        };
        Ask { results, series: 1, behind: behind(), is_read: true, choice, words: words.to_owned(), sort }
    }

    fn loss(value: f64) -> Score {
        Score { value, sentences: None }
    }

    #[test]
    fn rows_are_filtered_by_all_words_and_sorted_by_any_column() {
        let of = |clean, one, two| [loss(clean), loss(one), loss(two)];
        let results = results(Kind::Sweep, &[of(2.0, 3.0, 5.0), of(1.0, 1.5, 1.5), of(4.0, 4.0, 3.0)]);
        let listed = |seed, words: &str, sort| Listing::of(ask(results.clone(), Kind::Sweep, seed, words, sort));
        let all = listed(None, "", None);
        assert_eq!(all.rows[0], Row { item: 0, clean: 2.0, disturbed: 4.0, right: None, reading: None });
        let change = all.sums.change.unwrap();
        // Seed 42: (1 + 0.5 + 0)/3; seed 43: (3 + 0.5 − 1)/3.
        assert!((change.mean - 4.0 / 6.0).abs() < 1e-12 && change.n == 2, "{change:?}");
        assert_eq!(all.first(), Some((42, 1)));
        assert!((listed(Some(43), "", None).sums.change.unwrap().mean - 2.5 / 3.0).abs() < 1e-12);
        assert_eq!(listed(None, "CAT the", None).order, [0, 2]);
        assert!(listed(None, "horse", None).order.is_empty());
        assert_eq!(listed(None, "", Some((Column::Change, true))).order, [0, 1, 2]);
        assert_eq!(listed(None, "", Some((Column::Change, false))).order, [2, 1, 0]);
        assert_eq!(listed(None, "", Some((Column::Tokens, false))).order, [2, 1, 0]);
        assert_eq!(listed(None, "", Some((Column::Text, false))).order, [1, 0, 2]);
        assert_eq!(listed(None, "cat", Some((Column::Clean, true))).order, [2, 0]);
    }

    #[test]
    fn pairs_have_margins_and_what_they_come_to_is_accuracy() {
        let pair =
            |good: f64, bad: f64| Score { value: if good > bad { 1.0 } else { 0.0 }, sentences: Some((good, bad)) };
        let scores = [
            [pair(-1.0, -3.0), pair(-2.0, -1.0), pair(-1.0, -2.0)],
            [pair(-5.0, -4.0), pair(-5.0, -4.0), pair(-5.0, -4.0)],
        ];
        let results = results(Kind::Syntax, &scores);
        let listing = Listing::of(ask(results.clone(), Kind::Syntax, None, "", Some((Column::Paradigm, false))));
        assert_eq!(
            listing.row(0).unwrap(),
            &Row { item: 0, clean: 2.0, disturbed: 0.0, right: Some((1.0, 0.5)), reading: None }
        );
        assert_eq!(listing.order, [1, 0]);
        assert_eq!(listing.sums.accuracy, Some(50.0));
        assert_eq!(listing.sums.drop.map(|drop| drop.mean), Some(25.0));
        assert_eq!(Listing::of(ask(results, Kind::Syntax, None, "gender HERSELF", None)).order, [1]);
    }
}
