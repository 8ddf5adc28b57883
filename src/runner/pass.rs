//! Passes under conditions: what a condition does to a pass, in one place for the engine, for a trial that is looked at
//! again and for a trace.

use super::noise::noise_key;
use crate::corpus::Item;
use crate::error::{Error, Result};
use crate::experiment::{Condition, Disturbance};
use crate::intervention::{Disturb, Noise, Reached, Repair, Row};
use crate::lm::{Chain, Decoder, Hooks, Site};
use crate::measure::LayerNorms;
use crate::study::{DeltaUnit, Perturbation};
use candle_core::Tensor;
use std::collections::BTreeMap;

/// What a clean pass kept for the disturbed ones, `[sequences, …]`.
pub(super) type Kept = BTreeMap<(Site, usize), Tensor>;

/// Makes the passes of a model, disturbed as a study says.
#[derive(Clone, Copy)]
pub(super) struct Passes<'a> {
    /// The model.
    pub decoder: &'a Decoder,
    /// How the study disturbs.
    pub perturbation: &'a Perturbation,
    /// Where its draws come from.
    pub noise: &'a dyn Noise,
    /// Norms of the clean run, by layer; none where no δ is a share of them.
    pub norms: &'a [LayerNorms],
    /// Whether the logits are made as a whole, for readers to see.
    pub logits: bool,
}

/// Where a pass begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// With the tokens.
    Tokens,
    /// With what the clean pass kept of the output of this layer, before which nothing differs from the clean pass.
    Output(usize),
}

/// A sequence: its item, and its place in it.
pub(super) type Member<'a> = (&'a Item, usize);

/// What a pass of several sequences of one length gave, one row per sequence.
pub(super) struct Passed {
    /// The output of the last layer `[rows, T, hidden]`.
    pub stream: Tensor,
    /// The same after the final norm.
    pub normed: Tensor,
    /// Next-token losses in nats, T − 1 per row.
    pub losses: Vec<Vec<f32>>,
    /// The displacements that were reached, by row and layer.
    pub reached: Reached,
}

impl Passes<'_> {
    /// Runs `sequences`, all of one length, clean; `reader` sees the whole pass.
    ///
    /// # Errors
    /// What `reader` meets.
    pub fn clean(&self, sequences: &[&[u32]], reader: &mut dyn Hooks) -> Result<Passed> {
        let stream = self.decoder.embed(sequences, reader)?;
        self.finish(stream, 0, sequences, reader)
    }

    /// Runs `members`, sequences of one length, under each of `conditions`, which are all disturbed or none is; the rows
    /// of the one pass are ordered by condition, then by sequence. `clean` is what the clean pass of the members kept;
    /// `reader` sees what is left after disturbing and repairing.
    ///
    /// # Errors
    /// [`Error::usage`] where a token cannot be moved by δ; what `reader` meets.
    pub fn under(
        &self,
        conditions: &[&Condition],
        members: &[Member],
        start: Start,
        clean: &Kept,
        reader: &mut dyn Hooks,
    ) -> Result<Passed> {
        let rows = self.rows(conditions, members)?;
        let patches = conditions.iter().map(|condition| condition.pass.patches.as_slice()).collect();
        let sequences: Vec<&[u32]> = members.iter().map(|(item, at)| item.sequences[*at].as_slice()).collect();
        let sequences = sequences.repeat(conditions.len());
        let (mut disturb, mut repair) = (Disturb::new(&rows, self.noise), Repair::stacked(patches, clean));
        let mut hooks = Chain(vec![&mut disturb, &mut repair, reader]);
        let passed = match start {
            Start::Tokens => self.clean(&sequences, &mut hooks)?,
            Start::Output(layer) => {
                let before = kept(clean, (Site::ResidPost, layer))?;
                let stacked = Tensor::cat(&vec![before; conditions.len()], 0)?;
                let stream = hooks.at(Site::ResidPost, layer, stacked)?;
                self.finish(stream, layer + 1, &sequences, &mut hooks)?
            }
        };
        Ok(Passed { reached: disturb.into_reached(), ..passed })
    }

    /// Runs the layers from `layer` on, and what comes after them.
    fn finish(&self, stream: Tensor, layer: usize, sequences: &[&[u32]], hooks: &mut dyn Hooks) -> Result<Passed> {
        let stream = self.decoder.blocks(stream, layer..self.decoder.spec().layers, hooks)?;
        let normed = self.decoder.ln_final(&stream, hooks)?;
        if self.logits {
            self.decoder.logits(&normed, hooks)?;
        }
        let losses = self.decoder.losses(&normed, sequences)?;
        Ok(Passed { stream, normed, losses, reached: Reached::default() })
    }

    fn rows(&self, conditions: &[&Condition], members: &[Member]) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(conditions.len() * members.len());
        for condition in conditions {
            if let Some(disturbance) = &condition.disturbance {
                for (item, sequence) in members {
                    rows.push(self.row(condition, disturbance, item, *sequence)?);
                }
            }
        }
        Ok(rows)
    }

    /// How one sequence is disturbed under one condition.
    fn row(&self, condition: &Condition, disturbance: &Disturbance, item: &Item, sequence: usize) -> Result<Row> {
        let Disturbance { mode, delta, .. } = *disturbance;
        let unit = self.perturbation.delta_unit;
        let length_of = |layer: usize| match unit {
            DeltaUnit::Absolute | DeltaUnit::OfNorm => Ok((layer, delta)),
            DeltaUnit::OfLayerMedian => match self.norms.get(layer) {
                Some(norms) if norms.median > 0.0 => Ok((layer, delta * norms.median)),
                _ => Err(Error::data(format!("layer {layer} has no median norm to take a fraction of"))),
            },
        };
        let settings = condition.pass.settings.unwrap_or_else(|| self.perturbation.settings(mode));
        Ok(Row {
            mode,
            deltas: condition.pass.layers.iter().map(|layer| length_of(*layer)).collect::<Result<_>>()?,
            of_norm: unit == DeltaUnit::OfNorm,
            settings,
            sign: self.perturbation.sign,
            tokens: self.perturbation.tokens.clone(),
            noise: noise_key(self.perturbation.protocol, settings, condition, disturbance, item, sequence),
        })
    }
}

/// What the clean pass kept at `point`.
///
/// # Errors
/// Internal ones only.
pub(super) fn kept(clean: &Kept, point: (Site, usize)) -> Result<&Tensor> {
    clean.get(&point).ok_or_else(|| Error::internal(format!("the clean run did not keep {point:?}")))
}
