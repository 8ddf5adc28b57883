//! The command line, end to end, as a user meets it.

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A study that ends within a second or two.
const SMALL: &str = r#"
name = "small"
[texts]
limit = 6
[perturbation]
deltas = [0.3, 0.75]
delta_unit = "of_layer_median"
seeds = 2
[experiments.sweep]
[experiments.syntax]
paradigms = ["regular_subject_verb_agreement", "prepositional_attractor_agreement"]
items = 8
"#;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("small.toml", SMALL);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// The program, with this folder as its working directory.
    fn polarscope(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polarscope"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.polarscope(arguments).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    }

    /// Starts the program, which writes to `file`, and waits until it has done so many batches.
    fn start(&self, arguments: &[&str], file: &Path, batches: i64) -> Child {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_polarscope"));
        command.current_dir(self.0.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let start = Instant::now();
        while count(file, "SELECT COUNT(*) FROM batches WHERE done") < batches {
            assert!(start.elapsed() < Duration::from_mins(1), "{batches} batches took more than a minute");
            assert!(child.try_wait().unwrap().is_none(), "the run ended too soon");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    fn fails(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let mut assert = self.polarscope(arguments).assert().code(code);
        for word in words {
            assert = assert.stderr(contains(*word));
        }
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

fn count(file: &Path, sql: &str) -> i64 {
    let open = || Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    open().and_then(|connection| connection.query_row(sql, [], |row| row.get(0))).unwrap_or(0)
}

/// (experiment, mode, δ, seed, item) to value, of every trial.
fn trials(file: &Path) -> Vec<(String, f64)> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT experiment || ' ' || mode || ' ' || COALESCE(delta, '') || ' ' || COALESCE(seed, '') || ' ' || arm ||
                    ' ' || item, value
             FROM trials JOIN conditions ON id = condition ORDER BY 1",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_study_runs_and_its_tables_and_trials_come_out() {
    let folder = Folder::new();
    let plan = folder.ok(&["plan", "small.toml"]);
    // The demo's norms are measured at once.
    let far = folder.ok(&["plan", "small.toml", "--set", "perturbation.deltas=[0.01,100]"]);
    for part in [
        "reach            δ 0.01: angular moves 100\u{a0}% of the tokens so far, magnitude turns 0\u{a0}% of them round\n",
        "reach            δ 100: angular moves 0\u{a0}% of the tokens so far, magnitude turns 50\u{a0}% of them round\n",
        "Counted in a clean pass over ",
    ] {
        assert!(far.contains(part), "{far}");
    }
    assert!(plan.contains("trials           126"), "{plan}"); // (6 texts + 8 pairs) × (1 + 2 modes × 2 δ × 2 seeds)
    let summary: Value = serde_json::from_str(&folder.ok(&["run", "small.toml", "--json"])).unwrap();
    assert_eq!(summary["trials"], 126);
    let file = folder.path("small.polar");
    assert_eq!(count(&file, "SELECT COUNT(*) FROM trials"), 126);

    let csv = folder.ok(&["export", "small.polar", "--table", "damage"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    // The table says what the trials say: recomputed here from the trials alone.
    let exported = folder.ok(&["export", "small.polar", "--trials", "--format", "csv"]);
    let mut losses = std::collections::BTreeMap::new();
    for record in csv::Reader::from_reader(exported.as_bytes()).records().map(Result::unwrap) {
        if &record[0] == "sweep" {
            let key = (record[1].to_owned(), record[2].to_owned(), record[3].to_owned(), record[5].to_owned());
            losses.insert(key, record[9].parse::<f64>().unwrap());
        }
    }
    for row in &rows {
        for mode in ["magnitude", "angular"] {
            let damage = |seed: &str, text: usize| {
                let key = |mode: &str, delta: &str, seed: &str| {
                    (mode.to_owned(), delta.to_owned(), seed.to_owned(), text.to_string())
                };
                losses[&key(mode, &row[0], seed)] - losses[&key("clean", "", "")]
            };
            let by_seed = ["0", "1"].map(|seed| (0..6).map(|text| damage(seed, text)).sum::<f64>() / 6.0);
            let mean = f64::midpoint(by_seed[0], by_seed[1]);
            let sd = (by_seed[0] - by_seed[1]).abs() / 2f64.sqrt();
            assert!((row[at(&format!("{mode}_mean"))].parse::<f64>().unwrap() - mean).abs() < 1e-9);
            assert!((row[at(&format!("{mode}_sd"))].parse::<f64>().unwrap() - sd).abs() < 1e-9);
        }
    }
    let json: Value =
        serde_json::from_str(&folder.ok(&["export", "small.polar", "--table", "syntax", "--format", "json"])).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), 2);
    assert_eq!(json["protocol"], "strict");
    let markdown = folder.ok(&["export", "small.polar", "--table", "syntax", "--format", "markdown"]);
    assert!(markdown.contains("| 0.3 |") && markdown.contains("8 pairs"), "{markdown}");
    let columns = |names: &str, format: &str| {
        folder.ok(&["export", "small.polar", "--table", "syntax", "--columns", names, "--format", format])
    };
    assert!(columns("p,delta", "csv").starts_with("p,delta\n"));
    assert!(
        columns("delta,angular_sd,angular_mean", "tsv")
            .starts_with("δ (fraction of the layer's median norm)\tangular (points)\n")
    );
    let latex = columns("delta,angular_mean", "latex");
    assert!(latex.contains("\\begin{tabular}{rr}") && latex.contains("$\\delta$"), "{latex}");
    assert!(folder.ok(&["export", "small.polar", "--table", "list"]).starts_with("damage\nsyntax\ndisplacement\n"));
    folder.ok(&["export", "small.polar", "--table", "damage", "--out", "table.csv"]);
    folder.fails(&["export", "small.polar", "--trials", "--out", "small.polar"], 73, &["small.polar", "exists"]);
    assert_eq!(std::fs::read_to_string(folder.path("table.csv")).unwrap(), csv);
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let folder = Folder::new();
    let longer = ["--set", "texts.limit=100", "--set", "perturbation.seeds=5"];
    folder.ok(&[&["run", "small.toml", "--out", "whole.polar"], &longer[..]].concat());

    let file = folder.path("killed.polar");
    let unfinished = [&["run", "small.toml", "--out", "killed.polar"], &longer[..]].concat();
    let mut child = folder.start(&unfinished, &file, 3);
    // While it runs, nobody else may write to its file, and the message names it. It stands still meanwhile, so that it does
    // not come to its end.
    let stop = std::process::Command::new("kill").args(["-STOP", &child.id().to_string()]).status().unwrap();
    assert!(stop.success());
    let holder = format!("process {}", child.id());
    folder.fails(&[&unfinished[..], &["--resume"]].concat(), 73, &[&holder]);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = trials(&file);
    assert!(!kept.is_empty());
    let planned = count(&file, "SELECT COUNT(*) FROM batches");
    assert!(count(&file, "SELECT COUNT(*) FROM batches WHERE done") < planned, "killed too late");

    folder.fails(&unfinished, 73, &["unfinished", "--resume"]);
    let stderr = folder.polarscope(&[&unfinished[..], &["--resume"]].concat()).assert().success();
    stderr.stderr(contains("trials are there already"));
    assert!(kept.iter().all(|trial| trials(&file).contains(trial)));
    for table in ["damage", "syntax"] {
        let export = |file: &str| folder.ok(&["export", file, "--table", table]);
        assert_eq!(export("whole.polar"), export("killed.polar"));
    }
    assert!(
        std::fs::read(folder.path("whole.polar")).unwrap() == std::fs::read(&file).unwrap(),
        "the files differ in their bytes"
    );
    let beside: Vec<_> = std::fs::read_dir(folder.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 3, "a finished study is one file: {beside:?}");
}

#[test]
fn the_engine_is_timed_and_its_floor_is_the_sum_of_its_products() {
    let folder = Folder::new();
    let bench: Value = serde_json::from_str(&folder.ok(&["bench", "--texts", "2", "--seeds", "1", "--json"])).unwrap();
    assert_eq!(bench["trials"], 2 * (1 + 2 * 6));
    let products = bench["products"].as_array().unwrap();
    let sum: f64 = products.iter().map(|product| product["seconds"].as_f64().unwrap()).sum();
    let floor = bench["floor_seconds"].as_f64().unwrap();
    assert!((sum / floor - 1.0).abs() < 1e-9 && sum > 0.0);
    let share = bench["share_of_floor"].as_f64().unwrap();
    assert!((share - floor / bench["seconds"].as_f64().unwrap()).abs() < 1e-9);
}

/// Every experiment, on little.
const EVERYTHING: &str = r#"
name = "everything"
[texts]
limit = 4
[perturbation]
deltas = [0.5]
delta_unit = "of_layer_median"
seeds = 2
[experiments.sweep]
[experiments.syntax]
paradigms = ["regular_subject_verb_agreement", "prepositional_attractor_agreement"]
items = 6
[experiments.entropy]
delta = 0.5
read_layers = "all"
[experiments.attention_repair]
delta = 0.5
repair_layers = "3-7"
[experiments.pathways]
delta = 0.5
[experiments.norm_repair]
delta = 0.5
[experiments.heads]
delta = 0.5
top = [2, 5]
singles = 2
[experiments.layer_sets]
delta = 0.5
size = 2
window = 3
[experiments.qk_alignment]
delta = 0.5
texts = 3
[experiments.audit]
items = 4
"#;

#[test]
fn every_experiment_runs_and_what_earlier_results_decide_is_planned_when_they_are_in() {
    let folder = Folder::new();
    folder.write("everything.toml", EVERYTHING);
    let plan = folder.ok(&["plan", "everything.toml"]);
    assert!(plan.contains("heads            4 texts × 25 conditions (clean included), 20 of them planned"), "{plan}");
    let summary: Value = serde_json::from_str(&folder.ok(&["run", "everything.toml", "--json"])).unwrap();
    let trials = summary["trials"].as_u64().unwrap();
    assert!(plan.contains(&format!("trials           {trials}")), "as many as were announced: {plan}");
    let list = folder.ok(&["export", "everything.polar", "--table", "list"]);
    assert!(list.lines().count() >= 25, "{list}");
    for table in list.lines() {
        let json: Value =
            serde_json::from_str(&folder.ok(&["export", "everything.polar", "--table", table, "--format", "json"]))
                .unwrap();
        assert!(!json["rows"].as_array().unwrap().is_empty() && json["trials"] == trials, "{table}");
        let csv = folder.ok(&["export", "everything.polar", "--table", table]);
        let rows = csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).count();
        assert_eq!(rows, json["rows"].as_array().unwrap().len(), "{table}");
        // The other forms have the same rows.
        let form = |form: &str| folder.ok(&["export", "everything.polar", "--table", table, "--format", form]);
        let (tsv, latex) = (form("tsv"), form("latex"));
        assert_eq!(tsv.lines().count(), 1 + rows, "{table}");
        let pages = latex.matches("\\midrule").count();
        assert_eq!(latex.lines().filter(|line| line.ends_with("\\\\")).count(), pages + rows, "{table}");
        assert!(latex.is_ascii() && latex.ends_with("\\end{table}\n"), "{table}: {latex}");
    }

    // What is the same in several experiments gives the same numbers, whichever asks.
    let connection = Connection::open(folder.path("everything.polar")).unwrap();
    let losses = |experiment: &str, mode: &str, arm: &str| -> Vec<f64> {
        let sql = "SELECT value FROM trials JOIN conditions ON id = condition
                   WHERE experiment = ? AND mode = ? AND arm = ? AND item < 3 ORDER BY seed, item";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([experiment, mode, arm], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let plain = r#""plain""#;
    let angular = r#"{"cell":{"matching":"per-token","coherence":"independent","rotation":"exact"}}"#;
    let magnitude = r#"{"cell":{"matching":"per-token","coherence":"independent"}}"#;
    for (mode, strict) in [("angular", angular), ("magnitude", magnitude)] {
        let sweep = losses("sweep", mode, plain);
        assert_eq!(sweep.len(), 6);
        for (experiment, arm) in [
            ("entropy", plain),
            ("pathways", plain),
            ("heads", plain),
            ("layer_sets", plain),
            ("qk_alignment", plain),
            ("audit", strict),
        ] {
            let other = losses(experiment, mode, arm);
            assert!(
                sweep.len() == other.len() && sweep.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5),
                "{experiment} {mode}: {sweep:?} {other:?}"
            );
        }
        // Attention reads nothing but the first norm, so that repairing either is the same.
        let repaired = |experiment: &str, what: &str| losses(experiment, mode, &format!(r#"{{"repaired":"{what}"}}"#));
        let (attention, both) = (repaired("pathways", "attention"), repaired("pathways", "both"));
        assert!(attention.len() == 6 && both.len() == 6);
        assert_eq!(attention, repaired("norm_repair", "ln1"));
        assert_eq!(both, repaired("norm_repair", "both_norms"));
    }
    drop(connection);

    // Killed among the first conditions, and again among those that depend on them.
    let file = folder.path("killed.polar");
    let arguments = ["run", "everything.toml", "--out", "killed.polar", "--resume"];
    let batches = count(&folder.path("everything.polar"), "SELECT COUNT(*) FROM batches");
    for done in [batches / 4, batches - 3] {
        let mut child = folder.start(&arguments, &file, done);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(count(&file, "SELECT COUNT(*) FROM batches WHERE done") < batches, "killed too late");
    }
    folder.ok(&arguments);
    assert!(
        std::fs::read(folder.path("everything.polar")).unwrap() == std::fs::read(&file).unwrap(),
        "the files differ in their bytes"
    );

    // What was planned from the first results stays when more texts and seeds come.
    let arms = "SELECT group_concat(arm || repairs) FROM (SELECT DISTINCT arm, repairs FROM conditions ORDER BY id)";
    let read = || -> String { Connection::open(&file).unwrap().query_row(arms, [], |row| row.get(0)).unwrap() };
    let before = read();
    folder.ok(&[&arguments[..], &["--set", "texts.limit=7", "--set", "perturbation.seeds=3"]].concat());
    assert_eq!(before, read());
    assert_eq!(count(&file, "SELECT SUM(later) FROM experiments"), 0);
    assert_eq!(
        count(&file, "SELECT COUNT(*) FROM trials JOIN conditions ON id = condition WHERE experiment = 'heads'"),
        7 * (1 + 2 * 3 * 6)
    );
}

#[test]
fn a_finished_study_is_extended_without_running_anything_twice() {
    let folder = Folder::new();
    folder.ok(&["run", "small.toml"]);
    let file = folder.path("small.polar");
    let before = trials(&file);
    folder.fails(&["run", "small.toml"], 73, &["is finished", "--out", "--resume"]);
    // The same study again: nothing to do.
    folder.ok(&["run", "small.toml", "--resume"]);
    assert_eq!(trials(&file), before);

    let more = ["--set", "perturbation.seeds=3", "--set", "perturbation.deltas=[0.3, 0.75, 0.5]"];
    let more = [&more[..], &["--set", "texts.limit=9", "--set", "experiments.syntax.items=12"]].concat();
    folder.ok(&[&["run", "small.toml", "--resume"], &more[..]].concat());
    let after = trials(&file);
    assert_eq!(after.len(), (9 + 12) * (1 + 2 * 3 * 3));
    assert!(before.iter().all(|trial| after.contains(trial)), "what was there has changed");
    let twice =
        "SELECT COUNT(*) FROM (SELECT j.value, k.value FROM batches, json_each(items) j, json_each(conditions) k
                 GROUP BY experiment, j.value, k.value HAVING COUNT(*) > 1)";
    assert_eq!(count(&file, twice), 0);
    // Where δ are absolute, nothing of a study depends on how it grew, up to the order of sums in a matrix product.
    for (out, settings) in [("grown.polar", &more[..0]), ("grown.polar", &more[..]), ("fresh.polar", &more[..])] {
        let absolute = ["--set", "perturbation.delta_unit=absolute", "--resume", "--out", out];
        folder.ok(&[&["run", "small.toml"], &absolute[..], settings].concat());
    }
    // Pairs are numbered as they come, so the sweep is compared.
    let sweep = |file: &str| -> Vec<(String, f64)> {
        trials(&folder.path(file)).into_iter().filter(|(name, _)| name.starts_with("sweep")).collect()
    };
    assert_eq!(sweep("grown.polar").len(), sweep("fresh.polar").len());
    for (grown, fresh) in sweep("grown.polar").iter().zip(&sweep("fresh.polar")) {
        assert_eq!(grown.0, fresh.0);
        assert!((grown.1 - fresh.1).abs() <= 1e-5, "{grown:?} {fresh:?}");
    }

    // A study that is another one does not extend the file, and the message says where it differs.
    let other = ["run", "small.toml", "--resume", "--set", "perturbation.layers=3"];
    folder.fails(&other, 2, &["perturbation.layers", "middle-third", "\"3\""]);
    folder.fails(&["run", "small.toml", "--resume"], 2, &["does not ask for"]);
}

#[test]
fn an_interrupted_run_can_be_resumed() {
    let folder = Folder::new();
    let arguments = ["run", "small.toml", "--set", "texts.limit=100", "--set", "perturbation.seeds=5"];
    let file = folder.path("small.polar");
    let mut child = folder.start(&arguments, &file, 2);
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert!(!folder.path("small.polar-wal").exists(), "the file is closed in order");
    let kept = trials(&file);
    assert!(!kept.is_empty());
    folder.ok(&[&arguments[..], &["--resume"]].concat());
    let whole = trials(&file);
    assert_eq!(whole.len(), (100 + 8) * (1 + 2 * 2 * 5));
    assert!(kept.iter().all(|trial| whole.contains(trial)));
}

#[test]
fn a_reader_that_keeps_the_file_open_does_not_spoil_the_run() {
    let folder = Folder::new();
    let file = folder.path("small.polar");
    let longer = ["--set", "texts.limit=100"];
    let mut child = folder.start(&[&["run", "small.toml"], &longer[..]].concat(), &file, 1);
    // At an old state of the file, which stays as it is as long as the reader wants it.
    let reader = Connection::open(&file).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let there = || reader.query_row("SELECT COUNT(*) FROM trials", [], |row| row.get::<_, i64>(0)).unwrap();
    let before = there();
    assert!(child.wait().unwrap().success());
    let mut words = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut words).unwrap();
    assert!(words.trim_end().lines().last().unwrap().contains("another program had the file open"), "{words}");
    assert_eq!(there(), before);
    folder.ok(&[&["run", "small.toml", "--out", "calm.polar"], &longer[..]].concat());
    let calm = std::fs::read(folder.path("calm.polar")).unwrap();
    assert!(std::fs::read(&file).unwrap() == calm, "the file alone is the finished one");
    drop(reader);
    assert!(std::fs::read(&file).unwrap() == calm && !folder.path("small.polar-wal").exists());
    // Run again, it has nothing to do.
    folder.ok(&[&["run", "small.toml", "--resume"], &longer[..]].concat());
    assert!(std::fs::read(&file).unwrap() == calm);
}

#[test]
fn a_refused_extension_leaves_the_file_as_it_was() {
    let folder = Folder::new();
    folder.ok(&["run", "small.toml"]);
    let file = folder.path("small.polar");
    let (before, bytes) = (trials(&file), std::fs::read(&file).unwrap());
    let batches = count(&file, "SELECT COUNT(*) FROM batches");
    let cases: [(&[&str], &str); 3] = [
        (&["perturbation.deltas=[0.3, 0.5]"], "does not ask for"),
        (&["texts.limit=3", "perturbation.deltas=[0.3, 0.75, 0.5]"], "fewer texts or pairs"),
        (&["experiments.syntax.items=4", "perturbation.seeds=3"], "fewer texts or pairs"),
    ];
    for (settings, words) in cases {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]).collect::<Vec<_>>();
        folder.fails(&[&["run", "small.toml", "--resume"], &settings[..]].concat(), 2, &[words]);
        assert_eq!(count(&file, "SELECT COUNT(*) FROM batches"), batches);
        folder.ok(&["run", "small.toml", "--resume"]);
        assert!(std::fs::read(&file).unwrap() == bytes, "neither changes a byte");
    }
    assert_eq!(trials(&file), before);
}

#[test]
fn a_study_moves_with_its_files() {
    let folder = Folder::new();
    let old = folder.path("old");
    std::fs::create_dir(&old).unwrap();
    let texts = [0; 9].map(|_| "This dog near the cars barks. The cats sleep.\n").concat();
    std::fs::write(old.join("texts.txt"), texts).unwrap();
    let study = SMALL.replace("limit = 6", "limit = 6\nsource = \"texts.txt\"");
    std::fs::write(old.join("study.toml"), study).unwrap();
    folder.ok(&["run", "old/study.toml"]);
    std::fs::rename(&old, folder.path("new")).unwrap();
    folder.ok(&["run", "new/study.toml", "--resume", "--set", "texts.limit=8"]);
    assert_eq!(count(&folder.path("new/study.polar"), "SELECT COUNT(*) FROM texts"), 8);
    // The same path with other texts is another study.
    std::fs::write(folder.path("new/texts.txt"), "A text of more than thirty characters. It is new.\n".repeat(9))
        .unwrap();
    folder.fails(&["run", "new/study.toml", "--resume", "--set", "texts.limit=8"], 2, &["text 0", "begun with"]);
}

/// Writes directions of the demo's width.
fn directions(path: &Path, of: impl Fn(usize) -> f32) {
    let values: Vec<f32> = (0..128).map(of).collect();
    let tensor = candle_core::Tensor::from_vec(values, 128, &candle_core::Device::Cpu).unwrap();
    candle_core::safetensors::save(&std::collections::HashMap::from([("direction", tensor)]), path).unwrap();
}

#[test]
fn every_mode_runs_towards_a_given_direction() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("study")).unwrap();
    let study = SMALL.replace(
        "seeds = 2",
        "seeds = 2\nmodes = [\"magnitude\", \"angular\", \"isotropic\", { blend = 45 }]\ndirection = { file = \"d.safetensors\" }",
    );
    folder.write("study/study.toml", study);
    let run = ["run", "study/study.toml", "--resume"];
    folder.fails(&run, 65, &["d.safetensors", "there is no such file", "\"direction\" [128] or [8, 128]"]);
    directions(&folder.path("study/d.safetensors"), |i| (i as f32).sin());
    let plan = folder.ok(&["plan", "study/study.toml"]);
    assert!(plan.contains("strict, direction d.safetensors"), "{plan}");
    folder.ok(&run);
    let file = folder.path("study/study.polar");
    let before = trials(&file);
    assert_eq!(before.len(), (6 + 8) * (1 + 4 * 2 * 2));
    let seeds_agree = |mode: &str| {
        let of_seed = |seed: &str| -> Vec<f64> {
            let start = format!("sweep {mode} 0.75 {seed} ");
            before.iter().filter(|(name, _)| name.starts_with(&start)).map(|(_, value)| *value).collect()
        };
        assert_eq!(of_seed("0").len(), 6, "{mode}");
        of_seed("0") == of_seed("1")
    };
    assert!(seeds_agree("angular") && seeds_agree("isotropic"), "no seed enters");
    assert!(!seeds_agree("magnitude") && !seeds_agree("blend 45"), "signs are drawn");
    let unreached = "SELECT COUNT(*) FROM displacements WHERE unattainable = 0 AND ABS(sum - asked) > 1e-6 * asked";
    assert_eq!(count(&file, unreached), 0);

    // Another place with the same contents is the same study; other contents are not.
    std::fs::rename(folder.path("study"), folder.path("moved")).unwrap();
    std::fs::rename(folder.path("moved/d.safetensors"), folder.path("moved/e.safetensors")).unwrap();
    let given = "perturbation.direction.file=e.safetensors";
    let there = folder.path("moved/e.safetensors");
    let absolute = format!("perturbation.direction.file={}", there.display());
    folder.fails(&["run", "moved/study.toml", "--resume", "--set", given], 65, &["e.safetensors", "no such file"]);
    let more = ["run", "moved/study.toml", "--resume", "--set", &absolute, "--set", "perturbation.seeds=3"];
    folder.ok(&more);
    let file = folder.path("moved/study.polar");
    let after = trials(&file);
    assert!(after.len() > before.len() && before.iter().all(|trial| after.contains(trial)));
    directions(&there, |i| (i as f32).cos());
    folder.fails(&more, 65, &["was begun with another direction"]);
    folder.fails(
        &["run", "moved/study.toml", "--resume", "--set", "perturbation.direction=random"],
        2,
        &["perturbation.direction", "\"random\""],
    );
    assert_eq!(trials(&file), after);
}

#[test]
fn bad_studies_are_refused_with_words() {
    let folder = Folder::new();
    let cases: [(&str, &[&str]); 19] = [
        (
            "experiments.layer_sets={ delta = 0.5, random = 1000000 }",
            &["experiments.layer_sets.random is 1000000", "at most 1000"],
        ),
        (
            "experiments.layer_sets={ delta = 0.5, size = 3, random = 5 }",
            &["experiments.layer_sets.random is 5", "of the 4 disturbed layers there are 4 sets of 3"],
        ),
        ("perturbation.modes=[\"angluar\"]", &["perturbation.modes[0]", "did you mean \"angular\""]),
        ("perturbation.modes=[{ blend = -5 }]", &["perturbation.modes[0]", "blend is -5", "0 (radial) to 90"]),
        ("perturbation.delta=[1]", &["perturbation.delta", "did you mean", "deltas"]),
        ("texts.limit=\"many\"", &["texts.limit", "whole number"]),
        ("perturbation.layers=\"6-9\"", &["no layer 8", "0 to 7"]),
        ("perturbation.deltas=[0]", &["perturbation.deltas", "greater than 0"]),
        ("perturbation.deltas=[-1.5]", &["-1.5", "greater than 0"]),
        ("perturbation.deltas=[nan]", &["NaN", "greater than 0"]),
        ("perturbation.seeds=0", &["perturbation.seeds", "at least one"]),
        ("perturbation.seeds=[]", &["perturbation.seeds", "at least one"]),
        ("model.id=no/such/folder", &["no/such/folder", "demo", ".gguf"]),
        ("experiments.syntax.paradigms=[\"x\"]", &["paradigms", "regular_subject_verb_agreement"]),
        (
            "experiments.syntax.paradigms=[\"x\", \"regular_subject_verb_agreement\"]",
            &["\"x\"", "reflexive_number_agreement"],
        ),
        ("perturbation.tokens=[500]", &["perturbation.tokens", "sweep"]),
        ("perturbation.seeds=4000000000", &["perturbation.seeds", "at most 100000"]),
        ("experiments.syntax.items=1", &["items is 1", "2 paradigms"]),
        ("experiments.swep={}", &["experiments.swep", "did you mean", "sweep"]),
    ];
    for (setting, words) in cases {
        for command in ["run", "plan"] {
            folder.fails(&[command, "small.toml", "--set", setting], 2, words);
        }
        assert!(!folder.path("small.polar").exists(), "{setting}: nothing is left behind");
    }
    folder.fails(&["run", "absent.toml"], 2, &["absent.toml", "cannot read"]);
    folder.write("broken.toml", "name = ");
    folder.fails(&["run", "broken.toml"], 2, &["broken.toml", "not valid TOML"]);
    folder.fails(&["run"], 2, &["Usage"]);
    folder.fails(&["run", "small.toml", "--device", "cuda:0"], 69, &["cuda:0", "CPU only"]);
}

#[test]
fn broken_texts_and_pairs_are_refused_with_words() {
    let folder = Folder::new();
    let texts = |file: &str, words: &[&str]| {
        folder.fails(&["run", "small.toml", "--set", &format!("texts.source={file}")], 65, words);
    };
    folder.write("empty.txt", "\n \n");
    texts("empty.txt", &["empty.txt", "holds no text"]);
    folder.write("short.txt", "Too short.\n");
    texts("short.txt", &["short.txt", "none of its 1 texts passes the filter"]);
    folder.write("latin.txt", b"caf\xe9 and thirty more characters, then a stop.\n");
    texts("latin.txt", &["latin.txt", "not UTF-8"]);
    folder.write("broken.jsonl", "{\"text\": \"fine\"}\n{\"txt\": 1}\n");
    texts("broken.jsonl", &["broken.jsonl", "line 2", "text"]);
    texts("absent.txt", &["absent.txt", "no such file"]);
    folder.write("pairs.jsonl", "{\"sentence_good\": \"A dog barks.\"}\n");
    folder.fails(
        &["run", "small.toml", "--set", "experiments.syntax.pairs=pairs.jsonl"],
        65,
        &["pairs.jsonl", "line 1", "sentence_bad"],
    );
}

/// The demo as a folder, with one file changed.
fn demo_folder(folder: &Folder, name: &str, change: impl Fn(&str, &[u8]) -> Option<Vec<u8>>) -> String {
    let path = folder.path(name);
    std::fs::create_dir(&path).unwrap();
    for (file, bytes) in polarscope::lm::demo_files() {
        if let Some(changed) = change(file, bytes) {
            std::fs::write(path.join(file), changed).unwrap();
        }
    }
    format!("model.id={name}")
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into_bytes()
}

#[test]
fn broken_models_are_refused_with_words() {
    let folder = Folder::new();
    let config = |from: &'static str, to: &'static str| {
        move |file: &str, bytes: &[u8]| {
            Some(if file == "config.json" { replace(bytes, from, to) } else { bytes.to_vec() })
        }
    };
    let without = |name: &'static str| move |file: &str, bytes: &[u8]| (file != name).then(|| bytes.to_vec());
    let truncated = |file: &str, bytes: &[u8]| {
        Some(if file == "model.safetensors" { bytes[..bytes.len() / 2].to_vec() } else { bytes.to_vec() })
    };
    // The tensor's name is longer than its data's offsets allow to change, so it is renamed in place.
    let renamed = |file: &str, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if file == "model.safetensors" {
            let name = b"gpt_neox.final_layer_norm.weight";
            let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
            bytes[at] = b'x';
        }
        Some(bytes)
    };
    let foreign_ids = |file: &str, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if file == "tokenizer.json" {
            let mut tokenizer: Value = serde_json::from_slice(&bytes).unwrap();
            tokenizer["model"]["vocab"]["."] = 9999.into();
            bytes = tokenizer.to_string().into_bytes();
        }
        Some(bytes)
    };
    let cases: Vec<(String, &[&str])> = vec![
        (demo_folder(&folder, "no-config", without("config.json")), &["no-config", "config.json"]),
        (demo_folder(&folder, "no-weights", without("model.safetensors")), &["no-weights", "safetensors"]),
        (demo_folder(&folder, "no-tokenizer", without("tokenizer.json")), &["tokenizer.json"]),
        (
            demo_folder(&folder, "family", config("\"gpt_neox\"", "\"bloom\"")),
            &["bloom", "not supported", "gpt_neox", "llama"],
        ),
        (demo_folder(&folder, "cut", truncated), &["model.safetensors", "not a complete safetensors file"]),
        (demo_folder(&folder, "renamed", renamed), &["final_layer_norm.weight", "is missing"]),
        (
            demo_folder(&folder, "shape", config("\"intermediate_size\": 512", "\"intermediate_size\": 256")),
            &["shape [512, 128]", "[256, 128]"],
        ),
        (demo_folder(&folder, "foreign", foreign_ids), &["token id 9999", "vocabulary of 550"]),
        (demo_folder(&folder, "activation", config("\"gelu\"", "\"mish\"")), &["mish", "gelu"]),
        (
            demo_folder(&folder, "type", config("\"vocab_size\": 550", "\"vocab_size\": \"x\"")),
            &["vocab_size", "whole number"],
        ),
    ];
    for (setting, words) in cases {
        folder.fails(&["run", "small.toml", "--set", &setting], 65, words);
        assert!(!folder.path("small.polar").exists());
    }
    let gguf = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/llama.gguf")).unwrap();
    // An alignment of 0, written over a key of the same length.
    let key = b"llama.block_count";
    let at = gguf.windows(key.len()).position(|window| window == key).unwrap();
    let mut unaligned = gguf.clone();
    unaligned[at..at + key.len()].copy_from_slice(b"general.alignment");
    unaligned[at + key.len() + 4..at + key.len() + 8].fill(0);
    folder.write("unaligned.gguf", unaligned);
    folder.fails(&["run", "small.toml", "--set", "model.id=unaligned.gguf"], 65, &["general.alignment is 0"]);
    for (name, length) in [("tail.gguf", gguf.len() - 100), ("head.gguf", 2000), ("stub.gguf", 3)] {
        folder.write(name, &gguf[..length]);
        let setting = format!("model.id={name}");
        folder.fails(&["run", "small.toml", "--set", &setting], 65, &[name, "not a complete GGUF file"]);
    }
}

#[cfg(target_os = "linux")]
/// A model of which a single layer is larger than any machine's memory: nothing of its size may be allocated.
#[test]
fn a_study_that_cannot_fit_says_so_before_anything_is_loaded() {
    let folder = Folder::new();
    let mut config: Value = serde_json::from_slice(polarscope::lm::demo_files()[0].1).unwrap();
    config["hidden_size"] = 1_048_576.into();
    config["intermediate_size"] = 4_194_304.into();
    std::fs::create_dir(folder.path("big")).unwrap();
    folder.write("big/config.json", config.to_string());
    folder.write("big/tokenizer.json", polarscope::lm::demo_files()[2].1);
    let arguments = ["small.toml", "--device", "cpu", "--set", "model.id=big"];
    let words = ["does not fit on cpu", "for the weights in f32", "What would make it fit"];
    folder.fails(&[&["plan"], arguments.as_slice()].concat(), 69, &words);
    folder.fails(&[&["run"], arguments.as_slice()].concat(), 69, &words);
    assert!(!folder.path("small.polar").exists());
}

#[test]
fn without_a_display_it_says_so() {
    let folder = Folder::new();
    for (variable, value) in [("PATH", "/nowhere"), ("DISPLAY", ":987"), ("WAYLAND_DISPLAY", "nowhere")] {
        let mut command = folder.polarscope(&[]);
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").env(variable, value);
        let assert = command.assert().code(69).stderr(contains("display")).stderr(contains("polarscope run"));
        assert!(!String::from_utf8_lossy(&assert.get_output().stderr).contains("panicked"));
    }
}

#[test]
fn a_result_that_is_not_a_number_is_an_error() {
    let folder = Folder::new();
    // The first weight of a tensor becomes NaN; weights are f16, two bytes each.
    let poisoned = |tensor: &'static str| {
        move |file: &str, bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            if file == "model.safetensors" {
                let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
                let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
                let at = header[tensor]["data_offsets"][0].as_u64().unwrap();
                let at = 8 + length + usize::try_from(at).unwrap();
                bytes[at..at + 2].copy_from_slice(&0x7e00u16.to_le_bytes());
            }
            Some(bytes)
        }
    };
    let last = demo_folder(&folder, "last", poisoned("gpt_neox.final_layer_norm.weight"));
    folder.fails(&["run", "small.toml", "--set", &last], 65, &["sweep, clean", "text", "not a number"]);
    assert_eq!(count(&folder.path("small.polar"), "SELECT COUNT(*) FROM trials"), 0);
    folder.ok(&["run", "small.toml"]); // what it left behind gives way
    let inner = demo_folder(&folder, "inner", poisoned("gpt_neox.layers.3.mlp.dense_h_to_4h.weight"));
    folder.fails(&["run", "small.toml", "--out", "i.polar", "--set", &inner], 65, &["norms of layer 3", "not numbers"]);
}

#[test]
fn the_published_figures_stand_where_a_study_file_is_expected() {
    let folder = Folder::new();
    let csv = folder.ok(&["export", "published", "--table", "damage"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let heads = rows.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let number = |row: usize, name: &str| -> f64 {
        rows[row][heads.iter().position(|head| head == name).unwrap()].parse().unwrap()
    };
    assert_eq!(rows.len(), 6);
    assert!((number(3, "angular_mean") - 7.0604).abs() < 1e-9 && number(3, "angular_items") == 281.0);
    for table in ["syntax", "entropy", "attention_repair"] {
        let json = folder.ok(&["export", "published", "--table", table, "--format", "json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["model"], "EleutherAI/pythia-410m", "{table}");
        let markdown = folder.ok(&["export", "published", "--table", table, "--format", "markdown"]);
        assert!(markdown.contains("Published values (arXiv 2602.11169), printed to three decimals"), "{markdown}");
        assert!(markdown.contains("not a run of Polarscope"), "{markdown}");
    }
    // The study's four tables: loss, pairs, mediation, and which layers matter.
    for table in ["damage", "syntax", "attention_repair", "layer_sets"] {
        let latex = folder.ok(&["export", "published", "--table", table, "--format", "latex"]);
        assert!(latex.contains(" \\pm ") && latex.contains("\\num{"), "{table}: {latex}");
    }
    folder.fails(&["export", "published", "--card"], 2, &["no study file", "no cards", "./published"]);
    folder.fails(&["export", "published", "--table", "audit"], 2, &["no [experiments.audit]"]);
    folder.fails(&["export", "published", "--table", "published"], 2, &["the published figures themselves"]);
    folder.fails(&["export", "published", "--trials"], 2, &["no study file", "no trials", "./published"]);
    folder.fails(&["run", "published"], 2, &["no study to run", "./published"]);
    folder.fails(&["plan", "published"], 2, &["no study to run"]);
    folder.fails(&["export", "./published", "--table", "damage"], 65, &["published: there is no such study file"]);

    // A run of another model cannot be set beside them.
    folder.ok(&["run", "small.toml"]);
    folder.fails(
        &["export", "small.polar", "--table", "published"],
        2,
        &["no published figures of the model \"demo\"", "EleutherAI/pythia-410m"],
    );
}

/// The demo's finished study with every experiment, under a name with spaces and letters beyond ASCII.
fn finished(folder: &Folder) -> &'static str {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar");
    std::fs::copy(demo, folder.path("Größe und Winkel 模.polar")).unwrap();
    "Größe und Winkel 模.polar"
}

#[test]
fn trials_come_out_as_parquet_and_a_card_says_where_they_come_from() {
    let folder = Folder::new();
    let file = finished(&folder);
    let parquet = ["export", file, "--trials", "--format", "parquet"];
    folder.fails(&parquet, 2, &["parquet is not for the terminal", "--out"]);
    folder.ok(&[&parquet[..], &["--out", "alle Trials α.parquet"]].concat());
    let bytes = std::fs::read(folder.path("alle Trials α.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let csv = folder.ok(&["export", file, "--trials"]);
    let rows = csv::Reader::from_reader(csv.as_bytes()).records().count();
    let reader = parquet::file::reader::SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let counted = parquet::file::reader::FileReader::metadata(&reader).file_metadata().num_rows();
    assert_eq!(counted, i64::try_from(rows).unwrap());

    let card = folder.ok(&["export", file, "--card"]);
    assert!(card.starts_with("# Reproducibility card: The demo, every experiment\n"), "{card}");
    assert_eq!(folder.ok(&["export", file, "--card", "--format", "markdown"]), card);
    folder.ok(&["export", file, "--card", "--format", "json", "--out", "card – 1.json"]);
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path("card – 1.json")).unwrap()).unwrap();
    let toml: String =
        Connection::open(folder.path(file)).unwrap().query_row("SELECT toml FROM study", [], |row| row.get(0)).unwrap();
    assert_eq!(json["toml"], toml);
    assert_eq!(json["study"]["trials"], i64::try_from(rows).unwrap());
    let hash = json["study"]["sha256"].as_str().unwrap();
    assert!(card.contains(&format!("| SHA-256 of its canonical form | `{hash}` |")), "{card}");
}

#[test]
fn a_form_that_something_does_not_have_is_refused_with_those_that_it_has() {
    let folder = Folder::new();
    let file = finished(&folder);
    let cases: [(&[&str], &str, &str); 4] = [
        (
            &["--table", "damage"],
            "parquet",
            "--table has no form parquet: its --format is csv or json or markdown or latex or tsv",
        ),
        (&["--trials"], "markdown", "--trials has no form markdown: its --format is csv or parquet"),
        (&["--card"], "csv", "--card has no form csv: its --format is markdown or json"),
        (&["--card"], "pfd", "invalid value 'pfd' for '--format"),
    ];
    for (what, format, words) in cases {
        let arguments = [&["export", file], what, &["--format", format, "--out", "x"]].concat();
        folder.fails(&arguments, 2, &[words]);
    }
    folder.fails(&["export", file], 2, &["--table", "--trials", "--card"]);
    folder.fails(&["export", file, "--trials", "--card"], 2, &["cannot be used with"]);
    folder.fails(&["export", file, "--card", "--columns", "delta"], 2, &["--card", "--columns"]);
    assert!(!folder.path("x").exists());
}

#[test]
fn an_export_is_written_whole_or_not_at_all() {
    let folder = Folder::new();
    let file = finished(&folder);
    let files = || {
        let names = std::fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = files();
    let trials = ["export", file, "--trials", "--out"];
    folder.fails(&[&trials[..], &["kein Ordner/t.csv"]].concat(), 73, &["t.csv", "there is no folder kein Ordner"]);
    folder.write("da – schon.csv", "mine");
    folder.fails(&[&trials[..], &["da – schon.csv"]].concat(), 73, &["da – schon.csv exists already"]);
    assert_eq!(std::fs::read(folder.path("da – schon.csv")).unwrap(), b"mine");
    std::fs::remove_file(folder.path("da – schon.csv")).unwrap();
    std::fs::create_dir(folder.path("ein Ordner")).unwrap();
    folder.fails(&[&trials[..], &["ein Ordner"]].concat(), 73, &["ein Ordner exists already"]);
    std::fs::remove_dir(folder.path("ein Ordner")).unwrap();
    // A file that may not grow so far, as on a full disk.
    #[cfg(target_os = "linux")]
    {
        let mut shell = Command::new("sh");
        shell.current_dir(folder.0.path()).env("POLARSCOPE", env!("CARGO_BIN_EXE_polarscope"));
        shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$POLARSCOPE\" \"$@\"", "sh"]).args(trials).arg("voll.csv");
        shell.assert().code(73).stderr(contains("voll.csv: cannot be written"));
    }
    assert_eq!(files(), before, "nothing is left behind");
    folder.ok(&[&trials[..], &["Übersicht – δ 1.csv"]].concat());
    #[cfg(unix)]
    {
        let mode = |name: &str| {
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.path(name)).unwrap().permissions())
        };
        assert_eq!(mode("Übersicht – δ 1.csv"), mode("small.toml"), "it is readable as any other file");
    }
    assert_eq!(files().len(), before.len() + 1);
}

#[test]
fn files_that_are_no_study_files_are_left_as_they_are() {
    let folder = Folder::new();
    folder.write("notes.polar", "just a text");
    folder.fails(&["export", "notes.polar", "--table", "damage"], 65, &["notes.polar", "not a Polarscope study file"]);
    folder.fails(&["run", "small.toml", "--out", "notes.polar"], 73, &["notes.polar", "exists"]);
    folder.fails(&["run", "small.toml", "--out", "notes.polar", "--resume"], 65, &["not a Polarscope study file"]);
    assert_eq!(std::fs::read(folder.path("notes.polar")).unwrap(), b"just a text");
    Connection::open(folder.path("other.polar")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    folder.fails(&["export", "other.polar", "--trials"], 65, &["not a Polarscope study file"]);
    folder.fails(&["export", "absent.polar", "--trials"], 65, &["absent.polar", "no such study file"]);
    folder.fails(&["run", "small.toml", "--out", "no/such/folder.polar"], 73, &["folder.polar", "cannot be written"]);

    folder.ok(&["run", "small.toml"]);
    folder.fails(&["export", "small.polar", "--table", "entropy"], 2, &["no [experiments.entropy]"]);
    folder.fails(&["export", "small.polar", "--table", "entropies"], 2, &["no table", "damage, syntax, entropy"]);
    folder.fails(&["export", "small.polar", "--table", "damage", "--out", "no/such/table.csv"], 73, &["table.csv"]);
    let columns = ["export", "small.polar", "--table", "damage", "--columns", "delta,angluar_mean"];
    folder.fails(&columns, 2, &["no column \"angluar_mean\"", "its columns are delta, magnitude_mean"]);
    let columns = ["export", "small.polar", "--table", "damage", "--columns", "angular_items", "--format", "latex"];
    folder.fails(&columns, 2, &["\"angular_items\"", "csv and json only"]);
    folder.fails(&["export", "small.polar", "--trials", "--columns", "delta"], 2, &["--trials"]);
    Connection::open(folder.path("small.polar")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    folder.fails(&["export", "small.polar", "--trials"], 65, &["newer Polarscope", "schema 99"]);
}

/// More threads than there is room for: a message, not a panic.
#[test]
#[cfg(target_os = "linux")]
fn a_system_that_gives_no_threads_is_said_so() {
    let folder = Folder::new();
    let limited = format!("ulimit -v 4000000 && exec {} plan demo", env!("CARGO_BIN_EXE_polarscope"));
    let mut command = Command::new("sh");
    // Few threads with large stacks: there is room for all else when there is none for a stack.
    command.current_dir(folder.0.path()).args(["-c", &limited]);
    command.env("RAYON_NUM_THREADS", "8").env("RUST_MIN_STACK", "1000000000");
    command.assert().code(69).stderr(contains("RAYON_NUM_THREADS")).stderr(contains("panicked").not());
}

#[test]
fn copies_of_a_text_are_told_of_where_the_sample_is() {
    let folder = Folder::new();
    let one = "A text of more than thirty characters, twice. It is plain.\n";
    folder.write("texts.txt", format!("{one}Another text of more than thirty characters. It is plain.\n{one}"));
    let set = ["--set", "texts.source=texts.txt"];
    let words = "1 of the 3 texts is a copy of others, word for word";
    let plan = folder.ok(&[&["plan", "small.toml"], &set[..]].concat());
    assert!(plan.contains(&format!("remark           {words}")), "{plan}");
    folder.polarscope(&[&["run", "small.toml"], &set[..]].concat()).assert().success().stderr(contains(words));
    let said: Value =
        serde_json::from_str(&folder.ok(&["export", "small.polar", "--card", "--format", "json"])).unwrap();
    assert_eq!((&said["data"]["texts_used"], &said["data"]["texts_copied"]), (&3.into(), &1.into()));
    assert_eq!(said["data"]["pairs_copied"], 0);
    assert!(said["model"]["remarks"][0].as_str().unwrap().starts_with(words));
    let report = folder.ok(&["export", "small.polar", "--report"]);
    assert!(report.contains(&format!("<strong>Copies.</strong> {words}")));
    // Said once, however often the file is gone on with.
    folder.ok(&[&["run", "small.toml", "--resume"], &set[..]].concat());
    let remarks = "SELECT COUNT(*) FROM provenance WHERE key LIKE 'remark %'";
    assert_eq!(count(&folder.path("small.polar"), remarks), 1);
}
