//! What repairs give back.

use super::caption::note;
use super::main::limited;
use super::{Drawing, Source, View};
use crate::figure::draw::{Block, Content, Panel, RowsPanel};
use crate::figure::names;
use crate::figure::picture::{Forest, repair::SHOWN};
use crate::figure::style::Style;

/// A panel of repairs.
pub fn panel(title: &str, forest: &Forest, range: (f64, f64), view: &View) -> Panel {
    Panel { title: title.to_owned(), content: Content::Rows(RowsPanel::of_forest(forest, range, &view.hidden)) }
}

/// What the whiskers of recoveries are.
pub const WHISKERS: &str = "Whiskers: 95 % bootstrap intervals over texts and seeds.";

/// Attention, pathways and norms.
pub fn repair(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.repair.as_ref()?;
    let range = data.extent();
    let panels =
        data.forests.iter().map(|(kind, forest)| panel(names::experiment(*kind), forest, range, view)).collect();
    let table = SHOWN.iter().find(|(kind, _)| data.forests.iter().any(|(known, _)| known == kind))?.1;
    let blocks = vec![Block { panels: limited(panels, style), columns: 3, least: 18.0, share: false }];
    Some(Drawing { blocks, caption: data.caption().to_owned(), note: note(source, table, WHISKERS) })
}

/// The repairs, and the sets of layers that they matter in.
pub fn mechanism(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let (repair, layers) = (&source.pictures.repair, &source.pictures.layers);
    let sets = layers.as_ref().filter(|layers| !layers.sets.rows.is_empty());
    let ranges =
        repair.iter().map(crate::figure::picture::repair::Data::extent).chain(sets.map(|layers| layers.sets.extent()));
    let range = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let mut panels = Vec::new();
    let mut caption = Vec::new();
    let mut table = "layer_sets";
    if let Some(data) = repair {
        let shown = data.forests.iter().map(|(kind, forest)| panel(names::experiment(*kind), forest, range, view));
        panels.extend(shown);
        caption.push(data.caption());
        table = SHOWN.iter().find(|(kind, _)| data.forests.iter().any(|(known, _)| known == kind))?.1;
    }
    if let Some(layers) = sets {
        panels.push(panel("Attention of sets of layers", &layers.sets, range, view));
        caption.push(layers.sets_caption());
    }
    let blocks = vec![Block { panels: limited(panels, style), columns: 2, least: 20.0, share: false }];
    Some(Drawing { blocks, caption: caption.join(" "), note: note(source, table, WHISKERS) })
}
