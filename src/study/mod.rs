//! What to run: the study as a person writes it, in TOML, and its checks.

mod layers;
mod parse;
mod perturbation;

pub use layers::Layers;
pub(crate) use parse::nearest;
pub use parse::{load, parse, to_toml, with_settings};
pub use perturbation::{
    Coherence, DeltaUnit, Matching, Mode, Pairing, PerMode, Perturbation, Protocol, Rotation, Seeds, Settings, Sign,
    Tokens,
};

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Everything that one study file describes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Study {
    /// A title, for people.
    pub name: String,
    /// The seed that all noise of the study is derived from.
    pub seed: u64,
    /// Which model.
    pub model: ModelChoice,
    /// Which texts, and how they are cut into tokens.
    pub texts: TextChoice,
    /// How the forward pass is disturbed.
    pub perturbation: Perturbation,
    /// Which questions are asked.
    pub experiments: Experiments,
}

/// The model and its arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelChoice {
    /// `demo`, a folder in Hugging Face layout, a `.gguf` file, or a repository of the Hugging Face Hub.
    pub id: String,
    /// Branch, tag or commit of a repository.
    pub revision: String,
    /// Type of weights and arithmetic.
    pub dtype: Dtype,
}

/// Type of weights and arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32-bit floats; weights of 16 bits are widened when they are loaded.
    F32,
    /// 16-bit floats, on CUDA devices; perturbations, softmax and losses are computed in 32 bits.
    F16,
    /// As [`Dtype::F16`], with the exponent of a 32-bit float.
    Bf16,
}

impl std::fmt::Display for Dtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        })
    }
}

impl From<Dtype> for candle_core::DType {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F32 => Self::F32,
            Dtype::F16 => Self::F16,
            Dtype::Bf16 => Self::BF16,
        }
    }
}

/// Which texts a study uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextChoice {
    /// One of [`TextChoice::KEYWORDS`], or the path of a text file (one text a line) or of a `.jsonl` file with a `text`
    /// field.
    pub source: String,
    /// At most so many texts, in file order.
    pub limit: usize,
    /// A text is kept if, stripped, it has more characters than this …
    pub longer_than: usize,
    /// … fewer than this …
    pub shorter_than: usize,
    /// … contains this …
    pub must_contain: String,
    /// … and does not start with this (nothing is dropped where it is empty).
    pub must_not_start_with: String,
    /// Texts are cut after so many tokens.
    pub max_tokens: usize,
    /// Which special tokens stand before and after a text.
    pub special_tokens: SpecialTokens,
}

impl TextChoice {
    /// Sources that are no paths: the demo's texts, ten short sentences, and the test split of WikiText on the Hub. A
    /// file of such a name is meant where its path is written otherwise, `./demo`.
    pub const KEYWORDS: [&str; 3] = ["demo", "short", "wikitext"];
}

/// Which special tokens stand before and after a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SpecialTokens {
    /// Those that the tokenizer adds by itself.
    Tokenizer,
    /// None.
    None,
    /// The beginning-of-sequence token, and nothing else.
    Bos,
}

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
}

/// Settings of the sweep; what is absent is taken from the study.
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

/// Settings of the minimal pairs; what is absent is taken from the study.
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

/// How the log-probabilities of a sentence's tokens become its score. The first token has no context and is not
/// scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scoring {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
}

impl Default for Study {
    fn default() -> Self {
        Self {
            name: "Untitled study".to_owned(),
            seed: 42,
            model: ModelChoice::default(),
            texts: TextChoice::default(),
            perturbation: Perturbation::default(),
            experiments: Experiments::default(),
        }
    }
}

impl ModelChoice {
    /// The model `id` at its main revision, in float32.
    #[must_use]
    pub fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }
}

impl Default for ModelChoice {
    fn default() -> Self {
        Self { id: "demo".to_owned(), revision: "main".to_owned(), dtype: Dtype::F32 }
    }
}

impl Default for TextChoice {
    fn default() -> Self {
        Self {
            source: "demo".to_owned(),
            limit: 500,
            longer_than: 30,
            shorter_than: 300,
            must_contain: ".".to_owned(),
            must_not_start_with: "=".to_owned(),
            max_tokens: 64,
            special_tokens: SpecialTokens::Tokenizer,
        }
    }
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

impl Study {
    /// The study that the window starts with and that `configs/demo.toml` spells out.
    #[must_use]
    pub fn demo() -> Self {
        parse(include_str!("../../configs/demo.toml")).unwrap_or_default()
    }

    /// The study of a file without any setting changed that would make another study of it: what
    /// [`crate::store`] compares before it extends a file. Grids, seeds, the number of texts and pairs, and the set
    /// of experiments may grow; all else has to stay.
    #[must_use]
    pub fn frame(&self) -> Self {
        let mut frame = self.clone();
        frame.name = String::new();
        // Where files are does not matter, only what is in them, which the store compares.
        frame.model.id = String::new();
        frame.texts.source = String::new();
        frame.texts.limit = 0;
        frame.perturbation.modes = Vec::new();
        frame.perturbation.deltas = Vec::new();
        frame.perturbation.seeds = Seeds::List(Vec::new());
        if let Some(sweep) = &mut frame.experiments.sweep {
            (sweep.deltas, sweep.seeds, sweep.texts) = (None, None, None);
        }
        if let Some(syntax) = &mut frame.experiments.syntax {
            (syntax.deltas, syntax.seeds, syntax.items) = (None, None, 0);
            syntax.pairs = String::new();
        }
        frame
    }

    /// Checks every value that can be checked without the model and the texts.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the field, what was found and what was expected.
    pub fn validate(&self) -> Result<()> {
        let texts = &self.texts;
        if texts.limit == 0 {
            return usage("texts.limit is 0: at least one text is needed");
        }
        if texts.max_tokens < 2 {
            return usage(format!(
                "texts.max_tokens is {}: a next-token loss needs at least 2 tokens",
                texts.max_tokens
            ));
        }
        if texts.shorter_than <= texts.longer_than + 1 {
            return usage(format!(
                "texts.shorter_than ({}) and texts.longer_than ({}) leave no possible length",
                texts.shorter_than, texts.longer_than
            ));
        }
        self.perturbation.validate()?;
        if let Some(sweep) = &self.experiments.sweep {
            check_grid("experiments.sweep", sweep.deltas.as_deref(), sweep.seeds.as_ref())?;
            if sweep.texts == Some(0) {
                return usage("experiments.sweep.texts is 0: at least one text is needed");
            }
        }
        if let Some(syntax) = &self.experiments.syntax {
            check_grid("experiments.syntax", syntax.deltas.as_deref(), syntax.seeds.as_ref())?;
            if syntax.items == 0 {
                return usage("experiments.syntax.items is 0: at least one pair is needed");
            }
            let paradigms = &syntax.paradigms;
            if let Some(i) = (1..paradigms.len()).find(|i| paradigms[..*i].contains(&paradigms[*i])) {
                return usage(format!("experiments.syntax.paradigms names \"{}\" twice", paradigms[i]));
            }
        }
        if self.experiments == Experiments::default() {
            return usage("the study has no experiment: add [experiments.sweep] or [experiments.syntax]");
        }
        Ok(())
    }
}

fn check_grid(table: &str, deltas: Option<&[f64]>, seeds: Option<&Seeds>) -> Result<()> {
    if let Some(deltas) = deltas {
        perturbation::check_deltas(&format!("{table}.deltas"), deltas)?;
    }
    if let Some(seeds) = seeds {
        perturbation::check_seeds(&format!("{table}.seeds"), seeds)?;
    }
    Ok(())
}

fn usage<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::Usage(message.into()))
}
