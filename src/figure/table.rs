//! The tables of a study: one per experiment, in the forms that people and programs read.

use super::format::{exponent, number, uncertain};
use crate::error::{Error, Result};
use crate::experiment::{Cell, Comparison, Kind, Measure, Results, Row};
use serde_json::{Map, Value, json};

/// Names of the tables, and the experiment that each shows.
pub const TABLES: [(&str, Kind); 2] = [("damage", Kind::Sweep), ("syntax", Kind::Syntax)];

/// The form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Every number with all its digits, one row per δ.
    Csv,
    /// The same with the settings.
    Json,
    /// For people: means ± sd with digits that follow the uncertainty.
    Markdown,
}

/// The table `name` of `results`.
///
/// # Errors
/// [`Error::Usage`] where there is no such table, or the study does not have its experiment.
pub fn render(results: &Results, name: &str, format: Format) -> Result<String> {
    let names = TABLES.map(|(name, _)| name).join(", ");
    let kind = TABLES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| Error::Usage(format!("there is no table \"{name}\"; the tables are {names}")))?;
    let comparison = Comparison::of(results, kind).ok_or_else(|| {
        Error::Usage(format!("the study has no [experiments.{kind}], which the table \"{name}\" is made of"))
    })?;
    Ok(match format {
        Format::Csv => csv(&comparison),
        Format::Json => format!("{:#}\n", as_json(results, name, kind, &comparison)),
        Format::Markdown => markdown(results, kind, &comparison),
    })
}

/// A table as a JSON value, for the summary of a run.
#[must_use]
pub fn as_json(results: &Results, name: &str, kind: Kind, comparison: &Comparison) -> Value {
    let rows: Vec<Value> = comparison.rows.iter().map(|row| Value::Object(fields(row).into_iter().collect())).collect();
    let clean = comparison.clean.map(|clean| {
        json!({ "mean": clean.spread.mean, "sd": clean.spread.sd, "n": clean.spread.n, "standard_error": clean.standard_error })
    });
    json!({
        "table": name,
        "study": results.study.name,
        "measure": measure_name(comparison.measure),
        "unit": unit(comparison.measure),
        "protocol": results.study.perturbation.protocol_label(),
        "layers": results.layers.get(&kind),
        "delta_unit": results.study.perturbation.delta_unit,
        "trials": results.finished(),
        "trials_planned": results.planned,
        "family": comparison.family,
        "clean": clean,
        "rows": rows,
    })
}

fn measure_name(measure: Measure) -> &'static str {
    match measure {
        Measure::Damage => "mean damage to next-token loss",
        Measure::AccuracyDrop => "drop in minimal-pair accuracy",
    }
}

fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Damage => "nats",
        Measure::AccuracyDrop => "percentage points",
    }
}

/// A row as named numbers; what there is not is null.
fn fields(row: &Row) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("delta".to_owned(), json!(row.delta));
    for (mode, cell) in [("magnitude", &row.magnitude), ("angular", &row.angular)] {
        let mut put = |name: &str, value: Option<Value>| {
            map.insert(format!("{mode}_{name}"), value.unwrap_or(Value::Null));
        };
        let cell = cell.as_ref();
        put("mean", cell.map(|c| json!(c.spread.mean)));
        put("sd", cell.and_then(|c| c.spread.sd).map(|sd| json!(sd)));
        put("seeds", cell.map(|c| json!(c.spread.n)));
        put("items", cell.map(|c| json!(c.items)));
        put("displacement_mean", cell.and_then(|c| share(c.displacement.sum, c.displacement.tokens)));
        put("share_unattainable", cell.and_then(|c| share_of(c, c.displacement.unattainable)));
        put("share_flipped", cell.and_then(|c| share_of(c, c.displacement.flipped)));
    }
    map.insert("ratio".to_owned(), json!(row.ratio));
    map.insert("t".to_owned(), json!(row.test.map(|test| test.t)));
    map.insert("df".to_owned(), json!(row.test.map(|test| test.df)));
    map.insert("p".to_owned(), json!(row.test.map(|test| test.p)));
    map.insert("p_holm".to_owned(), json!(row.p_holm));
    map
}
fn share(sum: f64, tokens: u64) -> Option<Value> {
    (tokens > 0).then(|| json!(sum / tokens as f64))
}
fn share_of(cell: &Cell, count: u64) -> Option<Value> {
    share(count as f64, cell.displacement.tokens)
}

fn csv(comparison: &Comparison) -> String {
    let rows: Vec<Map<String, Value>> = comparison.rows.iter().map(fields).collect();
    let mut lines = Vec::new();
    if let Some(first) = rows.first() {
        lines.push(first.keys().cloned().collect::<Vec<_>>().join(","));
    }
    for row in &rows {
        let cells = row.values().map(|value| if value.is_null() { String::new() } else { value.to_string() });
        lines.push(cells.collect::<Vec<_>>().join(","));
    }
    lines.join("\n") + "\n"
}

/// Column heads of the table for people, which the window shows too.
#[must_use]
pub fn heads(measure: Measure, delta_unit: &str) -> [String; 7] {
    let what = match measure {
        Measure::Damage => ("nats", "ratio"),
        Measure::AccuracyDrop => ("points", "difference"),
    };
    [
        format!("δ ({delta_unit})"),
        format!("magnitude ({})", what.0),
        format!("angular ({})", what.0),
        what.1.to_owned(),
        "t (df)".to_owned(),
        "p".to_owned(),
        "p (Holm)".to_owned(),
    ]
}

/// A row for people, under [`heads`]. "–" stands for what there is not.
#[must_use]
pub fn cells(measure: Measure, row: &Row) -> [String; 7] {
    let none = || "–".to_owned();
    let spread = |cell: &Option<Cell>| cell.as_ref().map_or_else(none, |c| uncertain(c.spread.mean, c.spread.sd));
    let gap = match measure {
        Measure::Damage => row.ratio.map(number),
        Measure::AccuracyDrop => match (&row.angular, &row.magnitude) {
            (Some(a), Some(m)) => Some(number(a.spread.mean - m.spread.mean)),
            _ => None,
        },
    };
    [
        format!("{}", row.delta),
        spread(&row.magnitude),
        spread(&row.angular),
        gap.unwrap_or_else(none),
        row.test.map_or_else(none, |test| format!("{} ({})", number(test.t), test.df)),
        row.test.map_or_else(none, |test| exponent(test.p)),
        row.p_holm.map_or_else(none, exponent),
    ]
}

/// What stands under a table or a panel: everything that is needed to read its numbers.
#[must_use]
pub fn caption(results: &Results, kind: Kind, comparison: &Comparison) -> String {
    let study = &results.study;
    let seeds =
        comparison.rows.iter().flat_map(|row| [&row.magnitude, &row.angular]).flatten().map(|c| c.spread.n).max();
    let items = comparison.clean.map_or(0, |clean| clean.spread.n);
    let (what, items_name, gap) = match comparison.measure {
        Measure::Damage => (
            "Damage: mean over texts of each text's next-token loss minus its clean loss, nats",
            "texts",
            "ratio: angular/magnitude, given only where the 95 % t interval over seeds of both damages is above 0",
        ),
        Measure::AccuracyDrop => (
            "Drop in accuracy on minimal pairs against the clean run, percentage points",
            "pairs",
            "difference: angular − magnitude",
        ),
    };
    let layers = results.layers.get(&kind).cloned().unwrap_or_default();
    let layers = crate::study::Layers::these(layers).map_or_else(|_| "none".to_owned(), |layers| layers.to_string());
    let clean = comparison.clean.map_or_else(String::new, |clean| {
        let unit = if comparison.measure == Measure::Damage { "nats" } else { "%" };
        format!(" Clean: {} {unit}.", uncertain(clean.spread.mean, clean.standard_error).replace('±', "± se"))
    });
    let state = if results.is_complete() {
        String::new()
    } else {
        format!(" Preliminary: {} of {} trials.", results.finished(), results.planned)
    };
    format!(
        "{what}; mean ± sd over {}, {items} {items_name}; {gap}; t: paired over seeds, two-sided; Holm over {} δ. \
         Protocol {}; layers {layers}; δ as {}; model {}.{clean}{}{state}",
        match seeds.unwrap_or(0) {
            1 => "1 seed".to_owned(),
            n => format!("{n} seeds"),
        },
        comparison.family,
        study.perturbation.protocol_label(),
        study.perturbation.delta_unit.label(),
        study.model.id,
        out_of_reach(comparison),
    )
}

/// Which δ were not what they say for some tokens: rotations that could not go so far, vectors that were flipped.
fn out_of_reach(comparison: &Comparison) -> String {
    let percent = |cell: &Option<Cell>, count: fn(&Cell) -> u64| {
        let cell = cell.as_ref()?;
        let share = 100.0 * count(cell) as f64 / cell.displacement.tokens.max(1) as f64;
        (share > 0.0).then_some(if share < 0.1 { "< 0.1 %".to_owned() } else { format!("{share:.1} %") })
    };
    let of_row = |row: &Row| {
        let turned =
            percent(&row.angular, |c| c.displacement.unattainable).map(|share| format!("{share} out of reach"));
        let flipped = percent(&row.magnitude, |c| c.displacement.flipped).map(|share| format!("{share} flipped"));
        let words: Vec<String> = [turned, flipped].into_iter().flatten().collect();
        (!words.is_empty()).then(|| format!("δ {}: {}", row.delta, words.join(", ")))
    };
    let rows: Vec<String> = comparison.rows.iter().filter_map(of_row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        " Tokens that rotation could not turn so far, and vectors that magnitude turned round: {}.",
        rows.join("; ")
    )
}

fn markdown(results: &Results, kind: Kind, comparison: &Comparison) -> String {
    let heads = heads(comparison.measure, results.study.perturbation.delta_unit.label());
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut out = line(&heads);
    out += &line(&heads.each_ref().map(|_| "---:".to_owned()));
    for row in &comparison.rows {
        out += &line(&cells(comparison.measure, row));
    }
    format!("{out}\n{}\n", caption(results, kind, comparison))
}
