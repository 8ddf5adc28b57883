//! The command line.

mod export;
mod plan;
mod run;

use crate::error::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// What do the direction and the length of a transformer's hidden states each carry?
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// A study file (.polar) or a study in TOML to open in the window
    file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a study without a window
    Run(run::Run),
    /// Checks a study and says how many trials, how much memory and how long it will take
    Plan(plan::Plan),
    /// Writes tables and trials of a study file
    Export(export::Export),
}

/// A study in TOML, and settings laid over it.
#[derive(Debug, Args)]
struct StudyArguments {
    /// The study, in TOML
    study: PathBuf,
    /// Overrides a setting of the study, such as perturbation.seeds=3; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl StudyArguments {
    fn load(&self) -> Result<crate::study::Study> {
        crate::study::load(&self.study, &self.settings)
    }
}

impl Arguments {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever went wrong; the error knows its exit code.
    pub fn run(self) -> Result<()> {
        match self.command {
            None => crate::app::open(self.file),
            Some(Command::Run(run)) => run.run(),
            Some(Command::Plan(plan)) => plan.run(),
            Some(Command::Export(export)) => export.run(),
        }
    }
}

/// Writes to stdout. A reader that has gone, as `head` does, is no error.
fn print(text: &str) -> Result<()> {
    match std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(crate::Error::Output(format!("stdout cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
