//! The summary of every experiment that repairs: what a repair gives back of the damage.

use super::harm::Harms;
use super::replicates::Means;
use super::series::ByArm;
use super::{Arm, Kind, Results, Series};
use crate::intervention::Patch;
use crate::stats::{Estimate, NoRatio, Spread, TTest, holm, interval, paired_t, recovery_of_means};
use crate::study::Mode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What each repair of an experiment gives back under each mode.
#[derive(Debug, Clone)]
pub struct Recoveries {
    /// One per repair and mode, and one per repair that compares the modes.
    pub rows: Vec<Recovery>,
    /// Items behind each row; the fewest of any.
    pub items: usize,
}

/// What one repair gives back.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// The repair.
    pub arm: Arm,
    /// What is repaired.
    pub patches: Vec<Patch>,
    /// δ in the study's unit.
    pub delta: f64,
    /// Under one mode, or between two.
    pub of: Of,
    /// Recovery (damage − repaired damage)/damage with its interval over texts and seeds; between modes their difference.
    pub recovery: Result<Estimate, NoRatio>,
    /// The same of each seed, where the damage of every one is above 0; none between modes.
    pub by_seed: Option<Vec<f64>>,
    /// Paired t-test over seeds: of damage against repaired damage; between modes of their recoveries.
    pub test: Option<TTest>,
    /// Its p, adjusted by Holm for its family.
    pub p_holm: Option<f64>,
    /// How many tests its family holds: damage against repaired damage and the modes against each other are two, and
    /// windows and single layers, which are a map and no hypotheses, are apart from both.
    pub family: usize,
}

/// What a recovery is of.
#[derive(Debug, Clone)]
pub enum Of {
    /// A mode.
    Mode {
        /// Which.
        mode: Mode,
        /// Damage without repair, nats, over the seeds.
        damage: Spread,
        /// Damage with it.
        repaired: Spread,
    },
    /// Angular minus magnitude.
    Difference,
}

/// The damages of one repair under one mode, and those without it.
struct Pair<'a> {
    mode: Mode,
    harms: Harms<'a>,
    /// Of both, under the same resamples.
    means: Vec<Arc<Means>>,
}

impl Recoveries {
    /// The summary of `kind` from `results`, complete or not; none before the first repaired trial.
    #[must_use]
    pub fn of(results: &Results, kind: Kind) -> Option<Self> {
        // Before its clean run there is nothing to compare with.
        let clean = results.clean(kind)?;
        if results.scores(clean).is_empty() {
            return None;
        }
        let series = results.series(kind);
        let mut rows = Vec::new();
        let mut fewest = usize::MAX;
        let by_arm = ByArm::of(&series);
        // Arm by arm and δ by δ, in the order in which they were planned.
        let mut arms: Vec<Vec<&Series>> = Vec::new();
        let mut places = BTreeMap::new();
        for one in series.iter().filter(|series| series.repairs()) {
            let place = *places.entry((one.arm, one.delta.to_bits())).or_insert(arms.len());
            match arms.get_mut(place) {
                Some(alike) => alike.push(one),
                None => arms.push(vec![one]),
            }
        }
        for (arm, alike) in arms.iter().filter_map(|alike| Some((alike.first()?, alike))) {
            let mut pairs = Vec::new();
            for repaired in alike {
                let harms = Harms::of_scores(results, kind, &[by_arm.plain(repaired)?, repaired]);
                pairs.extend(harms.map(|harms| Pair { mode: repaired.mode, means: harms.means(), harms }));
            }
            fewest = pairs.iter().map(|pair| pair.harms.items.len()).fold(fewest, usize::min);
            let row = |of, by_seed, (recovery, test)| Recovery {
                arm: arm.arm,
                patches: arm.pass.patches.clone(),
                delta: arm.delta,
                of,
                recovery,
                by_seed,
                test,
                p_holm: None,
                family: 0,
            };
            for pair in &pairs {
                let (Some(damage), Some(repaired)) = (pair.harms.spread(0), pair.harms.spread(1)) else {
                    continue;
                };
                let of = Of::Mode { mode: pair.mode, damage, repaired };
                rows.push(row(of, pair.by_seed(), pair.recovery()));
            }
            let of = |mode| pairs.iter().find(|pair| pair.mode == mode);
            if let (Some(angular), Some(magnitude)) = (of(Mode::Angular), of(Mode::Magnitude)) {
                rows.push(row(Of::Difference, None, difference(angular, magnitude)));
            }
        }
        for family in [(false, false), (false, true), (true, false), (true, true)] {
            let is_in =
                |row: &&mut Recovery| (matches!(row.of, Of::Difference), row.arm.is_repaired_window()) == family;
            let mut of_it: Vec<&mut Recovery> = rows.iter_mut().filter(is_in).collect();
            let p: Vec<f64> = of_it.iter().map(|row| row.test.map_or(1.0, |test| test.p)).collect();
            for (row, adjusted) in of_it.iter_mut().zip(holm(&p)) {
                (row.p_holm, row.family) = (row.test.map(|_| adjusted), p.len());
            }
        }
        (!rows.is_empty()).then_some(Self { rows, items: results.items_behind(kind, fewest) })
    }
}

impl Pair<'_> {
    fn recovery(&self) -> (Result<Estimate, NoRatio>, Option<TTest>) {
        let [damage, repaired] = [&self.harms.of[0], &self.harms.of[1]];
        let means = [self.means[0].list.as_slice(), self.means[1].list.as_slice()];
        (recovery_of_means([damage, repaired], means), paired_t(&self.harms.by_seed(0), &self.harms.by_seed(1)).ok())
    }

    /// Recoveries of the seeds, where the damage of every seed is above 0.
    fn by_seed(&self) -> Option<Vec<f64>> {
        let (damage, repaired) = (self.harms.by_seed(0), self.harms.by_seed(1));
        let share = |(damage, repaired): (&f64, &f64)| (*damage > 0.0).then(|| (damage - repaired) / damage);
        damage.iter().zip(&repaired).map(share).collect()
    }
}

/// The recovery under angular minus that under magnitude; its interval is that of the difference of recoveries under the
/// same resamples.
fn difference(angular: &Pair, magnitude: &Pair) -> (Result<Estimate, NoRatio>, Option<TTest>) {
    let estimate = || {
        let value = angular.recovery().0?.value - magnitude.recovery().0?.value;
        if angular.harms.items != magnitude.harms.items {
            return Err(NoRatio::NotCrossedAlike);
        }
        let replicates = |pair: &Pair| -> Vec<f64> {
            let [damages, repaired] = [&pair.means[0].list, &pair.means[1].list];
            damages.iter().zip(repaired).map(|(damage, repaired)| (damage - repaired) / damage.max(0.0)).collect()
        };
        let mut list: Vec<f64> = replicates(angular).iter().zip(&replicates(magnitude)).map(|(a, m)| a - m).collect();
        Ok(Estimate { value, interval: interval(&mut list).ok_or(NoRatio::NoInterval)? })
    };
    let test = angular.by_seed().zip(magnitude.by_seed()).and_then(|(a, m)| paired_t(&a, &m).ok());
    (estimate(), test)
}
