//! Mean, spread and interval of a sample.

use super::t_test::critical_t;

/// Mean and standard deviation of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with n − 1; none of a single value.
    pub sd: Option<f64>,
    /// Number of values.
    pub n: usize,
}

/// A value with its 95 % interval; the function that gives it says of what kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Of the data as they are.
    pub value: f64,
    /// (lower, upper).
    pub interval: (f64, f64),
}

/// Arithmetic mean; none of an empty sample.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

impl Spread {
    /// Of `values`; none of an empty sample.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mean = mean(values)?;
        let n = values.len();
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let sd = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
        Some(Self { mean, sd, n })
    }

    /// Population standard deviation, sd·√((n − 1)/n), for tables in the published form; 0 of a single value.
    #[must_use]
    pub fn population_sd(&self) -> f64 {
        let n = self.n as f64;
        self.sd.map_or(0.0, |sd| sd * ((n - 1.0) / n).sqrt())
    }
}

/// The 95 % interval of the mean by Student's t, (lower, upper); none of fewer than two values.
#[must_use]
pub fn t_interval(spread: &Spread) -> Option<(f64, f64)> {
    let n = spread.n as f64;
    let half = critical_t(n - 1.0)? * spread.sd? / n.sqrt();
    Some((spread.mean - half, spread.mean + half))
}
