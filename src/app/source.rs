//! What a study is made from and may have to be fetched from the Hub, its model, its texts, its minimal pairs; and its
//! directions, which are a file of one's own.

use crate::corpus;
use crate::error::{ErrorKind, Result};
use crate::hub::Hub;
use crate::lm::{Checkpoint, Part};
use crate::study::{Direction, Study};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The model.
    Model,
    /// The texts.
    Texts,
    /// The minimal pairs.
    Pairs,
    /// The given directions.
    Direction,
}

impl Source {
    /// Those that the Hub may have.
    pub const ALL: [Self; 3] = [Self::Model, Self::Texts, Self::Pairs];

    /// What `study` has here, in words.
    #[must_use]
    pub fn name(self, study: &Study) -> String {
        match self {
            Self::Model if study.model.revision == "main" => study.model.id.clone(),
            Self::Model => format!("{} at {}", study.model.id, study.model.revision),
            Self::Texts => "WikiText-103".to_owned(),
            Self::Pairs => "BLiMP".to_owned(),
            Self::Direction => study.perturbation.direction.name(),
        }
    }

    /// Puts `value` into `study`.
    pub fn set(self, study: &mut Study, value: &str) {
        match self {
            Self::Model => {
                value.clone_into(&mut study.model.id);
                "main".clone_into(&mut study.model.revision);
            }
            Self::Texts => value.clone_into(&mut study.texts.source),
            Self::Pairs => {
                if let Some(syntax) = &mut study.experiments.syntax {
                    value.clone_into(&mut syntax.pairs);
                    // Another source has other paradigms.
                    syntax.paradigms.clear();
                }
            }
            Self::Direction => study.perturbation.direction = Direction::File(value.to_owned()),
        }
    }

    /// Brings all that `study` needs of it to this machine.
    ///
    /// # Errors
    /// Those of the library, [`Error::not_cached`] where `hub` may not use the network and would have to.
    pub fn fetch(self, study: &Study, hub: &mut Hub) -> Result<()> {
        match (self, &study.experiments.syntax) {
            (Self::Model, _) => {
                // Config and tokenizer by themselves, so that a download that ends early leaves the shape.
                Checkpoint::open(&study.model, Part::Shape, hub)?;
                Checkpoint::open(&study.model, Part::Whole, hub).map(drop)
            }
            (Self::Texts, _) => corpus::load_texts(&study.texts, hub).map(drop),
            (Self::Pairs, Some(syntax)) => corpus::load_pairs(syntax, hub).map(drop),
            (Self::Pairs, None) | (Self::Direction, _) => Ok(()),
        }
    }

    /// Whether something of it has to be fetched first. Never asks the network.
    #[must_use]
    pub fn is_missing(self, study: &Study) -> bool {
        self.fetch(study, &mut Hub::cache_only()).is_err_and(|error| error.kind() == ErrorKind::NotCached)
    }
}
