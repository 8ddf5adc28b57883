//! Where a study file is: its path, resolved once, and the files beside it that are its own.

use crate::error::{self, Advised, Error, Hint, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf, is_separator};

/// What every lock begins with; a file that begins otherwise is not ours.
pub(super) const SIGNATURE: &str = "polarscope, process ";

/// The place of a study file.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the user named it: for messages.
    shown: PathBuf,
    /// Absolute and without symbolic links, so that one file has one lock, and no name is an address to SQLite.
    file: PathBuf,
}

/// A file beside the study file that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Says who writes.
    Lock,
    /// The study file as it is made, or made anew, before it takes its name.
    Packed,
    /// SQLite's write-ahead log.
    Log,
    /// SQLite's index of the log.
    Index,
    /// SQLite's rollback journal.
    Journal,
}

impl Beside {
    /// Those of SQLite: what is left of a run that was killed.
    pub const OF_SQLITE: [Self; 3] = [Self::Log, Self::Index, Self::Journal];

    fn ending(self) -> &'static str {
        match self {
            Self::Lock => ".lock",
            Self::Packed => ".packed",
            Self::Log => "-wal",
            Self::Index => "-shm",
            Self::Journal => "-journal",
        }
    }

    /// What the message calls it.
    fn noun(self) -> &'static str {
        match self {
            Self::Lock => "Polarscope's lock",
            Self::Packed => "Polarscope's unfinished copy of the study file",
            Self::Log | Self::Index | Self::Journal => "SQLite's log of the study file",
        }
    }

    /// Whether a file that begins with these 100 bytes, or has only these, may be it. What a killed process or a power
    /// cut left of one may be empty or zeros.
    fn begins(self, head: &[u8]) -> bool {
        if head.iter().all(|byte| *byte == 0) {
            return true;
        }
        match self {
            Self::Lock => head.starts_with(SIGNATURE.as_bytes()),
            Self::Packed => {
                head.starts_with(b"SQLite format 3\0")
                    && head.get(68..72) == Some(super::schema::APPLICATION_ID.to_be_bytes().as_slice())
            }
            Self::Log => head.starts_with(&[0x37, 0x7f, 0x06]),
            Self::Index => true,
            // SQLite writes the first eight bytes, zeros until then, when the rest is safe on the disk.
            Self::Journal => head.starts_with(&[0xd9, 0xd5, 0x05, 0xf9]) || head.starts_with(&[0; 8]),
        }
    }
}

impl Place {
    /// The place of the study file at `path`, which is to be read.
    ///
    /// # Errors
    /// [`Error::data`] where there is no file.
    pub fn to_read(path: &Path) -> Result<Self> {
        match std::fs::canonicalize(path) {
            Ok(file) if file.is_file() => Ok(Self { shown: path.to_owned(), file }),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Err(Error::data(format!("{}: cannot be read: {error}", path.display())))
            }
            _ => Err(Error::data(format!("{}: there is no such study file", path.display()))),
        }
    }

    /// The place of the study file at `path`, which is to be written, whether or not it is there.
    ///
    /// # Errors
    /// [`Error::output`] where no study file can be written there.
    pub fn to_write(path: &Path) -> Result<Self> {
        let shown = path.display();
        let cannot = |why: String| Error::output(format!("{shown}: cannot be written: {why}"));
        let advised =
            |why: &str, hint| Error::output(Advised::new(format!("{shown}: cannot be written: {why}; "), &[hint]));
        let file = match std::fs::canonicalize(path) {
            Ok(file) => file,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(cannot(error.to_string())),
            Err(_) if path.is_symlink() => {
                return Err(cannot("it is a symbolic link to what is not there".to_owned()));
            }
            Err(_) => {
                if path.as_os_str().as_encoded_bytes().last().is_some_and(|end| is_separator(char::from(*end))) {
                    return Err(advised("it names a folder", Hint::FileInIt));
                }
                let folder = match path.parent() {
                    Some(folder) if !folder.as_os_str().is_empty() => folder,
                    _ => Path::new("."),
                };
                let resolved = std::fs::canonicalize(folder).ok().filter(|folder| folder.is_dir());
                let folder = resolved.ok_or_else(|| cannot(format!("there is no folder {}", folder.display())))?;
                folder.join(path.file_name().ok_or_else(|| cannot("it names no file".to_owned()))?)
            }
        };
        if file.to_str().is_none() {
            return Err(advised("its path is not UTF-8", Hint::OtherFile));
        }
        if file.exists() && !file.is_file() {
            return Err(advised("it is no file", Hint::OtherFile));
        }
        let place = Self { shown: path.to_owned(), file };
        place.refuse_hard_links()?;
        Ok(place)
    }

    /// Refuses a file that has other names: two runs could write to it, each under a lock of its own, and in the end the
    /// finished file takes the place of one name alone.
    #[cfg(unix)]
    fn refuse_hard_links(&self) -> Result<()> {
        use std::os::unix::fs::MetadataExt;
        match std::fs::metadata(&self.file) {
            Ok(found) if found.nlink() > 1 => Err(Error::output(format!(
                "{}: cannot be written: the same file has {} names (hard links); make a copy of it and go on with that",
                self.shown.display(),
                found.nlink()
            ))),
            _ => Ok(()),
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on Unix")]
    fn refuse_hard_links(&self) -> Result<()> {
        Ok(())
    }

    /// Checks that a file can be made in its folder, by one that has no name and is gone at once.
    ///
    /// # Errors
    /// [`Error::output`] where that is not so.
    pub fn check_folder(&self) -> Result<()> {
        let Some(folder) = self.file.parent() else { return Ok(()) };
        tempfile::tempfile_in(folder).map(drop).map_err(|error| {
            let (shown, folder) = (self.shown.display(), folder.display());
            let found = format!("{shown}: cannot be written: no file can be made in {folder} ({error}); ");
            Error::output(Advised::new(found, &[Hint::OtherFolder]))
        })
    }

    /// As the user named it.
    pub fn shown(&self) -> &Path {
        &self.shown
    }

    /// The study file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The file of this kind beside it.
    pub fn beside(&self, kind: Beside) -> PathBuf {
        let mut path = self.file.clone().into_os_string();
        path.push(kind.ending());
        path.into()
    }

    /// The place of the packed copy.
    pub fn packed(&self) -> Self {
        Self { shown: self.shown.clone(), file: self.beside(Beside::Packed) }
    }

    /// The address under which SQLite reads it as a file that nobody writes.
    pub fn immutable_address(&self) -> String {
        let mut address = if cfg!(windows) { "file:///" } else { "file:" }.to_owned();
        let path = self.file.as_os_str().as_encoded_bytes();
        for byte in path.strip_prefix(br"\\?\".as_slice()).filter(|_| cfg!(windows)).unwrap_or(path) {
            match byte {
                b'\\' if cfg!(windows) => address.push('/'),
                b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => address.push(char::from(*byte)),
                _ => address += &format!("%{byte:02X}"),
            }
        }
        address + "?immutable=1"
    }

    /// Whether the file of this kind is beside it.
    ///
    /// # Errors
    /// [`Error::output`] where what is there is something else: it is left as it is.
    pub fn has_beside(&self, kind: Beside) -> Result<bool> {
        if kind == Beside::Index {
            // Whoever opens and closes it takes this process's locks from it, so that its size alone is looked at.
            return match self.regular(kind)? {
                Some(found) if !is_size_of_index(found.len()) => Err(self.in_the_way(kind, "another file")),
                found => Ok(found.is_some()),
            };
        }
        self.opened(kind, OpenOptions::new().read(true)).map(|file| file.is_some())
    }

    /// Checks that nothing that is not ours has the names of logs of the packed copy: SQLite would remove it. The copy itself
    /// has a journal while it is written, and nothing else.
    ///
    /// # Errors
    /// [`Error::output`] where something has.
    pub fn check_packed(&self) -> Result<()> {
        let packed = self.packed();
        packed.has_beside(Beside::Journal)?;
        for kind in [Beside::Log, Beside::Index] {
            if packed.regular(kind)?.is_some_and(|found| found.len() > 0) {
                return Err(packed.in_the_way(kind, "another file"));
            }
        }
        Ok(())
    }

    /// Whether a process is writing to the file: it holds the lock beside it.
    pub fn is_being_written(&self) -> bool {
        let lock = self.opened(Beside::Lock, OpenOptions::new().read(true));
        lock.is_ok_and(|lock| lock.is_some_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))))
    }

    /// Checks, before SQLite reads the file, that what is beside it is its own log: SQLite would apply or remove whatever it
    /// finds there.
    ///
    /// # Errors
    /// [`Error::data`] where it is something else, or the log of another file.
    pub fn check_logs(&self) -> Result<()> {
        for kind in Beside::OF_SQLITE {
            self.has_beside(kind).map_err(|found| match found.kind() {
                error::ErrorKind::Output => found.as_kind(error::ErrorKind::Data),
                _ => found,
            })?;
        }
        // A packed file has no log: it is given its name when the last one is gone, which may happen at this moment.
        let log = self.beside(Beside::Log);
        let has_log = || std::fs::metadata(&log).is_ok_and(|found| found.len() > 0);
        if has_log() && !self.is_being_written() && self.is_packed() && has_log() {
            return Err(Error::data(format!(
                "{}: is complete, and the log {} beside it is of another file; move that away",
                self.shown.display(),
                log.display()
            )));
        }
        Ok(())
    }

    /// Whether the header of the file says that it is written without a log.
    fn is_packed(&self) -> bool {
        let mut head = [0; 20];
        let read = File::open(&self.file).and_then(|mut file| file.read_exact(&mut head));
        read.is_ok() && head[18..20] == [1, 1]
    }

    /// Opens the file of this kind beside it; none where there is none.
    ///
    /// # Errors
    /// [`Error::output`] where what is there is something else: it is left as it is.
    pub fn open_beside(&self, kind: Beside) -> Result<Option<File>> {
        self.opened(kind, OpenOptions::new().read(true).write(true))
    }

    fn opened(&self, kind: Beside, options: &OpenOptions) -> Result<Option<File>> {
        let Some(found) = self.regular(kind)? else { return Ok(None) };
        let path = self.beside(kind);
        let cannot = |error: io::Error| Error::output(format!("{}: cannot be opened: {error}", path.display()));
        let mut file = options.open(&path).map_err(cannot)?;
        if !same_file(&found, &file.metadata().map_err(cannot)?) {
            return Err(self.in_the_way(kind, "a file that has just changed"));
        }
        let mut head = Vec::new();
        match Read::by_ref(&mut file).take(100).read_to_end(&mut head) {
            // There a lock that is held cannot be read.
            Err(_) if cfg!(windows) && kind == Beside::Lock => return Ok(Some(file)),
            read => read.map_err(cannot)?,
        };
        if kind.begins(&head) { Ok(Some(file)) } else { Err(self.in_the_way(kind, "another file")) }
    }

    /// What the folder says of the file of this kind; none where there is none.
    fn regular(&self, kind: Beside) -> Result<Option<std::fs::Metadata>> {
        let path = self.beside(kind);
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::output(format!("{}: cannot be opened: {error}", path.display()))),
            Ok(found) if found.is_symlink() => Err(self.in_the_way(kind, "a symbolic link")),
            Ok(found) if !found.is_file() => Err(self.in_the_way(kind, "no file")),
            Ok(found) => Ok(Some(found)),
        }
    }

    fn in_the_way(&self, kind: Beside, found: &str) -> Error {
        let (path, noun) = (self.beside(kind), kind.noun());
        let found = format!("{}: {noun} would be there, and it is {found}; ", path.display());
        Error::output(Advised::new(found, &[Hint::MoveAway, Hint::OtherFile]))
    }

    /// Removes the file of this kind beside it, where there is one.
    ///
    /// # Errors
    /// [`Error::output`] as [`Place::open_beside`], and where it cannot be removed.
    pub fn remove_beside(&self, kind: Beside) -> Result<()> {
        if !self.has_beside(kind)? {
            return Ok(());
        }
        let path = self.beside(kind);
        std::fs::remove_file(&path)
            .map_err(|error| Error::output(format!("{}: cannot be removed: {error}", path.display())))
    }

    /// Gives the packed copy, which is complete, the name of the study file: all of it or nothing, whenever the power
    /// fails. The logs of the file that it takes the place of are removed first: SQLite would apply them to it.
    ///
    /// # Errors
    /// [`Error::output`] where it cannot be written.
    pub fn publish(&self) -> Result<()> {
        let packed = self.beside(Beside::Packed);
        let cannot = |error: io::Error| Error::output(format!("{}: cannot be written: {error}", self.shown.display()));
        OpenOptions::new().write(true).open(&packed).and_then(|file| file.sync_all()).map_err(cannot)?;
        for kind in Beside::OF_SQLITE {
            self.remove_beside(kind)?;
        }
        std::fs::rename(&packed, &self.file).map_err(cannot)?;
        self.sync_folder().map_err(cannot)
    }

    /// Makes sure that the name of the file outlives a power cut.
    fn sync_folder(&self) -> io::Result<()> {
        // Elsewhere folders cannot be opened, and the system sees to it.
        if cfg!(unix) { self.file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()) } else { Ok(()) }
    }
}

/// Whether SQLite's index of a log may have so many bytes: it grows by pages, and has 3 bytes before the first.
fn is_size_of_index(bytes: u64) -> bool {
    bytes == 3 || bytes.is_multiple_of(4096)
}

#[cfg(unix)]
fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    a.file_type() == b.file_type() && a.created().ok() == b.created().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kill_or_a_power_cut_leaves_is_known_as_ours() {
        for kind in [Beside::Lock, Beside::Packed, Beside::Log, Beside::Index, Beside::Journal] {
            for head in [[].as_slice(), &[0; 7], &[0; 100]] {
                assert!(kind.begins(head), "{kind:?}");
            }
        }
        // A journal that was written and not synced: its magic and its count are zeros, what follows is not.
        assert!(Beside::Journal.begins(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x5c, 0x91]));
        for kind in [Beside::Lock, Beside::Packed, Beside::Log, Beside::Journal] {
            assert!(!kind.begins(b"a lock file of mine\n"), "{kind:?}");
        }
    }
}
