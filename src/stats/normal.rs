//! The standard normal distribution, to the last digits but two: statrs' own erfc and its inverse err by 10⁻¹⁰.

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::gamma_ur;
use std::f64::consts::{SQRT_2, TAU};

/// P(Z ≥ z), half of the regularized upper incomplete gamma function of ½ and z²/2 for z > 0.
pub(super) fn upper_tail(z: f64) -> f64 {
    if z == 0.0 {
        return 0.5;
    }
    let beyond = if z.abs() < 39.0 { 0.5 * gamma_ur(0.5, z * z / 2.0) } else { 0.0 };
    if z < 0.0 { 1.0 - beyond } else { beyond }
}

/// The z with P(Z ≤ z) = `share`: the library's, and a step of Newton's.
pub(super) fn quantile(share: f64) -> f64 {
    if share == 0.5 {
        return 0.0;
    }
    let z = -SQRT_2 * erfc_inv(2.0 * share);
    let density = (-z * z / 2.0).exp() / TAU.sqrt();
    if density > 0.0 { z + (share - upper_tail(-z)) / density } else { z }
}
