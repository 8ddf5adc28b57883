//! The difference between two conditions on the same items and seeds, with every test of it.

use crate::experiment::harm::Harms;
use crate::experiment::{Arm, Kind};
use crate::stats::{
    Contrast, Estimate, Unit, Untestable, benjamini_hochberg, d_z, equivalence, holm, mcnemar, paired_t, sign_flip,
    signed_rank,
};
use crate::study::Mode;
use std::fmt;

/// A difference, first less second.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The experiment.
    pub kind: Kind,
    /// What differs and how, in words: "damage, angular − magnitude".
    pub what: String,
    /// Under which protocol.
    pub protocol: String,
    /// δ in the study's unit.
    pub delta: f64,
    /// Unit of the difference.
    pub unit: &'static str,
    /// Texts or pairs behind it.
    pub items: usize,
    /// Seeds behind it.
    pub seeds: usize,
    /// The modes whose runs are one run under all seeds.
    pub one_run: Vec<Mode>,
    /// Items and seeds that are drawn: published means are one item each, whatever stands behind them.
    pub drawn: [usize; 2],
    /// First and second, seed by seed; empty where they cannot be given by seed.
    pub by_seed: [Vec<f64>; 2],
    /// Mode and arm of the first and of the second; of several that the second is the mean of, the first one.
    pub sides: [(Mode, Arm); 2],
    /// The tests, the crossed bootstrap first.
    pub tests: Vec<Test>,
    /// How many differences are one family with this one.
    pub family: usize,
}

/// A test of a difference.
#[derive(Debug, Clone)]
pub struct Test {
    /// Which.
    pub name: TestName,
    /// What came of it, or why it cannot be made.
    pub outcome: Result<Outcome, Untestable>,
    /// p, adjusted by Holm over the family; none where there is no p.
    pub p_holm: Option<f64>,
    /// p, adjusted by Benjamini and Hochberg over the family.
    pub p_bh: Option<f64>,
}

/// What a test says.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The difference with its 95 % interval, where the test gives one.
    pub estimate: Option<Estimate>,
    /// Cohen's d_z with its interval, for paired t-tests.
    pub d_z: Option<Estimate>,
    /// The statistic, and its degrees of freedom.
    pub statistic: Option<f64>,
    /// Degrees of freedom.
    pub df: Option<f64>,
    /// Two-sided p; of equivalence the larger of its two one-sided ones.
    pub p: f64,
}

/// Which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestName {
    /// The crossed bootstrap over items and seeds.
    Bootstrap,
    /// Paired t over seeds, or over items.
    PairedT(Unit),
    /// Sign flips over seeds.
    SignFlips,
    /// Wilcoxon's signed ranks over items.
    SignedRanks,
    /// McNemar's exact test of the pairs under the first seed.
    McNemar,
    /// Two one-sided t-tests over seeds against the study's bound.
    Equivalence,
}

impl Test {
    /// The least p that it can give, where its resamples give none below `of_bootstrap`; 0 where it can give any.
    #[must_use]
    pub fn least_p(&self, of_bootstrap: f64) -> f64 {
        if self.name == TestName::Bootstrap { of_bootstrap } else { 0.0 }
    }
}

impl TestName {
    /// What is taken for a sample.
    #[must_use]
    pub fn sample(self) -> Unit {
        match self {
            Self::Bootstrap => Unit::Both,
            Self::PairedT(unit) => unit,
            Self::SignFlips | Self::Equivalence => Unit::Seeds,
            Self::SignedRanks | Self::McNemar => Unit::Texts,
        }
    }

    /// The test that a verdict rests on where `unit` is the sample.
    #[must_use]
    pub fn of_unit(unit: Unit) -> Self {
        if unit == Unit::Both { Self::Bootstrap } else { Self::PairedT(unit) }
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bootstrap => "crossed bootstrap",
            Self::PairedT(_) => "paired t",
            Self::SignFlips => "sign flips",
            Self::SignedRanks => "Wilcoxon signed-rank",
            Self::McNemar => "McNemar, first seed",
            Self::Equivalence => "equivalence (two one-sided t)",
        })
    }
}

/// The numbers that a difference is tested on.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// The difference.
    pub value: f64,
    /// It under each resample of items and seeds.
    pub replicates: Vec<f64>,
    /// First and second by seed.
    pub seeds: [Vec<f64>; 2],
    /// First and second by item; empty where only their means over items make sense.
    pub items: [Vec<f64>; 2],
    /// Pairs that only the first, and that only the second condition judges right, under the first seed.
    pub discordant: Option<(u64, u64)>,
}

impl Sample {
    /// Of two measures of the same items and seeds. The mean of their difference is the difference of their means.
    pub fn of(harms: &Harms) -> Result<Self, Untestable> {
        let [first, second] = harms.of.as_slice() else { return Err(Untestable::NotCrossedAlike) };
        let means = harms.means();
        let difference = first.minus(second).ok_or(Untestable::NotCrossedAlike)?;
        Ok(Self {
            value: difference.mean(),
            replicates: means[0].list.iter().zip(&means[1].list).map(|(a, b)| a - b).collect(),
            seeds: [first.seed_means(), second.seed_means()],
            items: [first.text_means(), second.text_means()],
            discordant: None,
        })
    }
}

/// Sign flips that are drawn where there are too many to try them all.
const FLIPS: usize = 10_000;

/// Every test of `sample`; `bound` is the study's bound of equivalence, `key` decides what is drawn.
pub(super) fn tests(sample: &Sample, bound: Option<f64>, key: u64) -> Vec<Test> {
    let [first, second] = &sample.seeds;
    let bootstrap = Contrast::of_replicates(sample.value, sample.replicates.clone()).map(|contrast| Outcome {
        estimate: Some(contrast.estimate),
        d_z: None,
        statistic: None,
        df: None,
        p: contrast.p,
    });
    // Values by seed are missing only where one would be a ratio to a damage that is not above 0.
    let none = first.is_empty().then_some(Untestable::DenominatorAboutZero);
    let by_seed = |outcome: Result<Outcome, Untestable>| none.map_or(outcome, Err);
    let mut list = vec![
        (TestName::Bootstrap, bootstrap),
        (TestName::PairedT(Unit::Seeds), by_seed(t(&sample.seeds))),
        (TestName::SignFlips, by_seed(sign_flip(first, second, FLIPS, key).map(|t| of_p(Some(t.statistic), t.p)))),
    ];
    if let Some(bound) = bound {
        let test = equivalence(first, second, bound).map(|test| of_p(None, test.p));
        list.push((TestName::Equivalence, by_seed(test)));
    }
    let [first, second] = &sample.items;
    if !first.is_empty() {
        list.push((TestName::PairedT(Unit::Texts), t(&sample.items)));
        let ranks = signed_rank(first, second).map(|test| of_p(Some(test.statistic), test.p));
        list.push((TestName::SignedRanks, ranks));
    }
    if let Some((only_first, only_second)) = sample.discordant {
        list.push((TestName::McNemar, mcnemar(only_first, only_second).map(|test| of_p(None, test.p))));
    }
    list.into_iter().map(|(name, outcome)| Test { name, outcome, p_holm: None, p_bh: None }).collect()
}

fn of_p(statistic: Option<f64>, p: f64) -> Outcome {
    Outcome { estimate: None, d_z: None, statistic, df: None, p }
}

fn t([first, second]: &[Vec<f64>; 2]) -> Result<Outcome, Untestable> {
    let test = paired_t(first, second)?;
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let estimate = Contrast::of_sample(&differences, first)?.estimate;
    Ok(Outcome {
        estimate: Some(estimate),
        d_z: d_z(first, second).ok(),
        statistic: Some(test.t),
        df: Some(test.df),
        p: test.p,
    })
}

/// Adjusts the p of each test over `list`, which is one family: a difference that cannot be tested counts with p = 1.
pub(super) fn adjust(list: &mut [Difference]) {
    let names: Vec<TestName> = list.iter().flat_map(|one| one.tests.iter().map(|test| test.name)).collect();
    let family = list.len();
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            continue;
        }
        let test = |one: &Difference| one.tests.iter().position(|test| test.name == *name);
        let p: Vec<f64> = list
            .iter()
            .map(|one| test(one).and_then(|at| one.tests[at].outcome.ok()).map_or(1.0, |outcome| outcome.p))
            .collect();
        for (one, (holm, bh)) in list.iter_mut().zip(holm(&p).into_iter().zip(benjamini_hochberg(&p))) {
            one.family = family;
            if let Some(test) = test(one).map(|at| &mut one.tests[at]).filter(|test| test.outcome.is_ok()) {
                (test.p_holm, test.p_bh) = (Some(holm), Some(bh));
            }
        }
    }
}
