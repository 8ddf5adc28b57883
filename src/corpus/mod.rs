//! Texts and minimal pairs, cut into tokens and named for the noise.

mod blimp;
mod dataset;
mod jsonl;
mod pairs;
mod table;
mod texts;

pub use pairs::{Pair, PairSource, load as load_pairs, paradigms};
pub use texts::{Source, load as load_texts};

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
