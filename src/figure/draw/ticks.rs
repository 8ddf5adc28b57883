//! Ticks of the axes of a figure: major ones with labels, as many as have room, and minor ones between them.

use crate::figure::picture::{Scale, round_step};

/// Ticks, in positions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ticks {
    /// Where the major ones stand, and what is written there.
    pub major: Vec<(f64, String)>,
    /// Where the minor ones stand.
    pub minor: Vec<f64>,
}

impl Ticks {
    /// For the positions from `low` to `high` of an axis with room for `most` labels.
    #[must_use]
    pub fn of(scale: Scale, (low, high): (f64, f64), most: f64) -> Self {
        match scale {
            Scale::Linear => linear((low, high), most),
            Scale::Log => logarithmic((low, high), most),
        }
    }
}

impl Ticks {
    /// At whole numbers alone, with room for `most` labels.
    #[must_use]
    pub fn whole((low, high): (f64, f64), most: f64) -> Self {
        let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 16.0, 20.0, 50.0];
        let step = steps.into_iter().find(|step| (high - low) / step <= most).unwrap_or(100.0);
        let major = multiples((low, high), step).into_iter().map(|at| (at, format!("{at:.0}"))).collect();
        Self { major, minor: Vec::new() }
    }
}

fn linear((low, high): (f64, f64), most: f64) -> Ticks {
    let mut step = round_step(high - low, most.max(2.0));
    let mut major = multiples((low, high), step);
    // A scale is not read off fewer than three numbers.
    for room in [1.3, 1.7, 2.2, 3.0] {
        if major.len() >= 3 {
            break;
        }
        step = round_step(high - low, room * most.max(2.0));
        major = multiples((low, high), step);
    }
    // A fifth of 1 and 5, a quarter of 2.
    let leading = step / 10_f64.powf((step.log10() + 1e-9).floor());
    let part = if leading > 1.5 && leading < 3.0 { step / 4.0 } else { step / 5.0 };
    let minor = multiples((low, high), part).into_iter().filter(|at| !near_any(*at, &major, part)).collect();
    let labels = labels(&major, step);
    Ticks { major: major.into_iter().zip(labels).collect(), minor }
}

fn near_any(at: f64, among: &[f64], step: f64) -> bool {
    among.iter().any(|other| (other - at).abs() < 0.01 * step)
}

/// All with the decimals that the step has, or as powers of ten where they would be long.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
fn labels(places: &[f64], step: f64) -> Vec<String> {
    let largest = places.iter().fold(0.0_f64, |largest, place| largest.max(place.abs()));
    if largest >= 1e5 || step < 1e-4 {
        return places.iter().map(|place| short(*place)).collect();
    }
    let decimals = (-step.log10() - 1e-9).ceil().clamp(0.0, 6.0) as usize;
    let decimals = if (step * 10_f64.powf(decimals as f64)).fract() > 1e-6 { decimals + 1 } else { decimals };
    places.iter().map(|place| signed(&format!("{:.decimals$}", if *place == 0.0 { 0.0 } else { *place }))).collect()
}

/// A minus sign instead of a hyphen.
fn signed(text: &str) -> String {
    text.replace('-', "−")
}

/// `2.5×10⁻⁵`.
fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:.6e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let power = power_of_ten(power.parse().unwrap_or(0));
    match mantissa {
        "1" => power,
        "-1" => format!("−{power}"),
        mantissa => format!("{}×{power}", signed(mantissa)),
    }
}

/// `10⁻⁵`.
fn power_of_ten(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |letter: char| letter.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]);
    format!("10{}", power.to_string().chars().map(raised).collect::<String>())
}

/// On a logarithmic axis, whose positions are powers of ten.
#[allow(clippy::cast_possible_truncation)] // of decades
fn logarithmic((low, high): (f64, f64), most: f64) -> Ticks {
    let decades = high - low;
    let whole = multiples((low, high), 1.0);
    if whole.len() < 2 && decades < 1.0 {
        // Less than a decade: round numbers, as on a linear axis.
        let (from, to) = (10_f64.powf(low), 10_f64.powf(high));
        let Ticks { major, minor } = linear((from, to), most.min(5.0));
        let place = |value: f64| (value > 0.0).then(|| value.log10());
        return Ticks {
            major: major.into_iter().filter_map(|(value, label)| Some((place(value)?, label))).collect(),
            minor: minor.into_iter().filter_map(place).collect(),
        };
    }
    let factors: &[f64] = match most / decades {
        room if room >= 3.0 && decades <= 3.0 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let every = (decades / most.max(1.0)).ceil().max(1.0);
    let mut major: Vec<f64> = Vec::new();
    let mut minor: Vec<f64> = Vec::new();
    let mut decade = low.floor();
    while decade <= high {
        let labelled = (decade / every).fract() == 0.0;
        for factor in 1..10 {
            let factor = f64::from(factor);
            let at = decade + factor.log10();
            if at < low - 1e-9 || at > high + 1e-9 {
                continue;
            }
            if labelled && factors.contains(&factor) {
                major.push(at);
            } else if every == 1.0 || factor == 1.0 {
                minor.push(at);
            }
        }
        decade += 1.0;
    }
    let plain = major.iter().all(|at| (-2.001..=3.301).contains(at));
    let label = |at: f64| {
        let (power, value) = (at.floor() as i32, 10_f64.powf(at));
        if !plain && (at - at.round()).abs() < 1e-9 {
            return power_of_ten(at.round() as i32);
        }
        if plain {
            let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
            return format!("{rounded}");
        }
        short(10_f64.powi(power) * (value / 10_f64.powi(power)).round())
    };
    Ticks { major: major.into_iter().map(|at| (at, label(at))).collect(), minor }
}

/// Multiples of `step` from `low` to `high`.
#[allow(clippy::cast_possible_truncation)] // bounded below
fn multiples((low, high): (f64, f64), step: f64) -> Vec<f64> {
    let slack = 1e-9 * (high - low).abs();
    let (first, last) = (((low - slack) / step).ceil(), ((high + slack) / step).floor());
    if !(first.is_finite() && last.is_finite()) || last - first > 1000.0 {
        return Vec::new();
    }
    (first as i64..=last as i64).map(|n| n as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(scale: Scale, range: (f64, f64), most: f64) -> Vec<String> {
        Ticks::of(scale, range, most).major.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_of_an_axis_share_their_decimals() {
        assert_eq!(words(Scale::Linear, (-0.05, 1.05), 6.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(words(Scale::Linear, (-25.0, 105.0), 6.0), ["0", "50", "100"]);
        assert_eq!(words(Scale::Linear, (-0.011, 0.0), 5.0), ["−0.010", "−0.005", "0.000"]);
        assert_eq!(words(Scale::Linear, (0.0, 2.1e5), 4.0), ["0", "10⁵", "2×10⁵"]);
    }

    #[test]
    fn minor_ticks_stand_between() {
        let ticks = Ticks::of(Scale::Linear, (0.0, 1.0), 6.0);
        assert_eq!(ticks.minor.len(), 15, "{:?}", ticks.minor);
        let ticks = Ticks::of(Scale::Log, (0.0, 2.0), 3.0);
        assert_eq!(ticks.major.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(), ["1", "10", "100"]);
        assert_eq!(ticks.minor.len(), 16);
    }

    #[test]
    fn logarithmic_labels_are_numbers_near_one_and_powers_far_from_it() {
        assert_eq!(words(Scale::Log, (-2.0, 1.0), 4.0), ["0.01", "0.1", "1", "10"]);
        assert_eq!(words(Scale::Log, (-5.1, 1.0), 8.0), ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]);
        assert_eq!(words(Scale::Log, (-0.1, 1.31), 8.0), ["1", "2", "5", "10", "20"]);
        assert_eq!(words(Scale::Log, (0.31, 0.7), 8.0), ["3", "4", "5"]);
    }
}
