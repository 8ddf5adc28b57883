//! The tables of the audit.

use super::{Known, made};
use crate::experiment::{Arm, AuditOf, Cell, Kind};
use crate::figure::table::{Line, Rows, Table};
use crate::figure::words::{Part, audit_answers};
use crate::findings::Findings;
use crate::stats::Estimate;
use serde_json::{Map, json};

/// The gap between the modes, and each setting's share of it.
pub fn shares(findings: &Findings, known: &Known) -> Option<Table> {
    let kind = known.kind?;
    let audits = findings.audit(kind);
    let mut rows = Rows::default();
    for audit in audits {
        for (part, estimate) in Part::of(audit) {
            rows.add(|line| fill(line, kind, audit, part, &estimate));
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
    let mut facts = facts(audits, kind);
    let answers = audit_answers(findings, kind);
    let answer = |(delta, words): &(f64, String)| json!({ "delta": delta, "words": words });
    facts.insert("answers".to_owned(), answers.iter().map(answer).collect());
    made(findings, known, rows, &what, facts)
}

fn fill(line: &mut Line, kind: Kind, audit: &AuditOf, part: Part, estimate: &Result<Estimate, String>) {
    line.exact("delta", "δ", "How far each vector is moved", audit.delta);
    line.text("part", "part", "What the gap is made of", part.name());
    let meaning = if audit.gap.is_ok() { part.meaning() } else { "the whole gap" };
    line.text("meaning", "what it is", "In words", meaning);
    let whole = audit.gap.as_ref().ok().map(|gap| gap.published.value);
    let of_whole = estimate.as_ref().ok().zip(whole).map(|(part, whole)| part.value / whole);
    let head = if kind == Kind::AuditPairs { "points" } else { "ln ratio" };
    line.estimate("value", head, "With its 95 % bootstrap interval", estimate, 1.0);
    let percent = of_whole.filter(|share| share.is_finite()).map(|share| 100.0 * share);
    line.number("percent", "% of published", "Of the published gap", percent);
}

fn facts(audits: &[AuditOf], kind: Kind) -> Map<String, serde_json::Value> {
    let items = audits.iter().map(|audit| audit.items).min();
    let gap = if kind == Kind::AuditPairs { "difference of drops, points" } else { "ln(angular/magnitude)" };
    Map::from_iter([("gap".to_owned(), json!(gap)), ("items".to_owned(), json!(items))])
}

/// Every cell of the factorial.
pub fn cells(findings: &Findings, known: &Known) -> Option<Table> {
    let kind = known.kind?;
    let audits = findings.audit(kind);
    let mut rows = Rows::default();
    let unit = if kind == Kind::AuditPairs { "drop (points)" } else { "damage (nats)" };
    for (audit, cell) in audits.iter().flat_map(|audit| audit.cells.iter().map(move |cell| (audit, cell))) {
        rows.add(|line| {
            line.exact("delta", "δ", "How far each vector is moved", audit.delta);
            line.text("mode", "mode", "How the stream is disturbed", &cell.mode.to_string());
            let settings = Arm::Cell(Cell::of(kind, cell.mode, &cell.settings)).to_string();
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
    made(findings, known, rows, what, facts(audits, kind))
}
