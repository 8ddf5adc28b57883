//! The verdicts: what the results say of each of the published study's claims, in words made from the numbers.

use super::{Known, made, seeds, shown};
use crate::experiment::{Finding, Numbers, RESAMPLES, Results, judged};
use crate::figure::format::{exponent, number};
use crate::figure::table::{Rows, Table};
use crate::stats::{Contrast, Estimate, FEW, Unit, Verdict, coverage};
use serde_json::Map;

/// One row per claim, protocol, comparison and δ.
pub fn table(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for finding in judged(results) {
        let claim = finding.claim;
        rows.add(|line| {
            line.field("claim", claim.id);
            line.text("title", "claim", "What the published study says", claim.title);
            line.field("expects", claim.expects);
            line.text("what", "difference", "What is compared", &finding.what);
            line.text("protocol", "protocol", "Under which protocol", &finding.protocol);
            line.exact("delta", "δ", "How far each vector is moved", finding.delta);
            line.text("verdict", "verdict", "What the test says of it", word(&finding));
            let estimate = finding.estimate.ok_or_else(String::new);
            line.estimate("estimate", "difference", "With its 95 % interval", &estimate, 1.0);
            line.text("unit", "unit", "Unit of the difference", finding.unit);
            line.text("test", "test", "Which test", &finding.test);
            line.text("sample", "sample", "What is taken for a sample", finding.sample.words());
            line.p("p", "p", "Two-sided, not corrected", finding.p);
            line.p("p_holm", "p (Holm)", "Corrected by Holm over the family", finding.p_holm);
            line.field("family", finding.family);
            line.exact("items", "texts or pairs", "How many stand behind it", finding.items);
            line.exact("seeds", "seeds", "How many stand behind it", finding.seeds);
            line.field("sentence", sentence(&finding));
            line.field("formula", claim.formula);
            line.field("numbers", numbers(&finding));
            line.field("methods", methods(&finding, results));
            line.field("warning", warning(&finding));
        });
    }
    let what = "What the results say of the published study's claims: supported or opposite where p after Holm is below \
                0.05 and the 95 % interval leaves out 0; equivalent where the interval lies within the study's bound; \
                else undecided.";
    made(results, known, rows, what, Map::new())
}

/// The verdict in a word.
fn word(finding: &Finding) -> &'static str {
    match finding.verdict {
        Ok(Verdict::Supported) => "supported",
        Ok(Verdict::Opposite) => "opposite",
        Ok(Verdict::Equivalent) => "equivalent",
        Ok(Verdict::Undecided) => "undecided",
        Err(_) => "cannot be tested",
    }
}

/// "0.31 nats [0.25, 0.36]".
fn measured(estimate: &Estimate, unit: &str) -> String {
    let (low, high) = estimate.interval;
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!("{}{unit} [{}, {}]", number(estimate.value), number(low), number(high))
}

/// Everything that the test says, and no more.
fn sentence(finding: &Finding) -> String {
    let claim = finding.claim;
    let at = format!("at δ {}, protocol {}", finding.delta, finding.protocol);
    let (Ok(verdict), Some(estimate)) = (finding.verdict, finding.estimate) else {
        let why = finding.verdict.err().map_or(String::new(), |why| format!(": {why}"));
        return format!("{} {at}{why}.", finding.what);
    };
    let evidence = format!(
        "{}: {}, 95 % interval ({}; p = {}, {} after Holm over {})",
        finding.what,
        measured(&estimate, finding.unit),
        finding.test,
        finding.p.map_or_else(|| "–".to_owned(), exponent),
        finding.p_holm.map_or_else(|| "–".to_owned(), exponent),
        if finding.family == 1 { "1 test".to_owned() } else { format!("{} tests", finding.family) },
    );
    let [first, second] = claim.sides;
    let relation = |is_above: bool| if is_above { "is above" } else { "is below" };
    let judgement = match verdict {
        Verdict::Supported => format!("Supported {at}: {first} {} {second}", relation(claim.is_above_zero)),
        Verdict::Opposite => {
            format!("The opposite of the claim {at}: {first} {} {second}", relation(!claim.is_above_zero))
        }
        Verdict::Equivalent => format!(
            "Equivalent {at}: {first} and {second} differ by less than the study's bound of {} {}",
            finding.bound.map_or_else(String::new, number),
            finding.unit
        ),
        Verdict::Undecided => format!("Undecided {at}: these data do not tell {first} from {second}"),
    };
    format!("{judgement}. {evidence}; {}.", sizes(finding))
}

/// "281 texts × 5 seeds".
fn sizes(finding: &Finding) -> String {
    let items = match (&finding.numbers, finding.claim.id) {
        (Numbers::Simple(_, pairs), _) => format!("{} texts and {pairs} pairs", finding.items),
        (_, "syntax") => format!("{} pairs", finding.items),
        _ => format!("{} texts", finding.items),
    };
    format!("{items} × {}", seeds(finding.seeds))
}

/// The numbers that went in.
fn numbers(finding: &Finding) -> String {
    match &finding.numbers {
        Numbers::BySeed([first, second]) => {
            let side = |name: &str, values: &[f64]| {
                let mean = crate::stats::mean(values).map_or_else(|| "–".to_owned(), number);
                let values: Vec<String> = values.iter().map(|value| number(*value)).collect();
                format!("{name}: mean {mean}, by seed {}", values.join(", "))
            };
            if first.is_empty() {
                return String::new();
            }
            format!("{}; {}", side(finding.claim.sides[0], first), side(finding.claim.sides[1], second))
        }
        Numbers::Simple(None, _) => String::new(),
        Numbers::Simple(Some((found, claim)), _) => {
            let effect = |name: &str, contrast: &Contrast, p: f64| {
                format!("{name}: {}, p (Holm) {}", measured(&contrast.estimate, ""), exponent(p))
            };
            let [loss, syntax] = finding.claim.sides;
            format!("{}; {}", effect(loss, &found.loss, claim.p_loss), effect(syntax, &found.syntax, claim.p_syntax))
        }
    }
}

/// A sentence for a methods section.
fn methods(finding: &Finding, results: &Results) -> String {
    let layers = results.study.perturbation.layers.to_string();
    let layers = match results.shapes.values().next() {
        Some(shape) => shown(&shape.layers),
        None => layers,
    };
    let test = match finding.sample {
        Unit::Both => {
            format!("a crossed bootstrap of texts and seeds ({RESAMPLES} resamples, percentile interval, two-sided p)")
        }
        unit => format!("{} over {} (two-sided, Student's interval)", finding.test, unit.words()),
    };
    format!(
        "{} and {} were compared under the protocol {} at δ {} in layers {layers} of {} over {} by {test}; p was \
         corrected by Holm over a family of {}.",
        capital(finding.claim.sides[0]),
        finding.claim.sides[1],
        finding.protocol,
        finding.delta,
        results.study.model.id,
        sizes(finding),
        finding.family,
    )
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// What the reader should know of the verdict's limits.
fn warning(finding: &Finding) -> Option<String> {
    finding.verdict.ok()?;
    match finding.sample {
        Unit::Seeds => Some(
            "The seeds are the only sample: this says how well the noise was averaged, not how far the result holds \
             for other texts."
                .to_owned(),
        ),
        Unit::Texts => Some("The texts are the only sample: this says nothing of other draws of the noise.".to_owned()),
        Unit::Both if finding.seeds.min(finding.items) < FEW => {
            let n = finding.seeds.min(finding.items);
            let held = coverage(n).map_or_else(String::new, |row| {
                format!(
                    ": of {n} values, 95 % bootstrap intervals held the truth in {} % of cases where the values were normal, \
                     {} % where they were skewed",
                    row.normal[1], row.exponential[1]
                )
            });
            let what = if finding.seeds <= finding.items { "seeds" } else { "texts" };
            Some(format!("Few {what}{held}. More {what} are the remedy."))
        }
        Unit::Both => None,
    }
}
