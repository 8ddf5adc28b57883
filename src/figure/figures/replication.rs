//! The same sweep in several models, and what the repair of attention gives back in each.

use super::main::panel;
use super::{Drawing, Source, View};
use crate::experiment::Kind;
use crate::figure::draw::{Block, Content, Panel, RowsPanel};
use crate::figure::picture::{Forest, Row, intervals, one};
use crate::figure::style::Style;

/// A panel of damage for each model, on one axis where all measure δ in one unit, and below them the recoveries.
pub fn replication(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let mut panels = Vec::new();
    let mut captions: Vec<String> = Vec::new();
    for source in studies {
        let Some(data) = source.pictures.damage() else { continue };
        let mut one = panel(&source.name, data.chart(view.scales), "Loss damage (nats)", view);
        if let Content::Chart(chart) = &mut one.content {
            chart.limits = [style.x, style.y];
        }
        panels.push(one);
        captions.push(format!("{}: {}", source.name, data.caption(style.bars)));
    }
    if panels.is_empty() {
        return None;
    }
    let columns = if panels.len() == 4 { 2 } else { 3 };
    let unit = |source: &Source| source.study().perturbation.delta_unit;
    let share = studies.iter().all(|source| unit(source) == unit(&studies[0]));
    let mut blocks = vec![Block { panels, columns, least: 17.0, share }];
    // Rows of different δ say which.
    let deltas: Vec<Option<String>> = studies.iter().map(delta).collect();
    let apart = deltas.iter().flatten().any(|one| deltas.iter().flatten().any(|other| one != other));
    let named = |source: &Source| {
        let row = attention(source)?;
        let delta = delta(source).filter(|_| apart).map_or(String::new(), |delta| format!(", {delta}"));
        Some(Row { name: format!("{}{delta}", row.name), ..row })
    };
    let forest = Forest { rows: studies.iter().filter_map(named).collect() };
    if !forest.rows.is_empty() {
        let content = Content::Rows(RowsPanel::of_forest(&forest, forest.extent(), &view.hidden));
        blocks.push(Block {
            panels: vec![Panel { title: "Attention repair".to_owned(), content }],
            columns: 1,
            least: 22.0,
            share: false,
        });
        let repaired = studies.iter().filter(|source| attention(source).is_some());
        let each = repaired.map(|source| {
            let delta = delta(source).map_or(String::new(), |delta| format!(", {delta}"));
            format!("{}, {}{delta}", source.name, intervals(source.findings()))
        });
        let each = each.collect::<Vec<_>>().join("; ");
        captions.push(format!(
            "Attention repair: recovery, (damage − repaired damage)/damage, with its interval ({each})."
        ));
    }
    let bars =
        studies.iter().find_map(|source| Some(source.pictures.damage()?.chart(view.scales).bars_words(style.bars)));
    Some(Drawing { blocks, caption: captions.join(" "), note: note(studies, &bars.unwrap_or_default()) })
}

/// The protocol of all, or of each where they differ.
fn note(studies: &[Source], bars: &str) -> String {
    let protocol = |source: &Source| source.study().perturbation.protocol_label();
    let printed = studies.iter().any(|source| *source.origin() != crate::experiment::Origin::Run);
    let printed = if printed { "Values that were published are no runs of Polarscope. " } else { "" };
    let first = studies.first().map(protocol).unwrap_or_default();
    let protocols = if studies.iter().all(|source| protocol(source) == first) {
        format!("Protocol {first}.")
    } else {
        let each: Vec<String> = studies.iter().map(|source| format!("{} {}", source.name, protocol(source))).collect();
        format!("Protocols: {}.", each.join("; "))
    };
    format!("{printed}{bars} Whiskers: 95 % intervals. {protocols}")
}

/// δ of the repair with its unit.
fn delta(source: &Source) -> Option<String> {
    Some(
        source
            .study()
            .perturbation
            .delta_unit
            .of(one(attention(source)?.cells.iter().filter_map(|cell| cell.point.delta))?),
    )
}

/// What repairing all of its attention gives back, in a row that has the name of the study.
fn attention(source: &Source) -> Option<Row> {
    let repair = source.pictures.repair()?;
    let (_, forest) = repair.forests.iter().find(|(kind, _)| *kind == Kind::AttentionRepair)?;
    let row = forest.rows.first()?;
    Some(Row { name: source.name.clone(), cells: row.cells.clone() })
}
