//! The settings of single experiments: one table of `[experiments]` each. What a table leaves out is taken from the rest of
//! the study.

use crate::study::setting::{Field, Key};
use crate::study::{Layers, Seeds};
use serde::{Deserialize, Serialize};

/// δ of an experiment at one δ that names none: the published study's, an absolute length.
pub const DELTA: f64 = 5.0;

/// The type of a setting that several experiments have.
macro_rules! common_type {
    (delta) => { Option<f64> };
    (deltas) => { Option<Vec<f64>> };
    (seeds) => { Option<Seeds> };
    (texts) => { Option<usize> };
    (items) => { Option<usize> };
    (layers) => { Option<Layers> };
    (read_layers) => { Option<Layers> };
    (repair_layers) => { Option<Layers> };
}

/// What it is.
macro_rules! common_words {
    (delta) => { "δ; [`DELTA`] where it is left out and δ is an absolute length." };
    (deltas) => { "δ grid; the study's where it is left out." };
    (seeds) => { "Seeds; the study's where they are left out." };
    (texts) => { "The first so many of the study's texts; all where it is left out." };
    (items) => {
        "The first so many of the minimal pairs of `[experiments.syntax]`, where the study has those; all where it is left \
         out, none where it is 0."
    };
    (layers) => { "Layers that are disturbed; the study's where they are left out." };
    (read_layers) => { "Layers that are read; those that are disturbed where it is left out." };
    (repair_layers) => { "Layers that are repaired; those that are disturbed where it is left out." };
}

/// Its name in the list of settings.
macro_rules! common_key {
    (delta) => {
        Key::Delta
    };
    (deltas) => {
        Key::Deltas
    };
    (seeds) => {
        Key::Seeds
    };
    (texts) => {
        Key::Texts
    };
    (items) => {
        Key::Items
    };
    (layers) => {
        Key::Layers
    };
    (read_layers) => {
        Key::ReadLayers
    };
    (repair_layers) => {
        Key::RepairLayers
    };
}

/// The settings of an experiment, one by one.
pub trait Own {
    /// What it has of the settings that experiments have, in the order in which a study is written.
    const KEYS: &'static [Key];

    /// What they are called in its table.
    const NAMES: &'static [&'static str];

    /// A setting; none of what it does not have.
    fn field(&self, key: Key) -> Option<&dyn Field>;

    /// The same, to be set.
    fn field_mut(&mut self, key: Key) -> Option<&mut dyn Field>;
}

/// Declares the settings of experiments: those of their own that come first in a study, those that several experiments have,
/// and those of their own that come last. A setting of its own has a type, a default and its name in the list of settings.
macro_rules! settings {
    ($(
        $(#[$doc:meta])*
        $name:ident: [$($(#[$first_doc:meta])* $first:ident: $first_type:ty = $first_default:expr, $first_key:ident;)*]
            $($common:ident),*
            [$($(#[$last_doc:meta])* $last:ident: $last_type:ty = $last_default:expr, $last_key:ident;)*];
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$first_doc])* pub $first: $first_type,)*
            $(
                #[doc = common_words!($common)]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $common: common_type!($common),
            )*
            $($(#[$last_doc])* pub $last: $last_type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($first: $first_default,)* $($common: None,)* $($last: $last_default,)* }
            }
        }

        impl Own for $name {
            const KEYS: &'static [Key] = &[$(Key::$first_key,)* $(common_key!($common),)* $(Key::$last_key,)*];
            const NAMES: &'static [&'static str] =
                &[$(stringify!($first),)* $(stringify!($common),)* $(stringify!($last),)*];

            fn field(&self, key: Key) -> Option<&dyn Field> {
                match key {
                    $(Key::$first_key => Some(&self.$first),)*
                    $(key if key == common_key!($common) => Some(&self.$common),)*
                    $(Key::$last_key => Some(&self.$last),)*
                    _ => None,
                }
            }

            fn field_mut(&mut self, key: Key) -> Option<&mut dyn Field> {
                match key {
                    $(Key::$first_key => Some(&mut self.$first),)*
                    $(key if key == common_key!($common) => Some(&mut self.$common),)*
                    $(Key::$last_key => Some(&mut self.$last),)*
                    _ => None,
                }
            }
        }
    )*};
}

settings! {
    /// Settings of the sweep.
    Sweep: [] deltas, seeds, texts, layers [];

    /// Settings of the minimal pairs.
    Syntax: [
        /// One of [`Syntax::KEYWORDS`], or the path of one `.jsonl` file in BLiMP's form, or of a folder of them.
        pairs: String = "demo".to_owned(), Pairs;
        /// Names of the paradigms to use; all of the source where it is empty.
        paradigms: Vec<String> = Vec::new(), Paradigms;
        /// How many pairs in all: the first `items / k` of each of k paradigms.
        items: usize = 200, Items;
        /// How a sentence is scored.
        scoring: Scoring = Scoring::Sum, Scoring;
    ] deltas, seeds, layers [];

    /// Settings of an experiment at one δ that reads something off the pass.
    Reading: [] delta, seeds, texts, layers, read_layers [];

    /// Settings of an experiment at one δ that repairs something.
    Repairing: [] delta, seeds, texts, layers, repair_layers [];

    /// Settings of the heads: those of `repair_layers` are ranked and repaired.
    Heads: [] delta, seeds, texts, layers, repair_layers [
        /// Repaired together: the first k heads of the ranking, and the first k layers, for each of these k.
        top: Vec<usize> = vec![2, 4, 6, 8], Top;
        /// Repaired one by one: the first so many heads of the ranking.
        singles: usize = 4, SingleHeads;
    ];

    /// Settings of the sets of layers, which are chosen of the disturbed ones.
    LayerSets: [] delta, seeds, texts, layers [
        /// Layers in a set.
        size: usize = 4, Size;
        /// How many random sets; at most [`LayerSets::MOST_RANDOM`], and as many as there are.
        random: usize = 3, Random;
        /// Layers in a window that slides over the whole depth; none where it is 0.
        window: usize = 4, Window;
        /// Whether every layer of the whole depth is also disturbed, and repaired, alone.
        singles: bool = true, SingleLayers;
    ];

    /// Settings of the audit.
    Audit: [] deltas, seeds, texts, items, layers [];
}

impl Syntax {
    /// Sources that are no paths: the demo's pairs, and BLiMP on the Hub.
    pub const KEYWORDS: [&str; 2] = ["demo", "blimp"];
}

impl LayerSets {
    /// The most random sets that are drawn. Their mean is compared with the chosen sets, which far fewer settle.
    pub const MOST_RANDOM: usize = 1000;
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
