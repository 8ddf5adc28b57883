//! The scores of a condition, item by item, as small as they can be: a study has millions of them.

use super::Score;

/// Scores by item, some of which may not be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// The bits of each value.
    values: Vec<u64>,
    /// The scores of both sentences, where items are pairs; as many as values, or none.
    sentences: Vec<(f64, f64)>,
}

/// The bits of what is not there: a NaN that no arithmetic gives.
const NONE: u64 = u64::MAX;

impl Scores {
    /// None at all.
    pub(super) const EMPTY: &Self = &Self { values: Vec::new(), sentences: Vec::new() };

    /// Sets the score of `item`; true where it had none.
    pub(super) fn set(&mut self, item: usize, score: Score) -> bool {
        if self.values.len() <= item {
            self.values.resize(item + 1, NONE);
        }
        if score.sentences.is_some() || !self.sentences.is_empty() {
            self.sentences.resize(self.values.len(), (f64::NAN, f64::NAN));
            self.sentences[item] = score.sentences.unwrap_or((f64::NAN, f64::NAN));
        }
        std::mem::replace(&mut self.values[item], score.value.to_bits()) == NONE
    }

    /// Gives back the room that was made for more.
    pub(super) fn shrink(&mut self) {
        self.values.shrink_to_fit();
        self.sentences.shrink_to_fit();
    }

    /// The score of `item`.
    #[must_use]
    pub fn get(&self, item: usize) -> Option<Score> {
        let value = *self.values.get(item).filter(|bits| **bits != NONE)?;
        let sentences = self.sentences.get(item).copied().filter(|(good, _)| !good.is_nan());
        Some(Score { value: f64::from_bits(value), sentences })
    }

    /// One more than the last item that has a score.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no item has a score.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The scores in the order of the items; none of an item without one.
    pub fn iter(&self) -> impl Iterator<Item = Option<Score>> + '_ {
        (0..self.len()).map(|item| self.get(item))
    }

    /// How many items have a score.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.iter().filter(|bits| **bits != NONE).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_there_and_nothing_else() {
        let mut scores = Scores::default();
        let text = |value| Score { value, sentences: None };
        assert!(scores.set(3, text(2.5)) && scores.set(0, text(0.0)) && !scores.set(3, text(2.0)));
        assert_eq!(scores.iter().collect::<Vec<_>>(), [Some(text(0.0)), None, None, Some(text(2.0))]);
        assert_eq!((scores.len(), scores.count(), scores.get(7)), (4, 2, None));
        // A loss that was not printed is a score all the same.
        assert!(scores.set(1, text(f64::NAN)) && scores.get(1).unwrap().value.is_nan());
        let mut pairs = Scores::default();
        let pair = Score { value: 0.5, sentences: Some((-3.0, -3.0)) };
        assert!(pairs.set(2, pair));
        assert_eq!((pairs.get(2), pairs.get(0), pairs.count()), (Some(pair), None, 1));
        assert_eq!(size_of_val(&scores.values[..]), 8 * scores.len());
    }
}
