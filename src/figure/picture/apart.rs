//! In what studies that stand beside each other differ, beside what is compared.

use crate::experiment::{Kind, find};
use crate::findings::{Findings, layers_written};
use crate::study::word;
use std::borrow::Cow;

/// Settings that numbers of one experiment depend on, each with its value in words.
pub type Facts = Vec<(&'static str, String)>;

/// Those of the experiment `kind`.
pub fn facts(findings: &Findings, kind: Kind) -> Facts {
    let study = findings.study();
    let of = &study.texts;
    let own = find(study, kind).and_then(|experiment| experiment.grid().texts);
    let source = of.source.rsplit(['/', '\\']).next().unwrap_or_default();
    let disturbed = match layers_written(findings.layers_of(kind)) {
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

/// Returns a sentence that says in which settings those of `studies`, each by its name with its facts of every experiment,
/// differ that have something of one of `kinds`; empty where they do in none.
#[must_use]
pub fn sentence(studies: &[(&str, &[(Kind, Facts)])], kinds: &[Kind]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for kind in kinds {
        let of_it: Vec<(&str, &Facts)> = studies
            .iter()
            .filter_map(|(name, facts)| Some((*name, &facts.iter().find(|(of, _)| of == kind)?.1)))
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

/// Values, each with the studies that have it: "2–5 (a, c), 0–7 (b)". Long names are cut in their middle where that leaves them
/// different.
pub fn by_value<'a>(list: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let list: Vec<(&str, &str)> = list.collect();
    let is_alone = |name: &str| list.iter().all(|(other, _)| *other == name || brief(other) != brief(name));
    let called = |name: &'a str| if is_alone(name) { brief(name) } else { Cow::Borrowed(name) };
    let mut values: Vec<(&str, Vec<Cow<str>>)> = Vec::new();
    for (study, value) in list.iter().map(|(study, value)| (called(study), *value)) {
        match values.iter_mut().find(|(known, _)| *known == value) {
            Some((_, studies)) => studies.push(study),
            None => values.push((value, vec![study])),
        }
    }
    let words = |(value, studies): &(&str, Vec<Cow<str>>)| format!("{value} ({})", studies.join(", "));
    values.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// `name` with at most 32 letters: its beginning and its end.
fn brief(name: &str) -> Cow<'_, str> {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= 32 {
        return Cow::Borrowed(name);
    }
    Cow::Owned(letters[..15].iter().chain(&['…']).chain(&letters[letters.len() - 16..]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_where_they_stay_different() {
        let long = format!("{}.polar", "a study of every model ".repeat(4));
        let other = format!("{}.polar", "another of every model ".repeat(4));
        let said = by_value([(long.as_str(), "1"), (other.as_str(), "2"), ("c", "1")].into_iter());
        assert_eq!(said, "1 (a study of ever…ery model .polar, c), 2 (another of ever…ery model .polar)");
        let alike = long.replacen("of", "on", 2).replacen("a study on", "a study of", 1);
        let said = by_value([(long.as_str(), "1"), (alike.as_str(), "2")].into_iter());
        assert_eq!(said, format!("1 ({long}), 2 ({alike})"));
    }
}
