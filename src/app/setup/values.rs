//! What the values of settings are called in the window.

use super::{experiments, judgement, perturbation, settings, texts};
use crate::figure::{self, counted};
use crate::study::{Mode, Tokens};
use serde::de::DeserializeOwned;
use toml::Value;

/// The `value` of the setting `name`, of [`super::fields::of`], as its control says it.
#[must_use]
pub fn words(name: &str, value: &Value) -> String {
    let chosen = match name.rsplit('.').next().unwrap_or(name) {
        "delta_unit" => choice(value, &perturbation::UNITS),
        "sign" => choice(value, &settings::SIGNS),
        "special_tokens" => choice(value, &texts::SPECIAL),
        "scoring" => choice(value, &experiments::SCORINGS),
        "unit" => choice(value, &judgement::SAMPLES),
        "tokens" => match of::<Tokens>(value) {
            Some(Tokens::At(_)) | None => None,
            Some(tokens) => Some(settings::which(&tokens).to_owned()),
        },
        "modes" => of::<Vec<Mode>>(value).map(|modes| joined(modes.iter().map(Mode::to_string))),
        "seeds" => of::<usize>(value).map(|count| counted(count, "seed", "seeds")),
        "matching" => value.as_str().map(|word| word.replace('-', " ")),
        _ => None,
    };
    chosen.unwrap_or_else(|| plain(value))
}

fn of<T: DeserializeOwned>(value: &Value) -> Option<T> {
    value.clone().try_into().ok()
}

fn choice<T: DeserializeOwned + PartialEq>(value: &Value, words: &[(T, &str)]) -> Option<String> {
    let chosen: T = of(value)?;
    words.iter().find(|(known, _)| *known == chosen).map(|(_, words)| (*words).to_owned())
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// A value without the signs of TOML: a list as "2, 5", what is set per mode as "angular mean, magnitude per token".
fn plain(value: &Value) -> String {
    match value {
        Value::String(words) if words.is_empty() => "–".to_owned(),
        Value::String(words) => words.clone(),
        // As short as it can be: 5 and not 5.0.
        Value::Float(number) => figure::delta(*number),
        Value::Array(list) => joined(list.iter().map(plain)),
        Value::Table(table) if table.is_empty() => "on".to_owned(),
        Value::Table(table) => match table.get("file") {
            Some(file) => plain(file),
            None => joined(table.iter().map(|(key, value)| format!("{key} {}", plain(value).replace('-', " ")))),
        },
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::fields;
    use crate::study::parse;

    #[test]
    fn values_are_in_the_words_of_their_controls() {
        let study = parse(
            r#"
            [texts]
            special_tokens = "bos"
            must_contain = "per_token"
            [perturbation]
            protocol = "published"
            matching = { angular = "mean", magnitude = "per-token" }
            modes = ["magnitude", { blend = 45 }]
            deltas = [2.0, 5.5]
            delta_unit = "of_layer_median"
            seeds = [0, 7]
            tokens = "all-but-first"
            sign = "grow"
            direction = { file = "a/steer.safetensors" }
            [experiments.sweep]
            seeds = 3
            [experiments.syntax]
            scoring = "lm-eval"
            [experiments.attention_repair]
            delta = 5.0
            [statistics]
            unit = "seeds"
            "#,
        )
        .unwrap();
        let fields = fields::of(&study);
        for (name, expected) in [
            ("texts.special_tokens", "beginning of sequence only"),
            ("texts.must_contain", "per_token"),
            ("perturbation.matching", "angular mean, magnitude per token"),
            ("perturbation.modes", "magnitude, blend 45"),
            ("perturbation.deltas", "2, 5.5"),
            ("perturbation.delta_unit", "times the layer's median norm"),
            ("perturbation.seeds", "0, 7"),
            ("perturbation.tokens", "all but the first"),
            ("perturbation.sign", "always longer"),
            ("perturbation.direction", "a/steer.safetensors"),
            ("experiments.sweep", "on"),
            ("experiments.sweep.seeds", "3 seeds"),
            ("experiments.syntax.scoring", "as lm-evaluation-harness"),
            ("experiments.attention_repair.delta", "5"),
            ("statistics.unit", "other seeds, these texts"),
        ] {
            assert_eq!(words(name, &fields[name]), expected, "{name}");
        }
    }
}
