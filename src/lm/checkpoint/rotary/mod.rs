//! The rotary embedding that a config.json asks for, by the rules of transformers 5: one table decides, `rope_scaling`
//! where there is one, else `rope_parameters`; what it does not say of the base and of the share of each head that turns
//! stands at the top of the config.

mod by_window;
mod scaling;

pub use by_window::rotary_by_window;
pub use scaling::GGUF_FACTORS;

use super::Config;
use crate::error::{Error, Result};
use crate::lm::spec::{Positions, Rotary};
use scaling::{KINDS, Kind, LONGROPE};
use serde_json::{Map, Value, json};

/// Where a family's config has what the tables leave out.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The field with the base at the top of the config, where there is one.
    pub base: Option<&'static str>,
    /// The base where nothing is said of it.
    pub default_base: f64,
    /// The field with the share of each head that turns.
    pub share: &'static str,
    /// That share where nothing is said of it.
    pub default_share: f64,
    /// Whether the family can turn a part of each head.
    pub turns_a_part: bool,
    /// The original context where nothing is said of it; none where it is then the longest sequence.
    pub default_original: Option<usize>,
    /// Other names that the family's configs have for LongRoPE, and the only kind beside it is the default; none where the
    /// family has all kinds.
    pub longrope: &'static [&'static str],
}

impl Fields {
    /// What most families have.
    pub const USUAL: Self = Self {
        base: Some(BASE),
        default_base: 10_000.0,
        share: SHARE,
        default_share: 1.0,
        turns_a_part: false,
        default_original: None,
        longrope: &[],
    };
}

/// The names of both at the top of a config, in all families.
const BASES: [&str; 2] = ["rope_theta", "rotary_emb_base"];
const SHARES: [&str; 2] = ["partial_rotary_factor", "rotary_pct"];

/// The names of both in a table.
const BASE: &str = BASES[0];
const SHARE: &str = SHARES[0];

const ORIGINAL: &str = "original_max_position_embeddings";
const LONGEST: &str = "max_position_embeddings";

/// A table of rotary settings, with what the config says elsewhere filled in.
struct Table {
    /// Its name in the config.
    name: String,
    kind: String,
    values: Map<String, Value>,
    /// The longest sequence of the model, where the config says it.
    longest: Option<f64>,
}

impl Table {
    fn number(&self, key: &str) -> Result<f64> {
        self.optional(key)?.ok_or_else(|| self.wrong(key))
    }

    fn optional(&self, key: &str) -> Result<Option<f64>> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let number = value.as_f64().filter(|x| x.is_finite() && *x > 0.0);
        number.map(Some).ok_or_else(|| self.wrong(key))
    }

    fn wrong(&self, key: &str) -> Error {
        Error::data(format!("config.json: {}.{key} is missing or not a positive number", self.name))
    }
}

/// The rotary embedding of heads of width `head_dim`, and what the user should know of how it was found.
///
/// # Errors
/// [`Error::data`] for a kind of scaling that is not supported or not complete, for settings that contradict each other,
/// and where the share that turns is none.
pub fn rotary_embedding(config: &Config, fields: Fields, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    let mut remarks = Vec::new();
    let table = deciding(config, fields, &mut remarks)?;
    let rotary = built(&table, fields, head_dim, &mut remarks)?;
    Ok((Positions::Rotary(rotary), remarks))
}

/// The embedding that `table` describes.
fn built(table: &Table, fields: Fields, head_dim: usize, remarks: &mut Vec<String>) -> Result<Rotary> {
    let offered = |kind: &&Kind| fields.longrope.is_empty() || ["default", LONGROPE].contains(&kind.name);
    let Some(kind) = KINDS.iter().filter(offered).find(|kind| kind.name == table.kind) else {
        let names = KINDS.iter().filter(offered).map(|kind| kind.name).filter(|name| *name != GGUF_FACTORS);
        return Err(Error::data(format!(
            "config.json: {}: rotary scaling of the kind \"{}\" is not supported; supported are {}",
            table.name,
            table.kind,
            names.collect::<Vec<_>>().join(", ")
        )));
    };
    let known = [BASE, SHARE, "rope_type", "type"];
    for key in table.values.keys().filter(|key| !known.contains(&key.as_str()) && !kind.reads.contains(&key.as_str())) {
        let (name, kind) = (&table.name, kind.name);
        remarks.push(format!(
            "config.json: {name}.{key} is left out; rotary embedding of the kind \"{kind}\" has no such setting"
        ));
    }
    let share = table.number(SHARE)?;
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::data(format!(
            "config.json: the share of each head that is rotated is {share}; expected more than 0, at most 1"
        )));
    }
    if share < 1.0 && !fields.turns_a_part {
        return Err(Error::data(format!(
            "config.json: {SHARE} is {share}; models of this family rotate whole heads, of which it is 1"
        )));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let dims = (head_dim as f64 * share) as usize;
    if dims == 0 || !dims.is_multiple_of(2) {
        return Err(Error::data(format!("config.json: {dims} rotary dimensions; expected an even number")));
    }
    let mut rotary = Rotary::new(table.number(BASE)?, dims);
    (kind.scale)(&mut rotary, table)?;
    let is_shorter = |longest: &usize| table.longest.is_some_and(|most| most > *longest as f64);
    if let Some(longest) = rotary.longest.filter(is_shorter) {
        remarks.push(format!(
            "config.json: {}: sequences end at {longest} tokens; beyond, its long_factor would hold, which is not supported",
            table.name
        ));
    }
    Ok(rotary)
}

/// The table that decides. Two that differ in anything are refused: which of them was meant is not known.
fn deciding(config: &Config, fields: Fields, remarks: &mut Vec<String>) -> Result<Table> {
    let mut tables = Vec::new();
    for name in ["rope_scaling", "rope_parameters"] {
        match config.value(name) {
            Some(Value::Object(values)) if values.is_empty() => {}
            Some(Value::Object(values)) => tables.push(filled(config, fields, name, values)?),
            Some(other) => return Err(Config::wrong(name, other, "a table of rotary settings")),
            None => {}
        }
    }
    if let [one, other] = tables.as_slice() {
        let mut keys: Vec<&String> = one.values.keys().chain(other.values.keys()).collect();
        keys.sort_unstable();
        if let Some(key) = keys.into_iter().find(|key| !agree(one.values.get(*key), other.values.get(*key))) {
            let shown = |table: &Table| table.values.get(key).map_or("nothing".to_owned(), ToString::to_string);
            return Err(Error::data(format!(
                "config.json: {} and {} contradict each other: {key} is {} in the first and {} in the second; remove one \
                 of the two",
                one.name,
                other.name,
                shown(one),
                shown(other)
            )));
        }
    }
    let table = match tables.into_iter().next() {
        Some(table) => table,
        None => filled(config, fields, "rope_parameters", &Map::new())?,
    };
    for (key, top, names) in [(BASE, fields.base, BASES), (SHARE, Some(fields.share), SHARES)] {
        let used = table.values.get(key);
        for name in names {
            let Some(value) = config.value(name).filter(|value| !agree(Some(value), used)) else { continue };
            let (used, decides) = (used.map_or(String::new(), ToString::to_string), &table.name);
            if Some(name) != top {
                let top = top.unwrap_or("its default");
                return Err(Error::data(format!(
                    "config.json: {name} is {value} and {key} of the rotary embedding is {used} by {top} or {decides}; \
                     remove the one that does not hold"
                )));
            }
            remarks.push(format!(
                "config.json: {name} is {value} at the top and {key} is {used} in {decides}, which decides"
            ));
        }
    }
    Ok(table)
}

/// The table `name` with what the top of the config, or else the family, says of what it does not have.
fn filled(config: &Config, fields: Fields, name: &str, table: &Map<String, Value>) -> Result<Table> {
    if let Some((key, _)) = table.iter().find(|(_, value)| value.is_object()) {
        return Err(Error::data(format!(
            "config.json: {name}.{key} is a table of its own; rotary settings that differ by the kind of a layer are not \
             supported"
        )));
    }
    let mut values: Map<String, Value> = table.clone();
    values.retain(|_, value| !value.is_null());
    let old = values.remove("type");
    let mut kind = match (values.get("rope_type"), &old) {
        (Some(new), Some(old)) if new != old => {
            return Err(Error::data(format!(
                "config.json: {name}.rope_type is {new} and {name}.type {old}; they must say the same"
            )));
        }
        (Some(kind), _) | (None, Some(kind)) => {
            kind.as_str().ok_or_else(|| Config::wrong(&format!("{name}.rope_type"), kind, "a string"))?.to_owned()
        }
        (None, None) => "default".to_owned(),
    };
    if fields.longrope.contains(&kind.as_str()) {
        LONGROPE.clone_into(&mut kind);
    }
    values.insert("rope_type".to_owned(), json!(kind));
    for (key, top, default) in
        [(BASE, fields.base, fields.default_base), (SHARE, Some(fields.share), fields.default_share)]
    {
        if !values.contains_key(key) {
            let value = top.map(|top| config.optional_number(top)).transpose()?.flatten().unwrap_or(default);
            values.insert(key.to_owned(), json!(value));
        }
    }
    if ["llama3", "yarn", LONGROPE].contains(&kind.as_str()) {
        let default = fields.default_original.map(|original| json!(original));
        let top = config.value(ORIGINAL).or(default.as_ref());
        match (values.get(ORIGINAL), top) {
            (Some(inside), Some(top)) if !agree(Some(inside), Some(top)) => {
                return Err(Error::data(format!(
                    "config.json: {ORIGINAL} is {top} at the top and {inside} in {name}; they must say the same"
                )));
            }
            (Some(_), _) => {}
            (None, top) => {
                let value = top.or_else(|| config.value(LONGEST)).cloned().unwrap_or_default();
                values.insert(ORIGINAL.to_owned(), value);
            }
        }
    }
    let longest = config.value(LONGEST).and_then(Value::as_f64);
    Ok(Table { name: name.to_owned(), kind, values, longest })
}

/// Whether two values are the same; numbers by their size, however they are written.
fn agree(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.and_then(Value::as_f64), b.and_then(Value::as_f64)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests;
