//! The double dissociation at each δ that sweep and syntax have in common.

use crate::experiment::harm::Harms;
use crate::experiment::replicates::Means;
use crate::experiment::{Kind, Results, Series};
use crate::stats::{Claim, Crossed, Dissociation, Draws, Resampled, Task, Unit, Untestable, claims};
use crate::study::Mode;
use std::sync::Arc;

/// The double dissociation at one δ.
#[derive(Debug, Clone)]
pub struct DissociationAt {
    /// δ in the study's unit.
    pub delta: f64,
    /// Simple effects, interaction, and what is claimed of them; or why there is nothing to say.
    pub outcome: Result<(Dissociation, Claim), Untestable>,
    /// Texts behind the loss.
    pub texts: usize,
    /// Pairs behind the accuracy.
    pub pairs: usize,
    /// Seeds that both have.
    pub seeds: usize,
    /// The modes whose runs are one run under all seeds, in either.
    pub one_run: Vec<Mode>,
    /// The fewer of texts and pairs, and the seeds, that are drawn.
    pub drawn: [usize; 2],
    /// How many δ the family holds.
    pub family: usize,
}

/// Loss or accuracy under both modes at one δ.
struct Both<'a> {
    harms: Harms<'a>,
    /// Clean loss, or 1 for a pair that the clean run judges wrong, by item.
    clean: Vec<f64>,
    /// Where all is lost.
    worst: f64,
}

/// The double dissociation by the study's unit of analysis, at every δ that both experiments have; none where the study
/// lacks one of them, nothing of it is in yet, or the vocabulary is not known.
#[must_use]
pub fn dissociations(results: &Results) -> Vec<DissociationAt> {
    let Some(vocabulary) = results.vocabulary else { return Vec::new() };
    let unit = results.study.statistics.unit;
    let (sweep, syntax) = (results.series(Kind::Sweep), results.series(Kind::Syntax));
    let (mut rows, mut family) = (Vec::new(), Vec::new());
    for angular in sweep.iter().filter(|series| series.mode == Mode::Angular && series.arm.is_plain()) {
        let at = angular.delta;
        let is_it = |series: &&Series| series.delta == at && series.arm.is_plain();
        let planned = |mode: Mode| syntax.iter().filter(is_it).any(|series| series.mode == mode);
        if !planned(Mode::Angular) || !planned(Mode::Magnitude) {
            continue;
        }
        // The seeds of both, so that a seed's noise in the one task meets its noise in the other.
        let all = || sweep.iter().chain(&syntax).filter(is_it);
        let seeds: Vec<u64> = angular.seeds.iter().map(|(seed, _)| *seed).collect();
        let has = |series: &Series, seed: u64| series.seeds.iter().any(|(known, _)| *known == seed);
        let seeds: Vec<u64> = seeds.into_iter().filter(|seed| all().all(|series| has(series, *seed))).collect();
        let (loss, syntax) = (
            both(results, Kind::Sweep, &sweep, at, &seeds, (vocabulary as f64).ln()),
            both(results, Kind::Syntax, &syntax, at, &seeds, 0.5),
        );
        let mut row = DissociationAt {
            delta: at,
            outcome: Err(Untestable::TooFew { found: 0, needed: 2 }),
            texts: 0,
            pairs: 0,
            seeds: 0,
            one_run: Vec::new(),
            drawn: [0, 0],
            family: 0,
        };
        let found = match (loss, syntax) {
            (Some(loss), Some(syntax)) => {
                let (texts, pairs) = (loss.harms.items.len(), syntax.harms.items.len());
                row.texts = results.items_behind(Kind::Sweep, texts);
                row.pairs = results.items_behind(Kind::Syntax, pairs);
                let seeds = loss.harms.of[0].seeds();
                row.seeds = seeds;
                row.one_run = loss.harms.one_run_modes();
                row.one_run.extend(syntax.harms.one_run_modes());
                row.one_run.sort_by_key(ToString::to_string);
                row.one_run.dedup();
                row.drawn = [texts.min(pairs), seeds];
                if let Err(why) = loss.unless_useless(unit).and_then(|()| syntax.unless_useless(unit)) {
                    Err(why)
                } else if unit == Unit::Both {
                    // Other texts under the same seeds.
                    let draws = [loss.harms.draws, syntax.harms.draws.of_others()];
                    let (of_loss, of_syntax) = (loss.resampled(draws[0]), syntax.resampled(draws[1]));
                    let resampled = [&of_loss, &of_syntax].map(|[angular, magnitude, clean]| Resampled {
                        angular: &angular.list,
                        magnitude: &magnitude.list,
                        clean: &clean.list,
                    });
                    Dissociation::of_means((&loss.task(), resampled[0]), (&syntax.task(), resampled[1]))
                } else {
                    Dissociation::of(&loss.task(), &syntax.task(), unit)
                }
            }
            _ => Err(Untestable::TooFew { found: 0, needed: 2 }),
        };
        family.push(found);
        rows.push(row);
    }
    if rows.iter().all(|row| row.texts == 0) {
        return Vec::new();
    }
    for ((row, found), claim) in rows.iter_mut().zip(&family).zip(claims(&family)) {
        row.outcome = found.and_then(|found| Ok((found, claim.ok_or(Untestable::NoInterval)?)));
        row.family = family.len();
    }
    rows
}

fn both<'a>(
    results: &'a Results,
    kind: Kind,
    series: &[Series],
    delta: f64,
    seeds: &[u64],
    worst: f64,
) -> Option<Both<'a>> {
    let of = |mode| -> Option<Series> {
        let mut found = series.iter().find(|s| s.mode == mode && s.delta == delta && s.arm.is_plain())?.clone();
        found.seeds.retain(|(seed, _)| seeds.contains(seed));
        Some(found)
    };
    let mut harms = Harms::of_scores(results, kind, &[&of(Mode::Angular)?, &of(Mode::Magnitude)?])?;
    let scores = results.scores(results.clean(kind)?);
    let score = |item: &usize| Some(scores.get(*item)?.value);
    let mut clean: Vec<f64> = harms.items.iter().map(score).collect::<Option<_>>()?;
    if kind == Kind::Syntax {
        // Errors instead of accuracies, and shares instead of points.
        for right in &mut clean {
            *right = 1.0 - *right;
        }
        harms.of = harms.of.iter().map(|points| points.scaled(0.01)).collect();
    }
    Some(Both { harms, clean, worst })
}

impl Both<'_> {
    /// Why the modes' difference in this task is no evidence; nothing where it is.
    fn unless_useless(&self, unit: Unit) -> Result<(), Untestable> {
        self.harms.unless_all_zero()?;
        if unit == Unit::Seeds { self.harms.unless_one_run() } else { Ok(()) }
    }

    /// The means under resamples of angular, magnitude and clean.
    fn resampled(&self, draws: Draws) -> [Arc<Means>; 3] {
        let [angular, magnitude]: [&Crossed; 2] = [&self.harms.of[0], &self.harms.of[1]];
        // The clean run is the same under every seed.
        let seeds = angular.seeds();
        let clean: Vec<f64> = self.clean.iter().flat_map(|clean| std::iter::repeat_n(*clean, seeds)).collect();
        let clean = Crossed::new(clean, seeds);
        let measures = [angular, magnitude, clean.as_ref().unwrap_or(angular)];
        let means = self.harms.means_of(draws, &measures);
        [0, 1, 2].map(|i| means[i].clone())
    }

    fn task(&self) -> Task<'_> {
        let [angular, magnitude]: [&Crossed; 2] = [&self.harms.of[0], &self.harms.of[1]];
        Task { angular, magnitude, clean: &self.clean, worst: self.worst, resamples: &[] }
    }
}
