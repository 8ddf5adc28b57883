//! The scores of a condition, item by item, as small as they can be: a study has millions of them.

use super::Score;

/// Scores by item, some of which may not be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// The items that have a score, ascending; empty where these are the first ones, without a gap.
    items: Vec<usize>,
    /// Their values.
    values: Vec<f64>,
    /// The scores of both sentences, where items are pairs; as many as values, or none.
    sentences: Vec<(f64, f64)>,
}

/// What stands for the sentences of an item that is no pair: no pair that is kept has a NaN.
const NO_PAIR: (f64, f64) = (f64::NAN, f64::NAN);

impl Scores {
    /// None at all.
    pub(super) const EMPTY: &Self = &Self { items: Vec::new(), values: Vec::new(), sentences: Vec::new() };

    /// Sets the score of `item`; true where it had none.
    pub(super) fn set(&mut self, item: usize, score: Score) -> bool {
        if score.sentences.is_some() && self.sentences.is_empty() {
            self.sentences = vec![NO_PAIR; self.values.len()];
        }
        let sentences = score.sentences.unwrap_or(NO_PAIR);
        let has_pairs = score.sentences.is_some() || !self.sentences.is_empty();
        match self.place(item) {
            Ok(at) => {
                self.values[at] = score.value;
                if has_pairs {
                    self.sentences[at] = sentences;
                }
                false
            }
            Err(at) => {
                self.make_room(at, item);
                self.values.insert(at, score.value);
                if has_pairs {
                    self.sentences.insert(at, sentences);
                }
                true
            }
        }
    }

    /// Takes note of the items, to which `item` comes in the place `at`.
    fn make_room(&mut self, at: usize, item: usize) {
        let count = self.values.len();
        if self.items.is_empty() {
            if item == count {
                return;
            }
            self.items = (0..count).collect();
        }
        self.items.insert(at, item);
        if self.items.last() == Some(&count) {
            self.items = Vec::new();
        }
    }

    /// Where the score of `item` is, or would be.
    fn place(&self, item: usize) -> Result<usize, usize> {
        let count = self.values.len();
        match self.items.last() {
            None if item < count => Ok(item),
            None => Err(count),
            // Items mostly come in their order.
            Some(last) if item > *last => Err(count),
            Some(_) => self.items.binary_search(&item),
        }
    }

    /// The item in the place `at`.
    fn item(&self, at: usize) -> usize {
        self.items.get(at).copied().unwrap_or(at)
    }

    /// The score in the place `at`.
    fn at(&self, at: usize) -> Option<Score> {
        let sentences = self.sentences.get(at).copied().filter(|(good, _)| !good.is_nan());
        Some(Score { value: *self.values.get(at)?, sentences })
    }

    /// Gives back the room that was made for more.
    pub(super) fn shrink(&mut self) {
        self.items.shrink_to_fit();
        self.values.shrink_to_fit();
        self.sentences.shrink_to_fit();
    }

    /// The score of `item`.
    #[must_use]
    pub fn get(&self, item: usize) -> Option<Score> {
        self.place(item).ok().and_then(|at| self.at(at))
    }

    /// One more than the last item that has a score.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.last().map_or(self.values.len(), |last| last + 1)
    }

    /// Whether no item has a score.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The scores in the order of the items; none of an item without one.
    pub fn iter(&self) -> impl Iterator<Item = Option<Score>> + '_ {
        let mut next = 0;
        (0..self.len()).map(move |item| {
            if self.item(next) != item {
                return None;
            }
            next += 1;
            self.at(next - 1)
        })
    }

    /// How many items have a score.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn text(value: f64) -> Score {
        Score { value, sentences: None }
    }

    proptest! {
        #[test]
        fn what_is_set_is_there_and_nothing_else(
            set in prop::collection::vec((0..40_usize, 0..9_u8, prop::bool::ANY), 0..60),
        ) {
            let (mut scores, mut known) = (Scores::default(), BTreeMap::new());
            for (item, value, is_pair) in set {
                let value = f64::from(value);
                let score = Score { value, sentences: is_pair.then_some((-value, -1.0)) };
                prop_assert_eq!(scores.set(item, score), known.insert(item, score).is_none());
                let len = known.keys().next_back().map_or(0, |last| last + 1);
                prop_assert_eq!((scores.len(), scores.count(), scores.is_empty()), (len, known.len(), known.is_empty()));
                prop_assert!((0..50).all(|item| scores.get(item) == known.get(&item).copied()));
                prop_assert!(scores.iter().eq((0..len).map(|item| known.get(&item).copied())));
            }
            // The order in which they came leaves no trace.
            let mut sorted = Scores::default();
            let come = known.iter().all(|(item, score)| sorted.set(*item, *score));
            prop_assert!(come && sorted.items == scores.items && sorted.values == scores.values);
        }
    }

    #[test]
    fn a_loss_that_is_no_number_is_a_score_all_the_same() {
        let mut scores = Scores::default();
        assert!(scores.set(1, text(f64::NAN)) && scores.get(1).unwrap().value.is_nan());
    }

    #[test]
    fn a_score_takes_8_bytes_and_one_of_items_that_lie_apart_16() {
        let (mut dense, mut apart) = (Scores::default(), Scores::default());
        for item in (0..1000).rev() {
            dense.set(item, text(1.0));
            apart.set(100 * item, text(1.0));
        }
        for (mut scores, expected) in [(dense, 8), (apart, 16)] {
            scores.shrink();
            let Scores { items, values, sentences } = scores;
            let bytes = 8 * (items.capacity() + values.capacity()) + 16 * sentences.capacity();
            assert_eq!(bytes, 1000 * expected);
        }
    }
}
