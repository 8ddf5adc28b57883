//! How long the window makes one wait: opening a study file of 100,000 trials, and every frame after that, in the real
//! program without a display. `cargo bench --bench window`
//!
//! A frame is the window's own work in its own thread, as View > Frame times has it: logic, layout and painting
//! commands. Beside it stands the whole frame, with what egui does around that: the accessibility tree, and the
//! triangles that the painting commands become.

#![allow(clippy::unwrap_used, missing_docs)]

mod synthetic;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use polarscope::app::PolarscopeApp;
use polarscope::figure;
use polarscope::findings::Findings;
use polarscope::store::Store;
use polarscope::study::{Seeds, Study};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::{Duration, Instant};

type Window = Harness<'static, PolarscopeApp>;

/// Frames that are timed of everything.
const FRAMES: usize = 300;

const TABS: [&str; 14] = [
    "Overview",
    "Dissociation",
    "Dose–response",
    "Statistics",
    "Entropy",
    "Repair",
    "Heads",
    "Layers",
    "Q–K",
    "Audit",
    "Displacement",
    "Texts",
    "Compare",
    "Provenance",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--open", file] => return opening(Path::new(file)),
        ["--frames", file] => return frames(Path::new(file)),
        ["--write", file] => {
            println!("{} trials", synthetic::write(Path::new(file), synthetic::WIDE));
            return;
        }
        ["--running"] => return running(),
        _ => {}
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let wide = folder.path().join("wide.polar");
    let trials = synthetic::write(&wide, synthetic::WIDE);
    println!("Sweep, pairs, entropy of 48 layers × 64 heads, repairs: {trials} trials");
    opening(&wide);
    frames(&wide);
    let long = folder.path().join("long.polar");
    let trials = synthetic::write(&long, synthetic::LONG);
    println!("A sweep of 50,000 texts: {trials} trials");
    opening(&long);
    frames(&long);
    running();
}

/// From the order to open the file to the first panel with numbers, and to the last word on them.
fn opening(file: &Path) {
    let floor = (0..3).map(|_| timed(|| plain(file))).min().unwrap();
    let read = (0..3).map(|_| timed(|| Store::open(file).unwrap().results().unwrap())).min().unwrap();
    let results = Store::open(file).unwrap().results().unwrap();
    let tables = timed(|| figure::tables(&Findings::of(results.clone())));
    line("trials and readings by plain SQL into vectors", floor);
    line("results, in memory", read);
    println!("  time, polarscope / plain SQL: {:.2}", read.as_secs_f64() / floor.as_secs_f64());
    line("all tables of them, with 10,000 resamples", tables);
    let mut unfinished = results;
    unfinished.planned += 1;
    line("all tables while a run goes on, with 200", timed(|| figure::tables(&Findings::of(unfinished.clone()))));
    let (first, all) = (0..3).map(|_| open(file).1).min_by_key(|(_, all)| *all).unwrap();
    line("opened in the window: first panel", first);
    line("opened in the window: all", all);
}

fn open(file: &Path) -> (Window, (Duration, Duration)) {
    let folder = file.parent().unwrap().to_owned();
    let file = Some(file.to_owned());
    let mut window = Harness::builder()
        .with_size([1440.0, 900.0])
        .build_eframe(move |creation| PolarscopeApp::new(creation, folder, file));
    let start = Instant::now();
    let mut first = None;
    while !window.state().is_settled() {
        window.step();
        if window.state().trials_shown() > 0 {
            first.get_or_insert(start.elapsed());
        }
        assert!(start.elapsed() < Duration::from_mins(2), "{:?}", window.state().messages().collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(2));
    }
    window.step();
    (window, (first.unwrap_or_default(), start.elapsed()))
}

/// What one has to read to know every trial and every reading: into vectors by columns, as they stand.
fn plain(file: &Path) -> usize {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut trials: Vec<(u32, u32, f64)> = Vec::new();
    let mut statement = connection.prepare("SELECT condition, item, value FROM trials").unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        trials.push((row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap()));
    }
    let mut statement = connection.prepare("SELECT \"values\" FROM readings").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut values: Vec<Vec<f32>> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        values.push(serde_json::from_str(row.get_ref(0).unwrap().as_str().unwrap()).unwrap());
    }
    trials.len() + values.len()
}

/// Every tab, as it is opened and while nothing happens; and its table, scrolled.
fn frames(file: &Path) {
    let (mut window, _) = open(file);
    println!("  {:<28} {:>35}   {:>26}", "", "the window's own work, ms", "the whole frame, ms");
    println!(
        "  {:<28} {:>8} {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}",
        "", "first", "p50", "p95", "max", "p50", "p95", "max"
    );
    for tab in TABS {
        let Some(node) = window.query_by_role_and_label(Role::Tab, tab) else { continue };
        node.click();
        let mut times = Times::default();
        times.step(&mut window);
        let first = times.own[0];
        let mut times = Times::default();
        (0..FRAMES).for_each(|_| times.step(&mut window));
        times.line(tab, Some(first));
    }
}

/// A run of the demo, from its first trial to its last.
fn running() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut study = Study::demo();
    study.perturbation.seeds = Seeds::Count(20);
    let to = folder.path().to_owned();
    let mut window: Window = Harness::builder()
        .with_size([1440.0, 900.0])
        .build_eframe(move |creation| PolarscopeApp::with_study(&creation.egui_ctx, to, study));
    let start = Instant::now();
    let pause = || std::thread::sleep(Duration::from_millis(16));
    while window.query_by_label("Run").is_none_or(|node| node.accesskit_node().is_disabled()) {
        window.step();
        pause();
        assert!(start.elapsed() < Duration::from_mins(1), "the demo cannot be run");
    }
    window.get_by_label("Run").click();
    window.step();
    window.step();
    println!("While the demo runs");
    for tab in ["Overview", "Dissociation"] {
        window.get_by_role_and_label(Role::Tab, tab).click();
        let mut times = Times::default();
        while window.state().is_running() && times.own.len() < FRAMES {
            times.step(&mut window);
            pause();
        }
        times.line(tab, None);
    }
}

/// Times of frames.
#[derive(Default)]
struct Times {
    own: Vec<Duration>,
    whole: Vec<Duration>,
}

impl Times {
    fn step(&mut self, window: &mut Window) {
        let start = Instant::now();
        window.step();
        let output = window.output();
        let (shapes, pixels) = (output.shapes.clone(), output.pixels_per_point);
        window.ctx.tessellate(shapes, pixels);
        self.whole.push(start.elapsed());
        self.own.push(window.state().frame_times().last());
    }

    fn line(mut self, name: &str, first: Option<Duration>) {
        let ms = |time: Duration| format!("{:.2}", 1e3 * time.as_secs_f64());
        let mut of = |times: fn(&mut Self) -> &mut Vec<Duration>| {
            let times = times(&mut self);
            times.sort_unstable();
            let at = |percent: usize| (times.len() * percent).div_ceil(100).saturating_sub(1);
            [50, 95, 100].map(|percent| times.get(at(percent)).copied().map_or(String::new(), ms))
        };
        let ([a, b, c], [d, e, f]) = (of(|times| &mut times.own), of(|times| &mut times.whole));
        let first = first.map_or(String::new(), ms);
        println!("  {name:<28} {first:>8} {a:>8} {b:>8} {c:>8}   {d:>8} {e:>8} {f:>8}");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn line(name: &str, time: Duration) {
    println!("  {name:<52} {:>8.0} ms", 1e3 * time.as_secs_f64());
}
