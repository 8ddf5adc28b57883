//! The command line.

mod bench;
mod export;
mod inspect;
mod model;
mod plan;
mod progress;
mod run;
mod trace;

use crate::error::{ErrorKind, Result};
use crate::hub::{self, Hub};
use crate::visible::visible;
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What do the direction and the length of a transformer's hidden states each carry?
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// A study file (.polar) or a study in TOML to open in the window, or published for the figures of the published
    /// study
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
    /// Writes tables, trials and the card of a study file
    Export(Box<export::Export>),
    /// Says what a model is, what memory it takes, and how long its hidden states are
    Inspect(inspect::Inspect),
    /// Writes the tensors of one pass, clean or disturbed, to compare with another implementation
    Trace(Box<trace::Trace>),
    /// Times the engine on this machine, and says what share of the arithmetic floor it reaches
    Bench(bench::Bench),
}

/// A study in TOML, and settings laid over it.
#[derive(Debug, Args)]
struct StudyArguments {
    /// The study, in TOML; or the name of a built-in one, where there is no such file: demo, demo-all, pythia-410m,
    /// pythia-1.4b, opt-1.3b, tinyllama, opt-iml-1.3b, zephyr-7b
    study: PathBuf,
    /// Overrides a setting of the study, such as perturbation.seeds=3; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", allow_hyphen_values = true)]
    settings: Vec<String>,
}

impl StudyArguments {
    /// Where results go that are told no file: that of the study, ending in .polar.
    fn results_file(&self) -> PathBuf {
        let is_built_in = self.study.to_str().is_some_and(|name| crate::study::config(name).is_some());
        // "pythia-1.4b" ends in no extension.
        if is_built_in { format!("{}.polar", self.study.display()).into() } else { self.study.with_extension("polar") }
    }

    fn load(&self) -> Result<crate::study::Study> {
        if crate::published::is_named(&self.study) {
            return Err(crate::published::no_study_to_run());
        }
        let built_in = self.study.to_str().and_then(crate::study::config);
        match built_in.filter(|_| !self.study.is_file()) {
            Some(config) => crate::study::with_settings(config.toml, &self.settings),
            None => crate::study::load(&self.study, &self.settings),
        }
    }
}

impl Arguments {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever went wrong; the error knows its exit code.
    pub fn run(self) -> Result<()> {
        start_threads()?;
        match self.command {
            None => crate::app::open(self.file),
            Some(Command::Run(run)) => run.run(),
            Some(Command::Plan(plan)) => plan.run(),
            Some(Command::Export(export)) => export.run(),
            Some(Command::Inspect(inspect)) => inspect.run(),
            Some(Command::Trace(trace)) => trace.run(),
            Some(Command::Bench(bench)) => bench.run(),
        }
    }
}

/// Does what the arguments of the process ask for, and tells on stderr why it could not.
#[must_use]
pub fn main() -> ExitCode {
    ignore_file_size_signal();
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => arguments.run(),
        // Help and version.
        Err(answer) if !answer.use_stderr() => answer.exit(),
        // An argument may be anything, too; and colours would be hidden characters.
        Err(error) => {
            tell(error.render().to_string().trim_end());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What comes after a new line in a name cannot look like a message of its own.
            tell(&format!("polarscope: {error}").trim_end().replace('\n', "\n  "));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Has a file that grows beyond `ulimit -f` fail like one on a full disk, in place of a signal that ends the process.
fn ignore_file_size_signal() {
    #[cfg(unix)]
    // SAFETY: the signal is ignored by the system itself; no code of ours runs when it comes.
    #[allow(unsafe_code)] // the standard library has no way to say so
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Says `words` on stderr. Where nobody can read it, the work goes on.
fn tell(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(words));
}

/// Starts the threads that computation is shared among. They start by themselves where they are first needed, but panic
/// there if the system gives none.
fn start_threads() -> Result<()> {
    rayon::ThreadPoolBuilder::new().build_global().map_err(|error| {
        crate::Error::unavailable(format!(
            "the system gives no threads to compute on ({error}); raise the limits on processes and memory (ulimit -u, \
             ulimit -v), or set RAYON_NUM_THREADS to fewer"
        ))
    })
}

/// What `work` gives with the Hub at hand; `line` shows what is fetched.
fn online<T>(line: &mut progress::Line, work: impl FnOnce(&mut Hub) -> Result<T>) -> Result<T> {
    let mut report = |progress: &hub::Progress| {
        line.update(&progress::download(progress));
        Ok(())
    };
    work(&mut Hub::online(&mut report))
}

/// Writes words to stdout, so that a terminal obeys none of them.
fn print(words: &str) -> Result<()> {
    write(visible(words).as_bytes())
}

/// Writes to stdout what its writer has made safe. A reader that has gone, as `head` does, is no error.
fn write(bytes: &[u8]) -> Result<()> {
    let unwritable = |error| crate::Error::output(format!("cannot be written: {error}"));
    write_by(|out| out.write_all(bytes).map_err(unwritable))
}

/// The same of what `work` writes.
fn write_by(work: impl FnOnce(&mut Stdout) -> Result<()>) -> Result<()> {
    let mut out = Stdout { is_gone: false };
    match work(&mut out).and_then(|()| out.flush().map_err(|error| crate::Error::output(error.to_string()))) {
        Err(_) if out.is_gone => Ok(()),
        Err(error) if error.kind() == ErrorKind::Output => Err(error.context("stdout")),
        outcome => outcome,
    }
}

/// Stdout, which remembers whether its reader has gone.
struct Stdout {
    is_gone: bool,
}

impl Stdout {
    fn watched<T>(&mut self, outcome: std::io::Result<T>) -> std::io::Result<T> {
        self.is_gone |= outcome.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
        outcome
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let outcome = std::io::stdout().lock().write(bytes);
        self.watched(outcome)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let outcome = std::io::stdout().lock().flush();
        self.watched(outcome)
    }
}
