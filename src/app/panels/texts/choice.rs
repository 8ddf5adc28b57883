//! Which trials are looked at: an experiment, a mode, an arm, δ and a seed; and what can be chosen of them.

use crate::experiment::{Arm, Kind, Material, Results, find};
use crate::measure::Quantity;
use crate::study::Mode;
use std::collections::BTreeSet;

/// Trials that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The experiment.
    pub kind: Kind,
    /// Whether it is tried on minimal pairs.
    pub on_pairs: bool,
    /// How vectors are moved.
    pub mode: Mode,
    /// The arm.
    pub arm: Arm,
    /// δ in the study's unit.
    pub delta: f64,
    /// One seed, or the mean over all.
    pub seed: Option<u64>,
    /// What else is shown of each trial.
    pub reading: Option<Reading>,
}

/// A number that was read off the pass beside its loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Which.
    pub quantity: Quantity,
    /// In which of the layers that were read, by its place among them; the mean over all where none is chosen.
    pub place: Option<usize>,
    /// In which head; the mean over all where none is chosen.
    pub head: Option<usize>,
    /// Heads of a layer.
    pub heads: usize,
}

impl Reading {
    /// What it is of `values` `[read layers, heads]`.
    #[must_use]
    pub fn of(&self, values: &[f32]) -> f64 {
        let all = self.heads.max(1);
        let layers = match self.place {
            Some(place) => values.get(place * all..(place + 1) * all).unwrap_or(&[]),
            None => values,
        };
        let heads = layers.iter().enumerate().filter(|(i, _)| self.head.is_none_or(|head| i % all == head));
        let (sum, count) = heads.fold((0.0, 0.0), |(sum, count), (_, value)| (sum + f64::from(*value), count + 1.0));
        sum / count
    }
}

/// What a quantity is called over a column.
#[must_use]
pub fn words(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::EntropyExact => "Entropy (nats)",
        Quantity::EntropyPublished => "Entropy, published form (nats)",
        Quantity::QkCosine => "Cosine of q and k",
        Quantity::LogitChange => "|Change| of logits",
        Quantity::AttentionKl => "KL divergence (nats)",
        Quantity::TopKeyChanged => "Top key changed (share)",
    }
}

/// What can be chosen.
#[derive(Debug, Default)]
pub struct Options(pub Vec<OfKind>);

/// The conditions of an experiment.
#[derive(Debug)]
pub struct OfKind {
    /// Which.
    pub kind: Kind,
    /// Whether it is tried on minimal pairs.
    pub on_pairs: bool,
    /// Arm, mode and δ of its disturbed runs.
    pub series: Vec<(Arm, Mode, f64)>,
    /// Its seeds, ascending.
    pub seeds: Vec<u64>,
    /// What it reads.
    pub quantities: Vec<Quantity>,
    /// In these layers.
    pub read_layers: Vec<usize>,
    /// Heads of a layer.
    pub heads: usize,
}

/// What the user wants, where there is such a thing; else the next best.
#[derive(Debug, Default, Clone)]
pub struct Wants {
    /// Pairs, where there are texts too.
    pub pairs: bool,
    /// The experiment.
    pub kind: Option<Kind>,
    /// The mode.
    pub mode: Option<Mode>,
    /// The arm.
    pub arm: Arm,
    /// One seed.
    pub seed: Option<u64>,
    /// What was read.
    pub quantity: Option<Quantity>,
}

impl Options {
    /// Those of `results`.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        Self(Kind::ALL.into_iter().filter_map(|kind| OfKind::of(results, kind)).collect())
    }

    /// Whether there is something of this material.
    #[must_use]
    pub fn has(&self, on_pairs: bool) -> bool {
        self.0.iter().any(|of| of.on_pairs == on_pairs)
    }

    /// The experiment that is meant.
    #[must_use]
    pub fn kind(&self, wants: &Wants) -> Option<&OfKind> {
        let pairs = if wants.pairs { self.has(true) } else { !self.has(false) };
        let wanted = self.0.iter().find(|of| of.on_pairs == pairs && Some(of.kind) == wants.kind);
        wanted.or_else(|| self.0.iter().find(|of| of.on_pairs == pairs))
    }
}

impl OfKind {
    fn of(results: &Results, kind: Kind) -> Option<Self> {
        let experiment = find(&results.study, kind)?;
        results.clean(kind)?;
        let all = results.series(kind);
        let seeds: BTreeSet<u64> = all.iter().flat_map(|series| series.seeds.iter().map(|(seed, _)| *seed)).collect();
        let shape = results.shapes.get(&kind);
        let of = Self {
            kind,
            on_pairs: matches!(experiment.material(), Material::Pairs(_)),
            series: all.iter().map(|series| (series.arm, series.mode, series.delta)).collect(),
            seeds: seeds.into_iter().collect(),
            quantities: experiment.reads(),
            read_layers: shape.map(|shape| shape.read_layers.clone()).unwrap_or_default(),
            heads: shape.map_or(0, |shape| shape.heads),
        };
        (!of.series.is_empty()).then_some(of)
    }

    /// Its modes, in the order of the study.
    #[must_use]
    pub fn modes(&self) -> Vec<Mode> {
        distinct(self.series.iter().map(|(_, mode, _)| *mode))
    }

    /// The arms of a mode.
    #[must_use]
    pub fn arms(&self, mode: Mode) -> Vec<Arm> {
        distinct(self.series.iter().filter(|(_, of, _)| *of == mode).map(|(arm, _, _)| *arm))
    }

    /// The δ of an arm, ascending.
    #[must_use]
    pub fn deltas(&self, mode: Mode, arm: Arm) -> Vec<f64> {
        let of_arm = self.series.iter().filter(|(name, of, _)| *of == mode && *name == arm);
        let mut deltas = distinct(of_arm.map(|(_, _, delta)| *delta));
        deltas.sort_by(f64::total_cmp);
        deltas
    }

    /// The trials that are meant; `delta` chooses among several δ, `layer` and `head` where something was read.
    #[must_use]
    pub fn choice(
        &self,
        wants: &Wants,
        delta: impl Fn(&[f64]) -> Option<f64>,
        (layer, head): (Option<usize>, Option<usize>),
    ) -> Option<Choice> {
        let modes = self.modes();
        let mode = wants.mode.filter(|mode| modes.contains(mode)).or(modes.last().copied())?;
        let arms = self.arms(mode);
        let arm = *arms.iter().find(|arm| **arm == wants.arm).or(arms.first())?;
        let place = layer.and_then(|layer| self.read_layers.iter().position(|read| *read == layer));
        let quantity =
            wants.quantity.filter(|wanted| self.quantities.contains(wanted)).or(self.quantities.first().copied());
        // Off repaired runs nothing is read.
        let reading = quantity.filter(|_| arm.is_plain()).map(|quantity| Reading {
            quantity,
            place,
            head: head.filter(|head| *head < self.heads),
            heads: self.heads,
        });
        Some(Choice {
            kind: self.kind,
            on_pairs: self.on_pairs,
            mode,
            arm,
            delta: delta(&self.deltas(mode, arm))?,
            seed: wants.seed.filter(|seed| self.seeds.contains(seed)),
            reading,
        })
    }
}

/// Each once, in the order in which they come.
fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Repaired;

    const ATTENTION: Arm = Arm::Repaired(Repaired::Attention);

    fn of(kind: Kind, on_pairs: bool) -> OfKind {
        let series = [Arm::Plain, ATTENTION].into_iter().flat_map(|arm| {
            [(Mode::Magnitude, 2.0), (Mode::Angular, 5.0), (Mode::Angular, 1.0)].map(|(mode, delta)| (arm, mode, delta))
        });
        let quantities = Quantity::ENTROPIES.to_vec();
        OfKind {
            kind,
            on_pairs,
            series: series.collect(),
            seeds: vec![3, 4],
            quantities,
            read_layers: vec![2, 3],
            heads: 2,
        }
    }

    #[test]
    fn what_is_not_there_falls_back() {
        let options = Options(vec![of(Kind::Sweep, false), of(Kind::Syntax, true)]);
        let wants = Wants { pairs: true, kind: Some(Kind::Sweep), ..Wants::default() };
        let kind = options.kind(&wants).unwrap();
        assert_eq!(kind.kind, Kind::Syntax);
        let wants = Wants { mode: Some(Mode::Isotropic), arm: Arm::Repaired(Repaired::Mlp), seed: Some(9), ..wants };
        let choice = kind.choice(&wants, |deltas| deltas.first().copied(), (Some(7), Some(5))).unwrap();
        assert_eq!((choice.mode, choice.arm, choice.delta, choice.seed), (Mode::Angular, Arm::Plain, 1.0, None));
        assert_eq!(choice.reading.map(|reading| (reading.place, reading.head)), Some((None, None)));
        let repaired = Wants { arm: ATTENTION, ..wants };
        let choice = kind.choice(&repaired, |deltas| deltas.last().copied(), (Some(3), None)).unwrap();
        assert_eq!((choice.arm, choice.delta, choice.reading), (ATTENTION, 5.0, None));
        assert!(Options(Vec::new()).kind(&Wants::default()).is_none());
    }

    #[test]
    fn readings_are_of_a_layer_a_head_or_all() {
        let values = [1.0, 2.0, 3.0, 6.0];
        let reading = |place, head| Reading { quantity: Quantity::EntropyExact, place, head, heads: 2 }.of(&values);
        assert_eq!(reading(None, None), 3.0);
        assert_eq!(reading(Some(1), None), 4.5);
        assert_eq!(reading(Some(1), Some(0)), 3.0);
        assert_eq!(reading(None, Some(1)), 4.0);
        assert!(reading(Some(2), None).is_nan());
    }
}
