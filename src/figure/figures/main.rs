//! What each δ costs, and how surely the modes differ.

use super::caption::note;
use super::{Drawing, Source, View};
use crate::figure::draw::{Block, ChartPanel, Content, Panel, RowsPanel};
use crate::figure::picture::{Chart, Setting};
use crate::figure::style::Style;

/// A panel of a chart.
pub fn panel(title: &str, chart: Chart, y_label: &str, view: &View) -> Panel {
    let content = Content::Chart(Box::new(ChartPanel::new(chart, y_label, &view.hidden)));
    Panel { title: title.to_owned(), content }
}

/// Gives the axes of the first panel, and of those like it, the ends that `style` asks for.
pub fn limited(mut panels: Vec<Panel>, style: &Style) -> Vec<Panel> {
    let labels = panels.iter().find_map(|panel| match &panel.content {
        Content::Chart(chart) => Some((chart.chart.x_label.clone(), chart.y_label.clone())),
        _ => None,
    });
    for panel in &mut panels {
        match &mut panel.content {
            Content::Chart(chart) => {
                let like =
                    |own: &str, of: fn(&(String, String)) -> &String| labels.as_ref().is_some_and(|all| of(all) == own);
                let x = style.x.filter(|_| like(&chart.chart.x_label, |all| &all.0));
                let y = style.y.filter(|_| like(&chart.y_label, |all| &all.1));
                chart.limits = [x, y];
            }
            Content::Rows(rows) => rows.range = style.x.unwrap_or(rows.range),
            Content::Map(_) | Content::Words(_) => {}
        }
    }
    panels
}

/// Loss and accuracy against δ.
pub fn dissociation(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let (damage, syntax) = (source.pictures.damage(), source.pictures.syntax());
    let mut panels = Vec::new();
    let mut captions = Vec::new();
    let (mut bars, mut setting) = (String::new(), &Setting::default());
    for (data, title, y_label) in
        [(damage, "Next-token loss", "Loss damage (nats)"), (syntax, "Minimal pairs", "Accuracy drop (points)")]
    {
        let Some(data) = data else { continue };
        let chart = data.chart(view.scales);
        bars = chart.bars_words(style.bars);
        setting = &data.setting;
        captions.push(format!("{title}. {}", data.caption(style.bars)));
        panels.push(panel(title, chart, y_label, view));
    }
    let note = note(source, setting, &bars);
    let blocks = vec![Block { panels: limited(panels, style), columns: 2, least: 22.0, share: false }];
    (!captions.is_empty()).then(|| Drawing { blocks, caption: captions.join(" "), note })
}

/// The damage with its curves, and the ratio.
pub fn dose(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.dose()?;
    let words = [("Damage and fitted curve", "Loss damage (nats)"), ("Angular over magnitude", "Ratio of damages")];
    let charts = data.charts(view.scales).into_iter().zip(words);
    let panels = charts.map(|(chart, (title, y_label))| panel(title, chart, y_label, view)).collect();
    let bars = data.bars_words(style.bars);
    let caption = format!("{} {}.", data.caption(style.bars), data.fits.join("; "));
    let blocks = vec![Block { panels: limited(panels, style), columns: 2, least: 22.0, share: false }];
    Some(Drawing { blocks, caption, note: note(source, &data.setting, &bars) })
}

/// The tests of one experiment: the one that is chosen, or the first.
pub fn statistics(studies: &[Source], view: &View, style: &Style) -> Option<Drawing> {
    let source = studies.first()?;
    let data = source.pictures.statistics()?;
    let chosen = data.groups.iter().find(|group| view.part.as_ref() == Some(&group.name));
    let group = chosen.or(data.groups.first())?;
    let panels = vec![Panel { title: group.name.clone(), content: Content::Rows(RowsPanel::of_tests(group)) }];
    let warning = group.warning().unwrap_or_default();
    let caption = format!("{}: {} {warning}", group.name, data.caption(group));
    let blocks = vec![Block { panels: limited(panels, style), columns: 1, least: 22.0, share: false }];
    Some(Drawing { blocks, caption, note: note(source, &data.setting, "Whiskers: 95 % intervals.") })
}
