//! How far a hidden state h moves: the two coefficients of h' = α·h + β·n, where n is the noise direction.
//!
//! All modes, both rotations and both matchings are of this form, so one pass over the hidden states that takes
//! ‖h‖, ‖n‖ and h·n, and one that applies α and β, are all that a device has to do. The coefficients are computed
//! here, in float64.

use crate::study::{Degrees, Matching, Mode, Rotation};

/// The longest that a moved vector may be. Squares of longer ones, which every norm sums, overflow float32, and what comes
/// of that is finite and wrong.
pub const LONGEST: f64 = 1e18;

/// The least share of its length that float32 can move a vector by.
pub const FINEST: f64 = f32::EPSILON as f64;

/// What has to be known of one token.
#[derive(Debug, Clone, Copy)]
pub struct Push {
    /// ‖h‖.
    pub norm: f64,
    /// ‖n‖; not used by the magnitude mode.
    pub noise_norm: f64,
    /// h·n; not used by the magnitude mode.
    pub dot: f64,
    /// The sign that magnitude and blend use.
    pub sign: f64,
    /// The distance that is asked for.
    pub delta: f64,
}

/// What is done to one token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// α.
    pub along: f64,
    /// β.
    pub noise: f64,
    /// ‖h' − h‖.
    pub displacement: f64,
    /// δ lies beyond what the mode can reach.
    pub unattainable: bool,
    /// 1 + s·δ/‖h‖ < 0: the vector points the other way.
    pub flipped: bool,
}

impl Move {
    /// ‖h'‖ of the token that `push` is of.
    #[must_use]
    pub fn length(&self, push: &Push) -> f64 {
        let (along, noise) = (self.along * push.norm, self.noise * push.noise_norm);
        // Of a vector along its direction the two parts add up, whatever the direction is.
        let between = if noise == 0.0 { 0.0 } else { 2.0 * self.along * self.noise * push.dot };
        let square = along * along + between + noise * noise;
        // Rounding may leave less than 0; what is no number stays none.
        if square < 0.0 { 0.0 } else { square.sqrt() }
    }
}

/// Moves the selected tokens of one text.
#[must_use]
pub fn moves(mode: Mode, matching: Matching, rotation: Rotation, tokens: &[Push]) -> Vec<Move> {
    let mean = |value: fn(&Push) -> f64| tokens.iter().map(value).sum::<f64>() / tokens.len() as f64;
    let (mean_norm, mean_delta) = (mean(|t| t.norm), mean(|t| t.delta));
    match (mode, matching, rotation) {
        (Mode::Magnitude, Matching::PerToken, _) => tokens.iter().map(|t| scale(t, t.delta / t.norm)).collect(),
        (Mode::Magnitude, Matching::Mean, _) => tokens.iter().map(|t| scale(t, mean_delta / mean_norm)).collect(),
        (Mode::Angular, Matching::PerToken, Rotation::Exact) => {
            tokens.iter().map(|t| turn(t, t.delta / (2.0 * t.norm))).collect()
        }
        (Mode::Angular, Matching::Mean, Rotation::Exact) => {
            tokens.iter().map(|t| turn(t, mean_delta / (2.0 * mean_norm))).collect()
        }
        (Mode::Angular, Matching::PerToken, Rotation::Published) => {
            tokens.iter().flat_map(|t| bisect(std::slice::from_ref(t), t.delta)).collect()
        }
        (Mode::Angular, Matching::Mean, Rotation::Published) => bisect(tokens, mean_delta),
        (Mode::Isotropic, Matching::PerToken, _) => tokens.iter().map(|t| push(t, t.delta)).collect(),
        (Mode::Isotropic, Matching::Mean, _) => {
            tokens.iter().map(|t| push(t, t.norm * (mean_delta / mean_norm))).collect()
        }
        (Mode::Blend(degrees), Matching::PerToken, _) => {
            tokens.iter().map(|t| blend(t, t.delta / t.norm, degrees)).collect()
        }
        (Mode::Blend(degrees), Matching::Mean, _) => {
            tokens.iter().map(|t| blend(t, mean_delta / mean_norm, degrees)).collect()
        }
    }
}

/// Magnitude: h' = (1 + s·share)·h.
fn scale(token: &Push, share: f64) -> Move {
    let along = 1.0 + token.sign * share;
    Move { along, noise: 0.0, displacement: share * token.norm, unattainable: false, flipped: along < 0.0 }
}

/// Exact rotation by θ = 2·asin(`half_chord`). Where `half_chord` > 1, θ = π.
fn turn(token: &Push, half_chord: f64) -> Move {
    let half_sine = half_chord.min(1.0);
    match in_plane(token, half_sine) {
        None => Move { along: 1.0, noise: 0.0, displacement: 0.0, unattainable: true, flipped: false },
        Some((along, noise)) => Move {
            along,
            noise,
            displacement: 2.0 * token.norm * half_sine,
            unattainable: half_chord > 1.0,
            flipped: false,
        },
    }
}

/// The part of n that is orthogonal to h, as a share of n, below which n gives no plane to turn h in: the share would
/// be made of rounding.
const PARALLEL: f64 = 1e-4;

/// The coefficients of h turned by θ in the plane of h and the part u of n that is orthogonal to h:
/// cos θ·h + sin θ·‖h‖·û, where `half_sine` = sin(θ/2). None where n is parallel to h, which only a given direction is.
fn in_plane(token: &Push, half_sine: f64) -> Option<(f64, f64)> {
    // n = c·h + rest, ‖rest‖² = ‖n‖² − (h·n)²/‖h‖².
    let c = token.dot / (token.norm * token.norm);
    let rest = (token.noise_norm * token.noise_norm - c * token.dot).max(0.0).sqrt();
    if rest < PARALLEL * token.noise_norm {
        return None;
    }
    if half_sine >= 1.0 {
        return Some((-1.0, 0.0)); // turned round, which is −h in any plane
    }
    let theta = 2.0 * half_sine.asin();
    let noise = theta.sin() * token.norm / rest;
    Some((theta.cos() - noise * c, noise))
}

/// Blend of φ `degrees` by δ = `share`·‖h‖: the length becomes R = ‖h‖ + s·δ·cos φ, and h turns in the plane of h and u
/// until ‖h' − h‖ = δ. From ‖h' − h‖² = (R − ‖h‖)² + 4·‖h‖·R·sin²(θ/2) follows sin(θ/2) = δ·sin φ / 2√(‖h‖·R). Where that
/// is more than 1, θ = π; where R < 0, the vector is flipped and cannot reach δ by turning, so that θ = 0.
fn blend(token: &Push, share: f64, degrees: Degrees) -> Move {
    let phi = degrees.value();
    // Exact at both ends.
    let (radial, tangential) = ((90.0 - phi).to_radians().sin(), phi.to_radians().sin());
    if tangential == 0.0 {
        return scale(token, share);
    }
    // All in units of ‖h‖.
    let (change, length) = (share * radial, 1.0 + token.sign * share * radial);
    let flipped = length < 0.0;
    let half_sine = share * tangential / (2.0 * length.max(0.0).sqrt());
    let turned = if flipped { None } else { in_plane(token, half_sine.min(1.0)) };
    match turned {
        None => Move { along: length, noise: 0.0, displacement: change * token.norm, unattainable: true, flipped },
        Some((along, noise)) => Move {
            along: length * along,
            noise: length * noise,
            displacement: token.norm * change.hypot(2.0 * length.sqrt() * half_sine.min(1.0)),
            unattainable: half_sine > 1.0,
            flipped,
        },
    }
}

/// Isotropic: h' = h + δ·n/‖n‖.
fn push(token: &Push, delta: f64) -> Move {
    Move { along: 1.0, noise: delta / token.noise_norm, displacement: delta, unattainable: false, flipped: false }
}

/// Steps of the published search.
const STEPS: usize = 20;

/// Published rotation: h' = ‖h‖·normalise(h/‖h‖ + m·u) with u = n/‖n‖, not orthogonal to h, and one m in \[0, 2\]
/// for all tokens, found by bisection so that their mean displacement is δ. The last midpoint that was tried counts.
fn bisect(tokens: &[Push], delta: f64) -> Vec<Move> {
    let cosines: Vec<f64> = tokens.iter().map(|t| (t.dot / (t.norm * t.noise_norm)).clamp(-1.0, 1.0)).collect();
    // ‖h' − h‖ = 2‖h‖·sin(θ/2) = ‖h‖·√(2·(1 − cos θ)), cos θ = x/r with (x, y) the sum in the plane of h and u. Where x is
    // above 0, 1 − x/r cancels, and is y²/(r·(r + x)) instead.
    let chord = |token: &Push, a: f64, m: f64| {
        let (x, y_squared) = (1.0 + m * a, m * m * (1.0 - a * a));
        let r = (x * x + y_squared).sqrt();
        let beyond = if x > 0.0 { y_squared / (r * (r + x)) } else { 1.0 - x / r };
        token.norm * (2.0 * beyond).sqrt()
    };
    let mean = |m: f64| tokens.iter().zip(&cosines).map(|(t, a)| chord(t, *a, m)).sum::<f64>() / tokens.len() as f64;
    let (mut low, mut high, mut m) = (0.0, 2.0, 0.0);
    for _ in 0..STEPS {
        m = f64::midpoint(low, high);
        if mean(m) < delta {
            low = m;
        } else {
            high = m;
        }
    }
    let unattainable = mean(2.0) < delta;
    let moved = tokens.iter().zip(&cosines).map(|(token, a)| {
        let length = (1.0 + 2.0 * m * a + m * m).sqrt();
        Move {
            along: 1.0 / length,
            noise: m * token.norm / (token.noise_norm * length),
            displacement: chord(token, *a, m),
            unattainable,
            flipped: false,
        }
    });
    moved.collect()
}
