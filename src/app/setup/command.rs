//! The study that is set up, as the command that runs it: the built-in study that is nearest to it, and what differs.

use crate::device::Choice;
use crate::study::{CONFIGS, Direction, Study, Syntax, TextChoice, to_toml};
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
    let place = |path: &mut String| {
        if std::path::Path::new(path.as_str()).exists()
            && let Ok(whole) = std::path::absolute(&*path)
        {
            *path = whole.to_string_lossy().into_owned();
        }
    };
    if study.model.id != "demo" {
        place(&mut study.model.id);
    }
    if !TextChoice::KEYWORDS.contains(&study.texts.source.as_str()) {
        place(&mut study.texts.source);
    }
    if let Direction::File(path) = &mut study.perturbation.direction {
        place(path);
    }
    if let Some(syntax) = study.experiments.syntax.as_mut().filter(|of| !Syntax::KEYWORDS.contains(&of.pairs.as_str()))
    {
        place(&mut syntax.pairs);
    }
    study
}

/// What makes `base` the `study`: `key=value` each.
fn settings(base: &Study, study: &Study) -> Vec<String> {
    let table = |study: &Study| to_toml(study).parse::<Table>().unwrap_or_default();
    let mut settings = Vec::new();
    differ("", &table(base), &table(study), &mut settings);
    settings
}

fn differ(within: &str, base: &Table, study: &Table, settings: &mut Vec<String>) {
    // A key cannot be taken away by a setting, but the table that holds it can be set.
    if !within.is_empty() && base.keys().any(|key| !study.contains_key(key)) {
        settings.push(format!("{within}={}", Value::Table(study.clone())));
        return;
    }
    for (key, value) in study {
        let name = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
        match (base.get(key), value) {
            (Some(known), value) if known == value => {}
            (Some(Value::Table(known)), Value::Table(value)) => differ(&name, known, value, settings),
            (_, value) => settings.push(format!("{name}={}", written(value))),
        }
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
        Coherence, Degrees, DeltaUnit, Layers, Matching, Mode, PerMode, Protocol, Reading, Rotation, Scoring, Seeds,
        Tokens, with_settings,
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
