//! `polarscope run`: a study without a window.

use super::StudyArguments;
use super::progress::Line;
use crate::device;
use crate::error::{Error, Interface, Problem, Result};
use crate::experiment::Results;
use crate::figure::{self, Format};
use crate::findings::Findings;
use crate::runner::{Command, Event, Job, Progress, Worker};
use crate::store::Store;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    study: StudyArguments,
    /// The study file to write; that of the TOML file, ending in .polar, where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to compute: cpu, cuda:N, or auto, which takes the first CUDA device where there is one
    #[arg(long, default_value_t)]
    device: device::Choice,
    /// Goes on with an unfinished file, or extends a finished one by what the study adds
    #[arg(long)]
    resume: bool,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub fn run(self) -> Result<()> {
        let study = self.study.load()?;
        let out = self.out.unwrap_or_else(|| self.study.results_file());
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst)).map_err(|error| {
            Error::unavailable(format!("the system gives no thread to wait for signals on: {error}"))
        })?;
        let worker = Worker::start(Job { study, out: out.clone(), device: self.device, resume: self.resume })?;
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
            Ok(Event::Download(progress)) => line.update(&super::progress::download(&progress)),
            Ok(Event::Note(note)) => line.say(&note.words(Interface::CommandLine)),
            Ok(Event::Opened(results)) if results.finished() > 0 => {
                line.say(&format!("{} of {} trials are there already", results.finished(), results.planned));
            }
            Ok(Event::Committed(_, progress)) => line.update(&describe(&progress)),
            Ok(Event::Opened(_) | Event::Planned(_) | Event::Paused | Event::Resumed)
            | Err(RecvTimeoutError::Timeout) => {}
            Ok(Event::Finished(outcome)) => {
                line.end();
                return outcome;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::internal("the worker ended without a word".to_owned()));
            }
        }
    }
}

fn describe(progress: &Progress) -> String {
    format!(
        "{}: trial {} of {}, {} left, {:.0} tokens/s",
        progress.experiment,
        progress.done,
        progress.total,
        super::progress::clock(progress.left),
        progress.tokens_per_second
    )
}

fn print_summary(results: &Results, out: &Path, as_json: bool) -> Result<()> {
    let tables = figure::tables(&Findings::of(results.clone()));
    // Long ones, which go by layer, head or window, are for export.
    let short = tables.iter().filter(|table| table.is_summary);
    let short: Vec<String> = short.map(|table| table.render(Format::Markdown)).collect();
    let mut text = short.join("\n") + "\n";
    if as_json {
        let tables: Vec<_> = tables.iter().map(figure::Table::json).collect();
        let summary = json!({ "file": out.display().to_string(), "trials": results.finished(), "tables": tables });
        text = crate::visible::json(&summary);
    } else {
        let more: Vec<&str> = tables.iter().filter(|table| !table.is_summary).map(|table| table.id).collect();
        text += &format!(
            "{} trials in {}; polarscope export writes these tables, and {}\n",
            results.finished(),
            out.display(),
            more.join(", ")
        );
    }
    super::print(&text)
}
