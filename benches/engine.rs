//! The engine against PyTorch and against the arithmetic floor, in the same run: see docs/BENCHMARKS.md.
//!
//! `POLARSCOPE_PYTHON=… cargo bench --bench engine [-- SHAPE…]`, where a SHAPE is `410m`, `14m` or `demo`. The
//! interpreter needs torch and transformers from PyPI. `--without-python` measures Polarscope alone.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use candle_core::Device;
use common::{PYTHIA_410M, Shape, write_model};
use polarscope::corpus::Item;
use polarscope::hub::Hub;
use polarscope::lm::Model;
use polarscope::runner::{Bench, Timed, floor_seconds, peak_memory};
use polarscope::study::{Mode, ModelChoice};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const THREADS: usize = 2;

/// Rounds of Polarscope, of the floor and of PyTorch; the medians count.
const ROUNDS: usize = 3;

/// How PyTorch's threads wait for one another: spinning, the default, is the faster where the cores are its own; where
/// they are not, it is slower by an order of magnitude. Each is tried once, and the rounds are those of the faster.
const WAITING: [&[(&str, &str)]; 2] = [&[], &[("OMP_WAIT_POLICY", "PASSIVE"), ("GOMP_SPINCOUNT", "0")]];

struct Case {
    name: &'static str,
    /// None for the demo model, which comes with Polarscope.
    shape: Option<Shape>,
    texts: usize,
    seeds: u32,
}

const CASES: [Case; 3] = [
    Case { name: "410m", shape: Some(PYTHIA_410M), texts: 16, seeds: 2 },
    Case { name: "14m", shape: Some(Shape { layers: 6, hidden: 128, heads: 4, vocab: 50304 }), texts: 32, seeds: 2 },
    Case { name: "demo", shape: None, texts: 64, seeds: 2 },
];

/// Mean loss of the clean run, nats, and damages by mode and δ.
struct Results {
    clean: f64,
    damage: [Vec<f64>; 2],
}

const MODES: [(Mode, &str); 2] = [(Mode::Magnitude, "magnitude"), (Mode::Angular, "angular")];

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global().unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let python = !arguments.iter().any(|argument| argument == "--without-python");
    let asked = |name: &str| arguments.iter().all(|a| a.starts_with("--")) || arguments.iter().any(|a| a == name);
    println!("{THREADS} threads, float32, published protocol, both modes, six δ, the middle third of the layers");
    for case in CASES.iter().filter(|case| asked(case.name)) {
        run(case, python);
    }
}

fn run(case: &Case, python: bool) {
    let temporary = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let folder = if let Some(shape) = case.shape {
        write_model(temporary.path(), shape);
        temporary.path()
    } else {
        demo.as_path()
    };
    // Loading and a whole sweep; the floor, measured later, is no part of what a study takes.
    let choice = ModelChoice::of(folder.to_str().unwrap());
    let (model, peak) = peak_memory(|| {
        let model = Model::load(&choice, &Device::Cpu, &mut Hub::cache_only()).unwrap();
        Bench::new(&model.decoder, case.texts, case.seeds).unwrap().run().unwrap();
        model
    });
    let (own, floors, results, job) = {
        let bench = Bench::new(&model.decoder, case.texts, case.seeds).unwrap();
        let job = json!({
            "model": folder, "threads": THREADS, "layers": bench.layers(), "seeds": case.seeds,
            "deltas": bench.perturbation.deltas,
            "texts": bench.items.iter().map(|item: &Item| &item.sequences[0]).collect::<Vec<_>>(),
        });
        let (mut own, mut floors, mut results) = (Vec::new(), Vec::new(), None);
        for _ in 0..ROUNDS {
            let timed = bench.run().unwrap();
            own.push(timed.seconds);
            floors.push(floor_seconds(&bench.floor().unwrap()));
            results = Some(of_trials(&bench, &timed));
        }
        let tokens = bench.tokens();
        println!(
            "\n{}: {} texts, {} trials, {tokens} tokens",
            case.name,
            case.texts,
            bench.conditions.len() * case.texts
        );
        (own, floors, results.unwrap(), job)
    };
    drop(model);
    let (seconds, floor) = (median(&own), median(&floors));
    let memory = peak.map_or(String::new(), |bytes| format!(", peak memory {:.2} GB", bytes as f64 / 1e9));
    println!("  Polarscope      {} s{memory}", spread(&own));
    let shares: Vec<f64> = own.iter().zip(&floors).map(|(own, floor)| 100.0 * floor / own).collect();
    println!("  floor           {} s: {:.0} % reached ({})", spread(&floors), 100.0 * floor / seconds, spread(&shares));
    if !python {
        return;
    }
    for (way, words) in [("batched", "batched PyTorch"), ("study", "the study's way")] {
        let mut memory = 0.0;
        let mut run = |waiting| {
            let answer = ask_python(temporary.path(), &job, way, waiting);
            memory = answer["peak_bytes"].as_f64().unwrap() / 1e9;
            results.agrees(&Results::of_answer(&answer), words);
            answer["seconds"].as_f64().unwrap()
        };
        let first = WAITING.map(&mut run);
        let better = usize::from(first[0] > first[1]);
        let mut times = vec![first[better]];
        times.resize_with(ROUNDS, || run(WAITING[better]));
        println!("  {words} {} s, peak memory {memory:.2} GB", spread(&times));
        println!("  {words} / Polarscope: {:.2}", median(&times) / seconds);
    }
}

fn ask_python(folder: &Path, job: &Value, way: &str, environment: &[(&str, &str)]) -> Value {
    let mut job = job.clone();
    job["way"] = way.into();
    let file = folder.join("job.json");
    std::fs::write(&file, job.to_string()).unwrap();
    let interpreter = std::env::var("POLARSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pytorch_notebook.py");
    let mut command = Command::new(&interpreter);
    command.arg(script).arg(&file).env("TRANSFORMERS_VERBOSITY", "error").env("HF_HUB_OFFLINE", "1");
    command.envs(environment.iter().copied());
    let output = command.output().unwrap_or_else(|error| panic!("{interpreter} (POLARSCOPE_PYTHON): {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(answer.lines().last().unwrap()).unwrap()
}

fn of_trials(bench: &Bench, timed: &Timed) -> Results {
    let mean = |wanted: &dyn Fn(usize) -> bool| {
        let values: Vec<f64> = timed.trials.iter().filter(|t| wanted(t.condition)).map(|t| t.score.value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let clean = mean(&|i| bench.conditions[i].disturbance.is_none());
    let damage = MODES.map(|(mode, _)| {
        let of_delta = |delta: &f64| {
            let wanted =
                |i: usize| bench.conditions[i].disturbance.is_some_and(|d| d.mode == mode && d.delta == *delta);
            mean(&wanted) - clean
        };
        bench.perturbation.deltas.iter().map(of_delta).collect()
    });
    Results { clean, damage }
}

impl Results {
    fn of_answer(answer: &Value) -> Self {
        let numbers = |value: &Value| value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        Self {
            clean: answer["clean"].as_f64().unwrap(),
            damage: MODES.map(|(_, name)| numbers(&answer["damage"][name])),
        }
    }

    /// Stops where the two did not do the same work. Noise differs, so damages agree as far as their sampling allows: no
    /// less than half and no more than twice, in the mean over the δ.
    fn agrees(&self, other: &Self, words: &str) {
        assert!(
            (self.clean - other.clean).abs() < 1e-3,
            "clean loss: {} against {} ({words})",
            self.clean,
            other.clean
        );
        for ((a, b), (_, mode)) in self.damage.iter().zip(&other.damage).zip(MODES) {
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let (own, theirs) = (mean(a), mean(b));
            println!("    {mode}: mean damage {own:.4} against {theirs:.4} nats, {words}");
            assert!((own - theirs).abs() < 0.02 + 0.5 * own.abs().max(theirs.abs()), "{mode}: {a:?} against {b:?}");
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn spread(values: &[f64]) -> String {
    let list: Vec<String> = values.iter().map(|value| format!("{value:.2}")).collect();
    list.join(", ")
}
