//! Runs batches: one clean pass per group of items, then all conditions of the group stacked into one pass that
//! starts where the first disturbed layer ends.

use crate::corpus::Item;
use crate::error::{Error, Result};
use crate::experiment::{Commit, Condition, Disturbance, Experiment, Kind, Trial};
use crate::intervention::{Displacement, Disturb, Noise, NoiseKey, Row};
use crate::lm::{Decoder, Hooks, NoHooks, Site};
use crate::measure::{LayerNorms, NormReader};
use crate::study::{DeltaUnit, Mode, Pairing, Perturbation, Protocol};
use candle_core::Tensor;
use std::collections::BTreeMap;

/// One batch, with everything that it refers to.
pub struct Task<'a> {
    /// The experiment.
    pub experiment: &'a dyn Experiment,
    /// The layers that it disturbs, ascending.
    pub layers: &'a [usize],
    /// (id, item).
    pub items: Vec<(usize, &'a Item)>,
    /// (id, condition).
    pub conditions: Vec<(usize, &'a Condition)>,
}

/// What runs batches of a study on a model.
pub struct Engine<'a> {
    decoder: &'a Decoder,
    perturbation: &'a Perturbation,
    noise: &'a dyn Noise,
    norms: &'a [LayerNorms],
    clean: Option<CleanRun>,
}

/// The clean pass of a group of items, kept while its batches run.
struct CleanRun {
    experiment: Kind,
    items: Vec<usize>,
    /// By length of sequence.
    stacks: BTreeMap<usize, Stack>,
}

/// Sequences of one length.
struct Stack {
    /// (index of the item in the group, index of the sequence in the item).
    members: Vec<(usize, usize)>,
    /// Output of the first disturbed layer before it is disturbed, `[sequences, T, hidden]`.
    stream: Tensor,
    /// Next-token losses, T − 1 per sequence.
    losses: Vec<Vec<f32>>,
}

impl<'a> Engine<'a> {
    /// An engine for a study with `perturbation`; `norms` are those of the clean run, by layer.
    #[must_use]
    pub fn new(
        decoder: &'a Decoder,
        perturbation: &'a Perturbation,
        noise: &'a dyn Noise,
        norms: &'a [LayerNorms],
    ) -> Self {
        Self { decoder, perturbation, noise, norms, clean: None }
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
    ) -> Result<Vec<LayerNorms>> {
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
    /// [`Error::Data`] where a result is not a number; the message names the trial.
    pub fn run(&mut self, task: &Task) -> Result<Commit> {
        let kind = task.experiment.kind();
        let ids: Vec<usize> = task.items.iter().map(|(id, _)| *id).collect();
        let clean = match self.clean.take() {
            Some(clean) if clean.experiment == kind && clean.items == ids => clean,
            _ => self.run_clean(task, kind, ids)?,
        };
        let mut commit = Commit::default();
        let mut disturbed: Vec<(usize, &Condition, Disturbance)> = Vec::new();
        for (id, condition) in &task.conditions {
            if let Some(disturbance) = condition.disturbance {
                disturbed.push((*id, condition, disturbance));
            } else {
                let losses = |length: usize, at: usize| clean.stacks[&length].losses[at].as_slice();
                score(task, &clean, *id, condition, losses, &mut commit)?;
            }
        }
        if !disturbed.is_empty() {
            self.run_disturbed(task, &clean, &disturbed, &mut commit)?;
        }
        self.clean = Some(clean);
        Ok(commit)
    }

    fn run_clean(&self, task: &Task, experiment: Kind, items: Vec<usize>) -> Result<CleanRun> {
        let mut by_length: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (i, (_, item)) in task.items.iter().enumerate() {
            for (j, sequence) in item.sequences.iter().enumerate() {
                by_length.entry(sequence.len()).or_default().push((i, j));
            }
        }
        let mut stacks = BTreeMap::new();
        for (length, members) in by_length {
            let sequences = sequences(task, &members);
            let embedded = self.decoder.embed(&sequences, &mut NoHooks)?;
            let first = task.layers.first().copied().unwrap_or(0);
            let stream = self.decoder.blocks(embedded, 0..first + 1, &mut NoHooks)?;
            let losses = self.finish(stream.clone(), first, &sequences, &mut NoHooks)?;
            stacks.insert(length, Stack { members, stream, losses });
        }
        Ok(CleanRun { experiment, items, stacks })
    }

    /// From the output of layer `after` to the losses.
    fn finish(&self, x: Tensor, after: usize, sequences: &[&[u32]], hooks: &mut dyn Hooks) -> Result<Vec<Vec<f32>>> {
        let x = self.decoder.blocks(x, after + 1..self.decoder.spec().layers, hooks)?;
        let normed = self.decoder.ln_final(&x, hooks)?;
        self.decoder.losses(&normed, sequences)
    }

    fn run_disturbed(
        &self,
        task: &Task,
        clean: &CleanRun,
        conditions: &[(usize, &Condition, Disturbance)],
        commit: &mut Commit,
    ) -> Result<()> {
        let first = task.layers.first().copied().unwrap_or(0);
        let mut losses: BTreeMap<usize, Vec<Vec<f32>>> = BTreeMap::new();
        let mut reached: BTreeMap<(usize, usize), Displacement> = BTreeMap::new();
        for (length, stack) in &clean.stacks {
            // Rows are ordered by condition, then by sequence.
            let mut rows = Vec::with_capacity(conditions.len() * stack.members.len());
            for (_, _, disturbance) in conditions {
                for (item, sequence) in &stack.members {
                    rows.push(self.row(task, disturbance, task.items[*item].1, *sequence)?);
                }
            }
            let sequences: Vec<&[u32]> = sequences(task, &stack.members).repeat(conditions.len());
            let mut hook = Disturb::new(&rows, self.noise);
            let stacked = Tensor::cat(&vec![&stack.stream; conditions.len()], 0)?;
            let stacked = hook.at(Site::ResidPost, first, stacked)?;
            losses.insert(*length, self.finish(stacked, first, &sequences, &mut hook)?);
            for (row, (id, _, _)) in (0..rows.len()).zip(conditions.iter().flat_map(|c| vec![c; stack.members.len()])) {
                for layer in task.layers {
                    if let Some(displacement) = hook.reached(row, *layer) {
                        reached.entry((*id, *layer)).or_default().merge(displacement);
                    }
                }
            }
        }
        for (at_condition, (id, condition, _)) in conditions.iter().enumerate() {
            let of = |length: usize, at: usize| {
                let offset = at_condition * clean.stacks[&length].members.len();
                losses[&length][offset + at].as_slice()
            };
            score(task, clean, *id, condition, of, commit)?;
        }
        commit.displacements.extend(reached.into_iter().map(|((id, layer), d)| (id, layer, d)));
        Ok(())
    }

    /// How one sequence is disturbed under one condition.
    fn row(&self, task: &Task, disturbance: &Disturbance, item: &Item, sequence: usize) -> Result<Row> {
        let Disturbance { mode, delta, .. } = *disturbance;
        let unit = self.perturbation.delta_unit;
        let length_of = |layer: usize| match unit {
            DeltaUnit::Absolute | DeltaUnit::OfNorm => Ok((layer, delta)),
            DeltaUnit::OfLayerMedian => match self.norms.get(layer) {
                Some(norms) if norms.median > 0.0 => Ok((layer, delta * norms.median)),
                _ => Err(Error::Data(format!("layer {layer} has no median norm to take a fraction of"))),
            },
        };
        Ok(Row {
            mode,
            deltas: task.layers.iter().map(|layer| length_of(*layer)).collect::<Result<_>>()?,
            of_norm: unit == DeltaUnit::OfNorm,
            settings: self.perturbation.settings(mode),
            sign: self.perturbation.sign,
            tokens: self.perturbation.tokens.clone(),
            noise: noise_key(self.perturbation, task.experiment.kind(), disturbance, item, sequence),
        })
    }
}

/// What the noise of a sequence is for. Under the strict protocol that is the seed, the text and, later, layer and
/// position: neither mode nor δ enters, so that both are compared under common random numbers. The published study
/// drew anew for every δ and experiment, and kept its directions by the shape of the tensor, that is, by the length
/// of the text.
pub(super) fn noise_key(
    perturbation: &Perturbation,
    experiment: Kind,
    disturbance: &Disturbance,
    item: &Item,
    sequence: usize,
) -> NoiseKey {
    let Disturbance { mode, delta, seed } = *disturbance;
    let published = perturbation.protocol == Protocol::Published;
    let text = if published && mode == Mode::Angular {
        format!("length {}", item.sequences[sequence].len())
    } else {
        item.name.clone()
    };
    let mut extra = String::new();
    if published {
        extra += &format!("{experiment} δ {delta} ");
    }
    if perturbation.settings(mode).pairing == Pairing::Separate && item.sequences.len() > 1 {
        extra += if sequence == 0 { "good" } else { "bad" };
    }
    NoiseKey { seed, text, layer: None, extra }
}

fn sequences<'a>(task: &Task<'a>, members: &[(usize, usize)]) -> Vec<&'a [u32]> {
    members.iter().map(|(item, sequence)| task.items[*item].1.sequences[*sequence].as_slice()).collect()
}

/// Scores every item under `condition`; `losses(length, i)` are those of sequence i of the stack of that length.
fn score<'a>(
    task: &Task,
    clean: &CleanRun,
    id: usize,
    condition: &Condition,
    losses: impl Fn(usize, usize) -> &'a [f32],
    commit: &mut Commit,
) -> Result<()> {
    for (i, (item_id, item)) in task.items.iter().enumerate() {
        let mut of_item = Vec::with_capacity(item.sequences.len());
        for (j, sequence) in item.sequences.iter().enumerate() {
            let members = &clean.stacks[&sequence.len()].members;
            let Some(at) = members.iter().position(|member| *member == (i, j)) else {
                return Err(Error::Internal(format!("{} was not run", item.name)));
            };
            of_item.push(losses(sequence.len(), at));
        }
        let score = task.experiment.score(&of_item);
        let numbers = [Some(score.value), score.sentences.map(|s| s.0), score.sentences.map(|s| s.1)];
        if let Some(number) = numbers.into_iter().flatten().find(|number| !number.is_finite()) {
            return Err(Error::Data(format!(
                "{condition}, {}: the result is {number}, which is not a number to work with; nothing of this batch is \
                 kept",
                item.name
            )));
        }
        commit.trials.push(Trial { condition: id, item: *item_id, score });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(protocol: Protocol, mode: Mode, delta: f64, name: &str, lengths: &[usize], sequence: usize) -> NoiseKey {
        let perturbation = Perturbation { protocol, ..Perturbation::default() };
        let item = Item { name: name.to_owned(), sequences: lengths.iter().map(|n| vec![0; *n]).collect() };
        noise_key(&perturbation, Kind::Syntax, &Disturbance { mode, delta, seed: 0 }, &item, sequence)
    }

    #[test]
    fn strict_noise_knows_neither_mode_nor_delta_nor_member() {
        let strict = |mode, delta, sequence| key(Protocol::Strict, mode, delta, "pair a 1", &[5, 6], sequence);
        assert_eq!(strict(Mode::Angular, 1.0, 0), strict(Mode::Magnitude, 2.0, 1));
        assert_ne!(strict(Mode::Angular, 1.0, 0), key(Protocol::Strict, Mode::Angular, 1.0, "pair a 2", &[5, 6], 0));
    }

    #[test]
    fn published_noise_is_that_of_the_notebook() {
        let published =
            |mode, delta, name, lengths, sequence| key(Protocol::Published, mode, delta, name, lengths, sequence);
        // Directions are those of all sequences of one length.
        let angular = published(Mode::Angular, 1.0, "pair a 1", &[5, 5], 0);
        assert_eq!(angular, published(Mode::Angular, 1.0, "pair b 7", &[5, 5], 1));
        assert_ne!(angular, published(Mode::Angular, 1.0, "pair a 1", &[6, 6], 0));
        assert_ne!(angular, published(Mode::Angular, 2.0, "pair a 1", &[5, 5], 0));
        // Signs are drawn for each sentence.
        let magnitude = published(Mode::Magnitude, 1.0, "pair a 1", &[5, 5], 0);
        assert_ne!(magnitude, published(Mode::Magnitude, 1.0, "pair a 1", &[5, 5], 1));
        assert_ne!(magnitude, published(Mode::Magnitude, 1.0, "pair b 7", &[5, 5], 0));
    }
}
