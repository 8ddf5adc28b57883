//! Where in the set-up a message belongs.

use crate::error::{Error, Interface};
use crate::experiment::Kind;
use crate::study::Setting;

/// A part of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The model.
    Model,
    /// The texts and their source.
    Texts,
    /// How many texts, of how many tokens.
    TextCount,
    /// Which texts pass.
    Filter,
    /// The modes.
    Modes,
    /// The layers.
    Layers,
    /// The δ grid.
    Deltas,
    /// The seeds.
    Seeds,
    /// Which tokens are moved.
    Tokens,
    /// The given directions.
    Direction,
    /// Other settings of the perturbation.
    Perturbation,
    /// An experiment; both audits are the audit.
    Experiment(Kind),
    /// Which experiments.
    Experiments,
    /// How results are judged.
    Statistics,
    /// The device.
    Device,
    /// Shown above the estimate.
    Elsewhere,
}

impl Place {
    /// Where the setting at `path` is.
    fn of(path: &str) -> Self {
        let Some(setting) = Setting::from_path(path) else {
            // The table of experiments has none.
            return if path == "experiments" { Self::Experiments } else { Self::Elsewhere };
        };
        match setting {
            Setting::Name | Setting::Seed => Self::Elsewhere,
            Setting::ModelId | Setting::Revision => Self::Model,
            // The precision stands with the device.
            Setting::Dtype => Self::Device,
            Setting::Source => Self::Texts,
            Setting::Limit | Setting::MaxTokens => Self::TextCount,
            Setting::LongerThan
            | Setting::ShorterThan
            | Setting::MustContain
            | Setting::MustNotStartWith
            | Setting::SpecialTokens => Self::Filter,
            Setting::Modes => Self::Modes,
            Setting::Layers => Self::Layers,
            Setting::Deltas => Self::Deltas,
            Setting::Seeds => Self::Seeds,
            Setting::Tokens => Self::Tokens,
            Setting::Direction => Self::Direction,
            Setting::Protocol
            | Setting::Matching
            | Setting::Coherence
            | Setting::Pairing
            | Setting::Rotation
            | Setting::DeltaUnit
            | Setting::Sign => Self::Perturbation,
            Setting::Unit
            | Setting::DamageBound
            | Setting::AccuracyBound
            | Setting::EntropyBound
            | Setting::RecoveryBound
            | Setting::CosineBound
            | Setting::InteractionBound => Self::Statistics,
            Setting::Asked(kind) | Setting::Of(kind, _) => Self::Experiment(kind),
        }
    }

    /// Whether what is wrong here may lie in a file, and so be mended outside the window.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::Model | Self::Texts | Self::Direction | Self::Experiment(Kind::Syntax) | Self::Elsewhere)
    }
}

/// What is wrong with a study, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What, in the window's words.
    pub words: String,
}

impl Trouble {
    /// The trouble that the library's `error` tells of a study.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        Self { place: error.setting().map_or(Place::Elsewhere, Place::of), words: error.words(Interface::Window) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Hub;
    use crate::lm::{Checkpoint, Part};
    use crate::runner::Plan;
    use crate::study::{Direction, Experiments, Layers, Mode, Rotation, Seeds, Sign, Study, Tokens, parse};

    /// What validating or planning `study` on this machine says.
    fn said(study: &Study) -> Error {
        let plan = || {
            let demo = Checkpoint::open(&study.model, Part::Shape, &mut Hub::cache_only())?;
            Plan::of(study.clone(), &demo, &mut Hub::cache_only())
        };
        study.validate().err().or_else(|| plan().err()).unwrap()
    }

    /// A study, and a change that breaks it.
    type Break = fn(&mut Study);

    /// Whatever validation and planning refuse, and where it belongs.
    const BROKEN: [(Break, Place); 51] = [
        (|s| s.model.id = "/no/such/model".to_owned(), Place::Model),
        (|s| s.texts.source = "/no/such/texts.txt".to_owned(), Place::Texts),
        (|s| s.seed = u64::MAX, Place::Elsewhere),
        (|s| s.texts.limit = 0, Place::TextCount),
        (|s| s.texts.max_tokens = 1, Place::TextCount),
        (|s| s.texts.shorter_than = 31, Place::Filter),
        (|s| s.texts.must_contain = "§".to_owned(), Place::Texts),
        (|s| s.perturbation.modes.clear(), Place::Modes),
        (|s| s.perturbation.modes = vec![Mode::Angular; 2], Place::Modes),
        (|s| s.perturbation.layers = Layers::These(vec![8]), Place::Layers),
        (|s| s.perturbation.deltas.clear(), Place::Deltas),
        (|s| s.perturbation.deltas.push(-1.0), Place::Deltas),
        (|s| s.perturbation.deltas.push(f64::NAN), Place::Deltas),
        (|s| s.perturbation.deltas.push(1.0), Place::Deltas),
        (|s| s.perturbation.deltas.push(1e20), Place::Deltas),
        (|s| s.perturbation.deltas.push(1e-20), Place::Deltas),
        (|s| s.perturbation.seeds = Seeds::Count(0), Place::Seeds),
        (|s| s.perturbation.seeds = Seeds::Count(200_000), Place::Seeds),
        (|s| s.perturbation.seeds = Seeds::List(vec![1, 1]), Place::Seeds),
        (|s| s.perturbation.seeds = Seeds::List(vec![u64::MAX]), Place::Seeds),
        (|s| (s.perturbation.sign, s.perturbation.modes) = (Sign::Grow, vec![Mode::Magnitude]), Place::Seeds),
        (
            |s| {
                s.perturbation.direction = Direction::File("/no/d.safetensors".to_owned());
                s.perturbation.modes = vec![Mode::Angular, Mode::Isotropic];
            },
            Place::Seeds,
        ),
        (|s| s.perturbation.tokens = Tokens::At(Vec::new()), Place::Tokens),
        (|s| s.perturbation.tokens = Tokens::At(vec![900]), Place::Tokens),
        (|s| s.perturbation.tokens = Tokens::Last, Place::Tokens),
        (|s| s.perturbation.direction = Direction::File(String::new()), Place::Direction),
        (|s| s.perturbation.direction = Direction::File("/no/d.safetensors".to_owned()), Place::Direction),
        (|s| s.statistics.equivalence.damage = Some(0.0), Place::Statistics),
        (|s| s.statistics.equivalence.interaction = Some(f64::NAN), Place::Statistics),
        (|s| s.experiments = Experiments::default(), Place::Experiments),
        (|s| s.experiments.sweep.as_mut().unwrap().deltas = Some(Vec::new()), Place::Experiment(Kind::Sweep)),
        (|s| s.experiments.sweep.as_mut().unwrap().texts = Some(0), Place::Experiment(Kind::Sweep)),
        (
            |s| s.experiments.sweep.as_mut().unwrap().seeds = Some(Seeds::List(vec![7, 7])),
            Place::Experiment(Kind::Sweep),
        ),
        (
            |s| s.experiments.sweep.as_mut().unwrap().layers = Some(Layers::These(vec![9])),
            Place::Experiment(Kind::Sweep),
        ),
        (
            |s| {
                (s.perturbation.sign, s.perturbation.seeds) = (Sign::Grow, Seeds::Count(1));
                s.perturbation.modes = vec![Mode::Magnitude];
                s.experiments.sweep.as_mut().unwrap().seeds = Some(Seeds::Count(3));
            },
            Place::Experiment(Kind::Sweep),
        ),
        (|s| s.experiments.syntax.as_mut().unwrap().items = 0, Place::Experiment(Kind::Syntax)),
        (|s| s.experiments.syntax.as_mut().unwrap().items = 90_000, Place::Experiment(Kind::Syntax)),
        (
            |s| s.experiments.syntax.as_mut().unwrap().paradigms = vec!["none_such".to_owned()],
            Place::Experiment(Kind::Syntax),
        ),
        (
            |s| s.experiments.syntax.as_mut().unwrap().paradigms = vec!["a".to_owned(); 2],
            Place::Experiment(Kind::Syntax),
        ),
        (
            |s| s.experiments.syntax.as_mut().unwrap().pairs = "/no/pairs.jsonl".to_owned(),
            Place::Experiment(Kind::Syntax),
        ),
        (|s| s.experiments.entropy.as_mut().unwrap().delta = None, Place::Experiment(Kind::Entropy)),
        (|s| s.experiments.pathways.as_mut().unwrap().delta = Some(0.0), Place::Experiment(Kind::Pathways)),
        (|s| s.experiments.pathways.as_mut().unwrap().delta = Some(1e19), Place::Experiment(Kind::Pathways)),
        (
            |s| s.experiments.norm_repair.as_mut().unwrap().repair_layers = Some(Layers::These(vec![11])),
            Place::Experiment(Kind::NormRepair),
        ),
        (
            |s| s.experiments.norm_repair.as_mut().unwrap().repair_layers = Some(Layers::These(vec![0, 1])),
            Place::Experiment(Kind::NormRepair),
        ),
        (
            |s| s.experiments.qk_alignment.as_mut().unwrap().layers = Some(Layers::These(vec![7])),
            Place::Experiment(Kind::QkAlignment),
        ),
        (|s| s.experiments.heads.as_mut().unwrap().top.push(0), Place::Experiment(Kind::Heads)),
        (|s| s.experiments.heads.as_mut().unwrap().singles = 99, Place::Experiment(Kind::Heads)),
        (|s| s.experiments.layer_sets.as_mut().unwrap().size = 4, Place::Experiment(Kind::LayerSets)),
        (|s| s.experiments.layer_sets.as_mut().unwrap().window = 9, Place::Experiment(Kind::LayerSets)),
        (|s| s.perturbation.rotation = Some(Rotation::Exact), Place::Experiment(Kind::Audit)),
    ];

    #[test]
    fn every_message_stands_where_it_belongs_and_speaks_of_controls() {
        let everything = parse(include_str!("../../configs/demo-all.toml")).unwrap();
        let settings: Vec<String> = Setting::all()
            .filter(|setting| setting.is_set(&everything))
            .map(|setting| setting.path().to_owned())
            .collect();
        for (i, (break_it, place)) in BROKEN.iter().enumerate() {
            let mut study = everything.clone();
            break_it(&mut study);
            let message = said(&study);
            let Trouble { place: found, words } = Trouble::of(&message);
            assert_eq!(found, *place, "{i}: {message}");
            // What the user wrote is quoted, or is a path that the message begins with.
            let unquoted: String = words.split('"').step_by(2).collect();
            for theirs in ["experiments.", "[experiments", "perturbation.", "texts.", "model.", "statistics.", "--"] {
                assert!(!unquoted.contains(theirs), "{i}: {words}");
            }
            // Keys that are no words.
            for key in settings.iter().filter_map(|name| name.rsplit('.').next()).filter(|key| key.contains('_')) {
                assert!(!unquoted.contains(key), "{i}: {words}");
            }
            // Nothing was put into the middle of a sentence that belongs at its beginning, or twice.
            for mangled in ["the the", "  ", " The ", "is is", " ,"] {
                assert!(!words.contains(mangled), "{i}: {words}");
            }
        }
    }
}
