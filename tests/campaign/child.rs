//! The process that is ended: runs a study and says what is acknowledged.

use polarscope::device::Choice;
use polarscope::runner::{Event, Job, Worker};
use std::path::Path;

/// The first argument of this process; the study and the study file come after it.
pub const FLAG: &str = "--run-in-child";

/// Begins each line that says how many trials were acknowledged by then.
pub const ACKNOWLEDGED: &str = "acknowledged ";

/// Runs the study, or goes on with it, and ends the process with its exit code.
pub fn run(study: &Path, out: &Path) -> ! {
    let outcome = polarscope::study::load(study, &[]).and_then(|study| {
        let job = Job { study, out: out.to_owned(), device: Choice::Cpu, resume: true };
        let worker = Worker::start(job)?;
        loop {
            match worker.events.recv().expect("the worker says how it ends") {
                Event::Committed(_, progress) => println!("{ACKNOWLEDGED}{}", progress.done),
                Event::Finished(outcome) => break outcome,
                _ => {}
            }
        }
    });
    let code = outcome.map_or_else(
        |error| {
            println!("{error}");
            error.exit_code()
        },
        |()| 0,
    );
    std::process::exit(code.into());
}
