//! Several studies beside each other: ratios, recoveries and layers.

use super::main::panel;
use super::{Drawing, Source, View};
use crate::experiment::Origin;
use crate::figure::draw::{Block, Content, Panel, RowMark, RowsPanel, RowsRow};
use crate::figure::picture::compare::{Compared, Lines, Recoveries, modes};
use crate::figure::picture::{Across, Chart, Cues, Form, Mark, Of, Series, Spreads};
use crate::figure::style::Style;

/// Everything in which studies can be compared; at least two of them.
pub fn compare(studies: &[Source], view: &View, _: &Style) -> Option<Drawing> {
    if studies.len() < 2 {
        return None;
    }
    let compared: Vec<Compared> =
        studies.iter().map(|source| Compared::of(source.name.clone(), source.findings())).collect();
    let all: Vec<(usize, &Compared)> = compared.iter().enumerate().collect();
    let mut panels = Vec::new();
    let mut captions = Vec::new();
    let ratios = Lines::ratios(&all);
    for ratios in ratios.iter().filter(|ratios| !ratios.lines.is_empty()) {
        panels.push(panel("Damage, angular over magnitude", chart(ratios), "Ratio of damages", view));
    }
    if let Some(last) = ratios.last().filter(|ratios| !ratios.lines.is_empty()) {
        captions.push(format!("Ratios: {}", last.caption));
    }
    for mode in modes(&all).into_iter().filter(|mode| !view.hidden.contains(mode)) {
        let layers = Lines::layers(&all, Some(mode));
        let caption = format!("Entropy: {}", layers.caption);
        if !captions.contains(&caption) {
            captions.push(caption);
        }
        panels.push(panel(&format!("Attention entropy, {mode}"), chart(&layers), "Change (nats)", view));
    }
    let mut blocks = Vec::new();
    if !panels.is_empty() {
        blocks.push(Block { panels, columns: 3, least: 20.0, share: false });
    }
    let recoveries = Recoveries::of(&all, &view.hidden);
    if !recoveries.names.is_empty() {
        captions.push(format!("Recoveries: {}", recoveries.caption));
        let content = Content::Rows(rows(&all, &recoveries));
        blocks.push(Block {
            panels: vec![Panel { title: "Recoveries".to_owned(), content }],
            columns: 1,
            least: 22.0,
            share: false,
        });
    }
    let printed = studies.iter().any(|source| *source.origin() != Origin::Run);
    let printed = if printed { "Published values are no runs of Polarscope. " } else { "" };
    let note = format!("{printed}Bars and whiskers: 95 % intervals.");
    (!blocks.is_empty()).then(|| Drawing { blocks, caption: captions.join(" "), note })
}

/// Whether there is something of it to compare.
pub fn has_something(source: &Source) -> bool {
    let compared = Compared::of(source.name.clone(), source.findings());
    !(compared.ratios.is_empty() && compared.recoveries.is_empty() && compared.layers.is_empty())
}

/// A line per study as a chart.
fn chart(lines: &Lines) -> Chart {
    let series = lines.lines.iter().filter(|(_, _, points)| !points.is_empty()).map(|(i, name, points)| Series {
        of: Of::Study(*i, (*name).to_owned()),
        marks: points
            .iter()
            .map(|point| Mark { x: point.x, y: point.y, spreads: Spreads::interval(point.interval), ..Mark::default() })
            .collect(),
        form: Form::Line,
    });
    Chart {
        x_label: lines.x_label.clone(),
        x: Across::Value(lines.x),
        y: lines.y,
        series: series.collect(),
        reference: Some(lines.base),
        ..Chart::default()
    }
}

fn rows(studies: &[(usize, &Compared)], recoveries: &Recoveries) -> RowsPanel {
    let row = |(name, _): &(&str, crate::study::Mode)| RowsRow {
        name: (*name).to_owned(),
        marks: studies
            .iter()
            .filter_map(|(i, study)| {
                let recovery = study.recoveries.iter().find(|recovery| recovery.name == *name)?;
                let (value, ends) = recovery.percent;
                Some(RowMark::Estimate { of: study.name.clone(), cues: Cues::of_study(*i), value, ends })
            })
            .collect(),
        number: String::new(),
        strong: false,
    };
    RowsPanel {
        rows: recoveries.names.iter().map(row).collect(),
        label: Recoveries::LABEL.to_owned(),
        numbers: "",
        references: vec![100.0],
        range: recoveries.extent,
        silent: false,
    }
}
