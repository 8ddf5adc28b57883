//! A set of layers as people write it: `"8-15"`, `"0-3,8"`, `[8, 9]`, `"all"`, `"middle-third"`.

use super::Wrong;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A set of layers, 0-based, ranges inclusive; resolved against a model by [`Layers::resolve`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Layers {
    /// Every layer.
    All,
    /// ⌊L/3⌋ … L − ⌊L/3⌋ − 1 of L layers (24 layers: 8–15; 8 layers: 2–5).
    MiddleThird,
    /// These, ascending, each once.
    These(Vec<usize>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "layers are written as \"8-15\", \"0-3,8\", 8, [8, 9], \"all\" or \"middle-third\"")]
enum Written {
    One(usize),
    Text(String),
    List(Vec<usize>),
}

impl TryFrom<Written> for Layers {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::One(layer) => Self::these(vec![layer]),
            Written::Text(text) => text.parse(),
            Written::List(list) => Self::these(list),
        }
    }
}

impl From<Layers> for String {
    fn from(layers: Layers) -> Self {
        layers.to_string()
    }
}

impl FromStr for Layers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            "all" => return Ok(Self::All),
            "middle-third" => return Ok(Self::MiddleThird),
            _ => {}
        }
        let mut list = Vec::new();
        for part in text.split(',') {
            let malformed = || {
                Error::usage(format!(
                    "layers \"{text}\": \"{}\" is neither a layer nor a range; write \"8-15\", \"0-3,8\", \"all\" or \
                     \"middle-third\"",
                    part.trim()
                ))
            };
            let number = |s: &str| s.trim().parse::<usize>().ok().filter(|n| *n < 10_000).ok_or_else(malformed);
            match part.split_once(['-', '–']) {
                None => list.push(number(part)?),
                Some((first, last)) => {
                    let (first, last) = (number(first)?, number(last)?);
                    if first > last {
                        return Err(malformed());
                    }
                    list.extend(first..=last);
                }
            }
        }
        Self::these(list)
    }
}

impl Layers {
    /// The set of the layers in `list`, which may be in any order and repeat itself.
    ///
    /// # Errors
    /// [`Error::usage`] where the list is empty.
    pub fn these(mut list: Vec<usize>) -> Result<Self> {
        if list.is_empty() {
            return Err(Wrong::NoLayer.into());
        }
        list.sort_unstable();
        list.dedup();
        Ok(Self::These(list))
    }

    /// The layers of a model of `count` layers that the set names, ascending.
    ///
    /// # Errors
    /// [`Error::usage`] where the model does not have one of them.
    pub fn resolve(&self, count: usize) -> Result<Vec<usize>> {
        match self {
            Self::All => Ok((0..count).collect()),
            Self::MiddleThird => Ok((count / 3..count - count / 3).collect()),
            Self::These(list) => match list.iter().find(|layer| **layer >= count) {
                Some(layer) => Err(Wrong::NoSuchLayer(self.clone(), *layer, count).into()),
                None => Ok(list.clone()),
            },
        }
    }
}

/// The shortest way to write the set; parsing it gives the set back.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self {
            Self::All => return f.write_str("all"),
            Self::MiddleThird => return f.write_str("middle-third"),
            Self::These(list) => list,
        };
        let runs = list.chunk_by(|a, b| a + 1 == *b);
        let words: Vec<String> = runs
            .map(|run| match run {
                [one] => one.to_string(),
                [first, .., last] => format!("{first}-{last}"),
                [] => String::new(),
            })
            .collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, count: usize) -> Vec<usize> {
        text.parse::<Layers>().unwrap().resolve(count).unwrap()
    }

    #[test]
    fn ranges_are_inclusive_and_lists_are_sorted() {
        assert_eq!(resolved("8-10", 24), [8, 9, 10]);
        assert_eq!(resolved("8, 0-2,1", 24), [0, 1, 2, 8]);
        assert_eq!("8,0-2".parse::<Layers>().unwrap().to_string(), "0-2,8");
    }

    #[test]
    fn middle_third_is_that_of_the_study() {
        assert_eq!(resolved("middle-third", 24), (8..=15).collect::<Vec<_>>());
        assert_eq!(resolved("middle-third", 8), (2..=5).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_layer_is_named() {
        for (text, part) in [("8-", "8-"), ("a", "a"), ("5-3", "5-3"), ("", "\"\""), ("1,,2", "\"\"")] {
            let message = text.parse::<Layers>().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let message = "6-9".parse::<Layers>().unwrap().resolve(8).unwrap_err().to_string();
        assert!(message.contains("no layer 8") && message.contains("0 to 7"), "{message}");
    }
}
