//! Names, paths and texts of others: nothing of them is obeyed by a terminal, a spreadsheet or a browser.

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A title that is set, a screen that is cleared, a bell, C1, DEL, an override, a zero-width space, HTML, a link, a cell.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{200b}<img src=x>&[a](b)|c";

struct Folder(TempDir);

impl Folder {
    fn polarscope(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.polarscope(arguments).assert().success().get_output().clone();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_safe(&stderr, "stderr");
        assert_safe(&stdout, &arguments.join(" "));
        stdout
    }
}

fn assert_safe(text: &str, what: &str) {
    let obeyed = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    };
    if let Some(at) = text.find(obeyed) {
        panic!("{what} has {:?}: {:?}", text[at..].chars().next(), text[..at].lines().last());
    }
}

/// A study of hostile words that has run: its name, its paradigms, its texts.
fn run() -> (Folder, PathBuf) {
    let folder = Folder(TempDir::new().unwrap());
    let path = |name: &str| folder.0.path().join(name);
    let pairs: Vec<String> = [
        ("The strange cats jump.", "The strange cats jumps."),
        ("Those teachers were calm.", "Those teachers was calm."),
    ]
    .iter()
    .enumerate()
    .map(|(i, (good, bad))| {
        json!({"sentence_good": good, "sentence_bad": bad, "UID": format!("={HOSTILE}"), "pairID": i.to_string()})
            .to_string()
    })
    .collect();
    std::fs::write(path("pairs.jsonl"), pairs.join("\n")).unwrap();
    let text = |text: String| json!({ "text": text }).to_string();
    let texts = [
        text(format!("@the dog runs {HOSTILE} and the cat sees it.")),
        text("-1 the cat sees the dog near the tree.".to_owned()),
        text("the dog sees the cat near the big tree.".to_owned()),
    ];
    std::fs::write(path("texts.jsonl"), texts.join("\n")).unwrap();
    let name = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    let study = format!(
        "name = {name}\n[texts]\nsource = \"texts.jsonl\"\n[perturbation]\ndeltas = [0.5]\nseeds = 2\nlayers = [4]\n\
         [experiments.sweep]\n[experiments.syntax]\npairs = \"pairs.jsonl\"\nitems = 2\n"
    );
    std::fs::write(path("study.toml"), study).unwrap();
    (folder, PathBuf::from("study.polar"))
}

#[test]
fn nothing_of_a_study_is_obeyed() {
    let (folder, file) = run();
    let file = file.to_str().unwrap();
    assert!(
        folder
            .text(&["plan", "study.toml"])
            .starts_with("\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b}31m\\u{7f}\\u{202e}\\u{200b}<img")
    );
    folder.text(&["run", "study.toml", "--device", "cpu"]);
    folder.text(&["export", file, "--all", "--out", "all"]);
    let mut count = 0;
    for path in files(&folder.0.path().join("all")) {
        let ending = path.extension().unwrap().to_str().unwrap().to_owned();
        if ["png", "pdf", "parquet"].contains(&ending.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_safe(&text, &path.display().to_string());
        if ["md", "html", "svg"].contains(&ending.as_str()) {
            assert!(!text.contains("<img"), "{}", path.display());
        }
        count += 1;
    }
    assert!(count > 40, "{count}");
    let read = |name: &str| std::fs::read_to_string(folder.0.path().join("all").join(name)).unwrap();
    let card: Value = serde_json::from_str(&read("card.json")).unwrap();
    assert_eq!(card["study"]["name"], HOSTILE, "JSON keeps every sign");
    assert!(
        read("card.md").starts_with("# Reproducibility card: \\\\u{1b}]0;owned")
            && read("card.md").contains("&lt;img src=x&gt;&amp;\\[a](b)\\|c")
    );
    // Text cells are defused, numbers are as they were.
    let mut reader = csv::Reader::from_path(folder.0.path().join("all/trials.csv")).unwrap();
    let heads = reader.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let [text, paradigm, good] = ["text", "paradigm", "good_score"].map(column);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(
        rows.iter().any(|row| row[text].starts_with("'@the dog runs \\u{1b}]0;"))
            && rows.iter().any(|row| row[text].starts_with("'-1 the cat"))
    );
    let pairs: Vec<_> = rows.iter().filter(|row| !row[paradigm].is_empty()).collect();
    assert!(
        !pairs.is_empty()
            && pairs
                .iter()
                .all(|row| row[paradigm].starts_with("'=\\u{1b}") && row[good].parse::<f64>().unwrap() < 0.0)
    );
    assert!(rows.iter().flat_map(csv::StringRecord::iter).all(|cell| !cell.starts_with(['=', '+', '@'])));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// On stderr as well: of paths, of arguments, of files that are quoted; and a name cannot look like a message of ours.
#[cfg(unix)]
#[test]
fn no_message_is_obeyed() {
    let folder = Folder(TempDir::new().unwrap());
    let name = "a\u{1b}[31m\u{9b}b\npolarscope: all is well.toml";
    std::fs::write(folder.0.path().join(name), "x = \"\u{1b}[31mred\"").unwrap();
    for arguments in [
        &["plan", name][..],
        &["plan", "b\u{1b}[2J"],
        &["plan", "demo", "--set", "name\u{1b}[2J=1"],
        &["export", name, "--card"],
        &["inspect", "c\u{9b}\u{202e}"],
        &["plan", "demo", "--\u{1b}[2J\u{9b}"],
        &["trace", "demo", "--text", "x", "--site", "\u{1b}[2J", "--out", "t.safetensors"],
    ] {
        let assert = folder.polarscope(arguments).assert().failure();
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert_safe(&stderr, "stderr");
        assert!(!stderr.contains("\npolarscope: all is well"), "{stderr}");
    }
}

#[test]
fn a_text_may_begin_with_a_hyphen() {
    let folder = Folder(TempDir::new().unwrap());
    folder.text(&["trace", "demo", "--text", "-a dog runs", "--out", "t.safetensors"]);
    folder
        .polarscope(&["trace", "demo", "--text", "a dog", "--perturb", "angular", "--delta", "-1", "--out", "u"])
        .assert()
        .code(2)
        .stderr(contains("--delta: found -1, expected a finite number greater than 0"));
    folder.polarscope(&["plan", "demo", "--set", "-x=1"]).assert().code(2).stderr(contains("unknown key"));
}
