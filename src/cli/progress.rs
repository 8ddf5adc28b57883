//! What commands tell on stderr while they work.

use crate::hub;
use crate::runner::size;
use crate::visible;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How far a download is, in a line.
pub fn download(progress: &hub::Progress) -> String {
    if progress.total == 0 {
        return format!("Asking the Hub for the list of files of {}", progress.repository);
    }
    let left = progress.left.map_or(String::new(), |left| format!(", {} left", clock(left)));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bytes, from 0
    let speed = size(progress.bytes_per_second as u64);
    format!(
        "Fetching {} of {}: {} of {}, {speed}/s{left}",
        progress.file,
        progress.repository,
        size(progress.done),
        size(progress.total)
    )
}

/// Minutes and seconds.
pub fn clock(duration: Duration) -> String {
    format!("{}:{:02}", duration.as_secs() / 60, duration.as_secs() % 60)
}

/// A line on stderr that is written over on a terminal, and repeated every few seconds elsewhere.
pub struct Line {
    terminal: bool,
    last: Option<Instant>,
}

impl Line {
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), last: None }
    }

    pub fn update(&mut self, words: &str) {
        let pause = if self.terminal { Duration::from_millis(100) } else { Duration::from_secs(5) };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(Instant::now());
        self.write(words, self.terminal);
    }

    pub fn say(&self, words: &str) {
        self.write(words, false);
    }

    pub fn end(&self) {
        self.write("", self.terminal);
    }

    fn write(&self, words: &str, stay: bool) {
        let mut stderr = std::io::stderr().lock();
        let words = visible::line(words);
        // Where nobody can read the progress, the run goes on without it.
        let _ = match (self.terminal, stay) {
            (true, true) => write!(stderr, "\r\x1b[K{words}").and_then(|()| stderr.flush()),
            (true, false) => writeln!(stderr, "\r\x1b[K{words}"),
            (false, _) if words.is_empty() => Ok(()),
            (false, _) => writeln!(stderr, "{words}"),
        };
    }
}
