//! What becomes of each claim, as its card says it.

use crate::experiment::{CLAIMS, Claim, Judgement};
use crate::figure::{self, Said, Word, capital, number};
use crate::findings::Findings;

/// The claims that the results say something of.
#[derive(Debug)]
pub struct Verdicts {
    /// The claims, in their order.
    pub cards: Vec<Card>,
    /// Claims without results.
    pub absent: Vec<&'static str>,
}

/// A claim.
#[derive(Debug)]
pub struct Card {
    /// Which.
    pub claim: &'static Claim,
    /// What becomes of it, protocol by protocol.
    pub judged: Vec<Judged>,
}

/// A claim under one protocol.
#[derive(Debug)]
pub struct Judged {
    /// The protocol.
    pub protocol: String,
    /// What is compared.
    pub what: String,
    /// What stands above it: the protocol, and the comparison where the claim has several.
    pub label: String,
    /// What it comes to over all δ.
    pub headline: String,
    /// By δ.
    pub at: Vec<At>,
}

/// A claim under one protocol at one δ.
#[derive(Debug)]
pub struct At {
    /// δ in the study's unit.
    pub delta: f64,
    /// The estimate with its interval.
    pub estimate: String,
    /// The verdict in words.
    pub said: Said,
}

impl Verdicts {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let mut cards: Vec<Card> = Vec::new();
        for one in findings.judged() {
            let card = match cards.iter().position(|card| card.claim == one.claim) {
                Some(known) => &mut cards[known],
                None => cards.push_mut(Card::of(one.claim)),
            };
            let is_it = |judged: &Judged| judged.protocol == one.protocol && judged.what == one.what;
            let judged = match card.judged.iter().position(is_it) {
                Some(known) => &mut card.judged[known],
                None => card.judged.push_mut(Judged {
                    protocol: one.protocol.clone(),
                    what: one.what.clone(),
                    label: String::new(),
                    headline: String::new(),
                    at: Vec::new(),
                }),
            };
            judged.at.push(At::of(one, findings));
        }
        for card in &mut cards {
            card.label();
        }
        for judged in cards.iter_mut().flat_map(|card| &mut card.judged) {
            judged.at.sort_by(|a, b| a.delta.total_cmp(&b.delta));
            judged.headline = headline(&judged.at);
        }
        let is_absent = |claim: &&Claim| !cards.iter().any(|card| card.claim == *claim);
        let absent = CLAIMS.iter().filter(is_absent).map(|claim| claim.name).collect();
        (!cards.is_empty()).then_some(Self { cards, absent })
    }
}

impl Card {
    fn of(claim: &'static Claim) -> Self {
        Self { claim, judged: Vec::new() }
    }

    /// Returns what the claim says of its subject, as a sentence begins.
    #[must_use]
    pub fn rest(&self) -> String {
        capital(self.claim.says)
    }

    /// All δ that it was judged at.
    #[must_use]
    pub fn deltas(&self) -> Vec<f64> {
        let mut deltas: Vec<f64> = self.judged.iter().flat_map(|judged| &judged.at).map(|at| at.delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        deltas
    }

    /// Says what stands above each verdict.
    fn label(&mut self) {
        let alike = |a: &Judged, b: &Judged| a.protocol == b.protocol && a.what != b.what;
        let several = self.judged.iter().any(|a| self.judged.iter().any(|b| alike(a, b)));
        for judged in &mut self.judged {
            judged.label.clone_from(&judged.protocol);
            if several {
                judged.label += &format!(": {}", judged.what);
            }
        }
    }
}

impl At {
    fn of(judged: &Judgement, findings: &Findings) -> Self {
        // What has no unit leaves no gap.
        let unit = if judged.unit.is_empty() { String::new() } else { format!(" {}", judged.unit) };
        let estimate = judged.estimate.map_or("no estimate".to_owned(), |estimate| {
            let (value, (low, high)) = (number(estimate.value), estimate.interval);
            if low.is_finite() && high.is_finite() {
                format!("{value}{unit} [{}, {}]", number(low), number(high))
            } else {
                format!("{value}{unit}")
            }
        });
        Self { delta: judged.delta, estimate, said: Said::of(judged, findings) }
    }
}

/// The verdicts over all δ: "supported at δ 5, 10, 15; undecided at 1".
fn headline(at: &[At]) -> String {
    let mut parts = Vec::new();
    for word in Word::ALL {
        let deltas: Vec<String> =
            at.iter().filter(|at| at.said.word == word).map(|at| figure::delta(at.delta)).collect();
        if deltas.is_empty() {
            continue;
        }
        let delta = if parts.is_empty() { "δ " } else { "" };
        parts.push(match deltas.len() {
            all if all == at.len() && all > 2 => format!("{} at all {all} δ", word.text()),
            _ => format!("{} at {delta}{}", word.text(), deltas.join(", ")),
        });
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(delta: f64, word: Word) -> At {
        let [estimate, sentence, numbers, methods] = [const { String::new() }; 4];
        At { delta, estimate, said: Said { word, sentence, numbers, methods, warning: None, least_p: 0.0 } }
    }

    #[test]
    fn the_headline_goes_over_all_deltas() {
        let supported = |delta| at(delta, Word::Supported);
        assert_eq!(
            headline(&[at(1.0, Word::Undecided), supported(5.0), supported(10.0), supported(15.0)]),
            "supported at δ 5, 10, 15; undecided at 1"
        );
        assert_eq!(headline(&[supported(0.5)]), "supported at δ 0.5");
        assert_eq!(headline(&[supported(1.0), supported(2.0), supported(5.0)]), "supported at all 3 δ");
        assert_eq!(headline(&[at(1.0, Word::Untestable)]), "cannot be tested at δ 1");
    }
}
