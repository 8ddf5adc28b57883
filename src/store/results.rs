//! Reading: every result.

use super::cells::{Cells, LARGEST};
use super::numbers::numbers;
use super::{Batch, Store};
use crate::error::{Error, Result};
use crate::experiment::{Commit, Part, Results, Score, Trial, find};
use crate::intervention::Displacement;
use crate::measure::{PositionNorms, Quantity, Shift};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How far below 0 rounding may bring a loss, nats.
const ROUNDING: f64 = 1e-3;

impl Store {
    /// Everything that summaries are made of.
    ///
    /// # Errors
    /// [`Error::data`] where the file is broken, or holds other trials than those of its finished batches.
    pub fn results(&self) -> Result<Results> {
        self.at_once(|| {
            let mut results = Results::new(self.study()?, self.conditions()?, self.planned()?);
            results.norms = self.norms()?;
            results.vocabulary = self.vocabulary()?;
            results.position_norms = self.position_norms()?;
            results.shapes = self.shapes()?;
            self.check_experiments(&results)?;
            self.take_trials(&mut results)?;
            let batches = self.marked_batches()?;
            self.check_trials(&results, &batches)?;
            self.take_readings(&mut results)?;
            results.take(self.movements(&results, &batches)?);
            Ok(results)
        })
    }

    /// Checks that the study asks for each experiment that there are conditions of, and that its layers are there.
    fn check_experiments(&self, results: &Results) -> Result<()> {
        let mut kinds: Vec<_> = results.conditions.values().map(|condition| condition.experiment).collect();
        kinds.extend(results.shapes.keys());
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            if find(&results.study, kind).is_none() {
                return Err(self.broken(&format!("it holds the experiment {kind}, which its study does not ask for")));
            }
            if !results.shapes.contains_key(&kind) {
                return Err(self.broken(&format!("table experiments: it has no row of {kind}; expected one")));
            }
        }
        Ok(())
    }

    /// How many tokens the model's vocabulary has, where the file says so.
    pub(super) fn vocabulary(&self) -> Result<Option<usize>> {
        let sql = "SELECT key, value FROM provenance WHERE key = 'model_vocabulary'";
        let rows = self.rows(("provenance", 1), sql, [], |row| {
            let count = row.text(1)?.parse().ok().filter(|count| (1..=MOST_TOKENS).contains(count));
            count.ok_or_else(|| row.wrong(1, format!("a number from 1 to {MOST_TOKENS}")))
        })?;
        Ok(rows.first().copied())
    }

    fn position_norms(&self) -> Result<Vec<PositionNorms>> {
        let (layers, texts) = (self.count("layer_norms")?, self.count("texts")?);
        let longest = self.counted_texts()?.values().flat_map(|text| text.tokens.iter().copied()).max().unwrap_or(0);
        let sql = "SELECT layer, position, texts, mean FROM position_norms ORDER BY layer, position";
        let mut next = (0, 0);
        self.rows(("position_norms", 2), sql, [], |row| {
            let layer = row.below(0, layers)?;
            let position = row.below(1, usize::MAX)?;
            let expected = if layer == next.0 { next.1 } else { 0 };
            if position != expected {
                return Err(row.wrong(1, format!("{expected}: positions count up from 0")));
            }
            if position >= longest {
                return Err(row.wrong(1, format!("positions of the texts, of which the longest has {longest} tokens")));
            }
            next = (layer, position + 1);
            let count = row.below(2, texts + 1)?;
            Ok(PositionNorms { layer, position, texts: count, mean: row.size(3, LARGEST)? })
        })
    }

    fn take_trials(&self, results: &mut Results) -> Result<()> {
        const AT_A_TIME: usize = 4096;
        let (texts, pairs) = (self.count("texts")?, self.count("pairs")?);
        let of_pairs: Vec<bool> =
            results.conditions.values().map(|condition| condition.experiment.is_of_pairs()).collect();
        let mut commit = Commit::default();
        let sql = "SELECT condition, item, value, good_score, bad_score FROM trials ORDER BY condition, item";
        self.each(("trials", 2), sql, [], |row| {
            let condition = row.below(0, of_pairs.len())?;
            let item = row.below(1, if of_pairs[condition] { pairs } else { texts })?;
            let value = row.number(2, LARGEST)?;
            let score = |row: &Cells<'_>, at| row.number(at, LARGEST);
            let sentences = match (of_pairs[condition], row.maybe(3, score)?, row.maybe(4, score)?) {
                (true, Some(good), Some(bad)) => Some((good, bad)),
                (true, ..) => return Err(row.wrong(3, "the scores of both sentences of a pair")),
                (false, None, None) => None,
                (false, ..) => return Err(row.wrong(3, "no scores of sentences: the item is a text")),
            };
            if let Some((good, bad)) = sentences {
                let (fits, expected) = match good.total_cmp(&bad) {
                    Ordering::Greater => (value == 1.0, "1, as its good sentence scores higher"),
                    Ordering::Less => (value == 0.0, "0, as its bad sentence scores higher"),
                    Ordering::Equal => ([0.5, 1.0].contains(&value), "0.5 or 1, as its sentences score the same"),
                };
                if !fits {
                    return Err(row.wrong(2, expected));
                }
            }
            if sentences.is_none() && value < -ROUNDING {
                return Err(row.wrong(2, "a loss in nats, 0 or more"));
            }
            let score = Score { value, sentences };
            commit.trials.push(Trial { condition, item, score, readings: Vec::new() });
            if commit.trials.len() == AT_A_TIME {
                results.take(std::mem::take(&mut commit));
            }
            Ok(())
        })?;
        results.take(commit);
        Ok(())
    }

    /// Checks that the trials are those of the batches that are done: each of them, and no other.
    fn check_trials(&self, results: &Results, batches: &[(Batch, bool)]) -> Result<()> {
        let planned: BTreeSet<usize> = batches.iter().flat_map(|(batch, _)| batch.conditions.iter().copied()).collect();
        let mut names = BTreeSet::new();
        for (id, condition) in &results.conditions {
            if !planned.contains(id) {
                return Err(self.broken(&format!("table conditions: no batch runs condition {id}")));
            }
            if !names.insert((condition.to_string(), &condition.arm.name)) {
                return Err(self.broken(&format!("table conditions: condition {id}, \"{condition}\", is there twice")));
            }
        }
        let done = || batches.iter().filter(|(_, done)| *done).map(|(batch, _)| batch);
        let sizes = done().map(|batch| batch.items.len().saturating_mul(batch.conditions.len()));
        let (expected, found) = (sizes.fold(0, usize::saturating_add), results.finished());
        if found < expected {
            return Err(self.broken(&format!(
                "table trials: {} of the {expected} trials of its finished batches are missing; the file is damaged, run \
                 its study again",
                expected - found
            )));
        }
        if found > expected {
            return Err(
                self.broken(&format!("table trials: it holds {found} trials; its finished batches have {expected}"))
            );
        }
        for batch in done() {
            for (condition, item) in batch.conditions.iter().flat_map(|c| batch.items.iter().map(move |i| (c, i))) {
                if results.scores(*condition).get(*item).is_none_or(Option::is_none) {
                    return Err(self.broken(&format!(
                        "table trials: condition {condition}, item {item} is missing, though batch {} is done",
                        batch.id
                    )));
                }
            }
        }
        Ok(())
    }

    /// Takes what was read. Most of what a study file holds are these numbers: they are parsed on all threads while further
    /// rows are read.
    fn take_readings(&self, results: &mut Results) -> Result<()> {
        const AT_A_TIME: usize = 32;
        let sizes: Vec<usize> = results
            .conditions
            .values()
            .map(|condition| &results.shapes[&condition.experiment])
            .map(|shape| shape.read_layers.len().saturating_mul(shape.heads))
            .collect();
        let (tell, parsed) = std::sync::mpsc::channel();
        let mut counts: BTreeMap<(usize, Quantity), usize> = BTreeMap::new();
        rayon::in_place_scope(|scope| {
            let (mut number, mut some) = (0_usize, Vec::new());
            let mut send = |rows: Vec<(Key, usize, String)>| {
                let (tell, at) = (tell.clone(), number);
                number += 1;
                scope.spawn(move |_| {
                    let parse = |(key, size, text): (Key, usize, String)| (key, size, numbers(&text, size));
                    let _ = tell.send((at, rows.into_iter().map(parse).collect::<Vec<_>>()));
                });
            };
            let sql = "SELECT condition, item, quantity, \"values\" FROM readings ORDER BY condition, item, quantity";
            self.each(("readings", 3), sql, [], |row| {
                let (condition, item) = (row.below(0, sizes.len())?, row.below(1, usize::MAX)?);
                let quantity = Quantity::from_name(row.text(2)?);
                let quantity = quantity.ok_or_else(|| row.wrong(2, "the name of a quantity"))?;
                if results.scores(condition).get(item).is_none_or(Option::is_none) {
                    return Err(row.wrong(1, "an item that the condition has a trial of"));
                }
                let size = sizes[condition];
                if size == 0 {
                    return Err(row.wrong(0, "a condition of an experiment that reads layers"));
                }
                *counts.entry((condition, quantity)).or_default() += 1;
                some.push(((condition, item, quantity), size, row.text(3)?.to_owned()));
                if some.len() == AT_A_TIME {
                    send(std::mem::take(&mut some));
                }
                Ok(())
            })?;
            send(some);
            Ok::<_, Error>(())
        })?;
        drop(tell);
        let read: BTreeSet<(usize, Quantity)> = counts.keys().copied().collect();
        for ((condition, quantity), count) in counts {
            let trials = results.scores(condition).iter().flatten().count();
            if count != trials {
                return Err(self.broken(&format!(
                    "table readings: condition {condition} has {} of {count} items; expected {trials}, one of each trial",
                    quantity.name()
                )));
            }
        }
        self.check_quantities(results, &read)?;
        let mut parts: Vec<_> = parsed.into_iter().collect();
        parts.sort_unstable_by_key(|(number, _)| *number);
        for ((condition, item, quantity), size, values) in parts.into_iter().flat_map(|(_, part)| part) {
            let wrong = || {
                let row = format!("condition {condition}, item {item}, quantity {}", quantity.name());
                self.broken(&format!("table readings, row {row}: values is not a JSON list of {size} finite numbers"))
            };
            results.take_reading(condition, item, quantity, values.ok_or_else(wrong)?);
        }
        Ok(())
    }

    /// Checks that what an experiment reads is there of each plain disturbed condition that has trials.
    fn check_quantities(&self, results: &Results, read: &BTreeSet<(usize, Quantity)>) -> Result<()> {
        for (id, condition) in &results.conditions {
            let is_plain = condition.disturbance.is_some() && condition.arm.name.is_empty();
            if !is_plain || results.scores(*id).iter().all(Option::is_none) {
                continue;
            }
            let wanted = find(&results.study, condition.experiment).map(|experiment| experiment.reads());
            if let Some(quantity) = wanted.into_iter().flatten().find(|quantity| !read.contains(&(*id, *quantity))) {
                return Err(self.broken(&format!(
                    "table readings: the {} of condition {id} is missing; expected one of each trial",
                    quantity.name()
                )));
            }
        }
        Ok(())
    }

    /// How far conditions moved the stream: displacements and shifts.
    fn movements(&self, results: &Results, batches: &[(Batch, bool)]) -> Result<Commit> {
        let mut commit = Commit::default();
        let (bytes, layers) = (self.bytes()?, results.norms.len());
        let ids = |row: &Cells<'_>, [condition, part, batch]: [usize; 3]| {
            let id = row.below(condition, results.conditions.len())?;
            let (of, done) = &batches[row.below(batch, batches.len())?];
            let disturbed = results.conditions.get(&id).filter(|c| c.disturbance.is_some());
            if disturbed.is_none_or(|c| c.experiment != of.experiment) {
                return Err(row.wrong(condition, "a disturbed condition of the batch's experiment"));
            }
            if !done {
                return Err(row.wrong(batch, "a batch that is done"));
            }
            let part = Part::from_name(row.text(part)?).ok_or_else(|| row.wrong(part, "\"first\" or \"rest\""))?;
            Ok((id, part))
        };
        let sql =
            "SELECT condition, layer, part, batch, tokens, asked, sum, sum_of_squares, min, max, unattainable, flipped
                   FROM displacements ORDER BY condition, layer, part, batch";
        self.each(("displacements", 4), sql, [], |row| {
            let ((condition, part), layer) = (ids(row, [0, 2, 3])?, row.below(1, layers)?);
            let tokens = row.count(4, bytes)?;
            let (sum, squares) = (LARGEST * tokens as f64, LARGEST * LARGEST * tokens as f64);
            let displacement = Displacement {
                tokens,
                asked: row.size(5, sum)?,
                sum: row.size(6, sum)?,
                sum_of_squares: row.size(7, squares)?,
                min: row.size(8, LARGEST)?,
                max: row.size(9, LARGEST)?,
                unattainable: row.count(10, tokens)?,
                flipped: row.count(11, tokens)?,
            };
            commit.displacements.entry((condition, layer, part)).or_default().merge(&displacement);
            Ok(())
        })?;
        let sql = "SELECT condition, part, batch, tokens, distance, distance_squares, angle, angle_squares
                   FROM shifts ORDER BY condition, part, batch";
        self.each(("shifts", 3), sql, [], |row| {
            let (condition, part) = ids(row, [0, 1, 2])?;
            let tokens = row.count(3, bytes)?;
            let (sum, squares) = (LARGEST * tokens as f64, LARGEST * LARGEST * tokens as f64);
            let shift = Shift {
                tokens,
                distance: row.size(4, sum)?,
                distance_squares: row.size(5, squares)?,
                angle: row.size(6, sum)?,
                angle_squares: row.size(7, squares)?,
            };
            commit.shifts.entry((condition, part)).or_default().merge(&shift);
            Ok(())
        })?;
        Ok(commit)
    }

    /// How many bytes the file has: no count of tokens in it is larger.
    fn bytes(&self) -> Result<u64> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| self.failed(&error))
    }
}

/// Condition, item and quantity of a reading.
type Key = (usize, usize, Quantity);

/// More tokens than any vocabulary has.
const MOST_TOKENS: usize = 100_000_000;
