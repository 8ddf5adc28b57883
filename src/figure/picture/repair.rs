//! What repairs give back: attention, pathways and norms beside each other, over axes of the same length.

use super::forest::{self, Forest};
use super::records;
use crate::experiment::Kind;
use crate::figure::{Table, counted};
use crate::study::Study;

/// What stands above the picture.
pub const TITLE: &str = "What repairs give back";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// One per experiment that has repairs.
    pub forests: Vec<(Kind, Forest)>,
    caption: String,
}

/// The experiments, and their tables.
pub const SHOWN: [(Kind, &str); 3] =
    [(Kind::AttentionRepair, "attention_repair"), (Kind::Pathways, "pathways"), (Kind::NormRepair, "norm_repair")];

impl Data {
    /// From the tables of repairs; none where nothing is in.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let mut forests = Vec::new();
        let mut behind = Vec::new();
        for (kind, id) in SHOWN {
            let records = records::of(tables, id, study);
            let forest = Forest::of(&records, kind);
            if !forest.rows.is_empty() {
                let seeds = records.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
                let texts = records::fact(tables, id, "texts");
                let n = format!("{} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts"));
                if !behind.contains(&n) {
                    behind.push(n);
                }
                forests.push((kind, forest));
            }
        }
        let shown = SHOWN.iter().map(|(_, id)| *id).find(|id| tables.iter().any(|table| table.id == *id));
        let missing = forest::missing(forests.iter().map(|(_, forest)| forest));
        let setting = SHOWN.iter().map(|(_, id)| records::setting(tables, id)).find(|words| words.contains("layers"));
        let caption = format!(
            "Recovery, (damage − repaired damage)/damage, with its {}; n {}; 100 %: the damage is undone. {} {}",
            records::intervals(tables, shown.unwrap_or_default()),
            behind.join(", "),
            setting.unwrap_or_default(),
            missing.unwrap_or_default()
        );
        (!forests.is_empty()).then_some(Self { forests, caption })
    }

    /// What has to be seen of all of them, with 0 and 100 %.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let extents = self.forests.iter().map(|(_, forest)| forest.extent());
        extents.fold((0.0_f64, 100.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)))
    }

    /// What stands below the picture.
    #[must_use]
    pub fn caption(&self) -> &str {
        &self.caption
    }
}
