//! A text or pair looked at: its tokens and its attention under the chosen condition, computed again.

use super::attention::Attention;
use super::listing::Listing;
use super::{pair, tokens};
use crate::app::action::Action;
use crate::app::behind::Behind;
use crate::app::closer::{self, Ask, Failure, State};
use crate::app::panels::{Picks, Shown};
use crate::app::source::Source;
use crate::app::summary::Summary;
use crate::app::theme::strong;
use crate::app::widgets::{Tone, cross, note, remark, under_remark};
use crate::experiment::Score;
use crate::figure::{counted, number};
use crate::runner::{Look, Weights};
use crate::visible;
use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui};

/// How far what was computed may be from what the study file holds: a card adds in another order than the CPU.
const ALIKE: f64 = 1e-4;

/// What is remembered between frames.
#[derive(Default)]
pub struct Closer {
    thread: Option<closer::Closer>,
    /// The layer that was asked for.
    layer: Option<usize>,
    attention: Attention,
}

impl Closer {
    /// Draws the trials of `item` into what is left of `ui`.
    #[allow(clippy::too_many_arguments)] // what the panel knows
    pub fn show(
        &mut self,
        ui: &mut Ui,
        shown: &mut Shown,
        summary: &Summary,
        behind: &Behind,
        listing: &Listing,
        item: usize,
        picks: &mut Picks,
    ) {
        let Some((seed, condition)) = listing.first() else { return };
        let layers = summary.results.conditions.get(&condition).map(|condition| condition.pass.layers.clone());
        // Where vectors are moved nothing of attention has changed yet: the layer after the first of them.
        let default = layers.and_then(|layers| layers.first().copied()).map_or(0, |layer| layer + 1);
        let layer = *self.layer.get_or_insert(picks.layer.unwrap_or(default));
        let ask = Ask { file: summary.file.clone(), series: summary.series, condition, item, layer };
        let thread = self.thread.get_or_insert_with(|| closer::Closer::start(ui.ctx().clone()));
        let state = thread.look(&ask).clone();
        heading(ui, listing, behind, item, seed, picks);
        match state {
            State::Idle => {}
            State::Loading => drop(ui.label("Loading the model…")),
            State::Computing => drop(ui.label("Computing…")),
            State::Failed(failure) => {
                if failed(ui, shown, summary, &behind.weights, &failure) {
                    thread.try_again();
                }
            }
            State::Ready(look) => {
                ScrollArea::vertical().id_salt("look").auto_shrink([false, false]).show(ui, |ui| {
                    against_the_file(ui, listing, &look, condition, item);
                    let most = tokens::most(&look.sequences);
                    if listing.ask.choice.on_pairs {
                        pair::show(ui, &look, most);
                    } else {
                        look.sequences.iter().for_each(|sequence| tokens::show(ui, sequence, most));
                    }
                    tokens::bar(ui, most);
                    let wanted = self.attention.show(ui, &look, default, picks);
                    let is_kept = look.sequences.iter().all(|sequence| sequence.clean.patterns.contains_key(&wanted));
                    if !is_kept {
                        self.layer = Some(wanted);
                    }
                });
            }
        }
    }
}

/// What is looked at, and a cross that closes it.
fn heading(ui: &mut Ui, listing: &Listing, behind: &Behind, item: usize, seed: u64, picks: &mut Picks) {
    ui.horizontal(|ui| {
        let choice = &listing.ask.choice;
        let name = match behind.pairs.get(&item).filter(|_| choice.on_pairs) {
            Some(pair) => format!("Pair {item}: {}, {}", pair.item.paradigm, pair.item.id),
            None => format!("Text {item}"),
        };
        ui.add(Label::new(RichText::new(visible::line(&name)).text_style(strong())).truncate());
        let of = if choice.seed.is_none() && listing.seeds.len() > 1 {
            format!("seed {seed}, the first of {}; the table has the mean over all", listing.seeds.len())
        } else {
            format!("seed {seed}")
        };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if cross(ui, "Close the text").clicked() {
                picks.item = None;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| note(ui, of));
        });
    });
}

/// Sets what was computed beside what the study file holds.
fn against_the_file(ui: &mut Ui, listing: &Listing, look: &Look, condition: usize, item: usize) {
    let stored = (listing.clean.and_then(|clean| listing.score(clean, item)), listing.score(condition, item));
    let (Some(clean), Some(disturbed)) = stored else { return };
    let of = |score: &Score| score.sentences.map_or(score.value, |(good, bad)| good - bad);
    let (name, count) = match look.sequences.as_slice() {
        [good, bad] => ("Margin", format!("{} and {} tokens", good.ids.len(), bad.ids.len())),
        sequences => ("Loss", counted(sequences.iter().map(|s| s.ids.len()).sum(), "token", "tokens")),
    };
    let gap = (of(&look.clean) - of(&clean)).abs().max((of(&look.disturbed) - of(&disturbed)).abs());
    let (from, to) = (number(of(&look.clean)), number(of(&look.disturbed)));
    let words = format!("{count}. {name} {from} → {to} nats, computed again");
    if gap <= ALIKE {
        let response = note(ui, format!("{words}; it is that of the study file."));
        let digits = |score: &Score| format!("{:.7}", of(score)).replace('-', "−");
        response.on_hover_text(format!(
            "In the file {} → {}\nComputed {} → {}\nLargest difference {gap:.1e}",
            digits(&clean),
            digits(&disturbed),
            digits(&look.clean),
            digits(&look.disturbed)
        ));
    } else {
        let (from, to) = (number(of(&clean)), number(of(&disturbed)));
        remark(
            ui,
            Tone::Warning,
            &format!("{words}; the study file has {from} → {to}: this machine computes otherwise."),
        );
    }
}

/// Says why nothing was computed, and what may help; true where it is to be tried again.
fn failed(ui: &mut Ui, shown: &mut Shown, summary: &Summary, weights: &Weights, failure: &Failure) -> bool {
    remark(ui, Tone::Warning, &failure.words);
    if failure.of_model {
        let of_hub = failure.can_be_fetched || weights.commit.is_some();
        let revision = if of_hub { format!(", revision {}", weights.revision) } else { String::new() };
        let commit = weights.commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
        let files: Vec<String> = weights.files.iter().map(|(name, hash)| format!("{name} SHA-256 {hash}")).collect();
        let words = format!("The study was run with {}{revision}{commit}:\n{}", weights.id, files.join("\n"));
        ui.add(egui::Label::new(RichText::new(words).small()).wrap().selectable(true));
    }
    under_remark(ui, |ui| {
        if failure.can_be_fetched {
            let same = shown.study.model == summary.study.model;
            let fetch = ui.add_enabled(same, Button::new("Fetch the model"));
            let fetch = fetch.on_hover_text("From the Hugging Face Hub; the set-up shows how far it is");
            let why = "The study that is set up names another model; open the study file again to fetch this one";
            if fetch.on_disabled_hover_text(why).clicked() {
                shown.actions.push(Action::Download(Source::Model));
            }
        }
        ui.button("Try again").clicked()
    })
}
