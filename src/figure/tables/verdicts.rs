//! The verdicts: what the results say of each of the published study's claims.

use super::{Known, made, named};
use crate::figure::table::{Rows, Table};
use crate::figure::words::Said;
use crate::findings::{Findings, Sample};
use serde_json::Map;

/// One row per claim, protocol, comparison and δ.
pub fn table(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let mut warnings: Vec<String> = Vec::new();
    for judged in findings.judged() {
        let (claim, said) = (judged.claim, Said::of(judged, findings));
        let limits = said.warning;
        if let Some(limits) = limits.as_ref().filter(|limits| !warnings.contains(limits)) {
            warnings.push(limits.clone());
        }
        rows.add(|line| {
            line.field("claim", claim.id);
            line.text("title", "claim", "What the published study says", &claim.title());
            line.field("expects", claim.expects);
            line.exact("delta", "δ", "How far each vector is moved", judged.delta);
            line.text("verdict", "verdict", "What the test says of it", said.word.text());
            let of_family = said.least_p * judged.family as f64;
            let meaning = "Corrected by Holm over the family";
            line.p_at_least("p_holm", "p (Holm)", meaning, judged.p_holm, of_family);
            line.text("protocol", "protocol", "Under which protocol", &judged.protocol);
            let estimate = judged.estimate.ok_or_else(String::new);
            line.estimate("estimate", "difference", "With its 95 % interval", &estimate, 1.0);
            line.text("unit", "unit", "Unit of the difference", judged.unit);
            line.text("what", "difference", "What is compared", &judged.what);
            line.text("test", "test", "Which test", &judged.test);
            let sampled = Sample::of(judged.sample, judged.drawn).words(judged.kind);
            line.text("sample", "sample", "What is taken for a sample", &sampled);
            line.p_at_least("p", "p", "Two-sided, not corrected", judged.p, said.least_p);
            line.exact("family", "family", "How many tests the correction is for", judged.family);
            line.exact("items", "texts or pairs", "How many stand behind it", judged.items);
            line.exact("seeds", "seeds", "How many stand behind it", judged.seeds);
            line.field("one_run", named(&judged.one_run));
            line.field("sentence", said.sentence);
            line.field("formula", claim.formula);
            line.field("numbers", said.numbers);
            line.field("methods", said.methods);
            line.field("warning", limits);
        });
    }
    let what = format!(
        "What the results say of the published study's claims: supported or opposite where p after Holm is below 0.05 and \
         the 95 % interval leaves out 0; equivalent where the interval lies within the study's bound; else undecided. {}",
        warnings.join(" ")
    );
    made(findings, known, rows, what.trim_end(), Map::new())
}
