//! The tables of the audit.

use super::{Known, made};
use crate::experiment::{AuditOf, Factor, Kind, Results, cell_name};
use crate::figure::table::{Line, Rows, Table};
use crate::stats::Estimate;
use serde_json::{Map, json};

/// The gap between the modes, and each setting's share of it.
pub fn shares(results: &Results, known: &Known) -> Option<Table> {
    let kind = known.kind?;
    let audits = AuditOf::all(results, kind);
    let mut rows = Rows::default();
    for audit in &audits {
        let mut add = |part: &str, meaning: &str, estimate: Result<Estimate, String>| {
            rows.add(|line| fill(line, kind, audit, part, meaning, &estimate));
        };
        match &audit.gap {
            Err(why) => add("published gap", "the whole gap", Err(why.clone())),
            Ok(gap) => {
                add("published gap", "the gap under the published protocol", Ok(gap.published));
                for (factor, share) in &gap.shares {
                    add(factor.name(), meaning(*factor), Ok(*share));
                }
                add("remains", "the gap under the strict protocol: direction against length", Ok(gap.remains));
            }
        }
    }
    let (of, unit) = match kind {
        Kind::AuditPairs => ("difference of the drops in accuracy, angular − magnitude, percentage points", "pairs"),
        _ => ("logarithm of the ratio of damages, ln(angular/magnitude)", "texts"),
    };
    let items = audits.iter().map(|audit| audit.items).min().unwrap_or(0);
    let why: Vec<String> =
        audits.iter().filter_map(|audit| Some(format!(" δ {}: {}.", audit.delta, audit.gap.as_ref().err()?))).collect();
    let what = format!(
        "Gap: {of}. A setting's share: its Shapley value, what the gap loses when the setting goes from published to strict, \
         averaged over all orders; the shares and what remains add up to the published gap. 95 % bootstrap intervals over \
         {unit} and seeds, {items} {unit}. All settings share their draws.{}",
        why.concat()
    );
    made(results, known, rows, &what, facts(&audits, kind))
}

fn fill(line: &mut Line, kind: Kind, audit: &AuditOf, part: &str, meaning: &str, estimate: &Result<Estimate, String>) {
    line.exact("delta", "δ", "How far each vector is moved", audit.delta);
    line.text("part", "part", "What the gap is made of", part);
    line.text("meaning", "what it is", "In words", meaning);
    let whole = audit.gap.as_ref().ok().map(|gap| gap.published.value);
    let of_whole = estimate.as_ref().ok().zip(whole).map(|(part, whole)| part.value / whole);
    let head = if kind == Kind::AuditPairs { "points" } else { "ln ratio" };
    line.estimate("value", head, "With its 95 % bootstrap interval", estimate, 1.0);
    let percent = of_whole.filter(|share| share.is_finite()).map(|share| 100.0 * share);
    line.number("percent", "% of published", "Of the published gap", percent);
}

fn meaning(factor: Factor) -> &'static str {
    match factor {
        Factor::Matching => "dose: δ on average, against δ for every token",
        Factor::Coherence => "coherence: the same noise in all layers, against noise of their own",
        Factor::Rotation => "rotation: the published search, against the exact angle",
        Factor::Pairing => "pairing: separate noise for the sentences of a pair, against the same",
    }
}

fn facts(audits: &[AuditOf], kind: Kind) -> Map<String, serde_json::Value> {
    let items = audits.iter().map(|audit| audit.items).min();
    let gap = if kind == Kind::AuditPairs { "difference of drops, points" } else { "ln(angular/magnitude)" };
    Map::from_iter([("gap".to_owned(), json!(gap)), ("items".to_owned(), json!(items))])
}

/// Every cell of the factorial.
pub fn cells(results: &Results, known: &Known) -> Option<Table> {
    let kind = known.kind?;
    let audits = AuditOf::all(results, kind);
    let mut rows = Rows::default();
    let unit = if kind == Kind::AuditPairs { "drop (points)" } else { "damage (nats)" };
    for (audit, cell) in audits.iter().flat_map(|audit| audit.cells.iter().map(move |cell| (audit, cell))) {
        rows.add(|line| {
            line.exact("delta", "δ", "How far each vector is moved", audit.delta);
            line.text("mode", "mode", "How the stream is disturbed", &cell.mode.to_string());
            let settings = cell_name(kind, cell.mode, &cell.settings);
            line.text("settings", "settings", "Matching, coherence and what else the mode knows", &settings);
            let [matching, coherence, pairing, rotation] = cell.settings.words();
            line.field("matching", matching);
            line.field("coherence", coherence);
            line.field("pairing", pairing);
            line.field("rotation", rotation);
            line.spread("harm", unit, "Mean ± sd over seeds", Some(cell.harm));
            line.interval("harm", "95 % interval", "Bootstrap over items and seeds", cell.interval);
        });
    }
    let what = "The full factorial of the settings, mode by mode: matching (per-token, or mean), coherence (independent \
                between layers, or shared), of the angular mode rotation (exact, or published), of pairs pairing (the same \
                noise for both sentences, or separate). 95 % bootstrap intervals over items and seeds. All settings share \
                their draws.";
    made(results, known, rows, what, facts(&audits, kind))
}
