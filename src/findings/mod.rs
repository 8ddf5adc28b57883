//! What the results of a study say, as values: comparisons, changes, recoveries, differences and verdicts. Each is made when
//! somebody first asks for it, and then kept. Tables, pictures, the report and the window are all made from these.

mod beside;
mod by_kind;
mod heads;
mod layers;
mod movement;
mod repairs;
mod sample;

pub use beside::{Beside, Both, combined_error};
pub use heads::{HeadEntropies, HeadEntropy, RankedHeads};
pub use layers::LayerWindow;
pub use movement::{Ended, Moved, ended_runs, moved_runs};
pub use repairs::{Repairs, Restored, printed_percent};
pub use sample::{Sample, noun};

use crate::experiment::{
    AuditOf, Change, Comparison, Difference, DissociationAt, Dose, Judgement, Kind, Origin, Regime, Results, changes,
    differences, dissociations, dose, judged, prepare, regimes,
};
use crate::measure::Quantity;
use crate::study::{Layers, Study};
use by_kind::ByKind;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// The parts that were asked for.
#[derive(Debug, Default)]
struct Kept {
    comparisons: ByKind<Option<Comparison>>,
    differences: ByKind<Vec<Difference>>,
    repairs: ByKind<Option<Repairs>>,
    audits: ByKind<Vec<AuditOf>>,
    entropy: OnceLock<Vec<Change>>,
    entropy_by_layer: OnceLock<Vec<Change>>,
    alignment: OnceLock<Vec<Change>>,
    entropy_heads: OnceLock<HeadEntropies>,
    ranked_heads: OnceLock<Option<RankedHeads>>,
    windows: OnceLock<Vec<LayerWindow>>,
    moved: OnceLock<Vec<Moved>>,
    ended: OnceLock<Vec<Ended>>,
    dissociations: OnceLock<Vec<DissociationAt>>,
    judged: OnceLock<Vec<Judgement>>,
    dose: OnceLock<Vec<Dose>>,
    regimes: OnceLock<Vec<Regime>>,
    beside: OnceLock<Option<Beside>>,
}

/// What the results of a study say, each part of it made when it is first asked for.
#[derive(Debug)]
pub struct Findings {
    results: Arc<Results>,
    kept: Kept,
}

impl Findings {
    /// Of `results`; nothing is computed yet.
    #[must_use]
    pub fn of(results: impl Into<Arc<Results>>) -> Self {
        Self { results: results.into(), kept: Kept::default() }
    }

    /// What all of it is made of.
    #[must_use]
    pub fn results(&self) -> &Arc<Results> {
        &self.results
    }

    /// The study.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.results.study
    }

    /// Makes everything, on all cores where the results are complete; while trials come in, the run needs these.
    pub fn make_all(&self) {
        let is_complete = self.results.is_complete();
        if is_complete {
            prepare(&self.results);
        }
        let kinds = || Kind::ALL.into_iter().filter(|kind| self.results.shapes.contains_key(kind));
        let mut parts: Vec<Box<dyn Fn() + Send + Sync + '_>> = Vec::new();
        for kind in kinds() {
            parts.push(Box::new(move || ignore(self.differences_of(kind))));
            parts.push(Box::new(move || ignore(self.repairs(kind))));
            parts.push(Box::new(move || ignore(self.audit(kind))));
        }
        parts.push(Box::new(|| ignore(self.entropy())));
        parts.push(Box::new(|| ignore(self.entropy_by_layer())));
        parts.push(Box::new(|| ignore(self.alignment())));
        parts.push(Box::new(|| ignore(self.entropy_heads())));
        parts.push(Box::new(|| ignore(self.ranked_heads())));
        parts.push(Box::new(|| ignore(self.moved())));
        parts.push(Box::new(|| ignore(self.ended())));
        parts.push(Box::new(|| ignore(self.dissociations())));
        parts.push(Box::new(|| ignore(self.dose())));
        parts.push(Box::new(|| ignore(self.regimes())));
        parts.push(Box::new(|| ignore(self.beside_published())));
        // What rests on other parts comes after them: a part that waited on its own thread for another would wait for itself.
        if is_complete {
            parts.par_iter().for_each(|make| make());
        } else {
            for make in &parts {
                make();
            }
        }
        for kind in kinds() {
            let _ = self.comparison(kind);
        }
        let _ = (self.windows(), self.judged());
    }

    /// Forgets the resamples that parts are made of, which are larger than the results: for what is kept for long.
    pub fn forget_resamples(&self) {
        self.results.forget_resamples();
    }

    /// Loss or accuracy of the experiment `kind` at each δ; none where the study does not ask for it.
    #[must_use]
    pub fn comparison(&self, kind: Kind) -> Option<&Comparison> {
        let make = || {
            let comparison = Comparison::of(&self.results, kind)?;
            // While trials come in, resamples are too few for a small p, and "ns" would claim what nobody has tested.
            let is_settled = self.results.preliminary().is_none();
            Some(if is_settled { comparison.marked(&self.results, self.differences_of(kind)) } else { comparison })
        };
        self.kept.comparisons.get(kind, make).as_ref()
    }

    /// Everything that the experiment `kind` lets be compared, with its tests, family by family.
    #[must_use]
    pub fn differences_of(&self, kind: Kind) -> &[Difference] {
        self.kept.differences.get(kind, || differences(&self.results, kind))
    }

    /// The same of all experiments, in their order.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        let there = Kind::ALL.into_iter().filter(|kind| self.results.shapes.contains_key(kind));
        there.flat_map(|kind| self.differences_of(kind))
    }

    /// What the results say of each claim of the published study.
    #[must_use]
    pub fn judged(&self) -> &[Judgement] {
        let differences = || self.differences().collect::<Vec<_>>();
        self.kept.judged.get_or_init(|| judged(&self.results, &differences(), self.dissociations()))
    }

    /// The double dissociation, δ by δ.
    #[must_use]
    pub fn dissociations(&self) -> &[DissociationAt] {
        self.kept.dissociations.get_or_init(|| dissociations(&self.results))
    }

    /// The dose–response curves of the sweep.
    #[must_use]
    pub fn dose(&self) -> &[Dose] {
        self.kept.dose.get_or_init(|| dose(&self.results))
    }

    /// The published study's two regimes.
    #[must_use]
    pub fn regimes(&self) -> &[Regime] {
        self.kept.regimes.get_or_init(|| regimes(&self.results))
    }

    /// What each repair of the experiment `kind` gives back; none before the first repaired trial.
    #[must_use]
    pub fn repairs(&self, kind: Kind) -> Option<&Repairs> {
        self.kept.repairs.get(kind, || Repairs::of(&self.results, kind)).as_ref()
    }

    /// The audit `kind` at each of its δ.
    #[must_use]
    pub fn audit(&self, kind: Kind) -> &[AuditOf] {
        let make = || if kind.is_audit() { AuditOf::all(&self.results, kind) } else { Vec::new() };
        self.kept.audits.get(kind, make)
    }

    /// How attention entropies change, mean over all layers that are read, by both formulas.
    #[must_use]
    pub fn entropy(&self) -> &[Change] {
        self.kept.entropy.get_or_init(|| changes(&self.results, Kind::Entropy, &Quantity::ENTROPIES, false))
    }

    /// The same layer by layer, by the exact formula.
    #[must_use]
    pub fn entropy_by_layer(&self) -> &[Change] {
        let make = || changes(&self.results, Kind::Entropy, &[Quantity::EntropyExact], true);
        self.kept.entropy_by_layer.get_or_init(make)
    }

    /// The same head by head.
    #[must_use]
    pub fn entropy_heads(&self) -> &HeadEntropies {
        self.kept.entropy_heads.get_or_init(|| HeadEntropies::of(&self.results, Kind::Entropy))
    }

    /// How queries, keys and the attention that they make change, layer by layer.
    #[must_use]
    pub fn alignment(&self) -> &[Change] {
        let make = || changes(&self.results, Kind::QkAlignment, &Quantity::ALIGNMENTS, true);
        self.kept.alignment.get_or_init(make)
    }

    /// The heads by how much their entropy changes; none before they are ranked.
    #[must_use]
    pub fn ranked_heads(&self) -> Option<&RankedHeads> {
        self.kept.ranked_heads.get_or_init(|| RankedHeads::of(&self.results, Kind::Heads)).as_ref()
    }

    /// Each layer and each window of layers over the depth: what disturbing it costs, and what repairing it gives back.
    #[must_use]
    pub fn windows(&self) -> &[LayerWindow] {
        self.kept.windows.get_or_init(|| layers::windows(&self.results, self.repairs(Kind::LayerSets)))
    }

    /// How far vectors were moved in the runs without repair, by layer.
    #[must_use]
    pub fn moved(&self) -> &[Moved] {
        self.kept.moved.get_or_init(|| moved_runs(&self.results))
    }

    /// How far from the clean run the final stream of the runs without repair ended.
    #[must_use]
    pub fn ended(&self) -> &[Ended] {
        self.kept.ended.get_or_init(|| ended_runs(&self.results))
    }

    /// The published study's figures of the same model beside those of the run; none where nothing can be compared.
    #[must_use]
    pub fn beside_published(&self) -> Option<&Beside> {
        self.kept.beside.get_or_init(|| Beside::of(&self.results)).as_ref()
    }

    /// Whether the study has the experiment `kind`, or shares of it were printed.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.results.shapes.contains_key(&kind) || repairs::is_printed(&self.results, kind)
    }

    /// The layers that the experiment `kind` disturbs, ascending. Where nothing but shares was printed of it, those of the
    /// sweep.
    #[must_use]
    pub fn layers_of(&self, kind: Kind) -> &[usize] {
        let shapes = &self.results.shapes;
        let printed = || shapes.get(&Kind::Sweep).filter(|_| self.results.origin != Origin::Run);
        shapes.get(&kind).or_else(printed).map_or(&[], |shape| shape.layers.as_slice())
    }

    /// The layers that the experiments disturb, each set of them once: "2–5 and 0–7"; those of the study where no experiment
    /// is known yet.
    #[must_use]
    pub fn layers_in_words(&self) -> String {
        let mut sets: Vec<String> = Vec::new();
        for shape in self.results.shapes.values() {
            let set = layers_written(&shape.layers);
            if !set.is_empty() && !sets.contains(&set) {
                sets.push(set);
            }
        }
        if sets.is_empty() { self.study().perturbation.layers.to_string() } else { sets.join(" and ") }
    }
}

/// Takes note that a part was made.
fn ignore<T>(_: T) {}

/// Layers as people read them: "2–5"; nothing where there are none.
#[must_use]
pub fn layers_written(layers: &[usize]) -> String {
    Layers::these(layers.to_vec()).map_or_else(|_| String::new(), |set| set.to_string().replace('-', "–"))
}
