//! Reading: how far conditions moved the stream. What a batch that is done has of it follows from its items: a row that is
//! missing, or that no run could have written, is found.

use super::cells::{Cells, LARGEST};
use super::{Batch, Store};
use crate::error::Result;
use crate::experiment::{Commit, Kind, Part, Results};
use crate::intervention::Displacement;
use crate::measure::Shift;
use crate::study::Tokens;
use std::collections::BTreeSet;

/// How much sums of many numbers may be off by rounding, as a share.
const ROUNDING: f64 = 1e-6;

/// What a batch that is done should have, and has.
#[derive(Default)]
struct Expected {
    /// Its conditions, ascending.
    conditions: Vec<usize>,
    /// Tokens of its items by part: of all, and of those that are moved.
    all: [u64; 2],
    moved: [u64; 2],
    /// Rows that are missing yet.
    shifts: usize,
    displacements: usize,
}

/// How many tokens items have.
struct Lengths {
    texts: Vec<usize>,
    pairs: Vec<[usize; 2]>,
}

impl Lengths {
    /// Of each sequence of an item of `experiment`.
    fn of(&self, experiment: Kind, item: usize) -> &[usize] {
        if experiment.is_of_pairs() { &self.pairs[item] } else { std::slice::from_ref(&self.texts[item]) }
    }
}

impl Expected {
    fn of(batch: &Batch, results: &Results, lengths: &Lengths, positions: &BTreeSet<usize>) -> Self {
        let tokens = &results.study.perturbation.tokens;
        let (mut all, mut moved) = ([0; 2], [0; 2]);
        for length in batch.items.iter().flat_map(|item| lengths.of(batch.experiment, *item)).copied() {
            all[0] += 1;
            all[1] += (length as u64).saturating_sub(1);
            moved[0] += u64::from(tokens.contains(0, length));
            moved[1] += match tokens {
                Tokens::All | Tokens::AllButFirst => length.saturating_sub(1),
                Tokens::Last => usize::from(length > 1),
                Tokens::At(_) => positions.range(1..length.max(1)).count(),
            } as u64;
        }
        let mut conditions = batch.conditions.clone();
        conditions.sort_unstable();
        let arms = conditions.iter().filter_map(|id| results.conditions.get(id)).filter(|of| of.disturbance.is_some());
        let layers: Vec<usize> = arms.map(|condition| condition.pass.layers.len()).collect();
        let parts = |tokens: [u64; 2]| tokens.iter().filter(|tokens| **tokens > 0).count();
        let (shifts, displacements) = (layers.len() * parts(all), layers.iter().sum::<usize>() * parts(moved));
        Self { conditions, all, moved, shifts, displacements }
    }
}

impl Store {
    /// How far conditions moved the stream: displacements and shifts.
    ///
    /// # Errors
    /// [`crate::Error::data`] where a row of a batch that is done is missing, or none could be so.
    pub(super) fn movements(&self, results: &Results, batches: &[(Batch, bool)]) -> Result<Commit> {
        let mut commit = Commit::default();
        let (bytes, layers) = (self.bytes()?, results.norms.len());
        let mut expected = self.expected(results, batches)?;
        let ids = |row: &Cells<'_>, [condition, part, batch]: [usize; 3], expected: &[Option<Expected>]| {
            let id = row.below(condition, results.conditions.len())?;
            let at = row.below(batch, batches.len())?;
            let disturbed = results.conditions.get(&id).filter(|c| c.disturbance.is_some());
            if disturbed.is_none_or(|c| c.experiment != batches[at].0.experiment) {
                return Err(row.wrong(condition, "a disturbed condition of the batch's experiment"));
            }
            let of = expected[at].as_ref().ok_or_else(|| row.wrong(batch, "a batch that is done"))?;
            if of.conditions.binary_search(&id).is_err() {
                return Err(row.wrong(condition, "a condition of the batch"));
            }
            let part = Part::from_name(row.text(part)?).ok_or_else(|| row.wrong(part, "\"first\" or \"rest\""))?;
            Ok((id, part, at))
        };
        let sql =
            "SELECT condition, layer, part, batch, tokens, asked, sum, sum_of_squares, min, max, unattainable, flipped
                   FROM displacements ORDER BY condition, layer, part, batch";
        self.each(("displacements", 4), sql, [], |row| {
            let ((condition, part, batch), layer) = (ids(row, [0, 2, 3], &expected)?, row.below(1, layers)?);
            if results.conditions.get(&condition).is_none_or(|of| of.pass.layers.binary_search(&layer).is_err()) {
                return Err(row.wrong(1, "a layer that the condition disturbs"));
            }
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
            check_moments(row, &displacement)?;
            if let Some(of) = &mut expected[batch] {
                take(row, 4, (tokens, of.moved[part as usize]), &mut of.displacements)?;
            }
            commit.displacements.entry((condition, layer, part)).or_default().merge(&displacement);
            Ok(())
        })?;
        let sql = "SELECT condition, part, batch, tokens, distance, distance_squares, angle, angle_squares
                   FROM shifts ORDER BY condition, part, batch";
        self.each(("shifts", 3), sql, [], |row| {
            let (condition, part, batch) = ids(row, [0, 1, 2], &expected)?;
            let tokens = row.count(3, bytes)?;
            let (sum, squares) = (LARGEST * tokens as f64, LARGEST * LARGEST * tokens as f64);
            let shift = Shift {
                tokens,
                distance: row.size(4, sum)?,
                distance_squares: row.size(5, squares)?,
                angle: row.size(6, sum)?,
                angle_squares: row.size(7, squares)?,
            };
            check_angles(row, &shift)?;
            if let Some(of) = &mut expected[batch] {
                take(row, 3, (tokens, of.all[part as usize]), &mut of.shifts)?;
            }
            commit.shifts.entry((condition, part)).or_default().merge(&shift);
            Ok(())
        })?;
        for (at, of) in expected.iter().enumerate() {
            let Some(Expected { shifts, displacements, .. }) = of else { continue };
            for (table, missing) in [("shifts", shifts), ("displacements", displacements)] {
                if *missing > 0 {
                    return Err(self.broken(&format!(
                        "table {table}: {missing} rows of batch {at} are missing, though it is done; the file is damaged, run \
                         its study again"
                    )));
                }
            }
        }
        Ok(commit)
    }

    /// What each batch that is done should have.
    fn expected(&self, results: &Results, batches: &[(Batch, bool)]) -> Result<Vec<Option<Expected>>> {
        let lengths = Lengths { texts: self.lengths_of_texts()?, pairs: self.lengths_of_pairs()? };
        let positions: BTreeSet<usize> = match &results.study.perturbation.tokens {
            Tokens::At(list) => list.iter().copied().collect(),
            Tokens::All | Tokens::AllButFirst | Tokens::Last => BTreeSet::new(),
        };
        let of = |(batch, done): &(Batch, bool)| done.then(|| Expected::of(batch, results, &lengths, &positions));
        Ok(batches.iter().map(of).collect())
    }

    /// How many bytes the file has: no count of tokens in it is larger.
    fn bytes(&self) -> Result<u64> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| self.failed(&error))
    }
}

/// Takes note of a row that is there, of so many tokens where so many are expected.
fn take(row: &Cells<'_>, at: usize, (tokens, expected): (u64, u64), missing: &mut usize) -> Result<()> {
    if tokens != expected || tokens == 0 {
        return Err(row.wrong(at, format!("{expected}, as many as the batch's items have there")));
    }
    // A row for each condition, layer and part, and no two of one.
    *missing = missing.saturating_sub(1);
    Ok(())
}

/// Checks that there are distances with these sums and ends.
fn check_moments(row: &Cells<'_>, of: &Displacement) -> Result<()> {
    let count = of.tokens as f64;
    let at_most = |a: f64, b: f64| a <= b * (1.0 + ROUNDING) + f64::MIN_POSITIVE;
    if of.min > of.max {
        return Err(row.wrong(8, format!("at most max, which is {:e}", of.max)));
    }
    if !(at_most(count * of.min, of.sum) && at_most(of.sum, count * of.max)) {
        return Err(row.wrong(6, "between min and max times tokens"));
    }
    // By the inequality of Cauchy and Schwarz; squares of what is very small are 0.
    let squares_fit = at_most(of.sum * of.sum, count * of.sum_of_squares) || of.max < 1e-100;
    if !(squares_fit && at_most(of.sum_of_squares, of.sum * of.max)) {
        return Err(row.wrong(7, "a sum of squares that numbers of this sum and this max can have"));
    }
    Ok(())
}

/// Checks that there are distances and angles with these sums.
fn check_angles(row: &Cells<'_>, of: &Shift) -> Result<()> {
    let count = of.tokens as f64;
    let at_most = |a: f64, b: f64| a <= b * (1.0 + ROUNDING) + f64::MIN_POSITIVE;
    if !at_most(of.angle, 180.0 * count) {
        return Err(row.wrong(6, "at most 180° times tokens"));
    }
    for (sum, squares, at) in [(of.distance, of.distance_squares, 5), (of.angle, of.angle_squares, 7)] {
        let tiny = sum < 1e-100;
        if !(at_most(sum * sum, count * squares) || tiny) || !at_most(squares, sum * sum) {
            return Err(row.wrong(at, "a sum of squares that numbers of this sum can have"));
        }
    }
    if !at_most(of.angle_squares, 180.0 * of.angle) {
        return Err(row.wrong(7, "a sum of squares of angles up to 180°"));
    }
    Ok(())
}
