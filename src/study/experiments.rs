//! The questions that a study asks, each with its settings: one table of `[experiments]` each. What a table leaves out is
//! taken from the rest of the study.

use super::{DeltaUnit, Layers, Perturbation, Seeds, perturbation, usage};
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

/// What all tables of `[experiments]` have: borrowed from one of them.
struct Common<'a> {
    name: &'static str,
    deltas: Option<&'a [f64]>,
    delta: Delta,
    seeds: Option<&'a Seeds>,
    texts: Option<usize>,
}

/// The δ of an experiment at one δ.
enum Delta {
    Set(f64),
    Default,
    /// It has a grid.
    None,
}

impl Experiments {
    fn common(&self) -> Vec<Common<'_>> {
        macro_rules! of {
            ($($name:ident: $deltas:ident $texts:ident),*) => {
                [$(self.$name.as_ref().map(|e| Common {
                    name: stringify!($name),
                    deltas: of!(@deltas $deltas e),
                    delta: of!(@delta $deltas e),
                    seeds: e.seeds.as_ref(),
                    texts: of!(@texts $texts e),
                })),*].into_iter().flatten().collect()
            };
            (@deltas deltas $e:ident) => { $e.deltas.as_deref() };
            (@deltas delta $e:ident) => { None };
            (@delta deltas $e:ident) => { Delta::None };
            (@delta delta $e:ident) => { $e.delta.map_or(Delta::Default, Delta::Set) };
            (@texts texts $e:ident) => { $e.texts };
            (@texts pairs $e:ident) => { None };
        }
        of!(
            sweep: deltas texts, syntax: deltas pairs, entropy: delta texts, attention_repair: delta texts,
            pathways: delta texts, norm_repair: delta texts, heads: delta texts, layer_sets: delta texts,
            qk_alignment: delta texts, audit: deltas texts
        )
    }

    /// Adds the experiment of this name with the study's settings, where it is not there.
    pub fn add(&mut self, name: &str) {
        macro_rules! among {
            ($($known:ident)*) => {
                match name {
                    $(stringify!($known) => drop(self.$known.get_or_insert_default()),)*
                    _ => {}
                }
            };
        }
        among!(sweep syntax entropy attention_repair pathways norm_repair heads layer_sets qk_alignment audit);
    }

    /// Checks every value that can be checked without the model and the texts.
    pub(super) fn validate(&self, perturbation: &Perturbation) -> Result<()> {
        let tables = self.common();
        if tables.is_empty() {
            return usage("the study has no experiment: add [experiments.sweep] or another one");
        }
        for table in tables {
            let field = |name| format!("experiments.{}.{name}", table.name);
            if let Some(deltas) = table.deltas {
                perturbation::check_deltas(&field("deltas"), deltas)?;
            }
            match table.delta {
                Delta::Set(delta) => perturbation::check_deltas(&field("delta"), &[delta])?,
                Delta::Default if perturbation.delta_unit != DeltaUnit::Absolute => {
                    return usage(format!(
                        "{} is not set: its default is a length ({DELTA}), and perturbation.delta_unit is a fraction",
                        field("delta")
                    ));
                }
                Delta::Default | Delta::None => {}
            }
            if let Some(seeds) = table.seeds {
                perturbation::check_seeds(&field("seeds"), seeds)?;
            }
            if table.texts == Some(0) {
                return usage(format!("{} is 0: at least one text is needed", field("texts")));
            }
        }
        if let Some(syntax) = &self.syntax {
            if syntax.items == 0 {
                return usage("experiments.syntax.items is 0: at least one pair is needed");
            }
            let paradigms = &syntax.paradigms;
            if let Some(i) = (1..paradigms.len()).find(|i| paradigms[..*i].contains(&paradigms[*i])) {
                return usage(format!("experiments.syntax.paradigms names \"{}\" twice", paradigms[i]));
            }
        }
        if let Some(heads) = &self.heads {
            if heads.top.contains(&0) {
                return usage("experiments.heads.top holds 0: at least one head is repaired");
            }
            if let Some(i) = (1..heads.top.len()).find(|i| heads.top[..*i].contains(&heads.top[*i])) {
                return usage(format!("experiments.heads.top holds {} twice", heads.top[i]));
            }
        }
        if self.layer_sets.as_ref().is_some_and(|sets| sets.size == 0) {
            return usage("experiments.layer_sets.size is 0: a set has at least one layer");
        }
        if let Some(sets) = self.layer_sets.as_ref().filter(|sets| sets.random > LayerSets::MOST_RANDOM) {
            return usage(format!(
                "experiments.layer_sets.random is {}: each random set is a run of its own, and at most {} are drawn",
                sets.random,
                LayerSets::MOST_RANDOM
            ));
        }
        if self.audit.is_some() && perturbation.settings_are_overridden() {
            return usage(
                "experiments.audit sets matching, coherence, pairing and rotation itself: leave them out of \
                 [perturbation]",
            );
        }
        Ok(())
    }
}
