//! `polarscope run`: a study without a window.

use super::StudyArguments;
use crate::error::{Error, Result};
use crate::experiment::{Comparison, Results};
use crate::figure::{self, Format, TABLES};
use crate::runner::{Command, Event, Job, Progress, Worker};
use crate::store::Store;
use clap::Args;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    study: StudyArguments,
    /// The study file to write; that of the TOML file, ending in .polar, where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to compute: cpu
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Goes on with an unfinished file, or extends a finished one by what the study adds
    #[arg(long)]
    resume: bool,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub fn run(self) -> Result<()> {
        if self.device != "cpu" {
            return Err(Error::Unavailable(format!("--device {}: this build computes on \"cpu\" only", self.device)));
        }
        let study = self.study.load()?;
        let out = self.out.unwrap_or_else(|| self.study.study.with_extension("polar"));
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst))
            .map_err(|error| Error::Internal(format!("signals cannot be handled: {error}")))?;
        let worker = Worker::start(Job { study, out: out.clone(), resume: self.resume })?;
        follow(&worker, &interrupted)?;
        drop(worker);
        print_summary(&Store::open(&out)?.results()?, &out, self.json)
    }
}

/// Shows the worker's progress until it ends.
fn follow(worker: &Worker, interrupted: &AtomicBool) -> Result<()> {
    let mut line = Line::new();
    let mut told = false;
    loop {
        if interrupted.load(Ordering::SeqCst) && !told {
            line.say("Stopping after this batch");
            worker.tell(Command::Cancel);
            told = true;
        }
        match worker.events.recv_timeout(Duration::from_millis(100)) {
            Ok(Event::Status(words)) => line.update(&words),
            Ok(Event::Note(words)) => line.say(&words),
            Ok(Event::Opened(results)) if results.finished() > 0 => {
                line.say(&format!("{} of {} trials are there already", results.finished(), results.planned));
            }
            Ok(Event::Committed(_, progress)) => line.update(&describe(&progress)),
            Ok(Event::Opened(_) | Event::Paused | Event::Resumed) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Event::Finished(outcome)) => {
                line.end();
                return outcome;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Internal("the worker ended without a word".to_owned()));
            }
        }
    }
}

fn describe(progress: &Progress) -> String {
    let left = progress.left.as_secs();
    format!(
        "{}: trial {} of {}, {}:{:02} left, {:.0} tokens/s",
        progress.experiment,
        progress.done,
        progress.total,
        left / 60,
        left % 60,
        progress.tokens_per_second
    )
}

/// A line on stderr that is written over on a terminal, and repeated every few seconds elsewhere.
struct Line {
    terminal: bool,
    last: Option<Instant>,
}

impl Line {
    fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), last: None }
    }

    fn update(&mut self, words: &str) {
        let pause = if self.terminal { Duration::from_millis(100) } else { Duration::from_secs(5) };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(Instant::now());
        self.write(words, self.terminal);
    }

    fn say(&self, words: &str) {
        self.write(words, false);
    }

    fn end(&self) {
        self.write("", self.terminal);
    }

    fn write(&self, words: &str, stay: bool) {
        let mut stderr = std::io::stderr().lock();
        // Where nobody can read the progress, the run goes on without it.
        let _ = match (self.terminal, stay) {
            (true, true) => write!(stderr, "\r\x1b[K{words}").and_then(|()| stderr.flush()),
            (true, false) => writeln!(stderr, "\r\x1b[K{words}"),
            (false, _) if words.is_empty() => Ok(()),
            (false, _) => writeln!(stderr, "{words}"),
        };
    }
}

fn print_summary(results: &Results, out: &Path, as_json: bool) -> Result<()> {
    let mut tables = Vec::new();
    let mut text = String::new();
    for (name, kind) in TABLES {
        if let Some(comparison) = Comparison::of(results, kind) {
            if as_json {
                tables.push(figure::as_json(results, name, kind, &comparison));
            } else {
                text += &format!("{}\n", figure::render(results, name, Format::Markdown)?);
            }
        }
    }
    if as_json {
        let summary = json!({ "file": out, "trials": results.finished(), "tables": tables });
        text = format!("{summary:#}\n");
    } else {
        text += &format!("{} trials in {}\n", results.finished(), out.display());
    }
    super::print(&text)
}
