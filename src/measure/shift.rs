//! How far the disturbed stream ends from the clean one.

/// Sums over tokens of the distance and the angle between two streams.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shift {
    /// Tokens.
    pub tokens: u64,
    /// Σ ‖h' − h‖.
    pub distance: f64,
    /// Σ ‖h' − h‖².
    pub distance_squares: f64,
    /// Σ of the angle between h' and h, degrees.
    pub angle: f64,
    /// Σ of its square.
    pub angle_squares: f64,
}

impl Shift {
    /// Between one token's vectors, clean and disturbed.
    #[must_use]
    pub fn of(clean: &[f32], disturbed: &[f32]) -> Self {
        let [a, b] = [clean, disturbed].map(|h| 1.0 / squares([1.0, 0.0], h, h).sqrt());
        let apart = squares([-1.0, 1.0], clean, disturbed);
        let (minus, plus) = (squares([a, -b], clean, disturbed), squares([a, b], clean, disturbed));
        // Of unit vectors: 2·atan(‖u − v‖/‖u + v‖), which is accurate at both ends (Kahan 2006).
        let angle = (2.0 * minus.sqrt().atan2(plus.sqrt())).to_degrees();
        Self { tokens: 1, distance: apart.sqrt(), distance_squares: apart, angle, angle_squares: angle * angle }
    }

    /// Adds the tokens of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.distance += other.distance;
        self.distance_squares += other.distance_squares;
        self.angle += other.angle;
        self.angle_squares += other.angle_squares;
    }
}

/// ‖α·a + β·b‖², summed in float64.
fn squares([alpha, beta]: [f64; 2], a: &[f32], b: &[f32]) -> f64 {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let square = |a: f32, b: f32| {
                let x = alpha * f64::from(a) + beta * f64::from(b);
                x * x
            };
            let mut lanes = [0.0f64; 16];
            let (wholes, rest) = a.as_chunks::<16>();
            let (others, other_rest) = b.as_chunks::<16>();
            for (a, b) in wholes.iter().zip(others) {
                for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                    *lane += square(*a, *b);
                }
            }
            let rest: f64 = rest.iter().zip(other_rest).map(|(a, b)| square(*a, *b)).sum();
            rest + lanes.iter().sum::<f64>()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_and_angle_are_those_of_the_vectors() {
        let shift = Shift::of(&[3.0, 0.0], &[0.0, 4.0]);
        assert!((shift.distance - 5.0).abs() < 1e-12 && (shift.angle - 90.0).abs() < 1e-12);
        assert_eq!(Shift::of(&[1.0, 2.0], &[1.0, 2.0]).angle, 0.0);
        assert!((Shift::of(&[1.0, 2.0], &[-2.0, -4.0]).angle - 180.0).abs() < 1e-9);
    }
}
