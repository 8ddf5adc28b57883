//! What stands in a tokenizer.json beside its vocabulary: read before anything is built of it, within bounds.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The most values that a file may hold. A vocabulary of a million tokens, three times the largest there is, has 5
/// million with its merges.
const VALUES: usize = 8_000_000;

/// The most values beside the vocabulary: the added tokens have eight each.
const OTHERS: usize = 1_000_000;

/// A tokenizer.json without its vocabulary and its merges.
#[derive(Debug)]
pub struct Outline {
    /// All else that it holds.
    pub root: Map<String, Value>,
    /// Bytes of the longest text in the vocabulary and the merges.
    pub longest: usize,
    /// Bytes of all tokens, where the vocabulary is a list of them with their scores.
    pub scored: usize,
}

impl Outline {
    /// Reads it.
    ///
    /// # Errors
    /// In words, where `text` is no JSON object, holds too much, or says something twice.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut seen = Seen::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let root = Level { seen: &mut seen, at: At::Root }.deserialize(&mut json).and_then(|root| {
            json.end()?;
            Ok(root)
        });
        match root.map_err(|error| format!("not valid JSON: {error}"))? {
            Value::Object(root) => Ok(Self { root, longest: seen.longest, scored: seen.scored }),
            _ => Err("expected a JSON object".to_owned()),
        }
    }
}

#[derive(Default)]
struct Seen {
    values: usize,
    others: usize,
    longest: usize,
    scored: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Model,
    Vocabulary,
    Merges,
    Else,
}

impl At {
    /// Whether it is counted and not kept.
    fn is_bulk(self) -> bool {
        matches!(self, Self::Vocabulary | Self::Merges)
    }
}

struct Level<'a> {
    seen: &'a mut Seen,
    at: At,
}

impl Level<'_> {
    fn count<E: Error>(&mut self) -> Result<(), E> {
        self.seen.values += 1;
        self.seen.others += usize::from(!self.at.is_bulk());
        if self.seen.values > VALUES {
            return Err(E::custom(format!("it holds more than {VALUES} values, more than any tokenizer has")));
        }
        if self.seen.others > OTHERS {
            return Err(E::custom(format!("it holds more than {OTHERS} values beside its vocabulary and merges")));
        }
        Ok(())
    }

    fn kept<E: Error>(&mut self, value: Value) -> Result<Value, E> {
        self.count()?;
        Ok(if self.at.is_bulk() { Value::Null } else { value })
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<Value, E> {
        self.kept(value.into())
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<Value, E> {
        self.kept(value.into())
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<Value, E> {
        self.kept(value.into())
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<Value, E> {
        self.kept(value.into())
    }

    fn visit_unit<E: Error>(mut self) -> Result<Value, E> {
        self.kept(Value::Null)
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<Value, E> {
        if self.at.is_bulk() {
            self.seen.longest = self.seen.longest.max(value.len());
            self.seen.scored += if self.at == At::Vocabulary { value.len() } else { 0 };
            return self.kept(Value::Null);
        }
        self.kept(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        self.count()?;
        let at = if self.at.is_bulk() { self.at } else { At::Else };
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Level { seen: self.seen, at })? {
            if !at.is_bulk() {
                values.push(value);
            }
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            let at = match (self.at, key.as_ref()) {
                (At::Root, "model") => At::Model,
                (At::Model, "vocab") => At::Vocabulary,
                (At::Model, "merges") => At::Merges,
                (bulk, _) if bulk.is_bulk() => bulk,
                _ => At::Else,
            };
            if self.at.is_bulk() {
                self.seen.longest = self.seen.longest.max(key.len());
            }
            let value = map.next_value_seed(Level { seen: self.seen, at })?;
            if self.at.is_bulk() {
                continue;
            }
            // What is looked at here has to be what is built later.
            if fields.contains_key(key.as_ref()) {
                return Err(A::Error::custom(format!("\"{key}\" stands there twice")));
            }
            fields.insert(key.into_owned(), value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_counted_and_all_else_is_kept() {
        let text = r#"{"model": {"type": "BPE", "vocab": {"a": 0, "abc": 1}, "merges": [["a", "abcd"]]},
                       "decoder": {"vocab": [1, "x"]}}"#;
        let outline = Outline::read(text).unwrap();
        assert_eq!((outline.longest, outline.scored), (4, 0));
        let scored = r#"{"model": {"vocab": [["a", -1.5], ["bc", -2]], "merges": ["d e"]}}"#;
        assert_eq!(Outline::read(scored).unwrap().scored, 3);
        assert_eq!(outline.root["model"]["type"], "BPE");
        assert_eq!(outline.root["decoder"]["vocab"], serde_json::json!([1, "x"]));
    }

    #[test]
    fn what_is_no_outline_says_so() {
        let message = |text: &str| Outline::read(text).unwrap_err();
        assert!(message("[1]").contains("expected a JSON object"));
        assert!(message("{\"a\": 1").contains("not valid JSON"));
        assert!(message("{\"a\": 1} 2").contains("not valid JSON"));
        assert!(message("{\"a\": {\"b\": 1, \"b\": 1}}").contains("\"b\" stands there twice"));
        assert!(message(&"[".repeat(10_000)).contains("recursion limit"));
        assert!(message(&format!("[{}0]", "0,".repeat(OTHERS))).contains("beside its vocabulary"));
        let bulk = format!("{{\"model\":{{\"vocab\":[{}0]}}}}", "0,".repeat(VALUES));
        assert!(message(&bulk).contains("more than any tokenizer has"));
    }
}
