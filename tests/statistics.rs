//! Statistics against SciPy; tests/make_fixtures/make_statistics.py made the golden values.

use polarscope::stats::{Spread, holm, paired_t, t_interval};
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
    }
}

#[test]
fn paired_t_tests_down_to_the_smallest_p() {
    let golden = golden();
    let cases = golden["paired_t"].as_array().unwrap();
    assert!(cases.iter().any(|case| number(&case["p"]) > 0.0 && number(&case["p"]) < 1e-40));
    for case in cases {
        let found = paired_t(&list(&case["a"]), &list(&case["b"]));
        let t = number(&case["t"]);
        // Where the differences do not vary at all, SciPy gives 0/0 or ±∞, and we nothing.
        if !t.is_finite() {
            assert!(found.is_none(), "{case}");
            continue;
        }
        let found = found.unwrap();
        assert_eq!(u64::try_from(found.df).unwrap(), case["df"].as_u64().unwrap());
        assert!(close(found.t, t, 1e-9), "t {} instead of {t}", found.t);
        // The tail magnifies the last digits of t by the degrees of freedom.
        assert!(close(found.p, number(&case["p"]), 1e-7), "p {} instead of {}", found.p, case["p"]);
    }
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
fn too_little_data_is_no_result() {
    assert!(Spread::of(&[]).is_none());
    assert_eq!(Spread::of(&[2.0]).unwrap().sd, None);
    assert!(paired_t(&[1.0], &[2.0]).is_none());
    assert!(t_interval(&Spread::of(&[2.0]).unwrap()).is_none());
}
