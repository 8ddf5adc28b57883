//! Reading: every result.

use super::cells::{Cells, LARGEST};
use super::numbers::{Raw, from_bytes, from_json};
use super::read::planned;
use super::{Batch, Store};
use crate::error::Result;
use crate::experiment::{Arm, Commit, Condition, Results, Score, Trial, find, of_study};
use crate::measure::{PositionNorms, Quantity};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How far below 0 rounding may bring a loss, and a log-probability above it, nats.
const ROUNDING: f64 = 1e-3;

impl Store {
    /// Everything that summaries are made of.
    ///
    /// # Errors
    /// [`Error::data`] where the file is broken, or holds other trials than those of its finished batches.
    pub fn results(&self) -> Result<Results> {
        self.at_once(|| {
            let (study, conditions, batches) = (self.study()?, self.conditions()?, self.marked_batches()?);
            let shapes = self.shapes()?;
            let planned = planned(batches.iter().map(|(batch, _)| batch.size()), &shapes);
            let mut results = Results::new(study, conditions, planned);
            results.norms = self.norms()?;
            results.vocabulary = self.vocabulary()?;
            results.position_norms = self.position_norms(results.study.texts.max_tokens)?;
            results.shapes = shapes;
            self.check_experiments(&results)?;
            self.check_grids(&results)?;
            self.take_trials(&mut results)?;
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

    /// Checks that the conditions are those that the study asks for: of each experiment the clean run, and each arm under
    /// every mode, δ and seed.
    fn check_grids(&self, results: &Results) -> Result<()> {
        let layers = self.layers()?;
        for experiment in of_study(&results.study) {
            let kind = experiment.kind();
            let broken = |what: String| self.broken(&format!("table conditions, experiment {kind}: {what}"));
            let modes = experiment.modes(&results.study);
            let deltas: BTreeSet<u64> = experiment.deltas(&results.study).into_iter().map(f64::to_bits).collect();
            let seeds: BTreeSet<u64> = experiment.seeds(&results.study).into_iter().collect();
            let heads = results.shapes.get(&kind).map_or(0, |shape| shape.heads);
            let (mut clean, mut arms) = (0_usize, BTreeMap::<(usize, Arm), usize>::new());
            for (id, condition) in results.conditions.iter().filter(|(_, of)| of.experiment == kind) {
                let Some(of) = condition.disturbance else {
                    clean += 1;
                    continue;
                };
                let mode = modes.iter().position(|mode| *mode == of.mode);
                let mode = mode.filter(|_| deltas.contains(&of.delta.to_bits()) && seeds.contains(&of.seed));
                let mode = mode.filter(|_| experiment.can_plan(condition.arm, layers, heads));
                let not_asked = || broken(format!("condition {id}, \"{condition}\", is none that its study asks for"));
                *arms.entry((mode.ok_or_else(not_asked)?, condition.arm)).or_default() += 1;
            }
            if clean != 1 {
                return Err(broken(format!("it has {clean} clean runs; expected one")));
            }
            let expected = deltas.len().saturating_mul(seeds.len());
            for (at, mode) in modes.iter().enumerate() {
                let of_mode = arms.iter().filter(|((of, _), _)| *of == at);
                let least = of_mode.map(|(_, count)| *count).min().unwrap_or(0);
                if least < expected {
                    return Err(broken(format!(
                        "an arm under the mode {mode} has {least} conditions; expected {expected}, one for each δ and seed of \
                         its study"
                    )));
                }
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

    /// Norms by position, of texts that are cut after `most` tokens.
    fn position_norms(&self, most: usize) -> Result<Vec<PositionNorms>> {
        let (layers, texts) = (self.count("layer_norms")?, self.count("texts")?);
        let longest = self.lengths_of_texts()?.into_iter().max().unwrap_or(0).min(most);
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

    /// Checks that the items of conditions lie together: tables go through all up to a condition's last one.
    fn check_spread(&self) -> Result<()> {
        let sql = "SELECT TOTAL(last + 1), TOTAL(count)
                   FROM (SELECT MAX(item) AS last, COUNT(*) AS count FROM trials GROUP BY condition)";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, f64>(0)?, row.get::<_, f64>(1)?));
        let (places, trials) = self.connection.query_row(sql, [], read).map_err(|error| self.failed(&error))?;
        if places > 8.0 * trials + MOST_GAPS {
            return Err(self.broken(&format!(
                "table trials: the items of its {trials} trials go up to {places} in all, condition by condition; expected \
                 that they lie closer together"
            )));
        }
        Ok(())
    }

    fn take_trials(&self, results: &mut Results) -> Result<()> {
        const AT_A_TIME: usize = 4096;
        let (texts, pairs) = (self.count("texts")?, self.count("pairs")?);
        let of_pairs: Vec<bool> =
            results.conditions.values().map(|condition| condition.experiment.is_of_pairs()).collect();
        self.check_spread()?;
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
                if let Some(at) = [(3, good), (4, bad)].into_iter().find_map(|(at, of)| (of > ROUNDING).then_some(at)) {
                    return Err(row.wrong(at, "a log-probability in nats, 0 or less"));
                }
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
        results.shrink();
        Ok(())
    }

    /// Checks that the trials are those of the batches that are done: each of them, and no other.
    fn check_trials(&self, results: &Results, batches: &[(Batch, bool)]) -> Result<()> {
        let mut is_planned = vec![false; results.conditions.len()];
        for id in batches.iter().flat_map(|(batch, _)| &batch.conditions) {
            is_planned[*id] = true;
        }
        let by_identity =
            |a: &(usize, &Condition), b: &(usize, &Condition)| a.1.identity().cmp(&b.1.identity()).then(a.0.cmp(&b.0));
        let mut alike: Vec<(usize, &Condition)> = results.conditions.iter().map(|(id, of)| (*id, of)).collect();
        alike.sort_unstable_by(by_identity);
        let same = alike.windows(2).filter(|pair| pair[0].1.identity() == pair[1].1.identity());
        let twice = same.map(|pair| pair[1].0).min();
        for (id, condition) in &results.conditions {
            if !is_planned[*id] {
                return Err(self.broken(&format!("table conditions: no batch runs condition {id}")));
            }
            if twice == Some(*id) {
                return Err(self.broken(&format!("table conditions: condition {id}, \"{condition}\", is there twice")));
            }
        }
        let done = || batches.iter().filter(|(_, done)| *done).map(|(batch, _)| batch);
        let (expected, found) = (done().map(Batch::size).fold(0, usize::saturating_add), results.finished());
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
                if results.scores(*condition).get(*item).is_none() {
                    return Err(self.broken(&format!(
                        "table trials: condition {condition}, item {item} is missing, though batch {} is done",
                        batch.id
                    )));
                }
            }
        }
        Ok(())
    }

    /// Takes what was read. Most of what a study file holds are these numbers; where they are JSON, they are parsed on all
    /// threads, some rows at a time.
    fn take_readings(&self, results: &mut Results) -> Result<()> {
        /// Bytes of JSON.
        const AT_A_TIME: usize = 1 << 20;
        let sizes: Vec<usize> = results
            .conditions
            .values()
            .map(|condition| &results.shapes[&condition.experiment])
            .map(|shape| shape.read_layers.len().saturating_mul(shape.heads))
            .collect();
        let mut counts: BTreeMap<(usize, Quantity), usize> = BTreeMap::new();
        let (mut some, mut waiting) = (Vec::new(), 0);
        let sql = "SELECT condition, item, quantity, \"values\" FROM readings ORDER BY condition, item, quantity";
        self.each(("readings", 3), sql, [], |row| {
            let (condition, item) = (row.below(0, sizes.len())?, row.below(1, usize::MAX)?);
            let quantity = Quantity::from_name(row.text(2)?);
            let quantity = quantity.ok_or_else(|| row.wrong(2, "the name of a quantity"))?;
            if results.scores(condition).get(item).is_none() {
                return Err(row.wrong(1, "an item that the condition has a trial of"));
            }
            let size = sizes[condition];
            if size == 0 {
                return Err(row.wrong(0, "a condition of an experiment that reads layers"));
            }
            *counts.entry((condition, quantity)).or_default() += 1;
            let reading = Reading { condition, item, quantity, size };
            match row.raw(3)? {
                Raw::Bytes(bytes) => self.take_reading(results, reading, from_bytes(bytes, size)),
                Raw::Json(list) => {
                    waiting += list.len();
                    some.push((reading, list.to_owned()));
                    if waiting < AT_A_TIME {
                        return Ok(());
                    }
                    waiting = 0;
                    self.take_lists(results, std::mem::take(&mut some))
                }
            }
        })?;
        self.take_lists(results, some)?;
        let read: BTreeSet<(usize, Quantity)> = counts.keys().copied().collect();
        for ((condition, quantity), count) in counts {
            let trials = results.scores(condition).count();
            if count != trials {
                return Err(self.broken(&format!(
                    "table readings: condition {condition} has {} of {count} items; expected {trials}, one of each trial",
                    quantity.name()
                )));
            }
        }
        self.check_quantities(results, &read)
    }

    fn take_lists(&self, results: &mut Results, lists: Vec<(Reading, String)>) -> Result<()> {
        let parse = |(reading, list): (Reading, String)| (reading, from_json(&list, reading.size));
        let parsed: Vec<_> = lists.into_par_iter().map(parse).collect();
        parsed.into_iter().try_for_each(|(reading, values)| self.take_reading(results, reading, values))
    }

    fn take_reading(&self, results: &mut Results, of: Reading, values: Option<Vec<f32>>) -> Result<()> {
        let Reading { condition, item, quantity, size } = of;
        let wrong = |what: String| {
            let row = format!("condition {condition}, item {item}, quantity {}", quantity.name());
            self.broken(&format!("table readings, row {row}: values {what}"))
        };
        let values = values.ok_or_else(|| wrong(format!("is not {size} finite numbers")))?;
        let range = quantity.range();
        if let Some(odd) = values.iter().find(|value| !range.contains(*value)) {
            let (start, end) = (range.start(), range.end());
            return Err(wrong(format!("holds {odd}; expected numbers from {start} to {end}")));
        }
        results.take_reading(condition, item, quantity, values);
        Ok(())
    }

    /// Checks that what an experiment reads is there of each plain disturbed condition that has trials.
    fn check_quantities(&self, results: &Results, read: &BTreeSet<(usize, Quantity)>) -> Result<()> {
        for (id, condition) in &results.conditions {
            let is_plain = condition.disturbance.is_some() && condition.arm.is_plain();
            if !is_plain || results.scores(*id).count() == 0 {
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
}

/// Which reading a row is, and how many numbers it should have.
#[derive(Clone, Copy)]
struct Reading {
    condition: usize,
    item: usize,
    quantity: Quantity,
    size: usize,
}

/// More tokens than any vocabulary has.
const MOST_TOKENS: usize = 100_000_000;

/// More items that conditions leave out than any study has: an audit of a few of all pairs of BLiMP leaves out 10 million.
const MOST_GAPS: f64 = 16e6;
