//! A heat map, a value per row and column: levels from dark blue to yellow, changes from blue over white at 0 to orange.

use super::scale::{exact, tick_label};
use crate::figure::number;

/// Which values of heads are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Values {
    /// Of the clean run.
    Clean,
    /// Of the disturbed run.
    Disturbed,
    /// Disturbed minus clean.
    #[default]
    Change,
}

impl Values {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Clean, Self::Disturbed, Self::Change];

    /// What they are called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "Clean",
            Self::Disturbed => "Disturbed",
            Self::Change => "Change",
        }
    }
}

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Colours {
    /// Levels between two ends.
    Levels(f64, f64),
    /// The logarithms of levels between two ends.
    LogLevels(f64, f64),
    /// Changes of at most this size.
    Changes(f64),
}

/// Values by row and column. The first row is at the bottom.
#[derive(Debug, Clone, Default)]
pub struct HeatMap {
    /// What stands above it.
    pub title: String,
    /// What rows and columns are.
    pub axes: [&'static str; 2],
    /// The names of the rows, ascending.
    pub rows: Vec<usize>,
    /// How many columns there are, from 0 on.
    pub columns: usize,
    /// `[rows, columns]`; none where nothing was read.
    pub values: Vec<Option<f64>>,
    /// What a hover says of each besides its place and its value.
    pub more: Vec<String>,
    /// The unit of the values.
    pub unit: &'static str,
}

impl Colours {
    /// The colours that show `maps`, as changes or as levels.
    #[must_use]
    pub fn of<'a>(maps: impl Iterator<Item = &'a HeatMap>, values: Values) -> Self {
        let (low, high) = maps
            .flat_map(|map| map.values.iter().flatten())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        match values {
            Values::Change => Self::Changes(low.abs().max(high.abs()).max(f64::MIN_POSITIVE)),
            _ => Self::Levels(low.min(0.0), high.max(f64::MIN_POSITIVE)),
        }
    }

    /// The colours of `map` by the logarithms of its values above 0.
    #[must_use]
    pub fn logarithms(map: &HeatMap) -> Self {
        let there = || map.values.iter().flatten().copied().filter(|value| *value > 0.0);
        let (low, high) = (there().fold(f64::INFINITY, f64::min), there().fold(f64::MIN_POSITIVE, f64::max));
        Self::LogLevels(low.min(high), high)
    }

    /// How far along the colours a value lies, from 0 to 1 where it is between their ends.
    #[must_use]
    pub fn share(self, value: f64) -> f64 {
        let share = |low: f64, high: f64, value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
        match self {
            Self::Levels(low, high) => share(low, high, value),
            Self::LogLevels(low, high) => share(low.ln(), high.ln(), value.ln()),
            Self::Changes(most) => f64::midpoint(value / most, 1.0),
        }
    }

    /// The colour of a value, red, green and blue.
    #[must_use]
    pub fn rgb(self, value: f64) -> [u8; 3] {
        match self {
            Self::Levels(..) | Self::LogLevels(..) => level_colour(self.share(value)),
            Self::Changes(_) => change_colour(2.0 * self.share(value) - 1.0),
        }
    }

    /// The largest size of a value.
    fn most(self) -> f64 {
        match self {
            Self::Levels(low, high) | Self::LogLevels(low, high) => low.abs().max(high.abs()),
            Self::Changes(most) => most,
        }
    }

    /// The value at a share of the colour bar, from below.
    #[must_use]
    pub fn at(self, share: f64) -> f64 {
        match self {
            Self::Levels(low, high) => low + share * (high - low),
            Self::LogLevels(low, high) => (low.ln() + share * (high.ln() - low.ln())).exp(),
            Self::Changes(most) => (2.0 * share - 1.0) * most,
        }
    }

    /// What stands beside the colour bar at a share of it: the value there, with two significant digits.
    #[must_use]
    pub fn tick_label(self, share: f64) -> String {
        let value = self.at(share);
        tick_label(format!("{value:.1e}").parse().unwrap_or(value))
    }

    /// A value as it stands in its cell: with as many decimals as two significant digits of the largest have.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
    #[must_use]
    pub fn words(self, value: f64) -> String {
        let decimals = (1.0 - self.most().log10().floor()).clamp(0.0, 12.0) as usize;
        // Cells of one map have the same decimals, and what is 0 stands out.
        let words = format!("{value:.decimals$}");
        if words.chars().all(|sign| matches!(sign, '-' | '0' | '.')) {
            "0".to_owned()
        } else {
            words.replace('-', "−")
        }
    }
}

impl HeatMap {
    /// The longest of the numbers that stand in its cells.
    #[must_use]
    pub fn longest(&self, colours: Colours) -> String {
        let words = self.values.iter().flatten().map(|value| colours.words(*value));
        words.max_by_key(|words| words.chars().count()).unwrap_or_default()
    }

    /// Everything about the cell in a row and a column, by number: its map, its place, its value, and more.
    #[must_use]
    pub fn hover(&self, row: usize, column: usize) -> String {
        let at = row * self.columns + column;
        let value = self.values.get(at).copied().flatten();
        let value = value.map_or("nothing read".to_owned(), |value| format!("{} {}", exact(value), self.unit));
        let name = self.rows.get(row).copied().unwrap_or_default();
        let place = format!("{} {name}, {} {column}", self.axes[0].to_lowercase(), self.axes[1].to_lowercase());
        let more = self.more.get(at).filter(|words| !words.is_empty());
        let more = more.map_or(String::new(), |words| format!("\n{words}"));
        format!("{}\n{place}\n{value}{more}", self.title)
    }

    /// What is painted, in words: its extent, and its largest and smallest values with their places.
    #[must_use]
    pub fn summary(&self) -> String {
        let there = self.values.iter().enumerate().filter_map(|(i, value)| Some((i, (*value)?)));
        let place = |(i, value): (usize, f64)| {
            let (row, column) = (self.rows.get(i / self.columns).copied().unwrap_or_default(), i % self.columns);
            let names = self.axes.map(str::to_lowercase);
            format!("{} {} at {} {row}, {} {column}", number(value), self.unit, names[0], names[1])
        };
        let most = there.clone().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(String::new(), place);
        let least = there.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(String::new(), place);
        format!("{}, {} × {}: largest {most}; smallest {least}", self.title, self.rows.len(), self.columns)
    }
}

/// Stops of the scale of changes: blue, white, orange.
const DIVERGING: [[f32; 3]; 5] =
    [[11.0, 70.0, 125.0], [117.0, 168.0, 212.0], [247.0, 247.0, 247.0], [240.0, 165.0, 105.0], [165.0, 62.0, 8.0]];

/// Stops of the scale of levels: viridis (Smith and van der Walt 2015).
const VIRIDIS: [[f32; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [71.0, 44.0, 122.0],
    [59.0, 81.0, 139.0],
    [44.0, 113.0, 142.0],
    [33.0, 144.0, 141.0],
    [39.0, 173.0, 129.0],
    [92.0, 200.0, 99.0],
    [170.0, 220.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// The colour of a change from −1 to 1, red, green and blue.
#[must_use]
pub fn change_colour(share: f64) -> [u8; 3] {
    between(&DIVERGING, f64::midpoint(share, 1.0))
}

/// The colour of a level from 0 to 1, red, green and blue.
#[must_use]
pub fn level_colour(share: f64) -> [u8; 3] {
    between(&VIRIDIS, share)
}

/// The colour at a share of `stops`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a colour
fn between(stops: &[[f32; 3]], share: f64) -> [u8; 3] {
    let share = if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) };
    let at = share as f32 * (stops.len() - 1) as f32;
    let stop = (at.floor() as usize).min(stops.len() - 2);
    let part = at - stop as f32;
    [0, 1, 2].map(|i| (stops[stop][i] * (1.0 - part) + stops[stop + 1][i] * part) as u8)
}

/// Black or white, red, green and blue, whichever stands out from such a ground.
#[must_use]
pub fn ink_on([r, g, b]: [u8; 3]) -> [u8; 3] {
    let light = 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
    if light > 140.0 { [0x1B, 0x1F, 0x24] } else { [0xFF; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: usize, columns: usize, value: impl Fn(usize) -> f64) -> HeatMap {
        HeatMap {
            title: "angular".to_owned(),
            axes: ["Layer", "Head"],
            rows: (4..4 + rows).collect(),
            columns,
            values: (0..rows * columns).map(|i| Some(value(i))).collect(),
            unit: "nats",
            ..HeatMap::default()
        }
    }

    #[test]
    fn zero_is_white_and_the_sides_are_blue_and_orange() {
        let colours = Colours::Changes(0.5);
        let zero = colours.rgb(0.0);
        assert!(zero.iter().all(|part| *part > 240));
        let ([low_red, _, low_blue], [high_red, _, high_blue]) = (colours.rgb(-0.5), colours.rgb(0.5));
        assert!(low_blue > low_red && high_red > high_blue);
        assert_eq!(colours.rgb(f64::NAN), zero);
    }

    #[test]
    fn levels_grow_lighter_all_the_way() {
        let light = |value| {
            let [r, g, b] = Colours::Levels(0.0, 2.0).rgb(value).map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let steps: Vec<f32> = (0..=20).map(|i| light(f64::from(i) / 10.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0]), "{steps:?}");
    }

    #[test]
    fn colours_reach_over_all_maps() {
        let maps = [map(2, 2, |i| i as f64 - 1.0), map(1, 2, |_| -3.0)];
        assert_eq!(Colours::of(maps.iter(), Values::Change), Colours::Changes(3.0));
        assert_eq!(Colours::of(maps[..1].iter(), Values::Clean), Colours::Levels(-1.0, 2.0));
    }

    #[test]
    fn a_map_says_its_extent_and_what_a_cell_is() {
        let map = map(48, 64, |i| i as f64);
        assert!(map.summary().contains("largest 3071 nats at layer 51, head 63; smallest 0 nats at layer 4, head 0"));
        assert_eq!(map.hover(1, 2), "angular\nlayer 5, head 2\n66 nats");
    }
}
