//! What a repository of the Hub holds.

/// A repository's files at a commit.
pub(super) struct Listing {
    pub commit: String,
    pub files: Vec<RemoteFile>,
}

/// A file on the Hub.
#[derive(Debug)]
pub(super) struct RemoteFile {
    pub name: String,
    pub size: u64,
    /// What its content is named in the cache: its SHA-256 for large files, git's hash for the others.
    pub etag: String,
}
