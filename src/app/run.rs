//! The run as the window sees it: the worker, and what it has told.

use super::words::{clock, fetched};
use crate::error::{Error, ErrorKind, Interface, Problem, Result};
use crate::experiment::{Commit, Condition, Results};
use crate::figure::count;
use crate::hub;
use crate::runner::{Command, Event, Job, Progress, Worker};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A run, going on or ended.
#[derive(Default)]
pub struct Run {
    worker: Option<Worker>,
    file: PathBuf,
    phase: Phase,
    progress: Option<Progress>,
    /// How far the download is, while there is one.
    download: Option<hub::Progress>,
    /// Trials in the file and planned, before the first batch of this run.
    held: (usize, usize),
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// There has been none.
    #[default]
    Idle,
    /// Before the first trial: what it is doing.
    Starting(String),
    /// Trials are coming in.
    Running,
    /// Told to wait, and in a batch still.
    Pausing,
    /// Waiting.
    Paused,
    /// Told to stop, and in a batch still.
    Cancelling,
    /// Ended, in words.
    Ended(String),
}

/// What a run tells the rest of the window.
pub enum News {
    /// What the study file holds.
    Opened(Box<Results>),
    /// A batch has come.
    Committed(Commit),
    /// Further conditions were planned.
    Planned(BTreeMap<usize, Condition>),
    /// Something to know of.
    Note(String),
    /// The study is complete.
    Complete,
    /// It was cancelled; words for it.
    Cancelled(String),
    /// It ended by an error.
    Failed(Error),
}

impl Run {
    /// Starts `job`.
    ///
    /// # Errors
    /// As [`Worker::start`].
    pub fn start(job: Job) -> Result<Self> {
        let file = job.out.clone();
        let phase = Phase::Starting("Starting".to_owned());
        Ok(Self { worker: Some(Worker::start(job)?), file, phase, progress: None, download: None, held: (0, 0) })
    }

    /// Whether there is a worker, be it at work, waiting or about to end.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.worker.is_some()
    }

    /// Where it is.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Its study file.
    #[must_use]
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }

    /// Trials that are done, and all.
    #[must_use]
    pub fn trials(&self) -> Option<(usize, usize)> {
        self.progress.as_ref().map(|p| (p.done, p.total)).or((self.held.1 > 0).then_some(self.held))
    }

    /// The last progress.
    #[must_use]
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// How far the download is, while files come from the Hub.
    #[must_use]
    pub fn download(&self) -> Option<&hub::Progress> {
        self.download.as_ref()
    }

    /// Tells the worker.
    pub fn tell(&mut self, command: Command) {
        if let Some(worker) = &self.worker {
            worker.tell(command);
            match command {
                Command::Pause => self.phase = Phase::Pausing,
                Command::Cancel => self.phase = Phase::Cancelling,
                Command::Resume => {}
            }
        }
    }

    /// Takes what the worker has told since the last call.
    pub fn drain(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        loop {
            let Some(worker) = &self.worker else { return news };
            match worker.events.try_recv() {
                Ok(event) => self.take(event, &mut news),
                Err(std::sync::mpsc::TryRecvError::Empty) => return news,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                    self.worker = None;
                    self.phase = Phase::Ended("Ended by a bug".to_owned());
                    news.push(News::Failed(Error::internal("the run ended without saying why".to_owned())));
                }
            }
        }
    }

    fn take(&mut self, event: Event, news: &mut Vec<News>) {
        let told_to_stop = self.phase == Phase::Cancelling;
        if !matches!(event, Event::Download(_)) {
            self.download = None;
        }
        match event {
            Event::Status(words) if !told_to_stop && self.phase != Phase::Pausing => {
                self.phase = Phase::Starting(words);
            }
            Event::Download(progress) if !told_to_stop => {
                if self.phase != Phase::Pausing {
                    let what = if progress.file.is_empty() { &progress.repository } else { &progress.file };
                    self.phase = Phase::Starting(format!("Fetching {what}: {}", fetched(&progress)));
                }
                self.download = Some(progress);
            }
            Event::Opened(results) => {
                self.held = (results.finished(), results.planned);
                if matches!(self.phase, Phase::Starting(_)) {
                    self.phase = Phase::Running;
                }
                news.push(News::Opened(results));
            }
            Event::Committed(commit, progress) => {
                self.progress = Some(progress);
                news.push(News::Committed(commit));
            }
            Event::Planned(conditions) => news.push(News::Planned(conditions)),
            Event::Note(note) => news.push(News::Note(note.words(Interface::Window))),
            Event::Paused if !told_to_stop => self.phase = Phase::Paused,
            Event::Resumed if !told_to_stop => {
                let begun = self.trials().is_some();
                self.phase = if begun { Phase::Running } else { Phase::Starting("Going on".to_owned()) };
            }
            Event::Status(_) | Event::Download(_) | Event::Paused | Event::Resumed => {}
            Event::Finished(outcome) => {
                self.worker = None;
                let file = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let (words, end) = match outcome {
                    Ok(()) => {
                        let trials = self.trials().map_or(0, |(_, all)| all);
                        (format!("Finished: {} trials in {file}", count(trials)), News::Complete)
                    }
                    Err(error) if error.kind() == ErrorKind::Stopped => {
                        let words = match self.trials() {
                            Some((done, all)) => {
                                format!("Cancelled after trial {} of {}", count(done), count(all))
                            }
                            None => "Cancelled before the first trial".to_owned(),
                        };
                        let kept =
                            self.trials().map_or(String::new(), |_| format!("; kept in {file}, Resume to go on"));
                        (words.clone(), News::Cancelled(words + &kept))
                    }
                    Err(error) => ("Ended by an error, see above".to_owned(), News::Failed(error)),
                };
                self.phase = Phase::Ended(words);
                news.push(end);
            }
        }
    }

    /// What it is doing, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let trials = |lead: &str| match self.trials() {
            Some((done, all)) => format!("{lead} trial {} of {}", count(done), count(all)),
            None => lead.trim_end_matches(" after").to_owned(),
        };
        match &self.phase {
            Phase::Idle => String::new(),
            Phase::Starting(words) | Phase::Ended(words) => words.clone(),
            Phase::Running => match &self.progress {
                Some(progress) => {
                    let name = progress.experiment.title();
                    trials(&format!("{name}:"))
                }
                None => "Running the first batch".to_owned(),
            },
            Phase::Pausing => "Pausing after the batch in flight".to_owned(),
            Phase::Paused => trials("Paused after"),
            Phase::Cancelling if self.trials().is_none() => "Cancelling".to_owned(),
            Phase::Cancelling => "Cancelling after the batch in flight".to_owned(),
        }
    }

    /// The time that is left, in words; empty where it is not known.
    #[must_use]
    pub fn left(&self) -> String {
        let left = match &self.download {
            Some(download) => download.left,
            None => self.progress.as_ref().map(|progress| progress.left),
        };
        left.filter(|_| self.is_going()).map_or(String::new(), |left| format!("{} left", clock(left)))
    }
}
