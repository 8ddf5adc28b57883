//! One writer at a time: an advisory lock on a small file beside the study file, which the system takes away with
//! the process however it ends.

use crate::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The right to write to a study file.
pub struct WriterLock {
    file: File,
    path: PathBuf,
}

impl WriterLock {
    /// Takes the lock of the study file at `study`.
    ///
    /// # Errors
    /// [`Error::Output`] where another process has it, which the message names, or the folder cannot be written.
    pub fn take(study: &Path) -> Result<Self> {
        let mut path = study.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let cannot = |error| Error::Output(format!("{}: cannot be written: {error}", path.display()));
        let mut file =
            File::options().create(true).truncate(false).write(true).read(true).open(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = std::fs::read_to_string(&path).unwrap_or_default();
                let holder = if holder.is_empty() { "another process" } else { holder.trim() };
                return Err(Error::Output(format!("{}: {holder} is writing to it", study.display())));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        let signature = format!("polarscope, process {}{host},", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(signature.as_bytes())).map_err(cannot)?;
        // Whoever lets go removes the file. If that happened between our opening and locking it, what we hold is a
        // lock on nothing, and the name is gone or another's.
        if std::fs::read_to_string(&path).is_ok_and(|found| found != signature) || !path.exists() {
            return Err(Error::Output(format!("{}: another process has just opened it", study.display())));
        }
        Ok(Self { file, path })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}
