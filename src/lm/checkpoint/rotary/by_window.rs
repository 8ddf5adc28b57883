//! Rotary embeddings of families whose layers with a sliding window turn otherwise than the others. Their tables are
//! `rope_parameters.full_attention` and `rope_parameters.sliding_attention`; an old `rope_scaling` is of the first alone.

use super::{BASE, Fields, agree, built, filled};
use crate::error::{Error, Result};
use crate::lm::checkpoint::Config;
use crate::lm::spec::Positions;
use serde_json::{Map, Value};

const FULL: &str = "full_attention";
const SLIDING: &str = "sliding_attention";

/// The rotary embeddings of heads of width `head_dim`, and what the user should know of how they were found.
///
/// # Errors
/// As [`super::rotary_embedding`].
pub fn rotary_by_window(
    config: &Config,
    [full, sliding]: [Fields; 2],
    head_dim: usize,
) -> Result<(Positions, Vec<String>)> {
    let mut remarks = Vec::new();
    let [mut of_full, mut of_sliding] = tables(config)?;
    let mut name = format!("rope_parameters.{FULL}");
    match config.value("rope_scaling") {
        None => {}
        Some(Value::Object(old)) => {
            for (key, value) in old {
                if let Some(new) = of_full.get(key).filter(|new| !agree(Some(new), Some(value))) {
                    return Err(Error::data(format!(
                        "config.json: rope_scaling and {name} contradict each other: {key} is {value} in the first and \
                         {new} in the second; remove one of the two"
                    )));
                }
            }
            if of_full.is_empty() {
                "rope_scaling".clone_into(&mut name);
            }
            of_full.extend(old.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        Some(other) => return Err(Config::wrong("rope_scaling", other, "a table of rotary settings")),
    }
    let mut made = |name: &str, table: &mut Map<String, Value>, fields: Fields| {
        // transformers looks for it beside the tables, where no config has it.
        if table.remove("truncate").is_some_and(|truncate| truncate != Value::Bool(true)) {
            remarks.push(format!("config.json: {name}.truncate is left out, as in transformers; it is true"));
        }
        let table = filled(config, fields, name, table)?;
        if let Some((top, value)) = fields.base.and_then(|top| Some((top, config.value(top)?)))
            && !agree(Some(value), table.values.get(BASE))
        {
            let used = table.values.get(BASE).map_or(String::new(), ToString::to_string);
            remarks.push(format!("config.json: {top} is {value} at the top and {used} in {name}, which decides"));
        }
        built(&table, fields, head_dim, &mut remarks)
    };
    let full = made(&name, &mut of_full, full)?;
    let sliding = made(&format!("rope_parameters.{SLIDING}"), &mut of_sliding, sliding)?;
    Ok((Positions::RotaryByWindow { full, sliding }, remarks))
}

/// The tables of both kinds of layers; empty where they are not there.
fn tables(config: &Config) -> Result<[Map<String, Value>; 2]> {
    let both = match config.value("rope_parameters") {
        None => return Ok([Map::new(), Map::new()]),
        Some(Value::Object(both)) => both,
        Some(other) => return Err(Config::wrong("rope_parameters", other, "a table of rotary settings")),
    };
    if let Some(key) = both.keys().find(|key| ![FULL, SLIDING].contains(&key.as_str())) {
        return Err(Error::data(format!(
            "config.json: rope_parameters.{key}: expected a table {FULL} and a table {SLIDING}, and nothing beside them"
        )));
    }
    let table = |kind: &str| match both.get(kind) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(table)) => Ok(table.clone()),
        Some(other) => Err(Config::wrong(&format!("rope_parameters.{kind}"), other, "a table of rotary settings")),
    };
    Ok([table(FULL)?, table(SLIDING)?])
}
