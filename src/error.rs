//! The one error type of the library: a message for a person, and what kind of trouble it is.

/// What went wrong, in words that name the file or field, what was found and what was expected.
///
/// The variants are the kinds of trouble that a caller tells apart; the command line turns each into its own
/// exit code (see [`Error::exit_code`]).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command or the study asks for something that cannot be: the user has to change it.
    #[error("{0}")]
    Usage(String),
    /// A file that was read is broken, or a result is not a number.
    #[error("{0}")]
    Data(String),
    /// A device, a display or a network that is needed is not there.
    #[error("{0}")]
    Unavailable(String),
    /// A model or a data set of the Hub that is not on this machine.
    #[error("{0}")]
    NotCached(String),
    /// The device has no memory left; less at a time may fit.
    #[error("{0}")]
    OutOfMemory(String),
    /// The output cannot be written, exists, or is unfinished.
    #[error("{0}")]
    Output(String),
    /// The run was stopped before its end; what was finished is kept and can be resumed.
    #[error("{0}")]
    Stopped(String),
    /// A bug in Polarscope.
    #[error("internal error (please report it): {0}")]
    Internal(String),
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The exit code of a process that ends with this error, from sysexits.h where it has one.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Data(_) => 65,
            Self::Unavailable(_) | Self::NotCached(_) | Self::OutOfMemory(_) => 69,
            Self::Internal(_) => 70,
            Self::Output(_) => 73,
            Self::Stopped(_) => 75,
        }
    }

    /// The same kind of error with `context` put before its message: `context: message`.
    #[must_use]
    pub fn context(self, context: impl std::fmt::Display) -> Self {
        let wrap = |message: String| format!("{context}: {message}");
        match self {
            Self::Usage(m) => Self::Usage(wrap(m)),
            Self::Data(m) => Self::Data(wrap(m)),
            Self::Unavailable(m) => Self::Unavailable(wrap(m)),
            Self::NotCached(m) => Self::NotCached(wrap(m)),
            Self::OutOfMemory(m) => Self::OutOfMemory(wrap(m)),
            Self::Output(m) => Self::Output(wrap(m)),
            Self::Stopped(m) => Self::Stopped(wrap(m)),
            Self::Internal(m) => Self::Internal(wrap(m)),
        }
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
        if full { Self::OutOfMemory(format!("the device has no memory left: {words}")) } else { Self::Internal(words) }
    }
}
