//! Panel B: what each δ costs in accuracy on minimal pairs.

use super::chart::{Style, caption, chart, modes};
use super::ticks::Scale;
use super::{Picks, Shown, empty, legend, plot, records, tools};
use crate::app::widgets::note;
use crate::experiment::Kind;
use crate::figure::number;
use egui::Ui;

const TITLE: &str = "B  Accuracy drop (points)";

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
    let Some(comparison) = shown.comparison(Kind::Syntax).filter(|comparison| comparison.has_results()) else {
        legend::heading(ui, TITLE, &[], &mut picks.hidden, true);
        empty::large(ui, shown, &[Kind::Syntax], "what each δ costs in accuracy on the minimal pairs");
        return;
    };
    legend::heading(ui, TITLE, &modes(comparison), &mut picks.hidden, true);
    let origin = shown.origin();
    let (title, scales) = ("Drop on minimal pairs (percentage points)", [Scale::Linear; 2]);
    let now = chart(comparison, &Style { id: "syntax", title, bars: true, scales }, origin.unit, picks);
    let line = tools::Tools { bars: &now.bars(), table: "syntax", ..tools::Tools::default() };
    tools::row(ui, shown, picks, line, |_, _| {});
    let clean = comparison.clean.map_or(String::new(), |clean| {
        let (accuracy, chance) = (clean.spread.mean, clean.spread.mean - 50.0);
        format!("Clean accuracy {} %; chance would be a drop of {}.", number(accuracy), number(chance))
    });
    let tables = shown.summary.map_or(&[][..], |summary| &summary.tables);
    let setting = records::setting(tables, "syntax");
    let words = format!("{} {clean} {} {setting}", now.bars_words(picks.bars), caption(comparison));
    super::above_caption(ui, &words, |ui| plot::show(ui, &now, picks, origin, ""));
    note(ui, words);
}
