//! The figures that the published study printed: read from `assets/published.toml`, as results that every table and
//! panel can show ([`results`]), and to compare a run with ([`figures_of`], [`Model::figures`]).

mod data_set;
mod figure;

pub use figure::{Figure, Subject, figures_of};

use crate::error::Error;
use crate::experiment::{Arm, Kind, Results};
use crate::stats::Spread;
use crate::study::{self, Mode, Study};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// The word that stands for the published figures where a study file is expected. A file of this name is meant where its
/// path is written otherwise, `./published`.
pub const NAME: &str = "published";

/// The study of each model, with the settings of the published one.
const STUDIES: [&str; 5] = [
    include_str!("../../configs/pythia-410m.toml"),
    include_str!("../../configs/pythia-1.4b.toml"),
    include_str!("../../configs/opt-1.3b.toml"),
    include_str!("../../configs/tinyllama.toml"),
    include_str!("../../configs/opt-iml-1.3b.toml"),
];

/// Everything in `assets/published.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Where it was printed.
    pub source: String,
    /// By model; the first one has values for each seed.
    pub models: Vec<Model>,
}

/// What was printed of one model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its repository on the Hugging Face Hub.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// How many layers it has.
    pub depth: usize,
    /// Tokens of its vocabulary, where there are values by seed to make use of it.
    pub vocabulary: Option<usize>,
    /// What its study in `configs/` cannot have alike, in the middle of a sentence.
    pub note: Option<String>,
    /// Loss of the clean run.
    pub clean_loss: CleanLoss,
    /// Damage of the sweep.
    pub damage: Damage,
    /// Accuracy on minimal pairs.
    pub accuracy: Option<Accuracy>,
    /// Entropy of attention, by the published form.
    pub entropy: Option<Entropy>,
    /// Losses with and without the repair of attention.
    pub attention_repair: Option<RepairedLosses>,
    /// What other repairs give back.
    #[serde(default)]
    pub recoveries: Vec<Recovery>,
}

/// Loss of the clean run, nats.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanLoss {
    /// How many texts.
    pub texts: usize,
    /// Mean over them.
    pub mean: f64,
}

/// Damage to next-token loss, nats.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// How many texts.
    pub texts: usize,
    /// How many seeds, from 0 on.
    pub seeds: usize,
    /// By δ.
    pub at: Vec<AtDelta>,
    /// The study's tests over several δ.
    #[serde(default)]
    pub regimes: Vec<Regime>,
}

/// Accuracy on minimal pairs, percent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// How many pairs.
    pub pairs: usize,
    /// How many seeds, from 0 on.
    pub seeds: usize,
    /// Of the clean run.
    pub clean: f64,
    /// By δ.
    pub at: Vec<AtDelta>,
}

/// Both modes at one δ.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtDelta {
    /// δ, an absolute length.
    pub delta: f64,
    /// Under magnitude.
    pub magnitude: Values,
    /// Under angular.
    pub angular: Values,
    /// What the study computed from them.
    pub printed: Option<Printed>,
}

/// The angular against the magnitude damages of several δ.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regime {
    /// Which δ.
    pub deltas: Vec<f64>,
    /// What the study computed.
    pub printed: Printed,
}

/// Entropy of attention −Σ p·ln(p + 1e-10), mean over all layers, heads and queries, nats.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entropy {
    /// How many texts.
    pub texts: usize,
    /// How many seeds, from 0 on.
    pub seeds: usize,
    /// δ, an absolute length.
    pub delta: f64,
    /// Of the clean run.
    pub clean: f64,
    /// By seed under magnitude.
    pub magnitude: Vec<f64>,
    /// By seed under angular.
    pub angular: Vec<f64>,
    /// What the study computed from them.
    pub printed: Printed,
}

/// Losses with and without the repair of attention's output, nats.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairedLosses {
    /// How many texts.
    pub texts: usize,
    /// How many seeds, from 0 on.
    pub seeds: usize,
    /// δ, an absolute length.
    pub delta: f64,
    /// Of the clean run.
    pub clean: f64,
    /// By seed under magnitude.
    pub magnitude: Vec<f64>,
    /// The same, repaired.
    pub magnitude_repaired: Vec<f64>,
    /// By seed under angular.
    pub angular: Vec<f64>,
    /// The same, repaired.
    pub angular_repaired: Vec<f64>,
    /// What the study computed from them.
    pub printed: Printed,
}

/// What a repair gives back of the damage, percent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// In which experiment.
    pub experiment: Kind,
    /// What is repaired; in the file by its name.
    #[serde(deserialize_with = "arm_of_name")]
    pub arm: Arm,
    /// The layers whose attention is repaired, ascending, where a ranking or a draw chose them.
    pub layers: Option<Vec<usize>>,
    /// How many texts.
    pub texts: usize,
    /// How many seeds.
    pub seeds: usize,
    /// δ, an absolute length.
    pub delta: f64,
    /// Under magnitude.
    pub magnitude: Option<Values>,
    /// Under angular.
    pub angular: Option<Values>,
    /// What the study computed from them.
    pub printed: Option<Printed>,
}

/// What stands for the seeds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One value for each, from seed 0 on.
    BySeed(Vec<f64>),
    /// Their mean, and mostly their spread.
    Mean(Mean),
}

/// Mean and spread over seeds as they were printed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Standard deviation that was divided by n.
    pub population_sd: Option<f64>,
}

/// Statistics as they were printed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Printed {
    /// Angular over magnitude.
    pub ratio: Option<f64>,
    /// t of a test over seeds.
    pub t: Option<f64>,
    /// Its two-sided p.
    pub p: Option<f64>,
    /// Its one-sided p.
    pub p_one_sided: Option<f64>,
    /// Glass's Δ with the population sd of magnitude.
    pub glass_delta: Option<f64>,
    /// Cohen's d with the pooled population sd.
    pub cohens_d: Option<f64>,
    /// Mean and spread over seeds of their recoveries under magnitude, percent.
    pub magnitude_recovery: Option<Mean>,
    /// The same under angular.
    pub angular_recovery: Option<Mean>,
}

/// A test reads the file, so that it is never without its contents here.
static PUBLISHED: LazyLock<Published> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Result<Published, toml::de::Error> {
    toml::from_str(include_str!("../../assets/published.toml"))
}

/// Everything that is known of what the study printed.
#[must_use]
pub fn published() -> &'static Published {
    &PUBLISHED
}

/// What was printed of the model `id` of the Hub, whichever way it is capitalised.
#[must_use]
pub fn model(id: &str) -> Option<&'static Model> {
    published().models.iter().find(|model| model.id.eq_ignore_ascii_case(id))
}

/// Whether `path`, given where a study file is expected, stands for the published figures.
#[must_use]
pub fn is_named(path: &Path) -> bool {
    path.as_os_str() == NAME
}

/// The study whose figures were printed, to be run anew.
#[must_use]
pub fn study() -> Study {
    published().models.first().map(Model::study).unwrap_or_default()
}

/// The figures of the model that has values for each seed, as results; see [`Model::results`].
#[must_use]
pub fn results() -> Results {
    let model = published().models.first();
    model.map_or_else(|| Results::new(Study::default(), BTreeMap::new(), 0), Model::results)
}

/// What to say where `wanted` ("trials", say) is asked of the published figures, which no study file holds.
#[must_use]
pub fn no_study_file(wanted: &str) -> Error {
    Error::usage(format!(
        "the published figures are no study file, so there are no {wanted} of them: they are means by seed, as {} \
         printed them; their tables can be exported, and a file that is called {NAME} is written ./{NAME}",
        published().source
    ))
}

/// What to say where the published figures are asked to be run.
#[must_use]
pub fn no_study_to_run() -> Error {
    Error::usage(format!(
        "the published figures are no study to run; configs/ has the studies that they came from, and a file that is \
         called {NAME} is written ./{NAME}"
    ))
}

impl Model {
    /// The study with the settings of the published one.
    #[must_use]
    pub fn study(&self) -> Study {
        let mut studies = STUDIES.iter().filter_map(|text| study::parse(text).ok());
        studies.find(|study| study.model.id == self.id).unwrap_or_default()
    }
}

/// The arm that is called by its name.
fn arm_of_name<'de, D: Deserializer<'de>>(from: D) -> Result<Arm, D::Error> {
    let name = String::deserialize(from)?;
    Arm::from_name(&name).ok_or_else(|| D::Error::custom(format!("no arm is called \"{name}\"")))
}

impl AtDelta {
    /// The values of `mode`; none where it is neither magnitude nor angular.
    #[must_use]
    pub fn of(&self, mode: Mode) -> Option<&Values> {
        match mode {
            Mode::Magnitude => Some(&self.magnitude),
            Mode::Angular => Some(&self.angular),
            _ => None,
        }
    }
}

impl Values {
    /// The values, where they were printed for each seed.
    #[must_use]
    pub fn by_seed(&self) -> Option<&[f64]> {
        match self {
            Self::BySeed(values) => Some(values),
            Self::Mean(_) => None,
        }
    }

    /// Mean and sample sd over `seeds` seeds. A printed population sd is multiplied by √(n/(n − 1)); one that was rounded
    /// to 0 is none.
    #[must_use]
    pub fn spread(&self, seeds: usize) -> Option<Spread> {
        match self {
            Self::BySeed(values) => Spread::of(values),
            Self::Mean(Mean { mean, population_sd }) => {
                let n = seeds as f64;
                let sd = population_sd.filter(|sd| *sd > 0.0 && seeds > 1).map(|sd| sd * (n / (n - 1.0)).sqrt());
                Some(Spread { mean: *mean, sd, n: seeds })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_agrees_with_the_studies_in_configs() {
        let file = read().unwrap();
        assert_eq!(published(), &file);
        assert_eq!(file.models.len(), STUDIES.len());
        for known in &file.models {
            let study = known.study();
            assert_eq!(study.model.id, known.id);
            assert!(
                study.experiments.sweep.is_some() && study.experiments.entropy.is_some() == known.entropy.is_some()
            );
            let deltas: Vec<f64> = known.damage.at.iter().map(|at| at.delta).collect();
            assert_eq!(study.perturbation.deltas, deltas, "{}", known.id);
            assert_eq!(study.perturbation.seeds.values().len(), known.damage.seeds);
            assert!(study.perturbation.layers.resolve(known.depth).is_ok());
            for values in known.damage.at.iter().flat_map(|at| [&at.magnitude, &at.angular]) {
                assert!(values.by_seed().is_none_or(|values| values.len() == known.damage.seeds), "{}", known.id);
            }
            for recovery in &known.recoveries {
                assert_eq!(recovery.layers.is_some(), matches!(recovery.arm, Arm::Set(_) | Arm::TopLayers(_)));
                assert!(
                    crate::experiment::repairs(recovery.experiment)
                        && crate::experiment::find(&study, recovery.experiment).is_some()
                );
            }
            let lists = known.entropy.iter().flat_map(|e| [(&e.magnitude, e.seeds), (&e.angular, e.seeds)]);
            let losses = known.attention_repair.iter().flat_map(|r| {
                [&r.magnitude, &r.magnitude_repaired, &r.angular, &r.angular_repaired].map(|list| (list, r.seeds))
            });
            assert!(lists.chain(losses).all(|(list, seeds)| list.len() == seeds));
        }
    }

    #[test]
    fn a_printed_sd_becomes_that_of_a_sample() {
        let values = |sd| Values::Mean(Mean { mean: 1.0, population_sd: sd });
        let sd = values(Some(0.2)).spread(3).unwrap().sd.unwrap();
        assert!((sd - 0.2 * 1.5f64.sqrt()).abs() < 1e-15);
        assert_eq!(values(Some(0.0)).spread(3).unwrap().sd, None, "0.000 says only that it is below 0.0005");
        assert_eq!(values(None).spread(3).unwrap().sd, None);
    }

    #[test]
    fn only_the_bare_word_stands_for_the_figures() {
        assert!(is_named(Path::new("published")));
        assert!(!is_named(Path::new("./published")) && !is_named(Path::new("published.polar")));
    }
}
