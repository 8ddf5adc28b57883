//! The study file: one SQLite database that holds a study, its provenance and every trial.

mod difference;
mod items;
mod lock;
mod read;
mod write;

pub use items::Counted;

use crate::error::{Error, Result};
use lock::WriterLock;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};

/// Marks a SQLite file as a Polarscope study file: "POLR".
const APPLICATION_ID: i32 = 0x504F_4C52;

/// Version of the schema that this program reads and writes.
pub const SCHEMA_VERSION: i32 = 2;

/// An open study file.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// Held by the one process that writes.
    lock: Option<WriterLock>,
}

/// A batch of trials as it is planned: `items` × `conditions`, by their ids in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id in the file; batches are run in this order.
    pub id: usize,
    /// The experiment.
    pub experiment: crate::experiment::Kind,
    /// Texts or pairs.
    pub items: Vec<usize>,
    /// Conditions.
    pub conditions: Vec<usize>,
}

impl Store {
    /// Creates a new study file at `path` for writing.
    ///
    /// # Errors
    /// [`Error::Output`] where it exists or cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(Error::Output(format!("{} exists already", path.display())));
        }
        let lock = WriterLock::take(path)?;
        let connection = Connection::open(path).map_err(|error| at(path, &error))?;
        let mut store = Self { connection, path: path.to_owned(), lock: Some(lock) };
        store.configure()?;
        store.transaction(|t| {
            t.execute_batch(include_str!("schema.sql"))?;
            t.pragma_update(None, "application_id", APPLICATION_ID)?;
            t.pragma_update(None, "user_version", SCHEMA_VERSION)
        })?;
        Ok(store)
    }

    /// Opens the study file at `path` for reading.
    ///
    /// # Errors
    /// [`Error::Data`] where there is none, it is not one, or its schema is newer than this program.
    pub fn open(path: &Path) -> Result<Self> {
        Self::connect(path, None)
    }

    /// Opens the study file at `path` for writing.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::Output`] where another process is writing to it, which the message names.
    pub fn open_to_write(path: &Path) -> Result<Self> {
        // Looked at before it is locked, so that nothing is left beside a file that is not ours.
        drop(Self::open(path)?);
        let lock = WriterLock::take(path)?;
        let mut store = Self::connect(path, Some(lock))?;
        store.configure()?;
        Ok(store)
    }

    fn connect(path: &Path, lock: Option<WriterLock>) -> Result<Self> {
        let shown = path.display();
        if !path.is_file() {
            return Err(Error::Data(format!("{shown}: there is no such study file")));
        }
        // Readers, too, may have to recover what a killed writer left; where the file cannot be written they read it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| at(path, &error))?;
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        match (pragma("application_id"), pragma("user_version")) {
            (Ok(APPLICATION_ID), Ok(version)) if version > SCHEMA_VERSION => Err(Error::Data(format!(
                "{shown}: written by a newer Polarscope (schema {version}; this one reads {SCHEMA_VERSION}); \
                 update Polarscope to open it"
            ))),
            (Ok(APPLICATION_ID), Ok(version)) if version < SCHEMA_VERSION => Err(Error::Data(format!(
                "{shown}: written by a Polarscope before its first release (schema {version}; this one reads \
                 {SCHEMA_VERSION}); run its study again"
            ))),
            (Ok(APPLICATION_ID), Ok(_)) => Ok(Self { connection, path: path.to_owned(), lock }),
            (Err(error), _) if error.sqlite_error_code() != Some(ErrorCode::NotADatabase) => Err(at(path, &error)),
            _ => Err(Error::Data(format!("{shown}: not a Polarscope study file"))),
        }
    }

    /// Write-ahead logging, so that a reader never waits for the writer and a killed process loses no commit.
    fn configure(&mut self) -> Result<()> {
        let set = |name, value: &str| self.connection.pragma_update(None, name, value);
        set("journal_mode", "WAL").and_then(|()| set("synchronous", "NORMAL")).map_err(|error| at(&self.path, &error))
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All that `work` writes through this store, or, where it fails, nothing.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Output`] where the file cannot be written.
    pub fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let execute = |store: &Self, sql| store.connection.execute_batch(sql).map_err(|error| at(&store.path, &error));
        execute(self, "BEGIN IMMEDIATE")?;
        match work(self) {
            Ok(value) => execute(self, "COMMIT").map(|()| value),
            Err(error) => {
                // Where even this fails, SQLite takes the transaction back when the file is next opened.
                let _ = execute(self, "ROLLBACK");
                Err(error)
            }
        }
    }

    /// One step of writing, by itself or within [`Store::atomically`].
    fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let run = || {
            let savepoint = self.connection.savepoint()?;
            let value = work(&savepoint)?;
            savepoint.commit()?;
            Ok(value)
        };
        run().map_err(|error| at(&self.path, &error))
    }
}

/// SQLite's error in our words.
fn at(path: &Path, error: &rusqlite::Error) -> Error {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Output(format!(
            "{shown}: the disk is full; what is finished is kept, make room and run again with --resume"
        )),
        Some(ErrorCode::OutOfMemory) => Error::Unavailable(format!(
            "{shown}: there is not enough memory to work on it; what is finished is kept, make room and run again with \
             --resume"
        )),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            Error::Data(format!("{shown}: not a readable study file: {error}"))
        }
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked,
        ) => Error::Output(format!("{shown}: cannot be written: {error}")),
        Some(_) => Error::Internal(format!("{shown}: {error}")),
        // Not SQLite itself, but a value that does not have the type that the schema says.
        None => Error::Data(format!("{shown}: holds what no study file should: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Arm, Commit, Condition, Kind, Score, Trial};
    use crate::study::Study;

    fn commit(items: std::ops::Range<usize>) -> Commit {
        let score = Score { value: 1.5, sentences: None };
        let trials = items.map(|item| Trial { condition: 0, item, score, readings: Vec::new() }).collect();
        Commit { trials, ..Commit::default() }
    }

    #[test]
    fn a_full_disk_is_reported_and_what_was_there_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("full.polar");
        let mut store = Store::create(&path).unwrap();
        let clean = Condition { experiment: Kind::Sweep, disturbance: None, arm: Arm::default() };
        store.set_study(&Study::demo(), &[]).unwrap();
        store.add_conditions(&[clean], "strict").unwrap();
        store.commit(0, &commit(0..10), 3).unwrap();
        assert_eq!(store.provenance().unwrap()["batch 0 ran in parts, for want of memory"], "3");
        let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
        let error = store.commit(1, &commit(10..100_000), 1).unwrap_err();
        assert_eq!(error.exit_code(), 73);
        assert!(error.to_string().contains("full.polar") && error.to_string().contains("disk is full"), "{error}");
        drop(store);
        let results = Store::open(&path).unwrap().results().unwrap();
        assert_eq!(results.finished(), 10, "the batch that did not fit left nothing");
        assert!(!path.with_extension("polar.lock").exists());
    }

    #[test]
    fn one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.polar");
        let first = Store::create(&path).unwrap();
        let error = Store::open_to_write(&path).err().unwrap();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        Store::open(&path).unwrap(); // readers are welcome
        drop(first);
        Store::open_to_write(&path).unwrap();
    }
}
