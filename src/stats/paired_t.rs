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
/// a small p is not rounded to 0. Nothing comes of differences that are all the same up to rounding (they hold no
/// estimate of their spread, and p = 0 would claim what two equal counts cannot show), nor of a single pair.
#[must_use]
pub fn paired_t(a: &[f64], b: &[f64]) -> Option<PairedT> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let spread = Spread::of(&differences)?;
    let sd = spread.sd?;
    let scale = a.iter().chain(b).fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if sd <= 1e-13 * scale {
        return None;
    }
    let t = spread.mean / (sd / (spread.n as f64).sqrt());
    let df = spread.n - 1;
    let p = 2.0 * StudentsT::new(0.0, 1.0, df as f64).ok()?.sf(t.abs());
    Some(PairedT { t, df, p })
}
