//! How fast figures and the report are made, from the demo's finished study; against matplotlib, where Python has it.
//! `cargo bench --bench figures`

#![allow(clippy::unwrap_used, missing_docs)]

use polarscope::figure::{FigureFormat, FigureView, Source, Style, figure, figures, report};
use polarscope::store::Store;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const FORMS: [FigureFormat; 3] = [FigureFormat::Svg, FigureFormat::Pdf, FigureFormat::Png];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let store = Store::open(&root.join("assets/demo.polar")).unwrap();
    let results = store.results().unwrap();
    let style = Style::default();
    let sources = [Source::of(results, "demo.polar")];
    let view = FigureView::default();
    let mut slowest = (Duration::ZERO, "");
    let mut dissociation = Duration::ZERO;
    for (id, _) in figures(&sources) {
        let took = best(|| {
            let drawn = figure(&sources, id, &view, &style).unwrap();
            FORMS.map(|format| drawn.written(format, &style).unwrap())
        });
        println!("{id:<16} svg, pdf and png at 300 dpi: {:>7.1} ms", ms(took));
        slowest = slowest.max((took, id));
        if id == "dissociation" {
            dissociation = took;
        }
    }
    println!("slowest: {} {:.1} ms", slowest.1, ms(slowest.0));
    let whole = best(|| report(&store, &Source::of(store.results().unwrap(), "demo.polar"), &style).unwrap());
    println!("report, statistics and figures from the open file: {:.2} s", whole.as_secs_f64());

    let folder = std::env::temp_dir().join("polarscope-bench-figures");
    std::fs::create_dir_all(&folder).unwrap();
    let data = folder.join("dissociation.csv");
    std::fs::write(&data, figure(&sources, "dissociation", &view, &style).unwrap().data).unwrap();
    let script = root.join("benches/matplotlib_figure.py");
    let output = Command::new("python3").arg(script).arg(&data).arg(&folder).output();
    let seconds = output.ok().and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().ok());
    match seconds {
        Some(seconds) => println!(
            "dissociation, three forms: matplotlib {:.1} ms; time, polarscope / matplotlib: {:.2}",
            1e3 * seconds,
            dissociation.as_secs_f64() / seconds
        ),
        None => println!("no matplotlib to compare with (pip install matplotlib)"),
    }
}

fn best<T>(work: impl Fn() -> T) -> Duration {
    let once = || {
        let start = Instant::now();
        let _made = work();
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

fn ms(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}
