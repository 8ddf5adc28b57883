//! What repairs gave back in the published study, where nothing but their shares was printed.

use super::{Known, made, seeds, shown};
use crate::figure::table::{Rows, Table};
use crate::figure::words::what_is_repaired;
use crate::findings::{Findings, printed_percent};
use crate::published::Recovery;
use crate::stats::t_interval;
use serde_json::{Map, json};

/// One row per repair and mode.
pub fn table(findings: &Findings, known: &Known, list: &[&Recovery]) -> Option<Table> {
    let kind = known.kind?;
    let first = list.first()?;
    let has_layers = list.iter().any(|recovery| recovery.layers.is_some());
    let mut rows = Rows::default();
    for recovery in list {
        for (mode, percent) in printed_percent(recovery) {
            rows.add(|line| {
                line.text(
                    "repair",
                    "repair",
                    "What is replaced by its value in the clean run",
                    &recovery.arm.to_string(),
                );
                if has_layers {
                    let layers = recovery.layers.as_deref().map_or_else(String::new, shown);
                    line.text("layers", "layers", "Whose attention is repaired", &layers);
                }
                line.text("mode", "mode", "How the stream is disturbed", &mode.to_string());
                line.field("delta", recovery.delta);
                line.spread("recovery_percent", "recovery (%)", "Mean ± sd over seeds", Some(percent));
                let interval = t_interval(&percent);
                line.interval("recovery_percent", "95 % interval (%)", "Student's over seeds", interval);
                line.exact("damage_seeds", "seeds", "How many stand behind it", recovery.seeds);
                line.exact("items", "texts", "How many stand behind it", recovery.texts);
                // The shares by the names that they have in the table of a run.
                line.field("recovery", percent.mean / 100.0);
                line.field("recovery_low", json!(interval.map(|(low, _)| low / 100.0)));
                line.field("recovery_high", json!(interval.map(|(_, high)| high / 100.0)));
            });
        }
    }
    let layers = findings.layers_of(kind);
    let what = format!(
        "Repair: {} Recovery: (damage − repaired damage)/damage, percent, mean ± sd over {} (n − 1; where a population sd was \
         printed, that times √(n/(n − 1))) with Student's 95 % interval over them, {} texts; the damages themselves were \
         not printed. Layers {} are disturbed.",
        what_is_repaired(kind),
        seeds(first.seeds),
        first.texts,
        shown(layers),
    );
    let facts = Map::from_iter([("texts".to_owned(), json!(first.texts)), ("layers".to_owned(), json!(layers))]);
    made(findings, known, rows, &what, facts)
}

#[cfg(test)]
mod tests {
    use crate::figure::{Format, table};
    use crate::findings::Findings;
    use crate::published;

    #[test]
    fn layer_specificity_is_a_table_of_what_was_printed() {
        let results = Findings::of(published::results());
        let sets = table(&results, "layer_sets").unwrap();
        let names: Vec<&str> = sets.records.iter().map(|record| record["repair"].as_str().unwrap()).collect();
        assert_eq!(names, ["top", "middle", "bottom", "random 1", "random 2", "random 3"]);
        let first = &sets.records[0];
        assert_eq!((&first["layers"], &first["mode"]), (&"12-15".into(), &"angular".into()));
        let number = |key: &str| first[key].as_f64().unwrap();
        assert_eq!(number("recovery_percent_mean"), 25.0);
        // Printed: the population sd of three seeds. Student's quantile of two degrees of freedom is 4.3027.
        let sd = 0.6 * 1.5f64.sqrt();
        assert!((number("recovery_percent_sd") - sd).abs() < 1e-12);
        let half = 4.302_652_7 * sd / 3f64.sqrt();
        assert!((number("recovery_percent_low") - (25.0 - half)).abs() < 1e-6);
        assert!((number("recovery_high") - (25.0 + half) / 100.0).abs() < 1e-8);
        assert_eq!(sets.rows[0], ["top", "12-15", "angular", "25.00 ± 0.73", "23.2 to 26.8", "3", "50"]);
        assert!(sets.caption.starts_with("Published values") && sets.caption.contains("Layers 8-15 are disturbed"));
        assert!(sets.render(Format::Latex).contains("\\num{25.00 \\pm 0.73}"));

        let norms = table(&results, "norm_repair").unwrap();
        assert_eq!(norms.records.len(), 2);
        assert!(!norms.records[0].contains_key("layers") && norms.caption.contains("5 seeds"), "{}", norms.caption);
        let heads = table(&results, "heads_repair").unwrap();
        assert_eq!(heads.records[3]["repair"], "top 8 layers");
        assert!(table(&results, "pathways").is_err(), "not printed of this model");
    }
}
