//! Bringing a repository's files into the cache: what is there is kept, what was begun is gone on with.

use super::cache::Cache;
use super::check::{Hasher, is_content};
use super::client::Client;
use super::listing::RemoteFile;
use super::meter::Meter;
use super::trouble::{self, Attempt, Trouble};
use super::{Progress, Repository, Settings, Snapshot};
use crate::error::{Error, Result};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// After so many failures in a row, none of which brought a byte, it is given up.
const TRIES: u32 = 4;

/// The wait after the first failure; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// A server that wants a longer wait is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Fetches the files that `needed` chooses of `repository`.
pub(super) fn snapshot(
    settings: &Settings,
    repository: &Repository,
    cache: &Cache,
    needed: &dyn Fn(&[String]) -> Result<Vec<String>>,
    report: &mut dyn FnMut(&Progress) -> Result<()>,
) -> Result<Snapshot> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| Error::unavailable(format!("no connections can be made on this machine: {error}")))?;
    let client = Client::new(settings, repository)?;
    let download = Download { client: &client, cache };
    let outcome = runtime.block_on(download.all(needed, &mut Meter::new(&repository.id, report)));
    // The system may still be looking up a name, which cannot be called off: it is not waited for.
    runtime.shutdown_background();
    outcome
}

struct Download<'a> {
    client: &'a Client<'a>,
    cache: &'a Cache,
}

impl Download<'_> {
    async fn all(&self, needed: &dyn Fn(&[String]) -> Result<Vec<String>>, meter: &mut Meter<'_>) -> Result<Snapshot> {
        let repository = self.client.repository;
        meter.tell()?;
        let mut patience = Patience::default();
        let listing = loop {
            match self.client.list(meter).await {
                Ok(listing) => break listing,
                Err(trouble) => patience.or_give_up(trouble, meter).await?,
            }
        };
        let names: Vec<String> = listing.files.iter().map(|file| file.name.clone()).collect();
        let chosen = needed(&names).map_err(|error| error.context(repository))?;
        let (commit, folder) = (&listing.commit, self.cache.snapshot(&listing.commit));
        let files: Vec<&RemoteFile> = listing.files.iter().filter(|file| chosen.contains(&file.name)).collect();
        meter.progress.total = files.iter().map(|file| file.size).sum();
        for file in files {
            meter.progress.file.clone_from(&file.name);
            meter.tell()?;
            if is_content(&folder.join(&file.name), file) {
                meter.found(file.size)?;
                continue;
            }
            self.content(commit, file, meter).await?;
        }
        // Last, so that a branch that moved is where its files are.
        self.cache.remember(&repository.revision, commit)?;
        meter.tell()?;
        Ok(Snapshot { folder, commit: listing.commit })
    }

    /// Makes the cache have the content of `file`, and the snapshot of `commit` show it.
    async fn content(&self, commit: &str, file: &RemoteFile, meter: &mut Meter<'_>) -> Result<()> {
        self.cache.check_places(commit, &file.name, &file.etag)?;
        let _lock = self.lock(file, meter).await?;
        self.blob(commit, file, meter).await?;
        self.cache.link(commit, &file.name, &file.etag)
    }

    /// Makes the cache have the content of `file`; the caller holds its lock.
    async fn blob(&self, commit: &str, file: &RemoteFile, meter: &mut Meter<'_>) -> Result<()> {
        let blob = self.cache.blob(&file.etag);
        if is_content(&blob, file) {
            return meter.found(file.size);
        }
        let path = self.cache.incomplete(&file.etag)?;
        let mut part = Part::open(&path, file, self.cache, meter)?;
        let mut patience = Patience::default();
        while part.length < file.size {
            let before = part.length;
            if let Err(trouble) = self.stream(commit, &mut part, meter).await {
                if part.length > before {
                    patience = Patience::default();
                }
                patience.or_give_up(trouble, meter).await?;
            }
        }
        let found = part.hasher.finish();
        if found != file.etag {
            fs::remove_file(&path).map_err(|error| self.cache.trouble(&error))?;
            return Err(Error::data(format!(
                "{}: {} came with other content than the Hub has for it (its hash is {found}, expected {}); it was \
                 deleted, try again",
                self.client.repository, file.name, file.etag
            )));
        }
        // A file that has its name has its bytes, even after a power cut. A slow disk takes long for it.
        let writer = part.writer;
        let kept = meter.watch(tokio::task::spawn_blocking(move || writer.sync_all())).await?;
        match kept.unwrap_or_else(|error| Err(io::Error::other(error))).and_then(|()| fs::rename(&path, &blob)) {
            // Where locks do not hold, another process may have been first.
            Err(_) if is_content(&blob, file) => Ok(()),
            outcome => outcome.map_err(|error| self.cache.trouble(&error)),
        }
    }

    /// Appends to `part` what one connection gives.
    async fn stream(&self, commit: &str, part: &mut Part<'_>, meter: &mut Meter<'_>) -> Attempt<()> {
        let (mut response, start) = self.client.open(commit, part.file, part.length, meter).await?;
        if start != part.length {
            part.restart(self.cache, meter)?;
            if start != 0 {
                return Err(self.cut(part, None));
            }
        }
        while part.length < part.file.size {
            match meter.watch(response.chunk()).await? {
                Ok(Some(bytes)) => part.append(&bytes, self.cache, meter)?,
                Ok(None) => return Err(self.cut(part, None)),
                Err(error) => return Err(self.cut(part, Some(&error))),
            }
        }
        Ok(())
    }

    fn cut(&self, part: &Part, error: Option<&reqwest::Error>) -> Trouble {
        trouble::cut(self.client.repository, &part.file.name, error)
    }

    /// Waits until no other process fetches the same content.
    async fn lock(&self, file: &RemoteFile, meter: &mut Meter<'_>) -> Result<File> {
        let lock = self.cache.lock_file(&file.etag)?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => meter.watch(tokio::time::sleep(FIRST_WAIT)).await?,
                // Some network file systems have no locks, or locks that everyone gets. Two downloads at once then
                // write the same bytes at the same places.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(self.cache.trouble(&error)),
            }
        }
    }
}

/// How often something has failed in a row.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    /// Waits before the next try, or gives up with the reason.
    async fn or_give_up(&mut self, trouble: Trouble, meter: &mut Meter<'_>) -> Result<()> {
        let (error, wanted) = match trouble {
            Trouble::Passing(error, wanted) => (error, wanted),
            Trouble::Final(error) => return Err(error),
        };
        self.0 += 1;
        let wait = wanted.unwrap_or(FIRST_WAIT * 2_u32.pow(self.0 - 1));
        if self.0 == TRIES || wait > LONGEST_WAIT {
            return Err(error);
        }
        meter.watch(tokio::time::sleep(wait)).await
    }
}

/// A file while it comes, and its hash so far.
struct Part<'a> {
    file: &'a RemoteFile,
    writer: File,
    length: u64,
    hasher: Hasher,
}

impl<'a> Part<'a> {
    /// Opens the file at `path`, which holds what came of `file` before, or nothing.
    fn open(path: &Path, file: &'a RemoteFile, cache: &Cache, meter: &mut Meter<'_>) -> Result<Self> {
        let trouble = |error| cache.trouble(&error);
        let open = File::options().create(true).truncate(false).read(true).write(true).open(path);
        let mut part =
            Self { file, writer: open.map_err(trouble)?, length: 0, hasher: Hasher::new(&file.etag, file.size) };
        let there = part.writer.metadata().map_err(trouble)?.len();
        if there > file.size {
            part.restart(cache, meter)?;
            return Ok(part);
        }
        let mut bytes = vec![0; 1 << 20];
        while part.length < there {
            let count = part.writer.read(&mut bytes).map_err(trouble)?;
            if count == 0 {
                break;
            }
            part.hasher.update(&bytes[..count]);
            part.length += count as u64;
            meter.found(count as u64)?;
        }
        Ok(part)
    }

    fn append(&mut self, bytes: &[u8], cache: &Cache, meter: &mut Meter<'_>) -> Result<()> {
        // A server that sends more than the file has: the first bytes may be right, the hash tells.
        let rest = usize::try_from(self.file.size - self.length).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(rest)];
        self.writer.write_all(bytes).map_err(|error| cache.trouble(&error))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        meter.received(bytes.len() as u64)
    }

    /// Forgets what was there.
    fn restart(&mut self, cache: &Cache, meter: &mut Meter<'_>) -> Result<()> {
        self.writer.set_len(0).and_then(|()| self.writer.rewind()).map_err(|error| cache.trouble(&error))?;
        meter.progress.done -= self.length;
        self.length = 0;
        self.hasher = Hasher::new(&self.file.etag, self.file.size);
        Ok(())
    }
}
