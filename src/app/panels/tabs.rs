//! The tabs by which the panels in the middle of the window are opened, one per view.

use super::shown::Shown;
use crate::app::kinds;
use crate::app::theme::{STRONG, palette};
use crate::figure::View;
use egui::accesskit::Role;
use egui::{FontFamily, FontId, Id, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Whether the study that is set up, or the one that is shown, has something for `view`.
pub fn is_asked_for(view: View, shown: &Shown) -> bool {
    let of = |study| view.kinds().iter().any(|kind| kinds::is_on(study, *kind));
    view.kinds().is_empty() || of(shown.study) || shown.summary.is_some_and(|summary| of(&summary.study))
}

/// Height of a row of tabs.
pub const HEIGHT: f32 = 32.0;

/// A row of tabs: how large their names are, and what stands between them.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    size: f32,
    between: f32,
}

impl Bar {
    /// A row of `tabs` as wide as `room`: its names are smaller where they have no room.
    pub fn of(ui: &Ui, tabs: &[View], room: f32) -> Self {
        let between = |size: f32| {
            let taken: f32 = tabs.iter().map(|tab| width(ui, *tab, size)).sum();
            (room - taken) / tabs.len().max(1) as f32 - 0.5
        };
        let size = if between(14.0) < 12.0 { 12.0 } else { 14.0 };
        Self { size, between: between(size).clamp(5.0, 24.0) }
    }

    fn style(self, open: bool) -> FontId {
        let family = if open { FontFamily::Name(STRONG.into()) } else { FontFamily::Proportional };
        FontId::new(self.size, family)
    }
}

/// As wide as its name when it is open, so that nothing moves.
fn width(ui: &Ui, tab: View, size: f32) -> f32 {
    let font = FontId::new(size, FontFamily::Name(STRONG.into()));
    ui.painter().layout_no_wrap(tab.name().to_owned(), font, egui::Color32::BLACK).size().x
}

/// One tab.
pub fn one(ui: &mut Ui, id: Id, tab: View, bar: Bar, open: bool, asked_for: bool) -> Response {
    let palette = palette(ui);
    let ink = if open || asked_for { palette.text } else { palette.muted };
    let galley = ui.painter().layout_no_wrap(tab.name().to_owned(), bar.style(open), ink);
    let (_, rect) = ui.allocate_space(vec2(width(ui, tab, bar.size) + bar.between, HEIGHT));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, open, tab.name()));
    if !open && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect.shrink2(vec2(2.0, 4.0)), 4.0, palette.control_hover);
    }
    let size = galley.size();
    ui.painter().galley(rect.center() - size / 2.0, galley, ink);
    if open {
        let y = rect.bottom() - 1.0;
        let ends = [pos2(rect.center().x - size.x / 2.0, y), pos2(rect.center().x + size.x / 2.0, y)];
        ui.painter().line_segment(ends, Stroke::new(2.0, palette.chosen));
    }
    let lead = if asked_for { "Shows" } else { "The study does not ask for it. It would show" };
    response.on_hover_text(format!("{lead} {}\nDrag it to put it beside another", tab.what()))
}
