//! Words that tables, pictures, the report and the window share: each thing is said in one place.

mod audit;
mod verdict;

pub use audit::{Part, audit_answers};
pub use verdict::{Said, Word};

use crate::experiment::Kind;
use crate::findings::noun;
use crate::measure::Quantity;
use crate::stats::{FEW, Unit, coverage};

/// Returns what a quantity that is read off attention is called, and its unit; empty where it has none.
pub fn quantity(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::EntropyExact => ("entropy", "nats"),
        Quantity::EntropyPublished => ("entropy, published form", "nats"),
        Quantity::QkCosine => ("cosine of q and k", ""),
        Quantity::LogitChange => ("|change| of logits", ""),
        Quantity::AttentionKl => ("KL divergence", "nats"),
        Quantity::TopKeyChanged => ("top key changed", "share"),
    }
}

/// Returns `name` with its unit in parentheses, where it has one.
pub fn with_unit(name: &str, unit: &str) -> String {
    if unit.is_empty() { name.to_owned() } else { format!("{name} ({unit})") }
}

/// What the repairs of `kind` replace, in the middle of a caption.
pub fn what_is_repaired(kind: Kind) -> &'static str {
    match kind {
        Kind::NormRepair => {
            "the output of either norm, or of both. Nothing but the norms' outputs enters attention and the MLP, so \
             repairing both norms is repairing attention and MLP together."
        }
        Kind::Pathways => "the output of attention, of the MLP, or of both.",
        Kind::Heads => {
            "single heads (layer.head) and the first k heads of the ranking, each by its slice of z; beside them the \
             attention of the first k whole layers, which the published study repaired under the name of heads."
        }
        Kind::LayerSets => {
            "the attention of sets of layers. Top, middle and bottom: by the change of their attention entropy; random: \
             drawn from the study's seed."
        }
        _ => "the output of attention.",
    }
}

/// What the reader should know of the limits of a result over such a sample.
pub fn limits(unit: Unit, kind: Kind, drawn: [usize; 2]) -> Option<String> {
    let [items, seeds] = drawn;
    let noun = noun(kind);
    let mut words = Vec::new();
    if unit == Unit::Seeds || items == 1 {
        words.push(format!(
            "The seeds are the only sample: this says how well the noise was averaged, not how far the result holds for other \
             {noun}."
        ));
    } else if unit == Unit::Texts || seeds == 1 {
        words.push(format!("The {noun} are the only sample: this says nothing of other draws of the noise."));
    }
    // Student's intervals are right at every n, where the values are normal; percentiles are too narrow where n is small.
    let few = |n: usize, what: &str| {
        let row = coverage(n).filter(|_| n < FEW)?;
        Some(format!(
            "Few {what}, {n}: of {} values, 95 % bootstrap intervals held the truth in {} % of cases where the values were \
             normal, {} % where they were skewed; more {what} are the remedy.",
            row.n, row.normal[1], row.exponential[1]
        ))
    };
    if unit == Unit::Both {
        words.extend(few(seeds, "seeds"));
        words.extend(few(items, noun));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// `words` with a capital at the beginning.
#[must_use]
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
