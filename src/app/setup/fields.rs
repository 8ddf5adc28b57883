//! A study's settings one by one, by the dotted names that they have in TOML, and what they are called in the window.

use crate::experiment::Kind;
use crate::figure::names;
use crate::study::{Study, to_toml};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Settings by name. An experiment has an entry of its own, so that one without settings is there as well.
pub type Fields = BTreeMap<String, Value>;

/// The settings of `study`.
#[must_use]
pub fn of(study: &Study) -> Fields {
    let mut fields = Fields::new();
    let table: Table = to_toml(study).parse().unwrap_or_default();
    put(&mut fields, "", table);
    fields
}

fn put(fields: &mut Fields, within: &str, table: Table) {
    for (key, value) in table {
        let name = if within.is_empty() { key } else { format!("{within}.{key}") };
        match value {
            Value::Table(table) if is_section(&name) => {
                if name.starts_with("experiments.") {
                    fields.insert(name.clone(), Value::Table(Table::new()));
                }
                put(fields, &name, table);
            }
            value => drop(fields.insert(name, value)),
        }
    }
}

/// Whether the table of this name holds settings, and is not itself the value of one.
fn is_section(name: &str) -> bool {
    let sections = ["model", "texts", "perturbation", "experiments", "statistics", "statistics.equivalence"];
    sections.contains(&name) || name.strip_prefix("experiments.").is_some_and(|rest| !rest.contains('.'))
}

/// The names of the settings in which two studies differ.
#[must_use]
pub fn changed(a: &Study, b: &Study) -> Vec<String> {
    let (a, b) = (of(a), of(b));
    // As they are written, so that what is not a number does not differ from itself.
    let written = |fields: &Fields, name: &String| fields.get(name).map(ToString::to_string);
    let differs = |name: &&String| a.get(*name) != b.get(*name) && written(&a, name) != written(&b, name);
    let mut names: Vec<&String> = a.keys().chain(b.keys()).filter(differs).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().cloned().collect()
}

/// What settings are called, in the middle of a sentence.
const WORDS: [(&str, &str); 44] = [
    ("name", "name"),
    ("seed", "study seed"),
    ("model.id", "model"),
    ("model.revision", "revision"),
    ("model.dtype", "precision"),
    ("texts.source", "texts"),
    ("texts.limit", "number of texts"),
    ("texts.longer_than", "least length of a text"),
    ("texts.shorter_than", "greatest length of a text"),
    ("texts.must_contain", "what a text contains"),
    ("texts.must_not_start_with", "what a text does not start with"),
    ("texts.max_tokens", "tokens of a text"),
    ("texts.special_tokens", "special tokens"),
    ("perturbation.protocol", "protocol"),
    ("perturbation.matching", "matching"),
    ("perturbation.coherence", "coherence"),
    ("perturbation.pairing", "pairing"),
    ("perturbation.rotation", "rotation"),
    ("perturbation.modes", "modes"),
    ("perturbation.layers", "layers"),
    ("perturbation.deltas", "δ"),
    ("perturbation.delta_unit", "unit of δ"),
    ("perturbation.seeds", "seeds"),
    ("perturbation.tokens", "tokens"),
    ("perturbation.sign", "sign"),
    ("perturbation.direction", "direction"),
    ("statistics.unit", "sample of the verdicts"),
    ("statistics.equivalence", "bound of equivalence"),
    // Of every experiment.
    ("delta", "δ"),
    ("deltas", "δ"),
    ("seeds", "seeds"),
    ("texts", "texts"),
    ("layers", "layers"),
    ("read_layers", "read layers"),
    ("repair_layers", "repaired layers"),
    ("items", "pairs"),
    ("pairs", "source of pairs"),
    ("paradigms", "paradigms"),
    ("scoring", "scoring"),
    ("top", "heads together"),
    ("singles", "one by one"),
    ("size", "layers of a set"),
    ("random", "random sets"),
    ("window", "layers of a window"),
];

/// Whether there is a setting `name` outside the experiments.
#[must_use]
pub fn is_known(name: &str) -> bool {
    WORDS.iter().any(|(known, _)| *known == name)
}

/// What the setting `name` is called, in the middle of a sentence: "layers", "heads: seeds".
#[must_use]
pub fn words(name: &str) -> String {
    let known = |name: &str| WORDS.iter().find(|(known, _)| *known == name).map(|(_, words)| (*words).to_owned());
    if let Some(rest) = name.strip_prefix("experiments.") {
        let (experiment, setting) = rest.split_once('.').map_or((rest, None), |(e, s)| (e, Some(s)));
        let experiment = Kind::from_name(experiment)
            .map_or_else(|| experiment.to_owned(), |kind| names::experiment(kind).to_lowercase());
        return match setting {
            None => experiment,
            Some(setting) => format!("{experiment}: {}", known(setting).unwrap_or_else(|| setting.to_owned())),
        };
    }
    if let Some(bound) = name.strip_prefix("statistics.equivalence.") {
        return format!("bound of equivalence of {bound}");
    }
    known(name).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::parse;

    #[test]
    fn every_setting_has_words() {
        let study = parse(include_str!("../../../configs/demo-all.toml")).unwrap();
        for name in of(&study).keys() {
            assert!(!words(name).contains(['_', '.']), "{name}: {}", words(name));
        }
        assert_eq!(words("experiments.heads.repair_layers"), "heads: repaired layers");
        assert_eq!(words("perturbation.deltas"), "δ");
    }

    #[test]
    fn what_differs_is_named_and_an_experiment_without_settings_counts() {
        let (a, mut b) = (Study::demo(), Study::demo());
        assert_eq!(changed(&a, &b), Vec::<String>::new());
        b.experiments.sweep = None;
        b.perturbation.deltas.push(7.0);
        assert_eq!(changed(&a, &b), ["experiments.sweep", "perturbation.deltas"]);
    }
}
