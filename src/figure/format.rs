//! Numbers for people: digits that follow the uncertainty, a true minus sign.

/// `value` ± `sd` with as many digits as two significant ones of `sd` ask for: "0.368 ± 0.011"; where both are small, with
/// the same power of ten: "7.40e-4 ± 0.12e-4". What arithmetic leaves of an sd of 0 is 0.
#[must_use]
pub fn uncertain(value: f64, sd: Option<f64>) -> String {
    let left_over = 1e-12 * value.abs().max(0.1);
    match sd {
        Some(sd) if sd > left_over && sd.is_finite() => {
            let largest = value.abs().max(sd);
            let power = if largest < SMALL { leading(largest) } else { 0 };
            let (value, sd) = (value / 10_f64.powi(power), sd / 10_f64.powi(power));
            let digits = decimals(sd, 2);
            let end = if power == 0 { String::new() } else { format!("e{power}") };
            format!("{}{end} ± {sd:.digits$}{end}", minus(format!("{value:.digits$}")))
        }
        Some(_) => format!("{} ± 0", number(value)),
        None => number(value),
    }
}

/// Numbers below it are written with a power of ten.
const SMALL: f64 = 0.001;

/// `value` with three significant digits, or as a whole number where it has more before the point; 1.23e-5 where it is
/// small.
#[must_use]
pub fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < SMALL {
        return minus(format!("{value:.2e}"));
    }
    let digits = decimals(value, 3);
    minus(format!("{value:.digits$}"))
}

/// `delta` with all its digits, as short as that is: "0.25", "10", "1e18".
#[must_use]
pub fn delta(delta: f64) -> String {
    if delta == 0.0 || (1e-4..1e6).contains(&delta.abs()) { delta.to_string() } else { format!("{delta:e}") }
}

/// p and other small numbers: "0.032", "2.3e-7", "< 1e-300".
#[must_use]
pub fn exponent(value: f64) -> String {
    if value >= SMALL {
        number(value)
    } else if value < 1e-300 {
        "< 1e-300".to_owned()
    } else {
        format!("{value:.1e}")
    }
}

/// Whether `p` is as small as a test can make it, which gives none below `least`; p of 1 bounds nothing.
#[must_use]
pub fn is_bound(p: f64, least: f64) -> bool {
    // What a correction multiplies loses its last digit.
    p <= least * (1.0 + 1e-9) && p < 1.0
}

/// p, or the bound that it is: "0.032", "≤ 2.0e-4".
#[must_use]
pub fn p_value(p: f64, is_bound: bool) -> String {
    if is_bound { format!("≤ {}", exponent(p)) } else { exponent(p) }
}

/// The same within a sentence: "p = 0.032", "p ≤ 2.0e-4", "p < 1e-300".
#[must_use]
pub fn p_equation(p: f64, is_bound: bool) -> String {
    let value = p_value(p, is_bound);
    if value.starts_with(['≤', '<']) { format!("p {value}") } else { format!("p = {value}") }
}

/// A count with separators: 20,400.
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count and what is counted: "1 text", "1,200 texts".
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The power of ten of the first digit of `value`, which is not 0.
#[allow(clippy::cast_possible_truncation)] // of a float
fn leading(value: f64) -> i32 {
    value.abs().log10().floor() as i32
}

/// Decimals that show `significant` digits of `value`, at most 12.
#[allow(clippy::cast_sign_loss)] // clamped
fn decimals(value: f64, significant: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    (significant - 1 - leading(value)).clamp(0, 12) as usize
}

/// A minus sign instead of the hyphen, and none before a zero.
fn minus(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delta_is_short_and_keeps_its_digits() {
        for (value, words) in
            [(0.25, "0.25"), (10.0, "10"), (123456.5, "123456.5"), (1e18, "1e18"), (1e30, "1e30"), (2.5e-7, "2.5e-7")]
        {
            assert_eq!(delta(value), words);
            assert_eq!(delta(value).parse(), Ok(value));
        }
    }

    #[test]
    fn digits_follow_the_uncertainty() {
        assert_eq!(uncertain(0.367_61, Some(0.011_2)), "0.368 ± 0.011");
        assert_eq!(uncertain(-12.345, Some(1.5)), "−12.3 ± 1.5");
        assert_eq!(uncertain(1234.5, Some(250.0)), "1234 ± 250");
        assert_eq!(uncertain(0.5, None), "0.500");
        assert_eq!(uncertain(-0.0001, Some(0.1)), "0.00 ± 0.10");
        assert_eq!(uncertain(100.0 / 33.0, Some(4e-16)), "3.03 ± 0");
        assert_eq!(uncertain(-7.4e-4, Some(1.2e-5)), "−7.40e-4 ± 0.12e-4");
        assert_eq!(uncertain(2e-5, Some(6.2e-4)), "0.2e-4 ± 6.2e-4");
        assert_eq!(uncertain(3.0, Some(4.4e-5)), "3.000000 ± 0.000044");
    }

    #[test]
    fn small_numbers_have_a_power_of_ten() {
        assert_eq!(number(0.001), "0.00100");
        assert_eq!(number(0.000_123_4), "1.23e-4");
        assert_eq!(number(-1.2e-5), "−1.20e-5");
        assert_eq!(number(0.0), "0");
    }

    #[test]
    fn the_least_p_of_a_test_is_a_bound() {
        let least = 2.0 / 10_001.0;
        assert!(is_bound(least, least) && is_bound(6.0 * least, least * 6.0));
        assert!(!is_bound(2.0 * least, least) && !is_bound(1e-9, 0.0) && !is_bound(1.0, 1.2));
        assert_eq!((p_value(least, true), p_value(0.05, false)), ("≤ 2.0e-4".to_owned(), "0.0500".to_owned()));
        let words = [p_equation(least, true), p_equation(0.05, false), p_equation(0.0, false)];
        assert_eq!(words, ["p ≤ 2.0e-4", "p = 0.0500", "p < 1e-300"]);
    }

    #[test]
    fn small_p_keep_their_size() {
        assert_eq!(exponent(2.31e-7), "2.3e-7");
        assert_eq!(exponent(0.032_1), "0.0321");
        assert_eq!(exponent(0.0), "< 1e-300");
        assert_eq!(exponent(1.0), "1.00");
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!([0, 999, 1000, 20_400, 1_234_567].map(count), ["0", "999", "1,000", "20,400", "1,234,567"]);
    }
}
