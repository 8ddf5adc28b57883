//! The experiments, each a small declaration: what it is tried on, under which conditions, what is read off its passes,
//! and what a trial's losses become. The runner runs any of them; none has a loop of its own.

mod arm;
mod attention;
mod audit;
mod compare;
mod condition;
mod factor;
mod harm;
mod heads;
mod inference;
mod layer_sets;
mod measured;
mod ranking;
mod reading;
mod recovery;
mod repair;
mod replicates;
mod results;
mod scores;
mod series;
mod sweep;
mod syntax;

pub use arm::{Arm, Cell, LayerSet, Repaired, Window, repairs};
pub use attention::{Change, changes, tested};
pub use audit::{AuditCell, AuditOf, Gap};
pub use compare::{Clean, Comparison, Measured, RATIO_RULE, Row};
pub use condition::{Condition, Disturbance, Pass};
pub use factor::{Factor, corner};
pub(crate) use harm::prepare;
pub use harm::{ArmHarm, harms_by_arm, least_p, resample_count};
pub use inference::{
    CLAIMS, Claim, Difference, Differences, DissociationAt, Dose, Judgement, Numbers, Outcome, Regime, Test, TestName,
    differences, dissociations, dose, judged, regimes,
};
pub use measured::Measure;
pub use ranking::{HeadChange, Ranking};
pub use recovery::{Of, Recoveries, Recovery};
pub use results::{Commit, Origin, Part, Results, Shape, Trial};
pub use scores::Scores;
pub use series::Series;

use crate::error::{ForSetting, Result};
use crate::lm::DecoderSpec;
use crate::measure::{self, Quantity};
pub use crate::study::Kind;
use crate::study::{self, DELTA, Key, Layers, Mode, Seeds, Setting, Study};

/// What is measured on one item under one condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Loss of a text in nats; or 1, ½ or 0 for a pair whose good sentence is the likelier, as likely, or not.
    pub value: f64,
    /// Scores of the good and the bad sentence of a pair.
    pub sentences: Option<(f64, f64)>,
}

impl Score {
    /// Of a text with these next-token losses.
    fn of_text(losses: &[&[f32]]) -> Self {
        let value = losses.first().map_or(f64::NAN, |text| measure::mean_loss(text));
        Self { value, sentences: None }
    }
}

/// An experiment of a study.
pub trait Experiment: Send + Sync {
    /// Which.
    fn kind(&self) -> Kind;

    /// What the study sets for it, where that differs from the rest of the study.
    fn grid(&self) -> Grid<'_>;

    /// What it is tried on.
    fn material(&self) -> Material {
        Material::Texts(self.grid().texts)
    }

    /// What is read off the clean run and the plain disturbed ones, in the layers of [`Grid::other_layers`].
    fn reads(&self) -> Vec<Quantity> {
        Vec::new()
    }

    /// The modes of `study` that it is tried with.
    fn modes(&self, study: &Study) -> Vec<Mode> {
        study.perturbation.modes.clone()
    }

    /// The ways of running a disturbed pass that it compares under `mode`.
    ///
    /// # Errors
    /// [`crate::Error::usage`] where the model does not have what they need.
    fn arms(&self, _mode: Mode, at: &At) -> Result<Vec<(Arm, Pass)>> {
        Ok(vec![(Arm::Plain, Pass::disturbed(&at.layers))])
    }

    /// How many further arms [`Experiment::later_arms`] gives once the first ones are in.
    fn later_count(&self, _at: &At) -> usize {
        0
    }

    /// The arms that depend on what the first ones gave; the same for all modes.
    ///
    /// # Errors
    /// As [`Experiment::arms`].
    fn later_arms(&self, _at: &At, _results: &Results) -> Result<Vec<(Arm, Pass)>> {
        Ok(Vec::new())
    }

    /// Returns whether it can have planned `arm` for a model with `layers` of `heads` each.
    fn can_plan(&self, arm: Arm, _layers: usize, _heads: usize) -> bool {
        arm.is_of(self.kind())
    }

    /// What its summary compares.
    fn measure(&self) -> Measure {
        Measure::Damage
    }

    /// The differences that are tested, family by family.
    fn differences(&self, _of: &Differences) -> Vec<Vec<Difference>> {
        Vec::new()
    }

    /// The claim of the published study that one of its differences bears on.
    fn claim(&self, _difference: &Difference) -> Option<&'static Claim> {
        None
    }

    /// What the next-token losses (nats) of an item's sequences become.
    fn score(&self, losses: &[&[f32]]) -> Score {
        Score::of_text(losses)
    }
}

/// An experiment's own settings; what is absent is the study's.
#[derive(Default)]
pub struct Grid<'a> {
    /// δ grid.
    pub deltas: Option<Vec<f64>>,
    /// Seeds.
    pub seeds: Option<&'a Seeds>,
    /// The first so many texts.
    pub texts: Option<usize>,
    /// Disturbed layers.
    pub layers: Option<&'a Layers>,
    /// Layers that are read or repaired; the disturbed ones where there are none.
    pub other_layers: Option<&'a Layers>,
}

/// The grid of an experiment that has one δ.
fn one(delta: Option<f64>) -> Vec<f64> {
    vec![delta.unwrap_or(DELTA)]
}

/// Where an experiment is run: what its conditions depend on beside its own settings.
pub struct At<'a> {
    /// The study.
    pub study: &'a Study,
    /// The model's shape.
    pub spec: &'a DecoderSpec,
    /// The layers that are disturbed, ascending.
    pub layers: Vec<usize>,
    /// The layers that are read or repaired, ascending.
    pub other_layers: Vec<usize>,
}

/// What an experiment is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// The study's texts; the first so many of them.
    Texts(Option<usize>),
    /// The study's minimal pairs; about so many of them, as many of each paradigm.
    Pairs(Option<usize>),
}

impl Material {
    /// What its items are called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Texts(_) => "texts",
            Self::Pairs(_) => "pairs",
        }
    }
}

/// The experiments that `study` asks for, in their order.
#[must_use]
pub fn of_study(study: &Study) -> Vec<Box<dyn Experiment>> {
    Kind::ALL.into_iter().filter_map(|kind| find(study, kind)).collect()
}

/// The experiment `kind` of `study`, where it asks for it.
#[must_use]
pub fn find(study: &Study, kind: Kind) -> Option<Box<dyn Experiment>> {
    let of = &study.experiments;
    let repair = |repairs, settings: &Option<study::Repairing>| -> Option<Box<dyn Experiment>> {
        settings.clone().map(|settings| Box::new(repair::Repair { repairs, settings }) as _)
    };
    Some(match kind {
        Kind::Sweep => Box::new(of.sweep.clone()?),
        Kind::Syntax => Box::new(of.syntax.clone()?),
        Kind::Entropy => Box::new(reading::Entropy(of.entropy.clone()?)),
        Kind::AttentionRepair => repair(repair::Repairs::Attention, &of.attention_repair)?,
        Kind::Pathways => repair(repair::Repairs::Pathways, &of.pathways)?,
        Kind::NormRepair => repair(repair::Repairs::Norms, &of.norm_repair)?,
        Kind::Heads => Box::new(of.heads.clone()?),
        Kind::LayerSets => Box::new(of.layer_sets.clone()?),
        Kind::QkAlignment => Box::new(reading::QkAlignment(of.qk_alignment.clone()?)),
        Kind::Audit => Box::new(audit::OfTexts(of.audit.clone()?)),
        Kind::AuditPairs => {
            let (syntax, settings) = (of.syntax.as_ref()?, of.audit.clone()?);
            (settings.items != Some(0)).then_some(())?;
            Box::new(audit::OfPairs { settings, scoring: syntax.scoring })
        }
    })
}

impl dyn Experiment + '_ {
    /// Where it is run in `study` on a model of the shape `spec`.
    ///
    /// # Errors
    /// [`crate::Error::usage`] where the model does not have one of the layers.
    pub fn at<'a>(&self, study: &'a Study, spec: &'a DecoderSpec) -> Result<At<'a>> {
        let grid = self.grid();
        let own = |key| Setting::Of(self.kind().table(), key).path();
        let setting = if grid.layers.is_some() { own(Key::Layers) } else { Setting::Layers.path() };
        let layers = grid.layers.unwrap_or(&study.perturbation.layers).resolve(spec.layers).for_setting(setting)?;
        let other_layers = match grid.other_layers {
            Some(other) => {
                let key = if repairs(self.kind()) { Key::RepairLayers } else { Key::ReadLayers };
                other.resolve(spec.layers).for_setting(own(key))?
            }
            None => layers.clone(),
        };
        Ok(At { study, spec, layers, other_layers })
    }

    /// Its δ grid in `study`.
    #[must_use]
    pub fn deltas(&self, study: &Study) -> Vec<f64> {
        self.grid().deltas.unwrap_or_else(|| study.perturbation.deltas.clone())
    }

    /// Its seeds in `study`.
    #[must_use]
    pub fn seeds(&self, study: &Study) -> Vec<u64> {
        self.grid().seeds.unwrap_or(&study.perturbation.seeds).values()
    }

    /// The conditions that are known before anything has run: the clean run first.
    ///
    /// # Errors
    /// As [`Experiment::arms`].
    pub fn conditions(&self, at: &At) -> Result<Vec<Condition>> {
        let mut list =
            vec![Condition { experiment: self.kind(), disturbance: None, arm: Arm::Plain, pass: Pass::default() }];
        for mode in self.modes(at.study) {
            self.extend(&mut list, at, mode, &self.arms(mode, at)?);
        }
        Ok(list)
    }

    /// The conditions of the arms that came later.
    #[must_use]
    pub fn later_conditions(&self, at: &At, arms: &[(Arm, Pass)]) -> Vec<Condition> {
        let mut list = Vec::new();
        for mode in self.modes(at.study) {
            self.extend(&mut list, at, mode, arms);
        }
        list
    }

    fn extend(&self, list: &mut Vec<Condition>, at: &At, mode: Mode, arms: &[(Arm, Pass)]) {
        let (deltas, seeds) = (self.deltas(at.study), self.seeds(at.study));
        for (arm, pass) in arms {
            let settings = pass.settings.unwrap_or_else(|| at.study.perturbation.settings(mode));
            for delta in &deltas {
                for seed in &seeds {
                    let pass = Pass { settings: Some(settings), ..pass.clone() };
                    let disturbance = Some(Disturbance { mode, delta: *delta, seed: *seed });
                    list.push(Condition { experiment: self.kind(), disturbance, arm: *arm, pass });
                }
            }
        }
    }
}
