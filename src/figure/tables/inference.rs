//! Every test of a study, and the double dissociation.

use super::{Known, made, named};
use crate::experiment::{DissociationAt, Kind, Test, least_p, resample_count};
use crate::figure::format::is_bound;
use crate::figure::table::{Line, Rows, Table};
use crate::figure::words::limits;
use crate::findings::{Findings, Sample};
use crate::stats::{Contrast, Estimate, Unit};
use serde_json::{Map, json};

/// One row per test.
pub fn statistics(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let least = least_p(findings.results());
    for difference in findings.differences() {
        for test in &difference.tests {
            rows.add(|line| {
                line.text("experiment", "experiment", "Which experiment", difference.kind.name());
                line.text("what", "difference", "What is compared", &difference.what);
                line.text("protocol", "protocol", "Under which protocol", &difference.protocol);
                line.exact("delta", "δ", "How far each vector is moved", difference.delta);
                line.text("test", "test", "Which test", &test.name.to_string());
                let sampled = Sample::of(test.name.sample(), difference.drawn).words(difference.kind);
                line.text("sample", "sample", "What is taken for a sample", &sampled);
                line.exact("items", "texts or pairs", "How many stand behind it", difference.items);
                line.exact("seeds", "seeds", "How many stand behind it", difference.seeds);
                line.field("one_run", named(&difference.one_run));
                for (side, (mode, arm)) in ["first", "second"].into_iter().zip(&difference.sides) {
                    line.field(&format!("{side}_mode"), mode.to_string());
                    line.field(&format!("{side}_arm"), arm.to_string());
                }
                fill(line, test, difference.unit, (test.least_p(least), difference.family));
                line.exact("family", "family", "How many tests the corrections are for", difference.family);
            });
        }
    }
    let what = format!(
        "Every test of every difference, two-sided but for equivalence. A family is all δ and repairs of one experiment; of an \
         audit, all δ under one protocol; of layer sets, repairs and sets apart. Intervals are 95 %, by percentiles of {} \
         resamples, or by Student's t; d_z with its exact interval. A p after ≤ is as small as so many resamples can make it.",
        resample_count(findings.results())
    );
    made(findings, known, rows, &what, Map::new())
}

fn fill(line: &mut Line, test: &Test, unit: &str, (least, family): (f64, usize)) {
    let outcome = test.outcome.map_err(|why| why.to_string());
    let of = |part: &dyn Fn(&crate::experiment::Outcome) -> Option<f64>| outcome.as_ref().ok().and_then(part);
    let estimate = |part: Option<Estimate>| part.ok_or_else(String::new);
    let effect = outcome.as_ref().ok().and_then(|outcome| outcome.d_z);
    let value = outcome.as_ref().ok().and_then(|outcome| outcome.estimate);
    line.estimate("estimate", "difference", "With its 95 % interval", &estimate(value), 1.0);
    line.text("unit", "unit", "Unit of the difference", unit);
    line.field("effect_name", effect.map(|_| "d_z"));
    line.estimate(
        "effect",
        "d_z",
        "Mean difference over the sd of the differences, with its 95 % interval",
        &estimate(effect),
        1.0,
    );
    line.number("statistic", "statistic", "t, W or the mean difference", of(&|outcome| outcome.statistic));
    line.number("df", "df", "Degrees of freedom", of(&|outcome| outcome.df));
    let p = of(&|outcome| Some(outcome.p));
    line.p_at_least("p", "p", "Two-sided, not corrected", p, least);
    let of_family = least * family as f64;
    line.p_at_least("p_holm", "p (Holm)", "Corrected by Holm over the family", test.p_holm, of_family);
    // Where p itself is no bound, neither is what the larger ones make of it.
    let of_family = if p.is_some_and(|p| is_bound(p, least)) { of_family } else { 0.0 };
    let meaning = "Corrected by Benjamini and Hochberg over the family";
    line.p_at_least("p_bh", "p (B–H)", meaning, test.p_bh, of_family);
    line.text("missing", "why not", "Why there is no test", outcome.as_ref().err().map_or("", String::as_str));
}

/// One row per δ.
pub fn dissociation(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let (list, unit) = (findings.dissociations(), findings.study().statistics.unit);
    // The t-tests of the other units can give any p.
    let least = if unit == Unit::Both { least_p(findings.results()) } else { 0.0 };
    for row in list {
        rows.add(|line| {
            line.exact("delta", "δ", "How far each vector is moved", row.delta);
            fill_dissociation(line, row, least);
        });
    }
    let limits = list.first().and_then(|row| limits(unit, Kind::Sweep, row.drawn)).unwrap_or_default();
    let by = match unit {
        Unit::Both => "texts, pairs and seeds (crossed bootstrap)",
        Unit::Seeds => "seeds (paired t)",
        Unit::Texts => "texts and pairs (paired t; of the interaction Welch's t)",
    };
    let what = format!(
        "Double dissociation: x is the share of what can be lost, damage/(ln vocabulary − clean loss) for loss and \
         drop/(clean accuracy − ½) for syntax; simple effects are x angular − x magnitude, the interaction the one of \
         loss less the one of syntax, with 95 % intervals. Sample: {by}. Claimed only where both simple effects are \
         significant at 0.05 after Holm over both effects of all δ, with opposite signs. {limits}"
    );
    let what = what.trim_end();
    made(findings, known, rows, what, Map::from_iter([("unit_of_analysis".to_owned(), json!(unit.words()))]))
}

fn fill_dissociation(line: &mut Line, row: &DissociationAt, least: f64) {
    let (of_simple, of_interaction) = (least * 2.0 * row.family as f64, least * row.family as f64);
    let found = row.outcome.map_err(|why| why.to_string());
    let effect = |of: fn(&crate::stats::Dissociation) -> Contrast| {
        found.as_ref().map(|(found, _)| of(found).estimate).map_err(Clone::clone)
    };
    let claim = found.as_ref().ok().map(|(_, claim)| *claim);
    line.estimate("loss", "loss", "Simple effect in shares of what can be lost", &effect(|f| f.loss), 1.0);
    let meaning = "Corrected over both simple effects of all δ";
    line.p_at_least("loss_p_holm", "p (Holm)", meaning, claim.map(|c| c.p_loss), of_simple);
    line.estimate("syntax", "syntax", "Simple effect in shares of what can be lost", &effect(|f| f.syntax), 1.0);
    line.p_at_least("syntax_p_holm", "p (Holm)", meaning, claim.map(|c| c.p_syntax), of_simple);
    line.estimate("interaction", "interaction", "Loss less syntax", &effect(|f| f.interaction), 1.0);
    let meaning = "Of the interaction, corrected over all δ";
    line.p_at_least("p_holm", "p (Holm)", meaning, claim.map(|c| c.p_interaction), of_interaction);
    let claimed = claim.map_or("", |claim| if claim.claimed { "yes" } else { "no" });
    line.text("claimed", "claimed", "Whether both simple effects are significant with opposite signs", claimed);
    line.exact("texts", "texts", "How many stand behind the loss", row.texts);
    line.exact("pairs", "pairs", "How many stand behind the accuracy", row.pairs);
    line.exact("seeds", "seeds", "How many stand behind both", row.seeds);
    line.field("one_run", named(&row.one_run));
    line.text("missing", "why not", "Why there is none", found.as_ref().err().map_or("", String::as_str));
}
