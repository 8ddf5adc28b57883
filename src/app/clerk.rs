//! A thread that answers questions, the newest first: those that are out of date when it gets to them are passed over.

use crate::guard::reported;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// The window's side of it. The thread ends with this value, after the answer it is at.
pub struct Clerk<Q, A> {
    questions: Sender<Q>,
    answers: Receiver<Result<A, String>>,
}

/// Why there is no answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The system gave no thread.
    NoThread,
    /// The work failed by a bug, which said this. The thread takes the next question.
    Failed(String),
}

impl Lost {
    /// It in words; `work` is what was asked for, as in "The preview".
    #[must_use]
    pub fn words(&self, work: &str) -> String {
        match self {
            Self::NoThread => {
                format!("{work} needs a thread, and the system gives none: close other programs, and open it again")
            }
            Self::Failed(words) => format!("{work} failed by a bug in Polarscope; please report it: {words}"),
        }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Clerk<Q, A> {
    /// Starts the thread `name`. `work` gets what it remembers, a question and what takes its answers, of which it may
    /// give several. Where it panics, [`Clerk::answer`] tells so, and what it remembers begins anew.
    #[must_use]
    pub fn start<S: Default>(
        name: &str,
        context: egui::Context,
        work: impl FnMut(&mut S, Q, &dyn Fn(A)) + Send + 'static,
    ) -> Self {
        Self::patient(name, Duration::ZERO, context, work)
    }

    /// As [`Clerk::start`], for questions that come with every key: one is taken up when none has followed it for the
    /// time `quiet`.
    #[must_use]
    pub fn patient<S: Default>(
        name: &str,
        quiet: Duration,
        context: egui::Context,
        mut work: impl FnMut(&mut S, Q, &dyn Fn(A)) + Send + 'static,
    ) -> Self {
        let (questions, to_do) = channel::<Q>();
        let (tell, answers) = channel();
        let run = move || {
            let mut known = S::default();
            while let Some(question) = newest(&to_do, quiet) {
                let answer = |answer| {
                    let _ = tell.send(answer);
                    context.request_repaint();
                };
                if let Err(words) = reported(|| work(&mut known, question, &|found| answer(Ok(found)))) {
                    known = S::default();
                    answer(Err(words));
                }
            }
        };
        // Where the system gives no thread, both channels are closed, which the next call tells.
        let _ = std::thread::Builder::new().name(format!("polarscope {name}")).spawn(run);
        Self { questions, answers }
    }

    /// Asks a question.
    ///
    /// # Errors
    /// [`Lost::NoThread`] where nobody can answer it.
    pub fn ask(&self, question: Q) -> Result<(), Lost> {
        self.questions.send(question).map_err(|_| Lost::NoThread)
    }

    /// The next answer, where there is one.
    ///
    /// # Errors
    /// Why there is none to come.
    pub fn answer(&self) -> Result<Option<A>, Lost> {
        match self.answers.try_recv() {
            Ok(answer) => answer.map(Some).map_err(Lost::Failed),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Lost::NoThread),
        }
    }
}

/// Waits for a question, and then until no newer one comes for the time `quiet`. None when nobody can ask any more.
fn newest<Q>(questions: &Receiver<Q>, quiet: Duration) -> Option<Q> {
    let mut question = questions.recv().ok()?;
    loop {
        match questions.recv_timeout(quiet) {
            Ok(newer) => question = newer,
            Err(RecvTimeoutError::Timeout) => return Some(question),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn wait<Q: Send + 'static, A: Send + 'static>(clerk: &Clerk<Q, A>) -> Result<A, Lost> {
        loop {
            if let Some(answer) = clerk.answer()? {
                return Ok(answer);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_out_of_date_is_passed_over() {
        let (go, held) = sync_channel::<()>(0);
        let clerk = Clerk::start("test", egui::Context::default(), move |(): &mut (), question: u32, tell| {
            let _ = held.recv();
            tell(question);
        });
        for question in 0..4 {
            clerk.ask(question).unwrap();
        }
        let mut answers = Vec::new();
        while answers.last() != Some(&3) {
            go.send(()).unwrap();
            answers.push(wait(&clerk).unwrap());
        }
        assert!(answers.len() <= 2, "{answers:?}");
    }

    #[test]
    fn work_that_fails_is_told_of_and_begins_anew() {
        let clerk = Clerk::start("test", egui::Context::default(), |sum: &mut u32, question: u32, tell| {
            *sum += question;
            assert!(question != 2, "meant");
            tell(*sum);
        });
        let ask = |question| {
            clerk.ask(question).unwrap();
            wait(&clerk)
        };
        assert_eq!(ask(1), Ok(1));
        assert_eq!(ask(3), Ok(4));
        assert_eq!(ask(2), Err(Lost::Failed("meant".to_owned())));
        assert_eq!(ask(3), Ok(3), "nothing of what was half done is used");
    }
}
