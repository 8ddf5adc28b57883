//! Where in the set-up a message belongs.

use crate::app::reworded::reworded;
use crate::experiment::Kind;
use crate::study::Study;

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

/// How the library's messages begin, and where they belong; the first that fits counts.
const BEGINNINGS: [(&str, Place); 27] = [
    ("texts.limit", Place::TextCount),
    ("texts.max_tokens", Place::TextCount),
    ("texts.shorter_than", Place::Filter),
    ("texts.longer_than", Place::Filter),
    ("texts.", Place::Texts),
    ("text ", Place::Texts),
    ("special_tokens", Place::Filter),
    ("statistics.", Place::Statistics),
    // The precision stands with the device.
    ("model.dtype", Place::Device),
    ("model ", Place::Model),
    ("model.", Place::Model),
    ("the revision", Place::Model),
    ("the model ", Place::Model),
    ("the tokenizer ", Place::Model),
    ("config.json", Place::Model),
    ("perturbation.modes", Place::Modes),
    ("perturbation.deltas", Place::Deltas),
    ("perturbation.seeds", Place::Seeds),
    ("perturbation.layers", Place::Layers),
    ("layers ", Place::Layers),
    ("layers:", Place::Layers),
    ("perturbation.tokens", Place::Tokens),
    ("perturbation.direction", Place::Direction),
    ("perturbation.", Place::Perturbation),
    ("pair ", Place::Experiment(Kind::Syntax)),
    ("the study does not fit", Place::Device),
    ("the study has no experiment", Place::Experiments),
];

impl Trouble {
    /// The trouble that the library's `message` tells of `study`.
    #[must_use]
    pub fn of(message: &str, study: &Study) -> Self {
        let place = by_path(message, study)
            .or_else(|| experiment(message, study).map(Place::Experiment))
            .or_else(|| BEGINNINGS.iter().find(|(start, _)| message.starts_with(start)).map(|(_, place)| *place));
        Self { place: place.unwrap_or(Place::Elsewhere), words: reworded(message) }
    }
}

/// The place of the file or folder that `message` begins with. Files are named by their paths, which are the study's own
/// words for them. Of several that fit the longest is meant: one may lie in another.
fn by_path(message: &str, study: &Study) -> Option<Place> {
    let direction = study.perturbation.direction.file().map(|path| path.to_string_lossy().into_owned());
    let pairs = study.experiments.syntax.as_ref().map(|syntax| syntax.pairs.clone());
    let paths = [
        (Some(study.model.id.clone()), Place::Model),
        (Some(study.texts.source.clone()), Place::Texts),
        (direction, Place::Direction),
        (pairs, Place::Experiment(Kind::Syntax)),
    ];
    let names = |path: &str| message.strip_prefix(path).is_some_and(|rest| rest.starts_with([':', '/', '\\']));
    let mut found: Option<(usize, Place)> = None;
    for (path, place) in paths {
        let Some(path) = path.filter(|path| !path.is_empty() && path != "demo" && names(path)) else { continue };
        if found.is_none_or(|(longest, _)| path.len() > longest) {
            found = Some((path.len(), place));
        }
    }
    found.map(|(_, place)| place)
}

/// The experiment that `message` is about: it names one, or layers that are one's own.
fn experiment(message: &str, study: &Study) -> Option<Kind> {
    if let Some(rest) = message.strip_prefix("experiments.") {
        return Kind::from_name(rest.split(['.', ' ']).next()?);
    }
    let layers = message.strip_prefix("layers \"")?.split('"').next()?;
    if study.perturbation.layers.to_string() == layers {
        return None;
    }
    let of = |kind: &Kind| {
        let experiment = crate::experiment::find(study, *kind)?;
        let grid = experiment.grid();
        Some([grid.layers, grid.other_layers].into_iter().flatten().any(|own| own.to_string() == layers))
    };
    Kind::ALL.into_iter().find(|kind| of(kind) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Hub;
    use crate::lm::{Checkpoint, Part};
    use crate::runner::Plan;
    use crate::study::{
        Audit, Direction, Experiments, Heads, LayerSets, Layers, Mode, Reading, Rotation, Seeds, Setting, Sign, Tokens,
        parse,
    };

    #[test]
    fn messages_find_their_place() {
        let mut study = Study::demo();
        study.perturbation.deltas.push(0.0);
        let message = study.validate().unwrap_err().to_string();
        let trouble = Trouble::of(&message, &study);
        assert_eq!(trouble.place, Place::Deltas);
        assert_eq!(trouble.words, "The δ grid holds 0: every δ must be a finite number greater than 0");
        let mut study = Study::demo();
        study.texts.source = "/nowhere/a.txt".to_owned();
        assert_eq!(Trouble::of("/nowhere/a.txt: cannot be read", &study).place, Place::Texts);
        study.perturbation.direction = Direction::File("/nowhere/d.safetensors".to_owned());
        let message = "/nowhere/d.safetensors: there is no such file";
        assert_eq!(Trouble::of(message, &study).place, Place::Direction);
        assert_eq!(Trouble::of("layers \"6-9\": there is no layer 8", &study).place, Place::Layers);
    }

    #[test]
    fn a_tokenizer_that_does_not_fit_its_model_stands_with_the_model() {
        let message = "the tokenizer gives the token id 445 in \"a\", outside the model's vocabulary of 400";
        assert_eq!(Trouble::of(message, &Study::demo()).place, Place::Model);
    }

    #[test]
    fn messages_of_an_experiment_stand_with_it() {
        let mut study = Study::demo();
        study.experiments.entropy =
            Some(Reading { read_layers: Some(Layers::These(vec![6, 9])), ..Reading::default() });
        let message = study.validate().unwrap_err().to_string();
        let trouble = Trouble::of(&message, &study);
        assert_eq!(trouble.place, Place::Experiment(Kind::Entropy));
        assert!(trouble.words.starts_with("δ is not set"), "{}", trouble.words);
        assert!(!trouble.words.contains('.'), "{}", trouble.words);
        let layers = Trouble::of("layers \"6,9\": there is no layer 9; the model has 8 layers, 0 to 7", &study);
        assert_eq!(layers.place, Place::Experiment(Kind::Entropy));
    }

    #[test]
    fn no_message_of_an_experiment_speaks_of_fields() {
        let mut studies = vec![Study::demo(); 6];
        let of =
            |study: &mut Study| study.experiments.heads.insert(Heads { delta: Some(0.5), ..Heads::default() }).clone();
        let heads = of(&mut studies[0]);
        studies[0].experiments.heads = Some(Heads { top: vec![2, 2], ..heads.clone() });
        studies[1].experiments.heads = Some(Heads { texts: Some(0), ..heads.clone() });
        studies[2].experiments.heads = Some(Heads { delta: Some(0.0), ..heads.clone() });
        studies[3].experiments.heads = Some(Heads { seeds: Some(Seeds::Count(0)), ..heads });
        studies[4].experiments.layer_sets = Some(LayerSets { delta: Some(1.0), size: 0, ..LayerSets::default() });
        studies[5].experiments.audit = Some(Audit::default());
        studies[5].perturbation.rotation = Some(Rotation::Exact);
        let said: Vec<String> = studies.iter().map(|study| study.validate().unwrap_err().to_string()).collect();
        let planned = [
            "experiments.heads.top asks for 20 heads; the repaired layers have 16",
            "experiments.heads.singles asks for 20 heads; the repaired layers have 16",
            "experiments.layer_sets.size is 4: sets are chosen of the 4 disturbed layers, so it has to be less",
            "experiments.layer_sets.window is 9; the model has 8 layers",
        ];
        for message in said.iter().map(String::as_str).chain(planned) {
            let trouble = Trouble::of(message, &studies[0]);
            assert!(matches!(trouble.place, Place::Experiment(_)), "{message}");
            for theirs in ["experiments", "perturbation", "[", "_"] {
                assert!(!trouble.words.contains(theirs), "{}", trouble.words);
            }
        }
    }

    /// What validating or planning `study` on this machine says.
    fn said(study: &Study) -> String {
        let plan = || {
            let demo = Checkpoint::open(&study.model, Part::Shape, &mut Hub::cache_only())?;
            Plan::of(study.clone(), &demo, &mut Hub::cache_only())
        };
        let error = study.validate().err().or_else(|| plan().err());
        error.unwrap().to_string()
    }

    /// A study, and a change that breaks it.
    type Break = fn(&mut Study);

    /// Whatever validation and planning refuse, and where it belongs.
    const BROKEN: [(Break, Place); 50] = [
        (|s| s.model.id = "/no/such/model".to_owned(), Place::Model),
        (|s| s.texts.source = "/no/such/texts.txt".to_owned(), Place::Texts),
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
        let everything = parse(include_str!("../../../configs/demo-all.toml")).unwrap();
        let settings: Vec<String> = Setting::all()
            .filter(|setting| setting.is_set(&everything))
            .map(|setting| setting.path().to_owned())
            .collect();
        for (i, (break_it, place)) in BROKEN.iter().enumerate() {
            let mut study = everything.clone();
            break_it(&mut study);
            let message = said(&study);
            let Trouble { place: found, words } = Trouble::of(&message, &study);
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
            for mangled in ["a The", "smaller the", "the the", "  ", " The ", "is is", "the \"", " ,"] {
                assert!(!words.contains(mangled), "{i}: {words}");
            }
        }
    }

    #[test]
    fn a_path_that_lies_in_another_is_the_one_that_is_meant() {
        let mut study = Study::demo();
        study.model.id = "/data/m".to_owned();
        study.texts.source = "/data/m/texts.txt".to_owned();
        study.perturbation.direction = Direction::File("/data/m/texts.txt.safetensors".to_owned());
        study.experiments.syntax.as_mut().unwrap().pairs = "/data/m/pairs".to_owned();
        for (message, place) in [
            ("/data/m: there is no such folder or file", Place::Model),
            ("/data/m/config.json: there is no such file", Place::Model),
            ("/data/m/texts.txt: cannot be read", Place::Texts),
            ("/data/m/texts.txt.safetensors: not a usable safetensors file", Place::Direction),
            ("/data/m/pairs: no .jsonl file", Place::Experiment(Kind::Syntax)),
            ("/data/m/pairs/a.jsonl: line 3", Place::Experiment(Kind::Syntax)),
            ("/data/m2/config.json: there is no such file", Place::Elsewhere),
        ] {
            assert_eq!(Trouble::of(message, &study).place, place, "{message}");
        }
        // What looks like the beginning of another message.
        study.model.id = "text files/model".to_owned();
        assert_eq!(Trouble::of("text files/model/config.json: broken", &study).place, Place::Model);
        study.texts.source = "pair texts.txt".to_owned();
        assert_eq!(Trouble::of("pair texts.txt: cannot be read", &study).place, Place::Texts);
        assert_eq!(Trouble::of("text 3 (\"a\") has 1 token", &study).place, Place::Texts);
    }
}
