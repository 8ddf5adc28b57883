//! Attention entropy by layer and by head, and what repairing heads gives back.

use super::caption::note;
use super::main::{limited, panel};
use super::mechanism;
use super::{Drawing, Source, View};
use crate::figure::counted;
use crate::figure::draw::{Block, Content, MapPanel, Panel};
use crate::figure::picture::{HeadMaps, Values, heads};
use crate::figure::style::Style;
use crate::figure::views::View as Of;
use crate::figure::words::capital;

/// By layer.
pub fn entropy_layers(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.entropy()?;
    let label = "Change of entropy (nats)";
    let panels = limited(vec![panel(Of::Entropy.title(), data.chart.clone(), label, view)], style);
    let words = data.chart.bars_words(style.bars);
    let blocks = vec![Block { panels, columns: 1, least: 22.0, share: false }];
    Some(Drawing { blocks, caption: data.caption(style.bars), note: note(source, &data.setting, &words) })
}

/// By head: clean, disturbed and changed, for every mode that is shown.
pub fn entropy_heads(studies: &[Source], view: &View, _: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.entropy()?;
    let maps = data.heads.as_ref()?;
    let levels = [Values::Clean, Values::Disturbed].map(|values| panels(maps, values, view)).concat();
    let blocks = vec![beside(levels), beside(panels(maps, Values::Change, view))];
    let delta = maps.delta.map_or(String::new(), |delta| format!(" at δ {delta}"));
    let of_heads = &source.findings().entropy_heads().rows;
    let texts = of_heads.iter().map(|of| of.items).max().unwrap_or(0);
    let seeds = of_heads.iter().map(|of| of.change.n).max().unwrap_or(0);
    let n = format!("{} and {}", counted(texts, "text", "texts"), counted(seeds, "seed", "seeds"));
    let caption = format!(
        "Attention entropy −Σ p·ln p of each head, mean over query positions, {}: in the clean run, in the disturbed \
         one{delta}, and the change, disturbed minus clean. Clean and disturbed share their colours. {}",
        n, data.setting.words
    );
    Some(Drawing { blocks, caption, note: note(source, &data.setting, "") })
}

/// Maps of `values`, each with its colour bar.
fn panels(maps: &HeadMaps, values: Values, view: &View) -> Vec<Panel> {
    let colours = maps.colours(values);
    let of = |map: &crate::figure::picture::HeatMap| {
        let title = if values == Values::Clean { "Clean".to_owned() } else { capital(&map.title) };
        let panel = MapPanel { map: map.clone(), colours, bar: Some("nats".to_owned()), silent: false };
        Panel { title, content: Content::Map(Box::new(panel)) }
    };
    maps.shown(values, &view.hidden).into_iter().map(|(_, map)| of(map)).collect()
}

/// Maps side by side that share their colours.
fn beside(panels: Vec<Panel>) -> Block {
    Block { columns: panels.len().clamp(1, 4), panels, least: 13.0, share: true }
}

/// The ranking and the repairs of heads.
pub fn heads(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.heads()?;
    let mut blocks = vec![beside(panels(&data.maps, view.heads, view))];
    let mut repairs = Vec::new();
    if let Some(top) = &data.top {
        repairs.push(panel("The first k of the ranking repaired", top.clone(), "Recovery (%)", view));
    }
    if !data.repairs.rows.is_empty() {
        repairs.push(mechanism::panel(heads::REPAIRS, &data.repairs, data.repairs.extent(), view));
    }
    if !repairs.is_empty() {
        blocks.push(Block { panels: limited(repairs, style), columns: 2, least: 20.0, share: false });
    }
    Some(Drawing {
        blocks,
        caption: data.caption().to_owned(),
        note: note(source, &data.setting, &mechanism::whiskers(source)),
    })
}
