//! The set-up: everything that makes a study, in the order in which one decides.

mod choices;
mod command;
mod comparison;
mod deltas;
mod device;
mod experiments;
mod generate;
mod history;
mod judgement;
mod layers;
mod model;
mod models;
mod paradigms;
mod perturbation;
mod published;
mod reach;
mod seeds;
mod settings;
mod settings_of;
mod source;
mod texts;
mod typed;
pub mod values;
mod wrapped;

pub use super::trouble::{Place, Trouble};
pub use history::History;

use super::action::{Action, Ask};
use super::download::Downloads;
use super::prepare::{Out, Ready, Unplanned};
use super::summary::Summary;
use super::theme::palette;
use super::widgets::{self, Tone, note, remark};
use super::words::about;
use crate::device::Choice;
use crate::figure::{count, counted};
use crate::study::Study;
use crate::visible;
use egui::{Align, Button, Frame, Layout, Margin, Panel, RichText, ScrollArea, TextEdit, Ui};
use std::time::Instant;

/// What the set-up remembers beside the study: texts that are being typed.
#[derive(Default)]
pub struct Setup {
    layers: layers::LayersField,
    seeds: seeds::SeedsField,
    positions: settings::TokensField,
    experiments: experiments::Fields,
    deltas: deltas::DeltasField,
    generator: generate::GeneratorField,
    published: published::Line,
    /// Whether the last undo took back what was typed, so that the next takes back a step whatever is typed.
    forgot: bool,
    /// What is looked for among the models.
    find: String,
    device: device::DeviceField,
    /// The results file as it stands in its field.
    pub out: String,
    /// Whether the user typed it.
    pub out_typed: bool,
}

/// What the set-up is shown with.
pub struct Around<'a> {
    /// The newest that is known of the study, or of the one before the last change.
    pub ready: Option<&'a Ready>,
    /// The same where it is of the study as it stands.
    pub current: Option<&'a Ready>,
    /// Why nothing newer is known of the study, where that does not come any more.
    pub failed: Option<&'a str>,
    /// What is wrong with the study.
    pub trouble: Option<&'a Trouble>,
    /// What is being fetched from the Hub.
    pub downloads: &'a Downloads,
    /// The results that are shown, whose norms say what δ can do.
    pub summary: Option<&'a Summary>,
    /// Models that were used before, the last one first.
    pub recent_models: &'a [String],
    /// Whether a run is going, which keeps the study as it is.
    pub locked: bool,
    /// Commands.
    pub actions: &'a mut Vec<Action>,
}

impl Around<'_> {
    /// Shows what is wrong at `place`, if something is.
    fn remark(&self, ui: &mut Ui, place: Place) {
        if let Some(trouble) = self.trouble.filter(|trouble| trouble.place == place) {
            remark(ui, Tone::Error, &trouble.words);
        }
    }
}

impl Setup {
    /// The set-up of a study whose results go into `out`.
    #[must_use]
    pub fn new(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    /// What is typed and is no value.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let typed = self.layers.trouble().or_else(|| self.seeds.trouble()).or_else(|| self.positions.trouble());
        typed.or_else(|| self.experiments.trouble())
    }

    /// Whether something is typed that is no value.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.trouble().is_some() || self.deltas.is_wrong()
    }

    /// Takes back the last step of `history`; where something is typed that is no value, that first, and nothing else.
    pub fn undo(&mut self, study: &mut Study, history: &mut History) {
        history.note(study, Instant::now());
        let typed = !self.forgot && self.is_wrong();
        self.forgot = typed;
        self.forget_typed();
        if !typed && let Some(before) = history.undo() {
            *study = before;
        }
    }

    /// Takes a step again that was taken back.
    pub fn redo(&mut self, study: &mut Study, history: &mut History) {
        history.note(study, Instant::now());
        self.forget_typed();
        if let Some(after) = history.redo() {
            *study = after;
        }
    }

    /// Lets the fields be written anew from the study.
    fn forget_typed(&mut self) {
        self.layers = layers::LayersField::default();
        self.seeds = seeds::SeedsField::default();
        self.positions = settings::TokensField::default();
        self.experiments.forget_typed();
        self.deltas = deltas::DeltasField::default();
    }

    /// Takes over a study that was not edited here.
    pub fn reset(&mut self) {
        let (out, out_typed) = (std::mem::take(&mut self.out), self.out_typed);
        *self = Self { out, out_typed, ..Self::default() };
    }

    /// Draws it and changes `study` and the `device` that it runs on.
    pub fn show(&mut self, ui: &mut Ui, study: &mut Study, device: &mut Choice, around: &mut Around) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Set-up").text_style(super::theme::title()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(12.0);
                if widgets::arrow(ui, widgets::Towards::Left, "Put the set-up away (Ctrl+B)").clicked() {
                    around.actions.push(Action::ShowSetUp);
                }
                if around.locked {
                    let words = "stays as it is until the run ends";
                    note(ui, words).on_hover_text("A run is going. Cancel it to change the study.");
                }
            });
        });
        let frame = Frame::NONE.inner_margin(Margin { left: 0, right: 12, top: 8, bottom: 8 });
        Panel::bottom("results").frame(frame).show(ui, |ui| self.results(ui, study, *device, around));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_width(ui.available_width() - 12.0);
            let response = ui.scope(|ui| {
                if around.locked {
                    ui.disable();
                }
                name(ui, study);
                self.published.show(ui, study);
                model::show(ui, study, around, &mut self.find);
                ui.separator();
                texts::show(ui, study, around);
                ui.separator();
                self.perturbation(ui, study, around);
                ui.separator();
                experiments::show(ui, study, around, &mut self.experiments);
                judgement::show(ui, study, around);
                ui.separator();
                self.device.show(ui, study, device, around);
                ui.add_space(16.0);
            });
            if around.locked {
                response.response.on_hover_text_at_pointer("A run is going. Cancel it to change the study.");
            }
        });
    }

    fn perturbation(&mut self, ui: &mut Ui, study: &mut Study, around: &mut Around) {
        widgets::section(ui, "Perturbation", "");
        perturbation::modes(ui, study, around);
        self.layers.show(ui, study, around);
        let unit = study.perturbation.delta_unit;
        self.deltas.show(ui, "δ", &mut study.perturbation.deltas, unit);
        around.remark(ui, Place::Deltas);
        perturbation::unit(ui, study);
        self.generator.show(ui, study);
        reach::show(ui, study, around);
        self.seeds.show(ui, study, around);
        perturbation::protocol(ui, study);
        comparison::show(ui, &mut study.perturbation);
        settings::show(ui, study, &mut self.positions, around);
        around.remark(ui, Place::Perturbation);
    }

    fn results(&mut self, ui: &mut Ui, study: &Study, device: Choice, around: &mut Around) {
        widgets::row(ui, "Results file", "Every finished trial goes into this study file", |ui, label| {
            let field = TextEdit::singleline(&mut self.out).desired_width(f32::INFINITY).hint_text("name.polar");
            let field = ui.add_enabled(!around.locked, field).labelled_by(label);
            widgets::keep_own_undo(ui, &field);
            if field.changed() {
                self.out_typed = true;
            }
        });
        // What was found there before the last change of the study stays until it is looked at again: nothing jumps.
        let found = around.ready.filter(|ready| ready.request.out.ends_with(self.out.trim()));
        match found.map(|ready| &ready.out) {
            _ if around.locked => {}
            _ if self.out.trim().is_empty() => drop(remark(ui, Tone::Error, "Name a file for the results: name.polar")),
            None | Some(Out::New) => {}
            Some(Out::Begun) => {
                let words = "A run into this file ended before its first trial; Run makes it anew.";
                remark(ui, Tone::Plain, words);
            }
            Some(Out::Unfinished(done, all)) => {
                let (done, all) = (count(*done), counted(*all, "trial", "trials"));
                let words = format!("It holds {done} of {all}; Resume goes on with it.");
                remark(ui, Tone::Plain, &words);
                self.new_file(ui, around);
            }
            Some(Out::Finished) => {
                let words = "This study file is finished. Extend it by what the study adds, or choose another name.";
                remark(ui, Tone::Warning, words);
                ui.horizontal(|ui| {
                    if ui.button("Extend it").on_hover_text("Runs only the trials that it does not have").clicked() {
                        around.actions.push(Action::Run { resume: true });
                    }
                    self.new_file(ui, around);
                });
            }
            Some(Out::Other(words)) => {
                remark(ui, Tone::Error, words);
                self.new_file(ui, around);
            }
        }
        around.remark(ui, Place::Elsewhere);
        if let Some(words) = around.failed {
            remark(ui, Tone::Error, words);
            try_again(ui, around);
            self.keep(ui, study, device, around.actions);
            return;
        }
        let estimate = match around.ready.map(|ready| &ready.plan) {
            Some(Ok(planned)) => {
                let time = planned.seconds.map_or(String::new(), |seconds| format!(" · {}", about(seconds)));
                format!("{}{time}", counted(planned.trials, "trial", "trials"))
            }
            Some(Err(Unplanned::Missing)) if around.locked => String::new(),
            Some(Err(Unplanned::Missing)) => {
                "Trials and time are known when all is on this machine; Run downloads what is missing".to_owned()
            }
            Some(Err(Unplanned::Wrong(_))) => "No trials until what is marked above is mended".to_owned(),
            None => "Working out trials and time…".to_owned(),
        };
        let text = RichText::new(estimate).text_style(super::theme::strong()).color(palette(ui).text);
        ui.label(text).on_hover_text("Estimated from the shapes and from the speed of this machine, measured just now");
        let is_wrong = around.ready.is_some_and(|ready| matches!(ready.plan, Err(Unplanned::Wrong(_))));
        if is_wrong && !around.locked && around.trouble.is_some_and(|trouble| trouble.place.is_read()) {
            try_again(ui, around);
        }
        self.keep(ui, study, device, around.actions);
    }

    /// A way out of a results file that is taken, where there is one.
    fn new_file(&self, ui: &mut Ui, around: &mut Around) {
        if let Some(ready) = around.ready
            && ready.free_name != self.out.trim()
            && ui.button(format!("Use {}", visible::line(&ready.free_name))).clicked()
        {
            around.actions.push(Action::FreeName);
        }
    }

    /// Two ways to keep the study for later.
    fn keep(&self, ui: &mut Ui, study: &Study, device: Choice, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let small = |words: &str| Button::new(RichText::new(words).small());
            let hover = "The study that is set up, as TOML: polarscope run FILE runs it, and Open… brings it back";
            if ui.add(small("Save study…")).on_hover_text(hover).clicked() {
                actions.push(Action::Ask(Ask::SaveStudy));
            }
            let wrong = self.trouble().map(|trouble| trouble.words);
            let wrong = wrong.or_else(|| Some(Trouble::of(&study.validate().err()?).words));
            let hover = "The command that runs this study in a terminal: the built-in study that is nearest to it, with a \
                         --set for whatever differs";
            let copy = ui.add_enabled(wrong.is_none(), small("Copy as command line")).on_hover_text(hover);
            let copy = copy.on_disabled_hover_text(format!("It would not run: {}", wrong.unwrap_or_default()));
            if copy.clicked() {
                let line = command::line(study, device, &self.out);
                actions.push(Action::CopyText(line, "The command line is copied"));
            }
        });
    }
}

/// Draws what stands in the place of the set-up where it is put away.
pub fn put_away(ui: &mut Ui, actions: &mut Vec<Action>) {
    let frame = Frame::NONE.fill(palette(ui).side).inner_margin(Margin { left: 4, right: 4, top: 8, bottom: 0 });
    Panel::left("set-up, put away").frame(frame).exact_size(32.0).resizable(false).show(ui, |ui| {
        if widgets::arrow(ui, widgets::Towards::Right, "Show the set-up (Ctrl+B)").clicked() {
            actions.push(Action::ShowSetUp);
        }
    });
}

/// Has the study looked at again, which reads its files anew.
fn try_again(ui: &mut Ui, around: &mut Around) {
    if ui.button("Try again").on_hover_text("Reads the files of the study again").clicked() {
        around.actions.push(Action::LookAgain);
    }
}

fn name(ui: &mut Ui, study: &mut Study) {
    ui.add_space(4.0);
    let field = TextEdit::singleline(&mut study.name).desired_width(f32::INFINITY).hint_text("Name of the study");
    ui.add(field).accessible_name("Study").on_hover_text("Name of the study, for people");
}
