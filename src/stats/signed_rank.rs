//! Wilcoxon's signed-rank test.

use super::normal::upper_tail;
use super::untestable::{Untestable, differences};

/// The result of a test on signs, whose two one-sided p are not always complements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignTest {
    /// Sum of the ranks of the positive differences, or their mean under the signs that they have.
    pub statistic: f64,
    /// Whether all signs were counted; else p is the normal approximation's, or that of drawn signs.
    pub exact: bool,
    /// Twice the smaller of the one-sided p, at most 1.
    pub p: f64,
    /// Small where the differences lie above 0.
    pub p_greater: f64,
    /// Small where they lie below 0.
    pub p_less: f64,
}

impl SignTest {
    pub(super) fn of(statistic: f64, exact: bool, p_greater: f64, p_less: f64) -> Self {
        Self { statistic, exact, p: (2.0 * p_greater.min(p_less)).min(1.0), p_greater, p_less }
    }
}

/// Tests whether the differences `a[i] − b[i]` lie symmetrically about 0, by the sum of the ranks of the positive ones
/// among all |differences| (Wilcoxon 1945). As SciPy's `wilcoxon` by default: differences of 0 are left out, equal ones
/// share their mean rank; all 2ⁿ signs are counted for up to 50 pairs, or up to 13 where there are ties or zeros; else
/// the normal approximation with the variance corrected for ties, n(n + 1)(2n + 1)/24 − Σ(t³ − t)/48, and no correction
/// for continuity.
///
/// # Errors
/// Differences that are all 0, a single pair, samples of different length, or values that are not finite.
pub fn signed_rank(a: &[f64], b: &[f64]) -> Result<SignTest, Untestable> {
    let differences = differences(a, b)?;
    let pairs = differences.len();
    let mut ordered: Vec<f64> = differences.into_iter().filter(|d| *d != 0.0).collect();
    if ordered.is_empty() {
        return Err(Untestable::AllZero { n: pairs });
    }
    ordered.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Twice the ranks, which are whole: ties share their mean rank, a half.
    let mut doubled: Vec<usize> = Vec::with_capacity(ordered.len());
    let mut tied = 0.0; // Σ t³ − t
    for tie in ordered.chunk_by(|a, b| a.abs() == b.abs()) {
        let (first, last) = (doubled.len() + 1, doubled.len() + tie.len());
        doubled.resize(last, first + last);
        tied += (tie.len() as f64).powi(3) - tie.len() as f64;
    }
    let of_positive: usize = ordered.iter().zip(&doubled).filter(|(d, _)| **d > 0.0).map(|(_, rank)| rank).sum();
    let statistic = of_positive as f64 / 2.0;
    let plain = tied == 0.0 && ordered.len() == pairs;
    if pairs <= if plain { 50 } else { 13 } {
        let shares = rank_sums(&doubled);
        let (greater, less) = (shares[of_positive..].iter().sum(), shares[..=of_positive].iter().sum());
        return Ok(SignTest::of(statistic, true, greater, less));
    }
    let n = ordered.len() as f64;
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - tied / 48.0;
    let z = (statistic - n * (n + 1.0) / 4.0) / variance.sqrt();
    Ok(SignTest::of(statistic, false, upper_tail(z), upper_tail(-z)))
}

/// Of all 2ⁿ ways to give signs to `ranks`, the share that makes each sum of the positive ones.
fn rank_sums(ranks: &[usize]) -> Vec<f64> {
    let mut shares = vec![0.0; ranks.iter().sum::<usize>() + 1];
    shares[0] = 1.0;
    let mut largest = 0;
    for rank in ranks {
        largest += rank;
        for sum in (0..=largest).rev() {
            let with = if sum >= *rank { shares[sum - rank] } else { 0.0 };
            shares[sum] = f64::midpoint(shares[sum], with);
        }
    }
    shares
}
