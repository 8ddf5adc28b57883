//! How far vectors are moved, how long they are, and what makes the gap between the modes.

use super::caption::note;
use super::main::{limited, panel};
use super::{Drawing, Source, View};
use crate::figure::draw::{Block, Content, MapPanel, Panel, RowsPanel};
use crate::figure::names::short;
use crate::figure::picture::{Chart, Colours, audit, displacement};
use crate::figure::style::Style;

/// Displacement by layer, and where the stream ends, by δ.
pub fn displacement(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.displacement().filter(|data| !data.runs.is_empty())?;
    let run = view.part.as_ref().and_then(|part| data.runs.iter().position(|run| run == part)).unwrap_or(0);
    let deltas = data.deltas(run);
    let delta = view.delta.filter(|delta| deltas.contains(delta)).or_else(|| deltas.get(deltas.len() / 2).copied())?;
    let of = |chart: Chart| {
        let (title, label) = (chart.title.clone(), label(&chart));
        panel(&title, chart, label, view)
    };
    let charts = data.charts(run, delta).into_iter().filter(|chart| chart.id != "norms");
    let panels = limited(charts.map(of).collect(), style);
    let caption = format!("Run: {}. {}", data.runs.get(run)?, data.caption());
    let blocks = vec![Block { panels, columns: 3, least: 18.0, share: false }];
    Some(Drawing { blocks, caption, note: note(source, &data.setting, "Bars: ± sd over tokens.") })
}

/// What stands beside the axis of a chart of vectors.
fn label(chart: &Chart) -> &'static str {
    match chart.id {
        "reached" => "Displacement ‖h′ − h‖",
        "final distance" => "Distance from the clean stream",
        "final angle" => "Angle to the clean stream (°)",
        _ => "Norm ‖h‖",
    }
}

/// Norms by layer, and by position.
pub fn norms(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.displacement()?;
    let chart = data.norms.clone()?;
    let label = label(&chart);
    let mut panels = limited(vec![panel("By layer", chart, label, view)], style);
    if let Some(map) = &data.positions {
        let colours = Colours::logarithms(map);
        let map =
            MapPanel { map: map.clone(), colours, bar: Some(displacement::POSITIONS_UNIT.to_owned()), silent: false };
        panels.push(Panel { title: "By layer and position".to_owned(), content: Content::Map(Box::new(map)) });
    }
    let caption = "Euclidean norms ‖h‖ of each layer's output in the clean run. By layer: median over all tokens but the first, \
                   with the 5th to the 95th percentile, and the median of the first tokens; logarithmic axis. By position: mean \
                   over texts; logarithmic colours.";
    let blocks = vec![Block { panels, columns: 2, least: 20.0, share: false }];
    let note =
        format!("Clean run. Band: 5th to 95th percentile over tokens. Model {}.", short(&source.study().model.id));
    Some(Drawing { blocks, caption: caption.to_owned(), note })
}

/// The audit on texts and on pairs.
pub fn audit(studies: &[Source], view: &View, _: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data: &audit::Data = source.pictures.audit()?;
    let deltas = data.deltas();
    let delta = view.delta.filter(|delta| deltas.contains(delta)).or_else(|| deltas.get(deltas.len() / 2).copied())?;
    let mut panels = Vec::new();
    let mut caption = vec![format!("δ {delta}. {}", data.caption())];
    for of in &data.audits {
        let content = match of.at(delta)? {
            Ok(waterfall) => Content::Rows(RowsPanel::of_waterfall(waterfall, of.unit())),
            Err(why) => Content::Words(why),
        };
        let title = format!("{}, δ {delta}", audit::heading(of.kind));
        caption.push(format!("{}: {}. {}", audit::heading(of.kind), of.what(), of.answer(delta).unwrap_or_default()));
        panels.push(Panel { title, content });
    }
    let blocks = vec![Block { panels, columns: 2, least: 26.0, share: false }];
    let note =
        format!("Whiskers: 95 % bootstrap intervals. {} Model {}.", data.setting, short(&source.study().model.id));
    Some(Drawing { blocks, caption: caption.join(" "), note })
}
