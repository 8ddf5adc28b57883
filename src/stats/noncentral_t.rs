//! The noncentral t distribution, on which the intervals of standardised effects rest.

use super::normal::upper_tail;

/// P(T ≤ t) of the noncentral t with `df` degrees of freedom, 1 or more, and noncentrality `ncp`.
///
/// T = (Z + ncp)/S with S² a χ² over its degrees of freedom, so that P(T ≤ t) is the mean of Φ(t·s − ncp) over the
/// density of S, ∝ s^(df − 1)·exp(−df·s²/2). This is integrated by Gauss–Legendre over panels of one standard
/// deviation of S, and of three of Z about s = ncp/t, where Φ turns: so a noncentrality of thousands costs nothing in
/// precision, where the usual series (Lenth 1989) need a term for each unit of its square. Good to about 1e-14.
#[must_use]
pub fn noncentral_t_cdf(t: f64, df: f64, ncp: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - noncentral_t_cdf(-t, df, -ncp);
    }
    let width = 12.0 / (2.0 * df).sqrt();
    let (low, high) = ((1.0 - width).max(0.0), 1.0 + width);
    let mut ends: Vec<f64> = (0..=24).map(|i| low + (high - low) * f64::from(i) / 24.0).collect();
    ends.extend((-3..=3).map(|i| (ncp + 3.0 * f64::from(i)) / t).filter(|end| *end > low && *end < high));
    ends.sort_unstable_by(f64::total_cmp);
    let (mut below, mut all) = (0.0, 0.0);
    for panel in ends.windows(2) {
        let (middle, half) = (f64::midpoint(panel[0], panel[1]), (panel[1] - panel[0]) / 2.0);
        for (node, weight) in NODES.iter().flat_map(|(x, w)| [(*x, *w), (-x, *w)]) {
            let s = middle + half * node;
            // Relative to its value at 1, about the mode: the constant cancels in the quotient.
            let density = half * weight * ((df - 1.0) * s.ln() - df * (s - 1.0) * (s + 1.0) / 2.0).exp();
            let z = ncp - t * s;
            // Far on its side Φ is 1 to the last digit, and takes its time.
            below += if z < -8.5 { density } else { density * upper_tail(z) };
            all += density;
        }
    }
    below / all
}

/// The 95 % interval of the noncentrality of which `t` was drawn: those under which it is the 97.5 and the 2.5
/// percentile.
pub(super) fn noncentrality(t: f64, df: f64) -> (f64, f64) {
    (with_share_below(t, df, 0.975), with_share_below(t, df, 0.025))
}

/// The noncentrality under which `share` lies below `t`: the share falls as it grows.
fn with_share_below(t: f64, df: f64, share: f64) -> f64 {
    let excess = |ncp: f64| noncentral_t_cdf(t, df, ncp) - share;
    let mut step = 1.0 + t.abs() / 8.0;
    let (mut low, mut high) = (t - step, t + step);
    let (mut of_low, mut of_high) = (excess(low), excess(high));
    while of_low < 0.0 {
        step *= 2.0;
        low -= step;
        of_low = excess(low);
    }
    while of_high > 0.0 {
        step *= 2.0;
        high += step;
        of_high = excess(high);
    }
    root((low, of_low), (high, of_high), excess)
}

/// Where `f` is 0 between two places on either side of it, each with its value, by Chandrupatla's method (1997): inverse
/// quadratic interpolation where that can be trusted, else bisection. Ten values do for what bisection needs fifty.
fn root(low: (f64, f64), high: (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let mut share = 0.5;
    // Bisection alone would be done long before.
    for _ in 0..200 {
        let x = a.0 + share * (b.0 - a.0);
        let new = (x, f(x));
        let c;
        if (new.1 > 0.0) == (a.1 > 0.0) {
            c = a;
        } else {
            (c, b) = (b, a);
        }
        a = new;
        let best = if a.1.abs() < b.1.abs() { a } else { b };
        let least = 0.5e-14 * best.0.abs().max(0.01) / (b.0 - a.0).abs();
        if least >= 0.5 || best.1 == 0.0 {
            return best.0;
        }
        let (xi, phi) = ((a.0 - b.0) / (c.0 - b.0), (a.1 - b.1) / (c.1 - b.1));
        let is_smooth = phi.powi(2) < xi && (1.0 - phi).powi(2) < 1.0 - xi;
        share = if is_smooth {
            a.1 / (b.1 - a.1) * c.1 / (b.1 - c.1) + (c.0 - a.0) / (b.0 - a.0) * a.1 / (c.1 - a.1) * b.1 / (c.1 - b.1)
        } else {
            0.5
        };
        share = share.clamp(least, 1.0 - least);
    }
    a.0
}

/// Positive nodes and weights of 16-point Gauss–Legendre on [−1, 1].
const NODES: [(f64, f64); 8] = [
    (0.09501250983763744, 0.18945061045506864),
    (0.2816035507792589, 0.18260341504492364),
    (0.45801677765722737, 0.16915651939500265),
    (0.6178762444026438, 0.1495959888165767),
    (0.755404408355003, 0.12462897125553407),
    (0.8656312023878318, 0.0951585116824926),
    (0.9445750230732326, 0.062253523938647456),
    (0.9894009349916499, 0.027152459411754176),
];
