//! Statistics against SciPy and NumPy (tests/make_fixtures/make_statistics.py made the golden values), against what the
//! study printed, and against what each promises.

use polarscope::experiment::{Comparison, Kind, Of, Recoveries, Results, Row, regimes};
use polarscope::measure::Quantity;
use polarscope::published;
use polarscope::stats::{
    Crossed, FEWEST_REPLICATES, NoRatio, Resample, Spread, TTest, Untestable, cohens_d, cohens_d_population,
    glass_delta, glass_delta_population, holm, independent_t, interval, log_ratio, one_sample_t, paired_t, recovery,
    resamples, shapley, t_interval,
};
use polarscope::study::Mode;
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

fn golden() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/statistics.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Numbers that JSON does not have are written as words.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn close(found: f64, expected: f64, relative: f64) -> bool {
    found == expected || (found - expected).abs() <= relative * expected.abs()
}

#[test]
fn means_and_standard_deviations() {
    for case in golden()["descriptions"].as_array().unwrap() {
        let spread = Spread::of(&list(&case["values"])).unwrap();
        assert!(close(spread.mean, number(&case["mean"]), 1e-13), "{case}");
        let sd = number(&case["sd"]);
        assert!(spread.sd.map_or(sd.is_nan(), |found| close(found, sd, 1e-12)), "{case}");
        assert!(close(spread.population_sd(), number(&case["population_sd"]), 1e-12), "{case}");
    }
}

/// Against SciPy's t, degrees of freedom and p of all three alternatives.
fn check(found: Result<TTest, Untestable>, case: &Value) {
    let t = number(&case["t"]);
    // Where the values do not vary at all, SciPy gives 0/0 or ±∞, and we nothing.
    if !t.is_finite() {
        assert!(found.is_err(), "{case}");
        return;
    }
    let found = found.unwrap();
    assert_eq!(found.df, number(&case["df"]));
    assert!(close(found.t, t, 1e-9), "t {} instead of {t}", found.t);
    for (p, name) in [(found.p, "p"), (found.p_greater(), "p_greater"), (found.p_less(), "p_less")] {
        // The tail magnifies the last digits of t by the degrees of freedom.
        assert!(close(p, number(&case[name]), 1e-7), "{name} {p} instead of {}", case[name]);
    }
}

#[test]
fn paired_t_tests_down_to_the_smallest_p() {
    let golden = golden();
    let cases = golden["paired_t"].as_array().unwrap();
    assert!(cases.iter().any(|case| number(&case["p"]) > 0.0 && number(&case["p"]) < 1e-40));
    for case in cases {
        check(paired_t(&list(&case["a"]), &list(&case["b"])), case);
    }
}

#[test]
fn one_sample_t_tests() {
    for case in golden()["one_sample_t"].as_array().unwrap() {
        check(one_sample_t(&list(&case["values"]), number(&case["expected"])), case);
    }
}

#[test]
fn independent_t_tests() {
    for case in golden()["independent_t"].as_array().unwrap() {
        check(independent_t(&list(&case["a"]), &list(&case["b"])), case);
    }
}

#[test]
fn effect_sizes() {
    for case in golden()["effect_sizes"].as_array().unwrap() {
        let (a, b) = (list(&case["a"]), list(&case["b"]));
        for (name, found) in [
            ("cohens_d", cohens_d(&a, &b).unwrap().value),
            ("cohens_d_population", cohens_d_population(&a, &b).unwrap()),
            ("glass_delta", glass_delta(&a, &b).unwrap().value),
            ("glass_delta_population", glass_delta_population(&a, &b).unwrap()),
        ] {
            assert!(close(found, number(&case[name]), 1e-12), "{name} {found}: {case}");
        }
    }
}

/// Values by seed of both modes in `row`: magnitude, angular.
fn by_seed(row: &Row) -> [Vec<f64>; 2] {
    [Mode::Magnitude, Mode::Angular]
        .map(|mode| row.cell(mode).unwrap().by_seed.iter().map(|(_, value)| *value).collect())
}

/// The published figures go the way of a run: results, and the summaries that its tables are made of.
#[test]
fn what_the_study_printed_comes_out_of_its_values_by_seed() {
    let (results, model) = (published::results(), &published::published().models[0]);
    let comparison = Comparison::of(&results, Kind::Sweep).unwrap();
    assert_eq!(comparison.rows.len(), model.damage.at.len());
    // Values with three digits after the point: a spread of 0.002 is uncertain by a quarter, one of 0.03 by 1 %, and a
    // mean of 0.009 by several percent.
    for (row, at) in comparison.rows.iter().zip(&model.damage.at) {
        assert_eq!(row.delta, at.delta);
        let printed = at.printed.as_ref().unwrap();
        let is_coarse = row.delta < 5.0;
        let test = row.test.unwrap();
        assert!(close(test.t, printed.t.unwrap(), if is_coarse { 0.05 } else { 0.01 }), "{test:?}: {printed:?}");
        // p goes as t⁻⁴.
        assert!(close(test.p, printed.p.unwrap(), if is_coarse { 0.2 } else { 0.04 }), "{test:?}: {printed:?}");
        assert!(close(row.ratio.unwrap(), printed.ratio.unwrap(), 0.005), "{:?}: {printed:?}", row.ratio);
        let [magnitude, angular] = by_seed(row);
        if !is_coarse {
            let found = glass_delta_population(&angular, &magnitude).unwrap();
            assert!(close(found, printed.glass_delta.unwrap(), 0.01), "{found}: {printed:?}");
        }
    }
    assert_eq!(model.damage.regimes.len(), 2);
    for (found, regime) in regimes(&results).iter().zip(&model.damage.regimes) {
        assert_eq!(found.deltas, regime.deltas);
        let test = found.test.unwrap();
        assert_eq!(test.df, 28.0);
        let (t, p) = (regime.printed.t.unwrap(), regime.printed.p.unwrap());
        assert!((test.t - t).abs() < 0.005 && close(test.p, p, 0.01), "{test:?}");
    }

    let accuracy = model.accuracy.as_ref().unwrap();
    let comparison = Comparison::of(&results, Kind::Syntax).unwrap();
    assert_eq!(comparison.clean.unwrap().spread.mean, accuracy.clean);
    assert_eq!(comparison.rows.len(), accuracy.at.len());
    for (row, at) in comparison.rows.iter().zip(&accuracy.at) {
        let printed = at.printed.as_ref().unwrap();
        let test = row.test.unwrap();
        // Angular minus magnitude here, the other way round there.
        assert!((-test.t - printed.t.unwrap()).abs() < 0.005, "{test:?}");
        assert!((test.p_less() - printed.p_one_sided.unwrap()).abs() < 0.000_05, "{test:?}");
    }
}

/// Entropies by seed of the published form, mean over all that was read.
fn entropies(results: &Results, mode: Mode) -> Vec<f64> {
    let series = results.series(Kind::Entropy);
    let series = series.iter().find(|series| series.mode == mode).unwrap();
    let of = |(_, id): &(u64, usize)| {
        let values = results.mean_reading(*id, Quantity::EntropyPublished, None).unwrap();
        values.iter().sum::<f64>() / values.len() as f64
    };
    series.seeds.iter().map(of).collect()
}

#[test]
fn entropies_and_repairs_of_the_study_come_out_too() {
    for model in &published::published().models {
        let Some(entropy) = &model.entropy else { continue };
        let (results, printed) = (model.results(), &entropy.printed);
        let [magnitude, angular] = [Mode::Magnitude, Mode::Angular].map(|mode| entropies(&results, mode));
        let test = paired_t(&angular, &magnitude).unwrap();
        assert!(close(test.t, printed.t.unwrap(), 0.002), "{}: {test:?}", model.id);
        assert!(close(test.p_greater(), printed.p_one_sided.unwrap(), 0.05), "{}: {test:?}", model.id);
        if let Some(d) = printed.cohens_d {
            assert!((cohens_d_population(&angular, &magnitude).unwrap() - d).abs() < 0.005);
        }
    }

    let model = &published::published().models[0];
    let printed = &model.attention_repair.as_ref().unwrap().printed;
    let recoveries = Recoveries::of(&published::results(), Kind::AttentionRepair).unwrap();
    for row in &recoveries.rows {
        let expected = match &row.of {
            Of::Mode { mode: Mode::Magnitude, .. } => printed.magnitude_recovery.unwrap(),
            Of::Mode { .. } => printed.angular_recovery.unwrap(),
            Of::Difference => {
                let test = row.test.unwrap();
                assert!((test.t - printed.t.unwrap()).abs() < 0.05, "{test:?}");
                assert!(close(test.p_greater(), printed.p_one_sided.unwrap(), 0.02), "{test:?}");
                continue;
            }
        };
        let percent: Vec<f64> = row.by_seed.as_ref().unwrap().iter().map(|share| 100.0 * share).collect();
        let spread = Spread::of(&percent).unwrap();
        assert!((spread.mean - expected.mean).abs() < 0.051, "{spread:?}");
        assert!((spread.population_sd() - expected.population_sd.unwrap()).abs() < 0.051, "{spread:?}");
    }
    assert_eq!(recoveries.rows.len(), 3);

    let norms = model.recoveries.iter().find(|recovery| recovery.experiment == Kind::NormRepair).unwrap();
    let [magnitude, angular] = [&norms.magnitude, &norms.angular].map(|of| of.as_ref().unwrap().by_seed().unwrap());
    let (test, printed) = (paired_t(magnitude, angular).unwrap(), norms.printed.as_ref().unwrap());
    assert!(close(test.t, printed.t.unwrap(), 0.005), "{test:?}");
    assert!(close(test.p_greater(), printed.p_one_sided.unwrap(), 0.02), "{test:?}");
}

#[test]
fn intervals_of_the_mean() {
    for case in golden()["paired_t"].as_array().unwrap() {
        let differences: Vec<f64> = list(&case["a"]).iter().zip(list(&case["b"])).map(|(a, b)| a - b).collect();
        let (low, high) = t_interval(&Spread::of(&differences).unwrap()).unwrap();
        let expected = list(&case["ci95"]);
        let scale = differences.iter().fold(1e-300, |largest: f64, d| largest.max(d.abs()));
        assert!((low - expected[0]).abs() < 1e-8 * scale && (high - expected[1]).abs() < 1e-8 * scale, "{case}");
    }
}

#[test]
fn holm_adjustment() {
    for case in golden()["holm"].as_array().unwrap() {
        let (found, expected) = (holm(&list(&case["p"])), list(&case["adjusted"]));
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(&expected).all(|(a, b)| close(*a, *b, 1e-12)), "{found:?} instead of {expected:?}");
    }
}

#[test]
fn percentile_intervals() {
    for case in golden()["percentile_intervals"].as_array().unwrap() {
        let (low, high) = interval(&mut list(&case["values"])).unwrap();
        let expected = list(&case["ci95"]);
        assert!(close(low, expected[0], 1e-14) && close(high, expected[1], 1e-14), "{low}, {high}: {expected:?}");
    }
}

#[test]
fn shapley_values() {
    for case in golden()["shapley"].as_array().unwrap() {
        let (found, expected) = (shapley(&list(&case["values"])).unwrap(), list(&case["shares"]));
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} instead of {expected:?}");
    }
}

fn multiplicities(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|times| u32::try_from(times.as_u64().unwrap()).unwrap()).collect()
}

fn given_resamples(case: &Value) -> Vec<Resample> {
    let resample =
        |drawn: &Value| Resample { texts: multiplicities(&drawn["texts"]), seeds: multiplicities(&drawn["seeds"]) };
    case["resamples"].as_array().unwrap().iter().map(resample).collect()
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Figures rest on these draws: neither a release of a library nor a platform may change them.
#[test]
fn resamples_are_those_of_chacha8_computed_apart() {
    for case in golden()["resamples"].as_array().unwrap() {
        let expected = given_resamples(case);
        let key = case["key"].as_str().unwrap().parse().unwrap();
        assert_eq!(resamples(size(&case["texts"]), size(&case["seeds"]), expected.len(), key), expected);
    }
}

#[test]
fn statistics_of_given_resamples() {
    for case in golden()["crossed"].as_array().unwrap() {
        let seeds = size(&case["seeds"]);
        let first = Crossed::new(list(&case["first"]), seeds).unwrap();
        let second = Crossed::new(list(&case["second"]), seeds).unwrap();
        let drawn = given_resamples(case);
        let same = |found: f64, expected: f64| (found - expected).abs() < 1e-13;
        for (measure, means) in [(&first, "first_means"), (&second, "second_means")] {
            let (found, expected) = (measure.means_of(&drawn), list(&case[means]));
            assert!(found.iter().zip(expected).all(|(found, expected)| same(*found, expected)), "{}", case["name"]);
        }
        let agrees = |found: (f64, f64), expected: &Value| {
            let expected = list(expected);
            assert!((found.0 - expected[0]).abs() < 1e-12 && (found.1 - expected[1]).abs() < 1e-12, "{found:?}");
        };
        agrees(first.interval(&drawn).unwrap(), &case["first_ci95"]);
        agrees(first.minus(&second).unwrap().interval(&drawn).unwrap(), &case["difference_ci95"]);
        for (found, expected) in [
            (log_ratio(&first, &second, &drawn), &case["log_ratio"]),
            (recovery(&first, &second, &drawn), &case["recovery"]),
        ] {
            if expected.is_null() {
                assert!(matches!(found, Err(NoRatio::NotAboveZero { low, .. }) if low <= 0.0), "{found:?}");
            } else {
                let found = found.unwrap();
                assert!((found.value - number(&expected["value"])).abs() < 1e-13, "{found:?}");
                agrees(found.interval, &expected["ci95"]);
            }
        }
    }
}

#[test]
fn resampled_means_spread_as_the_closed_form_says() {
    for case in golden()["crossed"].as_array().unwrap() {
        let seeds = size(&case["seeds"]);
        let values = Crossed::new(list(&case["first"]), seeds).unwrap();
        let drawn = resamples(values.texts(), seeds, 10_000, 7);
        let spread = Spread::of(&values.means_of(&drawn)).unwrap();
        let expected = number(&case["first_bootstrap_sd"]);
        // The relative error of a standard deviation from 10,000 normal values is 0.7 %, that of their mean 1 % of it.
        assert!(close(spread.sd.unwrap(), expected, 0.03), "{} instead of {expected}", spread.sd.unwrap());
        assert!((spread.mean - values.mean()).abs() < 0.04 * expected, "{}", spread.mean);
    }
}

/// About normal, mean 0, variance 1: twelve uniform values less 6.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| f64::from(generator.next_u32()) / 2f64.powi(32)).sum::<f64>() - 6.0
}

/// How many of 500 two-way layouts of mean 0 have it in the interval; `sds` of the effects of text and of seed, and of
/// the rest.
fn covered(texts: usize, seeds: usize, sds: [f64; 3]) -> usize {
    let mut generator = ChaCha8Rng::seed_from_u64(11);
    let drawn = resamples(texts, seeds, 200, 1);
    (0..500)
        .filter(|_| {
            let of_seed: Vec<f64> = (0..seeds).map(|_| sds[1] * normal(&mut generator)).collect();
            let mut values = Vec::new();
            for _ in 0..texts {
                let of_text = sds[0] * normal(&mut generator);
                values.extend(of_seed.iter().map(|of_seed| of_text + of_seed + sds[2] * normal(&mut generator)));
            }
            let (low, high) = Crossed::new(values, seeds).unwrap().interval(&drawn).unwrap();
            low <= 0.0 && 0.0 <= high
        })
        .count()
}

#[test]
fn the_interval_covers_the_mean_as_often_as_its_documentation_says() {
    // Standard error of the counts: 5 at 95 %, 8 at 84 %.
    let balanced = covered(20, 20, [1.0, 1.0, 1.0]);
    assert!((455..=485).contains(&balanced), "{balanced} of 500 with many texts and seeds");
    let few_seeds = covered(20, 5, [0.0, 1.0, 0.1]);
    assert!((395..=445).contains(&few_seeds), "{few_seeds} of 500 with 5 seeds that make the spread");
    // Nothing but the rest: its variance counts three times, so that the interval is √3 times too wide.
    let interaction = covered(20, 20, [0.0, 0.0, 1.0]);
    assert!(interaction >= 490, "{interaction} of 500 where only the interaction varies");
}

#[test]
fn resamples_depend_on_nothing_but_what_they_are_for() {
    let drawn = resamples(50, 5, 100, 3);
    assert_eq!(drawn[..40], resamples(50, 5, 40, 3)); // fewer are the first ones
    assert!(drawn.iter().zip(&resamples(50, 3, 100, 3)).all(|(a, b)| a.texts == b.texts)); // nor on the seeds
    assert_ne!(drawn, resamples(50, 5, 100, 4));
    assert!(drawn.iter().all(|drawn| drawn.texts.iter().sum::<u32>() == 50 && drawn.seeds.iter().sum::<u32>() == 5));
    // Texts and seeds are drawn apart even where there are as many of one as of the other.
    assert!(resamples(6, 6, 100, 3).iter().any(|drawn| drawn.texts != drawn.seeds));
}

#[test]
fn a_single_text_or_seed_adds_no_spread() {
    let one_seed = Crossed::new(vec![1.0, 2.0, 4.0, 8.0], 1).unwrap();
    let drawn = resamples(4, 1, 200, 0);
    assert!(drawn.iter().all(|drawn| drawn.seeds == [1]));
    let (low, high) = one_seed.interval(&drawn).unwrap();
    assert!(low < 3.75 && 3.75 < high);
    let one_value = Crossed::new(vec![0.3], 1).unwrap();
    assert_eq!(one_value.interval(&resamples(1, 1, 200, 0)), Some((0.3, 0.3)));
}

#[test]
fn replicates_whose_damage_came_to_nothing_stay_in_their_tail() {
    // Of 100 resamples, two draw only the text that was not harmed, two recover least; the others are all alike. So
    // the 2.5 percentile is that of the others, but not where the first two are taken for a low recovery.
    let mut drawn = vec![Resample { texts: vec![1, 1, 1], seeds: vec![1] }; 100];
    drawn[..2].fill(Resample { texts: vec![3, 0, 0], seeds: vec![1] });
    drawn[2..4].fill(Resample { texts: vec![0, 1, 2], seeds: vec![1] });
    let damage = Crossed::new(vec![-1.0, 3.0, 4.0], 1).unwrap();
    let repaired = Crossed::new(vec![-2.0, 1.0, 4.0], 1).unwrap();
    assert_eq!(recovery(&damage, &repaired, &drawn).unwrap().interval, (0.5, 0.5));
    let ratio = log_ratio(&damage, &Crossed::new(vec![2.0; 3], 1).unwrap(), &drawn).unwrap();
    assert_eq!((ratio.value, ratio.interval), (0.0, (0.0, 0.0)));
}

#[test]
fn no_ratio_says_why() {
    let (harmed, unharmed) = (Crossed::new(vec![1.0, 2.0], 1).unwrap(), Crossed::new(vec![1.0, -1.0], 1).unwrap());
    let drawn = resamples(2, 1, 200, 0);
    assert!(recovery(&harmed, &unharmed, &drawn).is_ok());
    assert_eq!(recovery(&unharmed, &harmed, &drawn), Err(NoRatio::NotAboveZero { low: -1.0, high: 1.0 }));
    assert_eq!(log_ratio(&harmed, &unharmed, &drawn), Err(NoRatio::NotAboveZero { low: -1.0, high: 1.0 }));
    assert_eq!(recovery(&harmed, &harmed, &drawn[..FEWEST_REPLICATES - 1]), Err(NoRatio::NoInterval));
    assert_eq!(recovery(&harmed, &harmed, &resamples(3, 1, 200, 0)), Err(NoRatio::NotCrossedAlike));
    let other = Crossed::new(vec![1.0, 2.0], 2).unwrap();
    assert_eq!(recovery(&harmed, &other, &drawn), Err(NoRatio::NotCrossedAlike));
    assert_eq!(log_ratio(&harmed, &other, &drawn), Err(NoRatio::NotCrossedAlike));
    assert!(harmed.minus(&other).is_none());
}

#[test]
fn too_little_data_is_no_result() {
    assert!(Spread::of(&[]).is_none());
    assert_eq!(Spread::of(&[2.0]).unwrap().sd, None);
    assert_eq!(Spread::of(&[2.0]).unwrap().population_sd(), 0.0);
    assert!(paired_t(&[1.0], &[2.0]).is_err());
    assert!(paired_t(&[1.0, 2.0], &[2.0, 5.0, 7.0]).is_err());
    assert!(one_sample_t(&[], 0.0).is_err() && one_sample_t(&[1.0], 0.0).is_err());
    assert!(independent_t(&[1.0], &[2.0]).is_err() && independent_t(&[], &[1.0, 2.0]).is_err());
    assert!(independent_t(&[1.0], &[2.0, 3.0]).is_ok_and(|test| test.df == 1.0));
    assert!(t_interval(&Spread::of(&[2.0]).unwrap()).is_none());
    assert!(cohens_d(&[1.0], &[2.0]).is_err() && glass_delta(&[1.0, 2.0], &[1.0]).is_err());
    assert!(interval(&mut [1.0; FEWEST_REPLICATES - 1]).is_none());
    assert!(Crossed::new(vec![], 1).is_none() && Crossed::new(vec![1.0], 0).is_none());
    assert!(Crossed::new(vec![1.0; 5], 2).is_none());
    assert!(shapley(&[]).is_none() && shapley(&[1.0; 6]).is_none());
    assert_eq!(shapley(&[1.0]), Some(vec![]));
}

#[test]
fn values_that_do_not_vary_beyond_rounding_have_no_effect_size() {
    let (same, others) = ([0.1 + 0.2, 0.3, 0.3], [1.0, 2.0, 3.0]);
    assert!(independent_t(&same, &[0.7, 0.7]).is_err() && one_sample_t(&same, 0.0).is_err());
    assert!(cohens_d(&same, &same).is_err() && cohens_d_population(&same, &same).is_err());
    assert!(glass_delta(&others, &same).is_err() && glass_delta_population(&others, &same).is_err());
    assert!(glass_delta(&same, &others).is_ok());
}

#[test]
fn what_is_not_a_number_is_no_result() {
    for odd in [f64::NAN, f64::INFINITY] {
        let (values, others) = ([1.0, odd, 3.0], [1.0, 2.5, 3.0]);
        assert!(paired_t(&values, &others).is_err() && one_sample_t(&values, 0.0).is_err());
        assert!(one_sample_t(&others, odd).is_err());
        assert!(independent_t(&values, &others).is_err() && independent_t(&others, &values).is_err());
        assert!(cohens_d(&values, &others).is_err() && cohens_d_population(&values, &others).is_err());
        assert!(glass_delta(&others, &values).is_err() && glass_delta_population(&values, &others).is_err());
        assert!(Crossed::new(values.to_vec(), 1).is_none());
        assert!(shapley(&[1.0, odd]).is_none());
        let mut replicates = vec![1.0; 100];
        replicates[7] = odd;
        assert!(interval(&mut replicates).is_none());
    }
}

/// Values of texts × seeds, and how many seeds.
fn layouts() -> impl Strategy<Value = (Vec<f64>, usize)> {
    (1..12usize, 1..6usize)
        .prop_flat_map(|(texts, seeds)| (prop::collection::vec(-10.0..10.0f64, texts * seeds), Just(seeds)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_resampled_mean_is_the_mean_of_what_was_drawn((values, seeds) in layouts(), key: u64) {
        let crossed = Crossed::new(values.clone(), seeds).unwrap();
        let texts = crossed.texts();
        for drawn in resamples(texts, seeds, 5, key) {
            let mut copies = Vec::new();
            for (text, times) in drawn.texts.iter().enumerate() {
                for (seed, again) in drawn.seeds.iter().enumerate() {
                    copies.extend((0..times * again).map(|_| values[text * seeds + seed]));
                }
            }
            prop_assert_eq!(copies.len(), values.len());
            prop_assert!((crossed.mean_of(&drawn) - copies.iter().sum::<f64>() / copies.len() as f64).abs() < 1e-12);
        }
        let all_once = Resample { texts: vec![1; texts], seeds: vec![1; seeds] };
        prop_assert!((crossed.mean_of(&all_once) - crossed.mean()).abs() < 1e-12);
        let of_others = crossed.mean_of(&Resample { texts: vec![1; texts + 1], seeds: vec![1; seeds] });
        prop_assert!(of_others.is_nan());
    }

    #[test]
    fn an_interval_moves_with_its_values((values, seeds) in layouts(), shift in -5.0..5.0f64, scale in 0.1..5.0f64) {
        let crossed = Crossed::new(values.clone(), seeds).unwrap();
        let drawn = resamples(crossed.texts(), seeds, 100, 1);
        let (low, high) = crossed.interval(&drawn).unwrap();
        let (lowest, highest) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        prop_assert!(lowest - 1e-12 <= low && low <= high && high <= highest + 1e-12);
        let moved = Crossed::new(values.iter().map(|x| shift - scale * x).collect(), seeds).unwrap();
        let (mirrored_low, mirrored_high) = moved.interval(&drawn).unwrap();
        prop_assert!((mirrored_low - (shift - scale * high)).abs() < 1e-11);
        prop_assert!((mirrored_high - (shift - scale * low)).abs() < 1e-11);
    }

    #[test]
    fn shares_add_up_and_idle_factors_have_none(values in prop::collection::vec(-10.0..10.0f64, 16), idle in 0..5u32) {
        let shares = shapley(&values).unwrap();
        prop_assert!((shares.iter().sum::<f64>() - (values[0] - values[15])).abs() < 1e-12);
        // A fifth factor put in that changes nothing leaves the shares of the others as they are.
        let below = (1usize << idle) - 1;
        let with_idle: Vec<f64> = (0..32).map(|mask| values[mask & below | (mask >> 1) & !below]).collect();
        let mut of_five = shapley(&with_idle).unwrap();
        prop_assert!(of_five.remove(idle as usize).abs() < 1e-12);
        prop_assert!(of_five.iter().zip(&shares).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn tests_and_effects_turn_round_with_their_samples(
        a in prop::collection::vec(-10.0..10.0f64, 5), b in prop::collection::vec(-10.0..10.0f64, 5),
    ) {
        for test in [paired_t, independent_t] {
            let (ab, ba) = (test(&a, &b).unwrap(), test(&b, &a).unwrap());
            prop_assert_eq!((ab.t, ab.p, ab.p_greater()), (-ba.t, ba.p, ba.p_less()));
            prop_assert!((ab.p_greater() + ab.p_less() - 1.0).abs() < 1e-15);
            prop_assert!((2.0 * ab.p_greater().min(ab.p_less()) - ab.p).abs() < 1e-15);
        }
        let (d, population) = (cohens_d(&a, &b).unwrap().value, cohens_d_population(&a, &b).unwrap());
        prop_assert_eq!(cohens_d(&b, &a).unwrap().value, -d);
        prop_assert!(close(population, d * 1.25f64.sqrt(), 1e-12)); // samples of the same size, n = 5
        let t = independent_t(&a, &b).unwrap().t;
        prop_assert!(close(t, d * 2.5f64.sqrt(), 1e-12)); // t = d·√(n/2)
    }
}
