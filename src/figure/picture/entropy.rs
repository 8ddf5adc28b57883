//! How the entropy of attention changes, layer by layer, and head by head.

use super::bars::Bars;
use super::chart::Chart;
use super::head_maps::{Head, HeadMaps};
use super::scale::exact;
use super::{by_layer, records};
use crate::experiment::Kind;
use crate::figure::{Table, counted};
use crate::study::Study;

/// What stands above the picture.
pub const TITLE: &str = "Attention entropy by layer";

/// The table by layer.
pub const TABLE: &str = "entropy_layers";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// By layer.
    pub chart: Chart,
    /// By head.
    pub heads: Option<HeadMaps>,
    caption: String,
}

impl Data {
    /// From the tables by layer and by head; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLE, study);
        let title = "Change of −Σ p·ln p, mean over heads and queries (nats)".to_owned();
        let shaded = records::disturbed(tables, TABLE);
        let chart = by_layer::chart("entropy", title, (Kind::Entropy, "nats"), records.iter(), shaded);
        let caption = by_layer::caption(tables, TABLE, &records);
        let of_heads = records::of(tables, "entropy_heads", study);
        let head = |record: &records::Record| {
            let sd = record.number("change_sd").map_or("–".to_owned(), exact);
            Some(Head {
                mode: record.mode()?,
                layer: record.count("layer"),
                place: record.count("head"),
                clean: record.number("clean"),
                change: record.number("change_mean"),
                more: format!(
                    "sd of the change over seeds {sd}\nn {} × {}",
                    counted(record.count("change_seeds"), "seed", "seeds"),
                    counted(record.count("texts"), "text", "texts")
                ),
            })
        };
        let delta = of_heads.first().and_then(|record| record.number("delta"));
        let heads: Vec<Head> = of_heads.iter().filter_map(head).collect();
        let heads = HeadMaps::of(Kind::Entropy, delta, &heads);
        (!chart.series.is_empty()).then_some(Self { chart, heads, caption })
    }

    /// What stands below the picture where `bars` are drawn.
    #[must_use]
    pub fn caption(&self, bars: Bars) -> String {
        format!("{} {}", self.chart.bars_words(bars), self.caption)
    }
}
