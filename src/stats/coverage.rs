//! How often intervals called 95 % hold the truth: what a simulation measured.

/// Number of values below which the bootstrap's interval of their mean is clearly too narrow: a window warns.
pub const FEW: usize = 20;

/// Share of samples of `n` values whose 95 % interval of the mean held the true mean, in percent. Measured by
/// tests/statistics_simulation.rs; the standard error is 0.2 to 0.3 points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Number of values.
    pub n: usize,
    /// Normal values: [`super::t_interval`], [`super::interval`], [`super::Crossed::interval_bca`].
    pub normal: [f64; 3],
    /// Exponential values, whose skewness is 2: the same three.
    pub exponential: [f64; 3],
}

/// By n, rising.
pub const COVERAGE: [Coverage; 9] = [
    row(2, [94.8, 49.6, 49.6], [91.1, 46.7, 46.7]),
    row(3, [95.3, 74.7, 72.4], [88.3, 69.1, 67.6]),
    row(5, [94.8, 83.2, 83.4], [88.2, 78.3, 79.9]),
    row(10, [95.1, 90.2, 90.0], [89.9, 86.2, 87.5]),
    row(15, [94.8, 91.6, 91.4], [91.2, 88.8, 90.0]),
    row(20, [94.8, 92.2, 92.2], [91.8, 90.1, 91.0]),
    row(50, [94.7, 93.7, 93.6], [93.8, 93.1, 93.5]),
    row(100, [95.1, 94.6, 94.5], [94.1, 93.7, 94.0]),
    row(281, [94.8, 94.6, 94.6], [94.6, 94.2, 94.0]),
];

const fn row(n: usize, normal: [f64; 3], exponential: [f64; 3]) -> Coverage {
    Coverage { n, normal, exponential }
}

/// What was measured of the largest number of values up to `n`; none of fewer than two values.
#[must_use]
pub fn coverage(n: usize) -> Option<&'static Coverage> {
    COVERAGE.iter().rev().find(|row| row.n <= n)
}
