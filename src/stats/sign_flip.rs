//! The sign-flip permutation test.

use super::bootstrap::generator;
use super::signed_rank::SignTest;
use super::untestable::{Untestable, differences};
use rand::Rng;

/// Most pairs of which all 2ⁿ signs are counted.
const MOST_COUNTED: usize = 16;

/// Tests whether the differences `a[i] − b[i]` lie symmetrically about 0: were they so, each sign could as well be the
/// other, and the mean of the differences is compared with those under other signs (Fisher 1935). All 2ⁿ signs are
/// counted for up to 16 pairs; for more, `draws` of them are drawn, which depend on `key` alone, and
/// p = (as extreme + 1)/(draws + 1) (Davison and Hinkley 1997, 4.2.5).
///
/// The smallest two-sided p of n pairs is 2/2ⁿ: 0.0625 with 5.
///
/// # Errors
/// Differences that are all 0, a single pair, samples of different length, or values that are not finite.
pub fn sign_flip(a: &[f64], b: &[f64], draws: usize, key: u64) -> Result<SignTest, Untestable> {
    let differences = differences(a, b)?;
    let n = differences.len();
    let size: f64 = differences.iter().map(|d| d.abs()).sum();
    if size == 0.0 {
        return Err(Untestable::AllZero { n });
    }
    let observed: f64 = differences.iter().sum();
    let statistic = observed / n as f64;
    // Equal sums of other signs may differ in their last digits.
    let rounding = 1e-13 * size;
    let (mut as_high, mut as_low) = (0_usize, 0_usize);
    let mut count = |sum: f64| {
        as_high += usize::from(sum >= observed - rounding);
        as_low += usize::from(sum <= observed + rounding);
    };
    if n <= MOST_COUNTED {
        let mut sums = vec![0.0];
        for d in &differences {
            sums = sums.iter().flat_map(|sum| [sum + d, sum - d]).collect();
        }
        let all = sums.len() as f64;
        sums.into_iter().for_each(count);
        return Ok(SignTest::of(statistic, true, as_high as f64 / all, as_low as f64 / all));
    }
    let mut signs = generator(b"polarscope sign flip 1: ________", key, 0);
    for _ in 0..draws {
        let mut sum = 0.0;
        for some in differences.chunks(64) {
            let word = signs.next_u64();
            for (bit, d) in some.iter().enumerate() {
                sum += if word >> bit & 1 == 0 { *d } else { -d };
            }
        }
        count(sum);
    }
    let share = |extreme: usize| (extreme + 1) as f64 / (draws + 1) as f64;
    Ok(SignTest::of(statistic, false, share(as_high), share(as_low)))
}
