//! The canonical form of a study: text of our own, so that no library's taste in writing TOML decides a hash.

use super::Setting;
use crate::study::Study;
use std::fmt::Write;
use toml::Value;

/// Returns `study` in its canonical form: a line `path=value` for each setting that is set, sorted by path, each with a
/// line feed at its end. Strings are in quotes with JSON's escapes, numbers are as short as they can be read back
/// (a float always has a point or an exponent), lists are `[a,b]` and tables `{key=value}` with sorted keys.
#[must_use]
pub fn canonical(study: &Study) -> String {
    let mut settings: Vec<Setting> = Setting::all().collect();
    settings.sort_unstable_by_key(|setting| setting.path());
    let mut text = String::new();
    for setting in settings {
        if let Some(value) = setting.get(study) {
            text += setting.path();
            text.push('=');
            write(&mut text, &value);
            text.push('\n');
        }
    }
    text
}

/// Returns the SHA-256 of the study's [`canonical`] form, in hexadecimal digits.
#[must_use]
pub fn hash(study: &Study) -> String {
    crate::hash::of(canonical(study).as_bytes())
}

fn write(text: &mut String, value: &Value) {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::String(words) => write!(text, "{}", serde_json::Value::from(words.as_str())),
        Value::Integer(number) => write!(text, "{number}"),
        Value::Float(number) => write!(text, "{number:?}"),
        Value::Boolean(is_so) => write!(text, "{is_so}"),
        Value::Datetime(time) => write!(text, "{time}"),
        Value::Array(list) => return enclosed(text, ['[', ']'], list, write),
        Value::Table(table) => {
            let mut entries: Vec<(&String, &Value)> = table.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            return enclosed(text, ['{', '}'], &entries, |text, (key, value)| {
                *text += key;
                text.push('=');
                write(text, value);
            });
        }
    };
}

fn enclosed<T>(text: &mut String, [open, close]: [char; 2], list: &[T], one: impl Fn(&mut String, &T)) {
    text.push(open);
    for (i, item) in list.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        one(text, item);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::parse;

    #[test]
    fn the_form_is_as_documented() {
        let study = parse(
            "name = \"a \\\"b\\\" \\u0007 δ\"\n[perturbation]\ndeltas = [1, 0.1, 1e-7]\nmodes = [\"angular\", { blend = 45 }]\n\
             seeds = [4, 7]\nmatching = { magnitude = \"per-token\", angular = \"mean\" }\n[experiments.sweep]",
        )
        .unwrap();
        let text = canonical(&study);
        for line in [
            "experiments.sweep={}",
            "model.id=\"demo\"",
            "name=\"a \\\"b\\\" \\u0007 δ\"",
            "perturbation.deltas=[1.0,0.1,1e-7]",
            "perturbation.matching={angular=\"mean\",magnitude=\"per-token\"}",
            "perturbation.modes=[\"angular\",{blend=45.0}]",
            "perturbation.seeds=[4,7]",
            "texts.limit=500",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        assert!(text.ends_with('\n') && text.lines().is_sorted());
    }

    #[test]
    fn whatever_is_set_changes_the_hash() {
        let study = Study::demo();
        let known = hash(&study);
        for setting in Setting::all() {
            let Some(value) = setting.get(&study) else { continue };
            let other = match (setting, value) {
                (Setting::Asked(_), _) => None,
                (_, Value::Integer(number)) => Some(Value::Integer(number + 1)),
                (_, Value::String(words)) if setting.path().ends_with("id") => Some(Value::String(words + "x")),
                _ => continue,
            };
            let mut changed = study.clone();
            setting.set(&mut changed, other).unwrap();
            assert_ne!(hash(&changed), known, "{setting}");
        }
    }
}
