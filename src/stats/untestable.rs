//! Why numbers cannot be tested, in words that a window can show.

use thiserror::Error;

/// Why there is no test, effect size or interval.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum Untestable {
    /// Too few values, or pairs of values.
    #[error("cannot be tested: {} given, at least {} needed", values(*found), in_words(*needed))]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Samples of different length where each value has its partner.
    #[error("cannot be tested: {a} and {b} values do not make pairs")]
    Unpaired {
        /// Number of values of the first sample.
        a: usize,
        /// Of the second.
        b: usize,
    },
    /// A value is not a number, infinite, or so large that its square is.
    #[error("cannot be tested: a value is not a finite number")]
    NotFinite,
    /// The differences do not vary beyond rounding: they hold no estimate of their own uncertainty.
    #[error("cannot be tested: all {} differences are equal", in_words(*n))]
    EqualDifferences {
        /// How many there are.
        n: usize,
    },
    /// The values do not vary beyond rounding.
    #[error("cannot be tested: all {} values are equal", in_words(*n))]
    EqualValues {
        /// How many there are.
        n: usize,
    },
    /// Both of two samples consist of equal values.
    #[error("cannot be tested: neither sample varies")]
    NeitherVaries,
    /// There is no difference to rank, to flip or to draw from. Zeros to the last bit are no measurement of how small a
    /// difference is.
    #[error("cannot be tested: all {} differences are zero", in_words(*n))]
    AllZero {
        /// How many there are.
        n: usize,
    },
    /// The runs under all seeds are one and the same run, of at least one of the two sides: they are no sample.
    #[error("cannot be tested: of one side at least, the runs under all {} seeds are one and the same", in_words(*n))]
    OneRun {
        /// How many seeds there are.
        n: usize,
    },
    /// All resamples give the same number: they hold no estimate of its uncertainty.
    #[error("cannot be tested: all resamples give the same value")]
    EqualResamples,
    /// The two conditions judge every minimal pair alike.
    #[error("cannot be tested: no pair is judged differently")]
    NoneDiffers,
    /// An equivalence bound has to be a number above 0.
    #[error("cannot be tested: the equivalence bound is not above 0")]
    NoBound,
    /// The denominator of a ratio cannot be told from 0, so that no interval of the ratio is bounded.
    #[error("cannot be given: the denominator of the ratio is not told from 0")]
    DenominatorAboutZero,
    /// The clean run is no better than the worst there can be, or not surely so.
    #[error("cannot be tested: the clean run leaves nothing to lose")]
    NothingToLose,
    /// Measures of different texts or seeds, or resamples of another number of them.
    #[error("cannot be tested: the values are not of the same texts and seeds")]
    NotCrossedAlike,
    /// Too few resamples.
    #[error("cannot be tested: the resamples give no interval")]
    NoInterval,
}

impl Untestable {
    /// Nothing where all values are finite.
    pub(super) fn unless_finite<'a>(values: impl IntoIterator<Item = &'a f64>) -> Result<(), Self> {
        if values.into_iter().all(|value| value.is_finite()) { Ok(()) } else { Err(Self::NotFinite) }
    }

    /// Nothing where there are at least `needed`.
    pub(super) fn unless_enough(found: usize, needed: usize) -> Result<(), Self> {
        if found >= needed { Ok(()) } else { Err(Self::TooFew { found, needed }) }
    }
}

/// a − b pair by pair, of two pairs or more that are finite.
pub(super) fn differences(a: &[f64], b: &[f64]) -> Result<Vec<f64>, Untestable> {
    if a.len() != b.len() {
        return Err(Untestable::Unpaired { a: a.len(), b: b.len() });
    }
    Untestable::unless_finite(a.iter().chain(b))?;
    Untestable::unless_enough(a.len(), 2)?;
    Ok(a.iter().zip(b).map(|(a, b)| a - b).collect())
}

fn values(n: usize) -> String {
    match n {
        0 => "no value".to_owned(),
        1 => "one value".to_owned(),
        _ => format!("{} values", in_words(n)),
    }
}

/// Small numbers as words.
fn in_words(n: usize) -> String {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}
