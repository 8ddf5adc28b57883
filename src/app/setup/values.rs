//! What settings and their values are called in the window.

use super::{experiments, judgement, perturbation, settings, texts};
use crate::figure::{self, counted};
use crate::study::{Key, Mode, Setting, Tokens};
use serde::de::DeserializeOwned;
use toml::Value;

/// What the `setting` is called, in the middle of a sentence: "layers", "heads: seeds".
#[must_use]
pub fn name(setting: Setting) -> String {
    let experiment = setting.experiment().map(|kind| kind.title().to_lowercase());
    match (experiment, setting) {
        (Some(experiment), Setting::Asked(_)) => experiment,
        (Some(experiment), setting) => format!("{experiment}: {}", setting.label()),
        (None, setting) => setting.label().to_owned(),
    }
}

/// The `value` of the `setting`, as its control says it.
#[must_use]
pub fn words(setting: Setting, value: &Value) -> String {
    let chosen = match setting {
        Setting::DeltaUnit => choice(value, &perturbation::UNITS),
        Setting::Sign => choice(value, &settings::SIGNS),
        Setting::SpecialTokens => choice(value, &texts::SPECIAL),
        Setting::Of(_, Key::Scoring) => choice(value, &experiments::SCORINGS),
        Setting::Unit => choice(value, &judgement::SAMPLES),
        Setting::Tokens => match of::<Tokens>(value) {
            Some(Tokens::At(_)) | None => None,
            Some(tokens) => Some(settings::which(&tokens).to_owned()),
        },
        Setting::Modes => of::<Vec<Mode>>(value).map(|modes| joined(modes.iter().map(Mode::to_string))),
        Setting::Seeds | Setting::Of(_, Key::Seeds) => of::<usize>(value).map(|count| counted(count, "seed", "seeds")),
        Setting::Matching => value.as_str().map(|word| word.replace('-', " ")),
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
    use crate::study::{Kind, parse};

    #[test]
    fn settings_have_names_in_words() {
        for setting in Setting::all() {
            let words = [name(setting), setting.noun().to_owned()];
            assert!(!words.iter().any(|words| words.contains(['_', '.'])), "{words:?}");
        }
        assert_eq!(name(Setting::Of(Kind::Heads, Key::RepairLayers)), "heads: repaired layers");
        assert_eq!(name(Setting::Deltas), "δ");
    }

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
            let setting = Setting::from_path(name).unwrap();
            assert_eq!(words(setting, &setting.get(&study).unwrap()), expected, "{name}");
        }
    }
}
