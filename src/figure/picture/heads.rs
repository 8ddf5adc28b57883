//! Heads: how the entropy of each changes, and what repairing the most changed ones gives back: one by one, and the
//! first k of them.

use super::bars::Spreads;
use super::chart::{Across, Chart, Form, Mark, Of, add, hover};
use super::forest::{self, Forest};
use super::head_maps::{Head, HeadMaps};
use super::scale::Scale;
use super::setting::{finite, intervals};
use super::{Point, Setting};
use crate::experiment::{Arm, Kind};
use crate::figure::counted;
use crate::findings::{Findings, Repairs, Restored};

/// What stands above the repairs.
pub const REPAIRS: &str = "Repaired heads, and whole layers";

/// What stands in place of the repairs before they are planned.
pub const NO_REPAIRS: &str = "The repairs are planned from the ranking, and come after it.";

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// The heads.
    pub maps: HeadMaps,
    /// Recovery against k.
    pub top: Option<Chart>,
    /// Recovery of each repair; without rows before they are planned.
    pub repairs: Forest,
    /// How they were made.
    pub setting: Setting,
    caption: String,
}

/// Whole layers beside the heads.
const LAYERS: &str = "k whole layers";

impl Data {
    /// Of `findings`; none where no head is ranked.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let (study, ranked) = (findings.study(), findings.ranked_heads()?);
        let repairs = findings.repairs(Kind::Heads);
        let restored = repairs.map(Repairs::restored).unwrap_or_default();
        let delta = restored.first().map(|restored| restored.delta);
        let delta = delta.or(study.experiments.heads.as_ref().and_then(|heads| heads.delta));
        let mut heads = Vec::new();
        for mode in &study.perturbation.modes {
            heads.extend(ranked.heads.iter().enumerate().map(|(rank, head)| Head {
                mode: *mode,
                layer: head.layer,
                place: head.head,
                clean: Some(head.clean),
                change: ranked.change(*mode, head),
                more: format!("rank {} by the change under the angular mode", rank + 1),
            }));
        }
        let maps = HeadMaps::of(Kind::Heads, delta, &heads)?;
        let forest = Forest::of(&restored, Kind::Heads);
        let texts = repairs.map_or(0, Repairs::items);
        let n = match restored.iter().map(|restored| restored.seeds).max() {
            None | Some(0) => String::new(),
            Some(seeds) => format!("; n {} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts")),
        };
        let setting = Setting::of(findings, Some(Kind::Heads), restored.iter().map(|restored| restored.delta));
        let caption = format!(
            "Colours: attention entropy of each head, mean over texts and seeds. Recovery with its {}{n}. {} {}",
            intervals(findings),
            forest::missing(std::iter::once(&forest)).unwrap_or_default(),
            setting.words
        );
        Some(Self { maps, top: top(&restored), repairs: forest, setting, caption })
    }

    /// What stands below the picture.
    #[must_use]
    pub fn caption(&self) -> &str {
        &self.caption
    }

    /// What is joined in the chart over k, where whole layers stand beside heads.
    #[must_use]
    pub fn key(&self) -> Option<&'static str> {
        let has_layers = self.top.iter().flat_map(|top| &top.series).any(|series| matches!(series.of, Of::Part(..)));
        has_layers.then_some("Joined: k heads; alone: k whole layers.")
    }
}

/// Recovery where the first k heads of the ranking are repaired, and the first k whole layers.
fn top(list: &[Restored]) -> Option<Chart> {
    let mut series = Vec::new();
    for Restored { arm, mode, delta, share, seeds, .. } in list {
        let (k, of, form) = match arm {
            Arm::TopHeads(k) => (*k, Of::Mode(*mode), Form::Line),
            Arm::TopLayers(k) => (*k, Of::Part(*mode, LAYERS), Form::Points),
            _ => continue,
        };
        let Ok(share) = share else { continue };
        let interval = finite(share.interval).map(|(low, high)| (100.0 * low, 100.0 * high));
        let point = Point { kind: Kind::Heads, mode: *mode, arm: *arm, delta: Some(*delta), layer: None, head: None };
        let mark = Mark {
            x: k as f64,
            y: 100.0 * share.value,
            spreads: Spreads::interval(interval),
            hover: format!(
                "{arm}\nrecovery {}\nn {}",
                hover(100.0 * share.value, "%", interval),
                counted(*seeds, "seed", "seeds")
            ),
            point: Some(point),
            ..Mark::default()
        };
        add(&mut series, of, form, mark);
    }
    (!series.is_empty()).then(|| Chart {
        id: "top heads",
        title: "Recovery, first k repaired".to_owned(),
        unit: "%",
        x_label: "k".to_owned(),
        x: Across::Value(Scale::Linear),
        series,
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    })
}
