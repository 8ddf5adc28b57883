//! Messages at the top of the pictures: what went wrong or what was done, in words, until they are taken away.

use super::action::Action;
use super::theme::palette;
use super::widgets::{Tone, cross, sign};
use egui::{Align, Frame, Layout, Margin, RichText, Stroke, Ui};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// How bad it is.
    pub tone: Tone,
    /// The message.
    pub words: String,
}

/// At most so many are kept.
const MOST: usize = 3;

/// Adds a message; the oldest goes where there are too many, and the same one is not said twice.
pub fn push(banners: &mut Vec<Banner>, tone: Tone, words: &str) {
    let words = super::words::reworded(words);
    banners.retain(|banner| banner.words != words);
    banners.push(Banner { tone, words });
    if banners.len() > MOST {
        banners.remove(0);
    }
}

/// Draws them.
pub fn show(ui: &mut Ui, banners: &[Banner], actions: &mut Vec<Action>) {
    for (i, banner) in banners.iter().enumerate() {
        let colour = banner.tone.colour(ui);
        let frame = Frame::NONE
            .fill(palette(ui).side)
            .stroke(Stroke::new(1.0, colour))
            .corner_radius(4)
            .inner_margin(Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if cross(ui, "Dismiss the message").clicked() {
                    actions.push(Action::Dismiss(i));
                }
                ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                    sign(ui, banner.tone);
                    let ink = if banner.tone == Tone::Plain { palette(ui).text } else { colour };
                    let text = RichText::new(&banner.words).color(ink);
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                });
            });
        });
        ui.add_space(4.0);
    }
}
