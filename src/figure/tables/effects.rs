//! Effect sizes over seeds, each under its right name.

use super::{Known, made};
use crate::figure::table::{Rows, Table};
use crate::findings::Findings;
use crate::stats::{
    Estimate, Untestable, cohens_d, cohens_d_population, d_z, glass_delta, glass_delta_population, hedges_g,
    ratio_of_means,
};
use serde_json::Map;

type Effect = fn(&[f64], &[f64]) -> Result<Estimate, Untestable>;

/// Key, head, meaning.
const EFFECTS: [(&str, &str, &str, Effect); 5] = [
    ("d_z", "d_z", "Mean difference over the sd of the differences: how surely, not how far", d_z),
    ("cohens_d", "Cohen's d", "Difference of means over the pooled sd", cohens_d),
    ("hedges_g", "Hedges' g", "d, corrected for small samples", hedges_g),
    ("glass_delta", "Glass's Δ", "Difference of means over the sd of the second", glass_delta),
    ("ratio", "ratio", "First mean over second mean, with Fieller's interval", ratio_of_means),
];

/// One row per difference whose two sides have values by seed.
pub fn table(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for difference in findings.differences() {
        let [first, second] = &difference.by_seed;
        if first.is_empty() {
            continue;
        }
        rows.add(|line| {
            line.text("experiment", "experiment", "Which experiment", difference.kind.name());
            line.text("what", "difference", "What is compared", &difference.what);
            line.text("protocol", "protocol", "Under which protocol", &difference.protocol);
            line.exact("delta", "δ", "How far each vector is moved", difference.delta);
            line.exact("seeds", "seeds", "How many values each side has", first.len());
            for (key, head, meaning, effect) in EFFECTS {
                let found = effect(first, second).map_err(|why| why.to_string());
                line.estimate(key, head, meaning, &found, 1.0);
            }
            let meaning = "The study's form: population sds";
            line.number("cohens_d_published", "d (published form)", meaning, cohens_d_population(first, second).ok());
            let meaning = "The study's form, which it printed as Cohen's d: population sd of the second";
            line.number(
                "glass_delta_published",
                "Δ (published form)",
                meaning,
                glass_delta_population(first, second).ok(),
            );
        });
    }
    let what = "Effect sizes of every difference over the seeds, each averaged over its texts or pairs; in brackets 95 % \
                intervals. They tell how far the seeds' means lie apart in units of the spread between seeds, and nothing of other \
                texts. Published form: population sds, as the study computed them.";
    made(findings, known, rows, what, Map::new())
}
