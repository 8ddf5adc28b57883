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

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17.1's norm.ppf.
    #[test]
    #[allow(clippy::excessive_precision)]
    fn quantiles_are_right_to_the_last_digits() {
        for (share, expected) in [
            (0.975, 1.959_963_984_540_054),
            (0.3, -0.524_400_512_708_041),
            (1e-5, -4.264_890_793_922_824_6),
            (0.999_999, 4.753_424_308_817_087),
        ] {
            let found = quantile(share);
            assert!((found - expected).abs() < 1e-13 * expected.abs().max(1.0), "{share}: {found} {expected}");
        }
    }
}
