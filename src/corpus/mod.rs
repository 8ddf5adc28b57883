//! Texts and minimal pairs, cut into tokens and named for the noise.

mod blimp;
mod dataset;
mod jsonl;
mod pairs;
mod table;
mod texts;

use std::collections::HashSet;
use std::hash::Hash;

pub use pairs::{Pair, PairSource, load as load_pairs, paradigms};
pub use texts::{Source, load as load_texts};

/// How many of `items` are copies of an earlier one.
#[must_use]
pub fn copies<T: Eq + Hash>(items: impl IntoIterator<Item = T>) -> usize {
    let mut seen = HashSet::new();
    items.into_iter().map(|item| seen.insert(item)).filter(|is_new| !is_new).count()
}

/// A remark on `copied` of `all` texts or pairs that are copies of others, where there are any.
#[must_use]
pub fn remark_on_copies(copied: usize, all: usize, noun: &str) -> Option<String> {
    let are = if copied == 1 { "is a copy" } else { "are copies" };
    (copied > 0).then(|| {
        format!(
            "{copied} of the {all} {noun} {are} of others, word for word; each counts as a sample of its own, so that intervals \
             over {noun} are narrower, and p smaller, than these {noun} warrant"
        )
    })
}

/// One thing that a condition is tried on: a text, or the two sentences of a minimal pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What the noise of its sequences is named after, and what messages call it.
    pub name: String,
    /// A text's one sequence of token ids; or the good and the bad sentence.
    pub sequences: Vec<Vec<u32>>,
}

impl Item {
    /// The lengths of its sequences.
    #[must_use]
    pub fn lengths(&self) -> Vec<usize> {
        self.sequences.iter().map(Vec::len).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_counted_but_for_the_first_and_told_of() {
        assert_eq!((copies(["a", "b", "c"]), copies(["a", "b", "a", "a", "b"])), (0, 3));
        assert_eq!(remark_on_copies(0, 5, "texts"), None);
        assert!(remark_on_copies(1, 5, "texts").unwrap().starts_with("1 of the 5 texts is a copy of others"));
        assert!(remark_on_copies(3, 5, "pairs").unwrap().starts_with("3 of the 5 pairs are copies of others"));
    }
}
