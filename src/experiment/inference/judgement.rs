//! What the results say of the published study's claims.

use super::claim::{CLAIMS, Claim, DISSOCIATION};
use super::difference::{Difference, TestName};
use super::dissociation::DissociationAt;
use crate::experiment::{Arm, Kind, Results, find};
use crate::stats::{self, Dissociation, Estimate, Evidence, Unit, Untestable, Verdict};
use crate::study::Mode;

/// What the results say of a claim at one δ, with the numbers that went in.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The claim.
    pub claim: &'static Claim,
    /// What is compared, where the claim has more than one comparison.
    pub what: String,
    /// The experiment; of the dissociation the sweep.
    pub kind: Kind,
    /// Under which protocol.
    pub protocol: String,
    /// δ in the study's unit.
    pub delta: f64,
    /// The verdict, or why there is none.
    pub verdict: Result<Verdict, Untestable>,
    /// The difference with its interval.
    pub estimate: Option<Estimate>,
    /// Unit of the difference.
    pub unit: &'static str,
    /// The test.
    pub test: String,
    /// What it takes for a sample.
    pub sample: Unit,
    /// p as it is.
    pub p: Option<f64>,
    /// p adjusted by Holm over its family.
    pub p_holm: Option<f64>,
    /// How many tests the family holds.
    pub family: usize,
    /// Texts or pairs behind it.
    pub items: usize,
    /// Seeds behind it.
    pub seeds: usize,
    /// The modes whose runs are one run under all seeds.
    pub one_run: Vec<Mode>,
    /// Items and seeds that are drawn.
    pub drawn: [usize; 2],
    /// The study's bound of equivalence.
    pub bound: Option<f64>,
    /// The numbers that went in.
    pub numbers: Numbers,
    /// The arm of the second side, where that is one of several.
    pub second: Option<Arm>,
}

/// The numbers behind a finding.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// The two sides by seed; empty where they cannot be given.
    BySeed([Vec<f64>; 2]),
    /// The simple effects, what is claimed of them, and how many pairs there are.
    Simple(Option<(Dissociation, stats::Claim)>, usize),
}

/// What `differences` and `dissociations` of `results` say of every claim that they bear on, claim by claim, δ by δ.
#[must_use]
pub fn judged(results: &Results, differences: &[&Difference], dissociations: &[DissociationAt]) -> Vec<Judgement> {
    let bearing: Vec<(&Claim, &Difference)> =
        differences.iter().filter_map(|one| Some((find(&results.study, one.kind)?.claim(one)?, *one))).collect();
    let of = |claim: &'static Claim| {
        let of_it = bearing.iter().filter(move |(of, _)| *of == claim);
        of_it.map(move |(_, one)| of_difference(results, claim, one))
    };
    let mut list = Vec::new();
    for claim in &CLAIMS {
        list.extend(of(claim));
        if *claim == DISSOCIATION {
            list.extend(dissociations.iter().map(|row| of_dissociation(results, claim, row)));
        }
    }
    list
}

fn of_difference(results: &Results, claim: &'static Claim, difference: &Difference) -> Judgement {
    let statistics = &results.study.statistics;
    let wanted = TestName::of_unit(statistics.unit);
    // A recovery has no value of its own for each text: there the bootstrap stands in.
    let test = difference.tests.iter().find(|test| test.name == wanted).unwrap_or(&difference.tests[0]);
    let bound = claim.bound.of(&results.study);
    let outcome = test.outcome.and_then(|outcome| Ok((outcome, outcome.estimate.ok_or(Untestable::NoInterval)?)));
    let verdict = outcome.map(|(outcome, estimate)| {
        Verdict::of(&Evidence {
            estimate: estimate.value,
            interval: estimate.interval,
            p_adjusted: test.p_holm.unwrap_or(outcome.p),
            bound,
            expected_above_zero: claim.is_above_zero,
        })
    });
    Judgement {
        claim,
        what: difference.what.clone(),
        kind: difference.kind,
        protocol: difference.protocol.clone(),
        delta: difference.delta,
        verdict,
        estimate: outcome.ok().map(|(_, estimate)| estimate),
        unit: difference.unit,
        test: test.name.to_string(),
        sample: test.name.sample(),
        p: outcome.ok().map(|(outcome, _)| outcome.p),
        p_holm: test.p_holm,
        family: difference.family,
        items: difference.items,
        seeds: difference.seeds,
        one_run: difference.one_run.clone(),
        drawn: difference.drawn,
        bound,
        numbers: Numbers::BySeed(difference.by_seed.clone()),
        second: Some(difference.sides[1].1),
    }
}

fn of_dissociation(results: &Results, claim: &'static Claim, row: &DissociationAt) -> Judgement {
    let bound = claim.bound.of(&results.study);
    let unit = results.study.statistics.unit;
    let verdict = row.outcome.map(|(found, corrected)| {
        let estimate = found.interaction.estimate;
        // Claimed only where both simple effects are told from 0 with opposite signs, whatever the interaction's p.
        Verdict::of(&Evidence {
            estimate: estimate.value,
            interval: estimate.interval,
            p_adjusted: if corrected.claimed { corrected.p_interaction } else { 1.0 },
            bound,
            expected_above_zero: claim.is_above_zero,
        })
    });
    let found = row.outcome.ok();
    Judgement {
        claim,
        what: "interaction of mode and task".to_owned(),
        kind: Kind::Sweep,
        protocol: results.study.perturbation.protocol_label(),
        delta: row.delta,
        verdict,
        estimate: found.map(|(found, _)| found.interaction.estimate),
        unit: "shares",
        test: match unit {
            Unit::Both => TestName::Bootstrap.to_string(),
            Unit::Seeds => TestName::PairedT(unit).to_string(),
            Unit::Texts => "Welch's t".to_owned(),
        },
        sample: unit,
        p: found.map(|(found, _)| found.interaction.p),
        p_holm: found.map(|(_, claim)| claim.p_interaction),
        family: row.family,
        items: row.texts,
        seeds: row.seeds,
        one_run: row.one_run.clone(),
        drawn: row.drawn,
        bound,
        numbers: Numbers::Simple(found, row.pairs),
        second: None,
    }
}
