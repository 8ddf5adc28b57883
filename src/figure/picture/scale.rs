//! Axes: linear or logarithmic positions, and ticks at round numbers.

/// How a number becomes a position on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// As it is.
    #[default]
    Linear,
    /// Its decimal logarithm; numbers that are not above 0 have no place.
    Log,
}

impl Scale {
    /// The position of `value`, where it has one.
    #[must_use]
    pub fn place(self, value: f64) -> Option<f64> {
        match self {
            Self::Linear => Some(value),
            Self::Log => (value > 0.0).then(|| value.log10()),
        }
    }

    /// The number at a position.
    #[must_use]
    pub fn value(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10_f64.powf(place),
        }
    }

    /// Ticks for the positions from `low` to `high`.
    #[must_use]
    pub fn ticks(self, low: f64, high: f64) -> Vec<f64> {
        match self {
            Self::Linear => {
                let step = round_step(high - low, 6.0);
                multiples(low, high, step)
            }
            Self::Log => {
                let decades = high - low;
                let factors: &[f64] = match decades {
                    d if d <= 1.2 => &[1.0, 2.0, 3.0, 5.0, 7.0],
                    d if d <= 2.5 => &[1.0, 2.0, 5.0],
                    _ => &[1.0],
                };
                let every = (decades / 7.0).ceil().max(1.0);
                multiples(low.floor(), high, every)
                    .into_iter()
                    .flat_map(|decade| factors.iter().map(move |factor| decade + factor.log10()))
                    .filter(|place| (low..=high).contains(place))
                    .collect()
            }
        }
    }
}

/// A round step that makes about `most` of `span`, or fewer.
#[must_use]
pub fn round_step(span: f64, most: f64) -> f64 {
    if !(span.is_finite() && span > 0.0) {
        return 1.0;
    }
    let raw = span / most;
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * 0.999).unwrap_or(10.0);
    factor * power
}

#[allow(clippy::cast_possible_truncation)]
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let tolerance = 1e-9 * (high - low).abs();
    let (first, last) = (((low - tolerance) / step).ceil() as i64, ((high + tolerance) / step).floor() as i64);
    if last - first > 1000 {
        return Vec::new();
    }
    #[allow(clippy::cast_precision_loss)]
    (first..=last).map(|n| n as f64 * step).collect()
}

/// The number at a tick, as short as it can be written.
#[must_use]
pub fn tick_label(value: f64) -> String {
    // Twelve digits hide what binary fractions add.
    let rounded: f64 = format!("{value:.12e}").parse().unwrap_or(value);
    if rounded == 0.0 {
        return "0".to_owned();
    }
    let text = if (1e-4..1e6).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") };
    minus(&text)
}

/// A minus sign instead of the hyphen before a number; that of its power stays, as in 2.3e-7.
fn minus(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |rest| format!("−{rest}"))
}

/// Six significant digits.
#[must_use]
pub fn exact(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded != 0.0 && rounded.abs() < 1e-3 { minus(&format!("{rounded:e}")) } else { tick_label(rounded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let labels = |scale: Scale, low, high| -> Vec<String> {
            scale.ticks(low, high).into_iter().map(|place| tick_label(scale.value(place))).collect()
        };
        assert_eq!(labels(Scale::Linear, 0.0, 1.05), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(Scale::Linear, -2.0, 8.0), ["−2", "0", "2", "4", "6", "8"]);
        assert_eq!([0.000_25, -1e-5].map(tick_label), ["0.00025", "−1e-5"]);
        assert_eq!([0.001_234_567_8, -0.000_012_345_678].map(exact), ["0.00123457", "−1.23457e-5"]);
        assert_eq!(labels(Scale::Log, -1.35, 0.05), ["0.05", "0.1", "0.2", "0.5", "1"]);
    }
}
