//! Runs batches: one clean pass per group of items, then all conditions of the group stacked into passes that start where
//! their first disturbed layer ends.

use super::batches::tokens_per_pass;
use super::needs::Needs;
use super::pass::{Kept, Member, Passed, Passes, Start, kept};
use crate::corpus::Item;
use crate::error::{Error, Result};
use crate::experiment::{Commit, Condition, Experiment, Kind, Part, Score, Trial};
use crate::intervention::Noise;
use crate::lm::{Chain, Decoder, Hooks, Keep, NoHooks, Site, alone};
use crate::measure::{AlignmentReader, EntropyReader, LayerNorms, NormReader, Norms, Quantity, Readings, Shift};
use crate::study::Perturbation;
use candle_core::{DType, Tensor};
use std::collections::BTreeMap;

/// One batch, with everything that it refers to.
#[derive(Clone)]
pub struct Task<'a> {
    /// The experiment.
    pub experiment: &'a dyn Experiment,
    /// What its passes read, and what the clean run keeps for them.
    pub needs: &'a Needs,
    /// (id, item).
    pub items: Vec<(usize, &'a Item)>,
    /// (id, condition).
    pub conditions: Vec<(usize, &'a Condition)>,
}

/// What runs batches of a study on a model.
pub struct Engine<'a> {
    passes: Passes<'a>,
    clean: Option<CleanRun>,
}

/// The clean pass of a group of items, kept while its batches run.
struct CleanRun {
    experiment: Kind,
    items: Vec<usize>,
    /// By length of sequence.
    stacks: BTreeMap<usize, Stack>,
}

/// A disturbed condition with its id in the study file.
type Disturbed<'a> = (usize, &'a Condition);

/// Sequences of one length.
struct Stack {
    /// (index of the item in the group, index of the sequence in the item).
    members: Vec<(usize, usize)>,
    /// What is repaired from, compared with and started from; `[sequences, T, …]`.
    kept: Kept,
    /// What the clean pass scored, one row per sequence.
    scored: Scored,
}

/// What is scored of a pass of several sequences of one length.
struct Scored {
    /// Next-token losses, T − 1 per sequence.
    losses: Vec<Vec<f32>>,
    /// What was read off it.
    readings: Readings,
}

/// Tokens that a pass of its own is worth.
const LEAST_TOKENS: usize = 128;

impl<'a> Engine<'a> {
    /// An engine for a study with `perturbation`; `norms` are those of the clean run, by layer.
    #[must_use]
    pub fn new(
        decoder: &'a Decoder,
        perturbation: &'a Perturbation,
        noise: &'a dyn Noise,
        norms: &'a [LayerNorms],
    ) -> Self {
        Self { passes: Passes { decoder, perturbation, noise, norms, logits: false }, clean: None }
    }

    /// Norms of every layer's output over `items`, clean; sequences of one length run together, `budget` tokens at a
    /// time. `progress` is called with the share that is done and may end the survey by an error.
    ///
    /// # Errors
    /// What `progress` returns; internal ones.
    pub fn survey(
        decoder: &Decoder,
        items: &[Item],
        budget: usize,
        mut progress: impl FnMut(usize, usize) -> Result<()>,
    ) -> Result<Norms> {
        let layers = decoder.spec().layers;
        let mut reader = NormReader::new(layers);
        let mut sequences: Vec<&[u32]> = items.iter().flat_map(|i| i.sequences.iter().map(Vec::as_slice)).collect();
        sequences.sort_by_key(|s| s.len());
        let (mut done, all) = (0, sequences.len());
        for same in sequences.chunk_by(|a, b| a.len() == b.len()) {
            for stack in same.chunks((budget / same[0].len()).max(1)) {
                let embedded = decoder.embed(stack, &mut reader)?;
                decoder.blocks(embedded, 0..layers, &mut reader)?;
                done += stack.len();
                progress(done, all)?;
            }
        }
        Ok(reader.finish())
    }

    /// Runs one batch.
    ///
    /// # Errors
    /// [`Error::data`] where a result is not a number; the message names the trial.
    pub fn run(&mut self, task: &Task) -> Result<Commit> {
        // On a thread of the pool, so that no operation has to wake the pool and wait for it.
        rayon::scope(|_| self.run_in_pool(task))
    }

    fn run_in_pool(&mut self, task: &Task) -> Result<Commit> {
        let kind = task.experiment.kind();
        let ids: Vec<usize> = task.items.iter().map(|(id, _)| *id).collect();
        let clean = match self.clean.take() {
            Some(clean) if clean.experiment == kind && clean.items == ids => clean,
            _ => self.run_clean(task, kind, ids)?,
        };
        let mut commit = Commit::default();
        // Conditions that start at the same layer run together; those that are read apart from those that are not.
        let mut by_start: BTreeMap<(usize, bool), Vec<Disturbed>> = BTreeMap::new();
        for (id, condition) in &task.conditions {
            if condition.disturbance.is_some() {
                let start = (condition.pass.first_layer(), condition.arm.is_plain());
                by_start.entry(start).or_default().push((*id, condition));
            } else {
                let of = |length: usize, at: usize| (&clean.stacks[&length].scored, at);
                score(task, &clean, *id, condition, of, &mut commit)?;
            }
        }
        let none = Needs { reads: Vec::new(), ..task.needs.clone() };
        let mut passes = Vec::new();
        for ((start, is_read), conditions) in &by_start {
            let task = Task { needs: if *is_read { task.needs } else { &none }, ..task.clone() };
            let parts = self.parts(&clean, conditions.len());
            let parts = conditions.chunks(conditions.len().div_ceil(parts));
            passes.extend(parts.map(|part| (task.clone(), *start, part)));
        }
        let run = |(task, start, part): (Task, usize, &[Disturbed])| self.run_disturbed(&task, &clean, start, part);
        for part in self.side_by_side(passes, run)? {
            commit.merge(part);
        }
        self.clean = Some(clean);
        Ok(commit)
    }

    /// Does `work` on each of `parts`: on the CPU one on each thread, which then need not wait for the others at every
    /// operation.
    fn side_by_side<P: Send, T: Send>(&self, parts: Vec<P>, work: impl Fn(P) -> Result<T> + Sync) -> Result<Vec<T>> {
        if !self.passes.decoder.device().is_cpu() || parts.len() < 2 {
            return parts.into_iter().map(work).collect();
        }
        // Each thread takes the next part when it is done with one: neighbours take as long as each other, others do not.
        let (mut results, work): (Vec<Option<Result<T>>>, _) = (parts.iter().map(|_| None).collect(), &work);
        rayon::scope_fifo(|scope| {
            for (part, result) in parts.into_iter().zip(&mut results) {
                scope.spawn_fifo(move |_| *result = Some(alone(|| work(part))));
            }
        });
        results.into_iter().flatten().collect()
    }

    fn run_clean(&self, task: &Task, experiment: Kind, items: Vec<usize>) -> Result<CleanRun> {
        let mut by_length: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (i, (_, item)) in task.items.iter().enumerate() {
            for (j, sequence) in item.sequences.iter().enumerate() {
                by_length.entry(sequence.len()).or_default().push((i, j));
            }
        }
        let run = |(length, members): (usize, Vec<(usize, usize)>)| {
            let sequences: Vec<&[u32]> =
                members.iter().map(|(item, sequence)| task.items[*item].1.sequences[*sequence].as_slice()).collect();
            let needs = task.needs;
            let mut keep = Keep::new(needs.kept.iter().copied());
            let heads = self.passes.decoder.spec().heads;
            let mut readings = Readings::new(&needs.reads, &needs.read_layers, heads, sequences.len());
            let Passed { losses, .. } = self.read(task, None, &mut readings, |reader| {
                self.passes.clean(&sequences, &mut Chain(vec![&mut keep, reader]))
            })?;
            let scored = Scored { losses, readings };
            Ok((length, Stack { members, kept: keep.into_kept(), scored }))
        };
        // The longest first, so that no thread is left waiting for it.
        let stacks = self.side_by_side(by_length.into_iter().rev().collect(), run)?.into_iter().collect();
        Ok(CleanRun { experiment, items, stacks })
    }

    /// Runs `pass` with what the experiment reads with, which writes into `readings`.
    fn read(
        &self,
        task: &Task,
        clean: Option<&Kept>,
        readings: &mut Readings,
        pass: impl FnOnce(&mut dyn Hooks) -> Result<Passed>,
    ) -> Result<Passed> {
        let reads = |quantities: &[Quantity]| task.needs.reads.iter().any(|read| quantities.contains(read));
        if reads(&Quantity::ENTROPIES) {
            pass(&mut EntropyReader::new(readings))
        } else if reads(&Quantity::ALIGNMENTS) {
            pass(&mut AlignmentReader::new(self.passes.decoder, clean, readings))
        } else {
            pass(&mut NoHooks)
        }
    }

    /// Runs `conditions`, which all disturb the layer `start` first.
    fn run_disturbed(&self, task: &Task, clean: &CleanRun, start: usize, conditions: &[Disturbed]) -> Result<Commit> {
        let mut commit = Commit::default();
        let last = self.passes.decoder.spec().layers - 1;
        let together: Vec<&Condition> = conditions.iter().map(|(_, condition)| *condition).collect();
        let mut scored: BTreeMap<usize, Scored> = BTreeMap::new();
        for (length, stack) in &clean.stacks {
            let count = stack.members.len();
            let members: Vec<Member> =
                stack.members.iter().map(|(item, sequence)| (task.items[*item].1, *sequence)).collect();
            let rows = 0..conditions.len() * count;
            let mut readings = if task.needs.reads.is_empty() {
                Readings::new(&[], &[], 0, 0)
            } else {
                stack.scored.readings.repeated(&rows.map(|row| row % count))
            };
            let Passed { stream, losses, reached, .. } =
                self.read(task, Some(&stack.kept), &mut readings, |reader| {
                    self.passes.under(&together, &members, Start::Output(start), &stack.kept, reader)
                })?;
            let shifts = shifts(kept(&stack.kept, (Site::ResidPost, last))?, &stream)?;
            for (row, shift) in shifts.iter().enumerate() {
                let (id, condition) = conditions[row / count];
                for layer in &condition.pass.layers {
                    for (part, reached) in Part::ALL.into_iter().zip(reached.get(&(row, *layer)).into_iter().flatten())
                    {
                        commit.displacements.entry((id, *layer, part)).or_default().merge(reached);
                    }
                }
                for (part, shift) in Part::ALL.into_iter().zip(shift) {
                    commit.shifts.entry((id, part)).or_default().merge(shift);
                }
            }
            scored.insert(*length, Scored { losses, readings });
        }
        for (at_condition, (id, condition)) in conditions.iter().enumerate() {
            let of =
                |length: usize, at: usize| (&scored[&length], at_condition * clean.stacks[&length].members.len() + at);
            score(task, clean, *id, condition, of, &mut commit)?;
        }
        Ok(commit)
    }

    /// Into how many parts `conditions` disturbed conditions of a task are divided: on the CPU into as many for each
    /// thread as keep a pass small, as long as each has enough to do.
    fn parts(&self, clean: &CleanRun, conditions: usize) -> usize {
        if !self.passes.decoder.device().is_cpu() {
            return 1;
        }
        let tokens = |(length, stack): (&usize, &Stack)| length * stack.members.len() * conditions;
        let largest = clean.stacks.iter().map(tokens).max().unwrap_or(0);
        let small = largest.div_ceil(tokens_per_pass(self.passes.decoder.spec()));
        small.next_multiple_of(rayon::current_num_threads()).min(conditions).min(largest / LEAST_TOKENS).max(1)
    }
}

/// Per row of `disturbed` `[rows, T, hidden]`: how far its first token, and all others, are from those of `clean`, whose
/// rows it repeats.
fn shifts(clean: &Tensor, disturbed: &Tensor) -> Result<Vec<[Shift; 2]>> {
    let (rows, length, hidden) = disturbed.dims3()?;
    let flat = |stream: &Tensor| stream.flatten_all()?.to_dtype(DType::F32)?.to_vec1::<f32>();
    let (clean, disturbed) = (flat(clean)?, flat(disturbed)?);
    let mut list = vec![[Shift::default(); 2]; rows];
    let tokens = disturbed.chunks_exact(hidden).zip(clean.chunks_exact(hidden).cycle());
    for (i, (disturbed, clean)) in tokens.enumerate() {
        list[i / length][usize::from(i % length > 0)].merge(&Shift::of(clean, disturbed));
    }
    Ok(list)
}

/// Scores every item under `condition`; `scored(length, i)` gives what is scored of the pass of the stack of that length,
/// and the row of its sequence i.
fn score<'a>(
    task: &Task,
    clean: &CleanRun,
    id: usize,
    condition: &Condition,
    scored: impl Fn(usize, usize) -> (&'a Scored, usize),
    commit: &mut Commit,
) -> Result<()> {
    for (i, (item_id, item)) in task.items.iter().enumerate() {
        let mut losses = Vec::with_capacity(item.sequences.len());
        let mut readings = Vec::new();
        for (j, sequence) in item.sequences.iter().enumerate() {
            let members = &clean.stacks[&sequence.len()].members;
            let Some(at) = members.iter().position(|member| *member == (i, j)) else {
                return Err(Error::internal(format!("{} was not run", item.name)));
            };
            let (scored, row) = scored(sequence.len(), at);
            losses.push(scored.losses[row].as_slice());
            readings = scored.readings.row(row);
        }
        let score = task.experiment.score(&losses);
        check(condition, item, &score, &readings)?;
        commit.trials.push(Trial { condition: id, item: *item_id, score, readings });
    }
    Ok(())
}

/// Refuses a result that is not a number.
fn check(condition: &Condition, item: &Item, score: &Score, readings: &[(Quantity, Vec<f32>)]) -> Result<()> {
    let mut numbers = vec![("result", score.value)];
    numbers.extend(score.sentences.iter().flat_map(|(good, bad)| [("score", *good), ("score", *bad)]));
    for (quantity, values) in readings {
        numbers.extend(values.iter().map(|value| (quantity.name(), f64::from(*value))));
    }
    match numbers.iter().find(|(_, number)| !number.is_finite()) {
        None => Ok(()),
        Some((what, number)) => Err(Error::data(format!(
            "{condition}, {}: the {what} is {number}, which is not a number to work with; nothing of this batch is kept",
            item.name
        ))),
    }
}
