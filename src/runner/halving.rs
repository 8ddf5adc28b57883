//! What happens when the device runs out of memory in the middle of a run.

use super::engine::Task;
use crate::error::{Error, Result};
use crate::experiment::Commit;
use crate::intervention::Displacement;
use std::collections::BTreeMap;

/// Runs `task`; where the device has no memory for it, each half of it, and so on down to a single trial. `halved` is
/// told of each task that did not fit.
///
/// Noise belongs to texts and positions, so parts give what the whole would, but for the order of sums in float32.
///
/// # Errors
/// What `run` returns; [`Error::OutOfMemory`] where not even one trial fits.
pub fn in_halves(
    task: &Task,
    run: &mut dyn FnMut(&Task) -> Result<Commit>,
    halved: &mut dyn FnMut(&Task) -> Result<()>,
) -> Result<Commit> {
    match (run(task), halves(task)) {
        (Err(Error::OutOfMemory(_)), Some(halves)) => {
            halved(task)?;
            let [first, second] = halves;
            let first = in_halves(&first, run, halved)?;
            Ok(joined(first, in_halves(&second, run, halved)?))
        }
        (outcome, _) => outcome,
    }
}

/// Conditions first, so that both halves can use the same clean run; texts where there is one condition.
fn halves<'a>(task: &Task<'a>) -> Option<[Task<'a>; 2]> {
    let (items, conditions) = (task.items.as_slice(), task.conditions.as_slice());
    let of = |items: &[_], conditions: &[_]| Task {
        experiment: task.experiment,
        layers: task.layers,
        items: items.to_vec(),
        conditions: conditions.to_vec(),
    };
    if conditions.len() > 1 {
        let (a, b) = conditions.split_at(conditions.len() / 2);
        return Some([of(items, a), of(items, b)]);
    }
    if items.len() > 1 {
        let (a, b) = items.split_at(items.len() / 2);
        return Some([of(a, conditions), of(b, conditions)]);
    }
    None
}

fn joined(a: Commit, b: Commit) -> Commit {
    let mut reached: BTreeMap<(usize, usize), Displacement> = BTreeMap::new();
    for (condition, layer, displacement) in a.displacements.iter().chain(&b.displacements) {
        reached.entry((*condition, *layer)).or_default().merge(displacement);
    }
    Commit {
        trials: a.trials.into_iter().chain(b.trials).collect(),
        displacements: reached.into_iter().map(|((condition, layer), d)| (condition, layer, d)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Item;
    use crate::experiment::{Condition, Experiment, Score, Trial, of_study};
    use crate::study::Study;

    /// A device that has room for `room` trials at a time.
    fn run_with_room(room: usize) -> (Result<Commit>, usize) {
        let study = Study::demo();
        let experiments = of_study(&study);
        let experiment: &dyn Experiment = experiments[0].as_ref();
        let conditions: Vec<Condition> = experiment.conditions(&study.perturbation).into_iter().take(5).collect();
        let items = [1, 2, 3].map(|i| Item { name: i.to_string(), sequences: vec![vec![0, 1]] });
        let task = Task {
            experiment,
            layers: &[1],
            items: items.iter().enumerate().collect(),
            conditions: conditions.iter().enumerate().collect(),
        };
        let mut run = |task: &Task| {
            if task.items.len() * task.conditions.len() > room {
                return Err(Error::OutOfMemory(String::new()));
            }
            let mut commit = Commit::default();
            for (condition, _) in &task.conditions {
                for (item, _) in &task.items {
                    let score = Score { value: 0.0, sentences: None };
                    commit.trials.push(Trial { condition: *condition, item: *item, score });
                }
                let reached = Displacement { tokens: task.items.len() as u64, ..Displacement::default() };
                commit.displacements.push((*condition, 1, reached));
            }
            Ok(commit)
        };
        let mut halved = 0;
        let commit = in_halves(&task, &mut run, &mut |_| {
            halved += 1;
            Ok(())
        });
        (commit, halved)
    }

    #[test]
    fn every_trial_is_run_once_however_little_fits() {
        for (room, expected) in [(15, 0), (14, 1), (3, 4), (1, 14)] {
            let (commit, halved) = run_with_room(room);
            let commit = commit.unwrap();
            let mut trials: Vec<(usize, usize)> = commit.trials.iter().map(|t| (t.condition, t.item)).collect();
            trials.sort_unstable();
            trials.dedup();
            assert_eq!((commit.trials.len(), trials.len(), halved), (15, 15, expected), "room for {room}");
            assert!(commit.displacements.len() == 5 && commit.displacements.iter().all(|(_, _, d)| d.tokens == 3));
        }
    }

    #[test]
    fn a_trial_that_does_not_fit_is_an_error() {
        assert!(matches!(run_with_room(0).0, Err(Error::OutOfMemory(_))));
    }
}
