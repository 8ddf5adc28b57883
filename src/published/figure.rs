//! Figures that a run and the published study have in common: what they are of, mean and spread over seeds.

use super::Model;
use crate::experiment::{Arm, Comparison, Kind, Measure, Of, Recoveries, Results, changes};
use crate::intervention::Patch;
use crate::lm::Site;
use crate::measure::Quantity;
use crate::stats::Spread;
use crate::study::{Layers, Mode};

/// A mean over items and seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Of what.
    pub of: Subject,
    /// Mean and sample sd over seeds; of the clean run, which has no seeds, n is 1.
    pub value: Spread,
    /// Texts or pairs behind it.
    pub items: usize,
    /// Whether mean and sd were made from the values of the seeds, and not taken as they were printed.
    pub from_seeds: bool,
}

/// What a figure is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The experiment.
    pub kind: Kind,
    /// The quantity, for people.
    pub quantity: String,
    /// Its unit.
    pub unit: &'static str,
    /// Mode and δ; none of the clean run.
    pub at: Option<(Mode, f64)>,
}

impl Subject {
    fn new(kind: Kind, quantity: impl Into<String>, unit: &'static str, at: Option<(Mode, f64)>) -> Self {
        Self { kind, quantity: quantity.into(), unit, at }
    }

    fn recovery(kind: Kind, repaired: &str, at: (Mode, f64)) -> Self {
        Self::new(kind, format!("recovery: {repaired}"), "%", Some(at))
    }
}

/// The clean run's mean, which has no seeds.
fn clean(of: Subject, mean: f64, items: usize) -> Figure {
    Figure { of, value: Spread { mean, sd: None, n: 1 }, items, from_seeds: true }
}

/// What was repaired where the layers are what counts.
fn attention_of(layers: &[usize]) -> String {
    let shown = Layers::these(layers.to_vec()).map_or_else(|_| "none".to_owned(), |layers| layers.to_string());
    format!("attention of layers {shown}")
}

/// The figures of `results` that the published study may have as well: losses and damages (nats), accuracies and their
/// drops (percent, points), the entropy of the published form (nats), recoveries (percent; means of those of the seeds).
#[must_use]
pub fn figures_of(results: &Results) -> Vec<Figure> {
    let mut list = Vec::new();
    for kind in [Kind::Sweep, Kind::Syntax] {
        of_comparison(&mut list, results, kind);
    }
    let entropies = changes(results, Kind::Entropy, &[Quantity::EntropyPublished], false);
    if let Some(first) = entropies.first() {
        let of = Subject::new(Kind::Entropy, "clean entropy", "nats", None);
        list.push(clean(of, first.clean, first.items));
    }
    for change in entropies {
        let of = Subject::new(Kind::Entropy, "change of entropy", "nats", Some((change.mode, change.delta)));
        list.push(Figure { of, value: change.change, items: change.items, from_seeds: true });
    }
    for kind in [Kind::AttentionRepair, Kind::Pathways, Kind::NormRepair, Kind::Heads, Kind::LayerSets] {
        of_recoveries(&mut list, results, kind);
    }
    list
}

fn of_comparison(list: &mut Vec<Figure>, results: &Results, kind: Kind) {
    let Some(comparison) = Comparison::of(results, kind) else { return };
    let [clean_name, name, clean_unit, unit] = match comparison.measure {
        Measure::Damage => ["clean loss", "damage", "nats", "nats"],
        Measure::AccuracyDrop => ["clean accuracy", "accuracy drop", "%", "points"],
    };
    if let Some(run) = comparison.clean {
        list.push(clean(Subject::new(kind, clean_name, clean_unit, None), run.spread.mean, run.spread.n));
    }
    for row in &comparison.rows {
        for (mode, cell) in row.there() {
            let of = Subject::new(kind, name, unit, Some((mode, row.delta)));
            list.push(Figure { of, value: cell.spread, items: cell.items, from_seeds: true });
        }
    }
}

fn of_recoveries(list: &mut Vec<Figure>, results: &Results, kind: Kind) {
    let Some(recoveries) = Recoveries::of(results, kind) else { return };
    for recovery in &recoveries.rows {
        let (Of::Mode { mode, .. }, Some(shares)) = (&recovery.of, &recovery.by_seed) else { continue };
        let Some(repaired) = repaired(kind, recovery.arm, &recovery.patches) else { continue };
        let percent: Vec<f64> = shares.iter().map(|share| 100.0 * share).collect();
        let Some(value) = Spread::of(&percent) else { continue };
        let of = Subject::recovery(kind, &repaired, (*mode, recovery.delta));
        list.push(Figure { of, value, items: recoveries.items, from_seeds: true });
    }
}

/// What a repair is called here: by its layers where they were chosen by rank or by chance. None of single heads.
fn repaired(kind: Kind, arm: Arm, patches: &[Patch]) -> Option<String> {
    if !matches!(kind, Kind::Heads | Kind::LayerSets) {
        return Some(arm.to_string());
    }
    let layers: Vec<usize> = patches.iter().map(|patch| patch.layer()).collect();
    (patches == Patch::whole(&[Site::AttnOut], &layers)).then(|| attention_of(&layers))
}

impl Model {
    /// Everything that was printed of it.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        // What there is for each seed goes the way of a run's own trials.
        let mut list = figures_of(&self.results());
        let modes = [Mode::Magnitude, Mode::Angular];
        let mut add = |of: Subject, values: &super::Values, seeds: usize, items: usize| {
            let from_seeds = values.by_seed().is_some();
            list.extend(values.spread(seeds).map(|value| Figure { of, value, items, from_seeds }));
        };
        for (at, mode) in self.damage.at.iter().flat_map(|at| modes.map(|mode| (at, mode))) {
            if let Some(values) = at.of(mode).filter(|values| values.by_seed().is_none()) {
                let of = Subject::new(Kind::Sweep, "damage", "nats", Some((mode, at.delta)));
                add(of, values, self.damage.seeds, self.damage.texts);
            }
        }
        for recovery in &self.recoveries {
            let name = recovery.layers.as_deref().map_or_else(|| recovery.arm.to_string(), attention_of);
            for (mode, values) in modes.into_iter().zip([&recovery.magnitude, &recovery.angular]) {
                if let Some(values) = values {
                    let of = Subject::recovery(recovery.experiment, &name, (mode, recovery.delta));
                    add(of, values, recovery.seeds, recovery.texts);
                }
            }
        }
        list
    }
}
