//! `polarscope export`: figures, the report, and everything at once, as a user meets them.

use assert_cmd::Command;
use predicates::str::contains;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn export(&self, file: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
        command.current_dir(self.0.path()).arg("export").arg(file).args(arguments);
        command
    }

    fn ok(&self, file: &Path, arguments: &[&str]) -> Vec<u8> {
        self.export(file, arguments).assert().success().get_output().stdout.clone()
    }

    fn text(&self, file: &Path, arguments: &[&str]) -> String {
        String::from_utf8(self.ok(file, arguments)).unwrap()
    }

    fn fails(&self, file: &Path, arguments: &[&str], code: i32, words: &str) {
        let assert = self.export(file, arguments).assert().code(code).stderr(contains(words));
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{stderr}");
    }

    fn entries(&self) -> usize {
        std::fs::read_dir(self.0.path()).unwrap().count()
    }
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar")
}

fn published() -> PathBuf {
    "published".into()
}

/// The demo's study as it would be after its first trials of the sweep.
fn unfinished(folder: &Folder) -> PathBuf {
    let path = folder.path("unfinished.polar");
    std::fs::copy(demo(), &path).unwrap();
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "UPDATE batches SET done = 0 WHERE id > (SELECT MAX(id) / 2 FROM batches);
         CREATE TEMP TABLE kept AS SELECT c.value AS condition, i.value AS item
             FROM batches, json_each(batches.items) AS i, json_each(batches.conditions) AS c WHERE done;
         DELETE FROM trials WHERE (condition, item) NOT IN (SELECT condition, item FROM kept);
         DELETE FROM readings WHERE (condition, item) NOT IN (SELECT condition, item FROM kept);
         DELETE FROM displacements WHERE batch IN (SELECT id FROM batches WHERE NOT done);
         DELETE FROM shifts WHERE batch IN (SELECT id FROM batches WHERE NOT done);",
    )
    .unwrap();
    path
}

#[test]
fn figures_come_out_in_every_form() {
    let folder = Folder::new();
    let names = folder.text(&demo(), &["--figure", "list"]);
    for id in [
        "dissociation",
        "mechanism",
        "replication",
        "dose-response",
        "entropy-layers",
        "entropy-heads",
        "repair",
        "layer-sets",
        "qk",
        "displacement",
        "audit",
        "norms",
    ] {
        assert!(names.lines().any(|name| name == id), "{id}: {names}");
    }
    for (format, begin) in [
        ("svg", &b"<svg "[..]),
        ("pdf", b"%PDF-"),
        ("png", b"\x89PNG"),
        ("csv", b"panel,title,"),
        ("text", b"Loss and "),
    ] {
        let name = format!("dissociation of Ωmega.{format}");
        folder.ok(&demo(), &["--figure", "dissociation", "--format", format, "--out", &name]);
        assert!(std::fs::read(folder.path(&name)).unwrap().starts_with(begin), "{format}");
    }
    let svg = folder.text(&published(), &["--figure", "dissociation", "--width", "89", "--palette", "study"]);
    assert!(svg.contains("not a run of Polarscope") && svg.contains("#c62828"), "{svg}");
    // Every model that was published is in it.
    let replication = folder.text(&published(), &["--figure", "replication", "--format", "csv"]);
    for model in ["Pythia-410M", "OPT-IML-1.3B"] {
        assert!(replication.contains(model), "{model}: {replication}");
    }
    let two = folder.export(&demo(), &["published", "--figure", "compare"]).assert().success();
    assert!(String::from_utf8_lossy(&two.get_output().stdout).contains("demo.polar"));
}

#[test]
fn options_change_what_is_drawn() {
    let folder = Folder::new();
    let draw = |options: &[&str]| folder.text(&demo(), &[&["--figure", "dissociation"], options].concat());
    let plain = draw(&[]);
    for options in [
        &["--height", "90"][..],
        &["--font-size", "10"],
        &["--palette", "grey"],
        &["--theme", "grid"],
        &["--bars", "interval"],
        &["--no-titles"],
        &["--no-letters"],
        &["--no-note"],
        &["--x", "0.2:0.8"],
        &["--y", "-1:9"],
        &["--log", "delta,damage"],
        &["--hide", "magnitude"],
        &["--outlines"],
    ] {
        assert_ne!(draw(options), plain, "{options:?}");
    }
    assert!(!draw(&["--hide", "magnitude"]).contains(">magnitude</text>"));
}

#[test]
fn what_makes_no_sense_is_refused_with_words() {
    let folder = Folder::new();
    let figure = |rest: &[&'static str]| [&["--figure", "dissociation"], rest].concat();
    folder.fails(&published(), &["--figure", "audit"], 2, "the study has no [experiments.audit]");
    folder.fails(
        &demo(),
        &["--figure", "disociation"],
        2,
        "there is no figure \"disociation\"; the figures are dissociation",
    );
    folder.fails(
        &demo(),
        &figure(&["--format", "latex"]),
        2,
        "--figure has no form latex: its --format is svg or pdf or png or csv or text",
    );
    folder.fails(&demo(), &figure(&["--format", "pdf"]), 2, "is not for the terminal");
    folder.fails(
        &demo(),
        &figure(&["--width", "0.1"]),
        2,
        "the width of a figure is 0.1 mm; it goes from 30 to 1200 mm",
    );
    folder.fails(&demo(), &figure(&["--height", "22"]), 2, "no room for the panels");
    folder.fails(
        &demo(),
        &figure(&["--dpi", "2400", "--width", "1000", "--format", "png", "--out", "x.png"]),
        2,
        "million pixels",
    );
    folder.fails(&demo(), &figure(&["--x", "5"]), 2, "is no range");
    folder.fails(&demo(), &figure(&["--x", "5:1"]), 2, "the first has to be below the second");
    folder.fails(&demo(), &figure(&["--out", "nowhere/x.svg"]), 73, "there is no folder nowhere");
    folder.fails(&demo(), &["--figure", "audit", "--delta", "4"], 2, "has no δ 4 to choose; there is 0.5");
    folder.fails(&demo(), &["--figure", "statistics", "--part", "x"], 2, "its parts are \"Sweep (nats)\"");
    folder.fails(&demo(), &["published", "--figure", "dissociation"], 2, "2 files are given");
    folder.fails(&published(), &["--report"], 2, "report");
    folder.fails(&demo(), &["--all"], 2, "name it with --out");
    assert_eq!(folder.entries(), 0, "nothing is left");
}

#[test]
fn an_unfinished_study_is_marked() {
    let folder = Folder::new();
    let file = unfinished(&folder);
    for arguments in [&["--figure", "dissociation"][..], &["--report"]] {
        let text = folder.text(&file, arguments);
        assert!(text.contains("Preliminary: ") && text.contains(" trials"), "{arguments:?}");
    }
    assert!(folder.text(&file, &["--figure", "dissociation", "--format", "text"]).contains("Preliminary: "));
}

#[test]
fn everything_comes_out_whole_or_not_at_all() {
    let folder = Folder::new();
    folder.ok(&demo(), &["--all", "--out", "all of it"]);
    let all = folder.path("all of it");
    for name in [
        "report.html",
        "card.md",
        "card.json",
        "trials.csv",
        "trials.parquet",
        "tables/damage.tex",
        "figures/audit.pdf",
    ] {
        assert!(all.join(name).metadata().unwrap().len() > 100, "{name}");
    }
    let figures = std::fs::read_dir(all.join("figures")).unwrap().count();
    assert_eq!(figures, 5 * folder.text(&demo(), &["--figure", "list"]).lines().count());
    // The same bytes as one at a time.
    let one = folder.ok(&demo(), &["--figure", "audit"]);
    assert_eq!(std::fs::read(all.join("figures/audit.svg")).unwrap(), one);
    assert_eq!(std::fs::read(all.join("report.html")).unwrap(), folder.ok(&demo(), &["--report"]));
    folder.fails(&demo(), &["--all", "--out", "all of it"], 73, "is not empty");
    folder.fails(&demo(), &["--all", "--out", "nowhere/all"], 73, "there is no folder nowhere");
    folder.ok(&published(), &["--all", "--out", "published"]);
    assert!(
        folder.path("published/figures/dissociation.pdf").exists() && !folder.path("published/report.html").exists()
    );
    assert_eq!(folder.entries(), 2, "nothing half-written is left");
}

#[test]
fn a_report_holds_everything_and_needs_nothing() {
    let folder = Folder::new();
    let report = folder.text(&demo(), &["--report"]);
    assert!(report.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    for heading in [
        "Question",
        "What the results support",
        "Setting",
        "Figures",
        "Tables",
        "How far vectors were moved",
        "Methods, ready to paste",
        "Limits",
        "Provenance and checksums",
        "Run it again",
    ] {
        assert!(report.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    for from_elsewhere in ["<script", "http-equiv", "<link", "src=\"http", "<img"] {
        assert!(!report.contains(from_elsewhere), "{from_elsewhere}");
    }
    // Whoever does not see a figure hears what it is.
    assert_eq!(report.matches("<figure ").count(), report.matches("role=\"img\" aria-label=\"").count());
    assert_eq!(report.matches("<figure ").count(), report.matches("<figcaption>").count());
    let ids: Vec<&str> = report.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "every id stands once");
    let levels: Vec<u32> =
        report.match_indices("<h").filter_map(|(at, _)| report[at + 2..].chars().next()?.to_digit(10)).collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no level of headings is left out");
    let card: serde_json::Value = serde_json::from_str(&folder.text(&demo(), &["--card", "--format", "json"])).unwrap();
    assert!(report.contains(card["study"]["sha256"].as_str().unwrap()), "the hash of the card");
    // What a verdict says is what the table says.
    let verdicts: serde_json::Value =
        serde_json::from_str(&folder.text(&demo(), &["--table", "verdicts", "--format", "json"])).unwrap();
    for row in verdicts["rows"].as_array().unwrap() {
        let sentence =
            row["sentence"].as_str().unwrap().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        assert!(report.contains(&sentence.replace('>', "&gt;")), "{sentence}");
    }
}

#[test]
fn a_study_in_a_report_runs_again() {
    let folder = Folder::new();
    let report = folder.text(&demo(), &["--report"]);
    let toml = report.split("<pre tabindex=\"0\"><code>").nth(1).unwrap().split("</code>").next().unwrap();
    let toml = toml.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    std::fs::write(folder.path("study.toml"), toml).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    command.current_dir(folder.0.path()).args(["plan", "study.toml"]).assert().success();
}
