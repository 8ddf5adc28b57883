//! The displacement that was reached, over many tokens.

/// Sums over the tokens that one condition moved in one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    /// Tokens.
    pub tokens: u64,
    /// Σ δ asked for.
    pub asked: f64,
    /// Σ ‖h' − h‖.
    pub sum: f64,
    /// Σ ‖h' − h‖².
    pub sum_of_squares: f64,
    /// Smallest ‖h' − h‖.
    pub min: f64,
    /// Largest ‖h' − h‖.
    pub max: f64,
    /// Tokens whose δ a rotation could not reach.
    pub unattainable: u64,
    /// Tokens whose vector was flipped.
    pub flipped: u64,
}

impl Default for Displacement {
    fn default() -> Self {
        Self {
            tokens: 0,
            asked: 0.0,
            sum: 0.0,
            sum_of_squares: 0.0,
            min: f64::INFINITY,
            max: 0.0,
            unattainable: 0,
            flipped: 0,
        }
    }
}

impl Displacement {
    /// Adds one token that was asked to move by `asked` and was moved as `moved` says.
    pub fn add(&mut self, asked: f64, moved: &super::Move) {
        self.merge(&Self {
            tokens: 1,
            asked,
            sum: moved.displacement,
            sum_of_squares: moved.displacement * moved.displacement,
            min: moved.displacement,
            max: moved.displacement,
            unattainable: u64::from(moved.unattainable),
            flipped: u64::from(moved.flipped),
        });
    }

    /// Adds the tokens of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.asked += other.asked;
        self.sum += other.sum;
        self.sum_of_squares += other.sum_of_squares;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.unattainable += other.unattainable;
        self.flipped += other.flipped;
    }
}
