//! The rotary embedding that a config.json asks for, by the rules of transformers 5: one table decides, `rope_scaling`
//! where there is one, else `rope_parameters`; what it does not say of the base and of the share of each head that turns
//! stands at the top of the config.

use super::Config;
use crate::error::{Error, Result};
use crate::lm::spec::Rotary;
use serde_json::{Map, Value, json};

/// Where a family's config has what the tables leave out.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The field with the base at the top of the config.
    pub base: &'static str,
    /// The field with the share of each head that turns.
    pub share: &'static str,
    /// That share where nothing is said of it.
    pub default_share: f64,
    /// Whether the family can turn a part of each head.
    pub turns_a_part: bool,
}

/// The names of both at the top of a config, in all families.
const BASES: [&str; 2] = ["rope_theta", "rotary_emb_base"];
const SHARES: [&str; 2] = ["partial_rotary_factor", "rotary_pct"];

/// The names of both in a table.
const BASE: &str = BASES[0];
const SHARE: &str = SHARES[0];

/// The base where nothing is said of it.
const DEFAULT_BASE: f64 = 10_000.0;

/// A kind of scaling, and what of a table it reads.
struct Kind {
    name: &'static str,
    reads: &'static [&'static str],
    scale: fn(&mut Rotary, &Table) -> Result<()>,
}

/// The kind of scaling under which a GGUF file's own factors are handed on.
pub const GGUF_FACTORS: &str = "factors of a GGUF file";

const ORIGINAL: &str = "original_max_position_embeddings";

const KINDS: [Kind; 4] = [
    Kind { name: "default", reads: &[], scale: |_, _| Ok(()) },
    Kind { name: "linear", reads: &["factor"], scale: scale_linearly },
    Kind {
        name: "llama3",
        reads: &["factor", "low_freq_factor", "high_freq_factor", ORIGINAL],
        scale: scale_as_llama3,
    },
    Kind { name: GGUF_FACTORS, reads: &["factor", "factors"], scale: divide_by_factors },
];

/// The table that decides, with what the config says elsewhere filled in.
struct Table {
    /// Its name in the config.
    name: &'static str,
    kind: String,
    values: Map<String, Value>,
}

impl Table {
    fn number(&self, key: &str) -> Result<f64> {
        let value = self.values.get(key).and_then(Value::as_f64).filter(|x| x.is_finite() && *x > 0.0);
        value
            .ok_or_else(|| Error::data(format!("config.json: {}.{key} is missing or not a positive number", self.name)))
    }
}

/// The rotary embedding of heads of width `head_dim`, and what the user should know of how it was found.
///
/// # Errors
/// [`Error::data`] for a kind of scaling that is not supported or not complete, for settings that contradict each other,
/// and where the share that turns is none.
pub fn rotary_embedding(config: &Config, fields: Fields, head_dim: usize) -> Result<(Rotary, Vec<String>)> {
    let mut remarks = Vec::new();
    let table = deciding(config, fields, &mut remarks)?;
    let Some(kind) = KINDS.iter().find(|kind| kind.name == table.kind) else {
        let supported: Vec<&str> = KINDS.iter().map(|kind| kind.name).filter(|name| *name != GGUF_FACTORS).collect();
        return Err(Error::data(format!(
            "config.json: {}: rotary scaling of the kind \"{}\" is not supported; supported are {}",
            table.name,
            table.kind,
            supported.join(", ")
        )));
    };
    let known = [BASE, SHARE, "rope_type", "type"];
    for key in table.values.keys().filter(|key| !known.contains(&key.as_str()) && !kind.reads.contains(&key.as_str())) {
        let (name, kind) = (table.name, kind.name);
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
    (kind.scale)(&mut rotary, &table)?;
    Ok((rotary, remarks))
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
    for (key, top, names) in [(BASE, fields.base, BASES), (SHARE, fields.share, SHARES)] {
        let used = table.values.get(key);
        for name in names {
            let Some(value) = config.value(name).filter(|value| !agree(Some(value), used)) else { continue };
            let (used, decides) = (used.map_or(String::new(), ToString::to_string), table.name);
            if name != top {
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
fn filled(config: &Config, fields: Fields, name: &'static str, table: &Map<String, Value>) -> Result<Table> {
    if let Some((key, _)) = table.iter().find(|(_, value)| value.is_object()) {
        return Err(Error::data(format!(
            "config.json: {name}.{key} is a table of its own; rotary settings that differ by the kind of a layer are not \
             supported"
        )));
    }
    let mut values: Map<String, Value> = table.clone();
    values.retain(|_, value| !value.is_null());
    let old = values.remove("type");
    let kind = match (values.get("rope_type"), &old) {
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
    values.insert("rope_type".to_owned(), json!(kind));
    for (key, top, default) in [(BASE, fields.base, DEFAULT_BASE), (SHARE, fields.share, fields.default_share)] {
        if !values.contains_key(key) {
            let value = config.optional_number(top)?.unwrap_or(default);
            values.insert(key.to_owned(), json!(value));
        }
    }
    if kind == "llama3" {
        let top = config.value(ORIGINAL);
        match (values.get(ORIGINAL), top) {
            (Some(inside), Some(top)) if !agree(Some(inside), Some(top)) => {
                return Err(Error::data(format!(
                    "config.json: {ORIGINAL} is {top} at the top and {inside} in {name}; they must say the same"
                )));
            }
            (Some(_), _) => {}
            (None, top) => {
                let value = top.or_else(|| config.value("max_position_embeddings")).cloned().unwrap_or_default();
                values.insert(ORIGINAL.to_owned(), value);
            }
        }
    }
    Ok(Table { name, kind, values })
}

/// Whether two values are the same; numbers by their size, however they are written.
fn agree(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.and_then(Value::as_f64), b.and_then(Value::as_f64)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Position interpolation (Chen et al. 2023, arXiv 2306.15595): all wavelengths are stretched by `factor`.
fn scale_linearly(rotary: &mut Rotary, table: &Table) -> Result<()> {
    #[allow(clippy::cast_possible_truncation)]
    let factor = table.number("factor")? as f32;
    rotary.frequencies.iter_mut().for_each(|frequency| *frequency /= factor);
    Ok(())
}

/// Llama 3's scaling: long wavelengths are stretched by `factor`, short ones kept, those between blended.
fn scale_as_llama3(rotary: &mut Rotary, table: &Table) -> Result<()> {
    let (factor, original) = (table.number("factor")?, table.number(ORIGINAL)?);
    let (low, high) = (table.number("low_freq_factor")?, table.number("high_freq_factor")?);
    if high <= low {
        return Err(Error::data(format!(
            "config.json: {}.high_freq_factor ({high}) is not greater than low_freq_factor ({low})",
            table.name
        )));
    }
    for frequency in &mut rotary.frequencies {
        let turns = original * f64::from(*frequency) / std::f64::consts::TAU; // over the original context
        let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        #[allow(clippy::cast_possible_truncation)]
        let scale = (kept + (1.0 - kept) / factor) as f32;
        *frequency *= scale;
    }
    Ok(())
}

/// GGUF files hold what each frequency is divided by, beside a factor for all.
fn divide_by_factors(rotary: &mut Rotary, table: &Table) -> Result<()> {
    let list = table.values.get("factors").and_then(Value::as_array);
    let factors: Option<Vec<f64>> = list.map(|list| list.iter().filter_map(Value::as_f64).collect());
    let factors = factors.filter(|factors| factors.len() == rotary.frequencies.len()).ok_or_else(|| {
        Error::data(format!("rope_freqs.weight: expected {} positive numbers", rotary.frequencies.len()))
    })?;
    for (frequency, factor) in rotary.frequencies.iter_mut().zip(factors) {
        #[allow(clippy::cast_possible_truncation)]
        let factor = factor as f32;
        *frequency /= factor;
    }
    if table.values.contains_key("factor") { scale_linearly(rotary, table) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Fields =
        Fields { base: "rope_theta", share: "partial_rotary_factor", default_share: 1.0, turns_a_part: false };
    const PART: Fields =
        Fields { base: "rotary_emb_base", share: "rotary_pct", default_share: 0.25, turns_a_part: true };

    fn of(fields: Fields, head_dim: usize, config: Value) -> Result<(Rotary, Vec<String>)> {
        rotary_embedding(&Config::from_value(config, "config.json"), fields, head_dim)
    }

    /// The frequencies, of what nothing needs to be said.
    fn frequencies(fields: Fields, head_dim: usize, config: Value) -> Vec<f32> {
        let (rotary, remarks) = of(fields, head_dim, config).unwrap();
        assert_eq!(remarks, Vec::<String>::new());
        rotary.frequencies
    }

    fn trouble(fields: Fields, config: Value) -> String {
        of(fields, 8, config).unwrap_err().to_string()
    }

    #[test]
    fn the_factors_of_a_gguf_file_divide_the_frequencies() {
        let scaling = json!({ "rope_type": GGUF_FACTORS, "factors": [1.0, 4.0] });
        let config = json!({ "rope_theta": 100.0, "rope_scaling": scaling });
        assert_eq!(frequencies(WHOLE, 4, config.clone()), [1.0, 0.025]);
        assert!(trouble(WHOLE, config).contains("expected 4 positive numbers"));
        let scaling = json!({ "rope_type": GGUF_FACTORS, "factors": [1.0, 4.0], "factor": 2.0 });
        assert_eq!(frequencies(WHOLE, 4, json!({ "rope_theta": 100.0, "rope_scaling": scaling })), [0.5, 0.0125]);
    }

    #[test]
    fn llama_3_keeps_short_waves_and_stretches_long_ones() {
        let scaling = json!({ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192 });
        let plain = Rotary::new(500_000.0, 64).frequencies;
        let scaled = frequencies(WHOLE, 64, json!({ "rope_theta": 500_000.0, "rope_scaling": scaling }));
        assert_eq!((scaled[0], scaled[31]), (plain[0], plain[31] / 8.0));
        assert!(plain.iter().zip(&scaled).any(|(plain, scaled)| scaled < plain && *scaled > plain / 8.0));
    }

    #[test]
    fn llama_3_without_its_original_context_takes_the_longest_sequence() {
        let table = |original: Value| {
            json!({ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": original })
        };
        let said = frequencies(WHOLE, 64, json!({ "rope_scaling": table(json!(64)) }));
        for config in [
            json!({ "rope_scaling": table(Value::Null), "max_position_embeddings": 64 }),
            json!({ "rope_scaling": table(Value::Null), "max_position_embeddings": 512, ORIGINAL: 64 }),
        ] {
            assert_eq!(frequencies(WHOLE, 64, config), said);
        }
        let message = trouble(WHOLE, json!({ "rope_scaling": table(json!(64)), ORIGINAL: 32 }));
        assert!(message.contains("is 32 at the top and 64 in rope_scaling"), "{message}");
    }

    #[test]
    fn linear_scaling_divides_all_frequencies() {
        let plain = Rotary::new(10_000.0, 8).frequencies;
        let quarter: Vec<f32> = plain.iter().map(|frequency| frequency / 4.0).collect();
        for key in ["type", "rope_type"] {
            let table = json!({ key: "linear", "factor": 4 });
            assert_eq!(frequencies(WHOLE, 8, json!({ "rope_scaling": table.clone() })), quarter);
            assert_eq!(frequencies(WHOLE, 8, json!({ "rope_parameters": table })), quarter);
        }
        assert!(
            trouble(WHOLE, json!({ "rope_scaling": { "type": "linear" } })).contains("rope_scaling.factor is missing")
        );
    }

    #[test]
    fn the_base_stands_in_the_table_or_at_the_top() {
        let expected = Rotary::new(500.0, 8).frequencies;
        for config in [
            json!({ "rope_theta": 500 }),
            json!({ "rope_theta": 500, "rope_scaling": null, "rope_parameters": {} }),
            json!({ "rope_scaling": { "rope_theta": 500.0, "rope_type": "default" } }),
            json!({ "rope_parameters": { "rope_theta": 500.0 } }),
            json!({ "rope_theta": 500, "rope_scaling": { "type": "default" }, "rope_parameters": { "rope_theta": 500 } }),
        ] {
            assert_eq!(frequencies(WHOLE, 8, config), expected);
        }
        let (rotary, remarks) =
            of(WHOLE, 8, json!({ "rope_theta": 7, "rope_parameters": { "rope_theta": 500 } })).unwrap();
        assert_eq!(rotary.frequencies, expected);
        assert!(remarks.len() == 1 && remarks[0].contains("rope_theta is 7 at the top") && remarks[0].contains("500"));
    }

    #[test]
    fn a_part_of_each_head_turns_where_the_family_can() {
        let expected = Rotary::new(500.0, 4).frequencies;
        for config in [
            json!({ "rotary_emb_base": 500, "rotary_pct": 0.5 }),
            json!({ "rotary_emb_base": 500, "rope_scaling": { "partial_rotary_factor": 0.5 } }),
            json!({ "rope_parameters": { "partial_rotary_factor": 0.5, "rope_theta": 500 } }),
            json!({ "rotary_emb_base": 500, "rotary_pct": 0.5, "rope_theta": 500.0, "partial_rotary_factor": 0.5 }),
        ] {
            assert_eq!(frequencies(PART, 8, config), expected);
        }
        assert_eq!(frequencies(PART, 8, json!({ "rope_parameters": { "rope_theta": 1e4 } })), [1.0]);
        assert!(trouble(WHOLE, json!({ "partial_rotary_factor": 0.5 })).contains("partial_rotary_factor is 0.5"));
        assert!(trouble(WHOLE, json!({ "rope_scaling": { "partial_rotary_factor": 0.5 } })).contains("is 0.5"));
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_both_values() {
        let table = |factor: f64| json!({ "rope_type": "linear", "factor": factor });
        for (fields, config, parts) in [
            (WHOLE, json!({ "rope_scaling": table(4.0), "rope_parameters": table(8.0) }), ["4.0", "8.0"]),
            (
                WHOLE,
                json!({ "rope_scaling": table(4.0), "rope_parameters": { "rope_theta": 500 } }),
                ["4.0", "nothing"],
            ),
            (
                WHOLE,
                json!({ "rope_theta": 500, "rope_scaling": table(4.0),
                    "rope_parameters": { "rope_type": "linear", "factor": 4, "rope_theta": 100 } }),
                ["500", "100"],
            ),
            (
                WHOLE,
                json!({ "rope_scaling": { "type": "linear", "rope_type": "llama3" } }),
                ["\"linear\"", "\"llama3\""],
            ),
            (WHOLE, json!({ "rope_theta": 500, "rotary_emb_base": 100 }), ["500", "100"]),
            (PART, json!({ "rotary_emb_base": 500, "rope_theta": 100 }), ["500", "100"]),
            (PART, json!({ "rope_theta": 100 }), ["10000", "100"]),
            (PART, json!({ "rotary_pct": 0.5, "partial_rotary_factor": 1.0 }), ["0.5", "1.0"]),
        ] {
            let message = trouble(fields, config);
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for kind in ["dynamic", "yarn", "longrope", "su", "mrope", "proportional"] {
            let message = trouble(WHOLE, json!({ "rope_parameters": { "rope_type": kind, "factor": 2.0 } }));
            assert!(
                message.contains(&format!("\"{kind}\"")) && message.contains("default, linear, llama3"),
                "{message}"
            );
        }
        let nested = json!({ "rope_parameters": { "full_attention": { "rope_theta": 500 } } });
        assert!(trouble(WHOLE, nested).contains("rope_parameters.full_attention"));
        assert!(trouble(WHOLE, json!({ "rope_scaling": "linear" })).contains("rope_scaling is \"linear\""));
        let (_, remarks) =
            of(WHOLE, 8, json!({ "rope_scaling": { "type": "linear", "factor": 2, "finetuned": true } })).unwrap();
        assert!(remarks.len() == 1 && remarks[0].contains("rope_scaling.finetuned"), "{remarks:?}");
    }
}
