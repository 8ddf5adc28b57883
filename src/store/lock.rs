//! One writer at a time: an advisory lock on a small file beside the study file, which the system takes away with
//! the process however it ends.

use super::place::{Beside, Place, SIGNATURE};
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::PathBuf;
use std::time::Duration;

/// The right to write to a study file.
pub struct WriterLock {
    file: File,
    path: PathBuf,
}

impl WriterLock {
    /// Takes the lock of the study file at `place`.
    ///
    /// # Errors
    /// [`Error::output`] where another process has it, which the message names, the folder cannot be written, or a file
    /// that is no lock has its name.
    pub fn take(place: &Place) -> Result<Self> {
        let (path, shown) = (place.beside(Beside::Lock), place.shown().display());
        let cannot = |error| Error::output(format!("{}: cannot be written: {error}", path.display()));
        let mut file = match OpenOptions::new().create_new(true).write(true).read(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let gone = || Error::output(format!("{shown}: another process has just closed it; try again"));
                place.open_beside(Beside::Lock)?.ok_or_else(gone)?
            }
            other => other.map_err(cannot)?,
        };
        let read = |file: &mut File| {
            let mut words = String::new();
            let _ = file.rewind().and_then(|()| file.take(1000).read_to_string(&mut words));
            words
        };
        let mut taken = file.try_lock();
        for _ in 0..3 {
            // A reader that asks whether somebody writes has it for a moment.
            if !matches!(taken, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read(&mut file);
                let holder = if holder.is_empty() { "another process" } else { holder.trim() };
                return Err(Error::output(format!("{shown}: {holder} is writing to it")));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        let signature = format!("{SIGNATURE}{}{host},", std::process::id());
        let mut lock = Self { file, path: path.clone() };
        let file = &mut lock.file;
        let written = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(signature.as_bytes()));
        written.map_err(cannot)?;
        // Whoever lets go removes the file. If that happened between our opening and locking it, what we hold is a
        // lock on nothing, and the name is gone or another's.
        let found = place.open_beside(Beside::Lock)?.map(|mut found| read(&mut found));
        if found.is_some_and(|found| cfg!(windows) || found == signature) {
            return Ok(lock);
        }
        lock.path = PathBuf::new(); // not ours to remove
        Err(Error::output(format!("{shown}: another process has just opened it")))
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}
