//! The bar at the bottom: what one does, and how it goes. It never moves.

use super::action::Action;
use super::run::{Phase, Run};
use super::theme::{palette, small_numbers};
use super::widgets::{Icon, Tone, icon_button, progress_bar, sign};
use crate::figure::count;
use crate::visible;
use egui::{Align, Label, Layout, RichText, Ui, vec2};

/// What the bar is shown with.
pub struct Bar<'a> {
    /// The run.
    pub run: &'a Run,
    /// Why Run cannot be pressed; none where it can.
    pub blocked: Option<String>,
    /// Whether Run goes on with a file that is unfinished.
    pub resumes: bool,
    /// Whether it waits for another run to end.
    pub is_queued: bool,
    /// The run of another study that is going, in words.
    pub other: Option<String>,
    /// Shown at the right end: times of frames, where they are asked for.
    pub frames: Option<String>,
    /// Commands.
    pub actions: &'a mut Vec<Action>,
}

impl Bar<'_> {
    /// Draws it.
    pub fn show(self, ui: &mut Ui) {
        let Self { run, blocked, resumes, is_queued, other, frames, actions } = self;
        ui.horizontal_centered(|ui| {
            let going = run.is_going();
            let word = if resumes && !going { "Resume run" } else { "Run" };
            let why = match () {
                () if going => Some("A run is going already".to_owned()),
                () if is_queued => Some("It waits for another run to end".to_owned()),
                () => blocked.clone(),
            };
            let button = icon_button(ui, Icon::Play, word, 120.0, true, why.is_none());
            let button = match &why {
                Some(why) => button.on_disabled_hover_text(why),
                None if other.is_some() => {
                    button.on_hover_text("Runs when the run that is going has ended (Ctrl+Enter)")
                }
                None => button.on_hover_text("Run the study (Ctrl+Enter)"),
            };
            if button.clicked() {
                actions.push(Action::Run { resume: resumes });
            }
            pause(ui, run, actions);
            let cancel =
                matches!(run.phase(), Phase::Starting(_) | Phase::Running | Phase::Pausing | Phase::Paused) && going;
            let why = if going { "It is being cancelled" } else { "No run is going" };
            let button =
                icon_button(ui, Icon::Stop, "Cancel", 104.0, false, cancel || is_queued).on_disabled_hover_text(why);
            if button.on_hover_text("Stop; every finished trial is kept").clicked() {
                actions.push(Action::Cancel);
            }
            ui.add_space(8.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(frames) = frames {
                    ui.label(RichText::new(frames).text_style(small_numbers()).color(palette(ui).muted));
                }
                // Where nothing runs, words have the room.
                if going {
                    let memory = run.progress().and_then(|progress| progress.memory);
                    let memory = memory.map_or(String::new(), |bytes| format!("{:.1} GB", bytes as f64 / 1e9));
                    fixed(ui, 56.0, &memory, "Memory that the program takes");
                    let (rate, what) = rate(run);
                    fixed(ui, 112.0, &rate, what);
                    fixed(ui, 88.0, &run.left(), "Estimated from what is done and what is left");
                    progress(ui, run);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let waiting = other.as_ref().filter(|_| is_queued).map(|other| format!("Waits for {other}"));
                    let own = visible::line(&run.words()).into_owned();
                    match (&blocked, waiting.or(other.clone().filter(|_| !going && own.is_empty()))) {
                        (_, Some(words)) if is_queued => ui.add(Label::new(words).truncate()),
                        (Some(why), _) if !going => {
                            sign(ui, Tone::Error);
                            let words = RichText::new(visible::line(why)).color(palette(ui).error);
                            ui.add(Label::new(words).truncate())
                        }
                        (_, Some(words)) => {
                            ui.add(Label::new(RichText::new(words).color(palette(ui).muted)).truncate())
                        }
                        _ => ui.add(Label::new(own).truncate()),
                    }
                });
            });
        });
    }
}

fn pause(ui: &mut Ui, run: &Run, actions: &mut Vec<Action>) {
    let going = run.is_going();
    if *run.phase() == Phase::Paused {
        if icon_button(ui, Icon::Play, "Resume", 104.0, true, true).on_hover_text("Go on").clicked() {
            actions.push(Action::Resume);
        }
        return;
    }
    let can = going && matches!(run.phase(), Phase::Running | Phase::Starting(_));
    let why = if going { "The batch in flight ends first" } else { "No run is going" };
    let button = icon_button(ui, Icon::Pause, "Pause", 104.0, false, can).on_disabled_hover_text(why);
    if button.on_hover_text("Wait after the batch in flight").clicked() {
        actions.push(Action::Pause);
    }
}

/// A number in a place of its own, so that nothing beside it moves.
fn fixed(ui: &mut Ui, width: f32, text: &str, hover: &str) {
    ui.allocate_ui_with_layout(vec2(width, 24.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        if !text.is_empty() {
            ui.label(RichText::new(text).text_style(small_numbers())).on_hover_text(hover);
        }
    });
}

/// How fast it goes, and what that counts.
fn rate(run: &Run) -> (String, &'static str) {
    if let Some(download) = run.download() {
        return (super::words::speed(download), "What came from the Hub in the last seconds");
    }
    let rate = run.progress().filter(|_| run.is_going()).map(|p| p.tokens_per_second);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rate = rate.map_or(String::new(), |rate| format!("{} tok/s", count(rate as usize)));
    (rate, "Tokens per second that pass through the model, clean passes included")
}

fn progress(ui: &mut Ui, run: &Run) {
    let width = (ui.available_width() - 320.0).clamp(64.0, 200.0);
    let (done, all, what) = match (run.download(), run.trials()) {
        (Some(download), _) => (download.done as f32, download.total as f32, "of the files"),
        (None, Some((done, all))) => (done as f32, all as f32, "of the trials"),
        (None, None) => (0.0, 0.0, ""),
    };
    if all > 0.0 {
        let percent = 100.0 * done / all;
        let mut words = format!("{percent:.1} % {what}");
        for (kind, done, all) in run.progress().iter().flat_map(|progress| &progress.by_experiment) {
            words += &format!("\n{}: {} of {}", kind.title(), count(*done), count(*all));
        }
        progress_bar(ui, width, done / all, "Progress").on_hover_text(words);
    } else {
        // The words beside it stay where they are.
        ui.allocate_space(vec2(width, 8.0));
    }
}
