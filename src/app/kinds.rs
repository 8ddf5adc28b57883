//! The experiments in the window's words, and how they are switched on and off.

use crate::experiment::{Kind, find};
use crate::lm::DecoderSpec;
use crate::study::{DeltaUnit, Key, LayerSets, Setting, Study};
use toml::{Table, Value};

/// Whether `study` asks for it.
#[must_use]
pub fn is_on(study: &Study, kind: Kind) -> bool {
    find(study, kind).is_some()
}

/// Takes it out of `study`.
pub fn switch_off(study: &mut Study, kind: Kind) {
    match (kind, &mut study.experiments.audit) {
        (Kind::AuditPairs, Some(audit)) => audit.items = Some(0),
        (Kind::AuditPairs, None) => {}
        (kind, _) => set(study, Setting::Asked(kind), None),
    }
}

/// Sets what has this type: the list of settings says so.
fn set(study: &mut Study, setting: Setting, value: Option<Value>) {
    let is_set = setting.set(study, value);
    debug_assert!(is_set.is_ok(), "{setting}: {is_set:?}");
}

/// Adds it to `study` with settings that work there, on a model of the shape `spec` where that is known.
pub fn switch_on(study: &mut Study, kind: Kind, spec: Option<&DecoderSpec>) {
    if is_on(study, kind) {
        return;
    }
    let delta = default_delta(study);
    let disturbed = spec.and_then(|spec| study.perturbation.layers.resolve(spec.layers).ok());
    let of = &mut study.experiments;
    if kind == Kind::AuditPairs {
        of.syntax.get_or_insert_default();
        of.audit.get_or_insert_default().items = None;
        return;
    }
    set(study, Setting::Asked(kind), Some(Value::Table(Table::new())));
    if Setting::keys(kind).contains(&Key::Delta) {
        set(study, Setting::Of(kind, Key::Delta), delta.map(Value::Float));
    }
    let Some((spec, layers)) = spec.zip(disturbed) else { return };
    let of = &mut study.experiments;
    match (kind, &mut of.heads, &mut of.layer_sets) {
        (Kind::Heads, Some(heads), _) => {
            let most = spec.heads * layers.len();
            heads.top.retain(|k| *k <= most);
            heads.singles = heads.singles.min(most);
        }
        (Kind::LayerSets, _, Some(sets)) => fit(sets, spec.layers, layers.len()),
        _ => {}
    }
}

/// Sets are chosen of the disturbed layers, and a window slides over all of them.
fn fit(sets: &mut LayerSets, layers: usize, disturbed: usize) {
    if sets.size >= disturbed {
        sets.size = (disturbed / 2).max(1);
    }
    sets.window = sets.window.min(layers.div_ceil(2));
}

/// δ of an experiment at one δ that `study` is given: none where the library's default, a length, has a meaning; else the one
/// in the middle of the study's grid.
#[must_use]
pub fn default_delta(study: &Study) -> Option<f64> {
    if study.perturbation.delta_unit == DeltaUnit::Absolute {
        return None;
    }
    let mut deltas = study.perturbation.deltas.clone();
    deltas.sort_by(f64::total_cmp);
    deltas.get(deltas.len() / 2).copied().or(Some(0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_on_is_valid_and_can_be_switched_off() {
        let mut study = Study::demo();
        let rest: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !is_on(&study, *kind)).collect();
        for kind in &rest {
            switch_on(&mut study, *kind, None);
            assert!(is_on(&study, *kind), "{kind}");
            study.validate().unwrap();
        }
        assert_eq!(study.experiments.entropy.as_ref().and_then(|entropy| entropy.delta), Some(0.5));
        for kind in rest.into_iter().rev() {
            switch_off(&mut study, kind);
            assert!(!is_on(&study, kind), "{kind}");
        }
        assert_eq!(study.experiments, Study::demo().experiments);
    }

    #[test]
    fn sets_fit_into_the_disturbed_layers() {
        let mut sets = LayerSets::default();
        fit(&mut sets, 8, 4);
        assert_eq!((sets.size, sets.window), (2, 4));
    }
}
