//! What error bars and bands stand for: one choice for all panels.

use crate::stats::Spread;
use serde::{Deserialize, Serialize};

/// What a bar, or a band, reaches over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Bars {
    /// One standard deviation to either side.
    #[default]
    Sd,
    /// One standard error to either side.
    Se,
    /// The 95 % interval.
    Interval,
}

/// What is known of how far a mean may be off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spreads {
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Ends of the 95 % interval.
    pub interval: Option<(f64, f64)>,
}

impl Bars {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sd, Self::Se, Self::Interval];

    /// Its short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sd => "sd",
            Self::Se => "se",
            Self::Interval => "95 %",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Sd => "one standard deviation to either side",
            Self::Se => "one standard error to either side: the standard deviation over √n",
            Self::Interval => "the 95 % interval",
        }
    }

    /// This one where it is among `there`, else the first of them.
    #[must_use]
    pub fn among(self, there: &[Self]) -> Option<Self> {
        there.contains(&self).then_some(self).or(there.first().copied())
    }
}

impl Spreads {
    /// Of a mean over seeds, with the interval that is known of it.
    #[must_use]
    pub fn over_seeds(spread: &Spread, interval: Option<(f64, f64)>) -> Self {
        Self { sd: spread.sd, se: spread.sd.map(|sd| sd / (spread.n.max(1) as f64).sqrt()), interval }
    }

    /// An interval alone.
    #[must_use]
    pub fn interval(interval: Option<(f64, f64)>) -> Self {
        Self { interval, ..Self::default() }
    }

    /// A standard deviation alone.
    #[must_use]
    pub fn sd(sd: f64) -> Self {
        Self { sd: Some(sd), ..Self::default() }
    }

    /// Whether it has what `bars` reach over.
    #[must_use]
    pub fn has(&self, bars: Bars) -> bool {
        match bars {
            Bars::Sd => self.sd.is_some(),
            Bars::Se => self.se.is_some(),
            Bars::Interval => self.interval.is_some(),
        }
    }

    /// The ends of the bar of `mean`; none where it would have no length.
    #[must_use]
    pub fn ends(&self, mean: f64, bars: Bars) -> Option<(f64, f64)> {
        let around = |half: f64| (mean - half, mean + half);
        let ends = match bars {
            Bars::Sd => self.sd.map(around),
            Bars::Se => self.se.map(around),
            Bars::Interval => self.interval,
        };
        ends.filter(|(low, high)| low.is_finite() && high.is_finite() && high > low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_over_what_they_say() {
        let of = Spreads::over_seeds(&Spread { mean: 2.0, sd: Some(0.6), n: 9 }, Some((1.5, 2.25)));
        assert_eq!(of.ends(2.0, Bars::Sd), Some((1.4, 2.6)));
        assert_eq!(of.ends(2.0, Bars::Se).map(|(low, high)| (10.0 * low, 10.0 * high)), Some((18.0, 22.0)));
        assert_eq!(of.ends(2.0, Bars::Interval), Some((1.5, 2.25)));
        let single = Spreads::over_seeds(&Spread { mean: 2.0, sd: None, n: 1 }, None);
        assert!(Bars::ALL.iter().all(|bars| single.ends(2.0, *bars).is_none() && !single.has(*bars)));
        assert_eq!(Spreads::sd(0.0).ends(1.0, Bars::Sd), None, "no length");
    }

    #[test]
    fn what_is_not_there_is_replaced_by_what_is() {
        assert_eq!(Bars::Sd.among(&[Bars::Interval]), Some(Bars::Interval));
        assert_eq!(Bars::Se.among(&Bars::ALL), Some(Bars::Se));
        assert_eq!(Bars::Sd.among(&[]), None);
    }
}
