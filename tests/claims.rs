//! What a study's results are said to support, on results that are made up so that the answer is known.

#![allow(clippy::unwrap_used)]

use polarscope::experiment::{
    Arm, Commit, Condition, Difference, Disturbance, Judgement, Kind, Pass, Results, Score, Shape, TestName, Trial,
    dissociations, dose, regimes,
};
use polarscope::figure;
use polarscope::findings::Findings;
use polarscope::stats::{Unit, Untestable, Verdict, holm};
use polarscope::study::{self, Mode};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;

const DELTAS: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0];
const ITEMS: usize = 40;
const SEEDS: u64 = 5;

/// Between −1 and 1, without a pattern that matters.
fn noise(a: u64, b: u64, c: u64) -> f64 {
    let mut generator = ChaCha8Rng::seed_from_u64(a * 1_000_000 + b * 1_000 + c);
    generator.random_range(-1.0..1.0)
}

/// A study of sweep and syntax in which the mean harms are those of `loss` (nats) and `drop` (share of pairs).
fn results(settings: &str, loss: impl Fn(Mode, f64) -> f64, drop: impl Fn(Mode, f64) -> f64) -> Results {
    let study = study::parse(&format!(
        "{settings}\n[perturbation]\ndeltas = [1, 2, 5, 10, 15, 20]\n[experiments.sweep]\n[experiments.syntax]"
    ))
    .unwrap();
    let mut conditions = BTreeMap::new();
    let mut commit = Commit::default();
    let mut add = |kind, disturbance: Option<Disturbance>, values: Vec<f64>| {
        let condition = conditions.len();
        conditions
            .insert(condition, Condition { experiment: kind, disturbance, arm: Arm::Plain, pass: Pass::default() });
        for (item, value) in values.into_iter().enumerate() {
            let score = Score { value, sentences: None };
            commit.trials.push(Trial { condition, item, score, readings: Vec::new() });
        }
    };
    let items = || 0..ITEMS as u64;
    for kind in [Kind::Sweep, Kind::Syntax] {
        let clean = |item: u64| match kind {
            Kind::Sweep => 4.0 + 0.5 * noise(item, 0, 0),
            // Nine pairs of ten are judged right.
            _ => f64::from(u8::from(!item.is_multiple_of(10))),
        };
        add(kind, None, items().map(clean).collect());
        for mode in [Mode::Magnitude, Mode::Angular] {
            for (i, delta) in (0..).zip(DELTAS) {
                for seed in 0..SEEDS {
                    let draw = |item| noise(item, 1 + seed, 2 * i + u64::from(mode == Mode::Angular));
                    let value = |item| match kind {
                        Kind::Sweep => {
                            clean(item) + loss(mode, delta) * (1.0 + 0.1 * draw(item)) + 0.01 * draw(item + 99)
                        }
                        _ if draw(item).abs() < drop(mode, delta) => 0.0,
                        _ => clean(item),
                    };
                    add(kind, Some(Disturbance { mode, delta, seed }), items().map(value).collect());
                }
            }
        }
    }
    let mut results = Results::new(study, conditions, commit.trials.len());
    for kind in [Kind::Sweep, Kind::Syntax] {
        let shape = Shape { layers: vec![2, 3], ..Shape::default() };
        results.shapes.insert(kind, shape);
    }
    results.vocabulary = Some(50_304);
    results.add(&commit);
    assert!(results.is_complete());
    results
}

/// As the published study has it: angular harms loss, magnitude harms syntax.
fn published(settings: &str) -> Results {
    let loss = |mode, delta: f64| {
        if mode == Mode::Angular { 7.0 * delta / (delta + 4.0) } else { 6.0 * delta / (delta + 12.0) }
    };
    let drop = |mode, delta: f64| (if mode == Mode::Magnitude { 0.05 } else { 0.01 }) * delta.min(10.0);
    results(settings, loss, drop)
}

fn table(results: &Results, id: &str) -> figure::Table {
    figure::table(&Findings::of(results.clone()), id).unwrap()
}

fn differences(results: &Results) -> Vec<Difference> {
    Findings::of(results.clone()).differences().cloned().collect()
}

fn judged(results: &Results) -> Vec<Judgement> {
    Findings::of(results.clone()).judged().to_vec()
}

/// Verdicts of a claim by δ.
fn verdicts(results: &Results, claim: &str) -> Vec<(f64, Result<Verdict, Untestable>)> {
    judged(results).iter().filter(|f| f.claim.id == claim).map(|f| (f.delta, f.verdict)).collect()
}

#[test]
fn a_dissociation_that_is_there_is_found_by_every_unit() {
    for unit in ["both", "seeds", "texts"] {
        let results = published(&format!("[statistics]\nunit = \"{unit}\""));
        assert!(verdicts(&results, "loss").iter().all(|(_, verdict)| *verdict == Ok(Verdict::Supported)), "{unit}");
        for claim in ["syntax", "dissociation"] {
            let list = verdicts(&results, claim);
            assert_eq!(list.len(), DELTAS.len());
            let at_ten = list.iter().find(|(delta, _)| *delta == 10.0).unwrap().1;
            assert_eq!(at_ten, Ok(Verdict::Supported), "{claim}, {unit}");
        }
        let at_ten = dissociations(&results).into_iter().find(|row| row.delta == 10.0).unwrap();
        let (found, claim) = at_ten.outcome.unwrap();
        assert!(claim.claimed && found.loss.estimate.value > 0.0 && found.syntax.estimate.value < 0.0);
        // 7·10/14 − 6·10/22 nats of ln 50304 − 4.
        let expected = (70.0 / 14.0 - 60.0 / 22.0) / (50_304f64.ln() - 4.0);
        assert!((found.loss.estimate.value - expected).abs() < 0.02, "{:?} {expected}", found.loss);
        let apart = found.loss.estimate.value - found.syntax.estimate.value;
        assert!((found.interaction.estimate.value - apart).abs() < 1e-12);
    }
}

#[test]
fn a_significant_effect_of_the_other_sign_is_called_the_opposite() {
    let loss = |mode, delta: f64| if mode == Mode::Angular { 0.1 * delta } else { 0.2 * delta };
    let results = results("", loss, |_, _| 0.0);
    assert!(verdicts(&results, "loss").iter().all(|(_, verdict)| *verdict == Ok(Verdict::Opposite)));
    let table = table(&results, "verdicts");
    let sentence = table.records[0]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("The opposite of the claim at δ 1"), "{sentence}");
    for part in [
        "angular is below damage under magnitude",
        "nats [",
        "crossed bootstrap",
        "after Holm over 6 tests",
        "40 texts × 5 seeds",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    // Nothing is judged wrong: there is nothing to test, and nothing is claimed.
    assert!(
        verdicts(&results, "dissociation")
            .iter()
            .all(|(_, v)| !matches!(v, Ok(Verdict::Supported | Verdict::Opposite)))
    );
}

#[test]
fn equal_damages_are_equivalent_within_the_bound_and_undecided_without_one() {
    let equal = |_, delta: f64| 0.1 * delta;
    let none = results("", equal, |_, _| 0.0);
    let decided = verdicts(&none, "loss").iter().filter(|(_, v)| *v != Ok(Verdict::Undecided)).count();
    assert!(decided <= 1, "{:?}", verdicts(&none, "loss"));
    let bound = results("[statistics.equivalence]\ndamage = 0.5", equal, |_, _| 0.0);
    assert!(verdicts(&bound, "loss").iter().all(|(_, verdict)| *verdict == Ok(Verdict::Equivalent)));
    let list = differences(&bound);
    assert!(list[0].tests.iter().any(|test| test.name == TestName::Equivalence && test.outcome.unwrap().p < 1e-3));
}

#[test]
fn every_test_is_listed_with_its_family() {
    let results = published("");
    let list = differences(&results);
    let (sweep, syntax): (Vec<_>, Vec<_>) = list.iter().partition(|one| one.kind == Kind::Sweep);
    assert_eq!((sweep.len(), syntax.len()), (DELTAS.len(), DELTAS.len()));
    for one in &list {
        let names: Vec<TestName> = one.tests.iter().map(|test| test.name).collect();
        let mut expected = vec![
            TestName::Bootstrap,
            TestName::PairedT(Unit::Seeds),
            TestName::SignFlips,
            TestName::PairedT(Unit::Texts),
            TestName::SignedRanks,
        ];
        if one.kind == Kind::Syntax {
            expected.push(TestName::McNemar);
        }
        assert_eq!(names, expected);
        assert_eq!((one.family, one.items, one.seeds), (DELTAS.len(), ITEMS, 5));
        for test in &one.tests {
            if let Ok(outcome) = test.outcome {
                let (holm, bh) = (test.p_holm.unwrap(), test.p_bh.unwrap());
                assert!(outcome.p <= bh + 1e-15 && bh <= holm + 1e-15, "{:?}", test.name);
            }
        }
    }
    // Five seeds allow sign flips no p below 2/2⁵.
    let flips = sweep[3].tests[2].outcome.unwrap();
    assert_eq!(flips.p, 0.0625);
}

#[test]
fn what_cannot_be_tested_says_why() {
    // Without any harm to syntax all differences are zero.
    let results = results("[statistics]\nunit = \"seeds\"", |_, _| 0.5, |_, _| 0.0);
    let list = verdicts(&results, "syntax");
    assert!(list.iter().all(|(_, verdict)| verdict.is_err()), "{list:?}");
    let table = table(&results, "verdicts");
    let row = table.records.iter().find(|row| row["claim"] == "syntax").unwrap();
    assert_eq!(row["verdict"], "cannot be tested");
    assert!(row["sentence"].as_str().unwrap().contains("all 200 differences are zero"), "{}", row["sentence"]);
    assert!(row["p"].is_null() && row["estimate"].is_null());
}

#[test]
fn few_seeds_and_single_samples_are_warned_of() {
    let warning = |settings: &str| {
        let table = table(&published(settings), "verdicts");
        table.records[0]["warning"].as_str().unwrap().to_owned()
    };
    assert!(warning("").starts_with("Few seeds, 5: of 5 values, 95 % bootstrap intervals held the truth in 83"));
    assert!(warning("[statistics]\nunit = \"seeds\"").starts_with("The seeds are the only sample"));
    assert!(warning("[statistics]\nunit = \"texts\"").starts_with("The texts are the only sample"));
}

#[test]
fn a_p_that_resamples_cannot_make_smaller_is_a_bound() {
    let of = |settings: &str, id: &str| table(&published(settings), id);
    let is_cell = |row: &Vec<String>, cell: &str| row.iter().any(|known| known == cell);
    let table = of("", "verdicts");
    // Of six δ; in every resample angular harms loss more.
    let (row, record) = table.rows.iter().zip(&table.records).find(|(_, record)| record["claim"] == "loss").unwrap();
    assert!((record["p"].as_f64().unwrap() - 2.0 / 10_001.0).abs() < 1e-12);
    assert!(record["p_is_bound"] == true && record["p_holm_is_bound"] == true);
    assert!(is_cell(row, "≤ 2.0e-4") && is_cell(row, "≤ 0.00120"), "{row:?}");
    let sentence = record["sentence"].as_str().unwrap();
    assert!(sentence.contains("p ≤ 2.0e-4, ≤ 0.00120 after Holm over 6 tests"), "{sentence}");
    let table = of("", "statistics");
    for record in &table.records {
        let is_least = record["p"].as_f64().is_some_and(|p| (p - 2.0 / 10_001.0).abs() < 1e-12);
        assert_eq!(record["p_is_bound"] == true, is_least && record["test"] == "crossed bootstrap", "{record:?}");
    }
    let table = of("", "dissociation");
    assert!(table.rows.iter().any(|row| is_cell(row, "≤ 0.00240")), "both simple effects of six δ: {:?}", table.rows);
    // A t-test can give any p.
    for id in ["verdicts", "statistics", "dissociation"] {
        let table = of("[statistics]\nunit = \"seeds\"", id);
        let records =
            table.records.iter().filter(|record| record.get("test").is_none_or(|test| test != "crossed bootstrap"));
        assert!(records.flatten().all(|(key, value)| !key.ends_with("_is_bound") || *value != true), "{id}");
    }
}

#[test]
fn curves_and_regimes_come_from_the_sweep() {
    let results = published("");
    let list = dose(&results);
    let half = |mode| {
        let row = list.iter().find(|row| row.mode == Some(mode)).unwrap();
        row.curve.clone().unwrap().unwrap().half
    };
    let (angular, magnitude) = (half(Mode::Angular), half(Mode::Magnitude));
    assert!((angular.value - 4.0).abs() < 0.5 && (magnitude.value - 12.0).abs() < 2.0, "{angular:?} {magnitude:?}");
    let (ratio, _) = list.iter().find(|row| row.mode.is_none()).unwrap().ratio.unwrap();
    assert!(ratio.unwrap().value < 0.5);
    let two = regimes(&results);
    assert_eq!(
        two.iter().map(|regime| (regime.deltas.as_slice(), regime.n)).collect::<Vec<_>>(),
        [(&DELTAS[..3], 15), (&DELTAS[3..], 15)]
    );
    assert!(two.iter().all(|regime| regime.test.unwrap().df == 28.0));
}

#[test]
fn a_bound_that_is_none_is_refused() {
    for bound in ["0", "-1", "nan"] {
        let error = study::parse(&format!("[statistics.equivalence]\nentropy = {bound}")).unwrap_err();
        assert!(error.to_string().contains("statistics.equivalence.entropy"), "{error}");
    }
}

#[test]
fn both_simple_effects_of_all_deltas_are_one_family() {
    let rows = dissociations(&published("[statistics]\nunit = \"seeds\""));
    let found: Vec<_> = rows.iter().map(|row| row.outcome.unwrap()).collect();
    let p: Vec<f64> = found.iter().map(|(f, _)| f.loss.p).chain(found.iter().map(|(f, _)| f.syntax.p)).collect();
    let adjusted = holm(&p);
    for (i, (_, claim)) in found.iter().enumerate() {
        assert_eq!((claim.p_loss, claim.p_syntax), (adjusted[i], adjusted[found.len() + i]));
        assert_ne!(claim.p_loss, claim.p_syntax, "so that one cannot stand for the other");
    }
    let interaction: Vec<f64> = found.iter().map(|(f, _)| f.interaction.p).collect();
    assert!(found.iter().zip(holm(&interaction)).all(|((_, claim), p)| claim.p_interaction == p));
}

/// `results` without the trials of the conditions that `is_out`.
fn without(results: &Results, is_out: impl Fn(Kind, &Disturbance) -> bool) -> Results {
    let mut fewer = Results::new(results.study.clone(), results.conditions.clone(), results.finished());
    (fewer.shapes, fewer.vocabulary) = (results.shapes.clone(), results.vocabulary);
    let mut commit = Commit::default();
    for (id, condition) in &results.conditions {
        if condition.disturbance.is_none_or(|disturbance| !is_out(condition.experiment, &disturbance)) {
            for (item, score) in results.scores(*id).iter().enumerate() {
                let score = score.unwrap();
                commit.trials.push(Trial { condition: *id, item, score, readings: Vec::new() });
            }
        }
    }
    fewer.add(&commit);
    fewer
}

#[test]
fn while_trials_come_in_families_are_the_plans_and_nothing_is_judged() {
    let few = without(&published(""), |_, disturbance| disturbance.delta > 2.0);
    let sweep: Vec<_> = differences(&few).into_iter().filter(|one| one.kind == Kind::Sweep).collect();
    assert_eq!(sweep.len(), DELTAS.len());
    assert!(sweep.iter().all(|one| one.family == DELTAS.len()));
    let first = &sweep[0].tests[1];
    assert!((first.p_holm.unwrap() - (6.0 * first.outcome.unwrap().p).min(1.0)).abs() < 1e-12, "two of six are in");
    let table = table(&few, "verdicts");
    for row in &table.records {
        let verdict = row["verdict"].as_str().unwrap();
        assert!(verdict == "preliminary" || verdict == "cannot be tested", "{verdict}");
        assert!(!row["sentence"].as_str().unwrap().contains("Supported"), "{}", row["sentence"]);
        let methods = row["methods"].as_str().unwrap();
        let said = if verdict == "preliminary" { "(200 resamples" } else { " were not compared " };
        assert!(methods.contains(said), "{methods}");
    }
}

#[test]
fn seeds_are_paired_by_what_they_are() {
    let all = published("[statistics]\nunit = \"seeds\"");
    let shifted = |by: u64| {
        let mut results = without(&all, |_, _| false);
        for condition in results.conditions.values_mut().filter(|condition| condition.experiment == Kind::Syntax) {
            if let Some(disturbance) = &mut condition.disturbance {
                disturbance.seed += by;
            }
        }
        dissociations(&results)
    };
    // Seeds 2, 3 and 4 are in both; then none is.
    assert!(shifted(2).iter().all(|row| row.seeds == 3));
    assert!(shifted(100).is_empty());
}

#[test]
fn an_interaction_without_opposite_effects_is_no_double_dissociation() {
    // Angular harms both tasks more, and loss much more: there is an interaction, and no dissociation.
    let loss = |mode, delta: f64| if mode == Mode::Angular { 0.3 * delta } else { 0.05 * delta };
    let drop = |mode, delta: f64| (if mode == Mode::Angular { 0.03 } else { 0.01 }) * delta.min(10.0);
    let results = results("", loss, drop);
    let at_twenty = dissociations(&results).into_iter().find(|row| row.delta == 20.0).unwrap();
    let (found, claim) = at_twenty.outcome.unwrap();
    assert!(!claim.claimed && claim.p_loss < 0.05 && found.loss.estimate.value > 0.0);
    let table = table(&results, "verdicts");
    let row = table.records.iter().find(|row| row["claim"] == "dissociation" && row["delta"] == 20.0).unwrap();
    assert_eq!(row["verdict"], "undecided");
    let sentence = row["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("No double dissociation is shown at δ 20"), "{sentence}");
    assert!(sentence.contains("angular − magnitude in syntax: ") && sentence.contains("over 12 tests"), "{sentence}");
}

/// A study of sweep and syntax with ten items and five seeds at one δ, of which the scores are given: by what is tried, mode
/// and seed (none in the clean run), and item.
fn scored(settings: &str, score: impl Fn(Kind, Option<(Mode, u64)>, u64) -> f64) -> Results {
    let study = study::parse(&format!("{settings}\n[experiments.sweep]\n[experiments.syntax]\n")).unwrap();
    let (mut conditions, mut commit) = (BTreeMap::new(), Commit::default());
    for kind in [Kind::Sweep, Kind::Syntax] {
        let runs =
            [Mode::Magnitude, Mode::Angular].into_iter().flat_map(|mode| (0..SEEDS).map(move |seed| (mode, seed)));
        for run in std::iter::once(None).chain(runs.map(Some)) {
            let condition = conditions.len();
            let disturbance = run.map(|(mode, seed)| Disturbance { mode, delta: 1.0, seed });
            conditions
                .insert(condition, Condition { experiment: kind, disturbance, arm: Arm::Plain, pass: Pass::default() });
            for item in 0..10 {
                let value = score(kind, run, item);
                // The scores of a pair's sentences tell runs apart that judge it alike.
                let sentences = (kind == Kind::Syntax).then(|| (-score(Kind::Sweep, run, item), -5.0));
                let score = Score { value, sentences };
                commit.trials.push(Trial {
                    condition,
                    item: usize::try_from(item).unwrap(),
                    score,
                    readings: Vec::new(),
                });
            }
        }
    }
    let mut results = Results::new(study, conditions, commit.trials.len());
    for kind in [Kind::Sweep, Kind::Syntax] {
        results.shapes.insert(kind, Shape { layers: vec![2], ..Shape::default() });
    }
    results.vocabulary = Some(550);
    results.add(&commit);
    results
}

const BOUNDS: &str = "[statistics.equivalence]\ndamage = 0.5\naccuracy = 50\ninteraction = 0.5\n";

/// The settings of `unit` with generous bounds, δ 1 and five seeds.
fn settings(unit: &str, perturbation: &str) -> String {
    format!("[statistics]\nunit = \"{unit}\"\n{BOUNDS}[perturbation]\ndeltas = [1]\n{perturbation}")
}

#[test]
fn exact_zeros_are_no_evidence_of_equivalence() {
    for unit in ["both", "seeds", "texts"] {
        // Nothing that is disturbed shows: every run is the clean one.
        let results = scored(&settings(unit, ""), |kind, _, item| match kind {
            Kind::Sweep => 4.0 + 0.1 * noise(item, 0, 0),
            _ => 1.0,
        });
        let list = judged(&results);
        assert_eq!(list.len(), 3, "loss, syntax and both");
        for finding in list {
            assert_eq!(finding.verdict, Err(Untestable::AllZero { n: 50 }), "{unit}, {}", finding.claim.id);
        }
        for difference in differences(&results) {
            assert!(difference.tests.iter().all(|test| test.outcome.is_err() && test.p_holm.is_none()), "{unit}");
        }
        let table = table(&results, "verdicts");
        assert!(table.records.iter().all(|row| row["verdict"] == "cannot be tested"));
        for row in &table.records {
            let methods = row["methods"].as_str().unwrap();
            assert!(
                methods.contains(" were not compared ") && methods.contains(": the difference cannot be"),
                "{methods}"
            );
            assert!(!methods.contains("bootstrap") && !methods.contains("Holm"), "{methods}");
        }
    }
}

#[test]
fn runs_that_are_one_run_are_no_sample_of_seeds() {
    // Texts differ, seeds do not: by the settings, which draw nothing, or to the last bit.
    let loss = |run: Option<(Mode, u64)>, item: u64| {
        let clean = 4.0 + 0.1 * noise(item, 0, 0);
        match run {
            None => clean,
            Some((Mode::Angular, _)) => clean + 0.3 + 0.1 * noise(item, 1, 0),
            Some(_) => clean + 0.1 + 0.1 * noise(item, 2, 0),
        }
    };
    let alike = |kind, run, item| if kind == Kind::Sweep { loss(run, item) } else { f64::from(u8::from(item != 3)) };
    let given = "sign = \"grow\"\ndirection = { file = \"dirs.safetensors\" }";
    // Another device may add in another order from run to run: what is drawn decides.
    let rounded = |kind, run: Option<(Mode, u64)>, item| {
        let of = alike(kind, run, item);
        if kind == Kind::Sweep { of + 1e-7 * run.map_or(0.0, |(_, seed)| noise(seed, item, 9)) } else { of }
    };
    for (perturbation, results) in [
        ("", scored(&settings("both", ""), alike)),
        (given, scored(&settings("both", given), alike)),
        (given, scored(&settings("both", given), rounded)),
    ] {
        let sweep = differences(&results).into_iter().find(|one| one.kind == Kind::Sweep).unwrap();
        assert_eq!((sweep.seeds, sweep.drawn), (1, [10, 1]), "{perturbation}");
        for test in &sweep.tests {
            match test.name.sample() {
                Unit::Seeds => assert!(test.outcome.is_err(), "{perturbation}, {}", test.name),
                // What holds for other texts is told by texts.
                _ => assert!(test.outcome.is_ok(), "{perturbation}, {}: {:?}", test.name, test.outcome),
            }
        }
        let cell = |id: &str| table(&results, id);
        let row = &cell("damage").records[0];
        assert_eq!((&row["angular_seeds"], &row["angular_sd"], &row["t"]), (&1.into(), &().into(), &().into()));
        assert!(cell("damage").caption.contains("all seeds give one and the same run"), "{}", cell("damage").caption);
        let methods = &table(&results, "verdicts").records[0]["methods"];
        let used = "10 texts × 1 seed (one run under angular and magnitude)";
        assert!(methods.as_str().unwrap().contains(used), "{methods}");
        assert!(row["ratio"].is_null());
        let by_seeds = scored(&settings("seeds", perturbation), alike);
        let loss = judged(&by_seeds).into_iter().find(|finding| finding.claim.id == "loss").unwrap();
        assert_eq!(loss.verdict, Err(Untestable::OneRun { n: 5 }));
        assert!(loss.verdict.unwrap_err().to_string().contains("the runs under all five seeds are one and the same"));
    }
}

#[test]
fn where_one_mode_draws_nothing_its_seeds_count_once() {
    let given = "direction = { file = \"dirs.safetensors\" }";
    let score = |kind, run: Option<(Mode, u64)>, item: u64| match (kind, run) {
        (Kind::Sweep, None) => 4.0 + 0.1 * noise(item, 0, 0),
        (Kind::Sweep, Some((Mode::Angular, _))) => 4.4 + 0.1 * noise(item, 0, 0) + 0.1 * noise(item, 1, 0),
        (Kind::Sweep, Some((_, seed))) => 4.1 + 0.1 * noise(item, 0, 0) + 0.1 * noise(item, 2, seed),
        _ => f64::from(u8::from(item != 3 || run.is_none())),
    };
    let results = scored(&settings("both", given), score);
    let row = table(&results, "damage").records[0].clone();
    assert_eq!((&row["angular_seeds"], &row["magnitude_seeds"]), (&1.into(), &5.into()));
    assert!(row["angular_sd"].is_null() && row["magnitude_sd"].as_f64().unwrap() > 0.0 && row["t"].is_null());
    let sweep = differences(&results).into_iter().find(|one| one.kind == Kind::Sweep).unwrap();
    assert!(sweep.by_seed.iter().all(Vec::is_empty), "no values that make pairs");
    for test in &sweep.tests {
        let by_seeds = test.name.sample() == Unit::Seeds;
        assert_eq!(test.outcome.is_err(), by_seeds, "{}", test.name);
        if by_seeds {
            assert_eq!(test.outcome.unwrap_err(), Untestable::OneRun { n: 5 });
        }
    }
    let statistics = table(&results, "statistics");
    assert_eq!(statistics.records[0]["one_run"], "angular");
    let verdicts = table(&results, "verdicts");
    for field in ["sentence", "methods"] {
        let words = verdicts.records[0][field].as_str().unwrap();
        assert!(words.contains("10 texts × 5 seeds (one run under angular)"), "{words}");
    }
    // The bootstrap resamples the texts, and the seeds of the mode that has any.
    let loss = judged(&results).into_iter().find(|finding| finding.claim.id == "loss").unwrap();
    assert_eq!(loss.verdict, Ok(Verdict::Equivalent), "within half a nat");
    // With as many signs drawn, all of it is a sample.
    let drawn = scored(&settings("both", ""), |kind, run, item| {
        score(kind, run, item)
            + if kind == Kind::Sweep { run.map_or(0.0, |(_, seed)| 0.01 * noise(item, 7, seed)) } else { 0.0 }
    });
    let sweep = differences(&drawn).into_iter().find(|one| one.kind == Kind::Sweep).unwrap();
    assert!(sweep.tests.iter().all(|test| test.outcome.is_ok()) && sweep.by_seed.iter().all(|side| side.len() == 5));
}
