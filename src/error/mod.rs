//! The one error type of the library: what kind of trouble it is, where it lies, and what is wrong.
//!
//! What is wrong is a value ([`Problem`]), and each [`Interface`] has it in its own words: the command line speaks of a study's
//! fields and of options, the window of its controls.

mod hint;

pub use hint::{Advised, Hint};

use std::fmt;

/// The kinds of trouble that a caller tells apart; the command line turns each into its own exit code (see
/// [`Error::exit_code`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command or the study asks for something that cannot be: the user has to change it.
    Usage,
    /// A file that was read is broken, or a result is not a number.
    Data,
    /// A device, a display or a network that is needed is not there.
    Unavailable,
    /// A model or a data set of the Hub that is not on this machine.
    NotCached,
    /// The device has no memory left; less at a time may fit.
    OutOfMemory,
    /// The output cannot be written, exists, or is unfinished.
    Output,
    /// The run was stopped before its end; what was finished is kept and can be resumed.
    Stopped,
    /// A bug in Polarscope.
    Internal,
}

/// Who a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Somebody who types commands and writes studies in TOML.
    CommandLine,
    /// Somebody who sees the window, whose controls stand for both.
    Window,
}

/// What is wrong, with its numbers.
pub trait Problem: fmt::Debug + Send + Sync + 'static {
    /// It in the words of `interface`: what was found, what was expected, and what would work.
    fn words(&self, interface: Interface) -> String;

    /// The path of the setting that it lies in, as a study's TOML has it; none where it lies elsewhere.
    fn setting(&self) -> Option<&'static str> {
        None
    }

    /// What would help.
    fn hints(&self) -> &[Hint] {
        &[]
    }
}

/// Words that are the same for everybody, such as what is wrong inside a file.
impl Problem for String {
    fn words(&self, _: Interface) -> String {
        self.clone()
    }
}

impl Problem for &'static str {
    fn words(&self, _: Interface) -> String {
        (*self).to_owned()
    }
}

/// What went wrong. Its text (`Display`) is that of the command line.
pub struct Error {
    kind: ErrorKind,
    problem: Box<dyn Problem>,
    /// The setting that leads to it, where the problem names none.
    setting: Option<&'static str>,
    /// What stands before the problem, the outermost first: the file, usually.
    within: Vec<String>,
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! of_kind {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)*) => {
        impl Error {
            $($(#[$doc])* #[must_use]
            pub fn $name(problem: impl Problem) -> Self {
                Self::new(ErrorKind::$kind, problem)
            })*
        }
    };
}

of_kind! {
    /// Returns an error of [`ErrorKind::Usage`].
    usage: Usage;
    /// Returns an error of [`ErrorKind::Data`].
    data: Data;
    /// Returns an error of [`ErrorKind::Unavailable`].
    unavailable: Unavailable;
    /// Returns an error of [`ErrorKind::NotCached`].
    not_cached: NotCached;
    /// Returns an error of [`ErrorKind::OutOfMemory`].
    out_of_memory: OutOfMemory;
    /// Returns an error of [`ErrorKind::Output`].
    output: Output;
    /// Returns an error of [`ErrorKind::Stopped`].
    stopped: Stopped;
    /// Returns an error of [`ErrorKind::Internal`].
    internal: Internal;
}

impl Error {
    /// Returns an error of this `kind`.
    #[must_use]
    pub fn new(kind: ErrorKind, problem: impl Problem) -> Self {
        Self { kind, problem: Box::new(problem), setting: None, within: Vec::new() }
    }

    /// Returns what kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the path of the setting that it lies in, or that leads to it.
    #[must_use]
    pub fn setting(&self) -> Option<&'static str> {
        self.problem.setting().or(self.setting)
    }

    /// Returns what would help, as far as it is known.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        self.problem.hints()
    }

    /// Returns the exit code of a process that ends with this error, from sysexits.h where it has one.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Usage => 2,
            ErrorKind::Data => 65,
            ErrorKind::Unavailable | ErrorKind::NotCached | ErrorKind::OutOfMemory => 69,
            ErrorKind::Internal => 70,
            ErrorKind::Output => 73,
            ErrorKind::Stopped => 75,
        }
    }

    /// Returns the same error with `context` put before its message: `context: message`.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.within.insert(0, context.to_string());
        self
    }

    /// Returns the same error, led to by the setting at `path` where nothing nearer to it is known.
    #[must_use]
    pub fn for_setting(mut self, path: &'static str) -> Self {
        self.setting.get_or_insert(path);
        self
    }

    /// Returns the same error as one of another kind.
    #[must_use]
    pub fn as_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Returns its message in the words of `interface`.
    #[must_use]
    pub fn words(&self, interface: Interface) -> String {
        let mut words = match self.kind {
            ErrorKind::Internal => "internal error (please report it): ".to_owned(),
            _ => String::new(),
        };
        for context in &self.within {
            words += context;
            words += ": ";
        }
        words + &self.problem.words(interface)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Interface::CommandLine))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:?})", self.kind, self.to_string())
    }
}

impl std::error::Error for Error {}

/// Leads what goes wrong back to a setting.
pub trait ForSetting {
    /// Returns the same result, whose error is led to by the setting at `path` where nothing nearer to it is known.
    #[must_use]
    fn for_setting(self, path: &'static str) -> Self;
}

impl<T> ForSetting for Result<T> {
    fn for_setting(self, path: &'static str) -> Self {
        self.map_err(|error| error.for_setting(path))
    }
}

/// What candle says, without the backtrace that it appends where the environment asks for one.
#[must_use]
pub fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Tensor arithmetic fails only where shapes do not fit, which checked inputs rule out, or where a device has no memory
/// left, which the drivers say in words of their own.
impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        let words = first_line(&error);
        let full = ["OUT_OF_MEMORY", "out of memory", "ALLOC_FAILED"].iter().any(|sign| words.contains(sign));
        if full {
            Self::out_of_memory(format!("the device has no memory left: {words}"))
        } else {
            Self::internal(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_and_what() {
        let error = Error::data("broken".to_owned()).context("line 3").context("a.jsonl");
        assert_eq!(error.to_string(), "a.jsonl: line 3: broken");
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Data, 65));
        assert_eq!(Error::internal("a bug").to_string(), "internal error (please report it): a bug");
    }

    #[test]
    fn the_setting_that_is_nearest_counts() {
        let error = Error::data("broken").for_setting("texts.source").for_setting("model.id");
        assert_eq!(error.setting(), Some("texts.source"));
    }
}
