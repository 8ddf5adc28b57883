//! Which layers matter, and what becomes of queries and keys in them.

use super::caption::note;
use super::main::{limited, panel};
use super::mechanism;
use super::{Drawing, Source, View};
use crate::figure::draw::Block;
use crate::figure::picture::{Chart, alignment, layers};
use crate::figure::style::Style;

/// Single layers and windows over the depth, and sets of layers.
pub fn layer_sets(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data: &layers::Data = source.pictures.layers()?;
    let mut blocks = Vec::new();
    let mut caption = Vec::new();
    let mut words = String::new();
    for depth in &data.depths {
        let charts = depth.charts.iter().zip(["Damage (nats)", "Recovery (%)"]);
        let panels =
            charts.map(|(chart, y_label)| panel(&title(&depth.name, &chart.title), chart.clone(), y_label, view));
        let panels = limited(panels.collect(), style);
        if words.is_empty() {
            words = depth.bars_words(style.bars);
        }
        caption.push(format!("{}: {}", depth.name, depth.caption(style.bars)));
        blocks.push(Block { panels, columns: 2, least: 22.0, share: false });
    }
    if !data.sets.rows.is_empty() {
        let panels =
            vec![mechanism::panel("Sets of layers whose attention is repaired", &data.sets, data.sets.extent(), view)];
        caption.push(format!("Sets: {}", data.sets_caption()));
        blocks.push(Block { panels, columns: 1, least: 22.0, share: false });
    }
    if !data.sets.rows.is_empty() && words.is_empty() {
        words = mechanism::whiskers(source);
    }
    Some(Drawing { blocks, caption: caption.join(" "), note: note(source, &data.setting, &words) })
}

/// "Windows of 3: damage where these layers alone are disturbed".
fn title(depth: &str, chart: &str) -> String {
    let mut letters = chart.chars();
    let first = letters.next().map_or(String::new(), |letter| letter.to_lowercase().collect());
    format!("{depth}: {first}{}", letters.as_str())
}

/// How queries and keys move, and what that makes of the attention.
pub fn qk(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data: &alignment::Data = source.pictures.alignment()?;
    let of = |chart: &Chart| panel(&chart.title, chart.clone(), &chart.heading(), view);
    let panels = limited(data.charts.iter().map(of).collect(), style);
    let words = data.charts.first().map_or(String::new(), |chart| chart.bars_words(style.bars));
    let blocks = vec![Block { panels, columns: 2, least: 22.0, share: false }];
    Some(Drawing { blocks, caption: data.caption(style.bars), note: note(source, &data.setting, &words) })
}
