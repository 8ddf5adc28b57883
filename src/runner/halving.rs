//! What happens when the device runs out of memory in the middle of a run.

use super::engine::Task;
use crate::error::{Error, ErrorKind, Hint, Interface, Problem, Result};
use crate::experiment::Commit;

/// How much the device has had room for, so that it is not tried again in vain.
#[derive(Default)]
pub struct Room {
    /// Tokens of a task, those of all its conditions.
    most: Option<usize>,
}

/// What a task gave, and in how many parts it had to be run.
pub struct Parts {
    /// What all parts gave.
    pub commit: Commit,
    /// How many there were.
    pub count: usize,
}

/// Runs `task`; where the device has no memory for it, each half of it, and so on down to a single trial. `halved` is
/// told of each task that did not fit.
///
/// Noise belongs to texts and positions, so parts give what the whole would, but for the order of sums in float32.
///
/// # Errors
/// What `run` returns; [`Error::out_of_memory`] where not even one trial fits.
pub fn in_halves(
    task: &Task,
    room: &mut Room,
    run: &mut dyn FnMut(&Task) -> Result<Commit>,
    halved: &mut dyn FnMut() -> Result<()>,
) -> Result<Parts> {
    let size = tokens(task);
    let halves = halves(task);
    if halves.is_none() || room.most.is_none_or(|most| size <= most) {
        match run(task) {
            Err(error) if error.kind() == ErrorKind::OutOfMemory && halves.is_none() => {
                return Err(Error::out_of_memory(NotEvenOne { said: error.to_string(), tokens: size }));
            }
            Err(error) if error.kind() == ErrorKind::OutOfMemory => {
                room.most = halves.iter().flatten().map(tokens).max();
                halved()?;
            }
            outcome => return Ok(Parts { commit: outcome?, count: 1 }),
        }
    }
    let mut whole = Parts { commit: Commit::default(), count: 0 };
    for half in halves.iter().flatten() {
        let part = in_halves(half, room, run, halved)?;
        whole.commit.merge(part.commit);
        whole.count += part.count;
    }
    Ok(whole)
}

/// The device has no room for a single sequence.
#[derive(Debug)]
struct NotEvenOne {
    /// What the device said.
    said: String,
    /// Tokens of the sequence.
    tokens: usize,
}

impl NotEvenOne {
    const HINTS: [Hint; 3] = [Hint::FewerTokens, Hint::Bf16, Hint::Cpu];
}

impl Problem for NotEvenOne {
    fn words(&self, interface: Interface) -> String {
        let [first, rest @ ..] = Self::HINTS;
        let mut letters = first.words(interface).unwrap_or_default().chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let [second, third] = rest.map(|hint| hint.words(interface).unwrap_or_default());
        let Self { said, tokens } = self;
        format!("{said}; not even one sequence of {tokens} tokens fits. {first}, {second}, or {third} would help")
    }

    fn hints(&self) -> &[Hint] {
        &Self::HINTS
    }
}

/// The tokens of all its items under all its conditions.
fn tokens(task: &Task) -> usize {
    let of_items: usize = task.items.iter().map(|(_, item)| item.lengths().iter().sum::<usize>()).sum();
    of_items * task.conditions.len()
}

/// Conditions first, so that both halves can use the same clean run; texts where there is one condition.
fn halves<'a>(task: &Task<'a>) -> Option<[Task<'a>; 2]> {
    let (items, conditions) = (task.items.as_slice(), task.conditions.as_slice());
    let of =
        |items: &[_], conditions: &[_]| Task { items: items.to_vec(), conditions: conditions.to_vec(), ..task.clone() };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Item;
    use crate::experiment::{Arm, Condition, Disturbance, Experiment, Kind, Part, Pass, Score, Trial, of_study};
    use crate::intervention::Displacement;
    use crate::runner::Needs;
    use crate::study::{Mode, Study};

    /// On a device that has room for `fitting` trials at a time; also how often a task did not fit.
    fn run_with_room(fitting: usize) -> (Result<Parts>, usize) {
        let study = Study::demo();
        let experiments = of_study(&study);
        let experiment: &dyn Experiment = experiments[0].as_ref();
        let conditions: Vec<Condition> = (0..5)
            .map(|seed| {
                let disturbance = Some(Disturbance { mode: Mode::Angular, delta: 1.0, seed });
                Condition { experiment: Kind::Sweep, disturbance, arm: Arm::Plain, pass: Pass::disturbed(&[1]) }
            })
            .collect();
        let needs = Needs::default();
        let items = [1, 2, 3].map(|i| Item { name: i.to_string(), sequences: vec![vec![0, 1]] });
        let task = Task {
            experiment,
            needs: &needs,
            items: items.iter().enumerate().collect(),
            conditions: conditions.iter().enumerate().collect(),
        };
        let mut run = |task: &Task| {
            if task.items.len() * task.conditions.len() > fitting {
                return Err(Error::out_of_memory(String::new()));
            }
            let mut commit = Commit::default();
            for (condition, _) in &task.conditions {
                for (item, _) in &task.items {
                    let score = Score { value: 0.0, sentences: None };
                    let readings = Vec::new();
                    commit.trials.push(Trial { condition: *condition, item: *item, score, readings });
                }
                let reached = Displacement { tokens: task.items.len() as u64, ..Displacement::default() };
                commit.displacements.insert((*condition, 1, Part::Rest), reached);
            }
            Ok(commit)
        };
        let mut halved = 0;
        let mut room = Room::default();
        let parts = in_halves(&task, &mut room, &mut run, &mut || {
            halved += 1;
            Ok(())
        });
        (parts, halved)
    }

    #[test]
    fn every_trial_is_run_once_however_little_fits() {
        for (fitting, parts, halved) in [(15, 1, 0), (14, 2, 1), (3, 5, 2), (1, 15, 4)] {
            let (outcome, tried) = run_with_room(fitting);
            let Parts { commit, count } = outcome.unwrap();
            let mut trials: Vec<(usize, usize)> = commit.trials.iter().map(|t| (t.condition, t.item)).collect();
            trials.sort_unstable();
            trials.dedup();
            assert_eq!((commit.trials.len(), trials.len()), (15, 15), "room for {fitting}");
            assert_eq!((count, tried), (parts, halved), "room for {fitting}");
            assert!(commit.displacements.len() == 5 && commit.displacements.values().all(|d| d.tokens == 3));
        }
    }

    #[test]
    fn a_trial_that_does_not_fit_is_an_error_with_a_way_out() {
        let error = run_with_room(0).0.err().unwrap();
        assert!(error.kind() == ErrorKind::OutOfMemory && error.to_string().contains("texts.max_tokens"), "{error}");
    }
}
