//! What can go wrong with the Hub, in words that say what to do. Nothing that a server says is repeated, only what its
//! status and its known codes mean: a server that echoes the request would have the token shown.

use super::listing::RemoteFile;
use super::{Kind, Repository};
use crate::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Why a request did not do what it should have.
pub(super) enum Trouble {
    /// Asking again may help, at once or after as long as the server says.
    Passing(Error, Option<Duration>),
    /// Asking again will not.
    Final(Error),
}

/// What one try comes to.
pub(super) type Attempt<T> = std::result::Result<T, Trouble>;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// What a server answered in place of what it was asked for.
pub(super) struct Refusal<'a> {
    pub status: u16,
    /// The header `x-error-code`.
    pub code: Option<&'a str>,
    /// The header `retry-after`, where it is a number of seconds.
    pub retry_after: Option<Duration>,
    /// Whether a token went with the request.
    pub with_token: bool,
    /// The file that was asked for; none where it was the list of files.
    pub file: Option<&'a str>,
    /// The server's address.
    pub host: &'a str,
}

/// What `refusal` means for someone who wants files of `repository`.
pub(super) fn refused(repository: &Repository, refusal: &Refusal) -> Trouble {
    let (id, host) = (&repository.id, refusal.host);
    let page = match repository.kind {
        Kind::Model => format!("https://huggingface.co/{id}"),
        Kind::Dataset => format!("https://huggingface.co/datasets/{id}"),
    };
    let words = match (refusal.status, refusal.code) {
        (401 | 403, Some("GatedRepo")) => format!(
            "{repository} is gated: its owner wants its terms accepted first; open {page} in a browser, accept them, \
             and set HF_TOKEN to a token of the same account"
        ),
        (401, code) if refusal.with_token && code != Some("RepoNotFound") => format!(
            "{host} does not accept the token that was sent for {repository}; set HF_TOKEN to a valid one (made at \
             https://huggingface.co/settings/tokens), or unset it and delete the stored token for what is public"
        ),
        (403, _) if refusal.with_token => format!(
            "{repository} may not be read with this token; open {page} with its account, and set HF_TOKEN to a token \
             that may read it"
        ),
        (404, Some("RevisionNotFound")) => format!(
            "{} \"{id}\" has no revision \"{}\"; its branches, tags and commits are on {page}",
            repository.kind, repository.revision
        ),
        (404, code) if refusal.file.is_some() && code != Some("RepoNotFound") => {
            format!("{repository} has no file {}, though it lists it; try again", refusal.file.unwrap_or_default())
        }
        (401 | 403 | 404, _) => format!(
            "{host} shows no {} \"{id}\": either the name is misspelt (it is the last part of the address of its \
             page, such as \"EleutherAI/pythia-410m\"), or it is private or gated, and HF_TOKEN has to be set to a \
             token that may read it",
            repository.kind
        ),
        (429, _) => {
            let wait = refusal.retry_after.map_or_else(|| "some minutes".to_owned(), |t| format!("{} s", t.as_secs()));
            let error = format!(
                "{host} has had too many requests from here, {repository} was the last; try again in {wait}, or set \
                 HF_TOKEN: accounts may ask more often"
            );
            return Trouble::Passing(Error::unavailable(error), refusal.retry_after);
        }
        (status @ (408 | 500..=599), _) => {
            let error =
                format!("{host} cannot give {repository} at the moment (HTTP status {status}); try again later");
            return Trouble::Passing(Error::unavailable(error), refusal.retry_after);
        }
        (status, _) => format!(
            "{host} answered a request for {repository} with the HTTP status {status}, which is no answer of the Hub; \
             check HF_ENDPOINT and the network's proxy"
        ),
    };
    Trouble::Final(Error::unavailable(words))
}

/// No connection to `host` could be made. When something has come before, the network is one that comes and goes.
pub(super) fn unreachable(repository: &Repository, host: &str, error: &reqwest::Error, begun: bool) -> Trouble {
    let words = format!(
        "{host} cannot be reached for {repository}: {}; check the network, and HTTPS_PROXY and HF_ENDPOINT where it \
         has them",
        cause(error)
    );
    if begun {
        let kept = "what has come is kept, and the next start goes on from there";
        Trouble::Passing(Error::unavailable(format!("{words}; {kept}")), None)
    } else {
        Trouble::Final(Error::unavailable(words))
    }
}

/// This machine cannot make connections at all, for which it needs the certificates that it trusts.
pub(super) fn unequipped(error: &reqwest::Error) -> Error {
    Error::unavailable(format!(
        "no connection to the Hub can be made: {}; install the system's certificates (the package ca-certificates), \
         or set SSL_CERT_FILE to them",
        cause(error)
    ))
}

/// A request was sent from one address to the next, and never to an answer.
pub(super) fn led_in_circles(repository: &Repository, host: &str, what: &str) -> Trouble {
    let words = format!(
        "{host} redirects the request for {what} of {repository} again and again, and never to an answer; check \
         HF_ENDPOINT and the network's proxy"
    );
    Trouble::Final(Error::unavailable(words))
}

/// What an address begins with that a request was sent on to and that cannot be asked, such as `ftp`.
pub(super) fn foreign_scheme(error: &reqwest::Error) -> Option<String> {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>().filter(|error| error.is_builder()) {
            return Some(error.url()?.scheme().to_owned());
        }
        cause = error.source();
    }
    None
}

/// A request was sent on to an address that is none of the web.
pub(super) fn led_astray(repository: &Repository, host: &str, what: &str, scheme: &str) -> Trouble {
    let words = format!(
        "{host} redirects the request for {what} of {repository} to an address that begins with {scheme}:; expected http: or \
         https:; check HF_ENDPOINT and the network's proxy"
    );
    Trouble::Final(Error::unavailable(words))
}

/// A connection ended before all was there.
pub(super) fn cut(repository: &Repository, what: &str, error: Option<&reqwest::Error>) -> Trouble {
    let cause = error.map_or_else(|| "the server ended it early".to_owned(), cause);
    let words = format!(
        "the connection broke while {what} of {repository} came ({cause}); what has come is kept, and the next start \
         goes on from there"
    );
    Trouble::Passing(Error::unavailable(words), None)
}

/// An answer that cannot be the file.
pub(super) fn other_length(repository: &Repository, host: &str, file: &RemoteFile) -> Trouble {
    let words = format!(
        "{host} answers with something else than {} of {repository}, which has {} bytes; check the network, which may \
         want a login first, and its proxy",
        file.name, file.size
    );
    Trouble::Final(Error::unavailable(words))
}

/// The innermost reason, which has the system's words and never an address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if std::ptr::addr_eq(std::ptr::from_ref(innermost), std::ptr::from_ref(error)) {
        return "the request failed".to_owned();
    }
    innermost.to_string()
}

/// The cache cannot be written.
pub(super) fn output(cache: &Path, error: &io::Error) -> Error {
    let (cache, elsewhere) = (cache.display(), "set HF_HOME (HF_HUB_CACHE, where that is set) to a folder");
    Error::output(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!(
            "the disk of the Hub's cache {cache} is full; make room, or {elsewhere} on another disk; what has come is \
             kept, and the next start goes on from there"
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("the Hub's cache {cache} may not be written ({error}); {elsewhere} of your own")
        }
        _ => format!("the Hub's cache {cache} cannot be written ({error}); {elsewhere} elsewhere"),
    })
}

/// A folder stands where the cache has a file.
pub(super) fn folder_in_place(path: &Path) -> Error {
    Error::output(format!(
        "{} is a folder, and the Hub's cache has a file of that name; remove the folder, or move it elsewhere",
        path.display()
    ))
}

/// Something is not in the cache, and the network is not to be used.
pub(super) fn not_cached(repository: &Repository, cache: &Path) -> Error {
    Error::not_cached(format!(
        "{repository} is not on this machine, or not all of it (the Hub's cache is {}); it has to be downloaded first, \
         which `polarscope plan` and `polarscope run` do",
        cache.display()
    ))
}

/// As [`not_cached`], where it is the environment that forbids the network.
pub(super) fn offline(repository: &Repository, cache: &Path) -> Error {
    Error::not_cached(format!(
        "{repository} is not on this machine, or not all of it, and HF_HUB_OFFLINE is set, so nothing is downloaded; \
         unset it, or fetch the files where there is a network and copy them to the Hub's cache {}",
        cache.display()
    ))
}
