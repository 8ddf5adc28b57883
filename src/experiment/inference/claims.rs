//! The published study's claims, and what the results say of each.

use super::difference::{Difference, TestName};
use super::dissociation::DissociationAt;
use crate::experiment::{Kind, Results};
use crate::stats::{self, Dissociation, Estimate, Evidence, Unit, Untestable, Verdict};
use crate::study::Mode;

/// A claim of the published study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its name in tables.
    pub id: &'static str,
    /// What it is about, in a word or two.
    pub name: &'static str,
    /// What it says, in a few words.
    pub title: &'static str,
    /// What has to hold, as a hypothesis of one difference.
    pub expects: &'static str,
    /// What is computed.
    pub formula: &'static str,
    /// What the two sides of the difference are called.
    pub sides: [&'static str; 2],
    /// Whether the difference is expected above 0.
    pub is_above_zero: bool,
}

/// The claims, in the order in which they are shown.
pub const CLAIMS: [Claim; 8] = [
    Claim {
        id: "loss",
        name: "loss",
        title: "Loss: angular harms more than magnitude",
        expects: "At equal δ, next-token loss rises more under the angular than under the magnitude disturbance",
        formula: "D = mean over texts and seeds of (loss − clean loss); difference = D angular − D magnitude",
        sides: ["damage under angular", "damage under magnitude"],
        is_above_zero: true,
    },
    Claim {
        id: "syntax",
        name: "syntax",
        title: "Syntax: magnitude harms more than angular",
        expects: "At equal δ, accuracy on minimal pairs falls more under the magnitude than under the angular disturbance",
        formula: "A = 100 · mean over pairs and seeds of (judged right clean − judged right disturbed); \
                  difference = A angular − A magnitude",
        sides: ["drop in accuracy under angular", "drop in accuracy under magnitude"],
        is_above_zero: false,
    },
    Claim {
        id: "dissociation",
        name: "dissociation",
        title: "Double dissociation of loss and syntax",
        expects: "Angular harms loss more and magnitude harms syntax more, each in shares of what can be lost",
        formula: "I = (x angular − x magnitude) of loss − (x angular − x magnitude) of syntax; \
                  x = damage/(ln vocabulary − clean loss), and drop/(clean accuracy − ½)",
        sides: ["angular − magnitude in loss", "angular − magnitude in syntax"],
        is_above_zero: true,
    },
    Claim {
        id: "entropy",
        name: "entropy",
        title: "Entropy: angular spreads attention more",
        expects: "Attention entropy rises more under the angular than under the magnitude disturbance",
        formula: "H = mean over texts, seeds, layers, heads and queries of −Σ p ln p; \
                  difference = (H − clean H) angular − (H − clean H) magnitude",
        sides: ["change of entropy under angular", "change of entropy under magnitude"],
        is_above_zero: true,
    },
    Claim {
        id: "attention_repair",
        name: "attention repair",
        title: "Attention repair: gives back more of the angular damage",
        expects: "Repairing attention takes back a larger share of the angular than of the magnitude damage",
        formula: "R = 100 · (damage − damage repaired)/damage; difference = R angular − R magnitude",
        sides: ["recovery under angular", "recovery under magnitude"],
        is_above_zero: true,
    },
    Claim {
        id: "norm_repair",
        name: "norm repair",
        title: "Norm repair: gives back more of the magnitude damage",
        expects: "Repairing both norms takes back a larger share of the magnitude than of the angular damage",
        formula: "R = 100 · (damage − damage repaired)/damage; difference = R angular − R magnitude",
        sides: ["recovery under angular", "recovery under magnitude"],
        is_above_zero: false,
    },
    Claim {
        id: "layer_specificity",
        name: "layer specificity",
        title: "Layers: those whose entropy changes most matter most",
        expects: "Repairing attention in the layers whose entropy changes most takes back more of the angular damage \
                  than in those where it changes least, and than in random ones",
        formula: "R = 100 · (damage − damage repaired)/damage; difference = R of the top layers − R of the others",
        sides: ["recovery by the top layers", "recovery by the others"],
        is_above_zero: true,
    },
    Claim {
        id: "qk_alignment",
        name: "query–key alignment",
        title: "Q·K: angular takes queries and keys apart",
        expects: "The cosine of queries and keys falls more under the angular than under the magnitude disturbance",
        formula: "c = mean over texts, seeds, layers, heads and positions of cos(q, k), before rotary embedding; \
                  difference = (c − clean c) angular − (c − clean c) magnitude",
        sides: ["change of the cosine under angular", "change of the cosine under magnitude"],
        is_above_zero: false,
    },
];

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
    let mut findings = Vec::new();
    for claim in &CLAIMS {
        if claim.id == "dissociation" {
            findings.extend(dissociations.iter().map(|row| of_dissociation(results, claim, row)));
        } else {
            let bearing = differences.iter().filter(|one| bears_on(claim, one));
            findings.extend(bearing.map(|one| of_difference(results, claim, one)));
        }
    }
    findings
}

/// Whether `claim` is about `difference`.
fn bears_on(claim: &Claim, difference: &Difference) -> bool {
    let of = &difference.what;
    match (claim.id, difference.kind) {
        ("loss", Kind::Sweep | Kind::Audit)
        | ("syntax", Kind::Syntax | Kind::AuditPairs)
        | ("entropy", Kind::Entropy)
        | ("qk_alignment", Kind::QkAlignment)
        | ("attention_repair", Kind::AttentionRepair) => true,
        ("norm_repair", Kind::NormRepair) => of.contains("both norms"),
        ("layer_specificity", Kind::LayerSets) => of.starts_with(&format!("recovery under {}", Mode::Angular)),
        _ => false,
    }
}

fn of_difference(results: &Results, claim: &'static Claim, difference: &Difference) -> Judgement {
    let statistics = &results.study.statistics;
    let wanted = TestName::of_unit(statistics.unit);
    // A recovery has no value of its own for each text: there the bootstrap stands in.
    let test = difference.tests.iter().find(|test| test.name == wanted).unwrap_or(&difference.tests[0]);
    let bounds = &statistics.equivalence;
    let bound = match claim.id {
        "loss" => bounds.damage,
        "syntax" => bounds.accuracy,
        "entropy" => bounds.entropy,
        "qk_alignment" => bounds.cosine,
        _ => bounds.recovery,
    };
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
    }
}

fn of_dissociation(results: &Results, claim: &'static Claim, row: &DissociationAt) -> Judgement {
    let bound = results.study.statistics.equivalence.interaction;
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
    }
}
