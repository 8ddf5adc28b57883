//! What a study has to have, besides its experiments, for a table to be filled: known before anything is computed.

use crate::experiment::{Kind, Origin, Results, find};
use crate::findings::Beside;
use crate::study::{DeltaUnit, Mode};

/// Whether the results are those of a run: of what was printed there are no readings by layer and no vectors.
pub fn run(results: &Results) -> bool {
    results.origin == Origin::Run
}

/// Whether heads are to be repaired.
pub fn repaired_heads(results: &Results) -> bool {
    // What was printed are repairs.
    results.study.experiments.heads.as_ref().is_none_or(|heads| heads.singles > 0 || !heads.top.is_empty())
}

/// Whether single layers or windows of layers are disturbed and repaired.
pub fn windows(results: &Results) -> bool {
    results.study.experiments.layer_sets.as_ref().is_some_and(|sets| sets.singles || sets.window > 1)
}

/// Whether figures of the model were published that the results can stand beside.
pub fn published(results: &Results) -> bool {
    Beside::never(results).is_none()
}

/// Whether something is compared: the modes, or sets of layers.
pub fn compared(results: &Results) -> bool {
    results.shapes.keys().any(|kind| is_compared(results, *kind))
}

/// Whether something is compared that bears on a claim of the published study.
pub fn claims(results: &Results) -> bool {
    // Pathways and heads bear on none.
    let bearing = |kind: &&Kind| !matches!(kind, Kind::Pathways | Kind::Heads);
    results.shapes.keys().filter(bearing).any(|kind| is_compared(results, *kind))
}

fn is_compared(results: &Results, kind: Kind) -> bool {
    let series = results.series(kind);
    let has = |mode: Mode| series.iter().any(|series| series.mode == mode);
    has(Mode::Angular) && has(Mode::Magnitude) || kind == Kind::LayerSets && !series.is_empty()
}

/// Whether loss and accuracy are measured under both modes at a δ.
pub fn dissociation(results: &Results) -> bool {
    let deltas = |kind| find(&results.study, kind).map(|experiment| experiment.deltas(&results.study));
    let both = deltas(Kind::Sweep).zip(deltas(Kind::Syntax));
    let modes = &results.study.perturbation.modes;
    results.vocabulary.is_some()
        && [Mode::Angular, Mode::Magnitude].iter().all(|mode| modes.contains(mode))
        && both.is_some_and(|(sweep, syntax)| sweep.iter().any(|delta| syntax.contains(delta)))
}

/// Whether losses are measured at any δ: of some models nothing but means was printed.
pub fn dose(results: &Results) -> bool {
    !results.series(Kind::Sweep).is_empty()
}

/// Whether losses are measured under both modes in one of the published study's regimes of δ.
pub fn regimes(results: &Results) -> bool {
    let in_regime = |delta: f64| delta <= 5.0 || delta >= 10.0;
    let series = results.series(Kind::Sweep);
    let has = |mode: Mode| series.iter().any(|series| series.mode == mode && in_regime(series.delta));
    results.study.perturbation.delta_unit == DeltaUnit::Absolute && has(Mode::Angular) && has(Mode::Magnitude)
}
