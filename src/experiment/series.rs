//! Series: the runs of an experiment that differ by their seeds alone.

use super::{Arm, Condition, Disturbance, Kind, Pass};
use crate::study::Mode;
use std::collections::BTreeMap;

/// The runs of one arm under one mode and δ.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// The arm.
    pub arm: Arm,
    /// How its passes are made.
    pub pass: &'a Pass,
    /// The mode.
    pub mode: Mode,
    /// δ in the study's unit.
    pub delta: f64,
    /// (seed, id of the condition), by seed.
    pub seeds: Vec<(u64, usize)>,
}

impl<'a> Series<'a> {
    /// Those of `experiment` among `conditions`, in the order in which they were planned.
    pub(super) fn all(conditions: &'a BTreeMap<usize, Condition>, experiment: Kind) -> Vec<Self> {
        let mut list: Vec<Self> = Vec::new();
        let mut places: BTreeMap<Key, usize> = BTreeMap::new();
        for (id, condition) in conditions.iter().filter(|(_, c)| c.experiment == experiment) {
            let Some(Disturbance { mode, delta, seed }) = condition.disturbance else { continue };
            let Condition { arm, pass, .. } = condition;
            let place = *places.entry((mode, delta.to_bits(), *arm)).or_insert(list.len());
            match list.get_mut(place) {
                Some(series) => series.seeds.push((seed, *id)),
                None => list.push(Self { arm: *arm, pass, mode, delta, seeds: vec![(seed, *id)] }),
            }
        }
        for series in &mut list {
            series.seeds.sort_unstable();
        }
        list
    }

    /// Whether something is repaired in its runs.
    #[must_use]
    pub fn repairs(&self) -> bool {
        !self.pass.patches.is_empty()
    }
}

/// Mode, bits of δ and arm: no two series of an experiment have the same.
type Key = (Mode, u64, Arm);

/// The series of an experiment by what tells them apart.
pub(super) struct ByArm<'a>(BTreeMap<Key, &'a Series<'a>>);

impl<'a> ByArm<'a> {
    pub fn of(list: &'a [Series<'a>]) -> Self {
        Self(list.iter().map(|series| ((series.mode, series.delta.to_bits(), series.arm), series)).collect())
    }

    /// That of `arm` under `mode` and `delta`.
    pub fn get(&self, mode: Mode, delta: f64, arm: Arm) -> Option<&'a Series<'a>> {
        self.0.get(&(mode, delta.to_bits(), arm)).copied()
    }

    /// That of the runs that `of` repairs.
    pub fn plain(&self, of: &Series) -> Option<&'a Series<'a>> {
        self.get(of.mode, of.delta, Arm::Plain)
    }
}
