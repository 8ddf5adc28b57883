//! Which sentence of a minimal pair a model prefers.

use super::mean_loss;
use crate::study::Scoring;
use std::cmp::Ordering;

/// Score of a sequence from its next-token losses in nats: log-probability, summed or averaged over its tokens but
/// the first, which has no context.
#[must_use]
pub fn sentence_score(losses: &[f32], scoring: Scoring) -> f64 {
    match scoring {
        Scoring::Sum | Scoring::LmEval => -losses.iter().map(|loss| f64::from(*loss)).sum::<f64>(),
        Scoring::Mean | Scoring::Minicons => -mean_loss(losses),
    }
}

/// 1 where the good sentence scores higher, 0 where it scores lower, ½ for a tie, or 1 where `scoring` is lm-eval's;
/// a NaN where either score is one.
#[must_use]
pub fn preference(good: f64, bad: f64, scoring: Scoring) -> f64 {
    match good.partial_cmp(&bad) {
        Some(Ordering::Greater) => 1.0,
        // lm-eval takes the first of the highest scores, and the good sentence stands first.
        Some(Ordering::Equal) if scoring == Scoring::LmEval => 1.0,
        Some(Ordering::Equal) => 0.5,
        Some(Ordering::Less) => 0.0,
        None => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_half_but_in_lm_eval_and_nan_is_no_score() {
        for scoring in [Scoring::Sum, Scoring::Mean, Scoring::LmEval, Scoring::Minicons] {
            assert_eq!(preference(-1.0, -2.0, scoring), 1.0);
            assert_eq!(preference(-2.0, -1.0, scoring), 0.0);
            assert_eq!(preference(-1.0, -1.0, scoring), if scoring == Scoring::LmEval { 1.0 } else { 0.5 });
            assert!(preference(f64::NAN, -1.0, scoring).is_nan() && preference(-1.0, f64::NAN, scoring).is_nan());
        }
    }

    #[test]
    fn sum_and_mean_differ_where_lengths_do() {
        let (short, long) = ([3.0f32, 1.0], [1.5f32, 1.5, 1.5]);
        assert_eq!(sentence_score(&short, Scoring::Sum), -4.0);
        assert_eq!(sentence_score(&long, Scoring::Sum), -4.5);
        assert_eq!(sentence_score(&short, Scoring::Mean), -2.0);
        assert_eq!(sentence_score(&long, Scoring::Mean), -1.5);
    }
}
