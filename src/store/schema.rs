//! The schema: schema.sql is what a study file is made with, and what one is compared with when it is opened.

use super::Store;
use crate::error::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use std::collections::BTreeMap;

/// Marks a SQLite file as a Polarscope study file: "POLR".
pub(super) const APPLICATION_ID: i32 = 0x504F_4C52;

/// Version of the schema that this program writes.
pub const SCHEMA_VERSION: i32 = 4;

/// The oldest version that this program reads. Version 2 had readings as JSON lists, and up to version 3 arms had their names
/// in words; an older file that is gone on with stays what it is.
const OLDEST_VERSION: i32 = 2;

/// What a SQLite file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A study file of this version, with the tables of schema.sql and nothing else.
    Study,
    /// A database without a table: of a run that ended while it made its file.
    Blank,
}

/// Makes the tables in an empty database.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("schema.sql"))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

/// Name → (kind, SQL) of everything in the schema of a database.
type Schema = BTreeMap<String, (String, Option<String>)>;

fn schema_of(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut statement = connection.prepare("SELECT name, type, sql FROM sqlite_schema")?;
    statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
}

/// The schema that schema.sql makes, or made in this older `version`.
fn ours(version: i32) -> rusqlite::Result<Schema> {
    let memory = Connection::open_in_memory()?;
    make(&memory)?;
    let mut schema = schema_of(&memory)?;
    if let (2, Some((_, Some(sql)))) = (version, schema.get_mut("readings")) {
        *sql = sql.replace("\"values\"  BLOB", "\"values\"  TEXT");
    }
    Ok(schema)
}

impl Store {
    /// The version of the file's schema.
    pub(super) fn version(&self) -> Result<i32> {
        let version = self.connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.map_err(|error| self.failed(&error))
    }

    /// Checks, before anything is read, that the file has the tables of schema.sql and nothing else, so that no view or
    /// trigger of another's file ever runs, and that no page of it is used twice, so that reading it ends.
    ///
    /// # Errors
    /// [`Error::data`] where it is none of ours, of another version or damaged.
    pub(super) fn check_schema(&self) -> Result<Found> {
        let (connection, shown) = (&self.connection, self.path().display());
        let failed = |error| self.failed(&error);
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
        connection.pragma_update(None, "cell_size_check", true).map_err(failed)?;
        let not_ours = || Error::data(format!("{shown}: not a Polarscope study file"));
        let pragma = |name: &str| match connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(not_ours()),
            other => other.map_err(failed),
        };
        let (id, version) = (pragma("application_id")?, pragma("user_version")?);
        if [0, APPLICATION_ID].contains(&id) {
            let count = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get::<_, u64>(0));
            if count.map_err(failed)? == 0 {
                return Ok(Found::Blank);
            }
        }
        if id != APPLICATION_ID {
            return Err(not_ours());
        }
        if version > SCHEMA_VERSION {
            return Err(Error::data(format!(
                "{shown}: written by a newer Polarscope (schema {version}; this one reads {SCHEMA_VERSION}); update \
                 Polarscope to open it"
            )));
        }
        if version < OLDEST_VERSION {
            return Err(Error::data(format!(
                "{shown}: written by a Polarscope before its first release (schema {version}; this one reads \
                 {OLDEST_VERSION} and later); run its study again"
            )));
        }
        let (expected, found) = (ours(version).map_err(failed)?, schema_of(connection).map_err(failed)?);
        if let Some(what) = difference(&expected, &found) {
            return Err(self.broken(&format!("its schema is not that of a study file: {what}")));
        }
        if self.lock.is_none() {
            self.check_log()?;
        }
        let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if damage != "ok" {
            let damage = damage.lines().next_back().unwrap_or_default();
            return Err(self.broken(&format!("is damaged: {damage}")));
        }
        self.check_bounds()?;
        Ok(Found::Study)
    }
}

/// The first difference, in words.
fn difference(expected: &Schema, found: &Schema) -> Option<String> {
    if let Some(name) = expected.keys().find(|name| !found.contains_key(*name)) {
        return Some(format!("it has no table {name}"));
    }
    found.iter().find_map(|(name, (kind, sql))| match expected.get(name) {
        None => Some(format!("it has a {kind} \"{}\", which no study file has", super::words::short(name))),
        Some((ours, _)) if ours != kind => Some(format!("{name} is a {kind}, expected a {ours}")),
        Some((_, ours)) if ours != sql => Some(format!("the columns of the table {name} are others")),
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens a new study file that `sql` was applied to.
    fn opened_after(sql: &str) -> Result<Store> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.polar");
        drop(Store::create(&path).unwrap());
        let theirs = Connection::open(&path).unwrap();
        theirs.execute_batch(sql).unwrap();
        drop(theirs);
        Store::open(&path)
    }

    #[test]
    fn a_file_has_our_tables_and_nothing_else() {
        opened_after("").unwrap();
        for (sql, words) in [
            ("CREATE VIEW v AS SELECT 1", "has a view \"v\""),
            ("CREATE TRIGGER t AFTER INSERT ON study BEGIN SELECT 1; END", "has a trigger \"t\""),
            ("CREATE INDEX i ON trials (value)", "has a index \"i\""),
            ("CREATE TABLE more (x)", "has a table \"more\""),
            ("CREATE VIRTUAL TABLE f USING fts5 (x)", "has a table \"f"),
            ("ALTER TABLE trials ADD COLUMN note TEXT", "table trials are others"),
            ("ALTER TABLE trials ADD COLUMN twice AS (value * 2)", "table trials are others"),
            ("DROP TABLE shifts", "has no table shifts"),
            ("DROP TABLE shifts; CREATE VIEW shifts AS SELECT 1", "shifts is a view"),
            ("PRAGMA user_version = 5", "newer"),
            ("PRAGMA user_version = 2", "table readings are others"),
            ("PRAGMA user_version = 1", "before its first release"),
            ("PRAGMA application_id = 7", "not a Polarscope study file"),
        ] {
            let error = opened_after(sql).err().unwrap();
            assert_eq!(error.exit_code(), 65, "{sql}: {error}");
            assert!(error.to_string().contains(words), "{sql}: {error}");
        }
    }

    #[test]
    fn pages_that_are_used_twice_are_found() {
        let error = opened_after(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'shifts')
             WHERE name = 'displacements'",
        );
        let error = error.err().unwrap();
        assert!(error.exit_code() == 65 && error.to_string().contains("damaged"), "{error}");
    }
}
