//! What a figure shows as numbers, and its legend: both from the panels that are drawn.

use crate::figure::cell::cell;
use crate::figure::draw::{Block, Content, Entry, Panel, RowMark, add_entry};
use crate::figure::picture::{Across, Form, Of};
use crate::figure::style::Style;
use serde_json::{Value, json};

/// What the columns are; docs/FIGURES.md says more.
const HEADS: [&str; 10] = ["panel", "title", "series", "row", "x", "value", "sd", "se", "low", "high"];

/// Every mark of `blocks` as CSV, with all digits.
pub fn csv(blocks: &[Block]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: &[String]| {
        // Nothing fails that is written to memory.
        let _ = writer.write_record(cells);
    };
    write(&HEADS.map(str::to_owned));
    for (i, panel) in blocks.iter().flat_map(|block| &block.panels).enumerate() {
        let letter = u8::try_from(i % 26).map_or('A', |i| char::from(b'A' + i));
        for row in rows(panel) {
            let cells = row.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::String(words) => cell(words).into_owned(),
                other => other.to_string(),
            });
            let all: Vec<String> =
                [letter.to_string(), cell(&panel.title).into_owned()].into_iter().chain(cells).collect();
            write(&all);
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// series, row, x, value, sd, se, low, high.
fn rows(panel: &Panel) -> Vec<[Value; 8]> {
    let mut rows = Vec::new();
    match &panel.content {
        Content::Chart(chart) => {
            for series in chart.chart.series.iter().filter(|series| !series.of.is_hidden(&chart.hidden, &[])) {
                for mark in &series.marks {
                    let x = match &chart.chart.x {
                        Across::Names(_) => json!(chart.chart.x.tick_label(mark.x)),
                        _ => json!(mark.x),
                    };
                    let ends = mark.spreads.interval.or(mark.across);
                    rows.push([
                        json!(series.of.name()),
                        Value::Null,
                        x,
                        json!(mark.y),
                        json!(mark.spreads.sd),
                        json!(mark.spreads.se),
                        json!(ends.map(|ends| ends.0)),
                        json!(ends.map(|ends| ends.1)),
                    ]);
                }
            }
        }
        Content::Map(map) => {
            let columns = map.map.columns.max(1);
            for (i, value) in map.map.values.iter().enumerate() {
                let row = map.map.rows.get(i / columns);
                let [none, sd, se, low, high] = [const { Value::Null }; 5];
                rows.push([none, json!(row), json!(i % columns), json!(value), sd, se, low, high]);
            }
        }
        Content::Rows(panel) => {
            for row in &panel.rows {
                for mark in &row.marks {
                    let (of, value, ends) = match mark {
                        RowMark::Estimate { of, value, ends, .. } => (of.as_str(), Some(*value), Some(*ends)),
                        RowMark::None { of, .. } => (of.as_str(), None, None),
                        RowMark::Bar { value, interval, .. } => ("", Some(*value), Some(*interval)),
                    };
                    let end = |end: Option<f64>| json!(end.filter(|end| end.is_finite()));
                    rows.push([
                        json!(of),
                        json!(row.name),
                        Value::Null,
                        json!(value),
                        Value::Null,
                        Value::Null,
                        end(ends.map(|ends| ends.0)),
                        end(ends.map(|ends| ends.1)),
                    ]);
                }
            }
        }
        Content::Words(_) => {}
    }
    rows
}

/// What the drawing leaves out, in sentences.
pub fn remarks(blocks: &[Block], style: &Style) -> String {
    let charts = blocks.iter().flat_map(|block| &block.panels);
    let without =
        |panel: &Panel| if let Content::Chart(chart) = &panel.content { chart.without_place(style) } else { 0 };
    match charts.map(without).sum::<usize>() {
        0 => String::new(),
        1 => " One value that is not above 0 has no place on a logarithmic axis.".to_owned(),
        count => format!(" {count} values that are not above 0 have no place on a logarithmic axis."),
    }
}

/// What is drawn in `blocks`, each once.
pub fn legend(blocks: &[Block]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for panel in blocks.iter().flat_map(|block| &block.panels) {
        match &panel.content {
            Content::Chart(chart) => {
                let shown = chart.chart.series.iter().filter(|series| !series.of.is_hidden(&chart.hidden, &[]));
                for series in shown.filter(|series| !series.marks.is_empty()) {
                    let is_hollow = series.marks.iter().any(|mark| mark.across.is_some());
                    match &series.of {
                        // What is hollow is said in the caption.
                        Of::Part(..) if is_hollow => {}
                        of => {
                            let joined = chart.chart.curves.iter().any(|(mode, _)| Of::Mode(*mode) == *of);
                            let form = if joined { Form::Line } else { series.form };
                            let is_hollow = matches!(of, Of::Part(..));
                            add_entry(&mut entries, (of.cues(), is_hollow), form, &of.name());
                        }
                    }
                }
            }
            Content::Rows(rows) => {
                for mark in rows.rows.iter().flat_map(|row| &row.marks) {
                    if let RowMark::Estimate { of, cues, .. } | RowMark::None { of, cues, .. } = mark {
                        add_entry(&mut entries, (*cues, false), Form::Points, of);
                    }
                }
            }
            Content::Map(_) | Content::Words(_) => {}
        }
    }
    entries
}
