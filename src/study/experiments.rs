//! The questions that a study asks, each with its settings: one table of `[experiments]` each. What a table leaves out is
//! taken from the rest of the study.

use super::perturbation::{check_deltas, check_seeds, repeated};
use super::{DeltaUnit, Key, Kind, Layers, Need, Perturbation, Seeds, Setting, Study, Wrong};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// The experiments of a study; one that is absent is not run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Experiments {
    /// Next-token loss against δ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// Grammatical judgement against δ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syntax: Option<Syntax>,
    /// Attention entropy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<Reading>,
    /// Attention outputs repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention_repair: Option<Repairing>,
    /// Attention, MLP, and both repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pathways: Option<Repairing>,
    /// The outputs of either norm, and of both, repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_repair: Option<Repairing>,
    /// Heads ranked by their change of entropy, and repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<Heads>,
    /// Sets, single layers and windows, disturbed or repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_sets: Option<LayerSets>,
    /// Queries and keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qk_alignment: Option<Reading>,
    /// Which setting of the protocol makes which part of the gap between the modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
}

/// Settings of the sweep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sweep {
    /// δ grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Vec<f64>>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
}

/// Settings of the minimal pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Syntax {
    /// One of [`Syntax::KEYWORDS`], or the path of one `.jsonl` file in BLiMP's form, or of a folder of them.
    pub pairs: String,
    /// Names of the paradigms to use; all of the source where it is empty.
    pub paradigms: Vec<String>,
    /// How many pairs in all: the first `items / k` of each of k paradigms.
    pub items: usize,
    /// How a sentence is scored.
    pub scoring: Scoring,
    /// δ grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Vec<f64>>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
}

impl Syntax {
    /// Sources that are no paths: the demo's pairs, and BLiMP on the Hub.
    pub const KEYWORDS: [&str; 2] = ["demo", "blimp"];
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            pairs: "demo".to_owned(),
            paradigms: Vec::new(),
            items: 200,
            scoring: Scoring::Sum,
            deltas: None,
            seeds: None,
            layers: None,
        }
    }
}

/// How the log-probabilities of a sentence's tokens, in nats, become its score. The first token of a sequence has no
/// context and is not scored. [`Scoring::Sum`] and [`Scoring::Mean`] take the special tokens that the study's texts
/// have; the other two do what a package does, and have their own whatever [`super::TextChoice::special_tokens`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scoring {
    /// Their sum. A tie of the two sentences counts ½.
    Sum,
    /// Their mean. A tie counts ½.
    Mean,
    /// As the `blimp` tasks of lm-evaluation-harness: the sum for the sentence with a space before it, after the
    /// model's beginning-of-sequence token, else its end-of-sequence token, and no other special token. So the
    /// sentence's own first token is scored too. A tie counts 1.
    LmEval,
    /// As minicons' `sequence_score` by default: the mean for the sentence as it is, with the special tokens that the
    /// tokenizer adds by itself. A tie counts ½.
    Minicons,
}

/// Settings of an experiment at one δ that reads something off the pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// δ; see [`delta`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
    /// Layers that are read; those that are disturbed where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_layers: Option<Layers>,
}

/// Settings of an experiment at one δ that repairs something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repairing {
    /// δ; see [`delta`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
    /// Layers that are repaired; those that are disturbed where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair_layers: Option<Layers>,
}

/// Settings of the heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Heads {
    /// δ; see [`delta`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
    /// Layers whose heads are ranked and repaired; those that are disturbed where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair_layers: Option<Layers>,
    /// Repaired together: the first k heads of the ranking, and the first k layers, for each of these k.
    pub top: Vec<usize>,
    /// Repaired one by one: the first so many heads of the ranking.
    pub singles: usize,
}

impl Default for Heads {
    fn default() -> Self {
        let top = vec![2, 4, 6, 8];
        Self { delta: None, seeds: None, texts: None, layers: None, repair_layers: None, top, singles: 4 }
    }
}

/// Settings of the sets of layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayerSets {
    /// δ; see [`delta`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// Layers that are disturbed while sets are repaired, and of which the sets are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
    /// Layers in a set.
    pub size: usize,
    /// How many random sets; at most [`LayerSets::MOST_RANDOM`], and as many as there are.
    pub random: usize,
    /// Layers in a window that slides over the whole depth; none where it is 0.
    pub window: usize,
    /// Whether every layer of the whole depth is also disturbed, and repaired, alone.
    pub singles: bool,
}

impl LayerSets {
    /// The most random sets that are drawn. Their mean is compared with the chosen sets, which far fewer settle.
    pub const MOST_RANDOM: usize = 1000;
}

impl Default for LayerSets {
    fn default() -> Self {
        Self { delta: None, seeds: None, texts: None, layers: None, size: 4, random: 3, window: 4, singles: true }
    }
}

/// Settings of the audit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// δ grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Vec<f64>>,
    /// Seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// The first so many of the study's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<usize>,
    /// The first so many of the minimal pairs of `[experiments.syntax]`, where the study has those; all where it is left
    /// out, none where it is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<usize>,
    /// Layers that are disturbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
}

/// δ of an experiment at one δ that names none: the published study's, an absolute length.
pub const DELTA: f64 = 5.0;

impl Experiments {
    /// Checks the values of single experiments, as far as that can be done without the model and the texts.
    pub(super) fn validate(&self, perturbation: &Perturbation) -> Result<()> {
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
pub(super) fn validate_common(study: &Study) -> Result<()> {
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
        let study = parse(include_str!("../../configs/demo-all.toml")).unwrap();
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
