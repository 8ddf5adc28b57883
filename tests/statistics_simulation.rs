//! What tests and intervals do in the long run, on drawn data. Minutes, so they are asked for:
//! `cargo test --release --test statistics_simulation -- --ignored --nocapture`

use polarscope::stats::{
    COVERAGE, Contrast, Crossed, Estimate, Spread, Unit, benjamini_hochberg, cohens_d, d_z, equivalence, glass_delta,
    hedges_g, holm, independent_t, mcnemar, paired_t, ratio_of_means, resamples, sign_flip, signed_rank, t_interval,
    welch_t,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

struct Draws(ChaCha8Rng);

impl Draws {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Between 0 and 1, neither of them.
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 2f64.powi(32)
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn normals(&mut self, n: usize, mean: f64, sd: f64) -> Vec<f64> {
        (0..n).map(|_| mean + sd * self.normal()).collect()
    }
}

fn percent(hits: usize, of: usize) -> f64 {
    100.0 * hits as f64 / of as f64
}

/// Of samples of `n` values with mean `truth`, in how many percent the t, percentile and BCa intervals hold it.
fn covered(n: usize, truth: f64, draw: impl Fn(&mut Draws) -> f64) -> [f64; 3] {
    let samples = if n <= 50 { 20_000 } else { 8_000 };
    let mut draws = Draws::new(n as u64);
    let mut hits = [0; 3];
    let mut drawn = Vec::new();
    for i in 0..samples {
        if i % 20 == 0 {
            drawn = resamples(n, 1, 1000, i as u64);
        }
        let values: Vec<f64> = (0..n).map(|_| draw(&mut draws)).collect();
        let of_t = t_interval(&Spread::of(&values).unwrap());
        let sample = Crossed::new(values, 1).unwrap();
        for (hits, found) in hits.iter_mut().zip([of_t, sample.interval(&drawn), sample.interval_bca(&drawn)]) {
            *hits += usize::from(found.is_some_and(|(low, high)| low <= truth && truth <= high));
        }
    }
    hits.map(|hits| percent(hits, samples))
}

#[test]
#[ignore = "a minute: measures the table in src/stats/coverage.rs and docs/STATISTICS.md"]
fn intervals_cover_the_mean_as_the_table_says() {
    println!("| n | t | percentile | BCa | t | percentile | BCa |\n| --- | --- | --- | --- | --- | --- | --- |");
    let mut wrong = Vec::new();
    for row in COVERAGE {
        let (normal, exponential) = (covered(row.n, 0.0, Draws::normal), covered(row.n, 1.0, Draws::exponential));
        let cells: Vec<String> = normal.iter().chain(&exponential).map(|x| format!("{x:.1}")).collect();
        println!("| {} | {} |", row.n, cells.join(" | "));
        let tabled = row.normal.iter().chain(&row.exponential);
        if normal.iter().chain(&exponential).zip(tabled).any(|(found, tabled)| (found - tabled).abs() > 1.0) {
            wrong.push(row.n);
        }
        let held = if row.n >= 50 { &normal[..] } else { &normal[..1] };
        assert!(held.iter().all(|x| (93.0..97.0).contains(x)), "{normal:?}");
    }
    assert!(wrong.is_empty(), "the table is not what was measured at n = {wrong:?}");
}

/// Kolmogorov's and Smirnov's test at 1 % of whether `p` are uniform.
fn assert_uniform(mut p: Vec<f64>, what: &str) {
    p.sort_unstable_by(f64::total_cmp);
    let n = p.len() as f64;
    let gap = |(i, p): (usize, &f64)| (p - i as f64 / n).max((i + 1) as f64 / n - p);
    let largest = p.iter().enumerate().map(gap).fold(0.0, f64::max);
    println!("{what}: √n·D = {:.2}", n.sqrt() * largest);
    assert!(n.sqrt() * largest < 1.628, "{what}");
}

#[test]
#[ignore = "seconds: ten thousand samples for each test"]
fn p_is_uniform_where_there_is_no_effect() {
    let mut draws = Draws::new(1);
    let mut of = |n: usize, test: &dyn Fn(&[f64], &[f64]) -> f64| -> Vec<f64> {
        (0..10_000).map(|_| test(&draws.normals(n, 0.0, 1.0), &draws.normals(n, 0.0, 1.0))).collect()
    };
    for n in [2, 5, 30] {
        assert_uniform(of(n, &|a, b| paired_t(a, b).unwrap().p), "paired t");
        assert_uniform(of(n, &|a, b| paired_t(a, b).unwrap().p_less()), "paired t, one-sided");
        assert_uniform(of(n, &|a, b| independent_t(a, b).unwrap().p), "Student's t");
    }
    assert_uniform(of(30, &|a, b| welch_t(a, b).unwrap().p), "Welch's t");
    assert_uniform(of(14, &|a, b| sign_flip(a, b, 0, 0).unwrap().p), "sign-flip");
    assert_uniform(of(60, &|a, b| signed_rank(a, b).unwrap().p), "signed-rank");
    // At the bound itself.
    let at_bound = of(10, &|a, b| {
        let b: Vec<f64> = b.iter().map(|x| x - 40.0).collect();
        equivalence(a, &b, 40.0).unwrap().p
    });
    assert_uniform(at_bound, "equivalence");
}

#[test]
#[ignore = "seconds: ten thousand samples for each test"]
fn discrete_tests_keep_their_level() {
    let mut draws = Draws::new(2);
    let mut below = [0; 4];
    for _ in 0..10_000 {
        let (a, b) = (draws.normals(8, 0.0, 1.0), draws.normals(8, 0.0, 1.0));
        let first = (0..30).filter(|_| draws.uniform() < 0.5).count() as u64;
        let judged = mcnemar(first, 30 - first).unwrap();
        let p = [signed_rank(&a, &b).unwrap().p, sign_flip(&a, &b, 0, 0).unwrap().p, judged.p, judged.mid_p];
        below.iter_mut().zip(p).for_each(|(below, p)| *below += usize::from(p < 0.05));
    }
    println!("p < 0.05 of 10,000 (signed-rank, sign-flip, McNemar exact and mid-p): {below:?}");
    // Three standard errors are 65.
    assert!(below.iter().all(|below| *below <= 565), "{below:?}");
}

#[test]
#[ignore = "seconds: five thousand families of ten tests"]
fn corrections_keep_their_promises() {
    let mut draws = Draws::new(3);
    let (mut families, mut rates, mut all_null) = (0, 0.0, 0);
    let rounds = 5_000;
    for _ in 0..rounds {
        let mut p = |means: [f64; 10]| -> Vec<f64> {
            let test = |mean| paired_t(&draws.normals(8, mean, 1.0), &draws.normals(8, 0.0, 1.0)).unwrap().p;
            means.into_iter().map(test).collect()
        };
        all_null += usize::from(holm(&p([0.0; 10])).iter().any(|p| *p < 0.05));
        let half = p([0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
        families += usize::from(holm(&half)[..5].iter().any(|p| *p < 0.05));
        let found = benjamini_hochberg(&half).into_iter().map(|p| p < 0.05).collect::<Vec<_>>();
        let (false_ones, all) = (found[..5].iter().filter(|x| **x).count(), found.iter().filter(|x| **x).count());
        rates += false_ones as f64 / all.max(1) as f64;
    }
    let (error, of_null) = (percent(families, rounds), percent(all_null, rounds));
    let rate = 100.0 * rates / rounds as f64;
    println!(
        "Holm: family error {of_null:.1} %, half of the effects real {error:.1} %; BH: false discoveries {rate:.1} %"
    );
    assert!(error < 5.9 && of_null < 5.9 && rate < 5.9);
}

#[test]
#[ignore = "a minute: intervals of standardised effects and ratios"]
fn intervals_of_effects_cover_95_percent() {
    type Effect = fn(&[f64], &[f64]) -> Result<Estimate, polarscope::stats::Untestable>;
    let rounds = 2_000;
    for (n, sd) in [(3, 1.0_f64), (5, 1.0), (5, 4.0), (15, 1.0), (15, 4.0)] {
        // The means are 12 and 10, so that the ratio's denominator is told from 0. The interval of d takes the
        // variances for equal, which they are for sd = 1 only.
        let effects: [(&str, Effect, f64); 5] = [
            ("Cohen's d", cohens_d, 2.0 / f64::midpoint(sd * sd, 1.0).sqrt()),
            ("Hedges' g", hedges_g, 2.0 / f64::midpoint(sd * sd, 1.0).sqrt()),
            ("d_z", d_z, 2.0 / (1.0 + sd * sd).sqrt()),
            ("Glass's Δ", glass_delta, 2.0),
            ("ratio of means", ratio_of_means, 1.2),
        ];
        for (name, effect, truth) in effects {
            let mut draws = Draws::new(4);
            let (mut hits, mut given) = (0, 0);
            for _ in 0..rounds {
                if let Ok(found) = effect(&draws.normals(n, 12.0, sd), &draws.normals(n, 10.0, 1.0)) {
                    given += 1;
                    hits += usize::from(found.interval.0 <= truth && truth <= found.interval.1);
                }
            }
            println!("n = {n}, sd {sd} and 1: {name} {:.1} % of {given}", percent(hits, given));
            let is_exact = name == "d_z" || name.starts_with("ratio") || (sd == 1.0 && !name.starts_with("Glass"));
            assert!(!is_exact || (93.0..97.0).contains(&percent(hits, given)));
        }
    }
}

#[test]
#[ignore = "a minute: two-way layouts of texts and seeds without a difference"]
fn contrasts_by_every_unit_where_there_is_no_difference() {
    let rounds = 2_000;
    for (texts, seeds, sds, what) in [
        (40, 5, [1.0, 0.3, 1.0], "texts, seeds and rest vary"),
        (40, 20, [1.0, 0.3, 1.0], "the same, 20 seeds"),
        (40, 5, [0.0, 1.0, 0.1], "the seeds make the spread"),
    ] {
        let mut draws = Draws::new(5);
        let drawn = resamples(texts, seeds, 1000, 1);
        let mut below = [0; 3];
        for _ in 0..rounds {
            let of_seed = draws.normals(seeds, 0.0, sds[1]);
            let mut values = Vec::new();
            for _ in 0..texts {
                let of_text = sds[0] * draws.normal();
                values.extend(of_seed.iter().map(|of_seed| of_text + of_seed + sds[2] * draws.normal()));
            }
            let (a, b) = (Crossed::new(values, seeds).unwrap(), Crossed::new(vec![0.0; texts * seeds], seeds).unwrap());
            for (below, unit) in below.iter_mut().zip([Unit::Both, Unit::Seeds, Unit::Texts]) {
                *below += usize::from(Contrast::of(&a, &b, unit, &drawn).unwrap().p < 0.05);
            }
        }
        let [both, by_seeds, by_texts] = below.map(|below| percent(below, rounds));
        println!(
            "{texts} texts, {seeds} seeds, {what}: p < 0.05 in {both:.1} % (both), {by_seeds:.1} % (seeds), {by_texts:.1} % (texts)"
        );
    }
}
