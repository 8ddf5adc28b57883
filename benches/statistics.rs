//! How fast the statistics are: the crossed bootstrap of 281 texts under 5 seeds against a plain loop over drawn places,
//! and what rests on it. `cargo bench --bench statistics`

#![allow(clippy::unwrap_used, missing_docs)]

use polarscope::stats::{Contrast, Crossed, Dissociation, DoseResponse, Task, Unit, resamples, resamples_of_others};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::hint::black_box;
use std::time::{Duration, Instant};

const TEXTS: usize = 281;
const PAIRS: usize = 200;
const SEEDS: usize = 5;
const COUNT: usize = 10_000;

fn main() {
    let values = uniform(TEXTS * SEEDS, 1);
    let crossed = Crossed::new(values.clone(), SEEDS).unwrap();
    let draw = best(|| resamples(TEXTS, SEEDS, COUNT, 1));
    let drawn = resamples(TEXTS, SEEDS, COUNT, 1);
    let means = best(|| crossed.means_of(&drawn));
    let ours = best(|| crossed.interval(&resamples(TEXTS, SEEDS, COUNT, 1)));
    let plain = best(|| plain_loop(&values));
    println!("{COUNT} resamples of {TEXTS} texts and {SEEDS} seeds");
    line("  draws, which all conditions share", draw);
    line("  means, for each condition", means);
    line("  draws, means and percentile interval", ours);
    line("  plain loop: places drawn, values added one by one", plain);
    println!("  time, polarscope / plain loop: {:.2}", ours.as_secs_f64() / plain.as_secs_f64());
    let sweep = best(|| {
        let drawn = resamples(TEXTS, SEEDS, COUNT, 1);
        [0; 12].map(|_| crossed.interval(&drawn))
    });
    let plain_sweep = best(|| [0; 12].map(|_| plain_loop(&values)));
    line("Twelve conditions, intervals from one list of draws", sweep);
    line("  plain loop for each", plain_sweep);
    println!("  time, polarscope / plain loop: {:.2}", sweep.as_secs_f64() / plain_sweep.as_secs_f64());

    let deltas = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0];
    let damages = |half: f64| {
        deltas.map(|delta: f64| {
            let at = 8.0 / (1.0 + (half / delta).powi(3));
            Crossed::new(values.iter().map(|x| at * (0.5 + x)).collect(), SEEDS).unwrap()
        })
    };
    let (angular, magnitude) = (damages(5.0), damages(9.0));
    line("Dose–response of one mode at six δ", best(|| DoseResponse::of(&deltas, &angular, &drawn).unwrap()));
    line("Contrast of two modes", best(|| Contrast::of(&angular[0], &magnitude[0], Unit::Both, &drawn).unwrap()));
    let others = resamples_of_others(PAIRS, SEEDS, COUNT, 1);
    let drops = [0.2, 0.3].map(|drop| {
        let right = uniform(PAIRS * SEEDS, 2).into_iter().map(|x| f64::from(u8::from(x < drop)));
        Crossed::new(right.collect(), SEEDS).unwrap()
    });
    let (clean_loss, clean_error) = (vec![4.1; TEXTS], vec![0.1; PAIRS]);
    let task =
        |[angular, magnitude]: [_; 2], clean, worst, resamples| Task { angular, magnitude, clean, worst, resamples };
    let loss = task([&angular[2], &magnitude[2]], clean_loss.as_slice(), 10.8, drawn.as_slice());
    let syntax = task([&drops[0], &drops[1]], &clean_error, 0.5, &others);
    line("Double dissociation at one δ", best(|| Dissociation::of(&loss, &syntax, Unit::Both).unwrap()));
}

/// The crossed bootstrap as one writes it first: texts and seeds are drawn by place, and their values added up.
fn plain_loop(values: &[f64]) -> (f64, f64) {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut place = |n: usize| usize::try_from(generator.next_u64() % n as u64).unwrap();
    let mut means: Vec<f64> = (0..COUNT)
        .map(|_| {
            let texts: Vec<usize> = (0..TEXTS).map(|_| place(TEXTS)).collect();
            let seeds: Vec<usize> = (0..SEEDS).map(|_| place(SEEDS)).collect();
            let of_text = |text: &usize| seeds.iter().map(|seed| values[text * SEEDS + seed]).sum::<f64>();
            texts.iter().map(of_text).sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    (means[COUNT / 40], means[COUNT - COUNT / 40])
}

fn uniform(count: usize, seed: u64) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| f64::from(generator.next_u32()) / 2f64.powi(32)).collect()
}

/// The shortest of five times.
fn best<T>(work: impl Fn() -> T) -> Duration {
    let time = || {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..5).map(|_| time()).min().unwrap()
}

fn line(name: &str, time: Duration) {
    println!("{name:<52} {:>8.1} ms", 1e3 * time.as_secs_f64());
}
