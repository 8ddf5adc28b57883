//! Two sentences that differ in a few tokens, brought under each other.

/// Positions of tokens of the good and of the bad sentence that stand under each other.
pub type Place = (Option<usize>, Option<usize>);

/// The places of two sentences: what they begin with alike and end with alike stands under each other, and what is left
/// between stands side by side from the left.
#[must_use]
pub fn align(good: &[u32], bad: &[u32]) -> Vec<Place> {
    let shorter = good.len().min(bad.len());
    let same = |pair: &(&u32, &u32)| pair.0 == pair.1;
    let prefix = good.iter().zip(bad).take_while(same).count();
    let suffix = good.iter().rev().zip(bad.iter().rev()).take_while(same).count().min(shorter - prefix);
    let (middle_of_good, middle_of_bad) = (good.len() - prefix - suffix, bad.len() - prefix - suffix);
    let of = |i: usize, count: usize| (i < count).then_some(prefix + i);
    let middle = (0..middle_of_good.max(middle_of_bad)).map(|i| (of(i, middle_of_good), of(i, middle_of_bad)));
    let end = (0..suffix).map(|i| (Some(good.len() - suffix + i), Some(bad.len() - suffix + i)));
    (0..prefix).map(|i| (Some(i), Some(i))).chain(middle).chain(end).collect()
}

/// Whether the tokens at `place` differ.
#[must_use]
pub fn differs(place: Place, good: &[u32], bad: &[u32]) -> bool {
    let token = |at: Option<usize>, ids: &[u32]| at.and_then(|at| ids.get(at).copied());
    token(place.0, good) != token(place.1, bad)
}

/// The margin (log-probability of the good sentence minus that of the bad one) up to each of `places`; the first token of
/// a sentence is not predicted, so the losses begin with the second.
#[must_use]
pub fn margins(places: &[Place], good: &[f32], bad: &[f32]) -> Vec<f64> {
    let loss = |at: Option<usize>, losses: &[f32]| {
        at.and_then(|at| at.checked_sub(1)).and_then(|at| losses.get(at)).map_or(0.0, |loss| f64::from(*loss))
    };
    let mut sum = 0.0;
    let add = |place: &Place| {
        sum += loss(place.1, bad) - loss(place.0, good);
        sum
    };
    places.iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_stands_under_alike() {
        let both = |i| (Some(i), Some(i));
        assert_eq!(align(&[1, 2, 3, 9], &[1, 2, 4, 9]), [both(0), both(1), both(2), both(3)]);
        // The bad word has two tokens.
        assert_eq!(align(&[1, 2, 9], &[1, 4, 5, 9]), [both(0), both(1), (None, Some(2)), (Some(2), Some(3))]);
        // One is the beginning of the other.
        assert_eq!(align(&[1, 2], &[1, 2, 3]), [both(0), both(1), (None, Some(2))]);
        // What is alike at both ends is counted once.
        assert_eq!(align(&[7, 7], &[7, 7, 7]), [both(0), both(1), (None, Some(2))]);
        assert_eq!(align(&[1, 2], &[3, 4]), [both(0), both(1)]);
        assert!(align(&[], &[]).is_empty());
    }

    #[test]
    fn every_token_stands_once_and_in_order() {
        let sentences: [(&[u32], &[u32]); 3] =
            [(&[1, 2, 3, 4], &[1, 3, 2, 4]), (&[1, 1, 2, 1, 1], &[1, 1]), (&[5], &[6, 7, 8])];
        for (good, bad) in sentences {
            let places = align(good, bad);
            assert_eq!(
                places.iter().filter_map(|place| place.0).collect::<Vec<_>>(),
                (0..good.len()).collect::<Vec<_>>()
            );
            assert_eq!(
                places.iter().filter_map(|place| place.1).collect::<Vec<_>>(),
                (0..bad.len()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn the_last_margin_is_that_of_the_sentences() {
        let (good, bad) = ([1.0f32, 2.0], [1.0f32, 3.0, 0.5]);
        let places = align(&[1, 2, 9], &[1, 4, 5, 9]);
        let margins = margins(&places, &good, &bad);
        assert_eq!(margins, [0.0, 0.0, 3.0, 1.5]);
        assert!(differs(places[1], &[1, 2, 9], &[1, 4, 5, 9]) && !differs(places[3], &[1, 2, 9], &[1, 4, 5, 9]));
    }
}
