//! What stands below a picture, and what gives way to it where there is little room.

use crate::app::theme::palette;
use crate::visible::visible;
use egui::{Align, Color32, FontId, Label, RichText, Sense, Ui, vec2};

/// In a window that is lower, words give way to pictures.
const LOW: f32 = 600.0;

/// Whether the window is low.
pub fn is_low(ui: &Ui) -> bool {
    ui.ctx().content_rect().height() < LOW
}

/// Draws `content`, and below it `caption`: in a low window a line of it, and the rest where the pointer is over it.
pub fn with_caption(ui: &mut Ui, caption: &str, content: impl FnOnce(&mut Ui)) {
    let caption = &visible(caption);
    above(ui, height(ui, caption), content);
    let words = RichText::new(caption.as_ref()).small().color(palette(ui).muted);
    if is_low(ui) {
        ui.add(Label::new(words).truncate().sense(Sense::hover())).on_hover_text(caption.as_ref());
    } else {
        ui.add(Label::new(words).wrap());
    }
}

/// What a caption takes.
fn height(ui: &Ui, caption: &str) -> f32 {
    let (font, ink) = (FontId::proportional(12.0), Color32::BLACK);
    let galley = if is_low(ui) {
        ui.painter().layout_no_wrap(caption.to_owned(), font, ink)
    } else {
        ui.painter().layout(caption.to_owned(), font, ink, ui.available_width())
    };
    galley.size().y
}

/// Draws `content` over the room that what is `below` it, which comes after it, leaves.
fn above(ui: &mut Ui, below: f32, content: impl FnOnce(&mut Ui)) {
    let below = below + 2.0 * ui.spacing().item_spacing.y;
    let size = vec2(ui.available_width(), (ui.available_height() - below).max(96.0));
    ui.allocate_ui_with_layout(size, egui::Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        content(ui);
    });
}
