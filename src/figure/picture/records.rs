//! What a picture takes from a table: its records, read by name, so that both show the same numbers.

use super::bars::Spreads;
use crate::experiment::Kind;
use crate::figure::Table;
use crate::stats::Spread;
use crate::study::{Mode, Study};
use serde_json::{Map, Value};

/// A record of a table.
pub struct Record<'a> {
    fields: &'a Map<String, Value>,
    modes: &'a [Mode],
}

/// The records of the table `id`; none where there is no such table.
pub fn of<'a>(tables: &'a [Table], id: &str, study: &'a Study) -> Vec<Record<'a>> {
    let table = tables.iter().find(|table| table.id == id);
    let records = table.into_iter().flat_map(|table| &table.records);
    records.map(|fields| Record { fields, modes: &study.perturbation.modes }).collect()
}

/// The ratios of the damages with their intervals, at the δ at which the table of damages gives one (see
/// [`crate::experiment::RATIO_RULE`]).
pub fn ratios<'a>(tables: &'a [Table], study: &'a Study) -> Vec<Record<'a>> {
    let damages = of(tables, "damage", study);
    let given =
        |delta: Option<f64>| damages.iter().any(|of| of.number("delta") == delta && of.number("ratio").is_some());
    let mut effects = of(tables, "effects", study);
    effects.retain(|of| of.text("experiment") == Kind::Sweep.name() && given(of.number("delta")));
    effects
}

/// The layers that the experiment of the table `id` disturbs.
pub fn disturbed(tables: &[Table], id: &str) -> Vec<usize> {
    let layers = tables.iter().find(|table| table.id == id).and_then(|table| table.facts.get("layers")?.as_array());
    layers.into_iter().flatten().filter_map(Value::as_u64).filter_map(|layer| usize::try_from(layer).ok()).collect()
}

impl Record<'_> {
    /// A number, where there is one.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.fields.get(key)?.as_f64().filter(|number| number.is_finite())
    }

    /// A count, 0 where there is none.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts
    pub fn count(&self, key: &str) -> usize {
        self.number(key).map_or(0, |number| number.max(0.0) as usize)
    }

    /// Whether something is so; where nothing is said of it, it is not.
    pub fn is(&self, key: &str) -> bool {
        self.fields.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Words, empty where there are none.
    pub fn text(&self, key: &str) -> &str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The mode; none where the record compares modes.
    pub fn mode(&self) -> Option<Mode> {
        self.mode_of("mode")
    }

    /// The mode that a field names.
    pub fn mode_of(&self, key: &str) -> Option<Mode> {
        let name = self.text(key);
        self.modes.iter().find(|mode| mode.to_string() == name).copied()
    }

    /// How far the mean over seeds `key` spreads.
    pub fn spreads(&self, key: &str) -> Spreads {
        let mean = self.number(&format!("{key}_mean")).unwrap_or_default();
        let spread = Spread { mean, sd: self.number(&format!("{key}_sd")), n: self.count(&format!("{key}_seeds")) };
        Spreads::over_seeds(&spread, self.interval(key))
    }

    /// An interval.
    pub fn interval(&self, key: &str) -> Option<(f64, f64)> {
        Some((self.number(&format!("{key}_low"))?, self.number(&format!("{key}_high"))?))
    }
}

/// A count that holds for the whole table `id`, 0 where it has none.
#[allow(clippy::cast_possible_truncation)] // counts
pub fn fact(tables: &[Table], id: &str, key: &str) -> usize {
    let table = tables.iter().find(|table| table.id == id);
    table.and_then(|table| table.facts.get(key)?.as_u64()).map_or(0, |count| count as usize)
}

/// Under which protocol the table `id` was made, and which layers were disturbed: "Protocol strict, layers 2–5.".
pub fn setting(tables: &[Table], id: &str) -> String {
    let Some(table) = tables.iter().find(|table| table.id == id) else { return String::new() };
    let protocol = table.facts.get("protocol").and_then(Value::as_str).unwrap_or("not known");
    match written(&disturbed(tables, id)) {
        layers if layers.is_empty() => format!("Protocol {protocol}."),
        layers => format!("Protocol {protocol}, layers {layers}."),
    }
}

/// What the intervals of the table `id` are.
pub fn intervals(tables: &[Table], id: &str) -> &'static str {
    let table = tables.iter().find(|table| table.id == id);
    match table.and_then(|table| table.facts.get("intervals_over")?.as_str()) {
        Some("seeds") => "95 % interval over seeds",
        _ => "95 % bootstrap interval over texts and seeds",
    }
}

/// The δ of the table `id`, where all of it has one: "δ 0.5.".
pub fn one_delta(tables: &[Table], id: &str) -> Option<f64> {
    let table = tables.iter().find(|table| table.id == id)?;
    let mut deltas = table.records.iter().filter_map(|record| record.get("delta")?.as_f64());
    let first = deltas.next()?;
    deltas.all(|delta| delta == first).then_some(first)
}

/// Layers as people read them: "2–5".
pub fn written(layers: &[usize]) -> String {
    crate::study::Layers::these(layers.to_vec()).map_or_else(|_| String::new(), |set| set.to_string().replace('-', "–"))
}
