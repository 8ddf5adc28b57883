//! SQLite's errors in our words.

use crate::error::{Advised, Error, Hint};
use rusqlite::ErrorCode;
use std::path::Path;

/// SQLite's error at a path, in our words.
pub(super) type Words = fn(&Path, &rusqlite::Error) -> Error;

/// What failed when a study file was made, before there was one.
pub(super) fn beginning(path: &Path, error: &rusqlite::Error) -> Error {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            Error::output(format!("{shown}: cannot be written: the disk is full; nothing was begun"))
        }
        Some(ErrorCode::SystemIoFailure) => {
            Error::output(format!("{shown}: cannot be written: {error}; nothing was begun"))
        }
        _ => writing(path, error),
    }
}

/// What failed when a study file was written.
pub(super) fn writing(path: &Path, error: &rusqlite::Error) -> Error {
    let shown = path.display();
    let kept = |why: &str, hint| {
        let found = format!("{shown}: cannot be written: {why}; every finished trial is kept, ");
        Error::output(Advised::new(found, &[hint]))
    };
    if let Some(error) = no_more_files(path, error) {
        return error;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => kept("the disk is full", Hint::ResumeWithRoom),
        Some(ErrorCode::SystemIoFailure) => kept(&error.to_string(), Hint::ResumeWhenWritable),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            kept("another program has it open", Hint::ResumeWhenClosed)
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Error::output(format!("{shown}: cannot be written: {error}"))
        }
        Some(
            ErrorCode::Unknown | ErrorCode::ApiMisuse | ErrorCode::ParameterOutOfRange | ErrorCode::InternalMalfunction,
        ) => Error::internal(format!("{shown}: {error}")),
        _ => reading(path, error),
    }
}

/// What failed when a study file, which may be anybody's, was read.
pub(super) fn reading(path: &Path, error: &rusqlite::Error) -> Error {
    let shown = path.display();
    if let Some(error) = no_more_files(path, error) {
        return error;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::OutOfMemory) => Error::unavailable(format!("{shown}: there is no memory left to read it")),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::output(format!("{shown}: another program is writing to it; try again"))
        }
        Some(ErrorCode::ConstraintViolation) => Error::data(format!("{shown}: contradicts itself: {error}")),
        Some(
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::PermissionDenied,
        ) => Error::data(format!("{shown}: cannot be read: {error}")),
        Some(ErrorCode::ApiMisuse) => Error::internal(format!("{shown}: {error}")),
        Some(_) => Error::data(format!("{shown}: not a readable study file: {error}")),
        // Not SQLite itself, but a value that does not have the type that the schema says.
        None => Error::data(format!("{shown}: holds what no study file should: {error}")),
    }
}

/// Says so where this process may open no further files, which SQLite does not tell. Tried with the folder: to close the file
/// itself would take this process's locks from it.
fn no_more_files(path: &Path, error: &rusqlite::Error) -> Option<Error> {
    /// ENFILE and EMFILE.
    const TOO_MANY: [i32; 2] = [23, 24];
    /// The study file, its log and the index of it.
    const NEEDED: usize = 3;
    let may_be = matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure));
    if !may_be || !cfg!(unix) {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let opened: Vec<std::io::Result<std::fs::File>> = (0..NEEDED).map(|_| std::fs::File::open(folder)).collect();
    let mut codes = opened.iter().filter_map(|file| file.as_ref().err()?.raw_os_error());
    codes.find(|code| TOO_MANY.contains(code)).map(|_| {
        let shown = path.display();
        Error::unavailable(format!("{shown}: no further file can be opened; raise the limit of open files (ulimit -n)"))
    })
}

/// The beginning of `text`, which may be anything, for a message.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 40;
    let start: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() { format!("{start}…") } else { start }
}
