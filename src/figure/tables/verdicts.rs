//! The verdicts: what the results say of each of the published study's claims, in words made from the numbers.

use super::inference::{limits, noun, sample};
use super::{Known, made, named, seeds_and_runs, shown};
use crate::experiment::{Finding, Kind, Numbers, Results, judged, least_p, resample_count};
use crate::figure::format::{is_bound, number, p_equation, p_value};
use crate::figure::table::{Rows, Table};
use crate::stats::{Contrast, Estimate, Unit, Verdict};
use serde_json::Map;

/// One row per claim, protocol, comparison and δ.
pub fn table(results: &Results, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    let mut warnings: Vec<String> = Vec::new();
    for finding in judged(results) {
        let claim = finding.claim;
        let limits = finding.verdict.ok().and_then(|_| limits(finding.sample, finding.kind, finding.drawn));
        if let Some(limits) = limits.as_ref().filter(|limits| !warnings.contains(limits)) {
            warnings.push(limits.clone());
        }
        rows.add(|line| {
            line.field("claim", claim.id);
            line.text("title", "claim", "What the published study says", claim.title);
            line.field("expects", claim.expects);
            line.exact("delta", "δ", "How far each vector is moved", finding.delta);
            line.text("verdict", "verdict", "What the test says of it", word(&finding, results));
            let least = least(&finding, results);
            let of_family = least * finding.family as f64;
            let meaning = "Corrected by Holm over the family";
            line.p_at_least("p_holm", "p (Holm)", meaning, finding.p_holm, of_family);
            line.text("protocol", "protocol", "Under which protocol", &finding.protocol);
            let estimate = finding.estimate.ok_or_else(String::new);
            line.estimate("estimate", "difference", "With its 95 % interval", &estimate, 1.0);
            line.text("unit", "unit", "Unit of the difference", finding.unit);
            line.text("what", "difference", "What is compared", &finding.what);
            line.text("test", "test", "Which test", &finding.test);
            let sampled = sample(finding.sample, finding.kind, finding.drawn);
            line.text("sample", "sample", "What is taken for a sample", &sampled);
            line.p_at_least("p", "p", "Two-sided, not corrected", finding.p, least);
            line.exact("family", "family", "How many tests the correction is for", finding.family);
            line.exact("items", "texts or pairs", "How many stand behind it", finding.items);
            line.exact("seeds", "seeds", "How many stand behind it", finding.seeds);
            line.field("one_run", named(&finding.one_run));
            line.field("sentence", sentence(&finding, results));
            line.field("formula", claim.formula);
            line.field("numbers", numbers(&finding, least));
            line.field("methods", methods(&finding, results));
            line.field("warning", limits);
        });
    }
    let what = format!(
        "What the results say of the published study's claims: supported or opposite where p after Holm is below 0.05 and \
         the 95 % interval leaves out 0; equivalent where the interval lies within the study's bound; else undecided. {}",
        warnings.join(" ")
    );
    made(results, known, rows, what.trim_end(), Map::new())
}

/// The least p that the test of `finding` can give; 0 where it can give any.
fn least(finding: &Finding, results: &Results) -> f64 {
    if finding.sample == Unit::Both { least_p(results) } else { 0.0 }
}

/// The verdict in a word. While trials come in there is none: intervals are made of few resamples, and conditions lack
/// texts.
fn word(finding: &Finding, results: &Results) -> &'static str {
    match finding.verdict {
        Err(_) => "cannot be tested",
        Ok(_) if results.preliminary().is_some() => "preliminary",
        Ok(Verdict::Supported) => "supported",
        Ok(Verdict::Opposite) => "opposite",
        Ok(Verdict::Equivalent) => "equivalent",
        Ok(Verdict::Undecided) => "undecided",
    }
}

/// "0.31 nats [0.25, 0.36]".
pub(super) fn measured(estimate: &Estimate, unit: &str) -> String {
    let (low, high) = estimate.interval;
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!("{}{unit} [{}, {}]", number(estimate.value), number(low), number(high))
}

/// What the two sides of a finding are called.
fn sides(finding: &Finding) -> [&'static str; 2] {
    let [first, second] = finding.claim.sides;
    match finding.claim.id {
        "layer_specificity" if finding.what.contains("bottom") => [first, "recovery by the bottom layers"],
        "layer_specificity" => [first, "the mean recovery by these random layers"],
        _ => [first, second],
    }
}

/// Everything that the test says, and no more.
fn sentence(finding: &Finding, results: &Results) -> String {
    let at = format!("at δ {}, protocol {}", finding.delta, finding.protocol);
    let (Ok(verdict), Some(estimate)) = (finding.verdict, finding.estimate) else {
        let why = finding.verdict.err().map_or(String::new(), |why| format!(": {why}"));
        return format!("{} {at}{why}.", capital(&finding.what));
    };
    let preliminary = results.preliminary();
    let judgement = match &preliminary {
        None => judgement(finding, verdict, &at),
        Some(why) => format!("Preliminary {at}, {why}"),
    };
    let least = least(finding, results);
    let value = |p: f64, least: f64| p_value(p, is_bound(p, least));
    let p = finding.p.map_or_else(|| "–".to_owned(), |p| value(p, least));
    let holm = finding.p_holm.map_or_else(|| "–".to_owned(), |p| value(p, least * finding.family as f64));
    let family = if finding.family == 1 { "1 test".to_owned() } else { format!("{} tests", finding.family) };
    let corrected = if verdict == Verdict::Equivalent && preliminary.is_none() {
        format!("; p of no difference {p}; equivalence is not corrected for the {family}")
    } else {
        let p = finding.p.map_or_else(|| "p = –".to_owned(), |p| p_equation(p, is_bound(p, least)));
        format!("; {p}, {holm} after Holm over {family}")
    };
    let mut text = format!(
        "{judgement}. {}: {}, 95 % interval ({}{corrected}); {}.",
        capital(&finding.what),
        measured(&estimate, finding.unit),
        finding.test,
        sizes(finding)
    );
    if let Numbers::Simple(..) = finding.numbers {
        text += &format!(" {}.", capital(&numbers(finding, least)));
    }
    text
}

fn judgement(finding: &Finding, verdict: Verdict, at: &str) -> String {
    let [first, second] = sides(finding);
    let relation = |is_above: bool| if is_above { "is above" } else { "is below" };
    let is_above = finding.claim.is_above_zero;
    match (verdict, &finding.numbers) {
        (Verdict::Supported, Numbers::Simple(..)) => format!(
            "Supported {at}: angular harms loss more and magnitude harms syntax more, in shares of what can be lost, both \
             significantly"
        ),
        (Verdict::Opposite, Numbers::Simple(..)) => format!(
            "The opposite of the claim {at}: magnitude harms loss more and angular harms syntax more, in shares of what \
             can be lost, both significantly"
        ),
        (Verdict::Undecided, Numbers::Simple(Some((_, claim)), _)) if !claim.claimed => format!(
            "No double dissociation is shown {at}: the two simple effects are not both significant with opposite signs"
        ),
        (Verdict::Supported, _) => format!("Supported {at}: {first} {} {second}", relation(is_above)),
        (Verdict::Opposite, _) => format!("The opposite of the claim {at}: {first} {} {second}", relation(!is_above)),
        (Verdict::Equivalent, _) => format!(
            "Equivalent {at}: {first} and {second} differ by less than the study's bound of {} {}",
            finding.bound.map_or_else(String::new, number),
            finding.unit
        ),
        (Verdict::Undecided, _) => format!("Undecided {at}: these data do not tell {first} from {second}"),
    }
}

/// "281 texts × 5 seeds".
fn sizes(finding: &Finding) -> String {
    let items = match &finding.numbers {
        Numbers::Simple(_, pairs) => format!("{} texts and {pairs} pairs", finding.items),
        Numbers::BySeed(_) => format!("{} {}", finding.items, noun(finding.kind)),
    };
    format!("{items} × {}", seeds_and_runs(finding.seeds, &finding.one_run))
}

/// The numbers that went in.
fn numbers(finding: &Finding, least: f64) -> String {
    let [first_side, second_side] = sides(finding);
    match &finding.numbers {
        Numbers::BySeed([first, second]) => {
            let side = |name: &str, values: &[f64]| {
                let values: Vec<String> = values.iter().map(|value| number(*value)).collect();
                format!("{name} by seed {}", values.join(", "))
            };
            if first.is_empty() {
                return String::new();
            }
            format!("{}; {}", side(first_side, first), side(second_side, second))
        }
        Numbers::Simple(None, _) => String::new(),
        Numbers::Simple(Some((found, claim)), _) => {
            let effect = |name: &str, contrast: &Contrast, p: f64| {
                let tests = 2 * finding.family;
                let p = p_equation(p, is_bound(p, least * tests as f64));
                format!("{name}: {}, {p} after Holm over {tests} tests", measured(&contrast.estimate, ""))
            };
            format!(
                "{}; {}",
                effect(first_side, &found.loss, claim.p_loss),
                effect(second_side, &found.syntax, claim.p_syntax)
            )
        }
    }
}

/// A sentence for a methods section; of what cannot be tested, that nothing was compared, and why.
fn methods(finding: &Finding, results: &Results) -> String {
    let shape = results.shapes.get(&finding.kind);
    let layers = shape.map_or_else(String::new, |shape| format!(" in layers {}", shown(&shape.layers)));
    let read = shape
        .filter(|shape| !shape.read_layers.is_empty() && matches!(finding.kind, Kind::Entropy | Kind::QkAlignment));
    let read = read.map_or_else(String::new, |shape| format!(", read in layers {}", shown(&shape.read_layers)));
    let [first, second] = sides(finding);
    if let Err(why) = finding.verdict {
        return format!(
            "{} and {second} were not compared under the protocol {} at δ {}{layers}{read} of {} over {}: the difference {why}.",
            capital(first),
            finding.protocol,
            finding.delta,
            results.study.model.id,
            sizes(finding),
        );
    }
    let sampled = sample(finding.sample, finding.kind, finding.drawn);
    let test = match finding.sample {
        Unit::Both => format!(
            "a crossed bootstrap of {sampled} ({} resamples, percentile interval, two-sided p)",
            resample_count(results)
        ),
        _ => format!("{} over {sampled} (two-sided, Student's interval)", finding.test),
    };
    let given = if second.contains("random") { "; the random sets were taken as given" } else { "" };
    let simple = match finding.numbers {
        Numbers::Simple(..) => {
            format!(", and that of the simple effects over {}, both of which had to be significant", 2 * finding.family)
        }
        Numbers::BySeed(_) => String::new(),
    };
    format!(
        "{} and {second} were compared under the protocol {} at δ {}{layers}{read} of {} over {} by {test}{given}; p was \
         corrected by Holm over a family of {}{simple}.",
        capital(first),
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
