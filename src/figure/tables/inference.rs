//! Every test of a study, and the double dissociation.

use super::{Known, made};
use crate::experiment::{DissociationAt, Results, Test, TestName, dissociations};
use crate::figure::table::{Line, Rows, Table};
use crate::stats::{Contrast, Estimate};
use serde_json::{Map, json};

/// One row per test.
pub fn statistics(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for difference in results.differences() {
        for test in &difference.tests {
            rows.add(|line| {
                line.text("experiment", "experiment", "Which experiment", difference.kind.name());
                line.text("what", "difference", "What is compared", &difference.what);
                line.text("protocol", "protocol", "Under which protocol", &difference.protocol);
                line.exact("delta", "δ", "How far each vector is moved", difference.delta);
                line.text("test", "test", "Which test", &test.name.to_string());
                line.text("sample", "sample", "What is taken for a sample", test.name.sample().words());
                line.exact("items", "texts or pairs", "How many stand behind it", difference.items);
                line.exact("seeds", "seeds", "How many stand behind it", difference.seeds);
                fill(line, test, difference.unit);
                line.field("family", difference.family);
            });
        }
    }
    let what = "Every test of every difference, two-sided; δ and repairs of one experiment are a family. Intervals are \
                95 %, by percentiles of 10,000 resamples of texts and seeds, or by Student's t; d_z with its exact interval.";
    made(results, known, rows, what, Map::new())
}

fn fill(line: &mut Line, test: &Test, unit: &str) {
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
    line.p("p", "p", "Two-sided, not corrected", of(&|outcome| Some(outcome.p)));
    line.p("p_holm", "p (Holm)", "Corrected by Holm over the family", test.p_holm);
    line.p("p_bh", "p (B–H)", "Corrected by Benjamini and Hochberg over the family", test.p_bh);
    line.text("missing", "why not", "Why there is no test", outcome.as_ref().err().map_or("", String::as_str));
}

/// One row per δ.
pub fn dissociation(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let list = dissociations(results);
    for row in &list {
        rows.add(|line| {
            line.exact("delta", "δ", "How far each vector is moved", row.delta);
            fill_dissociation(line, row);
        });
    }
    let unit = results.study.statistics.unit;
    let what = format!(
        "Double dissociation: x is the share of what can be lost, damage/(ln vocabulary − clean loss) for loss and \
         drop/(clean accuracy − ½) for syntax; simple effects are x angular − x magnitude, the interaction the one of \
         loss less the one of syntax, with 95 % intervals. Sample: {} ({}). Claimed only where both simple effects are \
         significant at 0.05 after Holm over both effects of all δ, with opposite signs.",
        unit.words(),
        TestName::of_unit(unit),
    );
    made(results, known, rows, &what, Map::from_iter([("unit_of_analysis".to_owned(), json!(unit.words()))]))
}

fn fill_dissociation(line: &mut Line, row: &DissociationAt) {
    let found = row.outcome.map_err(|why| why.to_string());
    let effect = |of: fn(&crate::stats::Dissociation) -> Contrast| {
        found.as_ref().map(|(found, _)| of(found).estimate).map_err(Clone::clone)
    };
    let claim = found.as_ref().ok().map(|(_, claim)| *claim);
    line.estimate("loss", "loss", "Simple effect in shares of what can be lost", &effect(|f| f.loss), 1.0);
    line.p("loss_p_holm", "p (Holm)", "Corrected over both simple effects of all δ", claim.map(|c| c.p_loss));
    line.estimate("syntax", "syntax", "Simple effect in shares of what can be lost", &effect(|f| f.syntax), 1.0);
    line.p("syntax_p_holm", "p (Holm)", "Corrected over both simple effects of all δ", claim.map(|c| c.p_syntax));
    line.estimate("interaction", "interaction", "Loss less syntax", &effect(|f| f.interaction), 1.0);
    line.p("p_holm", "p (Holm)", "Of the interaction, corrected over all δ", claim.map(|c| c.p_interaction));
    let claimed = claim.map_or("", |claim| if claim.claimed { "yes" } else { "no" });
    line.text("claimed", "claimed", "Whether both simple effects are significant with opposite signs", claimed);
    line.exact("texts", "texts", "How many stand behind the loss", row.texts);
    line.exact("pairs", "pairs", "How many stand behind the accuracy", row.pairs);
    line.exact("seeds", "seeds", "How many stand behind both", row.seeds);
    line.text("missing", "why not", "Why there is none", found.as_ref().err().map_or("", String::as_str));
}
