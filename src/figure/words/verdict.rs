//! What a verdict says, in sentences made from the numbers.

use super::{capital, limits};
use crate::experiment::{Arm, Judgement, Kind, LayerSet, Numbers, Results, least_p, resample_count};
use crate::figure::format::{is_bound, number, p_equation, p_value};
use crate::figure::tables::{seeds_and_runs, shown};
use crate::findings::{Findings, Sample, noun};
use crate::stats::{Contrast, Estimate, Unit, Verdict};

/// A verdict, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The results support the claim.
    Supported,
    /// They show its opposite.
    Opposite,
    /// What is compared differs by less than the study's bound.
    Equivalent,
    /// They tell nothing.
    Undecided,
    /// While trials come in there is none: intervals are made of few resamples, and conditions lack texts.
    Preliminary,
    /// There is no test.
    Untestable,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Supported, Self::Opposite, Self::Equivalent, Self::Undecided, Self::Preliminary, Self::Untestable];

    fn of(judged: &Judgement, results: &Results) -> Self {
        match judged.verdict {
            Err(_) => Self::Untestable,
            Ok(_) if results.preliminary().is_some() => Self::Preliminary,
            Ok(Verdict::Supported) => Self::Supported,
            Ok(Verdict::Opposite) => Self::Opposite,
            Ok(Verdict::Equivalent) => Self::Equivalent,
            Ok(Verdict::Undecided) => Self::Undecided,
        }
    }

    /// It as it stands in tables and sentences.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Opposite => "opposite",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
            Self::Preliminary => "preliminary",
            Self::Untestable => "cannot be tested",
        }
    }
}

/// What is said of a claim at one δ.
#[derive(Debug, Clone)]
pub struct Said {
    /// The verdict in a word.
    pub word: Word,
    /// Everything that the test says, and no more.
    pub sentence: String,
    /// The numbers that went in; empty where they cannot be given.
    pub numbers: String,
    /// A sentence for a methods section.
    pub methods: String,
    /// The limits of the result; none of what cannot be tested.
    pub warning: Option<String>,
    /// The least p that the test can give; 0 where it can give any.
    pub least_p: f64,
}

impl Said {
    /// What is said of `judged`, which is of `findings`.
    #[must_use]
    pub fn of(judged: &Judgement, findings: &Findings) -> Self {
        let results = findings.results();
        let least_p = least(judged, results);
        Self {
            word: Word::of(judged, results),
            sentence: sentence(judged, results),
            numbers: numbers(judged, least_p),
            methods: methods(judged, results),
            warning: judged.verdict.ok().and_then(|_| limits(judged.sample, judged.kind, judged.drawn)),
            least_p,
        }
    }
}

/// The least p that the test of `judged` can give; 0 where it can give any.
fn least(judged: &Judgement, results: &Results) -> f64 {
    if judged.sample == Unit::Both { least_p(results) } else { 0.0 }
}

/// "0.31 nats [0.25, 0.36]".
pub fn measured(estimate: &Estimate, unit: &str) -> String {
    let (low, high) = estimate.interval;
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!("{}{unit} [{}, {}]", number(estimate.value), number(low), number(high))
}

/// What the two sides of a judged are called.
fn sides(judged: &Judgement) -> [&'static str; 2] {
    let [first, second] = judged.claim.sides;
    match judged.second {
        Some(Arm::Set(LayerSet::Bottom)) => [first, "recovery by the bottom layers"],
        Some(arm) if arm.is_random() => [first, "the mean recovery by these random layers"],
        _ => [first, second],
    }
}

/// Everything that the test says, and no more.
fn sentence(judged: &Judgement, results: &Results) -> String {
    let at = format!("at δ {}, protocol {}", judged.delta, judged.protocol);
    let (Ok(verdict), Some(estimate)) = (judged.verdict, judged.estimate) else {
        let why = judged.verdict.err().map_or(String::new(), |why| format!(": {why}"));
        return format!("{} {at}{why}.", capital(&judged.what));
    };
    let preliminary = results.preliminary();
    let judgement = match &preliminary {
        None => judgement(judged, verdict, &at),
        Some(why) => format!("Preliminary {at}, {why}"),
    };
    let least = least(judged, results);
    let value = |p: f64, least: f64| p_value(p, is_bound(p, least));
    let p = judged.p.map_or_else(|| "–".to_owned(), |p| value(p, least));
    let holm = judged.p_holm.map_or_else(|| "–".to_owned(), |p| value(p, least * judged.family as f64));
    let family = if judged.family == 1 { "1 test".to_owned() } else { format!("{} tests", judged.family) };
    let corrected = if verdict == Verdict::Equivalent && preliminary.is_none() {
        format!("; p of no difference {p}; equivalence is not corrected for the {family}")
    } else {
        let p = judged.p.map_or_else(|| "p = –".to_owned(), |p| p_equation(p, is_bound(p, least)));
        format!("; {p}, {holm} after Holm over {family}")
    };
    let mut text = format!(
        "{judgement}. {}: {}, 95 % interval ({}{corrected}); {}.",
        capital(&judged.what),
        measured(&estimate, judged.unit),
        judged.test,
        sizes(judged)
    );
    if let Numbers::Simple(..) = judged.numbers {
        text += &format!(" {}.", capital(&numbers(judged, least)));
    }
    text
}

fn judgement(judged: &Judgement, verdict: Verdict, at: &str) -> String {
    let [first, second] = sides(judged);
    let relation = |is_above: bool| if is_above { "is above" } else { "is below" };
    let is_above = judged.claim.is_above_zero;
    match (verdict, &judged.numbers) {
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
            judged.bound.map_or_else(String::new, number),
            judged.unit
        ),
        (Verdict::Undecided, _) => format!("Undecided {at}: these data do not tell {first} from {second}"),
    }
}

/// "281 texts × 5 seeds".
fn sizes(judged: &Judgement) -> String {
    let items = match &judged.numbers {
        Numbers::Simple(_, pairs) => format!("{} texts and {pairs} pairs", judged.items),
        Numbers::BySeed(_) => format!("{} {}", judged.items, noun(judged.kind)),
    };
    format!("{items} × {}", seeds_and_runs(judged.seeds, &judged.one_run))
}

/// The numbers that went in.
fn numbers(judged: &Judgement, least: f64) -> String {
    let [first_side, second_side] = sides(judged);
    match &judged.numbers {
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
                let tests = 2 * judged.family;
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
fn methods(judged: &Judgement, results: &Results) -> String {
    let shape = results.shapes.get(&judged.kind);
    let layers = shape.map_or_else(String::new, |shape| format!(" in layers {}", shown(&shape.layers)));
    let read =
        shape.filter(|shape| !shape.read_layers.is_empty() && matches!(judged.kind, Kind::Entropy | Kind::QkAlignment));
    let read = read.map_or_else(String::new, |shape| format!(", read in layers {}", shown(&shape.read_layers)));
    let [first, second] = sides(judged);
    if let Err(why) = judged.verdict {
        return format!(
            "{} and {second} were not compared under the protocol {} at δ {}{layers}{read} of {} over {}: the difference {why}.",
            capital(first),
            judged.protocol,
            judged.delta,
            results.study.model.id,
            sizes(judged),
        );
    }
    let sampled = Sample::of(judged.sample, judged.drawn).words(judged.kind);
    let test = match judged.sample {
        Unit::Both => format!(
            "a crossed bootstrap of {sampled} ({} resamples, percentile interval, two-sided p)",
            resample_count(results)
        ),
        _ => format!("{} over {sampled} (two-sided, Student's interval)", judged.test),
    };
    let given = if judged.second.is_some_and(Arm::is_random) { "; the random sets were taken as given" } else { "" };
    let simple = match judged.numbers {
        Numbers::Simple(..) => {
            format!(", and that of the simple effects over {}, both of which had to be significant", 2 * judged.family)
        }
        Numbers::BySeed(_) => String::new(),
    };
    format!(
        "{} and {second} were compared under the protocol {} at δ {}{layers}{read} of {} over {} by {test}{given}; p was \
         corrected by Holm over a family of {}{simple}.",
        capital(first),
        judged.protocol,
        judged.delta,
        results.study.model.id,
        sizes(judged),
        judged.family,
    )
}
