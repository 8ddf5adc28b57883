//! The table that sets a run beside what the published study printed of the same model.

use super::{Known, made, shown};
use crate::experiment::{Kind, Results, find};
use crate::figure::table::{Rows, Table};
use crate::findings::{Beside, Both, Findings, combined_error};
use crate::published::{Model, published};
use crate::stats::Spread;
use crate::study::{Key, Layers, Setting, Study};
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

/// Why there is no table of `findings`; none where there is one.
pub fn missing(findings: &Findings) -> Option<String> {
    let not_yet = || "the run has nothing yet at a mode and δ of which figures were published".to_owned();
    Beside::never(findings.results()).or_else(|| findings.beside_published().is_none().then(not_yet))
}

/// Published, here, and how far apart.
pub fn table(findings: &Findings, known: &Known) -> Option<Table> {
    let Beside { model, rows: list } = findings.beside_published()?;
    let mut rows = Rows::default();
    for Both { published: there, here } in list {
        rows.add(|line| {
            line.field("experiment", here.of.kind.name());
            line.text("quantity", "quantity", "What is measured", &here.of.quantity);
            line.text("unit", "unit", "Of the values", here.of.unit);
            let mode = here.of.at.map_or("clean".to_owned(), |(mode, _)| mode.to_string());
            line.text("mode", "mode", "How the stream is disturbed", &mode);
            line.exact("delta", "δ", "How far each vector is moved", json!(here.of.at.map(|(_, delta)| delta)));
            line.spread("published", "published", "Mean ± sd over seeds", Some(there.value));
            let from = match (here.of.at, there.from_seeds) {
                (Some(_), true) => "values by seed",
                (Some(_), false) => "printed mean and sd",
                (None, _) => "printed mean",
            };
            line.field("published_from", from);
            line.spread("here", "here", "Mean ± sd over seeds", Some(here.value));
            let difference = here.value.mean - there.value.mean;
            line.number("difference", "difference", "Here minus published", Some(difference));
            let error = combined_error(&there.value, &here.value);
            let meaning = "√(s²/n + s²/n) of both means over seeds";
            line.number("combined_se", "se", meaning, error);
            let meaning = "Difference in units of the combined standard error";
            line.number("difference_per_se", "difference/se", meaning, error.map(|error| difference / error));
            // The clean run has no seeds.
            let seeds = |spread: Spread| json!(here.of.at.map(|_| spread.n));
            line.exact("published_seeds", "seeds there", "Of the published mean", seeds(there.value));
            line.exact("here_seeds", "seeds here", "Of this run's mean", seeds(here.value));
            line.exact("published_items", "texts there", "Texts or pairs of the published mean", there.items);
            line.exact("here_items", "texts here", "Texts or pairs of this run's mean", here.items);
        });
    }
    let kinds: BTreeSet<Kind> = list.iter().map(|both| both.here.of.kind).collect();
    let differing = differing(findings.results(), model, &kinds);
    let settings = if differing.is_empty() {
        "No setting of the study differs.".to_owned()
    } else {
        format!("Settings that differ (published, here): {}.", differing.join("; "))
    };
    let note = model.note.as_ref().map_or(String::new(), |note| format!(" Of the published study: {note}."));
    let what = format!(
        "Figures of {} as printed ({}) beside this run's. Mean ± sd over seeds, n − 1: from the printed values of the seeds, or \
         else the printed population sd times √(n/(n − 1)), none where that was rounded to 0. Recoveries: mean of those of \
         the seeds. se: √(s²/n + s²/n) of both. It says how well the noise was averaged, and knows nothing of the rounding to \
         three decimals, of other texts or of other settings; the same seeds mean other noise there. {settings}{note}",
        model.name,
        published().source
    );
    let facts = Map::from_iter([
        ("source".to_owned(), json!(published().source)),
        ("settings_that_differ".to_owned(), json!(differing)),
        ("note".to_owned(), json!(model.note)),
    ]);
    made(findings, known, rows, &what, facts)
}

/// Settings of `study` by their names, as far as they are not told by the rows: without names, grids, seeds, counts and
/// layers.
fn settings(study: &Study, kinds: &BTreeSet<Kind>) -> BTreeMap<&'static str, String> {
    let syntax = kinds.contains(&Kind::Syntax);
    let is_told = |setting: &Setting| match setting {
        Setting::Name
        | Setting::Seed
        | Setting::ModelId
        | Setting::Revision
        | Setting::Limit
        | Setting::Modes
        | Setting::Deltas
        | Setting::Seeds
        | Setting::Layers => true,
        Setting::Of(Kind::Syntax, Key::Pairs | Key::Paradigms | Key::Scoring) => !syntax,
        setting => setting.is_of_statistics() || setting.experiment().is_some(),
    };
    let written = |setting: Setting| {
        let value = match setting.get(study)? {
            Value::Array(names) if setting == Setting::Of(Kind::Syntax, Key::Paradigms) => {
                Value::String(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
            }
            value => value,
        };
        Some((setting.path(), value.to_string()))
    };
    Setting::all().filter(|setting| !is_told(setting)).filter_map(written).collect()
}

/// "setting: published, here" of every setting that differs, and the layers of each of `kinds` that do.
fn differing(results: &Results, model: &Model, kinds: &BTreeSet<Kind>) -> Vec<String> {
    let study = model.study();
    let (there, here) = (settings(&study, kinds), settings(&results.study, kinds));
    let names: BTreeSet<&str> = there.keys().chain(here.keys()).copied().collect();
    let unset = || "not set".to_owned();
    let mut list: Vec<String> = names
        .into_iter()
        .filter(|name| there.get(*name) != here.get(*name))
        .map(|name| {
            let [there, here] = [&there, &here].map(|of| of.get(name).cloned().unwrap_or_else(unset));
            format!("{name}: {there}, {here}")
        })
        .collect();
    // Layers, there and here, and the experiments in which they are those.
    let mut layers: Vec<(String, Vec<&str>)> = Vec::new();
    for kind in kinds {
        let (Some(experiment), Some(shape)) = (find(&study, *kind), results.shapes.get(kind)) else { continue };
        let grid = experiment.grid();
        let resolved = |layers: &Layers| layers.resolve(model.depth).unwrap_or_default();
        let disturbed = resolved(grid.layers.unwrap_or(&study.perturbation.layers));
        let read = grid.other_layers.map_or_else(|| disturbed.clone(), resolved);
        if disturbed != shape.layers {
            let both = format!("{}, {}", shown(&disturbed), shown(&shape.layers));
            match layers.iter_mut().find(|(known, _)| *known == both) {
                Some((_, kinds)) => kinds.push(kind.name()),
                None => layers.push((both, vec![kind.name()])),
            }
        }
        if *kind == Kind::Entropy && read != shape.read_layers {
            list.push(format!("layers that {kind} reads: {}, {}", shown(&read), shown(&shape.read_layers)));
        }
    }
    list.extend(layers.into_iter().map(|(both, kinds)| format!("layers of {}: {both}", kinds.join(", "))));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Commit, Score, Trial};
    use crate::figure::{Format, table};
    use crate::published;
    use crate::published::model;
    use crate::study::DeltaUnit;
    use crate::study::Mode::Angular;
    use crate::study::Protocol;

    /// The published figures as if a run had made them on two texts: every disturbed score higher by `more`.
    fn run(more: f64) -> Results {
        let base = published::results();
        let mut study = base.study.clone();
        study.model.id = "eleutherai/Pythia-410M".to_owned();
        let mut results = Results::new(study, base.conditions.clone(), 2 * base.finished());
        results.shapes = base.shapes.clone();
        let mut commit = Commit::default();
        for (id, condition) in &base.conditions {
            let added = if condition.disturbance.is_some() { more } else { 0.0 };
            let known = base.scores(*id).get(0).unwrap();
            for item in 0..2 {
                let score = Score { value: known.value + added, ..known };
                let readings = base.readings(*id, crate::measure::Quantity::EntropyPublished);
                let readings =
                    readings.map(|(_, values)| (crate::measure::Quantity::EntropyPublished, values.to_vec()));
                commit.trials.push(Trial { condition: *id, item, score, readings: readings.collect() });
            }
        }
        results.add(&commit);
        results
    }

    #[test]
    fn a_run_stands_beside_the_figures_of_its_model() {
        let table = table(&Findings::of(run(0.5)), "published").unwrap();
        let records = &table.records;
        let find = |quantity: &str, mode: &str, delta: f64| {
            let is_it = |record: &&Map<String, serde_json::Value>| {
                record["quantity"] == quantity
                    && record["mode"] == mode
                    && record["delta"].as_f64().unwrap_or(0.0) == delta
            };
            records.iter().find(is_it).unwrap_or_else(|| panic!("{quantity}, {mode}, δ {delta}"))
        };
        // Clean loss, accuracy and entropy; 6 δ of damage, 3 of accuracy, 1 of entropy and of repair under two modes.
        assert_eq!(records.len(), 3 + 2 * (6 + 3 + 1 + 1));
        let number = |record: &Map<String, serde_json::Value>, key: &str| record[key].as_f64().unwrap();
        let row = find("damage", "angular", 10.0);
        let expected = Spread::of(&[7.030, 7.003, 7.069, 7.068, 7.132]).unwrap();
        assert!((number(row, "published_mean") - expected.mean).abs() < 1e-12);
        assert!((number(row, "published_sd") - expected.sd.unwrap()).abs() < 1e-12);
        assert!((number(row, "difference") - 0.5).abs() < 1e-12);
        // Both have the same spread over five seeds.
        let error = (2.0 / 5.0f64).sqrt() * expected.sd.unwrap();
        assert!((number(row, "combined_se") - error).abs() < 1e-12);
        assert!((number(row, "difference_per_se") - 0.5 / error).abs() < 1e-9);
        assert_eq!([&row["published_seeds"], &row["here_seeds"]], [5, 5]);
        assert_eq!([&row["published_items"], &row["here_items"]], [281, 2]);
        let row = find("clean loss", "clean", 0.0);
        assert!(number(row, "difference").abs() < 1e-12 && row["combined_se"].is_null() && row["here_seeds"].is_null());
        // Recoveries are means of those of the seeds, and a damage and its repair that both grow give back less.
        let row = find("recovery: attention", "magnitude", 5.0);
        assert!((number(row, "published_mean") - 15.2).abs() < 0.05 && number(row, "difference") < 0.0);
        assert!((number(find("change of entropy", "angular", 5.0), "published_mean") - 0.1287).abs() < 1e-4);
        assert!(table.caption.contains("No setting of the study differs."), "{}", table.caption);
        for format in [Format::Csv, Format::Json, Format::Markdown] {
            assert!(table.render(format).contains("damage"));
        }
    }

    #[test]
    fn settings_that_differ_are_named() {
        let mut results = run(0.0);
        results.study.perturbation.protocol = Protocol::Strict;
        results.study.texts.source = "mine.txt".to_owned();
        results.shapes.entry(Kind::Sweep).or_default().layers = vec![9, 10];
        let caption = table(&Findings::of(results.clone()), "published").unwrap().caption;
        for part in [
            "perturbation.protocol: \"published\", \"strict\"",
            "texts.source: \"wikitext\", \"mine.txt\"",
            "layers of sweep: 8-15, 9-10",
        ] {
            assert!(caption.contains(part), "{part}: {caption}");
        }
        assert!(!caption.contains("syntax:"), "{caption}");
        for shape in results.shapes.values_mut() {
            shape.layers = vec![9, 10];
        }
        let caption = table(&Findings::of(results.clone()), "published").unwrap().caption;
        assert!(caption.contains("layers of sweep, syntax, entropy, attention_repair: 8-15, 9-10"), "{caption}");
    }

    #[test]
    fn where_nothing_can_be_compared_it_says_why() {
        let why = |results: &Results| {
            let findings = Findings::of(results.clone());
            let error = table(&findings, "published").unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(!crate::figure::tables(&findings).iter().any(|table| table.id == "published"));
            error.to_string()
        };
        let mut results = run(0.0);
        results.study.perturbation.delta_unit = DeltaUnit::OfNorm;
        assert!(why(&results).contains("fraction of the token's norm"));
        results.study.model.id = "gpt2".to_owned();
        assert!(why(&results).contains("\"gpt2\"") && why(&results).contains("EleutherAI/pythia-410m"));
        let study = published::study();
        assert!(why(&Results::new(study, BTreeMap::new(), 10)).contains("nothing yet"));
        assert!(why(&published::results()).contains("themselves"));
    }

    #[test]
    fn printed_means_are_compared_as_well() {
        let model = model("facebook/opt-1.3b").unwrap();
        let figures = model.figures();
        let of = |quantity: &str, at| figures.iter().find(|f| f.of.quantity == quantity && f.of.at == at).unwrap();
        let damage = of("damage", Some((Angular, 5.0)));
        assert!((damage.value.sd.unwrap() - 0.041 * 1.5f64.sqrt()).abs() < 1e-15 && !damage.from_seeds);
        assert_eq!((damage.value.n, damage.items), (3, 100));
        assert_eq!(of("recovery: attention", Some((Angular, 5.0))).value.mean, 27.0);
        assert_eq!(combined_error(&damage.value, &Spread { sd: None, ..damage.value }), None);
        // Whole layers are known by which they are, wherever a ranking put them.
        let figures = published::published().models[0].figures();
        let named = |kind: Kind, name: &str| figures.iter().any(|f| f.of.kind == kind && f.of.quantity == name);
        assert!(named(Kind::LayerSets, "recovery: attention of layers 12-15"));
        assert!(named(Kind::Heads, "recovery: attention of layers 12-15"));
    }
}
