//! Queries, keys and the attention that they make, layer by layer.

use super::bars::Bars;
use super::chart::Chart;
use super::{Setting, by_layer};
use crate::experiment::{Change, Kind};
use crate::figure::words;
use crate::findings::Findings;
use crate::measure::Quantity;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// A chart by layer for each quantity.
    pub charts: Vec<Chart>,
    /// How it was made.
    pub setting: Setting,
    caption: String,
}

/// Names that tell the charts apart.
const IDS: [&str; 4] = ["alignment 1", "alignment 2", "alignment 3", "alignment 4"];

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let changes = findings.alignment();
        let mut quantities: Vec<Quantity> = Vec::new();
        for change in changes {
            if !quantities.contains(&change.quantity) {
                quantities.push(change.quantity);
            }
        }
        let chart = |(id, quantity): (&'static str, Quantity)| {
            let of_it: Vec<&Change> = changes.iter().filter(|change| change.quantity == quantity).collect();
            let shaded = findings.layers_of(Kind::QkAlignment).to_vec();
            let chart = by_layer::chart(id, title(quantity), (Kind::QkAlignment, ""), &of_it, shaded);
            Chart { unit: words::quantity(quantity).1, ..chart }
        };
        let charts: Vec<Chart> = IDS.into_iter().zip(quantities).map(chart).collect();
        let (setting, caption) = by_layer::caption(findings, Kind::QkAlignment, changes);
        (!charts.is_empty()).then_some(Self { charts, setting, caption })
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        let bars = self.charts.first().map_or(String::new(), |chart| chart.bars_words(bars));
        format!("{bars} {}", self.caption)
    }
}

/// What is read, as a title; the cosine alone is not 0 in the clean run.
fn title(quantity: Quantity) -> String {
    let words = words::capital(words::quantity(quantity).0);
    if quantity == Quantity::QkCosine { format!("{words}, change") } else { words }
}
