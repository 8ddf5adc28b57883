//! What the window says of itself: messages that stay until they are taken away, words that pass, and the log of both.

use super::action::Action;
use super::theme::palette;
use super::widgets::{Tone, cross, note, sign};
use crate::error::{Error, ErrorKind, Interface};
use crate::visible::visible;
use egui::{Align, Align2, Area, Context, Frame, Id, Key, Layout, Margin, RichText, ScrollArea, Stroke, Ui, vec2};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long words that pass are seen.
const SEEN: Duration = Duration::from_secs(6);

/// At most so many messages stay.
const MOST: usize = 3;

/// The log keeps so many lines.
const LINES: usize = 1000;

/// Something that is said; what cannot be seen in it is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    tone: Tone,
    words: String,
    stays: bool,
}

impl Said {
    /// Words that stay until they are taken away.
    #[must_use]
    pub fn stays(tone: Tone, words: &str) -> Self {
        Self { tone, words: visible(words).into_owned(), stays: true }
    }

    /// Words for what went well, which pass.
    #[must_use]
    pub fn passes(words: &str) -> Self {
        Self { tone: Tone::Good, words: visible(words).into_owned(), stays: false }
    }

    /// What the user can mend at once is a warning, all else an error.
    #[must_use]
    pub fn error(error: &Error) -> Self {
        let tone = if error.kind() == ErrorKind::Output { Tone::Warning } else { Tone::Error };
        Self::stays(tone, &error.words(Interface::Window))
    }
}

/// A message that stays.
struct Message {
    /// The document that it is about; none where it is about the window.
    of: Option<u64>,
    said: Said,
}

/// All that was said.
#[derive(Default)]
pub struct Notices {
    messages: Vec<Message>,
    passing: Vec<(Said, Instant)>,
    log: Vec<(SystemTime, Said)>,
    /// Whether the log is open.
    pub log_is_open: bool,
}

impl Notices {
    /// Says something about the document `of`, or about the window. The oldest message goes where there are too many,
    /// and the same one is not said twice.
    pub fn say(&mut self, of: Option<u64>, said: Said) {
        self.log.push((SystemTime::now(), said.clone()));
        if self.log.len() > LINES {
            self.log.remove(0);
        }
        if said.stays {
            self.messages.retain(|message| message.said != said);
            self.messages.push(Message { of, said });
            if self.messages.iter().filter(|message| message.of == of).count() > MOST
                && let Some(oldest) = self.messages.iter().position(|message| message.of == of)
            {
                self.messages.remove(oldest);
            }
        } else {
            self.passing.push((said, Instant::now()));
        }
    }

    /// Keeps words in the log alone.
    pub fn record(&mut self, words: &str) {
        self.log.push((SystemTime::now(), Said::passes(words)));
    }

    /// Takes away what was said about the document `of`.
    pub fn clear(&mut self, of: u64) {
        self.messages.retain(|message| message.of != Some(of));
    }

    /// Makes the messages about the document `of`, which goes, messages about the window.
    pub fn hand_over(&mut self, of: u64) {
        for message in self.messages.iter_mut().filter(|message| message.of == Some(of)) {
            message.of = None;
        }
    }

    /// Takes a message away.
    pub fn dismiss(&mut self, i: usize) {
        if i < self.messages.len() {
            self.messages.remove(i);
        }
    }

    /// The messages about the document `of` and about the window.
    pub fn messages(&self, of: Option<u64>) -> impl Iterator<Item = &str> {
        self.seen(of).map(|(_, message)| message.said.words.as_str())
    }

    fn seen(&self, of: Option<u64>) -> impl Iterator<Item = (usize, &Message)> {
        self.messages.iter().enumerate().filter(move |(_, message)| message.of.is_none() || message.of == of)
    }

    /// Lets go of words that have passed, and asks for the frame in which the next do.
    pub fn update(&mut self, context: &Context) {
        self.passing.retain(|(_, since)| since.elapsed() < SEEN);
        if let Some((_, since)) = self.passing.first() {
            context.request_repaint_after(SEEN.saturating_sub(since.elapsed()));
        }
    }

    /// Draws the messages about `of`.
    pub fn show_messages(&self, ui: &mut Ui, of: Option<u64>, actions: &mut Vec<Action>) {
        for (i, Message { said, .. }) in self.seen(of) {
            framed(ui, said.tone, |ui| {
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    if cross(ui, "Dismiss the message").clicked() {
                        actions.push(Action::Dismiss(i));
                    }
                    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                        sign(ui, said.tone);
                        let ink = if said.tone == Tone::Plain { palette(ui).text } else { said.tone.colour(ui) };
                        let text = RichText::new(&said.words).color(ink);
                        ui.add(egui::Label::new(text).wrap().selectable(true));
                    });
                });
            });
            ui.add_space(4.0);
        }
    }

    /// Draws the words that pass, at the lower right over everything.
    pub fn show_passing(&self, context: &Context) {
        if self.passing.is_empty() {
            return;
        }
        let area =
            Area::new(Id::unique("passing words")).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -64.0)).interactable(false);
        area.show(context, |ui| {
            ui.set_max_width(480.0);
            for (said, _) in &self.passing {
                framed(ui, said.tone, |ui| {
                    ui.horizontal(|ui| {
                        sign(ui, said.tone);
                        ui.add(egui::Label::new(&said.words).wrap());
                    });
                });
            }
        });
    }

    /// Draws the log, where it is open.
    pub fn show_log(&mut self, ui: &Ui, actions: &mut Vec<Action>) {
        let Self { log, log_is_open, .. } = self;
        if *log_is_open && ui.input(|input| input.key_pressed(Key::Escape)) {
            *log_is_open = false;
        }
        let window = egui::Window::new("Log").open(log_is_open).collapsible(false).default_size([560.0, 320.0]);
        let window = window.default_pos(ui.ctx().content_rect().center() - vec2(280.0, 160.0));
        window.show(ui.ctx(), |ui| {
            if log.is_empty() {
                note(
                    ui,
                    "Nothing was said yet. What runs, files and downloads tell is kept here until the window closes.",
                );
                return;
            }
            let line = |(when, said): &(SystemTime, Said)| format!("{}  {}", clock(*when), said.words);
            if ui.button("Copy the log").clicked() {
                let text: Vec<String> = log.iter().map(line).collect();
                actions.push(Action::CopyText(text.join("\n"), "The log is copied"));
            }
            ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
                for entry in log.iter() {
                    ui.horizontal_top(|ui| {
                        note(ui, clock(entry.0));
                        sign(ui, entry.1.tone);
                        ui.add(egui::Label::new(&entry.1.words).wrap().selectable(true));
                    });
                }
            });
        });
    }
}

fn framed(ui: &mut Ui, tone: Tone, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::NONE.fill(palette(ui).side).stroke(Stroke::new(1.0, tone.colour(ui)));
    frame.corner_radius(4).inner_margin(Margin::symmetric(12, 8)).show(ui, content);
}

/// The time of day, UTC.
fn clock(when: SystemTime) -> String {
    let seconds = when.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) % 86_400;
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_belong_to_their_document_and_are_not_repeated() {
        let mut notices = Notices::default();
        let said = |words: &str| Said::stays(Tone::Error, words);
        notices.say(Some(1), said("One"));
        notices.say(Some(1), said("One"));
        notices.say(None, said("All"));
        notices.say(Some(2), said("Two"));
        assert_eq!(notices.messages(Some(1)).collect::<Vec<_>>(), ["One", "All"]);
        assert_eq!(notices.messages(Some(2)).collect::<Vec<_>>(), ["All", "Two"]);
        assert_eq!(notices.messages(None).collect::<Vec<_>>(), ["All"]);
        for words in ["a", "b", "c"] {
            notices.say(Some(1), said(words));
        }
        assert_eq!(notices.messages(Some(1)).collect::<Vec<_>>(), ["All", "a", "b", "c"]);
        notices.clear(1);
        assert_eq!(notices.messages(Some(1)).collect::<Vec<_>>(), ["All"]);
        assert_eq!(notices.log.len(), 7);
    }
}
