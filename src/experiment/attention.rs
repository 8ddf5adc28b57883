//! The summaries of what is read off attention: entropies, queries and keys.

use super::harm::Harms;
use super::{Kind, Results, Series};
use crate::measure::Quantity;
use crate::stats::{Spread, TTest, cohens_d_population, holm, one_sample_t};
use crate::study::Mode;
use std::ops::Range;

/// The change of a quantity under one mode and δ, over the layers that it is a mean of.
#[derive(Debug, Clone)]
pub struct Change {
    /// The mode.
    pub mode: Mode,
    /// δ in the study's unit.
    pub delta: f64,
    /// The layer; none for the mean over all that are read.
    pub layer: Option<usize>,
    /// What changes.
    pub quantity: Quantity,
    /// Its clean mean over texts, layers and heads.
    pub clean: f64,
    /// Mean and spread over seeds of the change, disturbed minus clean.
    pub change: Spread,
    /// Its 95 % interval over texts and seeds.
    pub interval: Option<(f64, f64)>,
    /// t-test over seeds of the change against 0.
    pub test: Option<TTest>,
    /// Its two-sided p, adjusted by Holm for all changes of the list.
    pub p_holm: Option<f64>,
    /// Cohen's d of disturbed against clean means by seed, with the pooled population sd, as the published study printed it.
    pub d_published: Option<f64>,
    /// Items behind it.
    pub items: usize,
}

/// Changes of `quantities` over the plain runs of `kind`: of all layers that are read together, or, where `by_layer` says
/// so, of each. The entropies of one mode stand together.
#[must_use]
pub fn changes(results: &Results, kind: Kind, quantities: &[Quantity], by_layer: bool) -> Vec<Change> {
    let Some(shape) = results.shapes.get(&kind) else { return Vec::new() };
    let all_series = results.series(kind);
    let mut asked = Vec::new();
    for series in all_series.iter().filter(|series| series.arm.is_plain()) {
        for quantity in quantities {
            if by_layer {
                for (place, layer) in shape.read_layers.iter().enumerate() {
                    let heads = place * shape.heads..(place + 1) * shape.heads;
                    asked.push(Asked { series, quantity: *quantity, layer: Some(*layer), heads });
                }
            } else {
                let heads = 0..shape.read_layers.len() * shape.heads;
                asked.push(Asked { series, quantity: *quantity, layer: None, heads });
            }
        }
    }
    let (asked, harms): (Vec<Asked>, Vec<Harms>) =
        asked.into_iter().filter_map(|asked| asked.harms(results, kind).map(|harms| (asked, harms))).unzip();
    Harms::make_means(&harms);
    let mut list: Vec<Change> =
        asked.iter().zip(&harms).filter_map(|(asked, harms)| change(results, kind, asked, harms)).collect();
    let p: Vec<f64> = tested(&list).map(|change| change.test.map_or(1.0, |test| test.p)).collect();
    let mut adjusted = holm(&p).into_iter();
    for change in list.iter_mut().filter(|change| change.quantity.may_fall()) {
        let p = adjusted.next();
        change.p_holm = change.test.and(p);
    }
    list
}

/// The changes that make up the family of tests.
pub fn tested(list: &[Change]) -> impl Iterator<Item = &Change> {
    list.iter().filter(|change| change.quantity.may_fall())
}

/// What a change is asked of: a quantity under a mode and δ, over some heads.
struct Asked<'a> {
    series: &'a Series<'a>,
    quantity: Quantity,
    layer: Option<usize>,
    /// Which of all that are read.
    heads: Range<usize>,
}

impl Asked<'_> {
    /// Their mean.
    fn mean(&self, all: &[f32]) -> f64 {
        let values = &all[self.heads.clone()];
        values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
    }

    fn harms<'a>(&self, results: &'a Results, kind: Kind) -> Option<Harms<'a>> {
        Harms::of_readings(results, kind, self.quantity, &|all| self.mean(all), &[self.series])
    }
}

fn change(results: &Results, kind: Kind, asked: &Asked, harms: &Harms) -> Option<Change> {
    let Asked { series, quantity, layer, .. } = asked;
    let quantity = *quantity;
    let clean_id = results.clean(kind)?;
    let of_clean: Vec<f64> = results.readings(clean_id, quantity).map(|(_, values)| asked.mean(values)).collect();
    let clean = crate::stats::mean(&of_clean)?;
    let changes = harms.by_seed(0);
    // The clean run is the same under every seed.
    let disturbed: Vec<f64> = changes.iter().map(|change| clean + change).collect();
    Some(Change {
        mode: series.mode,
        delta: series.delta,
        layer: *layer,
        quantity,
        clean,
        change: harms.spread(0)?,
        interval: harms.means()[0].interval,
        // What cannot fall is no evidence where it has risen.
        test: if quantity.may_fall() { one_sample_t(&changes, 0.0).ok() } else { None },
        p_holm: None,
        d_published: cohens_d_population(&disturbed, &vec![clean; disturbed.len()]).ok(),
        items: results.items_behind(kind, harms.items.len()),
    })
}
