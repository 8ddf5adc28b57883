//! The two requests that are made of the Hub: a repository's files at a revision, and the rest of one file.

use super::listing::{Listing, RemoteFile};
use super::trouble::{self, Attempt, Refusal};
use super::{Kind, Repository, Settings, cache, meter::Meter};
use crate::error::{Error, Result};
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_RANGE, HeaderMap, HeaderValue, RANGE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;

/// A server that is silent for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// No repository has a list of files of more bytes.
const LONGEST_LIST: usize = 64 << 20;

/// Asks the Hub about one repository.
pub(super) struct Client<'a> {
    pub repository: &'a Repository,
    http: reqwest::Client,
    endpoint: Url,
    /// The address for messages, without what may be secret in it.
    host: String,
    with_token: bool,
}

impl<'a> Client<'a> {
    pub fn new(settings: &Settings, repository: &'a Repository) -> Result<Self> {
        let wrong = || {
            // What could be a name, a password or a token is not repeated.
            let may_hold_a_secret = settings.endpoint.contains(['@', '?', '#', '%']);
            let shown =
                if may_hold_a_secret { "no such address".to_owned() } else { format!("\"{}\"", settings.endpoint) };
            let expected = "expected the address of a Hub, such as https://huggingface.co";
            Error::usage(format!("HF_ENDPOINT is {shown}; {expected}"))
        };
        let endpoint = Url::parse(&settings.endpoint).map_err(|_| wrong())?;
        let host = match (endpoint.scheme(), endpoint.host_str(), endpoint.port()) {
            (scheme @ ("http" | "https"), Some(host), Some(port)) => format!("{scheme}://{host}:{port}"),
            (scheme @ ("http" | "https"), Some(host), None) => format!("{scheme}://{host}"),
            _ => return Err(wrong()),
        };
        let mut headers = HeaderMap::new();
        // A compressed answer would have another length than the file.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(token) = &settings.token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
                Error::usage("HF_TOKEN (or the stored token) holds a character that no token has".to_owned())
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Fails where it is installed already, as by an earlier download.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // reqwest follows redirects to the servers that hold large files, and leaves the token out on the way.
        let http = reqwest::Client::builder()
            .user_agent(concat!("polarscope/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .referer(false)
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| trouble::unequipped(&error))?;
        Ok(Self { repository, http, endpoint, host, with_token: settings.token.is_some() })
    }

    /// The files of the repository at its revision. They come with their sizes and hashes in one answer.
    pub async fn list(&self, meter: &mut Meter<'_>) -> Attempt<Listing> {
        let kind = match self.repository.kind {
            Kind::Model => "models",
            Kind::Dataset => "datasets",
        };
        let path = ["api", kind].into_iter().chain(self.repository.id.split('/'));
        let mut url = self.url(path.chain(["revision", &self.repository.revision]));
        url.set_query(Some("blobs=true"));
        let mut response = self.get(url, None, None, meter).await?;
        let strange = || {
            Error::unavailable(format!(
                "{} does not list the files of {} as the Hub does, with sizes and hashes; check HF_ENDPOINT",
                self.host, self.repository
            ))
        };
        let mut body = Vec::new();
        loop {
            let chunk = meter.watch(response.chunk()).await?;
            match chunk.map_err(|error| trouble::cut(self.repository, "the list of files", Some(&error)))? {
                Some(chunk) if body.len() + chunk.len() <= LONGEST_LIST => body.extend_from_slice(&chunk),
                Some(_) => return Err(strange().into()),
                None => break,
            }
        }
        let info: Info = serde_json::from_slice(&body).map_err(|_| strange())?;
        if !cache::is_commit(&info.sha) {
            return Err(strange().into());
        }
        let files = info.siblings.into_iter().filter(Sibling::is_inside);
        let files = files.map(|file| file.described().ok_or_else(strange)).collect::<Result<_>>()?;
        Ok(Listing { commit: info.sha, files })
    }

    /// The content of `file` from byte `start`, and the byte that it really starts at: a server may begin anew.
    pub async fn open(
        &self,
        commit: &str,
        file: &RemoteFile,
        start: u64,
        meter: &mut Meter<'_>,
    ) -> Attempt<(Response, u64)> {
        let kind = match self.repository.kind {
            Kind::Model => None,
            Kind::Dataset => Some("datasets"),
        };
        let path = kind.into_iter().chain(self.repository.id.split('/'));
        let url = self.url(path.chain(["resolve", commit]).chain(file.name.split('/')));
        let response = self.get(url, Some(start), Some(file), meter).await?;
        let start = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                // "bytes 100-199/200"
                let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
                let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
                first.unwrap_or(start)
            }
            _ => 0,
        };
        // What has another length is another thing, such as the page of a network that wants a login first.
        match response.content_length() {
            Some(length) if start.saturating_add(length) != file.size => {
                Err(trouble::other_length(self.repository, &self.host, file))
            }
            _ => Ok((response, start)),
        }
    }

    fn url<'s>(&self, path: impl Iterator<Item = &'s str>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn get(
        &self,
        url: Url,
        start: Option<u64>,
        file: Option<&RemoteFile>,
        meter: &mut Meter<'_>,
    ) -> Attempt<Response> {
        let mut request = self.http.request(Method::GET, url);
        if let Some(start) = start.filter(|start| *start > 0) {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        let file = file.map(|file| file.name.as_str());
        let what = file.unwrap_or("the list of files");
        let response = match meter.watch(request.send()).await? {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                return Err(trouble::unreachable(self.repository, &self.host, &error, meter.has_received()));
            }
            Err(error) => {
                return Err(match trouble::foreign_scheme(&error) {
                    Some(scheme) => trouble::led_astray(self.repository, &self.host, what, &scheme),
                    None if error.is_redirect() => trouble::led_in_circles(self.repository, &self.host, what),
                    None => trouble::cut(self.repository, what, Some(&error)),
                });
            }
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let refusal = Refusal {
            status: response.status().as_u16(),
            code: header("x-error-code"),
            retry_after: header(RETRY_AFTER.as_str()).and_then(|s| s.parse().ok()).map(Duration::from_secs),
            with_token: self.with_token,
            file,
            host: &self.host,
        };
        Err(trouble::refused(self.repository, &refusal))
    }
}

/// The Hub's answer about a repository, of which only this is used.
#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
}

impl Sibling {
    /// Whether its name is a path that stays in the folder it is put into; another is as good as not there.
    fn is_inside(&self) -> bool {
        let inside = |part: &str| !["", ".", ".."].contains(&part) && !part.contains(['\\', ':', '\0']);
        self.rfilename.split('/').all(inside)
    }

    /// The file, where its size and hash are there.
    fn described(self) -> Option<RemoteFile> {
        let etag = match self.lfs {
            Some(lfs) => Some(lfs.sha256).filter(|etag| cache::is_hex(etag, 64)),
            None => self.blob_id.filter(|etag| cache::is_hex(etag, 40)),
        };
        Some(RemoteFile { name: self.rfilename, size: self.size?, etag: etag? })
    }
}
