//! The summaries of what is read off attention: entropies, queries and keys.

use super::harm::{Harms, by_seed, spread};
use super::{Kind, Results, Series};
use crate::measure::Quantity;
use crate::stats::{Spread, TTest, cohens_d_population, holm, one_sample_t};
use crate::study::Mode;

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
    let mut list = Vec::new();
    for series in results.series(kind).iter().filter(|series| series.arm.is_plain()) {
        for quantity in quantities {
            if by_layer {
                for (place, layer) in shape.read_layers.iter().enumerate() {
                    let range = place * shape.heads..(place + 1) * shape.heads;
                    list.extend(change(results, kind, series, *quantity, Some(*layer), &|all| {
                        mean(&all[range.clone()])
                    }));
                }
            } else {
                list.extend(change(results, kind, series, *quantity, None, &mean));
            }
        }
    }
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

fn change(
    results: &Results,
    kind: Kind,
    series: &Series,
    quantity: Quantity,
    layer: Option<usize>,
    places: &dyn Fn(&[f32]) -> f64,
) -> Option<Change> {
    let clean_id = results.condition(kind, None, "")?;
    let harms = Harms::of_readings(results, kind, quantity, places, &[series])?;
    let of_clean: Vec<f64> = results.readings(clean_id, quantity).map(|(_, values)| places(values)).collect();
    let clean = crate::stats::mean(&of_clean)?;
    let changes = by_seed(&harms.of[0]);
    // The clean run is the same under every seed.
    let disturbed: Vec<f64> = changes.iter().map(|change| clean + change).collect();
    Some(Change {
        mode: series.mode,
        delta: series.delta,
        layer,
        quantity,
        clean,
        change: spread(&harms.of[0])?,
        interval: harms.of[0].interval(&harms.resamples),
        // What cannot fall is no evidence where it has risen.
        test: if quantity.may_fall() { one_sample_t(&changes, 0.0).ok() } else { None },
        p_holm: None,
        d_published: cohens_d_population(&disturbed, &vec![clean; disturbed.len()]).ok(),
        items: results.items_behind(kind, harms.items.len()),
    })
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}
