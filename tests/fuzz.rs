//! The fuzz targets on their corpora, and on what a fixed stream of draws makes of each seed; no nightly compiler needed.
//!
//! `POLARSCOPE_FUZZ=1000 cargo test --release --test fuzz` makes so many mutants of each seed, 40 where nothing is said.
//! `fuzz/run.sh` is the long campaign, guided by coverage.

#[path = "campaign/draw.rs"]
mod draw;
#[allow(dead_code)] // its columns of numbers
#[path = "hub_server/table.rs"]
mod table;
#[path = "../fuzz/targets.rs"]
mod targets;

use draw::Draw;
use polarscope::device::Choice;
use polarscope::runner::{Event, Job, Worker};
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use table::Values;

/// No input takes longer than this, however broken; what does is a loop.
const PATIENCE: Duration = Duration::from_mins(1);

/// Values that programs trip over.
const ODD: [&[u8]; 12] = [
    b"",
    b"\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\0\0\0\0\0\0\0\x80",
    b"-1",
    b"18446744073709551615",
    b"1e400",
    b"null",
    b"[]",
    b"\"\"",
    b"\xef\xbb\xbf",
    b"[[[[[[[[",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.is_file());
    found.sort();
    found
}

/// The seeds of `target` by name: its corpus, and files of the repository that are of its kind.
fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
    let mut paths = files(&root().join("fuzz/corpus").join(target));
    let fixture = |name: &str| root().join("tests/fixtures").join(name);
    paths.extend(match target {
        "tokenizer" => vec![fixture("llama/tokenizer.json")],
        "config" => ["gpt2", "opt", "llama3", "mistral"].map(|family| fixture(&format!("{family}/config.json"))).into(),
        "gguf" => vec![fixture("sentencepiece.gguf")],
        "pickle" => vec![fixture("broken/legacy.bin")],
        "study" => files(&root().join("configs")),
        _ => Vec::new(),
    });
    let mut seeds: BTreeMap<String, Vec<u8>> =
        paths.into_iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect();
    match target {
        "study_file" => seeds.extend(study_files()),
        "parquet" => {
            let texts = vec!["", " = A heading = \n", "A text that is long enough, with a full stop. And more."];
            seeds.insert("a table".to_owned(), table::parquet(&[("text", Values::Text(texts))]));
        }
        _ => {}
    }
    assert!(!seeds.is_empty(), "{target} has no seeds");
    seeds
}

/// What others may make of a study file: kinds that were found to panic, to take all memory or never to end.
const EDITS: [&str; 12] = [
    "UPDATE trials SET item = 99999999 WHERE condition = 0 AND item = 0",
    "UPDATE trials SET value = 9e999",
    "UPDATE trials SET value = -1e308",
    "DELETE FROM trials WHERE item = 1",
    "UPDATE experiments SET heads = 0",
    "UPDATE experiments SET later = 4611686018427387904",
    "UPDATE position_norms SET position = position + 9000000000000000000",
    "UPDATE batches SET items = '[' || replace(hex(zeroblob(100000)), '00', '0,') || '0]'",
    "UPDATE conditions SET layers = '[1000000000000]'",
    "UPDATE readings SET \"values\" = '[1e999]'",
    "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "CREATE TRIGGER late AFTER INSERT ON trials BEGIN DELETE FROM texts; END",
];

/// A small study file, and what [`EDITS`] make of it.
fn study_files() -> Vec<(String, Vec<u8>)> {
    let whole = small_study_file();
    let folder = tempfile::tempdir().unwrap();
    let edited = EDITS.map(|sql| {
        let path = folder.path().join("edited.polar");
        std::fs::write(&path, &whole).unwrap();
        let theirs = rusqlite::Connection::open(&path).unwrap();
        theirs.execute_batch(sql).unwrap();
        drop(theirs);
        (sql.to_owned(), std::fs::read(&path).unwrap())
    });
    std::iter::once(("a small study".to_owned(), whole)).chain(edited).collect()
}

/// The bytes of a study file with an experiment of each kind of material.
fn small_study_file() -> Vec<u8> {
    let study = "[texts]\nlimit = 2\n[perturbation]\ndeltas = [0.5]\ndelta_unit = \"of_layer_median\"\nseeds = 2\n\
                 [experiments.sweep]\n[experiments.syntax]\nparadigms = [\"regular_subject_verb_agreement\"]\nitems = 2\n\
                 [experiments.entropy]\ndelta = 0.5\n";
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("seed.polar");
    let study = polarscope::study::parse(study).unwrap();
    let worker = Worker::start(Job { study, out: out.clone(), device: Choice::Cpu, resume: false }).unwrap();
    let outcome = worker.events.iter().find_map(|event| match event {
        Event::Finished(outcome) => Some(outcome),
        _ => None,
    });
    outcome.unwrap().unwrap();
    std::fs::read(out).unwrap()
}

/// `seed` changed at one to four places.
fn mutant(seed: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=draw.below(4) {
        let at = draw.below(bytes.len() + 1);
        let end = (at + 1 + draw.below(16)).min(bytes.len());
        match draw.below(7) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << draw.below(8),
            2 if at < bytes.len() => bytes[at] = draw.next().to_le_bytes()[0],
            3 => drop(bytes.splice(at..end, ODD[draw.below(ODD.len())].iter().copied())),
            4 => drop(bytes.drain(at..end)),
            // A piece of itself somewhere else.
            5 => {
                let from = draw.below(bytes.len() + 1);
                let piece = bytes[from..(from + 1 + draw.below(64)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ => drop(bytes.splice(at..at, ODD[draw.below(ODD.len())].iter().copied())),
        }
    }
    bytes
}

/// Runs the target `name` on its seeds and their mutants.
fn fuzz(name: &str) {
    let (_, target) = targets::TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target");
    let mutants = std::env::var("POLARSCOPE_FUZZ").map_or(40, |n| n.parse().expect("a number of mutants"));
    let (tell, told) = channel::<String>();
    // An input that never ends has to be named, not waited for.
    let watch = std::thread::spawn(move || {
        let mut last = "no input".to_owned();
        loop {
            match told.recv_timeout(PATIENCE) {
                Ok(input) => last = input,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!("{last} takes longer than {PATIENCE:?}");
                    std::process::abort();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
    let mut failures = Vec::new();
    for (seed, bytes) in seeds(name) {
        let mut draw = Draw(bytes.len() as u64);
        for number in 0..=mutants {
            let input = if number == 0 { bytes.clone() } else { mutant(&bytes, &mut draw) };
            let _ = tell.send(format!("{name}: mutant {number} of {seed}"));
            if catch_unwind(|| target(&input)).is_err() {
                let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}-{}", failures.len()));
                std::fs::write(&kept, &input).unwrap();
                failures.push(format!("mutant {number} of {seed}, kept as {}", kept.display()));
            }
        }
    }
    drop(tell);
    watch.join().unwrap();
    assert!(failures.is_empty(), "{name} fails on\n{}", failures.join("\n"));
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { fuzz(stringify!($name)); })*

        #[test]
        fn every_target_is_a_test() {
            assert_eq!(targets::TARGETS.map(|(name, _)| name), [$(stringify!($name)),*]);
        }
    };
}

targets!(tokenizer config gguf safetensors pickle study study_file jsonl parquet);
