//! What outlives kills, full disks and power cuts: the log and when it is emptied, and the finished file.

use super::log::Mark;
use super::place::{Beside, Place};
use super::words::Words;
use super::{Store, words};
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::time::{Duration, Instant};

/// At least so often what is committed is moved from the log into the file itself …
const BETWEEN_SAVES: Duration = Duration::from_secs(30);

/// … and whenever the log has so many bytes.
const LARGEST_LOG: u64 = 16 << 20;

/// How long the end of a run waits for those who read its file, where the system lets no open file be replaced.
const PATIENCE: Duration = Duration::from_secs(3);

/// How a study file was finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was complete already and is left as it is.
    Unchanged,
    /// It is one file.
    Packed,
    /// It is one file; another program that has the former one open sees that until it opens it again.
    Replaced,
    /// Another program has it open, and the system does not let it be replaced: everything is in it, but its log stays
    /// beside it.
    Open,
}

impl Store {
    /// Begins to write by a log, so that a reader never waits for the writer, and a killed process loses no commit.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn start_log(&mut self) -> Result<()> {
        self.connection.pragma_update(None, "journal_mode", "WAL").map_err(|error| self.failed(&error))?;
        // SQLite opens the log with the first statement that reads; before that it cannot be emptied.
        self.has_study()?;
        self.start_marks()?;
        self.save().map(|_| ())
    }

    /// Moves everything that is committed into the file itself, which then needs no log. Gives false where a reader is at
    /// an older state of it.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn save(&mut self) -> Result<bool> {
        let connection = &self.connection;
        let run = || -> rusqlite::Result<bool> {
            let before: i32 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
            // A run waits for no reader.
            connection.busy_timeout(Duration::ZERO)?;
            let held = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
            connection.busy_timeout(Duration::from_millis(u64::try_from(before).unwrap_or_default()))?;
            Ok(!held?)
        };
        let saved = run().map_err(|error| self.failed(&error))?;
        if saved {
            self.saved = Instant::now();
            self.mark.iter_mut().for_each(Mark::advance);
        }
        Ok(saved)
    }

    /// Saves where it is time to.
    pub(super) fn save_if_due(&mut self) -> Result<()> {
        let log = std::fs::metadata(self.place.beside(Beside::Log)).map_or(0, |log| log.len());
        if log > 0 && (self.saved.elapsed() >= BETWEEN_SAVES || log >= LARGEST_LOG) {
            self.save()?;
        }
        Ok(())
    }

    /// Makes one file of it again, laid out by its contents alone: runs that did the same work, interrupted or not, end in
    /// the same bytes. A file to which nothing was added is left as it is.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn finish(mut self) -> Result<Ending> {
        let mode = self.connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
        if self.connection.total_changes() == 0 && mode.map_err(|error| self.failed(&error))? == "delete" {
            return Ok(Ending::Unchanged);
        }
        self.end_marks()?;
        self.save()?;
        pack(&self.connection, &self.place, words::writing)?;
        let Self { connection, place, lock, .. } = self;
        drop(connection);
        // The last connection takes the log with it.
        let others = place.beside(Beside::Log).exists();
        let start = Instant::now();
        let mut published = place.publish();
        while published.is_err() && others && cfg!(windows) {
            if start.elapsed() > PATIENCE {
                let _ = place.remove_beside(Beside::Packed);
                return Ok(Ending::Open);
            }
            std::thread::sleep(Duration::from_millis(50));
            published = place.publish();
        }
        published?;
        drop(lock);
        Ok(if others { Ending::Replaced } else { Ending::Packed })
    }

    /// Does what is left of the packing of a run that was killed in it: a copy that is complete takes the place of the
    /// file that it was made of, another one is removed.
    pub(super) fn end_packing(place: &Place) -> Result<()> {
        if !place.has_beside(Beside::Packed)? {
            return Ok(());
        }
        let packed = || Self::connect(place.packed(), None).and_then(|(packed, _)| Ok((packed.is_finished()?, packed)));
        // A copy that cannot be read was not complete.
        let Ok((true, packed)) = packed() else { return place.remove_beside(Beside::Packed) };
        let (file, _) = Self::connect(place.clone(), None)?;
        if !packed.is_copy_of(&file)? {
            return Err(Error::output(format!(
                "{}: is a finished study, and not this one; move it away, or give it a name of its own",
                place.beside(Beside::Packed).display()
            )));
        }
        drop((packed, file));
        place.publish()
    }

    /// Whether this file has all that `other` has, its plan and where it comes from, and its results are sound.
    fn is_copy_of(&self, other: &Self) -> Result<bool> {
        let same = other.check_extension(&self.study()?).is_ok()
            && has_all(&self.provenance()?, &other.provenance()?)
            && has_all(&self.texts()?, &other.texts()?)
            && has_all(&self.pairs()?, &other.pairs()?)
            && has_all(&self.conditions()?, &other.conditions()?);
        Ok(same && self.results()?.is_complete())
    }
}

fn has_all<K: Ord, V: PartialEq>(all: &BTreeMap<K, V>, some: &BTreeMap<K, V>) -> bool {
    some.iter().all(|(key, value)| all.get(key) == Some(value))
}

/// Writes all that `connection` sees into the packed copy of `place`, which is safe on the disk then; `failed` says what
/// comes of an error.
pub(super) fn pack(connection: &Connection, place: &Place, failed: Words) -> Result<()> {
    place.check_packed()?;
    place.remove_beside(Beside::Packed)?; // of a run that was killed at this very point
    let packed = place.beside(Beside::Packed);
    let cannot = |error| Error::output(format!("{}: cannot be written: {error}", packed.display()));
    // Made here, and not by SQLite, which would follow a link.
    OpenOptions::new().create_new(true).write(true).open(&packed).map_err(cannot)?;
    let written = connection.execute("VACUUM INTO ?", [packed.to_string_lossy()]);
    written.map_err(|error| {
        let _ = std::fs::remove_file(&packed);
        failed(place.shown(), &error)
    })?;
    Ok(())
}
