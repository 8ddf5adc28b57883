//! Checks of the experiments' settings, as far as they can be made without the model and the texts.

use super::{DELTA, Experiments, Kind, LayerSets};
use crate::error::Result;
use crate::study::perturbation::{check_deltas, check_seeds, repeated};
use crate::study::{DeltaUnit, Key, Need, Perturbation, Seeds, Setting, Study, Wrong};

impl Experiments {
    /// Checks the values of single experiments, as far as that can be done without the model and the texts.
    pub(in crate::study) fn validate(&self, perturbation: &Perturbation) -> Result<()> {
        let zero = |kind, key, need| Err(Wrong::Is(Setting::Of(kind, key), "0".to_owned(), need).into());
        if let Some(syntax) = &self.syntax {
            if syntax.items == 0 {
                return zero(Kind::Syntax, Key::Items, Need::Pair);
            }
            if let Some(name) = repeated(&syntax.paradigms) {
                return Err(Wrong::Twice(Setting::Of(Kind::Syntax, Key::Paradigms), format!("\"{name}\"")).into());
            }
        }
        if let Some(heads) = &self.heads {
            let top = Setting::Of(Kind::Heads, Key::Top);
            if heads.top.contains(&0) {
                return Err(Wrong::Holds(top, "0".to_owned(), Need::Head).into());
            }
            if let Some(twice) = repeated(&heads.top) {
                return Err(Wrong::Twice(top, twice.to_string()).into());
            }
        }
        if self.layer_sets.as_ref().is_some_and(|sets| sets.size == 0) {
            return zero(Kind::LayerSets, Key::Size, Need::Layer);
        }
        if let Some(sets) = self.layer_sets.as_ref().filter(|sets| sets.random > LayerSets::MOST_RANDOM) {
            let (random, need) = (sets.random.to_string(), Need::RandomSets(LayerSets::MOST_RANDOM));
            return Err(Wrong::Is(Setting::Of(Kind::LayerSets, Key::Random), random, need).into());
        }
        if self.audit.is_some() && perturbation.settings_are_overridden() {
            return Err(Wrong::Audited.into());
        }
        Ok(())
    }
}

/// Checks what experiments have in common, of every one that `study` asks.
pub(in crate::study) fn validate_common(study: &Study) -> Result<()> {
    let mut asked = Kind::tables().filter(|kind| Setting::Asked(*kind).is_set(study)).peekable();
    if asked.peek().is_none() {
        return Err(Wrong::NoExperiment.into());
    }
    for (kind, key) in asked.flat_map(|kind| Setting::keys(kind).iter().map(move |key| (kind, *key))) {
        let setting = Setting::Of(kind, key);
        match key {
            Key::Deltas => {
                if let Some(Some(deltas)) = setting.typed::<Option<Vec<f64>>>(study) {
                    check_deltas(setting, deltas)?;
                }
            }
            Key::Delta => match setting.typed::<Option<f64>>(study) {
                Some(Some(delta)) => check_deltas(setting, &[*delta])?,
                Some(None) if study.perturbation.delta_unit != DeltaUnit::Absolute => {
                    return Err(Wrong::DeltaUnset(setting, DELTA).into());
                }
                _ => {}
            },
            Key::Seeds => {
                if let Some(Some(seeds)) = setting.typed::<Option<Seeds>>(study) {
                    check_seeds(setting, seeds)?;
                }
            }
            Key::Texts if setting.typed::<Option<usize>>(study) == Some(&Some(0)) => {
                return Err(Wrong::Is(setting, "0".to_owned(), Need::Text).into());
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::parse;

    #[test]
    fn what_experiments_have_in_common_is_of_one_type() {
        let study = parse(include_str!("../../../configs/demo-all.toml")).unwrap();
        for (kind, key) in Kind::tables().flat_map(|kind| Setting::keys(kind).iter().map(move |key| (kind, *key))) {
            let setting = Setting::Of(kind, key);
            let is_typed = match key {
                Key::Delta => setting.typed::<Option<f64>>(&study).is_some(),
                Key::Deltas => setting.typed::<Option<Vec<f64>>>(&study).is_some(),
                Key::Seeds => setting.typed::<Option<Seeds>>(&study).is_some(),
                Key::Texts => setting.typed::<Option<usize>>(&study).is_some(),
                _ => true,
            };
            assert!(is_typed, "{setting}");
        }
    }
}
