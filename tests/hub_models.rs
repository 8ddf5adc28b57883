//! Models and texts from a Hub, from the first request to the study file.

mod hub_server;

use assert_cmd::assert::Assert;
use hub_server::table::{Values, parquet};
use hub_server::{Fault, Repository, Server, TOKEN};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A Hub, and a folder with a cache of its own.
struct Setting {
    server: Server,
    folder: TempDir,
}

impl Setting {
    fn new(repositories: Vec<Repository>) -> Self {
        Self { server: Server::start(repositories), folder: TempDir::new().unwrap() }
    }

    fn polarscope(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Assert {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_polarscope"));
        for name in ["HF_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE"] {
            command.env_remove(name);
        }
        command.env("HF_ENDPOINT", self.server.url()).env("HF_HOME", self.folder.path().join("home"));
        command.current_dir(self.folder.path()).args(arguments).envs(variables.iter().copied()).assert()
    }

    /// The files that were asked for since the log was forgotten, by their last name, each once.
    fn asked_for(&self) -> Vec<String> {
        let paths = self.server.log().into_iter().filter(|request| request.path.contains("/resolve/"));
        let mut names: Vec<String> = paths.map(|r| r.path.rsplit('/').next().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The fixture `name` as a repository, with files that nobody needs beside it.
fn repository(id: &str, name: &str) -> Repository {
    let mut repository = Repository::model(id).small("README.md", "hello").large("flax_model.msgpack", [7; 5000]);
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let path = entry.unwrap().path();
        let (file, bytes) = (path.file_name().unwrap().to_str().unwrap(), std::fs::read(&path).unwrap());
        let is_large = path.extension().is_some_and(|e| e == "safetensors" || e == "bin");
        repository = if is_large { repository.large(file, bytes) } else { repository.small(file, bytes) };
    }
    repository
}

/// The demo, whose tokenizer knows the demo's texts, as a repository.
fn demo() -> Repository {
    let [config, weights, tokenizer] = polarscope::lm::demo_files();
    Repository::model("lab/demo").small(config.0, config.1).large(weights.0, weights.1).small(tokenizer.0, tokenizer.1)
}

#[test]
fn a_model_is_fetched_once_and_only_what_it_needs() {
    let setting = Setting::new(vec![repository("lab/tiny-opt", "opt"), repository("lab/tiny-mistral", "mistral")]);
    let inspect = |id| setting.polarscope(&["inspect", id, "--json", "--device", "cpu"], &[]).success();
    let output = inspect("lab/tiny-opt");
    let json: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(json["family"], "opt");
    assert_eq!(json["commit"], "0123456789abcdef0123456789abcdef01234567");
    assert_eq!(
        setting.asked_for(),
        [
            "config.json",
            "merges.txt",
            "pytorch_model.bin",
            "special_tokens_map.json",
            "tokenizer_config.json",
            "vocab.json"
        ]
    );
    setting.server.forget_log();
    let again = inspect("lab/tiny-opt");
    assert_eq!(setting.server.log(), []);
    let again: Value = serde_json::from_slice(&again.get_output().stdout).unwrap();
    assert_eq!((&again["files_sha256"], &again["norms"]), (&json["files_sha256"], &json["norms"]));
    setting.polarscope(&["inspect", "lab/tiny-opt"], &[("HF_HUB_OFFLINE", "1")]).success();
    // Without a tokenizer the Hub is asked whether it has one now, and gone without where it cannot be asked.
    inspect("lab/tiny-mistral").stdout(contains("random tokens"));
    setting.polarscope(&["inspect", "lab/tiny-mistral"], &[("HF_HUB_OFFLINE", "1")]).success();
    assert!(setting.asked_for().iter().any(|name| name == "model-00002-of-00002.safetensors"));
}

#[test]
fn a_plan_leaves_the_weights_where_they_are() {
    let setting = Setting::new(vec![demo()]);
    let study = "[model]\nid = \"lab/demo\"\n[texts]\nlimit = 3\n[experiments.sweep]";
    std::fs::write(setting.folder.path().join("study.toml"), study).unwrap();
    setting.polarscope(&["plan", "study.toml"], &[]).success().stdout(contains("gpt_neox, 8 layers"));
    assert_eq!(setting.asked_for(), ["config.json", "tokenizer.json"]);
    // The weights are those of the commit that the plan was made of, also where the branch has moved since.
    setting.server.forget_log();
    setting.polarscope(&["run", "study.toml", "--device", "cpu"], &[]).success();
    let lists: Vec<String> =
        setting.server.log().into_iter().map(|r| r.path).filter(|p| p.contains("/revision/")).collect();
    assert!(lists.len() == 1 && lists[0].contains("/revision/0123456789abcdef"), "{lists:?}");
    assert_eq!(setting.asked_for(), ["model.safetensors"]);
}

#[test]
fn a_study_of_the_hub_runs_over_breaks_and_names_its_commits_and_no_token() {
    let lines = ["the dog runs.", "a heading"].map(|line| format!(" {line} {line} {line} {line} \n"));
    let table = parquet(&[("text", Values::Text(lines.iter().map(String::as_str).collect()))]);
    let texts =
        Repository::dataset("Salesforce/wikitext").large("wikitext-103-raw-v1/test-00000-of-00001.parquet", table);
    let model = demo();
    let weights = model.etag("model.safetensors");
    let setting = Setting::new(vec![model, texts]);
    setting.server.fail(&weights, 2, Fault::CutAfter(1_000_000));
    let study = "[model]\nid = \"lab/demo\"\n[texts]\nsource = \"wikitext\"\n[perturbation]\nlayers = [2]\ndeltas = [1]\n\
                 seeds = 1\n[experiments.sweep]";
    std::fs::write(setting.folder.path().join("study.toml"), study).unwrap();
    let arguments = ["run", "study.toml", "--device", "cpu"];
    setting.polarscope(&arguments, &[("HF_TOKEN", TOKEN)]).success().stderr(contains(TOKEN).not());
    let log = setting.server.log();
    let starts: Vec<usize> =
        log.iter().filter(|r| r.second && r.path.contains(&weights)).filter_map(|r| r.from).collect();
    assert!(starts.contains(&1_000_000) && starts.contains(&2_000_000), "{starts:?}");
    let file = setting.folder.path().join("study.polar");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let value = |key: &str| -> String {
        connection.query_row("SELECT value FROM provenance WHERE key = ?", [key], |row| row.get(0)).unwrap()
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!((value("model_commit"), value("texts_revision")), (commit.to_owned(), commit.to_owned()));
    assert_eq!((value("model_id"), value("weights_stored_as")), ("lab/demo".to_owned(), "f16".to_owned()));
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()), "the token is in the study file");
}

#[test]
fn a_name_that_is_nothing_says_what_it_could_be() {
    let setting = Setting::new(vec![]);
    setting.polarscope(&["inspect", "lab/tyni"], &[]).code(69).stderr(contains("lab/tyni").and(contains("HF_TOKEN")));
    setting.polarscope(&["inspect", "no such thing"], &[]).code(2).stderr(contains("EleutherAI/pythia-410m"));
    setting.polarscope(&["inspect", "nowhere"], &[]).code(69).stderr(contains("there is no such folder or file"));
    setting
        .polarscope(&["inspect", "lab/tyni"], &[("HF_HUB_OFFLINE", "1")])
        .code(69)
        .stderr(contains("HF_HUB_OFFLINE is set"));
}

/// A cache in which `tear` has been at work is not whole: offline that is said, online what is torn is fetched again.
fn torn(id: &str, fixture: &str, tear: &dyn Fn(&Path), fetched: &[&str]) {
    let setting = Setting::new(vec![if fixture == "demo" { demo() } else { repository(id, fixture) }]);
    let inspect =
        |variables: &[(&str, &str)]| setting.polarscope(&["inspect", id, "--json", "--device", "cpu"], variables);
    let whole: Value = serde_json::from_slice(&inspect(&[]).success().get_output().stdout).unwrap();
    let cache = setting.folder.path().join("home/hub").join(format!("models--{}", id.replace('/', "--")));
    tear(&cache.join("snapshots/0123456789abcdef0123456789abcdef01234567"));
    inspect(&[("HF_HUB_OFFLINE", "1")]).code(69).stderr(contains("not all of it"));
    inspect(&[("HF_ENDPOINT", "http://127.0.0.1:9")]).code(69).stderr(contains("cannot be reached"));
    setting.server.forget_log();
    let again: Value = serde_json::from_slice(&inspect(&[]).success().get_output().stdout).unwrap();
    assert_eq!((&again["files_sha256"], &again["norms"]), (&whole["files_sha256"], &whole["norms"]));
    assert_eq!(setting.asked_for(), fetched);
    inspect(&[("HF_HUB_OFFLINE", "1")]).success();
}

#[cfg(unix)]
#[test]
fn a_cache_that_is_not_whole_is_completed() {
    let blob = |path: PathBuf| std::fs::canonicalize(path).unwrap();
    let (weights, tokenizer) = ("model.safetensors", "tokenizer.json");
    // The link leads nowhere, as where a blob was deleted by hand.
    torn("lab/demo", "demo", &|at| std::fs::remove_file(blob(at.join(weights))).unwrap(), &[weights]);
    torn("lab/demo", "demo", &|at| std::fs::remove_file(blob(at.join(tokenizer))).unwrap(), &[tokenizer]);
    // What was a link is the text of one, as after a copy by something that knows no links; the blob is still there.
    let text = |at: &Path| {
        let link = std::fs::read_link(at.join(weights)).unwrap();
        std::fs::remove_file(at.join(weights)).unwrap();
        std::fs::write(at.join(weights), link.to_str().unwrap()).unwrap();
    };
    torn("lab/demo", "demo", &text, &[]);
    // The end is missing, as after a full disk.
    let cut = |at: &Path| {
        let path = blob(at.join(weights));
        let length = std::fs::metadata(&path).unwrap().len();
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length / 2).unwrap();
    };
    torn("lab/demo", "demo", &cut, &[weights]);
}

/// The fixture comes without a tokenizer, so the cache alone is never enough for `inspect` online; of its weights it is.
#[cfg(unix)]
#[test]
fn one_shard_of_two_is_no_model() {
    let setting = Setting::new(vec![repository("lab/tiny-mistral", "mistral")]);
    let inspect = |variables: &[(&str, &str)]| setting.polarscope(&["inspect", "lab/tiny-mistral"], variables);
    inspect(&[]).success();
    let snapshot = setting
        .folder
        .path()
        .join("home/hub/models--lab--tiny-mistral/snapshots/0123456789abcdef0123456789abcdef01234567");
    let (shard, index) = ("model-00002-of-00002.safetensors", "model.safetensors.index.json");
    // Without the index, too, the other shard is not taken for the whole.
    for gone in [&[shard][..], &[shard, index]] {
        for name in gone {
            std::fs::remove_file(std::fs::canonicalize(snapshot.join(name)).unwrap()).unwrap();
            std::fs::remove_file(snapshot.join(name)).unwrap();
        }
        inspect(&[("HF_HUB_OFFLINE", "1")]).code(69).stderr(contains("not all of it"));
        setting.server.forget_log();
        inspect(&[]).success();
        let mut expected = gone.to_vec();
        expected.sort_unstable();
        assert_eq!(setting.asked_for(), expected);
    }
}
