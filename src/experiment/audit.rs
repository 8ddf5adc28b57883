//! The audit: which setting of the protocol makes which part of the gap between the modes.
//!
//! Per mode the full factorial of the settings is run. The gap G between the modes is then known at every corner between
//! the published protocol and the strict one, and a setting's share of it is its Shapley value: what the gap loses when
//! the setting goes from published to strict, averaged over all orders in which the settings can go.

use super::factor::{Factor, corner};
use super::harm::Harms;
use super::inference::{Difference, Differences, claim};
use super::replicates::Means;
use super::syntax::score_pair;
use super::{Arm, At, Cell, Claim, Experiment, Grid, Kind, Material, Measure, Pass, Results, Score, Series};
use crate::stats::{Crossed, Estimate, Spread, interval, shapley};
use crate::study::{self, Coherence, Matching, Mode, Pairing, Protocol, Rotation, Scoring, Settings, Study};
use std::sync::Arc;

/// The full factorial for `mode`.
pub(super) fn cells(kind: Kind, mode: Mode) -> Vec<Settings> {
    let rotations: &[Rotation] =
        if mode == Mode::Angular { &[Rotation::Published, Rotation::Exact] } else { &[Rotation::Exact] };
    let pairings: &[Pairing] =
        if kind == Kind::AuditPairs { &[Pairing::Same, Pairing::Separate] } else { &[Pairing::Same] };
    let mut list = Vec::new();
    for matching in [Matching::Mean, Matching::PerToken] {
        for coherence in [Coherence::Shared, Coherence::Independent] {
            for rotation in rotations {
                for pairing in pairings {
                    list.push(Settings { matching, coherence, pairing: *pairing, rotation: *rotation });
                }
            }
        }
    }
    list
}

fn arms(kind: Kind, mode: Mode, at: &At) -> Vec<(Arm, Pass)> {
    let arm = |settings: Settings| {
        let pass = Pass { settings: Some(settings), ..Pass::disturbed(&at.layers) };
        (Arm::Cell(Cell::of(kind, mode, &settings)), pass)
    };
    cells(kind, mode).into_iter().map(arm).collect()
}

fn grid(settings: &study::Audit) -> Grid<'_> {
    Grid {
        deltas: settings.deltas.clone(),
        seeds: settings.seeds.as_ref(),
        texts: settings.texts,
        layers: settings.layers.as_ref(),
        other_layers: None,
    }
}

/// The gap is one between these two.
const MODES: [Mode; 2] = [Mode::Magnitude, Mode::Angular];

/// The audit of next-token loss.
pub struct OfTexts(pub study::Audit);

impl Experiment for OfTexts {
    fn kind(&self) -> Kind {
        Kind::Audit
    }

    fn grid(&self) -> Grid<'_> {
        grid(&self.0)
    }

    fn modes(&self, _study: &Study) -> Vec<Mode> {
        MODES.to_vec()
    }

    fn arms(&self, mode: Mode, at: &At) -> crate::Result<Vec<(Arm, Pass)>> {
        Ok(arms(self.kind(), mode, at))
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        [Protocol::Published, Protocol::Strict].map(|protocol| of.audit(protocol)).into()
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::LOSS)
    }
}

/// The audit of minimal pairs.
pub struct OfPairs {
    /// The audit's settings.
    pub settings: study::Audit,
    /// How the study scores its pairs.
    pub scoring: Scoring,
}

impl Experiment for OfPairs {
    fn kind(&self) -> Kind {
        Kind::AuditPairs
    }

    fn grid(&self) -> Grid<'_> {
        grid(&self.settings)
    }

    fn material(&self) -> Material {
        Material::Pairs(self.settings.items)
    }

    fn modes(&self, _study: &Study) -> Vec<Mode> {
        MODES.to_vec()
    }

    fn arms(&self, mode: Mode, at: &At) -> crate::Result<Vec<(Arm, Pass)>> {
        Ok(arms(self.kind(), mode, at))
    }

    fn measure(&self) -> Measure {
        Measure::AccuracyDrop
    }

    fn score(&self, losses: &[&[f32]]) -> Score {
        score_pair(losses, self.scoring)
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        [Protocol::Published, Protocol::Strict].map(|protocol| of.audit(protocol)).into()
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::SYNTAX)
    }
}

/// The audit at one δ.
#[derive(Debug, Clone)]
pub struct AuditOf {
    /// δ in the study's unit.
    pub delta: f64,
    /// The full factorial, mode by mode.
    pub cells: Vec<AuditCell>,
    /// The gap between the modes and what it is made of; or why there is none.
    pub gap: Result<Gap, String>,
    /// Items that all cells have in common.
    pub items: usize,
}

/// One cell of the factorial.
#[derive(Debug, Clone)]
pub struct AuditCell {
    /// The mode.
    pub mode: Mode,
    /// Its settings.
    pub settings: Settings,
    /// Damage in nats, or loss of accuracy in points: mean and spread over seeds.
    pub harm: Spread,
    /// Its 95 % interval over items and seeds.
    pub interval: Option<(f64, f64)>,
}

/// The gap between the modes: of damages ln(angular/magnitude), of losses of accuracy angular − magnitude.
#[derive(Debug, Clone)]
pub struct Gap {
    /// Under the published protocol.
    pub published: Estimate,
    /// Each factor's share of what lies between that and the strict protocol.
    pub shares: Vec<(Factor, Estimate)>,
    /// Under the strict protocol: what remains.
    pub remains: Estimate,
}

impl AuditOf {
    /// The audit `kind` of `results` at each of its δ; none before the first items are in.
    #[must_use]
    pub fn all(results: &Results, kind: Kind) -> Vec<Self> {
        let series = results.series(kind);
        let mut deltas: Vec<f64> = Vec::new();
        for one in &series {
            if !deltas.contains(&one.delta) {
                deltas.push(one.delta);
            }
        }
        deltas.into_iter().filter_map(|delta| Self::of(results, kind, &series, delta)).collect()
    }

    fn of(results: &Results, kind: Kind, series: &[Series], delta: f64) -> Option<Self> {
        let of_it: Vec<&Series> = series.iter().filter(|series| series.delta == delta).collect();
        let harms = Harms::of_scores(results, kind, &of_it)?;
        let means = harms.means();
        let cell = |(i, (series, means)): (usize, (&&Series, &Arc<Means>))| {
            Some(AuditCell {
                mode: series.mode,
                settings: series.pass.settings?,
                harm: harms.spread(i)?,
                interval: means.interval,
            })
        };
        let cells = of_it.iter().zip(&means).enumerate().map(cell).collect::<Option<Vec<_>>>()?;
        let gap = gap(kind, &cells, &harms, &means);
        Some(Self { delta, cells, gap, items: harms.items.len() })
    }
}

/// The gap at every corner between the protocols, and from those its shares; for the data and for every resample.
fn gap(kind: Kind, cells: &[AuditCell], harms: &Harms, replicates: &[Arc<Means>]) -> Result<Gap, String> {
    let factors = Factor::of(kind);
    let find = |mode: Mode, strict: usize| {
        let settings = corner(kind, mode, strict);
        cells.iter().position(|cell| cell.mode == mode && cell.settings == settings)
    };
    let pairs: Option<Vec<(usize, usize)>> =
        (0..1 << factors.len()).map(|strict| find(Mode::Angular, strict).zip(find(Mode::Magnitude, strict))).collect();
    let pairs = pairs.ok_or("a cell of the factorial is missing")?;
    let is_ratio = kind == Kind::Audit;
    if is_ratio {
        for cell in pairs.iter().flat_map(|(angular, magnitude)| [&cells[*angular], &cells[*magnitude]]) {
            if cell.interval.is_none_or(|(low, _)| low <= 0.0) {
                return Err(format!(
                    "no ratio: the interval of the {} damage under {} is not above 0",
                    cell.mode,
                    Arm::Cell(Cell::of(kind, cell.mode, &cell.settings))
                ));
            }
        }
    }
    let gaps = |means: &[f64]| -> Vec<f64> {
        // A resampled damage that is not above 0 is the limit at 0, and stays in its own tail.
        let ln = |mean: f64| mean.max(f64::MIN_POSITIVE).ln();
        let of = |(angular, magnitude): &(usize, usize)| {
            let (angular, magnitude) = (means[*angular], means[*magnitude]);
            if is_ratio { ln(angular) - ln(magnitude) } else { angular - magnitude }
        };
        pairs.iter().map(of).collect()
    };
    // Gap as published, shares, gap that remains.
    let parts = |means: &[f64]| -> Option<Vec<f64>> {
        let gaps = gaps(means);
        let shares = shapley(&gaps)?;
        Some([&gaps[..1], &shares, &gaps[gaps.len() - 1..]].concat())
    };
    let whole = parts(&harms.of.iter().map(Crossed::mean).collect::<Vec<_>>()).ok_or("the gap is not a number")?;
    let resampled: Option<Vec<Vec<f64>>> = (0..replicates.iter().map(|means| means.list.len()).min().unwrap_or(0))
        .map(|i| parts(&replicates.iter().map(|means| means.list[i]).collect::<Vec<_>>()))
        .collect();
    let resampled = resampled.ok_or("a resampled gap is not a number")?;
    let estimate = |at: usize| {
        let mut values: Vec<f64> = resampled.iter().map(|parts| parts[at]).collect();
        let interval = interval(&mut values).ok_or("there are too few resamples for an interval")?;
        Ok::<_, &str>(Estimate { value: whole[at], interval })
    };
    let shares = factors.iter().enumerate().map(|(i, factor)| Ok((*factor, estimate(i + 1)?)));
    Ok(Gap {
        published: estimate(0)?,
        shares: shares.collect::<Result<_, &str>>()?,
        remains: estimate(whole.len() - 1)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::factor::canonical;
    use super::*;

    #[test]
    fn the_corners_are_the_protocols() {
        for kind in [Kind::Audit, Kind::AuditPairs] {
            for mode in MODES {
                let last = (1 << Factor::of(kind).len()) - 1;
                assert_eq!(corner(kind, mode, last), canonical(mode, Protocol::Strict.settings(mode)));
                let mut published = canonical(mode, Protocol::Published.settings(mode));
                if kind == Kind::Audit {
                    published.pairing = Pairing::Same; // which a text has no use for
                }
                assert_eq!(corner(kind, mode, 0), published);
                let cells = cells(kind, mode);
                for strict in 0..=last {
                    assert!(cells.contains(&corner(kind, mode, strict)), "every corner is run");
                }
                let mut names: Vec<Cell> = cells.iter().map(|cell| Cell::of(kind, mode, cell)).collect();
                names.sort();
                names.dedup();
                assert_eq!(names.len(), cells.len(), "every cell is an arm of its own");
            }
        }
        assert_eq!(cells(Kind::Audit, Mode::Angular).len(), 8);
        assert_eq!(cells(Kind::Audit, Mode::Magnitude).len(), 4);
        assert_eq!(cells(Kind::AuditPairs, Mode::Angular).len(), 16);
        assert_eq!(cells(Kind::AuditPairs, Mode::Magnitude).len(), 8);
    }
}
