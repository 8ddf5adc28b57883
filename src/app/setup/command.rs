//! The study that is set up, as the command that runs it: the built-in study that is nearest to it, and what differs.

use crate::device::Choice;
use crate::study::{CONFIGS, Difference, Setting, Study, differences};
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// The command that runs `study` on `device` into `out`, for a POSIX shell.
#[must_use]
pub fn line(study: &Study, device: Choice, out: &str) -> String {
    let study = placed(study.clone());
    let mut words = CONFIGS
        .iter()
        .filter_map(|config| Some((config.id, config.study().ok()?)))
        .map(|(name, base)| {
            let mut words = vec!["polarscope".to_owned(), "run".to_owned(), name.to_owned()];
            words.extend(settings(&base, &study).into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
            words
        })
        .min_by_key(|words| words.iter().map(String::len).sum::<usize>())
        .unwrap_or_default();
    if device != Choice::Auto {
        words.extend(["--device".to_owned(), device.to_string()]);
    }
    words.extend(["--out".to_owned(), out.trim().to_owned()]);
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// `study` with the whole paths of its files, so that it does not matter where the command is given.
fn placed(mut study: Study) -> Study {
    for setting in Setting::all() {
        let Some((keywords, mut value)) = setting.keywords().zip(setting.get(&study)) else { continue };
        let Some(path) = setting.file_in(&mut value).filter(|path| !keywords.contains(&path.as_str())) else {
            continue;
        };
        if Path::new(path.as_str()).exists()
            && let Ok(whole) = std::path::absolute(&*path)
        {
            *path = whole.to_string_lossy().into_owned();
            let placed = setting.set(&mut study, Some(value));
            debug_assert!(placed.is_ok(), "{setting}: {placed:?}");
        }
    }
    study
}

/// What makes `base` the `study`: `key=value` each. A key cannot be taken away by a setting, but the table that held it can be
/// set; an experiment that is new is set as a whole.
fn settings(base: &Study, study: &Study) -> Vec<String> {
    let differing = differences(base, study);
    let whole: BTreeSet<&str> = differing
        .iter()
        .filter_map(|Difference { setting, before, after }| match setting {
            Setting::Asked(_) if before.is_none() => Some(setting.path()),
            _ if after.is_none() => setting.path().rsplit_once('.').map(|(table, _)| table),
            _ => None,
        })
        .collect();
    let lies_in = |path: &str, table: &&str| path.strip_prefix(*table).is_some_and(|rest| rest.starts_with('.'));
    let is_told = |path: &str| whole.iter().any(|table| lies_in(path, table));
    let tables = whole.iter().filter(|table| !is_told(table));
    let single = differing.iter().filter(|of| !whole.contains(of.setting.path()) && !is_told(of.setting.path()));
    let mut list: Vec<(&str, String)> = tables
        .map(|table| (*table, Value::Table(settings_in(table, study)).to_string()))
        .chain(single.filter_map(|of| Some((of.setting.path(), written(of.after.as_ref()?)))))
        .collect();
    list.sort_unstable();
    list.into_iter().map(|(path, value)| format!("{path}={value}")).collect()
}

/// The settings of `study` in the table `within`, as TOML has it.
fn settings_in(within: &str, study: &Study) -> Table {
    let mut table = Table::new();
    for setting in Setting::all() {
        let Some(rest) = setting.path().strip_prefix(within).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let Some(value) = setting.get(study) else { continue };
        insert(&mut table, rest, value);
    }
    table
}

/// Puts `value` at `path` in `table`.
fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Value::Table(inner) = table.entry(first).or_insert_with(|| Value::Table(Table::new())) {
                insert(inner, rest, value);
            }
        }
        None => drop(table.insert(path.to_owned(), value)),
    }
}

/// `value` as it is read back: a string may go without its quotes where it is nothing else in TOML.
fn written(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty()
                && text.chars().all(is_plain)
                && format!("value = {text}").parse::<Table>().is_err() =>
        {
            text.clone()
        }
        value => value.to_string(),
    }
}

/// Whether a shell takes `c` for itself.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:,=+@%".contains(c)
}

/// `word` as one word of a POSIX shell.
fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{
        Coherence, Degrees, DeltaUnit, Direction, Layers, Matching, Mode, PerMode, Protocol, Reading, Rotation,
        Scoring, Seeds, Tokens, with_settings,
    };

    /// The words of `line`, as a shell reads them.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut inside) = (Vec::new(), String::new(), false);
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => inside = !inside,
                '\\' if !inside => word.extend(letters.next()),
                ' ' if !inside => words.push(std::mem::take(&mut word)),
                letter => word.push(letter),
            }
        }
        words.push(word);
        words
    }

    /// The study that the command of `study` runs, read back.
    fn read_back(study: &Study) -> Study {
        let words = words(&line(study, Choice::Auto, "out.polar"));
        assert_eq!(words[..2], ["polarscope", "run"]);
        let text = crate::study::config(&words[2]).unwrap().toml;
        let is_setting = |pair: &&[String]| pair[0] == "--set";
        let settings: Vec<String> = words[3..].chunks(2).filter(is_setting).map(|pair| pair[1].clone()).collect();
        with_settings(text, &settings).unwrap()
    }

    #[test]
    fn a_built_in_study_needs_no_setting() {
        for config in &CONFIGS {
            let (name, study) = (config.id, config.study().unwrap());
            assert_eq!(line(&study, Choice::Auto, "a.polar"), format!("polarscope run {name} --out a.polar"));
        }
        let line = line(&Study::demo(), Choice::Cuda(1), "my results.polar");
        assert_eq!(line, "polarscope run demo --device cuda:1 --out 'my results.polar'");
    }

    #[test]
    fn a_change_is_a_setting() {
        let mut study = Study::demo();
        study.perturbation.seeds = Seeds::Count(3);
        study.perturbation.protocol = Protocol::Published;
        let line = line(&study, Choice::Auto, "a.polar");
        let expected =
            "polarscope run demo --set perturbation.protocol=published --set perturbation.seeds=3 --out a.polar";
        assert_eq!(line, expected);
    }

    #[test]
    fn whatever_is_set_up_is_read_back() {
        let mut studies = vec![Study::demo(); 6];
        studies[0].name = "It's \"mine\" = yours, $HOME `x`".to_owned();
        studies[0].texts.must_contain = String::new();
        studies[0].texts.must_not_start_with = "# \\ ' \"".to_owned();
        // Experiments and settings that are taken away.
        studies[1].experiments.syntax = None;
        studies[1].experiments.entropy =
            Some(Reading { delta: Some(0.5), read_layers: Some(Layers::All), ..Reading::default() });
        studies[2] = crate::study::config("pythia-410m").unwrap().study().unwrap();
        studies[2].experiments.heads = None;
        studies[2].experiments.qk_alignment.as_mut().unwrap().read_layers = None;
        studies[2].experiments.syntax.as_mut().unwrap().scoring = Scoring::LmEval;
        let perturbation = &mut studies[3].perturbation;
        perturbation.modes = vec![Mode::Isotropic, Mode::Blend(Degrees::new(22.5).unwrap())];
        perturbation.matching = Some(PerMode::Each { angular: Matching::Mean, magnitude: Matching::PerToken });
        perturbation.coherence = Some(PerMode::Both(Coherence::Shared));
        perturbation.rotation = Some(Rotation::Published);
        perturbation.layers = Layers::These(vec![8]);
        perturbation.seeds = Seeds::List(vec![3]);
        perturbation.tokens = Tokens::At(vec![0, 4]);
        perturbation.deltas = vec![1.0, 2e-7];
        perturbation.delta_unit = DeltaUnit::OfNorm;
        perturbation.direction = Direction::File("no such/dirs.safetensors".to_owned());
        studies[4].statistics.equivalence.damage = Some(0.05);
        studies[4].statistics.unit = crate::stats::Unit::Seeds;
        studies[5].model.id = "owner/name".to_owned();
        studies[5].model.revision = "true".to_owned();
        for study in studies {
            assert_eq!(read_back(&study), study);
        }
    }
}
