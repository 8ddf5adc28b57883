//! The study file: one SQLite database that holds a study, its provenance and every trial.

mod bounds;
mod cells;
mod difference;
mod durable;
mod items;
mod lock;
mod log;
mod movements;
mod numbers;
mod place;
mod read;
mod results;
mod schema;
mod words;
mod write;

pub use durable::Ending;
pub use items::Counted;
pub use schema::SCHEMA_VERSION;

use crate::error::{Error, Result};
use lock::WriterLock;
use log::Mark;
use place::{Beside, Place};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use schema::Found;
use std::path::Path;
use std::time::Instant;

/// An open study file.
pub struct Store {
    connection: Connection,
    place: Place,
    /// Held by the one process that writes.
    lock: Option<WriterLock>,
    /// When the file itself last held everything, without its log.
    saved: Instant,
    /// What the log begins with, once there is one.
    mark: Option<Mark>,
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

impl Batch {
    /// How many trials it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.items.len().saturating_mul(self.conditions.len())
    }
}

impl Store {
    /// Creates a new study file at `path` for writing: whole, or not at all. One that holds no trial yet, as a run leaves
    /// it that ends before its first batch, gives way to it.
    ///
    /// # Errors
    /// [`Error::output`] where something else is there or it cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        Self::check_place(path)?;
        let place = Place::to_write(path)?;
        let lock = WriterLock::take(&place)?;
        if place.file().exists() {
            let shown = path.display();
            let left = |why: Error| Error::output(format!("{shown} exists already and is left as it is ({why})"));
            if Self::holds_trials(path).map_err(left)? {
                return Err(Error::output(format!("{shown} exists already")));
            }
        }
        place.remove_beside(Beside::Packed)?;
        let memory = Connection::open_in_memory().and_then(|memory| schema::make(&memory).map(|()| memory));
        let memory = memory.map_err(|error| words::beginning(path, &error))?;
        durable::pack(&memory, &place, words::beginning)?;
        place.publish()?;
        Self::connect(place, Some(lock)).map(|(store, _)| store)
    }

    /// Checks that a study file can be written at `path`, as far as that can be said before it is.
    ///
    /// # Errors
    /// [`Error::output`] where the path is none for a study file, or files that are not ours are in the way beside it.
    pub fn check_place(path: &Path) -> Result<()> {
        let place = Place::to_write(path)?;
        place.check_packed()?;
        [Beside::Lock, Beside::Packed]
            .into_iter()
            .chain(Beside::OF_SQLITE)
            .try_for_each(|kind| place.has_beside(kind).map(|_| ()))
    }

    /// Checks that files can be made in the folder of the study file at `path`: the lock and the logs stand there.
    ///
    /// # Errors
    /// [`Error::output`] where they cannot.
    pub fn check_folder(path: &Path) -> Result<()> {
        Place::to_write(path)?.check_folder()
    }

    /// Whether there is a study file at `path` that holds trials: one that does not has nothing that could be lost.
    ///
    /// # Errors
    /// As [`Store::open`], where there is another file.
    pub fn holds_trials(path: &Path) -> Result<bool> {
        if !path.exists() {
            return Ok(false);
        }
        match Self::connect(Place::to_read(path)?, None)? {
            (_, Found::Blank) => Ok(false),
            (store, Found::Study) => {
                let sql = "SELECT EXISTS (SELECT 1 FROM trials) OR EXISTS (SELECT 1 FROM batches WHERE done <> 0)";
                store.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| store.failed(&error))
            }
        }
    }

    /// Whether a process is writing to the study file at `path`.
    #[must_use]
    pub fn is_being_written(path: &Path) -> bool {
        Place::to_read(path).is_ok_and(|place| place.is_being_written())
    }

    /// Opens the study file at `path` for reading.
    ///
    /// # Errors
    /// [`Error::data`] where there is none, it is not one, or its schema is newer than this program.
    pub fn open(path: &Path) -> Result<Self> {
        match Self::connect(Place::to_read(path)?, None)? {
            (store, Found::Study) => Ok(store),
            (store, Found::Blank) => Err(store.broken("is empty: its run ended before it began; run its study again")),
        }
    }

    /// Opens the study file at `path` for writing.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::output`] where another process is writing to it, which the message names.
    pub fn open_to_write(path: &Path) -> Result<Self> {
        // Looked at before it is locked, so that nothing is left beside a file that is not ours.
        drop(Self::open(path)?);
        Self::check_place(path)?;
        let place = Place::to_write(path)?;
        let lock = WriterLock::take(&place)?;
        Self::end_packing(&place)?;
        let (mut store, _) = Self::connect(place, Some(lock))?;
        if store.connection.is_readonly(rusqlite::MAIN_DB).map_err(|error| store.failed(&error))? {
            let shown = store.path().display();
            return Err(Error::output(format!(
                "{shown}: cannot be written: it is read-only; let it be written, or go on with a copy of it"
            )));
        }
        store.continue_marks()?;
        Ok(store)
    }

    fn connect(place: Place, lock: Option<WriterLock>) -> Result<(Self, Found)> {
        let connection = connection(&place, lock.is_some())?;
        let store = Self { connection, place, lock, saved: Instant::now(), mark: None };
        if store.lock.is_some() {
            let set = |name, value: i32| store.connection.pragma_update(None, name, value);
            // FULL: what is committed outlives a power cut. The log is emptied by `save` alone.
            let set = set("synchronous", 2).and_then(|()| set("wal_autocheckpoint", 0));
            set.map_err(|error| store.failed(&error))?;
        }
        let found = store.check_schema()?;
        let is_known = store.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        is_known.map_err(|error| store.failed(&error))?;
        Ok((store, found))
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.shown()
    }

    /// SQLite's error in our words.
    fn failed(&self, error: &rusqlite::Error) -> Error {
        let words = if self.lock.is_some() { words::writing } else { words::reading };
        words(self.path(), error)
    }

    fn broken(&self, what: &str) -> Error {
        Error::data(format!("{}: {what}", self.path().display()))
    }

    /// All that `work` writes through this store, or, where it fails, nothing.
    ///
    /// # Errors
    /// What `work` returns; [`Error::output`] where the file cannot be written.
    pub fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let execute = |store: &Self, sql| store.connection.execute_batch(sql).map_err(|error| store.failed(&error));
        execute(self, "BEGIN IMMEDIATE")?;
        // What is written can be opened again.
        match work(self).and_then(|value| self.check_bounds().map(|()| value)) {
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
            if let Some(mark) = &self.mark {
                log::write(&savepoint, mark)?;
            }
            let value = work(&savepoint)?;
            savepoint.commit()?;
            Ok(value)
        };
        run().map_err(|error| self.failed(&error))
    }
}

/// Connects to the study file at `place`.
fn connection(place: &Place, writing: bool) -> Result<Connection> {
    let words = if writing { words::writing } else { words::reading };
    let failed = |error: &rusqlite::Error| words(place.shown(), error);
    if !writing {
        place.check_logs()?;
    }
    // Readers, too, may have to recover what a killed writer left; where the file cannot be written they read it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(place.file(), flags).map_err(|error| failed(&error))?;
    // Until the file is known to be whole with its log, closing it leaves both as they are.
    let kept = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    kept.map_err(|error| failed(&error))?;
    let look = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    let code = look.err().and_then(|error| error.sqlite_error_code());
    let alone = matches!(
        code,
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure)
    );
    if writing || !alone {
        return Ok(connection);
    }
    // A folder in which nothing can be written. Without a log the file can be read as it is.
    for kind in [Beside::Log, Beside::Journal] {
        let path = place.beside(kind);
        if std::fs::metadata(&path).is_ok_and(|found| found.len() > 0) {
            return Err(Error::data(format!(
                "{}: cannot be read without {}, and that only in a folder that can be written; copy both into one",
                place.shown().display(),
                path.display()
            )));
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(place.immutable_address(), flags).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests;
