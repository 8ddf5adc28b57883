//! A thread that answers questions, the newest first: those that are out of date when it gets to them are passed over.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

/// The window's side of it. The thread ends with this value, after the answer it is at.
pub struct Clerk<Q, A> {
    questions: Sender<Q>,
    answers: Receiver<A>,
}

/// The thread has ended: the system gave none, or it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl<Q: Send + 'static, A: Send + 'static> Clerk<Q, A> {
    /// Starts the thread `name`. `work` gets a question and what takes its answers, of which it may give several.
    #[must_use]
    pub fn start(name: &str, context: egui::Context, mut work: impl FnMut(Q, &dyn Fn(A)) + Send + 'static) -> Self {
        let (questions, to_do) = channel::<Q>();
        let (tell, answers) = channel();
        let run = move || {
            while let Ok(mut question) = to_do.recv() {
                while let Ok(newer) = to_do.try_recv() {
                    question = newer;
                }
                work(question, &|answer| {
                    let _ = tell.send(answer);
                    context.request_repaint();
                });
            }
        };
        // Where the system gives no thread, both channels are closed, which the next call tells.
        let _ = std::thread::Builder::new().name(format!("polarscope {name}")).spawn(run);
        Self { questions, answers }
    }

    /// Asks a question.
    ///
    /// # Errors
    /// [`Gone`] where nobody can answer it.
    pub fn ask(&self, question: Q) -> Result<(), Gone> {
        self.questions.send(question).map_err(|_| Gone)
    }

    /// The next answer, where there is one.
    ///
    /// # Errors
    /// [`Gone`] where there are none to come.
    pub fn answer(&self) -> Result<Option<A>, Gone> {
        match self.answers.try_recv() {
            Ok(answer) => Ok(Some(answer)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn what_is_out_of_date_is_passed_over() {
        let (go, wait) = sync_channel::<()>(0);
        let clerk = Clerk::start("test", egui::Context::default(), move |question: u32, tell| {
            let _ = wait.recv();
            tell(question);
        });
        for question in 0..4 {
            clerk.ask(question).unwrap();
        }
        let mut answers = Vec::new();
        while answers.last() != Some(&3) {
            go.send(()).unwrap();
            loop {
                if let Some(answer) = clerk.answer().unwrap() {
                    answers.push(answer);
                    break;
                }
                std::thread::yield_now();
            }
        }
        assert!(answers.len() <= 2, "{answers:?}");
    }

    #[test]
    fn a_thread_that_failed_is_gone() {
        let clerk = Clerk::<(), ()>::start("test", egui::Context::default(), |(), _| std::panic::panic_any("meant"));
        clerk.ask(()).unwrap();
        while clerk.answer().is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(clerk.answer(), Err(Gone));
    }
}
