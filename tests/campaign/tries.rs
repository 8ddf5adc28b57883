//! The tries: which faults, at which moments, and the table of what came out.

use super::disk::{Kept, cut_power};
use super::draw::Draw;
use super::fault::{Fault, Library, Outcome};
use super::invariant;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A study that ends within a moment, with conditions that are planned from its own first results.
const STUDY: &str = r#"
name = "campaign"
[texts]
limit = 3
[perturbation]
deltas = [0.5]
delta_unit = "of_layer_median"
seeds = 2
[experiments.sweep]
[experiments.syntax]
paradigms = ["regular_subject_verb_agreement"]
items = 3
[experiments.layer_sets]
delta = 0.5
size = 1
window = 2
"#;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Kill,
    Full,
    Fail,
    Power,
}

const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Kill, "kill", "killed at any operation on its files, and at any time"),
    (Kind::Full, "full", "disk full from any operation on"),
    (Kind::Fail, "fail", "any one operation fails"),
    (Kind::Power, "power", "power cut: what was not synced is lost, in part, or zeroes"),
];

/// What all tries share.
struct Setting {
    folder: TempDir,
    study: PathBuf,
    library: Library,
    /// The bytes of a run that nothing interrupts, how many operations change its files, and how long it takes.
    whole: Vec<u8>,
    operations: usize,
    took: Duration,
}

/// Makes all tries, prints the table, and gives what failed.
pub fn all() -> Vec<String> {
    let number = std::env::var("POLARSCOPE_CAMPAIGN").map_or(50, |n| n.parse().expect("a number of tries"));
    let only = std::env::var("POLARSCOPE_CAMPAIGN_ONLY").ok();
    let setting = Setting::new();
    println!("A whole run changes its files by {} operations in {:.2?}.", setting.operations, setting.took);
    let mut failures = Vec::new();
    println!("{:<62} {:>7} {:>8} {:>8}", "fault", "tries", "failures", "seconds");
    for (kind, name, words) in KINDS {
        let start = Instant::now();
        let tries: Vec<usize> = (0..number)
            .filter(|i| only.as_ref().is_none_or(|only| only == name || *only == format!("{name} {i}")))
            .collect();
        let failed = setting.tries(kind, name, &tries);
        println!("{words:<62} {:>7} {:>8} {:>8.0}", tries.len(), failed.len(), start.elapsed().as_secs_f64());
        failures.extend(failed);
    }
    failures
}

impl Setting {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let study = folder.path().join("campaign.toml");
        std::fs::write(&study, STUDY).expect("it can be written");
        let library = Library::compile(folder.path());
        let at = folder.path().join("whole");
        std::fs::create_dir(&at).expect("a folder");
        let (out, count) = (at.join("campaign.polar"), folder.path().join("count"));
        let start = Instant::now();
        let outcome = library.run(Fault::None, &study, &out, None, Some(&count));
        let took = start.elapsed();
        assert_eq!(outcome.code, Some(0), "{}", outcome.last_words);
        assert!(outcome.acknowledged > 0);
        let operations = std::fs::read_to_string(&count).expect("the count").parse().expect("a number");
        let whole = std::fs::read(&out).expect("the file");
        invariant::holds(&study, &out, outcome.acknowledged, &whole).expect("a whole run is whole");
        Self { folder, study, library, whole, operations, took }
    }

    /// Makes the tries of `kind` with these numbers, two at a time, and gives what failed.
    fn tries(&self, kind: Kind, name: &str, numbers: &[usize]) -> Vec<String> {
        let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(number) = numbers.get(next.fetch_add(1, Ordering::SeqCst)) {
                if let Err(what) = self.one(kind, name, *number, numbers.len()) {
                    failed.lock().expect("no thread has panicked").push(format!("{name} {number}: {what}"));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(work);
            }
        });
        failed.into_inner().expect("no thread has panicked")
    }

    fn one(&self, kind: Kind, name: &str, number: usize, of: usize) -> Result<(), String> {
        let mut draw = Draw(number as u64);
        let folder = TempDir::with_prefix_in(format!("{name}-"), self.folder.path()).map_err(|e| e.to_string())?;
        let (at, shadow) = (folder.path().join("files"), folder.path().join("shadow"));
        for path in [&at, &shadow] {
            std::fs::create_dir(path).map_err(|e| e.to_string())?;
        }
        let out = at.join("campaign.polar");
        // The moments are spread over the whole run, and drawn within their share of it.
        let share = (number as f64 + (draw.below(1000) as f64 / 1000.0)) / of.max(1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // share is below 1 but for a single try
        let operation = 1 + (self.operations as f64 * share.fract()) as usize;
        let kill = if kind == Kind::Kill && number % 2 == 1 {
            Fault::KillAfter(self.took.mul_f64(share.fract()))
        } else {
            Fault::KillAt(operation)
        };
        let outcome = match kind {
            Kind::Kill => self.run(kill, &out, None),
            Kind::Full => self.run(Fault::FullFrom(operation), &out, None),
            Kind::Fail => self.run(Fault::FailAt(operation), &out, None),
            Kind::Power => self.run(kill, &out, Some(&shadow)),
        };
        let told = |what: String| format!("operation {operation}, {outcome:?}: {what}");
        // A disk that fails is no bug of ours, and said to be one it would hide what to do.
        if outcome.code.is_some_and(|code| ![0, 65, 73].contains(&code)) {
            return Err(told("it ends with another exit code than 0, 65 and 73".to_owned()));
        }
        if kind == Kind::Power {
            cut_power(&at, &shadow, [Kept::Nothing, Kept::Some, Kept::SomeAndZeroes][number % 3], &mut draw);
        }
        invariant::holds(&self.study, &out, outcome.acknowledged, &self.whole).map_err(told)
    }

    fn run(&self, fault: Fault, out: &Path, shadow: Option<&Path>) -> Outcome {
        self.library.run(fault, &self.study, out, shadow, None)
    }
}
