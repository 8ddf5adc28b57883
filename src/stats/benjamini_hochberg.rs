//! Benjamini and Hochberg's correction for many comparisons.

/// p adjusted for all of `p` as one family, so that those below 0.05 hold at most 5 % false discoveries on average
/// (Benjamini and Hochberg 1995): p₍ᵢ₎ is multiplied by m/i, made monotone from the largest down and capped at 1. In the
/// order of `p`. For exploring; what is claimed is corrected by [`super::holm`].
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut running: f64 = 1.0;
    for (rank, i) in order.into_iter().enumerate().rev() {
        running = running.min(p.len() as f64 / (rank + 1) as f64 * p[i]);
        adjusted[i] = running;
    }
    adjusted
}
