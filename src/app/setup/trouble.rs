//! Where in the set-up a message belongs.

use crate::app::words::reworded;
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

/// What is wrong with a study, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What, in the window's words.
    pub words: String,
}

/// How the library's messages begin, and where they belong; the first that fits counts.
const BEGINNINGS: [(&str, Place); 26] = [
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
        if let Some(kind) = experiment(message, study) {
            return Self { place: Place::Experiment(kind), words: reworded(message) };
        }
        let by_beginning = BEGINNINGS.iter().find(|(start, _)| message.starts_with(start)).map(|(_, place)| *place);
        // Files are named by their paths, which are the study's own words for them.
        let names = |path: &str| !path.is_empty() && path != "demo" && message.starts_with(path);
        let by_path = || {
            if names(&study.model.id) {
                Some(Place::Model)
            } else if names(&study.texts.source) {
                Some(Place::Texts)
            } else if study.perturbation.direction.file().is_some_and(|path| names(&path.to_string_lossy())) {
                Some(Place::Direction)
            } else if study.experiments.syntax.as_ref().is_some_and(|syntax| names(&syntax.pairs)) {
                Some(Place::Experiment(Kind::Syntax))
            } else {
                None
            }
        };
        Self { place: by_beginning.or_else(by_path).unwrap_or(Place::Elsewhere), words: reworded(message) }
    }
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
    use crate::study::{Audit, Direction, Heads, LayerSets, Layers, Reading, Rotation, Seeds};

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
}
