//! Numbers for people: digits that follow the uncertainty, a true minus sign.

/// `value` ± `sd` with as many digits as two significant ones of `sd` ask for: "0.368 ± 0.011". What arithmetic leaves of
/// an sd of 0 is 0.
#[must_use]
pub fn uncertain(value: f64, sd: Option<f64>) -> String {
    let left_over = 1e-12 * value.abs().max(0.1);
    match sd {
        Some(sd) if sd > left_over && sd.is_finite() => {
            let digits = decimals(sd, 2);
            format!("{} ± {sd:.digits$}", minus(format!("{value:.digits$}")))
        }
        Some(_) => format!("{} ± 0", number(value)),
        None => number(value),
    }
}

/// `value` with three significant digits, or as a whole number where it has more before the point.
#[must_use]
pub fn number(value: f64) -> String {
    let digits = decimals(value, 3);
    minus(format!("{value:.digits$}"))
}

/// p and other small numbers: "0.032", "2.3e-7", "< 1e-300".
#[must_use]
pub fn exponent(value: f64) -> String {
    if value >= 0.001 {
        number(value)
    } else if value < 1e-300 {
        "< 1e-300".to_owned()
    } else {
        format!("{value:.1e}")
    }
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

/// Decimals that show `significant` digits of `value`, at most 12.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn decimals(value: f64, significant: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let leading = value.abs().log10().floor() as i32;
    (significant - 1 - leading).clamp(0, 12) as usize
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
    fn digits_follow_the_uncertainty() {
        assert_eq!(uncertain(0.367_61, Some(0.011_2)), "0.368 ± 0.011");
        assert_eq!(uncertain(-12.345, Some(1.5)), "−12.3 ± 1.5");
        assert_eq!(uncertain(1234.5, Some(250.0)), "1234 ± 250");
        assert_eq!(uncertain(0.5, None), "0.500");
        assert_eq!(uncertain(-0.0001, Some(0.1)), "0.00 ± 0.10");
        assert_eq!(uncertain(100.0 / 33.0, Some(4e-16)), "3.03 ± 0");
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
