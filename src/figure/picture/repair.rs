//! What repairs give back: attention, pathways and norms beside each other, over axes of the same length.

use super::forest::{self, Forest};
use super::setting::{Setting, intervals};
use crate::experiment::Kind;
use crate::figure::{View, counted};
use crate::findings::Findings;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// One per experiment that has repairs.
    pub forests: Vec<(Kind, Forest)>,
    /// How the first of them was made.
    pub setting: Setting,
    caption: String,
}

/// The experiments, and the tables of their numbers.
pub fn shown() -> impl Iterator<Item = (Kind, &'static str)> {
    View::Repair.kinds().iter().copied().zip(View::Repair.tables().iter().copied())
}

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let (mut forests, mut settings) = (Vec::new(), Vec::new());
        let mut behind = Vec::new();
        for (kind, _) in shown() {
            let Some(repairs) = findings.repairs(kind) else { continue };
            let restored = repairs.restored();
            let forest = Forest::of(&restored, kind);
            if !forest.rows.is_empty() {
                let seeds = restored.iter().map(|restored| restored.seeds).max().unwrap_or(0);
                let texts = counted(repairs.items(), "text", "texts");
                let n = format!("{} × {texts}", counted(seeds, "seed", "seeds"));
                if !behind.contains(&n) {
                    behind.push(n);
                }
                settings.push(Setting::of(findings, Some(kind), restored.iter().map(|restored| restored.delta)));
                forests.push((kind, forest));
            }
        }
        let setting = settings.into_iter().next()?;
        let caption = format!(
            "Recovery, (damage − repaired damage)/damage, with its {}; n {}; 100 %: the damage is undone. {} {}",
            intervals(findings),
            behind.join(", "),
            setting.words,
            forest::missing(forests.iter().map(|(_, forest)| forest)).unwrap_or_default()
        );
        Some(Self { forests, setting, caption })
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
