//! Panel A: what each δ costs in next-token loss.

use super::chart::{Style, caption, chart, modes};
use super::{Picks, Shown, dissociation, empty, legend, plot, records, tools};
use crate::app::widgets::note;
use crate::experiment::Kind;
use egui::Ui;

const TITLE: &str = "A  Loss damage (nats)";

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
    let Some(comparison) = shown.comparison(Kind::Sweep).filter(|comparison| comparison.has_results()) else {
        legend::heading(ui, TITLE, &[], &mut picks.hidden, false);
        empty::large(ui, shown, &[Kind::Sweep], "what each δ costs in next-token loss, mean over the texts");
        return;
    };
    legend::heading(ui, TITLE, &modes(comparison), &mut picks.hidden, false);
    let origin = shown.origin();
    let style = Style { id: "damage", title: "Mean over texts (nats)", bars: false, scales: picks.scales };
    let now = chart(comparison, &style, origin.unit, picks);
    let line = tools::Tools { bars: &now.bars(), table: "damage", ..tools::Tools::default() };
    tools::row(ui, shown, picks, line, dissociation::scales);
    let tables = shown.summary.map_or(&[][..], |summary| &summary.tables);
    let words =
        format!("{} {} {}", now.bars_words(picks.bars), caption(comparison), records::setting(tables, "damage"));
    super::above_caption(ui, &words, |ui| plot::show(ui, &now, picks, origin, ""));
    note(ui, words);
}
