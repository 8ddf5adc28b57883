//! The double dissociation at each δ that sweep and syntax have in common.

use crate::experiment::harm::{Harms, resample_count};
use crate::experiment::{Kind, Results, Series};
use crate::stats::{Claim, Crossed, Dissociation, Task, Untestable, claims, resamples_of_others};
use crate::study::Mode;

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
    /// Seeds behind both.
    pub seeds: usize,
    /// How many δ the family holds.
    pub family: usize,
}

/// Loss or accuracy under both modes at one δ.
struct Both {
    harms: Harms,
    /// Clean loss, or 1 for a pair that the clean run judges wrong, by item.
    clean: Vec<f64>,
    /// Where all is lost.
    worst: f64,
}

/// The double dissociation by the study's unit of analysis; none where the study lacks one of the experiments, or its
/// vocabulary is not known.
#[must_use]
pub fn dissociations(results: &Results) -> Vec<DissociationAt> {
    let Some(vocabulary) = results.vocabulary else { return Vec::new() };
    let unit = results.study.statistics.unit;
    let (sweep, syntax) = (results.series(Kind::Sweep), results.series(Kind::Syntax));
    let (mut rows, mut family) = (Vec::new(), Vec::new());
    for loss in sweep.iter().filter(|series| series.mode == Mode::Angular) {
        let at = loss.delta;
        let both = |kind, series: &[Series], worst| both(results, kind, series, at, worst);
        let (Some(loss), Some(mut syntax)) =
            (both(Kind::Sweep, &sweep, (vocabulary as f64).ln()), both(Kind::Syntax, &syntax, 0.5))
        else {
            continue;
        };
        let (texts, pairs) = (loss.harms.items.len(), syntax.harms.items.len());
        let seeds = loss.harms.of[0].seeds();
        // Other texts under the same seeds.
        syntax.harms.resamples =
            resamples_of_others(pairs, syntax.harms.of[0].seeds(), resample_count(results), results.study.seed);
        family.push(Dissociation::of(&loss.task(), &syntax.task(), unit));
        let texts = results.items_behind(Kind::Sweep, texts);
        let row = DissociationAt { delta: at, outcome: Err(Untestable::NoInterval), texts, pairs, seeds, family: 0 };
        rows.push(DissociationAt { pairs: results.items_behind(Kind::Syntax, pairs), ..row });
    }
    for ((row, found), claim) in rows.iter_mut().zip(&family).zip(claims(&family)) {
        row.outcome = found.and_then(|found| Ok((found, claim.ok_or(Untestable::NoInterval)?)));
        row.family = family.len();
    }
    rows
}

fn both(results: &Results, kind: Kind, series: &[Series], delta: f64, worst: f64) -> Option<Both> {
    let of = |mode| series.iter().find(|s| s.mode == mode && s.delta == delta && s.arm.is_plain());
    let mut harms = Harms::of_scores(results, kind, &[of(Mode::Angular)?, of(Mode::Magnitude)?])?;
    let scores = results.scores(results.condition(kind, None, "")?);
    let score = |item: &usize| Some(scores.get(*item).copied().flatten()?.value);
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

impl Both {
    fn task(&self) -> Task<'_> {
        let [angular, magnitude]: [&Crossed; 2] = [&self.harms.of[0], &self.harms.of[1]];
        Task { angular, magnitude, clean: &self.clean, worst: self.worst, resamples: &self.harms.resamples }
    }
}
