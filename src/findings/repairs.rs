//! What repairs give back, whether their damages were measured or nothing but the shares was printed.

use crate::experiment::{Arm, Kind, Of, Origin, Recoveries, Recovery, Results};
use crate::published::{self, model};
use crate::stats::{Estimate, Spread, t_interval};
use crate::study::Mode;

/// What the repairs of an experiment give back.
#[derive(Debug, Clone)]
pub enum Repairs {
    /// From the losses of a run, or from losses that were printed.
    Run(Recoveries),
    /// Shares that the published study printed, of which it printed no losses.
    Printed(Vec<&'static published::Recovery>),
}

/// What one repair gives back under one mode.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What is repaired.
    pub arm: Arm,
    /// The mode.
    pub mode: Mode,
    /// δ in the study's unit.
    pub delta: f64,
    /// The share of the damage that is given back; or why there is none, empty where nothing is known of that.
    pub share: Result<Estimate, String>,
    /// Damage without repair, nats, where it is known.
    pub damage: Option<Spread>,
    /// Damage with it.
    pub repaired: Option<Spread>,
    /// Seeds behind it.
    pub seeds: usize,
}

impl Repairs {
    /// Those of the experiment `kind`; none before the first repaired trial.
    #[must_use]
    pub fn of(results: &Results, kind: Kind) -> Option<Self> {
        let printed = printed(results, kind);
        if printed.is_empty() { Recoveries::of(results, kind).map(Self::Run) } else { Some(Self::Printed(printed)) }
    }

    /// Texts behind each; the fewest of any.
    #[must_use]
    pub fn items(&self) -> usize {
        match self {
            Self::Run(recoveries) => recoveries.items,
            Self::Printed(list) => list.first().map_or(0, |first| first.texts),
        }
    }

    /// The recoveries of a run in the order in which they are shown, without windows over the depth. Random sets, which are
    /// planned first, come last: they are what the chosen ones are compared with.
    #[must_use]
    pub fn shown(recoveries: &Recoveries) -> Vec<&Recovery> {
        let mut shown: Vec<&Recovery> =
            recoveries.rows.iter().filter(|recovery| !recovery.arm.is_repaired_window()).collect();
        shown.sort_by_key(|recovery| recovery.arm.is_random());
        shown
    }

    /// What each repair gives back under each mode, in the order in which they are shown.
    #[must_use]
    pub fn restored(&self) -> Vec<Restored> {
        match self {
            Self::Run(recoveries) => Self::shown(recoveries).into_iter().filter_map(restored).collect(),
            Self::Printed(list) => list.iter().flat_map(|recovery| of_printed(recovery)).collect(),
        }
    }
}

fn restored(recovery: &Recovery) -> Option<Restored> {
    let Of::Mode { mode, damage, repaired } = recovery.of else { return None };
    Some(Restored {
        arm: recovery.arm,
        mode,
        delta: recovery.delta,
        share: recovery.recovery.map_err(|why| why.to_string()),
        damage: Some(damage),
        repaired: Some(repaired),
        seeds: damage.n,
    })
}

/// The shares of a repair that was printed, with Student's interval over seeds.
fn of_printed(recovery: &published::Recovery) -> impl Iterator<Item = Restored> {
    let share = |(mode, percent): (Mode, Spread)| Restored {
        arm: recovery.arm,
        mode,
        delta: recovery.delta,
        share: t_interval(&percent)
            .map(|(low, high)| Estimate { value: percent.mean / 100.0, interval: (low / 100.0, high / 100.0) })
            .ok_or_else(String::new),
        damage: None,
        repaired: None,
        seeds: recovery.seeds,
    };
    printed_percent(recovery).into_iter().map(share)
}

/// Percent that was given back under each mode that was printed.
#[must_use]
pub fn printed_percent(recovery: &published::Recovery) -> Vec<(Mode, Spread)> {
    let of = [(Mode::Magnitude, &recovery.magnitude), (Mode::Angular, &recovery.angular)];
    let percent = |(mode, values): (Mode, &Option<published::Values>)| {
        Some((mode, values.as_ref().and_then(|values| values.spread(recovery.seeds))?))
    };
    of.into_iter().filter_map(percent).collect()
}

/// The shares that were printed of `kind`, where `results` are the published figures and have no losses of it.
fn printed(results: &Results, kind: Kind) -> Vec<&'static published::Recovery> {
    if results.origin == Origin::Run || results.shapes.contains_key(&kind) {
        return Vec::new();
    }
    let all = model(&results.study.model.id).into_iter().flat_map(|model| &model.recoveries);
    all.filter(|recovery| recovery.experiment == kind).collect()
}

/// Whether shares of `kind` were printed, and nothing else of it.
pub(super) fn is_printed(results: &Results, kind: Kind) -> bool {
    !printed(results, kind).is_empty()
}
