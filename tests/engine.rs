//! The engine on the demo: results do not depend on how the work is cut or on how many threads share it.

mod common;

use common::load;
use polarscope::corpus::Item;
use polarscope::experiment::{Commit, Condition};
use polarscope::hub::Hub;
use polarscope::intervention::Reproducible;
use polarscope::runner::{Engine, Plan, Room, Task, cut, in_halves};
use polarscope::{Error, study};
use std::collections::BTreeMap;

const STUDY: &str = "[texts]\nlimit = 7\n[perturbation]\ndeltas = [3, 8]\nseeds = 2\n[experiments.sweep]\n\
                     [experiments.syntax]\nparadigms = [\"reflexive_number_agreement\"]\nitems = 5\n";

/// (condition, item) to value, of every trial of the study, cut for batches of `budget` tokens.
fn run(protocol: &str, budget: usize) -> BTreeMap<(String, usize), f64> {
    run_with_room(protocol, budget, usize::MAX)
}

/// The same on a device that runs out of memory on more than `fitting` trials at a time.
fn run_with_room(protocol: &str, budget: usize, fitting: usize) -> BTreeMap<(String, usize), f64> {
    let study = study::with_settings(STUDY, &[format!("perturbation.protocol={protocol}")]).unwrap();
    let model = load("demo").unwrap();
    let plan = Plan::new(study, model.decoder.spec(), model.tokens().unwrap(), &mut Hub::cache_only()).unwrap();
    let noise = Reproducible { study_seed: plan.study.seed };
    let mut engine = Engine::new(&model.decoder, &plan.study.perturbation, &noise, &[]);
    let (mut values, mut room) = (BTreeMap::new(), Room::default());
    for planned in &plan.experiments {
        let conditions = &planned.conditions;
        let needs = planned.needs(conditions.iter(), &plan.spec);
        let items: Vec<&Item> = plan.items(planned).collect();
        let lengths: Vec<Vec<usize>> = items.iter().map(|item| item.lengths()).collect();
        for (some, part) in cut(&lengths, conditions.len(), budget).concat() {
            let task = Task {
                experiment: planned.experiment.as_ref(),
                needs: &needs,
                items: some.iter().map(|i| (*i, items[*i])).collect(),
                conditions: part.iter().map(|i| (*i, &conditions[*i])).collect(),
            };
            let mut run = |part: &Task| match part.items.len() * part.conditions.len() {
                trials if trials > fitting => Err(Error::out_of_memory("full".to_owned())),
                _ => engine.run(part),
            };
            let parts = in_halves(&task, &mut room, &mut run, &mut || Ok(())).unwrap();
            assert_eq!(parts.count > 1, some.len() * part.len() > fitting);
            let Commit { trials, displacements, shifts } = parts.commit;
            assert_eq!(trials.len(), some.len() * part.len());
            assert!(displacements.values().all(|d| d.tokens > 0) && shifts.values().all(|s| s.tokens > 0));
            for trial in trials {
                let condition: &Condition = &conditions[trial.condition];
                let value = trial.score.sentences.map_or(trial.score.value, |(good, bad)| good - bad);
                assert!(values.insert((condition.to_string(), trial.item), value).is_none());
            }
        }
    }
    values
}

#[test]
fn a_device_that_runs_out_of_memory_gives_the_same_results_in_parts() {
    for protocol in ["strict", "published"] {
        let (whole, parts) = (run(protocol, 1 << 20), run_with_room(protocol, 1 << 20, 1));
        assert!(largest_difference(&whole, &parts) <= 1e-4);
    }
}

fn largest_difference(a: &BTreeMap<(String, usize), f64>, b: &BTreeMap<(String, usize), f64>) -> f64 {
    assert!(a.keys().eq(b.keys()));
    a.iter().map(|(key, value)| (value - b[key]).abs()).fold(0.0, f64::max)
}

#[test]
fn results_do_not_depend_on_the_size_of_batches() {
    for protocol in ["strict", "published"] {
        let whole = run(protocol, 1 << 20);
        assert_eq!(whole.len(), (7 + 5) * (1 + 2 * 2 * 2));
        for budget in [1, 100, 700] {
            // Sentence scores are sums over some ten tokens, losses are means.
            assert!(largest_difference(&whole, &run(protocol, budget)) <= 1e-4);
            let losses = |values: &BTreeMap<(String, usize), f64>| -> BTreeMap<(String, usize), f64> {
                values.iter().filter(|((name, _), _)| name.starts_with("sweep")).map(|(k, v)| (k.clone(), *v)).collect()
            };
            assert!(largest_difference(&losses(&whole), &losses(&run(protocol, budget))) <= 1e-5);
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = on(1).install(|| run("strict", 700));
    assert!(largest_difference(&one, &on(3).install(|| run("strict", 700))) <= 1e-5);
    assert_eq!(one, on(1).install(|| run("strict", 700)), "the same run gives the same bytes");
}

#[test]
fn pairs_of_unequal_lengths_are_scored_as_each_sentence_alone() {
    let study = study::parse(STUDY).unwrap();
    let model = load("demo").unwrap();
    let plan = Plan::new(study, model.decoder.spec(), model.tokens().unwrap(), &mut Hub::cache_only()).unwrap();
    let planned = &plan.experiments[1];
    let sentence = |length: u32, seed: u32| (0..length).map(|i| (i * 37 + seed * 11) % 500).collect();
    let lengths = [[5, 7], [7, 5], [5, 5], [5, 7]];
    let items: Vec<Item> = (1u32..)
        .zip(lengths)
        .map(|(i, [good, bad])| Item {
            name: format!("pair {i}"),
            sequences: vec![sentence(good, i), sentence(bad, 9 * i)],
        })
        .collect();
    let conditions = &planned.conditions;
    let needs = planned.needs(conditions.iter(), &plan.spec);
    let noise = Reproducible { study_seed: 1 };
    let scores = |items: &[(usize, &Item)]| -> Vec<(usize, usize, f64, f64)> {
        let mut engine = Engine::new(&model.decoder, &plan.study.perturbation, &noise, &[]);
        let task = Task {
            experiment: planned.experiment.as_ref(),
            needs: &needs,
            items: items.to_vec(),
            conditions: conditions.iter().enumerate().collect(),
        };
        let trials = engine.run(&task).unwrap().trials;
        let score =
            |t: &polarscope::experiment::Trial| t.score.sentences.map(|(g, b)| (t.condition, t.item, g, b)).unwrap();
        trials.iter().map(score).collect()
    };
    let named: Vec<(usize, &Item)> = items.iter().enumerate().collect();
    let mut alone: Vec<_> = named.iter().flat_map(|item| scores(&[*item])).collect();
    alone.sort_by_key(|(condition, item, ..)| (*condition, *item));
    let mut together = scores(&named);
    together.sort_by_key(|(condition, item, ..)| (*condition, *item));
    assert_eq!(together.len(), 4 * conditions.len());
    for (a, b) in together.iter().zip(&alone) {
        assert_eq!((a.0, a.1), (b.0, b.1));
        assert!((a.2 - b.2).abs() < 1e-4 && (a.3 - b.3).abs() < 1e-4, "{a:?} {b:?}");
    }
}
