//! Files of the Hugging Face Hub, through the cache that Python's huggingface_hub keeps them in.
//!
//! What is in the cache is used without asking the network, so a study that has run once runs anywhere. What is not is
//! fetched file by file: a download that ends early is gone on with at the next start, every file's hash is checked,
//! and whoever asked hears of it several times a second and can end it.

mod cache;
mod check;
mod client;
mod fetch;
mod listing;
mod meter;
mod settings;
mod trouble;
mod whole;

pub use settings::Settings;
pub use whole::{is_torn, is_whole};

use crate::error::{Error, Result};
use cache::Cache;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model",
            Self::Dataset => "data set",
        })
    }
}

/// A repository at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What it holds.
    pub kind: Kind,
    /// Its name, `owner/name`.
    pub id: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "the {} \"{}\"", self.kind, self.id)?;
        if self.revision == "main" { Ok(()) } else { write!(f, " at \"{}\"", self.revision) }
    }
}

/// A repository's files in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where they are, under their own names.
    pub folder: PathBuf,
    /// The commit that they are of.
    pub commit: String,
}

/// How far a download is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Whose files.
    pub repository: String,
    /// The file that comes now; empty while the list of files does.
    pub file: String,
    /// Bytes of the files needed that are here.
    pub done: u64,
    /// Bytes of all files needed; 0 until their list is here.
    pub total: u64,
    /// What came in the last seconds, bytes per second.
    pub bytes_per_second: f64,
    /// How long the rest takes at that speed.
    pub left: Option<Duration>,
}

/// Where files of the Hub come from: its cache, and the network where that is allowed.
pub struct Hub<'a> {
    settings: Settings,
    report: Option<Report<'a>>,
}

/// Hears of a download; an error ends it.
type Report<'a> = &'a mut dyn FnMut(&Progress) -> Result<()>;

impl Hub<'_> {
    /// The cache alone; what is not in it is [`Error::not_cached`].
    #[must_use]
    pub fn cache_only() -> Hub<'static> {
        Self::cache_only_with(Settings::from_environment())
    }

    /// As [`Hub::cache_only`], with settings of its own.
    #[must_use]
    pub fn cache_only_with(settings: Settings) -> Hub<'static> {
        Hub { settings, report: None }
    }

    /// The cache, and the network for what it lacks. `report` hears several times a second how far a download is, also
    /// while nothing comes; an error that it returns ends the download, which keeps what has come, and is returned.
    #[must_use]
    pub fn online(report: &mut dyn FnMut(&Progress) -> Result<()>) -> Hub<'_> {
        Self::with_settings(Settings::from_environment(), report)
    }

    /// As [`Hub::online`], with settings of its own.
    #[must_use]
    pub fn with_settings(settings: Settings, report: &mut dyn FnMut(&Progress) -> Result<()>) -> Hub<'_> {
        Hub { settings, report: Some(report) }
    }

    /// Whether the network may be asked.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.report.is_some()
    }

    /// The files of `repository` that are in the cache, where they are `complete`.
    #[must_use]
    pub fn cached(&self, repository: &Repository, complete: &dyn Fn(&Path) -> bool) -> Option<Snapshot> {
        let cache = Cache::new(&self.settings.cache, repository);
        let commit = cache.commit(&repository.revision)?;
        let folder = cache.snapshot(&commit);
        (folder.is_dir() && complete(&folder)).then_some(Snapshot { folder, commit })
    }

    /// The files of `repository`.
    ///
    /// `complete` tells whether a folder of the cache has all that is needed, each file of it whole (see [`is_whole`]);
    /// where one has, the network is not touched. `needed` chooses, of the names of all files that the repository has, those that are fetched.
    ///
    /// # Errors
    /// [`Error::not_cached`] where they are not in the cache and may not be fetched; [`Error::unavailable`] where the
    /// Hub does not give them; [`Error::output`] where the cache cannot be written; [`Error::data`] where a file's
    /// content is not the promised one; [`Error::usage`] for what cannot be a name or revision; and what `needed` and
    /// the report return.
    pub fn snapshot(
        &mut self,
        repository: &Repository,
        complete: &dyn Fn(&Path) -> bool,
        needed: &dyn Fn(&[String]) -> Result<Vec<String>>,
    ) -> Result<Snapshot> {
        check(repository)?;
        if let Some(snapshot) = self.cached(repository, complete) {
            return Ok(snapshot);
        }
        let cache = Cache::new(&self.settings.cache, repository);
        match &mut self.report {
            None => Err(trouble::not_cached(repository, &cache.root)),
            Some(_) if self.settings.offline => Err(trouble::offline(repository, &cache.root)),
            Some(report) => fetch::snapshot(&self.settings, repository, &cache, needed, report),
        }
    }
}

/// Whether `id` can be a repository: `owner/name` or `name`, in the Hub's characters, and no path.
#[must_use]
pub fn is_repository_id(id: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.len() <= 96
            && bytes.first().copied().is_some_and(word)
            && bytes.last().copied().is_some_and(word)
            && bytes.iter().all(|b| word(*b) || b"-.".contains(b))
            && !part.contains("--")
            && !part.contains("..")
    };
    id.split('/').count() <= 2 && id.split('/').all(part)
}

/// Refuses names and revisions that would lead out of the cache's folder.
fn check(repository: &Repository) -> Result<()> {
    if !is_repository_id(&repository.id) {
        return Err(Error::usage(format!(
            "\"{}\" cannot be a {} of the Hub; expected owner/name, such as \"EleutherAI/pythia-410m\"",
            repository.id, repository.kind
        )));
    }
    let part = |part: &str| {
        let fits = |c: char| c.is_alphanumeric() || "-_.+@#=,".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(fits)
    };
    if !repository.revision.split('/').all(part) {
        return Err(Error::usage(format!(
            "the revision \"{}\" of \"{}\": expected the name of a branch or tag, or a commit",
            repository.revision, repository.id
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_no_path() {
        for id in ["gpt2", "EleutherAI/pythia-410m", "a/b.c_d-e", "0x/_y"] {
            assert!(is_repository_id(id), "{id}");
        }
        for id in
            ["", "/", "a/", "/a", "./a", "../a", "a/..", "a/b/c", "a b", "a\\b", "a:b", "~/a", "a--b", "a..b", "-a/b"]
        {
            assert!(!is_repository_id(id), "{id}");
        }
        assert!(!is_repository_id(&"a".repeat(97)));
    }

    #[test]
    fn a_revision_stays_in_the_cache() {
        let at = |revision: &str| {
            check(&Repository { kind: Kind::Model, id: "a/b".to_owned(), revision: revision.to_owned() })
        };
        for revision in ["main", "v1.0", "refs/pr/1", "step143000", "feature/x"] {
            at(revision).unwrap();
        }
        for revision in ["", "..", "../main", "/etc", "a//b", "a\\b", "a/../b", "a?b", "a b"] {
            assert_eq!(at(revision).unwrap_err().exit_code(), 2, "{revision}");
        }
    }
}
