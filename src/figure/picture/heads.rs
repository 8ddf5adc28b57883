//! Heads: how the entropy of each changes, and what repairing the most changed ones gives back: one by one, and the
//! first k of them.

use super::Point;
use super::bars::Spreads;
use super::chart::{Across, Chart, Form, Mark, Of, add, hover};
use super::forest::{self, Forest};
use super::head_maps::{Head, HeadMaps};
use super::records::{self, Record};
use super::scale::Scale;
use crate::experiment::Kind;
use crate::figure::{Table, counted};
use crate::study::Study;

/// What stands above the picture.
pub const TITLE: &str = "Heads";

/// The table of the repairs.
pub const TABLE: &str = "heads_repair";

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
    caption: String,
}

/// Whole layers beside the heads.
const LAYERS: &str = "k whole layers";

impl Data {
    /// From the table of the ranking and that of the repairs; none where no head is ranked.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let ranked = records::of(tables, "heads", study);
        let of_repairs = records::of(tables, TABLE, study);
        let delta = of_repairs.iter().find_map(|record| record.number("delta"));
        let delta = delta.or(study.experiments.heads.as_ref().and_then(|heads| heads.delta));
        let mut heads = Vec::new();
        for mode in &study.perturbation.modes {
            let key = format!("{}_change", mode.to_string().replace(' ', "_"));
            heads.extend(ranked.iter().map(|record| Head {
                mode: *mode,
                layer: record.count("layer"),
                place: record.count("head"),
                clean: record.number("clean"),
                change: record.number(&key),
                more: format!("rank {} by the change under the angular mode", record.count("rank")),
            }));
        }
        let maps = HeadMaps::of(Kind::Heads, delta, &heads)?;
        let repairs = Forest::of(&of_repairs, Kind::Heads);
        let seeds = of_repairs.iter().map(|record| record.count("damage_seeds")).max().unwrap_or(0);
        let texts = records::fact(tables, TABLE, "texts");
        let n = match seeds {
            0 => String::new(),
            _ => format!("; n {} × {}", counted(seeds, "seed", "seeds"), counted(texts, "text", "texts")),
        };
        let caption = format!(
            "Colours: attention entropy of each head, mean over texts and seeds. Recovery with its {}{n}. {} {}",
            records::intervals(tables, TABLE),
            forest::missing(std::iter::once(&repairs)).unwrap_or_default(),
            records::setting(tables, "heads")
        );
        Some(Self { maps, top: top(&of_repairs), repairs, caption })
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
fn top(records: &[Record]) -> Option<Chart> {
    let mut series = Vec::new();
    for record in records {
        let Some(mode) = record.mode() else { continue };
        let mut words = record.text("repair").split_whitespace();
        let (Some("top"), Some(k), Some(what)) = (words.next(), words.next(), words.next()) else { continue };
        let (Ok(k), Some(value)) = (k.parse::<u16>(), record.number("recovery")) else { continue };
        let interval = record.interval("recovery").map(|(low, high)| (100.0 * low, 100.0 * high));
        let delta = record.number("delta");
        let (of, form) = match what {
            "heads" => (Of::Mode(mode), Form::Line),
            _ => (Of::Part(mode, LAYERS), Form::Points),
        };
        let mark = Mark {
            x: f64::from(k),
            y: 100.0 * value,
            spreads: Spreads::interval(interval),
            hover: format!(
                "{}\nrecovery {}\nn {}",
                record.text("repair"),
                hover(100.0 * value, "%", interval),
                counted(record.count("damage_seeds"), "seed", "seeds")
            ),
            point: Some(Point {
                kind: Kind::Heads,
                mode,
                arm: record.text("repair").to_owned(),
                delta,
                layer: None,
                head: None,
            }),
            ..Mark::default()
        };
        add(&mut series, of, form, mark);
    }
    (!series.is_empty()).then(|| Chart {
        id: "top heads",
        title: "Recovery, first k repaired (%)".to_owned(),
        x_label: "k".to_owned(),
        x: Across::Value(Scale::Linear),
        series,
        over: ["seeds", "95 % bootstrap interval over texts and seeds"],
        ..Chart::default()
    })
}
