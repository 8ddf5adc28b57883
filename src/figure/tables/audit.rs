//! The tables of the audit.

use super::verdicts::measured;
use super::{Known, made};
use crate::experiment::{AuditOf, Factor, Gap, Kind, Results, cell_name};
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
    let mut facts = facts(&audits, kind);
    let state = if results.preliminary().is_some() { "So far, at" } else { "At" };
    let answer = |audit: &AuditOf| {
        let words = format!("{state} δ {} {}", audit.delta, answer(audit.gap.as_ref().ok()?, kind));
        Some(json!({ "delta": audit.delta, "words": words }))
    };
    facts.insert("answers".to_owned(), audits.iter().filter_map(answer).collect());
    made(results, known, rows, &what, facts)
}

/// What makes the published gap, and what is left of it, in a sentence that says no more than the intervals do.
fn answer(gap: &Gap, kind: Kind) -> String {
    let Gap { published, shares, remains } = gap;
    let unit = if kind == Kind::AuditPairs { "points" } else { "" };
    let of = |estimate: &Estimate| measured(estimate, unit);
    let sign = |estimate: &Estimate| match estimate.interval {
        (low, _) if low > 0.0 => 1.0,
        (_, high) if high < 0.0 => -1.0,
        _ => 0.0,
    };
    let lead = if sign(published) == 0.0 {
        format!("the published protocol shows no gap that could be told from 0: {}.", of(published))
    } else {
        let along = |estimate: &Estimate| sign(published) * estimate.value;
        let largest = shares.iter().max_by(|a, b| along(&a.1).total_cmp(&along(&b.1)));
        match largest.filter(|(_, share)| along(share) > along(remains)) {
            Some((factor, share)) if sign(share) == sign(published) => format!(
                "the published gap, {}, comes most of all from {}: {}.",
                of(published),
                factor.name(),
                of(share)
            ),
            Some(_) => format!("no setting alone makes the published gap, {}.", of(published)),
            None => format!(
                "the published gap, {}, is most of all what remains when the settings are strict.",
                of(published)
            ),
        }
    };
    let more = match sign(remains) {
        1.0 => "moved by the same distance, turning harms more than stretching",
        -1.0 => "moved by the same distance, stretching harms more than turning",
        _ => "moved by the same distance, turning and stretching are not told apart",
    };
    format!("{lead} Under the strict protocol {} remains: {more}.", of(remains))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(published: (f64, f64, f64), coherence: (f64, f64, f64), remains: (f64, f64, f64)) -> Gap {
        let estimate = |(value, low, high)| Estimate { value, interval: (low, high) };
        Gap {
            published: estimate(published),
            shares: vec![(Factor::Matching, estimate((-0.1, -0.2, 0.0))), (Factor::Coherence, estimate(coherence))],
            remains: estimate(remains),
        }
    }

    #[test]
    fn the_answer_says_what_the_intervals_say() {
        let words = |gap: &Gap| answer(gap, Kind::Audit);
        let coherence = words(&gap((0.6, 0.5, 0.7), (2.0, 1.9, 2.1), (-0.3, -0.4, -0.2)));
        assert!(coherence.contains("comes most of all from coherence: 2.00 [1.90, 2.10]"), "{coherence}");
        assert!(coherence.ends_with("stretching harms more than turning."));
        let direction = words(&gap((0.6, 0.5, 0.7), (0.1, 0.0, 0.2), (0.6, 0.5, 0.7)));
        assert!(direction.contains("is most of all what remains when the settings are strict"), "{direction}");
        assert!(direction.ends_with("turning harms more than stretching."));
        let nothing = words(&gap((0.1, -0.1, 0.3), (0.1, 0.0, 0.2), (0.1, -0.2, 0.4)));
        assert!(nothing.starts_with("the published protocol shows no gap that could be told from 0"), "{nothing}");
        assert!(nothing.ends_with("turning and stretching are not told apart."));
        // The largest share may itself not be told from 0.
        let unsure = words(&gap((0.6, 0.5, 0.7), (0.5, -0.1, 1.1), (0.2, 0.1, 0.3)));
        assert!(unsure.contains("no setting alone makes the published gap"), "{unsure}");
    }
}
