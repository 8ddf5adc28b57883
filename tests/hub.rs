//! Downloads from a Hub on this machine: what is fetched, what is gone on with, and what each trouble is called.

mod hub_server;

use hub_server::table::{Values, parquet};
use hub_server::{Access, Fault, Repository as Remote, Server, TOKEN};
use polarscope::corpus::{PairSource, load_pairs, load_texts, paradigms};
use polarscope::error::ErrorKind;
use polarscope::hub::{Hub, Kind, Progress, Repository, Settings, Snapshot};
use polarscope::study::{Syntax, TextChoice};
use polarscope::{Error, Result};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const NEEDED: [&str; 2] = ["config.json", "model.safetensors"];

/// Larger than one read of a socket.
fn weights() -> Vec<u8> {
    (0..1_000_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes().into_iter().take(3)).collect()
}

fn model() -> Remote {
    let model = Remote::model("owner/tiny").small("config.json", "{\"layers\": 2}").small("README.md", "not needed");
    model.large("model.safetensors", weights()).large("pytorch_model.bin", "not needed either")
}

/// A server and a cache of its own.
struct Setting {
    server: Server,
    folder: TempDir,
    token: Option<String>,
}

impl Setting {
    fn new(repository: Remote) -> Self {
        Self { server: Server::start(vec![repository]), folder: TempDir::new().unwrap(), token: None }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    fn part(&self, path: &str) -> PathBuf {
        self.cache().join("models--owner--tiny").join(path)
    }

    fn incomplete(&self) -> PathBuf {
        self.part(&format!("blobs/{}.incomplete", model().etag("model.safetensors")))
    }

    fn settings(&self) -> Settings {
        let endpoint = self.server.url();
        Settings { endpoint, cache: self.cache(), token: self.token.clone(), offline: false }
    }

    fn fetch(&self) -> Result<Snapshot> {
        self.fetch_with("main", &mut |_| Ok(()))
    }

    fn fetch_with(&self, revision: &str, report: &mut dyn FnMut(&Progress) -> Result<()>) -> Result<Snapshot> {
        get(&mut Hub::with_settings(self.settings(), report), revision)
    }

    /// The message of a fetch that fails, and its exit code.
    fn trouble(&self) -> (u8, String) {
        self.trouble_at("main")
    }

    fn trouble_at(&self, revision: &str) -> (u8, String) {
        let error = self.fetch_with(revision, &mut |_| Ok(())).unwrap_err();
        let words = error.to_string();
        assert!(!words.contains(TOKEN) && !words.contains("hf_"), "{words}");
        assert!(words.contains("tiny") || error.kind() == ErrorKind::Output, "{words}");
        (error.exit_code(), words)
    }

    /// The first byte that each request for the weights asked for.
    fn starts(&self) -> Vec<usize> {
        self.server.log().iter().filter(|request| request.second).map(|request| request.from.unwrap_or(0)).collect()
    }
}

/// The files that are needed of the model "owner/tiny".
fn get(hub: &mut Hub, revision: &str) -> Result<Snapshot> {
    let repository = Repository { kind: Kind::Model, id: "owner/tiny".to_owned(), revision: revision.to_owned() };
    let complete = |folder: &Path| NEEDED.iter().all(|name| folder.join(name).exists());
    let needed = |names: &[String]| {
        if names.iter().any(|name| name == NEEDED[1]) {
            Ok(NEEDED.map(String::from).to_vec())
        } else {
            Err(Error::unavailable("there are no weights in it".to_owned()))
        }
    };
    hub.snapshot(&repository, &complete, &needed)
}

#[test]
fn only_what_is_needed_is_fetched_and_only_once() {
    let setting = Setting::new(model());
    let snapshot = setting.fetch().unwrap();
    assert_eq!(fs::read(snapshot.folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(fs::read_to_string(snapshot.folder.join("config.json")).unwrap(), "{\"layers\": 2}");
    assert_eq!(fs::read_dir(&snapshot.folder).unwrap().count(), 2);
    let paths: Vec<String> = setting.server.log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths.len(), 4, "the list, a small file, a large one and where it is: {paths:?}");
    assert!(!paths.iter().any(|path| path.contains("README") || path.contains("bin")), "{paths:?}");

    setting.server.forget_log();
    assert_eq!(setting.fetch().unwrap(), snapshot);
    assert_eq!(get(&mut Hub::cache_only_with(setting.settings()), "main").unwrap(), snapshot);
    assert_eq!(setting.server.log(), []);
}

#[test]
fn the_cache_has_the_layout_of_python() {
    let setting = Setting::new(model());
    let snapshot = setting.fetch().unwrap();
    let commit = Remote::model("").commit;
    assert_eq!(snapshot.commit, commit);
    assert_eq!(snapshot.folder, setting.part(&format!("snapshots/{commit}")));
    assert_eq!(fs::read_to_string(setting.part("refs/main")).unwrap(), commit);
    for name in NEEDED {
        let blob = setting.part("blobs").join(model().etag(name));
        assert_eq!(fs::canonicalize(snapshot.folder.join(name)).unwrap(), fs::canonicalize(&blob).unwrap());
        assert!(blob.is_file() && !blob.is_symlink());
        let lock = setting.cache().join(format!(".locks/models--owner--tiny/{}.lock", model().etag(name)));
        assert!(lock.exists());
    }
    #[cfg(unix)]
    {
        let link = fs::read_link(snapshot.folder.join("config.json")).unwrap();
        assert_eq!(link, Path::new("../../blobs").join(model().etag("config.json")));
    }
    let left = fs::read_dir(setting.part("blobs")).unwrap().count();
    assert_eq!(left, 2, "no partial file is left");
}

#[test]
fn a_revision_is_a_branch_a_tag_or_a_commit() {
    let mut remote = model();
    remote.revisions.extend(["v1".to_owned(), "refs/pr/1".to_owned()]);
    let setting = Setting::new(remote);
    for revision in ["v1", "refs/pr/1"] {
        let snapshot = setting.fetch_with(revision, &mut |_| Ok(())).unwrap();
        assert_eq!(fs::read_to_string(setting.part("refs").join(revision)).unwrap(), snapshot.commit);
    }
    let commit = Remote::model("").commit;
    setting.server.forget_log();
    setting.fetch_with(&commit, &mut |_| Ok(())).unwrap();
    assert_eq!(setting.server.log(), [], "its files are there already");
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let mut remote = model();
    remote.access = Access::Private;
    let setting = Setting { token: Some(TOKEN.to_owned()), ..Setting::new(remote) };
    setting.fetch().unwrap();
    for request in setting.server.log() {
        assert_eq!(request.token.is_some(), !request.second, "{request:?}");
    }
}

#[test]
fn a_connection_that_breaks_is_resumed() {
    let setting = Setting::new(model());
    setting.server.fail(&format!("/{}", model().etag("model.safetensors")), 1, Fault::CutAfter(1_234_567));
    let snapshot = setting.fetch().unwrap();
    assert_eq!(fs::read(snapshot.folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(setting.starts(), [0, 1_234_567]);
}

#[test]
fn a_server_that_keeps_breaking_is_given_up_and_the_next_start_goes_on() {
    let setting = Setting::new(model());
    let path = format!("/{}", model().etag("model.safetensors"));
    setting.server.fail(&path, 1, Fault::CutAfter(1_000_000));
    setting.server.fail(&path, 4, Fault::CutAfter(0));
    let (code, words) = setting.trouble();
    assert_eq!(code, 69);
    assert!(words.contains("model.safetensors") && words.contains("the next start goes on"), "{words}");
    assert_eq!(fs::metadata(setting.incomplete()).unwrap().len(), 1_000_000);
    setting.server.fail(&path, 0, Fault::CutAfter(0));
    setting.server.forget_log();
    setting.fetch().unwrap();
    assert_eq!(setting.starts().last(), Some(&1_000_000));
}

#[test]
fn what_python_began_is_gone_on_with_and_what_is_not_it_is_found_out() {
    let setting = Setting::new(model());
    fs::create_dir_all(setting.part("blobs")).unwrap();
    fs::write(setting.incomplete(), &weights()[..2_000_000]).unwrap();
    setting.fetch().unwrap();
    assert_eq!(setting.starts(), [2_000_000]);

    let setting = Setting::new(model());
    fs::create_dir_all(setting.part("blobs")).unwrap();
    fs::write(setting.incomplete(), [7; 1000]).unwrap();
    let (code, words) = setting.trouble();
    assert_eq!(code, 65);
    assert!(words.contains("model.safetensors") && words.contains("try again"), "{words}");
    assert!(!setting.incomplete().exists(), "nothing can be done with it");
    setting.fetch().unwrap();
    assert_eq!(setting.starts(), [1000, 0]);

    // All of it, and more than all of it.
    let setting = Setting::new(model());
    fs::create_dir_all(setting.part("blobs")).unwrap();
    fs::write(setting.incomplete(), weights()).unwrap();
    setting.fetch().unwrap();
    assert!(setting.starts().is_empty());
    let setting = Setting::new(model());
    fs::create_dir_all(setting.part("blobs")).unwrap();
    fs::write(setting.incomplete(), [weights(), vec![0]].concat()).unwrap();
    setting.fetch().unwrap();
    assert_eq!(setting.starts(), [0]);
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let setting = Setting::new(model());
    let path = format!("/{}", model().etag("model.safetensors"));
    setting.server.fail(&path, 1, Fault::CutAfter(500_000));
    setting.server.fail(&path, 1, Fault::NoRanges);
    let mut last = None;
    let snapshot = setting.fetch_with("main", &mut |progress| {
        assert!(progress.done <= progress.total);
        last = Some(progress.clone());
        Ok(())
    });
    assert_eq!(fs::read(snapshot.unwrap().folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(setting.starts(), [0, 500_000]);
    let last = last.unwrap();
    assert_eq!((last.done, last.total), (3_000_013, 3_000_013));
}

#[test]
fn wrong_content_is_found_out_of_large_and_of_small_files() {
    for name in NEEDED {
        let setting = Setting::new(model());
        let large = name == "model.safetensors";
        let path = if large { format!("/{}", model().etag(name)) } else { name.to_owned() };
        setting.server.fail(&path, 1, Fault::WrongContent);
        let (code, words) = setting.trouble();
        assert_eq!(code, 65);
        assert!(words.contains(name) && words.contains(&model().etag(name)), "{words}");
        assert!(fs::read_dir(setting.part("blobs")).unwrap().count() <= usize::from(large));
        setting.fetch().unwrap();
    }
}

#[test]
fn a_page_that_is_not_the_file_does_not_get_into_it() {
    let setting = Setting::new(model());
    let path = format!("/{}", model().etag("model.safetensors"));
    setting.server.fail(&path, 1, Fault::CutAfter(1000));
    setting.server.fail(&path, 1, Fault::Page);
    let (code, words) = setting.trouble();
    assert_eq!(code, 69);
    assert!(words.contains("login") && words.contains("model.safetensors"), "{words}");
    assert_eq!(fs::metadata(setting.incomplete()).unwrap().len(), 1000);
    setting.fetch().unwrap();
    setting.server.fail("/api/models", 1, Fault::Page);
    fs::remove_file(setting.part("refs/main")).unwrap();
    assert!(setting.trouble().1.contains("HF_ENDPOINT"));
}

#[test]
fn progress_counts_the_bytes_of_what_is_needed() {
    let setting = Setting::new(model());
    setting.server.fail(&format!("/{}", model().etag("model.safetensors")), 1, Fault::CutAfter(2_000_000));
    let mut all: Vec<Progress> = Vec::new();
    setting
        .fetch_with("main", &mut |progress| {
            all.push(progress.clone());
            Ok(())
        })
        .unwrap();
    assert_eq!((all[0].total, all[0].file.as_str()), (0, ""));
    assert!(all.iter().all(|progress| progress.repository == "owner/tiny"));
    assert!(all.windows(2).all(|two| two[0].done <= two[1].done));
    let during = all.iter().find(|progress| progress.done >= 2_000_000 && progress.done < progress.total).unwrap();
    assert_eq!((during.file.as_str(), during.total), ("model.safetensors", 3_000_013));
    assert!(during.bytes_per_second > 0.0 && during.left.is_some());
}

#[test]
fn it_can_be_ended_whatever_the_server_does() {
    let path = format!("/{}", model().etag("model.safetensors"));
    for (path, fault) in [
        ("/api/models", Fault::Silence),
        ("/resolve/", Fault::Silence),
        (path.as_str(), Fault::Silence),
        (path.as_str(), Fault::StallAfter(700_000)),
        ("/api/models", Fault::Status(429, Some(9))),
    ] {
        let setting = Setting::new(model());
        setting.server.fail(path, 9, fault.clone());
        let mut calls = 0;
        let ended = setting.fetch_with("main", &mut |progress| {
            calls += 1;
            let stalled = progress.done >= 700_000 || !matches!(fault, Fault::StallAfter(_));
            if stalled && calls > 2 { Err(Error::stopped("enough".to_owned())) } else { Ok(()) }
        });
        assert!(ended.is_err_and(|error| error.kind() == ErrorKind::Stopped && error.to_string() == "enough"));
    }
    let setting = Setting::new(model());
    setting.server.fail(&path, 9, Fault::StallAfter(700_000));
    let mut stop = |progress: &Progress| match progress.done {
        0..700_000 => Ok(()),
        _ => Err(Error::stopped(String::new())),
    };
    setting.fetch_with("main", &mut stop).unwrap_err();
    assert_eq!(fs::metadata(setting.incomplete()).unwrap().len(), 700_000, "what has come is kept");
}

#[test]
fn two_downloads_do_not_write_the_same_file() {
    let setting = Setting::new(model());
    let lock = setting.cache().join(format!(".locks/models--owner--tiny/{}.lock", model().etag("model.safetensors")));
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let mut calls = 0;
    let mut waits = |_: &Progress| {
        calls += 1;
        if calls > 4 { Err(Error::stopped(String::new())) } else { Ok(()) }
    };
    setting.fetch_with("main", &mut waits).unwrap_err();
    assert!(setting.starts().is_empty());
    drop(held);
    setting.fetch().unwrap();
}

#[test]
fn a_repository_that_is_not_there_may_be_misspelt_or_private() {
    let mut remote = model();
    remote.access = Access::Private;
    for remote in [Remote::model("owner/other"), remote] {
        let (code, words) = Setting::new(remote).trouble();
        assert_eq!(code, 69);
        assert!(words.contains("misspelt") && words.contains("private") && words.contains("HF_TOKEN"), "{words}");
        assert!(words.contains("\"owner/tiny\""), "{words}");
    }
    let setting = Setting { token: Some(TOKEN.to_owned()), ..Setting::new(Remote::model("owner/other")) };
    assert!(setting.trouble().1.contains("misspelt"));
}

#[test]
fn a_gated_repository_says_where_its_terms_are() {
    let mut remote = model();
    remote.access = Access::Gated;
    let setting = Setting::new(remote.clone());
    let (code, words) = setting.trouble();
    assert_eq!(code, 69);
    assert!(words.contains("gated") && words.contains("https://huggingface.co/owner/tiny"), "{words}");
    assert!(words.contains("HF_TOKEN"), "{words}");
    let setting = Setting { token: Some(TOKEN.to_owned()), ..Setting::new(remote) };
    setting.server.fail("/resolve/", 1, Fault::NotGranted);
    assert!(setting.trouble().1.contains("https://huggingface.co/owner/tiny"));
    setting.fetch().unwrap();
}

#[test]
fn a_token_that_is_refused_is_not_shown() {
    let setting = Setting { token: Some("hf_expired".to_owned()), ..Setting::new(model()) };
    let (code, words) = setting.trouble();
    assert_eq!(code, 69);
    assert!(words.contains("does not accept the token") && words.contains("HF_TOKEN"), "{words}");
    let setting = Setting { token: Some("hf_two\nlines".to_owned()), ..Setting::new(model()) };
    let error = setting.fetch().unwrap_err();
    assert!(error.to_string().contains("HF_TOKEN") && !error.to_string().contains("hf_two"));
}

/// The server sends the token back in every refusal, and in the address of every large file.
#[test]
fn no_trouble_on_the_way_shows_the_token() {
    let path = format!("/{}", model().etag("model.safetensors"));
    for status in [400, 401, 403, 404, 416, 418, 429, 500, 503] {
        for path in ["/api/", "config.json", path.as_str()] {
            let setting = Setting { token: Some(TOKEN.to_owned()), ..Setting::new(model()) };
            setting.server.fail(path, 9, Fault::Status(status, Some(999)));
            let (code, words) = setting.trouble();
            assert_eq!(code, 69, "{words}");
        }
    }
    let setting = Setting { token: Some(TOKEN.to_owned()), ..Setting::new(model()) };
    setting.server.fail(&path, 9, Fault::CutAfter(0));
    setting.trouble();
}

#[test]
fn a_revision_or_a_file_that_is_not_there_is_named() {
    let setting = Setting::new(model());
    let (code, words) = setting.trouble_at("v9");
    assert_eq!(code, 69);
    assert!(words.contains("no revision \"v9\"") && words.contains("https://huggingface.co/owner/tiny"), "{words}");
    let setting = Setting::new(Remote::model("owner/tiny").small("config.json", "{}"));
    let (code, words) = setting.trouble();
    assert_eq!((code, words.as_str()), (69, "the model \"owner/tiny\": there are no weights in it"));
    assert_eq!(setting.trouble_at("../up").0, 2);
}

#[test]
fn redirects_that_lead_nowhere_are_called_so() {
    for path in ["/api/models", "/resolve/"] {
        let setting = Setting::new(model());
        setting.server.fail(path, 99, Fault::Circle);
        let (code, words) = setting.trouble();
        assert_eq!(code, 69);
        assert!(words.contains("again and again") && words.contains("HF_ENDPOINT"), "{words}");
        assert!(!words.contains("broke"), "{words}");
    }
}

#[test]
fn redirects_out_of_the_web_are_called_so() {
    for path in ["/api/models", "/resolve/"] {
        let setting = Setting::new(model());
        setting.server.fail(path, 99, Fault::Elsewhere("ftp"));
        let (code, words) = setting.trouble();
        assert_eq!(code, 69);
        assert!(words.contains("begins with ftp:; expected http: or https:"), "{words}");
    }
}

#[test]
fn a_folder_in_place_of_a_file_of_the_cache_is_named() {
    let etag = model().etag("model.safetensors");
    let snapshot = format!("snapshots/{}/model.safetensors", model().commit);
    for place in [format!("blobs/{etag}"), format!("blobs/{etag}.incomplete"), snapshot] {
        let setting = Setting::new(model());
        let folder = setting.part(&place);
        fs::create_dir_all(&folder).unwrap();
        let complete = |folder: &Path| NEEDED.iter().all(|name| folder.join(name).is_file());
        let needed = |_: &[String]| Ok(NEEDED.map(String::from).to_vec());
        let repository = Repository { kind: Kind::Model, id: "owner/tiny".to_owned(), revision: "main".to_owned() };
        let mut report = |_: &Progress| Ok(());
        let mut hub = Hub::with_settings(setting.settings(), &mut report);
        let error = hub.snapshot(&repository, &complete, &needed).unwrap_err();
        let words = error.to_string();
        assert!(words.starts_with(&folder.display().to_string()) && words.contains("remove the folder"), "{words}");
        assert_eq!((error.exit_code(), setting.starts().len()), (73, 0));
        fs::remove_dir(&folder).unwrap();
        hub.snapshot(&repository, &complete, &needed).unwrap();
    }
}

/// Files of the right size that are not what the Hub has are fetched anew; what only looks odd is not.
#[test]
fn what_is_torn_is_fetched_again_and_what_is_odd_is_kept() {
    let setting = Setting::new(model());
    let snapshot = setting.fetch().unwrap();
    fs::remove_file(snapshot.folder.join("config.json")).unwrap();
    setting.server.forget_log();
    setting.fetch().unwrap();
    assert!(setting.starts().is_empty(), "the weights, which are no safetensors, have the hash that they should");
    let blob = setting.part("blobs").join(model().etag("model.safetensors"));
    fs::write(&blob, vec![0; weights().len()]).unwrap();
    fs::remove_file(snapshot.folder.join("config.json")).unwrap();
    setting.fetch().unwrap();
    assert_eq!(fs::read(snapshot.folder.join("model.safetensors")).unwrap(), weights());
}

#[test]
fn an_address_that_may_hold_a_secret_is_not_repeated() {
    let setting = Setting::new(model());
    for endpoint in [
        "ftp://user:secret@host",
        "user:secret@host",
        "//u:secret@h",
        "host/?token=secret",
        "ftp://h#secret",
        "http://u:se@secret@",
    ] {
        let mut report = |_: &Progress| Ok(());
        let settings = Settings { endpoint: endpoint.to_owned(), ..setting.settings() };
        let error = get(&mut Hub::with_settings(settings, &mut report), "main").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("HF_ENDPOINT") && !error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn without_a_connection_the_address_is_named() {
    let setting = Setting::new(model());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let at = |endpoint: String| {
        let mut report = |_: &Progress| Ok(());
        let settings = Settings { endpoint, ..setting.settings() };
        get(&mut Hub::with_settings(settings, &mut report), "main").unwrap_err()
    };
    let error = at(format!("http://user:secret@{nobody}"));
    let words = error.to_string();
    assert_eq!(error.exit_code(), 69);
    assert!(words.contains(&format!("http://{nobody} cannot be reached")) && words.contains("efused"), "{words}");
    assert!(!words.contains("secret"), "{words}");
    let error = at("huggingface.co".to_owned());
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("HF_ENDPOINT"));
}

#[test]
fn a_busy_server_is_waited_for_but_not_for_long() {
    let setting = Setting::new(model());
    setting.server.fail("/api/models", 1, Fault::Status(429, Some(0)));
    setting.server.fail("/api/models", 1, Fault::Status(503, None));
    setting.server.fail(&format!("/{}", model().etag("model.safetensors")), 2, Fault::Status(500, None));
    setting.fetch().unwrap();

    let setting = Setting::new(model());
    setting.server.fail("/api/models", 9, Fault::Status(429, Some(3600)));
    let (code, words) = setting.trouble();
    assert_eq!((code, setting.server.log().len()), (69, 1));
    assert!(words.contains("too many requests") && words.contains("3600 s"), "{words}");

    let setting = Setting::new(model());
    setting.server.fail("/api/models", 9, Fault::Status(503, None));
    let (code, words) = setting.trouble();
    assert_eq!((code, setting.server.log().len()), (69, 4));
    assert!(words.contains("503") && words.contains("later"), "{words}");
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let setting = Setting::new(model());
    fs::write(setting.cache(), "a file").unwrap();
    let (code, words) = setting.trouble();
    assert_eq!(code, 73);
    assert!(words.contains(&setting.cache().display().to_string()) && words.contains("HF_HOME"), "{words}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_called_one() {
    let setting = Setting::new(model());
    fs::create_dir_all(setting.part("blobs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", setting.incomplete()).unwrap();
    let (code, words) = setting.trouble();
    assert_eq!(code, 73);
    assert!(words.contains(&setting.cache().display().to_string()) && words.contains("HF_HOME"), "{words}");
}

#[test]
fn without_the_network_the_cache_is_all_there_is() {
    let setting = Setting::new(model());
    let error = get(&mut Hub::cache_only_with(setting.settings()), "main").unwrap_err();
    assert!(error.kind() == ErrorKind::NotCached && error.exit_code() == 69);
    assert!(error.to_string().contains("polarscope plan"), "{error}");
    let offline = || {
        let settings = Settings { offline: true, ..setting.settings() };
        get(&mut Hub::with_settings(settings, &mut |_| Ok(())), "main")
    };
    let error = offline().unwrap_err();
    assert!(error.kind() == ErrorKind::NotCached && error.to_string().contains("HF_HUB_OFFLINE"), "{error}");
    assert_eq!(setting.server.log(), []);
    let snapshot = setting.fetch().unwrap();
    assert_eq!(offline().unwrap(), snapshot);
    // A download that ended half-way is not there.
    fs::remove_file(snapshot.folder.join("model.safetensors")).unwrap();
    offline().unwrap_err();
    setting.server.forget_log();
    setting.fetch().unwrap();
    assert!(setting.starts().is_empty(), "its content is still there");
}

#[test]
fn names_that_lead_out_of_the_cache_are_not_offered() {
    let names = ["../up", "/etc/passwd", "a/../../b", "a\\..\\b", "C:x", ""];
    let remote = names.iter().fold(model(), |model, name| model.small(name, "x"));
    let setting = Setting::new(remote);
    let repository = Repository { kind: Kind::Model, id: "owner/tiny".to_owned(), revision: "main".to_owned() };
    let all = |listed: &[String]| {
        assert_eq!(listed.len(), 4, "{listed:?}");
        Ok(listed.to_vec())
    };
    Hub::with_settings(setting.settings(), &mut |_| Ok(())).snapshot(&repository, &|_| false, &all).unwrap();
    let setting = Setting::new(Remote { commit: "../../../up".to_owned(), ..model() });
    assert_eq!(setting.trouble().0, 69);
}

const WIKITEXT: &str = "wikitext-103-raw-v1/test-00000-of-00001.parquet";

fn wikitext(lines: &[&str]) -> Remote {
    let table = parquet(&[("text", Values::Text(lines.to_vec()))]);
    Remote::dataset("Salesforce/wikitext").small("README.md", "").large(WIKITEXT, table)
}

const LINES: [&str; 5] = [
    "",
    " = A heading that is long enough and has a stop . = \n",
    " The first sentence of the article is long enough . \n",
    " Short . \n",
    " The second one of them is long enough as well . \n",
];

/// A paradigm as BLiMP has it, of these pairs.
fn paradigm(name: &str, pairs: &[(&str, &str)]) -> Vec<u8> {
    parquet(&[
        ("sentence_good", Values::Text(pairs.iter().map(|pair| pair.0).collect())),
        ("sentence_bad", Values::Text(pairs.iter().map(|pair| pair.1).collect())),
        ("field", Values::Text(vec!["syntax"; pairs.len()])),
        ("UID", Values::Text(vec![name; pairs.len()])),
        ("pair_id", Values::Whole((0..).take(pairs.len()).collect())),
    ])
}

fn blimp() -> Remote {
    let names = ["anaphor_gender_agreement", "anaphor_number_agreement", "wh_island"];
    let pairs = [("The cat sees itself.", "The cat sees herself."), ("Dogs like themselves.", "Dogs like itself.")];
    names.iter().fold(Remote::dataset("nyu-mll/blimp"), |blimp, name| {
        blimp.large(&format!("{name}/train-00000-of-00001.parquet"), paradigm(name, &pairs))
    })
}

/// What `work` makes of a Hub at `server` with the cache `cache`.
fn online<T>(server: &Server, cache: &Path, work: impl FnOnce(&mut Hub) -> T) -> T {
    let settings = Settings { endpoint: server.url(), cache: cache.to_owned(), token: None, offline: false };
    work(&mut Hub::with_settings(settings, &mut |_| Ok(())))
}

fn choice(source: &str) -> TextChoice {
    TextChoice { source: source.to_owned(), ..TextChoice::default() }
}

fn pairs_of(paradigms: &[&str], items: usize) -> Syntax {
    let paradigms = paradigms.iter().map(|name| (*name).to_owned()).collect();
    Syntax { pairs: "blimp".to_owned(), paradigms, items, ..Syntax::default() }
}

#[test]
fn the_texts_of_wikitext_are_its_lines() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(vec![wikitext(&LINES)]);
    let source = online(&server, folder.path(), |hub| load_texts(&choice("wikitext"), hub)).unwrap();
    let texts =
        ["The first sentence of the article is long enough .", "The second one of them is long enough as well ."];
    assert_eq!(source.texts, texts);
    assert_eq!(source.available, 4);
    assert_eq!(source.revision, Some(wikitext(&LINES).commit));
    assert_eq!(source.sha256, wikitext(&LINES).etag(WIKITEXT), "of the file as it is on the Hub");
    assert!(server.log().iter().all(|request| !request.path.contains("README")));
    server.forget_log();
    online(&server, folder.path(), |hub| load_texts(&choice("wikitext"), hub)).unwrap();
    assert_eq!(server.log(), []);
}

#[test]
fn only_the_paradigms_of_the_study_are_fetched() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(vec![blimp()]);
    let load =
        |paradigms: &[&str], items| online(&server, folder.path(), |hub| load_pairs(&pairs_of(paradigms, items), hub));
    let source: PairSource = load(&["wh_island", "anaphor_gender_agreement"], 3).unwrap();
    let names: Vec<(&str, &str)> = source.pairs.iter().map(|p| (p.paradigm.as_str(), p.id.as_str())).collect();
    assert_eq!(names, [("wh_island", "0"), ("anaphor_gender_agreement", "0")], "as many of each, in the study's order");
    assert_eq!(source.pairs[0].bad, "The cat sees herself.");
    assert_eq!(source.revision, Some(blimp().commit));
    assert!(!server.log().iter().any(|request| request.path.contains("anaphor_number_agreement")));

    server.forget_log();
    let error = load(&["wh_iland"], 1).unwrap_err();
    assert_eq!((error.exit_code(), server.log()), (2, Vec::new()));
    assert!(error.to_string().contains("did you mean \"wh_island\""), "{error}");
    // The rest of the 67 is not on this server.
    let error = load(&[], 67).unwrap_err();
    assert!(error.to_string().contains("adjunct_island/train-00000-of-00001.parquet"), "{error}");
}

#[test]
fn the_paradigms_of_blimp_are_known_without_it() {
    let known = paradigms("blimp").unwrap();
    assert_eq!(known.len(), 67);
    assert!(known.iter().all(|(_, pairs)| *pairs == 1000));
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/blimp");
    if let Ok(files) = fs::read_dir(shared) {
        let mut names: Vec<_> = files.map(|file| file.unwrap().path().file_stem().unwrap().to_owned()).collect();
        names.sort();
        assert!(names.iter().eq(known.iter().map(|(name, _)| name.as_str())));
    }
}

#[test]
fn a_broken_table_is_named() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(vec![Remote::dataset("Salesforce/wikitext").large(WIKITEXT, "PAR1 and then nothing")]);
    let error = online(&server, folder.path(), |hub| load_texts(&choice("wikitext"), hub)).err().unwrap();
    assert_eq!(error.exit_code(), 65);
    assert!(error.to_string().contains(WIKITEXT) && error.to_string().contains("Salesforce/wikitext"), "{error}");
}

/// With the data itself, where it is beside the checkout.
#[test]
fn the_filter_of_the_study_leaves_281_texts_of_wikitext() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(text) = fs::read_to_string(shared.join("wikitext.test.raw")) else { return };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let folder = TempDir::new().unwrap();
    let server = Server::start(vec![wikitext(&lines)]);
    let source = online(&server, folder.path(), |hub| load_texts(&choice("wikitext"), hub)).unwrap();
    assert_eq!(source.texts.len(), 281);
}

#[test]
fn all_of_blimp_can_be_fetched() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/blimp");
    let known = paradigms("blimp").unwrap();
    let remote = known.iter().try_fold(Remote::dataset("nyu-mll/blimp"), |blimp, (name, _)| {
        let text = fs::read_to_string(shared.join(format!("{name}.jsonl"))).ok()?;
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let pairs: Vec<(&str, &str)> = lines
            .iter()
            .map(|line| (line["sentence_good"].as_str().unwrap(), line["sentence_bad"].as_str().unwrap()))
            .collect();
        Some(blimp.large(&format!("{name}/train-00000-of-00001.parquet"), paradigm(name, &pairs)))
    });
    let Some(remote) = remote else { return };
    let folder = TempDir::new().unwrap();
    let server = Server::start(vec![remote]);
    let from_hub = online(&server, folder.path(), |hub| load_pairs(&pairs_of(&[], 67_000), hub)).unwrap();
    let local = Syntax { pairs: shared.display().to_string(), items: 67_000, ..Syntax::default() };
    assert_eq!(from_hub.pairs, load_pairs(&local, &mut Hub::cache_only()).unwrap().pairs);
}

/// `polarscope plan` in a folder of its own, with these variables.
fn plan(folder: &Path, variables: &[(&str, &str)]) -> assert_cmd::assert::Assert {
    let study = "[texts]\nsource = \"wikitext\"\n[experiments.sweep]\n[experiments.syntax]\npairs = \"blimp\"\n\
                 items = 2\nparadigms = [\"wh_island\"]";
    fs::write(folder.join("study.toml"), study).unwrap();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_polarscope"));
    for name in ["HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE"] {
        command.env_remove(name);
    }
    command.current_dir(folder).args(["plan", "study.toml"]).envs(variables.iter().copied()).assert()
}

#[test]
fn the_program_obeys_the_environment() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let mut texts = wikitext(&LINES);
    texts.access = Access::Private;
    let server = Server::start(vec![texts, blimp()]);
    let (url, home_of) = (server.url(), home.to_str().unwrap());
    let variables = [("HF_ENDPOINT", url.as_str()), ("HF_HOME", home_of)];
    let with = |more: &[(&'static str, &'static str)]| plan(folder.path(), &[variables.as_slice(), more].concat());

    with(&[("HF_HUB_OFFLINE", "1")]).code(69).stderr(contains("HF_HUB_OFFLINE is set"));
    assert_eq!(server.log(), []);
    with(&[]).code(69).stderr(contains("Salesforce/wikitext").and(contains("HF_TOKEN")));
    with(&[("HF_TOKEN", TOKEN)]).success().stdout(contains("texts            2 of 4"));
    assert!(home.join("hub/datasets--Salesforce--wikitext").is_dir());
    // A file of the name of a keyword does not hide it.
    fs::write(folder.path().join("wikitext"), "One line of my own that is long enough.").unwrap();
    server.forget_log();
    with(&[("HF_HUB_OFFLINE", "yes")])
        .success()
        .stdout(contains("texts            2 of 4").and(contains("syntax           2")));
    assert_eq!(server.log(), []);

    let cache = folder.path().join("cache");
    fs::write(home.join("token"), format!("{TOKEN}\n")).unwrap();
    plan(folder.path(), &[variables.as_slice(), &[("HF_HUB_CACHE", cache.to_str().unwrap())]].concat()).success();
    assert!(cache.join("datasets--nyu-mll--blimp").is_dir());
    assert!(server.log().iter().any(|request| request.token.as_deref() == Some(TOKEN)), "the stored token was sent");
}
