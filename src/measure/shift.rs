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
        let norm = |h: &[f32]| h.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let (a, b) = (norm(clean), norm(disturbed));
        let (mut apart, mut minus, mut plus) = (0.0, 0.0, 0.0);
        for (x, y) in clean.iter().zip(disturbed).map(|(x, y)| (f64::from(*x), f64::from(*y))) {
            apart += (y - x).powi(2);
            minus += (x / a - y / b).powi(2);
            plus += (x / a + y / b).powi(2);
        }
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
