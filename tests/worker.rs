//! The worker thread: it waits, goes on and stops when it is told.

use polarscope::device::Choice;
use polarscope::error::ErrorKind;
use polarscope::experiment::{Comparison, Kind, Results};
use polarscope::runner::{Command, Event, Job, Worker};
use polarscope::store::Store;
use polarscope::study;
use std::path::Path;
use std::time::Duration;

const STUDY: &str = "[texts]\nlimit = 40\n[perturbation]\ndeltas = [3, 8]\nseeds = 3\n[experiments.sweep]\n\
                     [experiments.syntax]\nitems = 44\n";

fn start(out: &Path) -> Worker {
    let study = study::parse(STUDY).unwrap();
    Worker::start(Job { study, out: out.to_owned(), device: Choice::Cpu, resume: false }).unwrap()
}

fn next(worker: &Worker) -> Event {
    worker.events.recv_timeout(Duration::from_mins(1)).expect("the worker says something")
}

#[test]
fn it_pauses_resumes_and_its_events_are_what_the_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study.polar");
    let worker = start(&out);
    let mut live: Option<Results> = None;
    let (mut batches, mut told) = (0, Vec::new());
    loop {
        match next(&worker) {
            Event::Opened(results) => live = Some(*results),
            Event::Committed(commit, progress) => {
                let live = live.as_mut().expect("the file is opened before the first batch");
                live.add(&commit);
                assert_eq!((live.finished(), live.planned), (progress.done, progress.total));
                let sum = |of: fn(&(Kind, usize, usize)) -> usize| progress.by_experiment.iter().map(of).sum::<usize>();
                assert_eq!((sum(|(_, done, _)| *done), sum(|(.., all)| *all)), (progress.done, progress.total));
                batches += 1;
                if batches == 2 {
                    worker.tell(Command::Pause);
                }
            }
            Event::Paused => {
                told.push("paused");
                // Within one batch: what was committed before the pause is in the file, and nothing comes after it.
                let there = Store::open(&out).unwrap().results().unwrap().finished();
                assert_eq!(there, live.as_ref().unwrap().finished());
                // The file alone has it, without its log.
                let alone = folder.path().join("alone.polar");
                std::fs::copy(&out, &alone).unwrap();
                assert_eq!(Store::open(&alone).unwrap().results().unwrap().finished(), there);
                assert!(worker.events.recv_timeout(Duration::from_millis(300)).is_err());
                worker.tell(Command::Resume);
            }
            Event::Finished(outcome) => {
                outcome.unwrap();
                break;
            }
            Event::Resumed => told.push("resumed"),
            Event::Status(_) | Event::Download(_) | Event::Note(_) | Event::Planned(_) => {}
        }
    }
    assert_eq!(told, ["paused", "resumed"]);
    let (live, stored) = (live.unwrap(), Store::open(&out).unwrap().results().unwrap());
    assert!(live.is_complete() && stored.is_complete());
    for id in stored.conditions.keys() {
        assert_eq!(live.scores(*id), stored.scores(*id));
    }
    for kind in [Kind::Sweep, Kind::Syntax] {
        let (a, b) = (Comparison::of(&live, kind).unwrap(), Comparison::of(&stored, kind).unwrap());
        for (a, b) in a.rows.iter().zip(&b.rows) {
            assert_eq!(a.cells, b.cells);
            assert_eq!(a.test, b.test);
        }
    }
}

#[test]
fn it_stops_when_it_is_told_even_while_it_waits() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study.polar");
    let worker = start(&out);
    let mut told = false;
    let outcome = loop {
        match next(&worker) {
            Event::Committed(..) if !told => {
                worker.tell(Command::Pause);
                told = true;
            }
            Event::Paused => worker.tell(Command::Cancel),
            Event::Finished(outcome) => break outcome,
            _ => {}
        }
    };
    assert!(outcome.is_err_and(|error| error.kind() == ErrorKind::Stopped));
    let there = Store::open(&out).unwrap().results().unwrap();
    assert!(there.finished() > 0 && !there.is_complete());
}

#[test]
fn dropping_it_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study.polar");
    let worker = start(&out);
    while !matches!(next(&worker), Event::Opened(_)) {}
    drop(worker);
    // Its file is closed in order and free for the next one.
    Store::open_to_write(&out).unwrap();
}
