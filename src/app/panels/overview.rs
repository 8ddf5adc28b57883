//! The overview: what was run, and what becomes of each claim.

use super::caption::is_low;
use super::picks::Picks;
use super::shown::Shown;
use super::verdicts::Cards;
use super::{definitions, empty, tools};
use crate::app::summary::Summary;
use crate::app::theme::{palette, title};
use crate::app::widgets::note;
use crate::experiment::Origin;
use crate::figure::{View, count, names::short};
use crate::visible;
use egui::{Align, Label, Layout, RichText, Sense, TextStyle, Ui, vec2};

/// What it remembers.
#[derive(Default)]
pub struct Overview {
    cards: Cards,
}

/// In a panel that is lower, what was run stands in a line.
const LOW: f32 = 640.0;

/// Widths of a fact.
const LEAST: f32 = 64.0;
const MOST: f32 = 320.0;

impl Overview {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        let words = View::Overview.title();
        let heading = |ui: &mut Ui| definitions::hover(ui.label(RichText::new(words).text_style(title())), words);
        let Some(summary) = shown.summary else {
            heading(ui);
            empty::large(ui, shown, &[], View::Overview.what());
            return;
        };
        let deltas = &summary.study.perturbation.deltas;
        let mut deltas: Vec<f64> = deltas.clone();
        deltas.sort_by(f64::total_cmp);
        let line = tools::Tools { deltas: &deltas, table: View::Overview.table(), ..Default::default() };
        if ui.available_height() < LOW {
            // What leaves the cards more room.
            ui.horizontal_wrapped(|ui| {
                heading(ui);
                ui.add_space(16.0);
                tools::row(ui, shown, picks, line, |_, _| {});
            });
            if !is_low(ui) {
                let words = of(summary).into_iter().map(|(name, words)| format!("{name}: {words}"));
                note(ui, words.collect::<Vec<_>>().join(" · "));
            }
        } else {
            heading(ui);
            facts(ui, &of(summary));
            tools::row(ui, shown, picks, line, |_, _| {});
        }
        match &summary.verdicts {
            Some(cards) => self.cards.show(ui, cards, shown, picks),
            None => empty::large(ui, shown, &[], View::Overview.what()),
        }
    }
}

/// What was run, in names and words.
fn of(summary: &Summary) -> Vec<(&'static str, String)> {
    let (study, now) = (&summary.study, summary);
    let seen = |text: &str| visible::line(short(text)).into_owned();
    let shape = now.provenance.entries.iter().find(|(key, _)| key == "model_shape");
    let model = match shape {
        Some((_, shape)) => format!("{}, {shape}", seen(&study.model.id)),
        None => seen(&study.model.id),
    };
    let trials = match &now.origin {
        Origin::Published { source, .. } => format!("none: printed by {source}"),
        Origin::Run if now.is_complete() => format!("{}, complete", count(now.finished)),
        Origin::Run => format!("{} of {}", count(now.finished), count(now.planned)),
    };
    vec![
        ("Model", model),
        ("Texts", format!("{}, at most {}", seen(&study.texts.source), count(study.texts.limit))),
        ("Protocol", format!("{}, layers {}", study.perturbation.protocol_label(), now.layers)),
        ("Seeds", study.perturbation.seeds.values().len().to_string()),
        ("Trials", trials),
    ]
}

/// Names over words, beside each other.
fn facts(ui: &mut Ui, facts: &[(&str, String)]) {
    let muted = palette(ui).muted;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(16.0, 4.0);
        for (name, words) in facts {
            // As wide as it needs to be, within reason.
            let font = TextStyle::Body.resolve(ui.style());
            let each = ui.painter().layout_no_wrap(words.clone(), font, muted).size().x.clamp(LEAST, MOST) + 8.0;
            ui.allocate_ui_with_layout(vec2(each, 36.0), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(each, 36.0));
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(RichText::new(*name).small().color(muted));
                ui.add(Label::new(words).truncate().sense(Sense::hover())).on_hover_text(words);
            });
        }
    });
}
