//! What an audit found, in words.

use super::verdict::measured;
use crate::experiment::{AuditOf, Factor, Gap, Kind};
use crate::findings::Findings;
use crate::stats::Estimate;

/// What the gap between the modes is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The gap under the published protocol.
    Published,
    /// The share of a setting.
    Share(Factor),
    /// The gap under the strict protocol.
    Remains,
}

impl Part {
    /// The parts of `audit`, each with its estimate; where there is no gap, the published one alone, with why there is none.
    pub fn of(audit: &AuditOf) -> Vec<(Self, Result<Estimate, String>)> {
        match &audit.gap {
            Err(why) => vec![(Self::Published, Err(why.clone()))],
            Ok(Gap { published, shares, remains }) => {
                let mut parts = vec![(Self::Published, Ok(*published))];
                parts.extend(shares.iter().map(|(factor, share)| (Self::Share(*factor), Ok(*share))));
                parts.push((Self::Remains, Ok(*remains)));
                parts
            }
        }
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published gap",
            Self::Share(factor) => factor.name(),
            Self::Remains => "remains",
        }
    }

    /// Its name in pictures.
    pub fn title(self) -> &'static str {
        match self {
            Self::Published => "Gap as published",
            Self::Share(Factor::Matching) => "Dose (matching)",
            Self::Share(Factor::Coherence) => "Coherence",
            Self::Share(Factor::Rotation) => "Rotation",
            Self::Share(Factor::Pairing) => "Pairing",
            Self::Remains => "Remains (strict)",
        }
    }

    /// What it is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Published => "the gap under the published protocol",
            Self::Share(Factor::Matching) => "dose: δ on average, against δ for every token",
            Self::Share(Factor::Coherence) => "coherence: the same noise in all layers, against noise of their own",
            Self::Share(Factor::Rotation) => "rotation: the published search, against the exact angle",
            Self::Share(Factor::Pairing) => "pairing: separate noise for the sentences of a pair, against the same",
            Self::Remains => "the gap under the strict protocol: direction against length",
        }
    }

    /// Whether it is a gap rather than a share of one.
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::Share(_))
    }
}

/// What makes the gap of the audit `kind`, in a sentence for each δ that has one.
pub fn audit_answers(findings: &Findings, kind: Kind) -> Vec<(f64, String)> {
    let state = if findings.results().preliminary().is_some() { "So far, at" } else { "At" };
    let answer = |audit: &AuditOf| {
        let words = answer(audit.gap.as_ref().ok()?, kind);
        Some((audit.delta, format!("{state} δ {} {words}", audit.delta)))
    };
    findings.audit(kind).iter().filter_map(answer).collect()
}

/// What makes the published gap, and what is left of it, in a sentence that says no more than the intervals do.
fn answer(gap: &Gap, kind: Kind) -> String {
    let Gap { published, shares, remains } = gap;
    let unit = if kind == Kind::AuditPairs { "points" } else { "" };
    let of = |estimate: &Estimate| measured(estimate, unit);
    let sign = |estimate: &Estimate| match estimate.interval {
        (low, _) if low > 0.0 => 1.0,
        (_, high) if high < 0.0 => -1.0,
        _ => 0.0,
    };
    let lead = if sign(published) == 0.0 {
        format!("the published protocol shows no gap that could be told from 0: {}.", of(published))
    } else {
        let along = |estimate: &Estimate| sign(published) * estimate.value;
        let largest = shares.iter().max_by(|a, b| along(&a.1).total_cmp(&along(&b.1)));
        match largest.filter(|(_, share)| along(share) > along(remains)) {
            Some((factor, share)) if sign(share) == sign(published) => format!(
                "the published gap, {}, comes most of all from {}: {}.",
                of(published),
                factor.name(),
                of(share)
            ),
            Some(_) => format!("no setting alone makes the published gap, {}.", of(published)),
            None => format!(
                "the published gap, {}, is most of all what remains when the settings are strict.",
                of(published)
            ),
        }
    };
    let more = match sign(remains) {
        1.0 => "moved by the same distance, turning harms more than stretching",
        -1.0 => "moved by the same distance, stretching harms more than turning",
        _ => "moved by the same distance, turning and stretching are not told apart",
    };
    format!("{lead} Under the strict protocol {} remains: {more}.", of(remains))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(published: (f64, f64, f64), coherence: (f64, f64, f64), remains: (f64, f64, f64)) -> Gap {
        let estimate = |(value, low, high)| Estimate { value, interval: (low, high) };
        Gap {
            published: estimate(published),
            shares: vec![(Factor::Matching, estimate((-0.1, -0.2, 0.0))), (Factor::Coherence, estimate(coherence))],
            remains: estimate(remains),
        }
    }

    #[test]
    fn the_answer_says_what_the_intervals_say() {
        let words = |gap: &Gap| answer(gap, Kind::Audit);
        let coherence = words(&gap((0.6, 0.5, 0.7), (2.0, 1.9, 2.1), (-0.3, -0.4, -0.2)));
        assert!(coherence.contains("comes most of all from coherence: 2.00 [1.90, 2.10]"), "{coherence}");
        assert!(coherence.ends_with("stretching harms more than turning."));
        let direction = words(&gap((0.6, 0.5, 0.7), (0.1, 0.0, 0.2), (0.6, 0.5, 0.7)));
        assert!(direction.contains("is most of all what remains when the settings are strict"), "{direction}");
        assert!(direction.ends_with("turning harms more than stretching."));
        let nothing = words(&gap((0.1, -0.1, 0.3), (0.1, 0.0, 0.2), (0.1, -0.2, 0.4)));
        assert!(nothing.starts_with("the published protocol shows no gap that could be told from 0"), "{nothing}");
        assert!(nothing.ends_with("turning and stretching are not told apart."));
        // The largest share may itself not be told from 0.
        let unsure = words(&gap((0.6, 0.5, 0.7), (0.5, -0.1, 1.1), (0.2, 0.1, 0.3)));
        assert!(unsure.contains("no setting alone makes the published gap"), "{unsure}");
    }
}
