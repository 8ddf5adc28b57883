//! McNemar's test, for minimal pairs judged under two conditions.

use super::untestable::Untestable;
use statrs::function::gamma::ln_gamma;

/// The result of McNemar's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Exact two-sided p: 2·P(X ≤ min(b, c)), at most 1, X binomial of b + c with ½.
    pub p: f64,
    /// Mid-p: the exact p less P(X = min(b, c)). The exact p is too large on average; this one is closer to its level
    /// without exceeding it in practice (Fagerland, Lydersen and Laake 2013).
    pub mid_p: f64,
}

/// Tests whether two conditions judge the same pairs right equally often (McNemar 1947), from the pairs that
/// `only_first` and `only_second` of the conditions judge right; those on which both agree tell nothing. Pairs under
/// several seeds are not independent of each other: one seed at a time.
///
/// # Errors
/// No pair on which the two differ.
pub fn mcnemar(only_first: u64, only_second: u64) -> Result<McNemar, Untestable> {
    let n = only_first + only_second;
    if n == 0 {
        return Err(Untestable::NoneDiffers);
    }
    let fewer = only_first.min(only_second);
    let n = n as f64;
    // P(X = k) downwards from `fewer`: each is k/(n − k + 1) of the one before, and the sum ends where they vanish.
    let ln_choose = ln_gamma(n + 1.0) - ln_gamma(fewer as f64 + 1.0) - ln_gamma(n - fewer as f64 + 1.0);
    let at = (ln_choose - n * 2f64.ln()).exp();
    let (mut sum, mut term, mut k) = (at, at, fewer as f64);
    while k > 0.0 && term > 1e-18 * sum {
        term *= k / (n - k + 1.0);
        k -= 1.0;
        sum += term;
    }
    let p = 2.0 * sum;
    // Where b = c, both halves hold the middle, which is taken off once.
    Ok(McNemar { p: p.min(1.0), mid_p: (p - at).min(1.0) })
}
