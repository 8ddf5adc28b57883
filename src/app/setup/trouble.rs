//! Where in the set-up a message belongs.

use crate::app::words::reworded;
use crate::study::Study;

/// A part of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The model.
    Model,
    /// The texts.
    Texts,
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
    /// The sweep.
    Sweep,
    /// The minimal pairs.
    Syntax,
    /// Which experiments.
    Experiments,
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
const BEGINNINGS: [(&str, Place); 22] = [
    ("texts.", Place::Texts),
    ("text ", Place::Texts),
    ("special_tokens", Place::Texts),
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
    ("experiments.sweep", Place::Sweep),
    ("experiments.syntax", Place::Syntax),
    ("pair ", Place::Syntax),
    ("the study does not fit", Place::Device),
    ("the study has no experiment", Place::Experiments),
];

impl Trouble {
    /// The trouble that the library's `message` tells of `study`.
    #[must_use]
    pub fn of(message: &str, study: &Study) -> Self {
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
                Some(Place::Syntax)
            } else {
                None
            }
        };
        Self { place: by_beginning.or_else(by_path).unwrap_or(Place::Elsewhere), words: reworded(message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Direction;

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
}
