//! What to run: the study as a person writes it, in TOML, and its checks.

mod configs;
mod direction;
mod experiments;
mod layers;
mod mode;
mod parse;
mod perturbation;
mod setting;
mod statistics;
mod wrong;

pub use configs::{CONFIGS, Config, config};
pub use direction::Direction;
pub use experiments::{Audit, DELTA, Experiments, Heads, Kind, LayerSets, Reading, Repairing, Scoring, Sweep, Syntax};
pub use layers::Layers;
pub use mode::{Degrees, Mode};
pub(crate) use parse::nearest;
pub use parse::{MOST_BYTES, load, parse, to_toml, with_settings};
pub use perturbation::{
    Coherence, DeltaUnit, Matching, Pairing, PerMode, Perturbation, Protocol, Rotation, Seeds, Settings, Sign, Tokens,
};
pub(crate) use perturbation::{from_word, word};
pub use setting::{Difference, Growth, Key, Setting, canonical, differences, hash, held_differences};
pub use statistics::{Equivalence, Statistics};
pub use wrong::{Need, Wrong};

use crate::error::Result;
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
    /// How the answers are judged.
    #[serde(skip_serializing_if = "Statistics::is_default")]
    pub statistics: Statistics,
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

impl Default for Study {
    fn default() -> Self {
        Self {
            name: "Untitled study".to_owned(),
            seed: 42,
            model: ModelChoice::default(),
            texts: TextChoice::default(),
            perturbation: Perturbation::default(),
            experiments: Experiments::default(),
            statistics: Statistics::default(),
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

impl Study {
    /// The study that the window starts with and that `configs/demo.toml` spells out.
    #[must_use]
    pub fn demo() -> Self {
        CONFIGS[0].study().unwrap_or_default()
    }

    /// Checks every value that can be checked without the model and the texts.
    ///
    /// # Errors
    /// [`crate::Error::usage`] that names the field, what was found and what was expected.
    pub fn validate(&self) -> Result<()> {
        let name = self.name.chars().count();
        if name > MOST_NAME {
            return Err(Wrong::LongName(name, MOST_NAME).into());
        }
        if i64::try_from(self.seed).is_err() {
            return Err(Wrong::Is(Setting::Seed, self.seed.to_string(), Need::Seed(i64::MAX)).into());
        }
        let direction = self.perturbation.direction.file().map(|path| path.as_os_str().len());
        for (setting, length) in [
            (Setting::ModelId, Some(self.model.id.len())),
            (Setting::Revision, Some(self.model.revision.len())),
            (Setting::Source, Some(self.texts.source.len())),
            (Setting::MustContain, Some(self.texts.must_contain.len())),
            (Setting::MustNotStartWith, Some(self.texts.must_not_start_with.len())),
            (Setting::Direction, direction),
            (Setting::Of(Kind::Syntax, Key::Pairs), self.experiments.syntax.as_ref().map(|syntax| syntax.pairs.len())),
        ] {
            if let Some(length) = length.filter(|length| *length > MOST_WORDS) {
                return Err(Wrong::Long(setting, length, MOST_WORDS).into());
            }
        }
        let texts = &self.texts;
        if texts.limit == 0 {
            return Err(Wrong::Is(Setting::Limit, "0".to_owned(), Need::Text).into());
        }
        if texts.max_tokens < 2 {
            return Err(Wrong::Is(Setting::MaxTokens, texts.max_tokens.to_string(), Need::TwoTokens).into());
        }
        if texts.shorter_than <= texts.longer_than + 1 {
            return Err(Wrong::NoLength { longer: texts.longer_than, shorter: texts.shorter_than }.into());
        }
        self.perturbation.validate()?;
        self.statistics.equivalence.validate()?;
        experiments::validate_common(self)?;
        self.experiments.validate(&self.perturbation)
    }
}

/// Characters of the longest name of a study: it stands on every figure, table and page.
const MOST_NAME: usize = 500;

/// Bytes of the longest path, name of a repository or piece of a text in a study: no system has longer paths.
const MOST_WORDS: usize = 4096;
