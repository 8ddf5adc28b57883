//! In what studies that stand beside each other differ, beside what is compared.

use super::compare::Compared;
use super::records;
use crate::experiment::{Kind, find};
use crate::figure::Table;
use crate::study::{Study, word};

/// Settings that numbers of one experiment depend on, each with its value in words.
pub type Facts = Vec<(&'static str, String)>;

/// Those of the experiment `kind` of a study, whose table is `id`.
pub fn facts(tables: &[Table], id: &str, kind: Kind, study: &Study) -> Facts {
    let of = &study.texts;
    let own = find(study, kind).and_then(|experiment| experiment.grid().texts);
    let source = of.source.rsplit(['/', '\\']).next().unwrap_or_default();
    let disturbed = match records::written(&records::disturbed(tables, id)) {
        layers if layers.is_empty() => study.perturbation.layers.to_string(),
        layers => layers,
    };
    let revision = if study.model.revision == "main" { String::new() } else { format!(" {}", study.model.revision) };
    vec![
        ("model", format!("{}{revision} in {}", study.model.id, study.model.dtype)),
        ("protocol", study.perturbation.protocol_label()),
        ("disturbed layers", disturbed),
        ("texts", source.to_owned()),
        ("most texts", own.unwrap_or(of.limit).min(of.limit).to_string()),
        ("most tokens of a text", of.max_tokens.to_string()),
        ("special tokens", word(of.special_tokens)),
        (
            "filter of texts",
            format!(
                "{} < characters < {}, with \"{}\", not beginning with \"{}\"",
                of.longer_than, of.shorter_than, of.must_contain, of.must_not_start_with
            ),
        ),
    ]
}

/// A sentence that says in which settings those of `studies` differ that have something of one of `kinds`; empty where
/// they do in none.
#[must_use]
pub fn sentence(studies: &[(usize, &Compared)], kinds: &[Kind]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for kind in kinds {
        let of_it: Vec<(&str, &Facts)> = studies
            .iter()
            .filter_map(|(_, study)| Some((study.name.as_str(), &study.facts.iter().find(|(of, _)| of == kind)?.1)))
            .collect();
        let Some((_, first)) = of_it.first() else { continue };
        for (i, (name, value)) in first.iter().enumerate() {
            if of_it.iter().all(|(_, facts)| facts[i].1 == *value) {
                continue;
            }
            let part = format!("{name} {}", by_value(of_it.iter().map(|(study, facts)| (*study, facts[i].1.as_str()))));
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    if parts.is_empty() { String::new() } else { format!(" The studies differ in: {}.", parts.join("; ")) }
}

/// Values, each with the studies that have it: "2–5 (a, c), 0–7 (b)".
pub fn by_value<'a>(list: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut values: Vec<(&str, Vec<&str>)> = Vec::new();
    for (study, value) in list {
        match values.iter_mut().find(|(known, _)| *known == value) {
            Some((_, studies)) => studies.push(study),
            None => values.push((value, vec![study])),
        }
    }
    let words = |(value, studies): &(&str, Vec<&str>)| format!("{value} ({})", studies.join(", "));
    values.iter().map(words).collect::<Vec<_>>().join(", ")
}
