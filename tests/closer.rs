//! Trials looked at again: the passes are those of the run, to 1e-5 in what they score.

use polarscope::device::Choice;
use polarscope::experiment::{Kind, Results};
use polarscope::hub::Hub;
use polarscope::runner::{Closer, Event, Job, Worker};
use polarscope::store::Store;
use polarscope::study::{Audit, Experiments, Heads, Mode, Protocol, Repairing, Seeds, Study, Sweep, Syntax};
use std::collections::BTreeSet;
use std::path::Path;

/// The demo with experiments that draw their noise and repair in every way.
fn study(protocol: Protocol) -> Study {
    let mut study = Study::demo();
    study.texts.limit = 6;
    study.perturbation.protocol = protocol;
    study.perturbation.modes = vec![Mode::Magnitude, Mode::Angular];
    study.perturbation.deltas = vec![0.5];
    study.perturbation.seeds = Seeds::Count(2);
    study.experiments.sweep = Some(Sweep::default());
    study.experiments.syntax = Some(Syntax { items: 22, ..Syntax::default() });
    study.experiments.attention_repair = Some(Repairing { delta: Some(0.5), ..Repairing::default() });
    let heads = Heads { delta: Some(0.5), singles: 2, top: vec![2], ..Heads::default() };
    study.experiments.heads = Some(heads);
    study.experiments.audit = Some(Audit { deltas: Some(vec![0.5]), items: Some(11), ..Audit::default() });
    study
}

fn run(study: Study, out: &Path) -> Results {
    let worker = Worker::start(Job { study, out: out.to_owned(), device: Choice::Cpu, resume: false }).unwrap();
    for event in &worker.events {
        if let Event::Finished(outcome) = event {
            outcome.unwrap();
        }
    }
    Store::open(out).unwrap().results().unwrap()
}

#[test]
fn what_is_looked_at_scores_what_the_trial_did() {
    for protocol in [Protocol::Strict, Protocol::Published] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("study.polar");
        let results = run(study(protocol), &file);
        let closer = Closer::open(&file, &mut Hub::cache_only()).unwrap();
        let (mut kinds, mut repaired) = (BTreeSet::new(), 0);
        for (id, condition) in &results.conditions {
            let clean = results.clean(condition.experiment).unwrap();
            // The last text or pair of each condition, and of the first experiments every one.
            let scores = results.scores(*id);
            let all = matches!(condition.experiment, Kind::Sweep | Kind::AttentionRepair);
            for (item, score) in scores.iter().enumerate().skip(if all { 0 } else { scores.len() - 1 }) {
                let look = closer.look(*id, item, 0).unwrap();
                let numbers = |score: polarscope::experiment::Score| match score.sentences {
                    Some((good, bad)) => vec![score.value, good, bad],
                    None => vec![score.value],
                };
                let stored = [results.scores(clean).get(item).unwrap(), score.unwrap()];
                for (computed, stored) in [look.clean, look.disturbed].into_iter().zip(stored) {
                    for (computed, stored) in numbers(computed).into_iter().zip(numbers(stored)) {
                        assert!((computed - stored).abs() < 1e-5, "{condition}, item {item}: {computed}, not {stored}");
                    }
                }
                if let [text] = look.sequences.as_slice() {
                    let losses = &text.disturbed.losses;
                    let mean = losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64;
                    assert!((mean - score.unwrap().value).abs() < 1e-5, "{condition}, item {item}");
                }
                kinds.insert(condition.experiment);
                repaired += usize::from(!condition.pass.patches.is_empty());
            }
        }
        let all = [Kind::Sweep, Kind::Syntax, Kind::AttentionRepair, Kind::Heads, Kind::Audit, Kind::AuditPairs];
        assert!(all.iter().all(|kind| kinds.contains(kind)) && repaired > 20, "{kinds:?}, {repaired}");
    }
}

#[test]
fn predictions_and_attention_are_what_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.polar");
    let mut study = study(Protocol::Strict);
    study.experiments = Experiments::default();
    study.experiments.sweep = Some(Sweep::default());
    let results = run(study, &file);
    let closer = Closer::open(&file, &mut Hub::cache_only()).unwrap();
    let angular = results
        .conditions
        .iter()
        .find(|(_, condition)| condition.disturbance.is_some_and(|disturbance| disturbance.mode == Mode::Angular));
    let look = closer.look(*angular.unwrap().0, 0, 0).unwrap();
    let text = &look.sequences[0];
    let length = text.ids.len();
    assert_eq!(
        (text.pieces.len(), text.clean.losses.len(), text.clean.guesses.len()),
        (length, length - 1, length - 1)
    );
    assert_eq!(text.pieces.concat().trim(), Store::open(&file).unwrap().texts().unwrap()[&0].trim());
    let mut firsts = 0;
    for pass in [&text.clean, &text.disturbed] {
        for (loss, guess) in pass.losses.iter().zip(&pass.guesses) {
            let probability = f64::from(-loss).exp();
            // The first is likelier than all others, and no other is.
            assert_eq!(guess.rank == 1, probability >= guess.other_probability, "{guess:?} at {probability}");
            assert!(probability + guess.other_probability < 1.0 + 1e-6);
            firsts += usize::from(guess.rank == 1);
        }
        assert_eq!(pass.patterns.len(), look.layers);
        for pattern in pass.patterns.values() {
            assert_eq!(pattern.len(), look.heads * length * length);
            for (row, weights) in pattern.chunks_exact(length).enumerate() {
                let query = row % length;
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-4);
                assert!(weights[query + 1..].iter().all(|weight| *weight == 0.0));
            }
        }
    }
    assert!(firsts > 0, "the demo knows its language");
    // Up to the first disturbed layer nothing differs; after it something does.
    let first = angular.unwrap().1.pass.first_layer();
    assert_eq!(text.clean.patterns[&first], text.disturbed.patterns[&first]);
    assert_ne!(text.clean.patterns[&(first + 1)], text.disturbed.patterns[&(first + 1)]);
}

#[test]
fn another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    for (name, bytes) in polarscope::lm::demo_files() {
        std::fs::write(model.join(name), bytes).unwrap();
    }
    let mut study = study(Protocol::Strict);
    study.experiments = Experiments::default();
    study.experiments.sweep = Some(Sweep::default());
    study.model.id = model.to_string_lossy().into_owned();
    let file = folder.path().join("study.polar");
    run(study, &file);
    assert!(Closer::open(&file, &mut Hub::cache_only()).is_ok());
    // The same model, written otherwise: another file.
    let config = std::fs::read_to_string(model.join("config.json")).unwrap();
    std::fs::write(model.join("config.json"), format!("{config}\n")).unwrap();
    let error = Closer::open(&file, &mut Hub::cache_only()).err().unwrap().to_string();
    assert!(error.contains("another one than the study was run with") && error.contains("config.json"), "{error}");
    std::fs::remove_dir_all(&model).unwrap();
    let error = Closer::open(&file, &mut Hub::cache_only()).err().unwrap().to_string();
    assert!(error.contains("there is no such folder or file"), "{error}");
}
