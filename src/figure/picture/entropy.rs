//! How the entropy of attention changes, layer by layer, and head by head.

use super::bars::Bars;
use super::chart::Chart;
use super::head_maps::{Head, HeadMaps};
use super::scale::exact;
use super::{Setting, by_layer};
use crate::experiment::{Change, Kind};
use crate::figure::counted;
use crate::findings::{Findings, HeadEntropy};

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By layer.
    pub chart: Chart,
    /// By head.
    pub heads: Option<HeadMaps>,
    /// How it was made.
    pub setting: Setting,
    caption: String,
}

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let changes = findings.entropy_by_layer();
        let title = "Change of −Σ p·ln p, mean over heads and queries".to_owned();
        let shaded = findings.layers_of(Kind::Entropy).to_vec();
        let all: Vec<&Change> = changes.iter().collect();
        let chart = by_layer::chart("entropy", title, (Kind::Entropy, "nats"), &all, shaded);
        let (setting, caption) = by_layer::caption(findings, Kind::Entropy, changes);
        let head = |of: &HeadEntropy| Head {
            mode: of.mode,
            layer: of.layer,
            place: of.head,
            clean: Some(of.clean),
            change: Some(of.change.mean),
            more: format!(
                "sd of the change over seeds {}\nn {} × {}",
                of.change.sd.map_or("–".to_owned(), exact),
                counted(of.change.n, "seed", "seeds"),
                counted(of.items, "text", "texts")
            ),
        };
        let of_heads = &findings.entropy_heads().rows;
        let heads: Vec<Head> = of_heads.iter().map(head).collect();
        let heads = HeadMaps::of(Kind::Entropy, of_heads.first().map(|of| of.delta), &heads);
        (!chart.series.is_empty()).then_some(Self { chart, heads, setting, caption })
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.chart.bars_words(bars), self.caption)
    }
}
