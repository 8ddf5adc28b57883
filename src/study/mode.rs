//! The ways of moving a hidden state, and how they are written: `"angular"`, `{ blend = 45 }`.

use super::nearest;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A way of moving a hidden state h by a given distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Mode {
    /// Along h: its length changes, its direction stays.
    Magnitude,
    /// Around the sphere: its direction changes, its length stays.
    Angular,
    /// Anywhere: h + δ·u with a random unit vector u, what a push that nothing constrains does.
    Isotropic,
    /// Partly along h and partly around the sphere: 0° is [`Mode::Magnitude`], 90° [`Mode::Angular`].
    Blend(Degrees),
}

/// Degrees from 0 (radial) to 90 (tangential), kept as the bits of a number that is not negative: those are ordered as
/// the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Degrees(u64);

impl Degrees {
    /// These degrees.
    ///
    /// # Errors
    /// [`Error::usage`] where they are not from 0 to 90.
    pub fn new(degrees: f64) -> Result<Self> {
        if (0.0..=90.0).contains(&degrees) {
            // −0 is 0.
            Ok(Self((degrees + 0.0).to_bits()))
        } else {
            Err(Error::usage(format!("blend is {degrees}; expected degrees from 0 (radial) to 90 (tangential)")))
        }
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// The modes that are written as a word, and the key of the one that is not.
const NAMES: [&str; 4] = ["magnitude", "angular", "isotropic", "blend"];

/// What is expected where a mode is.
const EXPECTED: &str = "expected \"magnitude\", \"angular\", \"isotropic\" or { blend = 45 }";

impl Mode {
    /// Whether it moves h towards a direction, a random one or a given one.
    #[must_use]
    pub fn has_direction(self) -> bool {
        self != Self::Magnitude
    }

    /// Whether it makes h longer or shorter by a sign.
    #[must_use]
    pub fn has_sign(self) -> bool {
        matches!(self, Self::Magnitude | Self::Blend(_))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magnitude => f.write_str("magnitude"),
            Self::Angular => f.write_str("angular"),
            Self::Isotropic => f.write_str("isotropic"),
            Self::Blend(degrees) => write!(f, "blend {degrees}"),
        }
    }
}

/// Reads what [`fmt::Display`] writes, and `blend:45`, which needs no quotes on a command line.
impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(degrees) = text.strip_prefix("blend").and_then(|rest| rest.strip_prefix([' ', ':'])) {
            let degrees = degrees.trim();
            return match degrees.parse() {
                Ok(degrees) => Degrees::new(degrees).map(Self::Blend),
                Err(_) => Err(Error::usage(format!("blend is \"{degrees}\"; expected degrees, such as blend:45"))),
            };
        }
        match text {
            "magnitude" => Ok(Self::Magnitude),
            "angular" => Ok(Self::Angular),
            "isotropic" => Ok(Self::Isotropic),
            "blend" => Err(Error::usage("\"blend\" needs its degrees: { blend = 45 }, or blend:45".to_owned())),
            _ => Err(Error::usage(unknown(text))),
        }
    }
}

fn unknown(name: &str) -> String {
    format!("\"{name}\" is unknown{}; {EXPECTED}", nearest(name, &NAMES))
}

/// A mode in TOML.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a mode is \"magnitude\", \"angular\", \"isotropic\" or { blend = 45 }")]
enum Written {
    Name(String),
    Table(BTreeMap<String, f64>),
}

impl TryFrom<Written> for Mode {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::Name(name) => name.parse(),
            Written::Table(table) => match table.iter().find(|(key, _)| *key != "blend") {
                Some((key, _)) => Err(Error::usage(unknown(key))),
                None => match table.get("blend") {
                    Some(degrees) => Degrees::new(*degrees).map(Self::Blend),
                    None => Err(Error::usage(format!("a table without a key; {EXPECTED}"))),
                },
            },
        }
    }
}

impl From<Mode> for Written {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Blend(degrees) => Self::Table([("blend".to_owned(), degrees.value())].into()),
            mode => Self::Name(mode.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blend(degrees: f64) -> Mode {
        Mode::Blend(Degrees::new(degrees).unwrap())
    }

    #[test]
    fn what_is_written_is_read_back() {
        for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend(45.0), blend(0.0), blend(22.5)] {
            assert_eq!(mode.to_string().parse::<Mode>().unwrap(), mode);
        }
        assert_eq!("blend:45".parse::<Mode>().unwrap(), blend(45.0));
        assert_eq!(blend(45.0).to_string(), "blend 45");
        assert_eq!(blend(-0.0), blend(0.0));
        assert!(blend(9.5) < blend(45.0) && Mode::Isotropic < blend(0.0));
    }

    #[test]
    fn what_is_no_mode_says_why() {
        for (text, part) in [
            ("angluar", "did you mean \"angular\"?"),
            ("blend", "needs its degrees"),
            ("blend:much", "expected degrees, such as blend:45"),
            ("blend:91", "blend is 91; expected degrees from 0"),
            ("blend -1", "blend is -1; expected degrees from 0"),
            ("blend:nan", "blend is NaN"),
            ("xyz", "\"xyz\" is unknown; expected \"magnitude\""),
        ] {
            let message = text.parse::<Mode>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
