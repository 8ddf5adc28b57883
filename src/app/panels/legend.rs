//! The legend of the modes, whose entries hide and show their mode.

use super::definitions;
use super::look::{self, Look, marker};
use crate::app::theme::{palette, title};
use crate::figure::picture::look::name;
use crate::study::Mode;
use egui::accesskit::Role;
use egui::{Align, FontId, Layout, RichText, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// A title that says on hover what its terms mean, and after it the legend of `modes`; below it where there is no room.
/// `bars` says how the modes are drawn.
pub fn heading(ui: &mut Ui, words: &str, modes: &[Mode], hidden: &mut Vec<Mode>, bars: bool) {
    let needed: f32 = modes.iter().map(|mode| 56.0 + width(ui, &mode.to_string())).sum();
    let beside = ui
        .horizontal(|ui| {
            let label = egui::Label::new(RichText::new(words).text_style(title())).truncate();
            definitions::hover(ui.add(label.sense(Sense::hover())), words);
            let beside = ui.available_width() >= needed;
            if beside && !modes.is_empty() {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| legend(ui, modes, hidden, bars, true));
            }
            beside
        })
        .inner;
    if !beside {
        ui.horizontal_wrapped(|ui| legend(ui, modes, hidden, bars, false));
    }
}

fn width(ui: &Ui, text: &str) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(14.0), palette(ui).text).size().x
}

fn legend(ui: &mut Ui, modes: &[Mode], hidden: &mut Vec<Mode>, bars: bool, from_right: bool) {
    ui.spacing_mut().item_spacing.x = 12.0;
    let mut modes = modes.to_vec();
    if from_right {
        modes.reverse();
    }
    for mode in modes {
        let shown = !hidden.contains(&mode);
        if entry(ui, mode, shown, bars) {
            if shown { hidden.push(mode) } else { hidden.retain(|known| *known != mode) }
        }
    }
}

/// One entry of the legend; true where it was pressed.
fn entry(ui: &mut Ui, mode: Mode, shown: bool, bars: bool) -> bool {
    let palette = palette(ui);
    let look = Look::of(mode, palette);
    let ink = if shown { palette.text } else { palette.muted };
    let font = FontId::proportional(14.0);
    let name = name(mode);
    let galley = ui.painter().layout_no_wrap(name.clone(), font, ink);
    let (rect, response) = ui.allocate_exact_size(vec2(36.0 + galley.size().x, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show {name}")));
    let mut shapes = Vec::new();
    let (left, y) = (rect.left(), rect.center().y);
    let drawn = Look { colour: if shown { look.colour } else { palette.line }, ..look };
    if bars {
        let sample = egui::Rect::from_center_size(pos2(left + 14.0, y), vec2(20.0, 12.0));
        look::bar(drawn, sample, &mut shapes);
    } else {
        look::line(drawn, &[pos2(left, y), pos2(left + 28.0, y)], &mut shapes);
        marker(drawn, pos2(left + 14.0, y), palette.surface, &mut shapes);
    }
    ui.painter().extend(shapes);
    let at = pos2(left + 34.0, y - galley.size().y / 2.0);
    if response.hovered() || response.has_focus() {
        let below = rect.bottom() - 2.0;
        ui.painter().line_segment([pos2(at.x, below), pos2(rect.right(), below)], Stroke::new(1.0, palette.muted));
    }
    ui.painter().galley(at, galley, ink);
    let words = if shown { "Hide it; p and stars stay as they are" } else { "Show it" };
    let words = match definitions::of(&name) {
        Some(meaning) => format!("{meaning}\n{words}"),
        None => words.to_owned(),
    };
    response.on_hover_text(words).clicked()
}
