//! A Hub on this machine: it answers as huggingface.co does, large files from a second server, and fails as asked.

#![allow(dead_code)] // each test file uses its part

pub mod table;

use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The one token that the server accepts.
pub const TOKEN: &str = "hf_aSecretThatNoMessageShows";

/// A file of a repository.
#[derive(Clone)]
pub struct Content {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whether it is kept outside git, named by its SHA-256 and served by the second server.
    pub large: bool,
}

impl Content {
    /// What it is named in the cache.
    pub fn etag(&self) -> String {
        if self.large { hex(&Sha256::digest(&self.bytes)) } else { self.git() }
    }

    /// What git names it.
    fn git(&self) -> String {
        let header = format!("blob {}\0", self.bytes.len());
        hex(&Sha1::new_with_prefix(header).chain_update(&self.bytes).finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Who may read a repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    Private,
    /// Its list of files is for all, its files are for nobody who has not accepted its terms.
    Gated,
}

/// A repository.
#[derive(Clone)]
pub struct Repository {
    /// `models` or `datasets`.
    pub kind: &'static str,
    pub id: String,
    pub commit: String,
    /// Branches and tags, all of which are at the commit.
    pub revisions: Vec<String>,
    pub files: Vec<Content>,
    pub access: Access,
}

impl Repository {
    pub fn model(id: &str) -> Self {
        let commit = "0123456789abcdef0123456789abcdef01234567".to_owned();
        let revisions = vec!["main".to_owned()];
        Self { kind: "models", id: id.to_owned(), commit, revisions, files: Vec::new(), access: Access::Open }
    }

    pub fn dataset(id: &str) -> Self {
        Self { kind: "datasets", ..Self::model(id) }
    }

    pub fn small(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.with(name, bytes.as_ref(), false)
    }

    pub fn large(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.with(name, bytes.as_ref(), true)
    }

    fn with(mut self, name: &str, bytes: &[u8], large: bool) -> Self {
        self.files.push(Content { name: name.to_owned(), bytes: bytes.to_owned(), large });
        self
    }

    /// The hash of its file `name`.
    pub fn etag(&self, name: &str) -> String {
        self.files.iter().find(|file| file.name == name).unwrap().etag()
    }
}

/// How a request fails.
#[derive(Clone)]
pub enum Fault {
    /// With a status, and a header `retry-after`.
    Status(u16, Option<u64>),
    /// The connection ends after so many bytes of the content.
    CutAfter(usize),
    /// So many bytes of the content come, and then nothing.
    StallAfter(usize),
    /// Not even the head of the answer comes.
    Silence,
    /// As many bytes come, other ones.
    WrongContent,
    /// All of the file comes, whatever range is asked for.
    NoRanges,
    /// A page of text comes in place of the content, as from a network that wants a login first.
    Page,
    /// The account has not accepted the terms.
    NotGranted,
    /// The answer is at the address that was asked.
    Circle,
    /// The answer is at an address that begins with this.
    Elsewhere(&'static str),
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whether it came to the second server, for large files.
    pub second: bool,
    pub method: String,
    pub path: String,
    /// The first byte that it asks for.
    pub from: Option<usize>,
    /// The token that came with it.
    pub token: Option<String>,
}

/// The server; it ends with this value.
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    first: SocketAddr,
    second: SocketAddr,
    repositories: Vec<Repository>,
    faults: Mutex<Vec<(String, usize, Fault)>>,
    log: Mutex<Vec<Request>>,
    over: AtomicBool,
}

impl Server {
    pub fn start(repositories: Vec<Repository>) -> Self {
        let listeners = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let [first, second] = [0, 1].map(|i| listeners[i].local_addr().unwrap());
        let (faults, log, over) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { first, second, repositories, faults, log, over });
        for (listener, second) in listeners.into_iter().zip([false, true]) {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if shared.over.load(Ordering::SeqCst) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    // A client that leaves in the middle is no matter.
                    std::thread::spawn(move || stream.and_then(|stream| shared.serve(&stream, second)));
                }
            });
        }
        Self { shared }
    }

    /// What HF_ENDPOINT has to be.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.first)
    }

    /// The requests that have come, in order.
    pub fn log(&self) -> Vec<Request> {
        self.shared.log.lock().unwrap().clone()
    }

    pub fn forget_log(&self) {
        self.shared.log.lock().unwrap().clear();
    }

    /// The next `times` requests whose path contains `path` fail so. A large file's path is on the second server, and
    /// is its hash.
    pub fn fail(&self, path: &str, times: usize, fault: Fault) {
        self.shared.faults.lock().unwrap().push((path.to_owned(), times, fault));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes the listeners, so that they see it.
        for address in [self.shared.first, self.shared.second] {
            let _ = TcpStream::connect(address);
        }
    }
}

/// An answer before it is sent.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Shared {
    fn serve(&self, stream: &TcpStream, second: bool) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader, second)? {
            self.log.lock().unwrap().push(request.clone());
            let fault = self.fault(&request.path);
            let mut answer = match &fault {
                Some(Fault::Silence) => {
                    self.stall();
                    return Ok(());
                }
                Some(Fault::Status(status, wait)) => {
                    let headers = wait.map(|seconds| ("retry-after", seconds.to_string())).into_iter().collect();
                    Answer { status: *status, headers, body: Vec::new() }
                }
                Some(Fault::Circle) => {
                    let headers = vec![("location", request.path.clone())];
                    Answer { status: 302, headers, body: Vec::new() }
                }
                Some(Fault::Elsewhere(scheme)) => {
                    let headers = vec![("location", format!("{scheme}://127.0.0.1{}", request.path))];
                    Answer { status: 302, headers, body: Vec::new() }
                }
                Some(Fault::NotGranted) => refusal(&request, 403, Some("GatedRepo")),
                _ if second => self.content(&request),
                _ => self.answer(&request),
            };
            match (&fault, request.from) {
                (Some(Fault::WrongContent), _) => answer.body.fill(b'?'),
                (Some(Fault::Page), _) => answer.body = b"Please log in.".to_vec(),
                (Some(Fault::NoRanges), _) | (_, None) => {}
                (_, Some(from)) if answer.status == 200 && from < answer.body.len() => {
                    let all = answer.body.len();
                    answer.headers.push(("content-range", format!("bytes {from}-{}/{all}", all - 1)));
                    (answer.status, answer.body) = (206, answer.body.split_off(from));
                }
                _ => {}
            }
            let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
            for (name, value) in answer.headers {
                head += &format!("{name}: {value}\r\n");
            }
            let mut writer = stream;
            writer.write_all(format!("{head}\r\n").as_bytes())?;
            if request.method == "HEAD" {
                continue;
            }
            match fault {
                Some(Fault::CutAfter(bytes)) => return writer.write_all(&answer.body[..bytes.min(answer.body.len())]),
                Some(Fault::StallAfter(bytes)) => {
                    writer.write_all(&answer.body[..bytes.min(answer.body.len())])?;
                    self.stall();
                    return Ok(());
                }
                _ => writer.write_all(&answer.body)?,
            }
        }
        Ok(())
    }

    /// Keeps the connection and says nothing until the test is over.
    fn stall(&self) {
        while !self.over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn fault(&self, path: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let (_, times, fault) =
            faults.iter_mut().find(|(part, times, _)| *times > 0 && path.contains(part.as_str()))?;
        *times -= 1;
        Some(fault.clone())
    }

    /// The second server: contents by their hash.
    fn content(&self, request: &Request) -> Answer {
        let files = self.repositories.iter().flat_map(|repository| &repository.files);
        match files.filter(|file| file.large).find(|file| request.path.starts_with(&format!("/{}", file.etag()))) {
            Some(file) => Answer { status: 200, headers: Vec::new(), body: file.bytes.clone() },
            None => refusal(request, 404, None),
        }
    }

    /// The first server: lists of files, small files, and where the large ones are.
    fn answer(&self, request: &Request) -> Answer {
        if request.token.as_deref().is_some_and(|token| token != TOKEN) {
            return refusal(request, 401, None);
        }
        let unknown = || match request.token {
            Some(_) => refusal(request, 404, Some("RepoNotFound")),
            None => refusal(request, 401, Some("RepoNotFound")),
        };
        let path = request.path.split('?').next().unwrap().trim_start_matches('/');
        for repository in &self.repositories {
            let listed = path.strip_prefix(&format!("api/{}/{}/revision/", repository.kind, repository.id));
            let kind = if repository.kind == "models" { "" } else { "datasets/" };
            let resolved = path.strip_prefix(&format!("{kind}{}/resolve/", repository.id));
            if listed.or(resolved).is_none() {
                continue;
            }
            if repository.access == Access::Private && request.token.is_none() {
                return unknown();
            }
            let is_at =
                |revision: &str| revision == repository.commit || repository.revisions.iter().any(|r| r == revision);
            let (revision, file) = match (listed, resolved.and_then(|rest| rest.split_once('/'))) {
                (Some(revision), _) => (revision.replace("%2F", "/"), None),
                (_, Some((revision, file))) => (revision.replace("%2F", "/"), Some(file)),
                _ => return refusal(request, 404, None),
            };
            if !is_at(&revision) {
                return refusal(request, 404, Some("RevisionNotFound"));
            }
            return match file {
                None => list(repository),
                Some(_) if repository.access == Access::Gated && request.token.is_none() => {
                    refusal(request, 401, Some("GatedRepo"))
                }
                Some(name) => match repository.files.iter().find(|file| file.name == name) {
                    Some(file) => self.resolve(repository, file, request),
                    None => refusal(request, 404, Some("EntryNotFound")),
                },
            };
        }
        unknown()
    }

    fn resolve(&self, repository: &Repository, file: &Content, request: &Request) -> Answer {
        let mut headers = vec![("x-repo-commit", repository.commit.clone())];
        if !file.large {
            headers.push(("etag", format!("\"{}\"", file.etag())));
            return Answer { status: 200, headers, body: file.bytes.clone() };
        }
        headers.push(("x-linked-etag", format!("\"{}\"", file.etag())));
        headers.push(("x-linked-size", file.bytes.len().to_string()));
        let token = request.token.as_deref().unwrap_or_default();
        headers.push(("location", format!("http://{}/{}?signed={token}", self.second, file.etag())));
        Answer { status: 302, headers, body: Vec::new() }
    }
}

/// The files of a repository, with what `blobs=true` adds.
fn list(repository: &Repository) -> Answer {
    let sibling = |file: &Content| {
        let mut entry = json!({"rfilename": file.name, "size": file.bytes.len(), "blobId": file.git()});
        if file.large {
            entry["lfs"] = json!({"sha256": file.etag(), "size": file.bytes.len(), "pointerSize": 134});
        }
        entry
    };
    let siblings: Vec<_> = repository.files.iter().map(sibling).collect();
    let body = json!({"id": repository.id, "sha": repository.commit, "siblings": siblings}).to_string();
    Answer { status: 200, headers: vec![("content-type", "application/json".to_owned())], body: body.into_bytes() }
}

/// A refusal that says back whatever it was told, the token too.
fn refusal(request: &Request, status: u16, code: Option<&str>) -> Answer {
    let message = format!("{} with {:?} refused", request.path, request.token);
    let mut headers = vec![("x-error-message", message.clone())];
    headers.extend(code.map(|code| ("x-error-code", code.to_owned())));
    Answer { status, headers, body: json!({"error": message}).to_string().into_bytes() }
}

/// The next request on a connection; none where the client has closed it.
fn read(reader: &mut impl BufRead, second: bool) -> std::io::Result<Option<Request>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.by_ref().take(65_536).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut words = lines[0].split(' ').map(ToOwned::to_owned);
    let header = |name: &str| {
        let all = lines[1..].iter().filter_map(|line| line.split_once(": "));
        all.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    Ok(Some(Request {
        second,
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        from: header("range").and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse().ok()),
        token: header("authorization").and_then(|value| Some(value.strip_prefix("Bearer ")?.to_owned())),
    }))
}
