//! What tests, effects, corrections and verdicts promise whatever the numbers, and what they say where there is nothing
//! to test.

use polarscope::stats::{
    COVERAGE, Claim, Contrast, Crossed, Dissociation, DoseResponse, Estimate, Evidence, FEW, LogLogistic, NoCurve,
    Task, Unit, Untestable, Verdict, benjamini_hochberg, bootstrap_p, claims, cohens_d, coverage, d_z, equivalence,
    glass_delta, glass_delta_population, hedges_g, holm, independent_t, interval, mcnemar, noncentral_t_cdf,
    one_sample_t, paired_t, ratio_of_means, resamples, resamples_of_others, sign_flip, signed_rank, welch_t,
};
use proptest::prelude::*;

fn close(found: f64, expected: f64, relative: f64) -> bool {
    found == expected || (found - expected).abs() <= relative * expected.abs()
}

/// Multiples of 1/8, so that ties, zeros and equal values come.
fn samples() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let value = || (-24..24_i32).prop_map(|x| f64::from(x) / 8.0);
    (2..12usize).prop_flat_map(move |n| (prop::collection::vec(value(), n), prop::collection::vec(value(), n)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_p_is_one_and_turns_round_with_its_samples((a, b) in samples()) {
        for test in [paired_t, independent_t, welch_t] {
            let (ab, ba) = (test(&a, &b), test(&b, &a));
            prop_assert_eq!(ab.is_ok(), ba.is_ok());
            if let (Ok(ab), Ok(ba)) = (ab, ba) {
                prop_assert!((0.0..=1.0).contains(&ab.p));
                prop_assert!(close(ab.p, ba.p, 1e-13) && close(ab.t, -ba.t, 1e-13));
            }
        }
        let flip = |a: &[f64], b: &[f64]| sign_flip(a, b, 99, 5);
        for test in [&signed_rank as &dyn Fn(&[f64], &[f64]) -> _, &flip] {
            let (ab, ba) = (test(&a, &b), test(&b, &a));
            prop_assert_eq!(ab.is_ok(), ba.is_ok());
            if let (Ok(ab), Ok(ba)) = (ab, ba) {
                prop_assert_eq!((ab.p, ab.p_greater, ab.p_less), (ba.p, ba.p_less, ba.p_greater));
                prop_assert!((0.0..=1.0).contains(&ab.p) && ab.p_greater + ab.p_less >= 1.0 - 1e-12);
                prop_assert!(ab.p >= 2.0 / 2f64.powi(a.len().try_into().unwrap()));
            }
        }
    }

    #[test]
    fn nothing_depends_on_the_unit_of_measurement((a, b) in samples(), scale in 1e-3..1e3f64) {
        let scaled = |values: &[f64]| values.iter().map(|x| x * scale).collect::<Vec<_>>();
        let (more_a, more_b) = (scaled(&a), scaled(&b));
        for test in [paired_t, independent_t, welch_t] {
            let (one, other) = (test(&a, &b), test(&more_a, &more_b));
            prop_assert_eq!(one.is_ok(), other.is_ok());
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!((one.t - other.t).abs() <= 1e-9 * (1.0 + one.t.abs()));
            }
        }
        for effect in [cohens_d, hedges_g, d_z, glass_delta] {
            let (one, other) = (effect(&a, &b), effect(&more_a, &more_b));
            prop_assert_eq!(one.is_ok(), other.is_ok());
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!((one.value - other.value).abs() <= 1e-9 * (1.0 + one.value.abs()));
                prop_assert!(one.interval.0 < one.interval.1);
                prop_assert!(one.interval.0 <= one.value && one.value <= one.interval.1);
            }
        }
        if let Ok(ratio) = ratio_of_means(&a, &b) {
            let half: Vec<f64> = b.iter().map(|x| x / 2.0).collect();
            prop_assert!(close(ratio_of_means(&a, &half).unwrap().value, 2.0 * ratio.value, 1e-12));
            prop_assert!(ratio.interval.0 <= ratio.value && ratio.value <= ratio.interval.1);
        }
    }

    #[test]
    fn an_effects_interval_leaves_out_0_where_its_test_is_significant((a, b) in samples()) {
        for (test, effect) in [(paired_t as fn(&[f64], &[f64]) -> _, d_z as fn(&[f64], &[f64]) -> _), (independent_t, cohens_d)] {
            let (Ok(test), Ok(effect)): (Result<polarscope::stats::TTest, _>, Result<Estimate, _>) = (test(&a, &b), effect(&a, &b)) else { continue };
            let leaves_out = effect.interval.0 > 0.0 || effect.interval.1 < 0.0;
            prop_assert!(leaves_out == (test.p < 0.05) || (test.p - 0.05).abs() < 1e-9);
        }
        if let Ok(found) = equivalence(&a, &b, 1.0) {
            prop_assert!(close(equivalence(&b, &a, 1.0).unwrap().p, found.p, 1e-12)); // mirrored
            prop_assert!(equivalence(&a, &b, 1.5).unwrap().p <= found.p); // easier
        }
    }

    #[test]
    fn corrections_only_raise_p_and_keep_their_order(p in prop::collection::vec(0.0..1.0f64, 1..20)) {
        for adjusted in [holm(&p), benjamini_hochberg(&p)] {
            for (i, (raw, found)) in p.iter().zip(&adjusted).enumerate() {
                prop_assert!(found >= raw && *found <= 1.0);
                prop_assert!(p.iter().zip(&adjusted).all(|(other, of_other)| other > raw || of_other <= found), "{}", i);
            }
        }
        let (strict, lenient) = (holm(&p), benjamini_hochberg(&p));
        prop_assert!(strict.iter().zip(lenient).all(|(strict, lenient)| lenient <= *strict));
    }

    #[test]
    fn bca_is_the_percentile_interval_of_symmetric_replicates(half in prop::collection::vec(0.1..5.0f64, 1..8), key: u64) {
        let values: Vec<f64> = half.iter().flat_map(|x| [*x, -x]).collect();
        let drawn = resamples(values.len(), 1, 60, key);
        // Every resample and the one with each value's opposite in its place: replicates symmetric about 0.
        let mirrored = drawn.iter().map(|one| {
            let texts = one.texts.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
            polarscope::stats::Resample { texts, seeds: vec![1] }
        });
        let all: Vec<_> = drawn.iter().cloned().chain(mirrored).collect();
        let sample = Crossed::new(values, 1).unwrap();
        let (percentile, bca) = (sample.interval(&all).unwrap(), sample.interval_bca(&all).unwrap());
        // A replicate of 0 may lie on either side by its rounding.
        prop_assert!((percentile.0 - bca.0).abs() < 0.3 && (percentile.1 - bca.1).abs() < 0.3);
        prop_assert!((bca.0 + bca.1).abs() < 0.6);
    }

    #[test]
    fn a_bootstrap_p_goes_with_its_interval(values in prop::collection::vec(-1.0..3.0f64, 200)) {
        let p = bootstrap_p(&values).unwrap();
        let (low, high) = interval(&mut values.clone()).unwrap();
        let leaves_out = low > 0.0 || high < 0.0;
        // The two count one replicate or two differently at the very edge.
        prop_assert!(leaves_out == (p < 0.05) || (0.03..0.07).contains(&p), "{} {} {}", p, low, high);
        let mirrored: Vec<f64> = values.iter().map(|x| -x).collect();
        prop_assert_eq!(bootstrap_p(&mirrored), Some(p));
    }

    #[test]
    fn a_noncentral_t_falls_with_its_noncentrality(t in -20.0..20.0f64, df in 1..60u32, ncp in -20.0..20.0f64) {
        let cdf = |ncp| noncentral_t_cdf(t, f64::from(df), ncp);
        prop_assert!((0.0..=1.0).contains(&cdf(ncp)));
        prop_assert!(cdf(ncp + 0.5) <= cdf(ncp) + 1e-14);
        prop_assert!((cdf(ncp) + noncentral_t_cdf(-t, f64::from(df), -ncp) - 1.0).abs() < 1e-13);
        let central = paired_t(&[t, t + 1.0], &[0.0, 0.0]).unwrap();
        prop_assert!((noncentral_t_cdf(central.t, 1.0, 0.0) - central.p_less()).abs() < 1e-13);
    }

    #[test]
    fn a_curve_is_found_again(saturation in 0.01..20.0f64, half in 2.0..12.0f64, slope in 0.8..6.0f64) {
        let deltas = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0];
        let curve = LogLogistic { saturation, half, slope };
        let damages = deltas.map(|delta| Crossed::new(vec![curve.at(delta); 3], 1).unwrap());
        let drawn = resamples(3, 1, 40, 0);
        let found = DoseResponse::of(&deltas, &damages, &drawn).unwrap();
        prop_assert!(close(found.saturation.value, saturation, 1e-6), "{:?}", found.curve);
        prop_assert!(close(found.half.value, half, 1e-6) && close(found.slope.value, slope, 1e-6) && found.miss < 1e-9);
        // Twice the δ for the same damage.
        let twice = DoseResponse::of(&deltas.map(|delta| 2.0 * delta), &damages, &drawn).unwrap();
        let ratio = twice.delta_ratio(&found, curve.at(5.0)).unwrap();
        prop_assert!(close(ratio.value, 2.0, 1e-6) && close(ratio.interval.0, 2.0, 1e-6));
    }
}

#[test]
fn curves_that_are_not_there_say_so() {
    let drawn = resamples(2, 1, 40, 0);
    let of = |deltas: &[f64], damages: &[f64]| {
        let damages: Vec<Crossed> = damages.iter().map(|x| Crossed::new(vec![*x; 2], 1).unwrap()).collect();
        DoseResponse::of(deltas, &damages, &drawn)
    };
    let deltas = [1.0, 2.0, 4.0, 8.0, 16.0];
    assert_eq!(of(&deltas[..3], &[1.0, 2.0, 3.0]), Err(NoCurve::TooFewDeltas { found: 3 }));
    assert_eq!(of(&[0.0, 1.0, 2.0, 4.0], &[0.0, 1.0, 2.0, 3.0]), Err(NoCurve::TooFewDeltas { found: 3 }));
    assert_eq!(of(&deltas, &[1.0, 2.0, 4.0, 8.0, 16.0]), Err(NoCurve::NoSaturation { largest: 16.0 }));
    assert!(matches!(of(&deltas, &[0.3, 1.6, 1.4, 4.0, 3.4]), Err(NoCurve::DoesNotFit { miss }) if miss > 0.05));
    assert!(of(&deltas, &[0.0; 5]).is_err() && of(&deltas, &[-1.0, -2.0, -3.0, -3.5, -3.6]).is_err());
    assert!(of(&deltas, &[5.0, 4.0, 3.0, 2.0, 1.0]).is_err());
    assert_eq!(of(&deltas, &[1.0]), Err(NoCurve::Untestable(Untestable::Unpaired { a: 5, b: 1 })));
    assert_eq!(of(&[1.0, 2.0, 3.0, f64::NAN], &[1.0; 4]), Err(NoCurve::Untestable(Untestable::NotFinite)));
    let good = of(&deltas, &[0.2, 0.9, 2.5, 3.7, 3.9]).unwrap();
    assert_eq!(good.delta_ratio(&good, 3.99), Err(NoCurve::OutOfRange));
    assert_eq!(good.delta_ratio(&good, 0.001), Err(NoCurve::OutOfRange));
    let said = of(&deltas, &[0.3, 1.6, 1.4, 4.0, 3.4]).unwrap_err().to_string();
    assert!(said.starts_with("the curve does not fit: it misses the damages by "), "{said}");
}

#[test]
fn resamples_of_others_share_the_seeds_alone() {
    let (texts, others) = (resamples(30, 5, 50, 9), resamples_of_others(30, 5, 50, 9));
    assert!(texts.iter().zip(&others).all(|(a, b)| a.seeds == b.seeds));
    assert!(texts.iter().zip(&others).all(|(a, b)| a.texts != b.texts));
}

/// Harms of `texts` under 5 seeds about `mean`.
fn harms(texts: usize, mean: f64) -> Crossed {
    let value = |i: usize| mean + ((i * 7919) % 13) as f64 / 100.0;
    Crossed::new((0..texts * 5).map(value).collect(), 5).unwrap()
}

/// The claim of a dissociation whose angular less magnitude harm is `loss` and `syntax`.
fn claim(loss: f64, syntax: f64, unit: Unit) -> Claim {
    let (texts, pairs) = (resamples(20, 5, 200, 1), resamples_of_others(30, 5, 200, 1));
    let (clean_loss, clean_error) = ([4.0; 20], [0.1; 30]);
    let (angular, magnitude) = (harms(20, 1.0 + loss), harms(20, 1.0));
    let (angular_drop, magnitude_drop) = (harms(30, 0.1 + syntax), harms(30, 0.1));
    // Another order, that the differences vary.
    let turned = |crossed: &Crossed| {
        let mut values: Vec<f64> = (0..5).flat_map(|seed| crossed.of_seed(seed)).collect();
        values.rotate_left(3);
        Crossed::new(values, 5).unwrap()
    };
    let (angular, angular_drop) = (turned(&angular), turned(&angular_drop));
    let task = |angular, magnitude, clean, worst, resamples| Task { angular, magnitude, clean, worst, resamples };
    let loss = task(&angular, &magnitude, clean_loss.as_slice(), 10.0, texts.as_slice());
    let syntax = task(&angular_drop, &magnitude_drop, clean_error.as_slice(), 0.5, others(&pairs));
    claims(&[Dissociation::of(&loss, &syntax, unit)])[0].unwrap()
}

fn others(pairs: &[polarscope::stats::Resample]) -> &[polarscope::stats::Resample] {
    pairs
}

#[test]
fn a_double_dissociation_takes_both_simple_effects_with_opposite_signs() {
    for unit in [Unit::Both, Unit::Seeds, Unit::Texts] {
        assert!(claim(0.5, -0.1, unit).claimed && claim(-0.5, 0.1, unit).claimed, "{unit:?}");
        assert!(!claim(0.5, 0.2, unit).claimed && !claim(0.5, 0.0, unit).claimed && !claim(0.0, -0.1, unit).claimed);
        // The interaction alone is not enough.
        assert!(claim(0.5, 0.0, unit).p_interaction < 0.05);
    }
    let none = claims(&[Err(Untestable::NothingToLose), Err(Untestable::NoInterval)]);
    assert_eq!(none, [None, None]);
}

#[test]
fn a_delta_that_cannot_be_tested_stays_in_the_family() {
    let contrast = |value: f64, p| Contrast { estimate: Estimate { value, interval: (value, value) }, p };
    let one =
        Dissociation { loss: contrast(1.0, 0.012), syntax: contrast(-1.0, 0.012), interaction: contrast(2.0, 0.01) };
    let alone = claims(&[Ok(one)])[0].unwrap();
    assert_eq!((alone.p_loss, alone.p_syntax, alone.p_interaction, alone.claimed), (0.024, 0.024, 0.01, true));
    let three = claims(&[Ok(one), Err(Untestable::NothingToLose), Err(Untestable::NoInterval)]);
    let first = three[0].unwrap();
    assert!(close(first.p_loss, 0.072, 1e-12) && close(first.p_interaction, 0.03, 1e-12) && !first.claimed);
    assert_eq!(three[1], None);
}

#[test]
fn dissociations_of_what_does_not_belong_together_are_refused() {
    let (a, b) = (harms(20, 1.0), harms(20, 0.5));
    let drawn = resamples(20, 5, 100, 1);
    let clean = [4.0; 20];
    let task = Task { angular: &a, magnitude: &b, clean: &clean, worst: 10.0, resamples: &drawn };
    let refused = |task: Task, unit| Dissociation::of(&task, &task, unit).unwrap_err();
    assert_eq!(refused(Task { worst: 4.0, ..task }, Unit::Seeds), Untestable::NothingToLose);
    assert_eq!(refused(Task { worst: f64::NAN, ..task }, Unit::Seeds), Untestable::NotFinite);
    assert_eq!(refused(Task { clean: &clean[1..], ..task }, Unit::Texts), Untestable::NotCrossedAlike);
    assert_eq!(refused(Task { magnitude: &harms(19, 1.0), ..task }, Unit::Both), Untestable::NotCrossedAlike);
    assert_eq!(refused(Task { resamples: &drawn[..10], ..task }, Unit::Both), Untestable::NoInterval);
    assert_eq!(refused(Task { resamples: &resamples(19, 5, 100, 1), ..task }, Unit::Both), Untestable::NotCrossedAlike);
    let other = Task { resamples: &resamples(20, 5, 100, 2), ..task };
    assert_eq!(Dissociation::of(&task, &other, Unit::Both), Err(Untestable::NotCrossedAlike));
}

#[test]
fn verdicts_follow_from_the_numbers() {
    let evidence = |estimate, interval, p_adjusted, bound, expected_above_zero| {
        Verdict::of(&Evidence { estimate, interval, p_adjusted, bound, expected_above_zero })
    };
    assert_eq!(evidence(1.0, (0.5, 1.5), 0.01, None, true), Verdict::Supported);
    assert_eq!(evidence(1.0, (0.5, 1.5), 0.01, None, false), Verdict::Opposite);
    assert_eq!(evidence(-1.0, (-1.5, -0.5), 0.01, None, true), Verdict::Opposite);
    assert_eq!(evidence(-1.0, (-1.5, -0.5), 0.01, Some(0.3), false), Verdict::Supported);
    assert_eq!(evidence(1.0, (0.5, 1.5), 0.05, None, true), Verdict::Undecided);
    assert_eq!(evidence(1.0, (-0.1, 1.5), 0.01, None, true), Verdict::Undecided);
    assert_eq!(evidence(0.1, (-0.1, 0.2), 0.5, Some(0.3), true), Verdict::Equivalent);
    assert_eq!(evidence(0.1, (0.05, 0.2), 0.001, Some(0.3), true), Verdict::Equivalent);
    assert_eq!(evidence(0.1, (-0.1, 0.3), 0.5, Some(0.3), true), Verdict::Undecided);
    assert_eq!(evidence(0.1, (-0.3, 0.2), 0.5, Some(0.3), true), Verdict::Undecided);
    for odd in [
        evidence(f64::NAN, (0.5, 1.5), 0.01, Some(9.0), true),
        evidence(1.0, (f64::NAN, 1.5), 0.01, Some(9.0), true),
        evidence(1.0, (0.5, f64::NAN), 0.01, Some(9.0), true),
        evidence(1.0, (0.5, 1.5), f64::NAN, None, true),
    ] {
        assert_eq!(odd, Verdict::Undecided);
    }
}

#[test]
fn what_cannot_be_tested_says_why() {
    let five = [1.0, 2.0, 3.0, 4.0, 5.0];
    let said = |error: Untestable| error.to_string();
    let shifted = five.map(|x| x + 0.5);
    assert_eq!(said(paired_t(&shifted, &five).unwrap_err()), "cannot be tested: all five differences are equal");
    assert_eq!(said(one_sample_t(&[7.0; 14], 0.0).unwrap_err()), "cannot be tested: all 14 values are equal");
    let few = "cannot be tested: one value given, at least two needed";
    assert_eq!(said(paired_t(&[1.0], &[2.0]).unwrap_err()), few);
    assert_eq!(said(welch_t(&five, &[2.0]).unwrap_err()), few);
    assert_eq!(said(welch_t(&five, &[]).unwrap_err()), "cannot be tested: no value given, at least two needed");
    assert_eq!(said(d_z(&five, &[1.0]).unwrap_err()), "cannot be tested: 5 and 1 values do not make pairs");
    assert_eq!(signed_rank(&five, &five), Err(Untestable::AllZero { n: 5 }));
    assert_eq!(sign_flip(&five, &five, 9, 9), Err(Untestable::AllZero { n: 5 }));
    assert_eq!(mcnemar(0, 0), Err(Untestable::NoneDiffers));
    assert_eq!(independent_t(&[1.0; 3], &[2.0; 3]), Err(Untestable::NeitherVaries));
    assert_eq!(hedges_g(&[1.0], &[2.0, 3.0]), Err(Untestable::TooFew { found: 3, needed: 4 }));
    assert_eq!(glass_delta(&five, &[2.0; 4]), Err(Untestable::EqualValues { n: 4 }));
    assert_eq!(glass_delta_population(&five, &[2.0; 4]), Err(Untestable::EqualValues { n: 4 }));
    assert!(glass_delta(&[9.0], &five).is_ok() && glass_delta(&[2.0; 4], &five).is_ok());
    for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(equivalence(&five, &shifted, bound), Err(Untestable::NoBound));
    }
    assert_eq!(ratio_of_means(&five, &[1.0, -1.0, 0.5, -0.5, 0.25]), Err(Untestable::DenominatorAboutZero));
    assert_eq!(ratio_of_means(&five, &[0.0; 5]), Err(Untestable::DenominatorAboutZero));
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let with = [1.0, 2.0, odd, 4.0, 5.5];
        for (a, b) in [(&with, &five), (&five, &with)] {
            assert_eq!(welch_t(a, b), Err(Untestable::NotFinite));
            assert_eq!(signed_rank(a, b), Err(Untestable::NotFinite));
            assert_eq!(sign_flip(a, b, 9, 9), Err(Untestable::NotFinite));
            for effect in [cohens_d, hedges_g, d_z, glass_delta, ratio_of_means] {
                assert_eq!(effect(a, b), Err(Untestable::NotFinite));
            }
        }
    }
    // So large that their squares are infinite.
    assert_eq!(paired_t(&[1e300, -1e300], &[0.0, 0.0]), Err(Untestable::NotFinite));
    let (a, b) = (harms(4, 1.0), harms(4, 2.0));
    assert_eq!(Contrast::of(&a, &harms(5, 1.0), Unit::Seeds, &[]), Err(Untestable::NotCrossedAlike));
    assert_eq!(Contrast::of(&a, &b, Unit::Both, &[]), Err(Untestable::NoInterval));
    assert_eq!(Contrast::of(&a, &b, Unit::Seeds, &[]), Err(Untestable::EqualDifferences { n: 5 }));
    assert_eq!(bootstrap_p(&[1.0; 39]), None);
    assert_eq!(bootstrap_p(&[1.0; 40]), Some(2.0 / 41.0));
    assert_eq!(bootstrap_p(&[0.0; 40]), Some(1.0));
}

#[test]
fn coverage_is_looked_up_by_the_next_smaller_number_of_values() {
    assert_eq!(coverage(1), None);
    assert_eq!(coverage(5).map(|row| row.n), Some(5));
    assert_eq!(coverage(9).map(|row| row.n), Some(5));
    assert_eq!(coverage(5000).map(|row| row.n), Some(281));
    assert!(COVERAGE.is_sorted_by_key(|row| row.n));
    assert!(COVERAGE.iter().all(|row| (row.n < FEW) == (row.normal[1] < 92.0)));
}

proptest! {
    #[test]
    fn a_curve_gives_the_delta_of_each_of_its_damages(half in 0.1f64..50.0, slope in 0.3f64..8.0, share in 0.01f64..0.99) {
        let curve = LogLogistic { saturation: 6.0, half, slope };
        let damage = 6.0 * share;
        let delta = curve.delta_at(damage).unwrap();
        prop_assert!((curve.at(delta) - damage).abs() < 1e-9, "{delta}");
        prop_assert!((curve.delta_at(3.0).unwrap() / half - 1.0).abs() < 1e-12);
    }
}
