//! The tables of `sweep` and `syntax`: what each mode costs at each δ, and whether the modes differ.

use super::{Known, made, seeds};
use crate::experiment::{Comparison, Measure, Measured, RATIO_RULE, Row};
use crate::figure::format::uncertain;
use crate::figure::table::{Line, Rows, Table};
use crate::findings::Findings;
use crate::study::Mode;
use serde_json::{Map, json};

pub fn table(findings: &Findings, known: &Known) -> Option<Table> {
    let comparison = findings.comparison(known.kind?)?;
    let measure = comparison.measure;
    let mut rows = Rows::default();
    for row in &comparison.rows {
        rows.add(|line| fill(line, measure, row, findings.study().perturbation.delta_unit.label()));
    }
    let clean = comparison.clean.map(|clean| {
        json!({ "mean": clean.spread.mean, "sd": clean.spread.sd, "n": clean.spread.n,
                "standard_error": clean.standard_error })
    });
    let (name, unit) = match measure {
        Measure::Damage => ("mean damage to next-token loss", "nats"),
        Measure::AccuracyDrop => ("drop in minimal-pair accuracy", "percentage points"),
    };
    let facts = Map::from_iter([
        ("measure".to_owned(), json!(name)),
        ("unit".to_owned(), json!(unit)),
        ("family".to_owned(), json!(comparison.family)),
        ("clean".to_owned(), json!(clean)),
    ]);
    made(findings, known, rows, &caption(comparison), facts)
}

fn fill(line: &mut Line, measure: Measure, row: &Row, delta_unit: &str) {
    let (unit, gap) = match measure {
        Measure::Damage => ("nats", "ratio"),
        Measure::AccuracyDrop => ("points", "difference"),
    };
    line.exact("delta", &format!("δ ({delta_unit})"), "How far each vector is moved", row.delta);
    for (mode, cell) in &row.cells {
        let key = mode.to_string().replace(' ', "_");
        let head = format!("{mode} ({unit})");
        line.spread(&key, &head, "Mean ± sd over seeds", cell.as_ref().map(|cell| cell.spread));
        let share = |count: fn(&Measured) -> f64| {
            let cell = cell.as_ref().filter(|cell| cell.displacement.tokens > 0)?;
            Some(count(cell) / cell.displacement.tokens as f64)
        };
        line.field(&format!("{key}_items"), json!(cell.as_ref().map(|cell| cell.items)));
        line.field(&format!("{key}_displacement_mean"), json!(share(|c| c.displacement.sum)));
        line.field(&format!("{key}_share_unattainable"), json!(share(|c| c.displacement.unattainable as f64)));
        line.field(&format!("{key}_share_flipped"), json!(share(|c| c.displacement.flipped as f64)));
    }
    match measure {
        Measure::Damage => {
            line.number("ratio", gap, &format!("Angular over magnitude, {RATIO_RULE}"), row.ratio);
        }
        Measure::AccuracyDrop => {
            let both = row.cell(Mode::Angular).zip(row.cell(Mode::Magnitude));
            let difference = both.map(|(angular, magnitude)| angular.spread.mean - magnitude.spread.mean);
            line.number("difference", gap, "Angular minus magnitude, percentage points", difference);
        }
    }
    line.test("Paired t over seeds, angular minus magnitude, and its degrees of freedom", row.test, row.p_holm);
}

/// What stands under the table or a panel.
fn caption(comparison: &Comparison) -> String {
    let most = comparison.rows.iter().flat_map(Row::there).map(|(_, cell)| cell.spread.n).max();
    let items = comparison.clean.map_or(0, |clean| clean.spread.n);
    let (what, items_name, gap) = match comparison.measure {
        Measure::Damage => (
            "Damage: mean over texts of each text's next-token loss minus its clean loss, nats",
            "texts",
            format!("ratio: angular/magnitude, {RATIO_RULE}"),
        ),
        Measure::AccuracyDrop => (
            "Drop in accuracy on minimal pairs against the clean run, percentage points",
            "pairs",
            "difference: angular − magnitude".to_owned(),
        ),
    };
    let clean = comparison.clean.map_or_else(String::new, |clean| {
        let unit = if comparison.measure == Measure::Damage { "nats" } else { "%" };
        format!(" Clean: {} {unit}.", uncertain(clean.spread.mean, clean.standard_error).replace('±', "± se"))
    });
    format!(
        "{what}; mean ± sd over {}, {items} {items_name}; {gap}; t: paired over seeds, two-sided; Holm over {} δ.{clean}{}{}",
        seeds(most.unwrap_or(0)),
        comparison.family,
        comparison.one_runs(),
        out_of_reach(comparison),
    )
}

/// Which δ were not what they say for some tokens: rotations that could not go so far, vectors that were flipped.
fn out_of_reach(comparison: &Comparison) -> String {
    let percent = |cell: &Measured, count: u64| {
        let share = 100.0 * count as f64 / cell.displacement.tokens.max(1) as f64;
        (share > 0.0).then_some(if share < 0.1 { "< 0.1 %".to_owned() } else { format!("{share:.1} %") })
    };
    let of_row = |row: &Row| {
        let of_mode = |(mode, cell): (Mode, &Measured)| {
            let unattainable = percent(cell, cell.displacement.unattainable);
            let flipped = percent(cell, cell.displacement.flipped);
            let words = [
                unattainable.map(|share| format!("{share} out of reach ({mode})")),
                flipped.map(|share| format!("{share} flipped ({mode})")),
            ];
            words.into_iter().flatten().collect::<Vec<_>>()
        };
        let words: Vec<String> = row.there().flat_map(of_mode).collect();
        (!words.is_empty()).then(|| format!("δ {}: {}", row.delta, words.join(", ")))
    };
    let rows: Vec<String> = comparison.rows.iter().filter_map(of_row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(" Tokens for which δ was out of reach, and vectors that were turned round: {}.", rows.join("; "))
}
