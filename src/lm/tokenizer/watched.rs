//! A thread that does jobs which may panic or never end.

use crate::guard::caught;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often the wait for an answer looks at its limit. A limit is counted in these, so that a process that was stopped
/// and goes on has lost one of them at most.
const GLANCE: Duration = Duration::from_millis(50);

/// The stack of the thread, bytes.
const STACK: usize = 8 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// The thread. It ends with this value; one that is at a job which never ends is left behind, at work until the process
/// ends, since nothing can stop a thread from outside.
pub struct Watched(Mutex<Option<Sender<Job>>>);

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The job panicked, with these words.
    Panicked(String),
    /// The job took longer than its limit, or one before it did.
    Late(Duration),
    /// The system gives no thread, for this reason.
    NoThread(String),
}

impl Watched {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`Trouble::NoThread`].
    pub fn start() -> Result<Self, Trouble> {
        let (jobs, to_do) = channel::<Job>();
        let run = move || to_do.iter().for_each(|job| job());
        let spawned = std::thread::Builder::new().name("polarscope tokenizer".to_owned()).stack_size(STACK).spawn(run);
        spawned.map_err(|error| Trouble::NoThread(error.to_string()))?;
        Ok(Self(Mutex::new(Some(jobs))))
    }

    /// Returns what `job` gives on the thread, where it does so within about `limit`. One job at a time: the wait for
    /// those of other callers does not count.
    ///
    /// # Errors
    /// [`Trouble::Panicked`] and [`Trouble::Late`]; after the latter, every job is late.
    pub fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (tell, answer) = channel();
        let job = Box::new(move || drop(tell.send(caught(job))));
        let sent = jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        let Some(outcome) = sent.then(|| wait(&answer, limit)).flatten() else {
            *jobs = None;
            return Err(Trouble::Late(limit));
        };
        outcome.map_err(Trouble::Panicked)
    }
}

/// What comes from `answer` within `limit`.
fn wait<T>(answer: &Receiver<T>, limit: Duration) -> Option<T> {
    let mut left = limit;
    loop {
        match answer.recv_timeout(GLANCE.min(left)) {
            Ok(outcome) => return Some(outcome),
            Err(RecvTimeoutError::Timeout) if left > GLANCE => left -= GLANCE,
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_panic_is_told_and_the_thread_goes_on() {
        let watched = Watched::start().unwrap();
        assert_eq!(watched.ask(LONG, || 1), Ok(1));
        assert_eq!(watched.ask(LONG, || panic!("meant")), Err::<(), _>(Trouble::Panicked("meant".to_owned())));
        assert_eq!(watched.ask(LONG, || 2), Ok(2));
    }

    #[test]
    fn a_job_that_does_not_end_is_given_up() {
        let watched = Watched::start().unwrap();
        let short = Duration::from_millis(80);
        let (release, held) = channel::<()>();
        assert_eq!(watched.ask(short, move || held.recv().is_ok()), Err(Trouble::Late(short)));
        // At once, not after another wait.
        assert_eq!(watched.ask(LONG, || 1), Err(Trouble::Late(LONG)));
        drop(release);
    }

    #[test]
    fn the_wait_for_others_does_not_count() {
        let watched = Watched::start().unwrap();
        let job = || std::thread::sleep(Duration::from_millis(150));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| watched.ask(Duration::from_millis(450), job).unwrap());
            }
        });
    }
}
