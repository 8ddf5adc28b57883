//! How the forward pass is disturbed: modes, layers, distances, seeds and the protocol.

use super::{Direction, Layers, Mode, Need, Setting, Wrong};
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// The `[perturbation]` table of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Perturbation {
    /// The preset of the four settings below.
    pub protocol: Protocol,
    /// Overrides the protocol's matching.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matching: Option<PerMode<Matching>>,
    /// Overrides the protocol's coherence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coherence: Option<PerMode<Coherence>>,
    /// Overrides the protocol's pairing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairing: Option<PerMode<Pairing>>,
    /// Overrides the protocol's rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// The modes to compare.
    pub modes: Vec<Mode>,
    /// The layers whose output is disturbed.
    pub layers: Layers,
    /// The distances, in units of `delta_unit`.
    pub deltas: Vec<f64>,
    /// What δ is measured in.
    pub delta_unit: DeltaUnit,
    /// The seeds.
    pub seeds: Seeds,
    /// The tokens that are moved.
    pub tokens: Tokens,
    /// The signs of magnitude and blend.
    pub sign: Sign,
    /// The directions of angular, isotropic and blend.
    pub direction: Direction,
}

/// A preset of [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Every token moves by exactly δ, with independent noise per layer, in all modes alike.
    Strict,
    /// What the published study did.
    Published,
}

/// Whether every token moves by δ, or only their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// Every token moves by δ.
    PerToken,
    /// All selected tokens of a text move by one relative size, such that their mean displacement is δ.
    Mean,
}

/// Whether the layers share their noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coherence {
    /// Each layer has noise of its own.
    Independent,
    /// All layers have the same noise.
    Shared,
}

/// Whether runs that are compared with one another share their noise: the two sentences of a minimal pair, and a
/// text's runs with and without repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pairing {
    /// The same noise at the same position.
    Same,
    /// Noise of their own.
    Separate,
}

/// How a vector is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// In the plane of h and a direction orthogonal to it, by the angle whose chord is δ.
    Exact,
    /// By a push that is not orthogonal to h, whose size a bisection of 20 steps finds.
    Published,
}

/// What δ is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeltaUnit {
    /// The units of the hidden state.
    Absolute,
    /// The token's own norm.
    OfNorm,
    /// The median norm of the layer's output over the study's texts, clean, first tokens left out.
    OfLayerMedian,
}

/// The signs of the modes that change the length: magnitude and blend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// + or − with equal probability, drawn per token.
    Random,
    /// Always longer.
    Grow,
    /// Always shorter.
    Shrink,
}

/// The tokens that are moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenTokens", into = "WrittenTokens")]
pub enum Tokens {
    /// Every token.
    All,
    /// Every token but the first of the text.
    AllButFirst,
    /// The last token of the text.
    Last,
    /// The tokens at these positions, 0-based; texts that are too short to have one go without it.
    At(Vec<usize>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "tokens are \"all\", \"all-but-first\", \"last\" or a list of positions")]
enum WrittenTokens {
    Word(String),
    Positions(Vec<usize>),
}

impl TryFrom<WrittenTokens> for Tokens {
    type Error = String;

    fn try_from(written: WrittenTokens) -> std::result::Result<Self, String> {
        match written {
            WrittenTokens::Positions(list) => Ok(Self::At(list)),
            WrittenTokens::Word(word) => match word.as_str() {
                "all" => Ok(Self::All),
                "all-but-first" => Ok(Self::AllButFirst),
                "last" => Ok(Self::Last),
                _ => Err(format!(
                    "tokens \"{word}\" is unknown; expected \"all\", \"all-but-first\", \"last\" or a list of positions"
                )),
            },
        }
    }
}

impl From<Tokens> for WrittenTokens {
    fn from(tokens: Tokens) -> Self {
        match tokens {
            Tokens::All => Self::Word("all".to_owned()),
            Tokens::AllButFirst => Self::Word("all-but-first".to_owned()),
            Tokens::Last => Self::Word("last".to_owned()),
            Tokens::At(list) => Self::Positions(list),
        }
    }
}

impl Tokens {
    /// Whether the token at `position` of a text of `length` tokens is moved.
    #[must_use]
    pub fn contains(&self, position: usize, length: usize) -> bool {
        match self {
            Self::All => true,
            Self::AllButFirst => position > 0,
            Self::Last => position + 1 == length,
            Self::At(list) => list.contains(&position),
        }
    }
}

/// The seeds: how many (0, 1, 2, …) or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "seeds are written as how many (5) or as a list ([0, 1, 2])")]
pub enum Seeds {
    /// The seeds 0 to n − 1.
    Count(u32),
    /// These.
    List(Vec<u64>),
}

impl Seeds {
    /// The seeds, in order.
    #[must_use]
    pub fn values(&self) -> Vec<u64> {
        match self {
            Self::Count(count) => (0..u64::from(*count)).collect(),
            Self::List(list) => list.clone(),
        }
    }
}

/// One value for both modes, or one for each. What is moved towards a direction, isotropic and blend, takes that of
/// angular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected one of the setting's values, or { angular = …, magnitude = … }")]
pub enum PerMode<T> {
    /// The same for both.
    Both(T),
    /// One for each.
    Each {
        /// For the angular mode.
        angular: T,
        /// For the magnitude mode.
        magnitude: T,
    },
}

impl<T: Copy> PerMode<T> {
    fn of(self, mode: Mode) -> T {
        match (self, mode) {
            (Self::Both(value), _)
            | (Self::Each { angular: value, .. }, Mode::Angular | Mode::Isotropic | Mode::Blend(_))
            | (Self::Each { magnitude: value, .. }, Mode::Magnitude) => value,
        }
    }
}

/// The four settings that decide how fair a comparison of the modes is, for one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether every token moves by δ, or only their mean.
    pub matching: Matching,
    /// Whether the layers share their noise.
    pub coherence: Coherence,
    /// Whether compared runs share their noise.
    pub pairing: Pairing,
    /// How a vector is turned.
    pub rotation: Rotation,
}

impl Settings {
    /// Matching, coherence, pairing and rotation as a study writes them.
    #[must_use]
    pub fn words(&self) -> [String; 4] {
        [word(self.matching), word(self.coherence), word(self.pairing), word(self.rotation)]
    }

    /// The settings that [`Settings::words`] wrote; none where they are other words.
    #[must_use]
    pub fn from_words([matching, coherence, pairing, rotation]: [&str; 4]) -> Option<Self> {
        Some(Self {
            matching: from_word(matching)?,
            coherence: from_word(coherence)?,
            pairing: from_word(pairing)?,
            rotation: from_word(rotation)?,
        })
    }
}

impl Protocol {
    /// The four settings that it stands for, for `mode`.
    #[must_use]
    pub fn settings(self, mode: Mode) -> Settings {
        match (self, mode) {
            (Self::Strict, _) | (Self::Published, Mode::Isotropic | Mode::Blend(_)) => Settings {
                matching: Matching::PerToken,
                coherence: Coherence::Independent,
                pairing: Pairing::Same,
                rotation: Rotation::Exact,
            },
            (Self::Published, Mode::Angular) => Settings {
                matching: Matching::Mean,
                coherence: Coherence::Shared,
                pairing: Pairing::Same,
                rotation: Rotation::Published,
            },
            (Self::Published, Mode::Magnitude) => Settings {
                matching: Matching::PerToken,
                coherence: Coherence::Independent,
                pairing: Pairing::Separate,
                rotation: Rotation::Published,
            },
        }
    }
}

impl Default for Perturbation {
    fn default() -> Self {
        Self {
            protocol: Protocol::Strict,
            matching: None,
            coherence: None,
            pairing: None,
            rotation: None,
            modes: vec![Mode::Magnitude, Mode::Angular],
            layers: Layers::MiddleThird,
            deltas: vec![1.0, 2.0, 5.0, 10.0, 15.0, 20.0],
            delta_unit: DeltaUnit::Absolute,
            seeds: Seeds::Count(5),
            tokens: Tokens::All,
            sign: Sign::Random,
            direction: Direction::Random,
        }
    }
}

impl Perturbation {
    /// The four settings as they hold for `mode`: the protocol's, with what overrides them. The published rotation is
    /// one of the angular mode; isotropic and blend are exact.
    #[must_use]
    pub fn settings(&self, mode: Mode) -> Settings {
        let preset = self.protocol.settings(mode);
        let exact = matches!(mode, Mode::Isotropic | Mode::Blend(_));
        Settings {
            matching: self.matching.map_or(preset.matching, |s| s.of(mode)),
            coherence: self.coherence.map_or(preset.coherence, |s| s.of(mode)),
            pairing: self.pairing.map_or(preset.pairing, |s| s.of(mode)),
            rotation: self.rotation.filter(|_| !exact).unwrap_or(preset.rotation),
        }
    }

    /// Whether anything is drawn for `mode`, a sign or a direction. Where both are fixed, or not used, its runs under all
    /// seeds are one and the same run.
    #[must_use]
    pub fn draws_for(&self, mode: Mode) -> bool {
        let (signs, directions) = match mode {
            Mode::Magnitude => (true, false),
            Mode::Angular | Mode::Isotropic => (false, true),
            // At its ends a blend is one of the two others.
            Mode::Blend(degrees) => (degrees.value() < 90.0, degrees.value() > 0.0),
        };
        signs && self.sign == Sign::Random || directions && self.direction == Direction::Random
    }

    /// Whether one of the four settings differs from the protocol's.
    #[must_use]
    pub fn settings_are_overridden(&self) -> bool {
        self.matching.is_some() || self.coherence.is_some() || self.pairing.is_some() || self.rotation.is_some()
    }

    /// The protocol and whatever overrides it, as it is printed on every figure and table.
    #[must_use]
    pub fn protocol_label(&self) -> String {
        let mut words = vec![word(self.protocol)];
        let mut push = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                words.push(format!("{name} {value}"));
            }
        };
        push("matching", self.matching.map(per_mode_word));
        push("coherence", self.coherence.map(per_mode_word));
        push("pairing", self.pairing.map(per_mode_word));
        push("rotation", self.rotation.map(word));
        push("tokens", (self.tokens != Tokens::All).then(|| word(&self.tokens)));
        push("sign", (self.sign != Sign::Random).then(|| word(self.sign)));
        push("direction", self.direction.file().map(|_| self.direction.name()));
        words.join(", ")
    }

    pub(super) fn validate(&self) -> Result<()> {
        check_deltas(Setting::Deltas, &self.deltas)?;
        check_seeds(Setting::Seeds, &self.seeds)?;
        if self.modes.is_empty() {
            return Err(Wrong::NoMode.into());
        }
        if let Some(twice) = repeated(&self.modes) {
            return Err(Wrong::Twice(Setting::Modes, twice.to_string()).into());
        }
        if self.tokens == Tokens::At(Vec::new()) {
            return Err(Wrong::NoToken.into());
        }
        if self.direction == Direction::File(String::new()) {
            return Err(Wrong::NoDirection.into());
        }
        Ok(())
    }
}

/// The value of a setting that a study writes as `word`.
pub(crate) fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// The word by which a setting is written in a study.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

fn per_mode_word<T: Serialize + Copy>(setting: PerMode<T>) -> String {
    match setting {
        PerMode::Both(value) => word(value),
        PerMode::Each { angular, magnitude } => format!("{} (angular), {} (magnitude)", word(angular), word(magnitude)),
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&word(self))
    }
}

impl DeltaUnit {
    /// The unit as it stands behind δ on an axis or in a caption.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::OfNorm => "fraction of the token's norm",
            Self::OfLayerMedian => "fraction of the layer's median norm",
        }
    }

    /// `delta` with its unit, as short as it can be: "δ 5", "δ 0.5 × token norm".
    #[must_use]
    pub fn of(self, delta: f64) -> String {
        let times = match self {
            Self::Absolute => "",
            Self::OfNorm => " × token norm",
            Self::OfLayerMedian => " × median norm",
        };
        format!("δ {delta}{times}")
    }
}

pub(super) fn check_deltas(setting: Setting, deltas: &[f64]) -> Result<()> {
    if deltas.is_empty() {
        return Err(Wrong::NoDelta(setting).into());
    }
    if deltas.len() > MOST_DELTAS {
        return Err(Wrong::TooMany(setting, deltas.len(), "δ", MOST_DELTAS).into());
    }
    for (i, delta) in deltas.iter().enumerate() {
        if !(delta.is_finite() && *delta > 0.0) {
            return Err(Wrong::Holds(setting, delta.to_string(), Need::Delta).into());
        }
        if deltas[..i].contains(delta) {
            return Err(Wrong::Twice(setting, delta.to_string()).into());
        }
    }
    Ok(())
}

/// More δ than any study needs: a bound for slips of the finger.
const MOST_DELTAS: usize = 10_000;

/// More seeds than any study needs, likewise.
const MOST_SEEDS: u32 = 100_000;

pub(super) fn check_seeds(setting: Setting, seeds: &Seeds) -> Result<()> {
    let values = match seeds {
        Seeds::Count(count) if *count > MOST_SEEDS => {
            return Err(Wrong::Is(setting, count.to_string(), Need::Seeds(MOST_SEEDS)).into());
        }
        Seeds::Count(0) => &[],
        Seeds::Count(_) => return Ok(()),
        Seeds::List(list) => list.as_slice(),
    };
    if values.is_empty() {
        return Err(Wrong::NoSeed(setting).into());
    }
    if let Some(large) = values.iter().find(|seed| i64::try_from(**seed).is_err()) {
        return Err(Wrong::Holds(setting, large.to_string(), Need::Seed(i64::MAX)).into());
    }
    if values.len() > MOST_SEEDS as usize {
        return Err(Wrong::TooMany(setting, values.len(), "seeds", MOST_SEEDS as usize).into());
    }
    let mut seen = HashSet::new();
    match values.iter().find(|seed| !seen.insert(**seed)) {
        Some(twice) => Err(Wrong::Twice(setting, twice.to_string()).into()),
        None => Ok(()),
    }
}

/// Returns the first value of `list` that stands there before.
pub(super) fn repeated<T: PartialEq>(list: &[T]) -> Option<&T> {
    (1..list.len()).find(|i| list[..*i].contains(&list[*i])).map(|i| &list[i])
}
