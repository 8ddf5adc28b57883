//! Tests, effect sizes, corrections and curves against SciPy, R and mpmath (tests/make_fixtures/make_statistics_tests.py
//! made the golden values), and against what each promises.

use polarscope::stats::{
    Contrast, Crossed, Dissociation, DoseResponse, Estimate, FEWEST_REPLICATES, Resample, SignTest, Spread, TTest,
    Task, Unit, Untestable, benjamini_hochberg, cohens_d, cohens_d_population, d_z, equivalence, glass_delta,
    glass_delta_population, hedges_g, holm, independent_t, mcnemar, noncentral_t_cdf, paired_t, ratio_of_means,
    resamples, sign_flip, signed_rank, t_interval, welch_t,
};
use serde_json::Value;

fn golden() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/statistics_tests.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn cases(name: &str) -> Vec<Value> {
    golden()[name].as_array().unwrap().clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn pair(value: &Value) -> (f64, f64) {
    (number(&value[0]), number(&value[1]))
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn counts(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|times| u32::try_from(times.as_u64().unwrap()).unwrap()).collect()
}

fn drawn(value: &Value) -> Vec<Resample> {
    let one = |drawn: &Value| Resample { texts: counts(&drawn["texts"]), seeds: counts(&drawn["seeds"]) };
    value.as_array().unwrap().iter().map(one).collect()
}

/// Relative 1e-10 or, about 0, absolute 1e-13 of the size of what was put in.
fn assert_close(found: f64, expected: f64, relative: f64, what: &str) {
    let near = found == expected || (found - expected).abs() <= relative * expected.abs() + 1e-15;
    assert!(near, "{what}: {found:e} instead of {expected:e}");
}

/// A tail to a relative 1e-6 however small, and to 1e-10 where it is not.
fn assert_p(found: f64, expected: f64, what: &str) {
    assert!((0.0..=1.0).contains(&found), "{what}: {found}");
    let near = (found - expected).abs() <= f64::min(1e-6 * expected, 1e-10);
    assert!(near, "{what}: p {found:e} instead of {expected:e}");
}

fn assert_estimate(found: Estimate, expected: &Value, what: &str) {
    let (low, high) = pair(&expected["interval"]);
    assert_close(found.value, number(&expected["value"]), 1e-10, what);
    // An end near 0 is as exact as the interval is wide.
    let tolerance = 1e-10 * (high - low).abs().max(low.abs()).max(high.abs());
    let (found_low, found_high) = found.interval;
    let near = (found_low - low).abs() <= tolerance && (found_high - high).abs() <= tolerance;
    assert!(near, "{what}: {found:?} instead of {low}, {high}");
}

/// Runs `check` on what was found, or compares the error's name with the expected one.
fn assert_or_error<T: std::fmt::Debug>(
    found: Result<T, Untestable>,
    expected: &Value,
    what: &str,
    check: impl FnOnce(T),
) {
    match (found, expected["error"].as_str()) {
        (Ok(found), None) => check(found),
        (Err(error), Some(name)) => assert!(format!("{error:?}").starts_with(name), "{what}: {error:?} for {name}"),
        (found, _) => panic!("{what}: {found:?} instead of {expected}"),
    }
}

fn assert_t(found: TTest, expected: &Value, what: &str) {
    assert_close(found.t, number(&expected["statistic"]), 1e-10, what);
    assert_close(found.df, number(&expected["df"]), 1e-10, what);
    for (p, name) in [(found.p, "p"), (found.p_greater(), "p_greater"), (found.p_less(), "p_less")] {
        assert_p(p, number(&expected[name]), &format!("{what} {name}"));
    }
}

fn assert_signs(found: SignTest, expected: &Value, what: &str) {
    assert_close(found.statistic, number(&expected["statistic"]), 1e-12, what);
    for (p, name) in [(found.p, "p"), (found.p_greater, "p_greater"), (found.p_less, "p_less")] {
        assert_p(p, number(&expected[name]), &format!("{what} {name}"));
    }
}

/// Calls `check` with every pair of samples.
fn for_samples(check: impl Fn(&Value, &[f64], &[f64], &str)) {
    for case in cases("samples") {
        check(&case, &list(&case["a"]), &list(&case["b"]), case["name"].as_str().unwrap());
    }
}

#[test]
fn there_are_cases_enough() {
    let golden = golden();
    let of_samples = 12 * golden["samples"].as_array().unwrap().len();
    let others = ["drawn_flips", "mcnemar", "corrections", "noncentral_t", "bca", "dissociations", "log_logistics"];
    let cases = of_samples + others.map(|name| golden[name].as_array().unwrap().len()).iter().sum::<usize>();
    assert!(cases > 600, "{cases}");
    let p: Vec<f64> = cases_of_p(&golden);
    assert!(p.iter().any(|p| (1e-300..1e-200).contains(p)), "no tail below 1e-200");
}

fn cases_of_p(golden: &Value) -> Vec<f64> {
    let p = golden["samples"].as_array().unwrap().iter().filter_map(|case| case["paired"].get("p").map(number));
    p.collect()
}

#[test]
fn t_tests() {
    for_samples(|case, a, b, name| {
        let tests = [("paired", paired_t(a, b)), ("student", independent_t(a, b)), ("welch", welch_t(a, b))];
        for (test, found) in tests {
            assert_or_error(found, &case[test], name, |found| assert_t(found, &case[test], &format!("{name} {test}")));
        }
    });
}

#[test]
fn intervals_of_the_mean_difference() {
    for_samples(|case, a, b, name| {
        if case["paired"].get("interval").is_some() {
            let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            let spread = Spread::of(&differences).unwrap();
            let found = Estimate { value: spread.mean, interval: t_interval(&spread).unwrap() };
            let expected = serde_json::json!({ "value": spread.mean, "interval": case["paired"]["interval"].clone() });
            assert_estimate(found, &expected, name);
            let contrast = Contrast::of(
                &Crossed::new(a.to_vec(), 1).unwrap(),
                &Crossed::new(b.to_vec(), 1).unwrap(),
                Unit::Texts,
                &[],
            );
            let contrast = contrast.unwrap();
            assert_estimate(contrast.estimate, &expected, name);
            assert_eq!(contrast.p, paired_t(a, b).unwrap().p);
        }
    });
}

#[test]
fn equivalence_by_two_one_sided_tests() {
    for_samples(|case, a, b, name| {
        for case in case["equivalence"].as_array().unwrap() {
            let found = equivalence(a, b, number(&case["bound"])).unwrap();
            // SciPy rounds where it is given a + bound.
            assert_p(found.above_lower.p_greater(), number(&case["above_lower"]), name);
            assert_p(found.below_upper.p_less(), number(&case["below_upper"]), name);
            assert_p(found.p, number(&case["p"]), name);
        }
    });
}

#[test]
fn signed_rank_tests() {
    for_samples(|case, a, b, name| {
        let expected = &case["signed_rank"];
        assert_or_error(signed_rank(a, b), expected, name, |found| assert_signs(found, expected, name));
    });
}

#[test]
fn sign_flip_tests() {
    for_samples(|case, a, b, name| {
        let expected = &case["sign_flip"];
        if !expected.is_null() {
            assert_or_error(sign_flip(a, b, 10, 1), expected, name, |found| {
                assert!(found.exact);
                assert_signs(found, expected, name);
            });
        }
    });
    for case in cases("drawn_flips") {
        let key = case["key"].as_str().unwrap().parse().unwrap();
        let found = sign_flip(&list(&case["a"]), &list(&case["b"]), count(&case["draws"]), key).unwrap();
        assert!(!found.exact);
        for (p, name) in [(found.p, "p"), (found.p_greater, "p_greater"), (found.p_less, "p_less")] {
            assert_p(p, number(&case[name]), name);
        }
    }
}

#[test]
fn minimal_pairs() {
    for case in cases("mcnemar") {
        let found = mcnemar(case["counts"][0].as_u64().unwrap(), case["counts"][1].as_u64().unwrap()).unwrap();
        assert_p(found.p, number(&case["p"]), &case.to_string());
        assert_p(found.mid_p, number(&case["mid_p"]), &case.to_string());
    }
}

#[test]
fn effect_sizes_and_their_intervals() {
    type Size = fn(&[f64], &[f64]) -> Result<Estimate, Untestable>;
    let sizes: [(&str, Size); 5] = [
        ("cohens_d", cohens_d),
        ("hedges_g", hedges_g),
        ("d_z", d_z),
        ("glass_delta", glass_delta),
        ("ratio_of_means", ratio_of_means),
    ];
    for_samples(|case, a, b, name| {
        for (size, of) in sizes {
            let what = format!("{name} {size}");
            assert_or_error(of(a, b), &case[size], &what, |found| assert_estimate(found, &case[size], &what));
        }
        for (size, found) in [
            ("cohens_d_population", cohens_d_population(a, b)),
            ("glass_delta_population", glass_delta_population(a, b)),
        ] {
            let value = &case[size];
            assert_or_error(found, value, name, |found| assert_close(found, number(&value["value"]), 1e-10, name));
        }
    });
}

#[test]
fn the_noncentral_t() {
    for case in cases("noncentral_t") {
        let found = noncentral_t_cdf(number(&case["t"]), number(&case["df"]), number(&case["ncp"]));
        assert!((found - number(&case["cdf"])).abs() < 1e-13, "{found}: {case}");
    }
}

#[test]
fn corrections_for_many_comparisons() {
    for case in cases("corrections") {
        let p = list(&case["p"]);
        for (found, name) in [(holm(&p), "holm"), (benjamini_hochberg(&p), "benjamini_hochberg")] {
            let expected = list(&case[name]);
            assert_eq!(found.len(), expected.len());
            found.iter().zip(expected).for_each(|(found, expected)| assert_close(*found, expected, 1e-13, name));
        }
    }
    assert!(benjamini_hochberg(&[]).is_empty());
}

#[test]
fn bca_intervals_of_given_resamples() {
    let agree = |(low, high): (f64, f64), expected: &Value| {
        let (expected_low, expected_high) = pair(expected);
        assert!(
            (low - expected_low).abs() < 1e-12 && (high - expected_high).abs() < 1e-12,
            "{low}, {high}: {expected}"
        );
    };
    for case in cases("bca") {
        let sample = Crossed::new(list(&case["values"]), 1).unwrap();
        agree(sample.interval_bca(&drawn(&case["resamples"])).unwrap(), &case["bca"]);
    }
    for case in cases("dissociations") {
        for task in case["tasks"].as_array().unwrap() {
            let angular = Crossed::new(list(&task["angular"]), count(&case["seeds"])).unwrap();
            agree(angular.interval_bca(&drawn(&task["resamples"])).unwrap(), &task["angular_bca"]);
        }
    }
}

fn assert_contrast(found: &Contrast, expected: &Value, what: &str) {
    assert_estimate(found.estimate, expected, what);
    assert_p(found.p, number(&expected["p"]), what);
}

#[test]
fn contrasts_and_dissociations_by_every_unit() {
    for case in cases("dissociations") {
        let name = case["name"].as_str().unwrap();
        let seeds = count(&case["seeds"]);
        let measures: Vec<_> = case["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| {
                let measure = |name: &str| Crossed::new(list(&task[name]), seeds).unwrap();
                let (angular, magnitude) = (measure("angular"), measure("magnitude"));
                let drawn = drawn(&task["resamples"]);
                let own = Contrast::of(&angular, &magnitude, Unit::Both, &drawn).unwrap();
                assert_contrast(&own, &task["difference"], name);
                (angular, magnitude, list(&task["clean"]), number(&task["worst"]), drawn)
            })
            .collect();
        let tasks: Vec<Task> = measures
            .iter()
            .map(|(angular, magnitude, clean, worst, resamples)| Task {
                angular,
                magnitude,
                clean,
                worst: *worst,
                resamples,
            })
            .collect();
        for (unit, key) in [(Unit::Both, "Both"), (Unit::Seeds, "Seeds"), (Unit::Texts, "Texts")] {
            let found = Dissociation::of(&tasks[0], &tasks[1], unit).unwrap();
            for (i, contrast) in [found.loss, found.syntax, found.interaction].iter().enumerate() {
                assert_contrast(contrast, &case["expected"][key][i], &format!("{name} {key} {i}"));
            }
        }
    }
}

#[test]
fn log_logistic_curves() {
    for case in cases("log_logistics") {
        let (deltas, damages, curve) = (list(&case["deltas"]), list(&case["damages"]), list(&case["curve"]));
        let name = case["name"].as_str().unwrap();
        // Every text and seed alike: all resamples give the same curve.
        let measures: Vec<Crossed> = damages.iter().map(|damage| Crossed::new(vec![*damage; 2], 1).unwrap()).collect();
        let found = DoseResponse::of(&deltas, &measures, &resamples(2, 1, FEWEST_REPLICATES, 0)).unwrap();
        let parameters = [(found.saturation, curve[0]), (found.half, curve[1]), (found.slope, curve[2])];
        for (estimate, expected) in parameters {
            assert_close(estimate.value, expected, 1e-10, name);
            assert_close(estimate.interval.0, expected, 1e-9, name);
            assert_close(estimate.interval.1, expected, 1e-9, name);
        }
        assert!((found.miss - number(&case["miss"])).abs() < 1e-10, "{name}: {} {}", found.miss, case["miss"]);
        let half = found.curve.at(found.half.value);
        assert_close(half, found.saturation.value / 2.0, 1e-14, name);
        assert_close(found.curve.delta_at(half).unwrap(), found.half.value, 1e-13, name);
        // Against the same curve, any damage takes the same δ.
        let ratio = found.delta_ratio(&found, half).unwrap();
        assert_eq!((ratio.value, ratio.interval), (1.0, (1.0, 1.0)));
    }
}
