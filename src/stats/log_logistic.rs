//! The log-logistic curve, and the one nearest to given points.

/// damage(δ) = saturation/(1 + (half/δ)^slope): a Hill curve, which rises from 0 (Hill 1910; Ritz et al. 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLogistic {
    /// Damage that it rises to.
    pub saturation: f64,
    /// δ at which half of it is reached.
    pub half: f64,
    /// Exponent h: the slope of the log odds of damage/saturation against ln δ.
    pub slope: f64,
}

/// Steepest slope: a rise from 1 % to 99 % within a fifth of δ. A steeper one lies between two δ and is not in the data.
const STEEPEST: f64 = 50.0;
/// Steps after which the search gives up.
const MOST_STEPS: usize = 200;

impl LogLogistic {
    /// The damage at `delta`.
    #[must_use]
    pub fn at(&self, delta: f64) -> f64 {
        self.saturation * share(self.half.ln(), self.slope, delta)
    }

    /// The δ at which `damage` is reached, half·(damage/(saturation − damage))^(1/slope); none where it never is.
    #[must_use]
    pub fn delta_at(&self, damage: f64) -> Option<f64> {
        let odds = damage / (self.saturation - damage);
        (odds > 0.0 && odds.is_finite()).then(|| self.half * odds.powf(1.0 / self.slope))
    }

    /// The curve with the least sum of squared residuals; none where the search ends at no curve that rises.
    pub(super) fn fit(deltas: &[f64], damages: &[f64]) -> Option<Self> {
        let (low, high) = deltas.iter().fold((f64::MAX, 0.0f64), |(l, h), delta| (l.min(*delta), h.max(*delta)));
        // The best of a grid, from below the smallest δ to twice the largest, starts the search.
        let grid = (0..=12).flat_map(|i| [0.7, 1.5, 3.0, 6.0, 12.0].map(|slope| (i, slope)));
        let starts = grid.map(|(i, slope)| {
            let half = low * (2.0 * high / low).powf(f64::from(i) / 12.0);
            let shares = deltas.iter().map(|delta| share(half.ln(), slope, *delta));
            let (products, squares) =
                shares.zip(damages).fold((0.0, 0.0), |(products, squares), (g, y)| (products + g * y, squares + g * g));
            Self { saturation: products / squares, half, slope }
        });
        let best = starts.min_by(|a, b| a.squares(deltas, damages).total_cmp(&b.squares(deltas, damages)))?;
        Self::nearest(deltas, damages, best)
    }

    /// The same, searched from `start` by Levenberg's and Marquardt's method in (saturation, ln half, ln slope). A curve
    /// whose half lies beyond all δ need not be the nearest.
    pub(super) fn nearest(deltas: &[f64], damages: &[f64], start: Self) -> Option<Self> {
        let mut curve = start;
        let mut squares = curve.squares(deltas, damages);
        let mut damping = 1e-3;
        let largest = deltas.iter().copied().fold(0.0, f64::max);
        for _ in 0..MOST_STEPS {
            let (mut normal, mut gradient) = ([[0.0; 3]; 3], [0.0; 3]);
            for (delta, damage) in deltas.iter().zip(damages) {
                let g = share(curve.half.ln(), curve.slope, *delta);
                let turn = curve.saturation * g * (1.0 - g) * curve.slope;
                let slopes = [g, -turn, turn * (delta / curve.half).ln()];
                let residual = damage - curve.saturation * g;
                for i in 0..3 {
                    gradient[i] += slopes[i] * residual;
                    for j in 0..3 {
                        normal[i][j] += slopes[i] * slopes[j];
                    }
                }
            }
            let mut damped = normal;
            (0..3).for_each(|i| damped[i][i] *= 1.0 + damping);
            let Some(step) = solve(damped, gradient) else { break };
            let next = Self {
                saturation: curve.saturation + step[0],
                half: curve.half * step[1].exp(),
                slope: curve.slope * step[2].exp(),
            };
            let of_next = next.squares(deltas, damages);
            let size = (step[0] / curve.saturation).abs().max(step[1].abs()).max(step[2].abs());
            // Near the minimum the sums of squares differ by rounding alone, and the steps still come nearer.
            if of_next <= squares * (1.0 + 1e-12) {
                (curve, squares) = (next, of_next);
                damping = f64::max(damping / 10.0, 1e-12);
            } else {
                damping *= 10.0;
            }
            if size < 1e-12 || (of_next > squares && size < 1e-9) {
                let rises = curve.saturation > 0.0 && curve.slope < STEEPEST && curve.half.is_normal();
                return rises.then_some(curve);
            }
        }
        // A straight line has its half nowhere: the search ends far beyond all δ, which is an answer.
        (curve.saturation > 0.0 && curve.half > largest).then_some(curve)
    }

    /// Sum of the squared residuals.
    fn squares(&self, deltas: &[f64], damages: &[f64]) -> f64 {
        deltas.iter().zip(damages).map(|(delta, damage)| (damage - self.at(*delta)).powi(2)).sum()
    }
}

/// 1/(1 + (half/δ)^slope).
fn share(ln_half: f64, slope: f64, delta: f64) -> f64 {
    1.0 / (1.0 + (slope * (ln_half - delta.ln())).exp())
}

/// x with `a`·x = `b`, `a` symmetric and positive definite: by Cholesky's factors. None where it is not.
fn solve(a: [[f64; 3]; 3], b: [f64; 3]) -> Option<[f64; 3]> {
    let mut l = [[0.0; 3]; 3];
    for i in 0..3 {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
        }
    }
    let mut x = b;
    for i in 0..3 {
        x[i] = (x[i] - (0..i).map(|k| l[i][k] * x[k]).sum::<f64>()) / l[i][i];
    }
    for i in (0..3).rev() {
        x[i] = (x[i] - (i + 1..3).map(|k| l[k][i] * x[k]).sum::<f64>()) / l[i][i];
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}
