//! What repairs give back.

use super::caption::note;
use super::main::limited;
use super::{Drawing, Source, View};
use crate::experiment::Kind;
use crate::figure::draw::{Block, Content, Panel, RowsPanel};
use crate::figure::picture::repair::Data;
use crate::figure::picture::{Forest, intervals};
use crate::figure::style::Style;

/// A panel of repairs.
pub fn panel(title: &str, forest: &Forest, range: (f64, f64), view: &View) -> Panel {
    Panel { title: title.to_owned(), content: Content::Rows(RowsPanel::of_forest(forest, range, &view.hidden)) }
}

/// What the whiskers of recoveries are.
pub fn whiskers(source: &Source) -> String {
    format!("Whiskers: {}.", intervals(source.findings()))
}

/// Attention reads nothing but what the first norm gives, and the MLP nothing but what the second gives.
const SAME: &str = "Repairing a norm is repairing what reads it: ln1 attention, ln2 the MLP.";

/// Attention, pathways and norms.
pub fn repair(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.repair()?;
    let range = data.extent();
    let panels = data.forests.iter().map(|(kind, forest)| panel(kind.title(), forest, range, view)).collect();
    let blocks = vec![Block { panels: limited(panels, style), columns: 3, least: 18.0, share: false }];
    Some(Drawing {
        blocks,
        caption: format!("{} {}", data.caption(), same(data)),
        note: note(source, &data.setting, &whiskers(source)),
    })
}

/// The repairs, and the sets of layers that they matter in.
pub fn mechanism(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let (repair, layers) = (source.pictures.repair(), source.pictures.layers());
    let sets = layers.filter(|layers| !layers.sets.rows.is_empty());
    let setting = repair.map(|data| &data.setting).or(sets.map(|layers| &layers.setting))?;
    let ranges = repair.into_iter().map(Data::extent).chain(sets.map(|layers| layers.sets.extent()));
    let range = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let mut panels = Vec::new();
    let mut caption = Vec::new();
    if let Some(data) = repair {
        let shown = data.forests.iter().map(|(kind, forest)| panel(kind.title(), forest, range, view));
        panels.extend(shown);
        caption.push(data.caption());
        caption.push(same(data));
    }
    if let Some(layers) = sets {
        panels.push(panel("Attention of sets of layers", &layers.sets, range, view));
        caption.push(layers.sets_caption());
    }
    let blocks = vec![Block { panels: limited(panels, style), columns: 2, least: 20.0, share: false }];
    Some(Drawing { blocks, caption: caption.join(" "), note: note(source, setting, &whiskers(source)) })
}

/// What is said where norms stand beside what reads them.
fn same(data: &Data) -> &'static str {
    let has = |kind| data.forests.iter().any(|(known, _)| *known == kind);
    if has(Kind::NormRepair) && (has(Kind::AttentionRepair) || has(Kind::Pathways)) { SAME } else { "" }
}
