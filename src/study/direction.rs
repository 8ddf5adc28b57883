//! Where the directions come from towards which hidden states are moved, as it is written in a study.

use super::nearest;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the directions come from: `"random"` or `{ file = "dirs.safetensors" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Direction {
    /// Drawn for every token and seed.
    Random,
    /// The tensor `direction` of this safetensors file, the same for every token and seed.
    File(String),
}

/// What is expected where a direction is.
const EXPECTED: &str = "expected \"random\" or { file = \"dirs.safetensors\" }";

impl Direction {
    /// The path of the file; none where directions are drawn.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Random => None,
            Self::File(path) => Some(Path::new(path)),
        }
    }

    /// The file's name without its folders, or "random".
    #[must_use]
    pub fn name(&self) -> String {
        let Some(path) = self.file() else { return "random".to_owned() };
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }
}

/// A direction in TOML.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a direction is \"random\" or { file = \"dirs.safetensors\" }")]
enum Written {
    Word(String),
    Table(BTreeMap<String, String>),
}

impl TryFrom<Written> for Direction {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::Word(word) if word == "random" => Ok(Self::Random),
            Written::Word(word) => Err(Error::usage(format!("\"{word}\" is unknown; {EXPECTED}"))),
            Written::Table(mut table) => match (table.remove("file"), table.keys().next()) {
                (Some(file), None) => Ok(Self::File(file)),
                (_, Some(key)) => {
                    Err(Error::usage(format!("\"{key}\" is unknown{}; {EXPECTED}", nearest(key, &["file"]))))
                }
                (None, None) => Err(Error::usage(format!("a table without a key; {EXPECTED}"))),
            },
        }
    }
}

impl From<Direction> for Written {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Random => Self::Word("random".to_owned()),
            Direction::File(path) => Self::Table([("file".to_owned(), path)].into()),
        }
    }
}
