//! Whose a log is. SQLite applies whatever log it finds beside a file as long as the log's own sums are right; that of another
//! run, or an older one of the same run, would make a mixture of two files. So a file that is written has a mark, a row of
//! `provenance` that every log begins with: the run, and a number that grows each time that the log is emptied.

use super::Store;
use super::place::Beside;
use crate::error::{Error, Result};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fmt;

/// The key of the mark in the table `provenance`; a finished file has none.
pub(super) const KEY: &str = "log";

/// What a log and its file say of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Drawn when the file is begun.
    run: String,
    /// How many logs there were before.
    number: u64,
}

impl Mark {
    /// The mark of the file that `connection` reads; none where it has none.
    fn read(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let sql = "SELECT value FROM provenance WHERE key = ?";
        let words: Option<String> = connection.query_row(sql, [KEY], |row| row.get(0)).optional()?;
        let parse = |words: String| {
            let (run, number) = words.split_once(' ')?;
            Some(Self { run: run.to_owned(), number: number.parse().ok()? })
        };
        Ok(words.and_then(parse))
    }

    /// The first mark of a new file.
    fn draw(connection: &Connection) -> rusqlite::Result<Self> {
        let run = connection.query_row("SELECT lower(hex(randomblob(8)))", [], |row| row.get(0))?;
        Ok(Self { run, number: 0 })
    }

    /// The mark of the next log.
    pub(super) fn advance(&mut self) {
        self.number += 1;
    }

    /// Whether a log that begins with this mark is of the file that has the mark `file`: what is in it may have been moved
    /// into the file, all or in part, or not.
    fn is_of(&self, file: Option<&Self>) -> bool {
        match file {
            Some(file) => self.run == file.run && [file.number, file.number.saturating_add(1)].contains(&self.number),
            None => self.number == 0,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.run, self.number)
    }
}

/// Writes `mark` where another is.
pub(super) fn write(connection: &Connection, mark: &Mark) -> rusqlite::Result<()> {
    let sql = "INSERT INTO provenance (key, value) VALUES (?, ?)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
    connection.execute(sql, [KEY, &mark.to_string()]).map(|_| ())
}

impl Store {
    /// Begins to mark what is written to the log, in a file that has no mark yet.
    pub(super) fn start_marks(&mut self) -> Result<()> {
        if self.mark.is_none() {
            self.mark = Some(Mark::draw(&self.connection).map_err(|error| self.failed(&error))?);
        }
        self.transaction(|_| Ok(()))
    }

    /// Goes on with the marks of a file that has one: what its last run left in the log is moved into it.
    pub(super) fn continue_marks(&mut self) -> Result<()> {
        self.mark = Mark::read(&self.connection).map_err(|error| self.failed(&error))?;
        if self.mark.is_some() {
            self.save()?;
        }
        Ok(())
    }

    /// Takes the mark away: a finished file depends on its contents alone.
    pub(super) fn end_marks(&mut self) -> Result<()> {
        self.mark = None;
        self.transaction(|t| t.execute("DELETE FROM provenance WHERE key = ?", [KEY]).map(|_| ()))
    }

    /// Checks that the log beside the file, which SQLite shows as if it were in the file, is the file's own.
    ///
    /// # Errors
    /// [`Error::data`] where it is not; neither is changed.
    pub(super) fn check_log(&self) -> Result<()> {
        let log = self.place.beside(Beside::Log);
        if !std::fs::metadata(&log).is_ok_and(|found| found.len() > 0) {
            return Ok(());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let alone = Connection::open_with_flags(self.place.immutable_address(), flags);
        // Where a kill came while the log was being emptied, the file alone may not be readable; with its log it is.
        let Ok(alone) = alone.and_then(|alone| Mark::read(&alone)) else { return Ok(()) };
        let seen = Mark::read(&self.connection).map_err(|error| self.failed(&error))?;
        // At its end a run takes the mark away.
        if seen.is_none_or(|seen| seen.is_of(alone.as_ref())) || self.place.is_being_written() {
            return Ok(());
        }
        Err(Error::data(format!(
            "{}: the log {} beside it is of another run, or an older one of this; move it away, or put the file's own in its \
             place",
            self.path().display(),
            log.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn a_log_is_of_the_file_that_it_was_begun_for() {
        let mark = |run: &str, number| Mark { run: run.to_owned(), number };
        assert!(mark("a", 3).is_of(Some(&mark("a", 3))) && mark("a", 3).is_of(Some(&mark("a", 2))));
        assert!(!mark("a", 3).is_of(Some(&mark("a", 4))) && !mark("a", 3).is_of(Some(&mark("a", 1))));
        assert!(!mark("b", 3).is_of(Some(&mark("a", 3))));
        assert!(mark("a", 0).is_of(None) && !mark("a", 1).is_of(None));
    }
}
