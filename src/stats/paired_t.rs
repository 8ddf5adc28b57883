//! The paired t-test.

use super::describe::Spread;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A two-sided paired t-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedT {
    /// t of the differences.
    pub t: f64,
    /// Degrees of freedom, n − 1.
    pub df: usize,
    /// Two-sided p.
    pub p: f64,
}

/// Tests whether the mean of `a[i] − b[i]` is 0 (Student 1908). The tail is computed as a survival function, so that
/// a small p is not rounded to 0. Differences that are all the same and not 0 give t = ±∞ and p = 0; differences that
/// are all 0 give nothing, as does a single pair.
#[must_use]
pub fn paired_t(a: &[f64], b: &[f64]) -> Option<PairedT> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let spread = Spread::of(&differences)?;
    let t = spread.mean / (spread.sd? / (spread.n as f64).sqrt());
    if t.is_nan() {
        return None;
    }
    let df = spread.n - 1;
    let p = if t.is_infinite() { 0.0 } else { 2.0 * StudentsT::new(0.0, 1.0, df as f64).ok()?.sf(t.abs()) };
    Some(PairedT { t, df, p })
}
