//! How the steps of a gap are drawn.

use super::frame::{self, AXIS, Frame};
use super::picks::Picks;
use super::sides;
use super::view::Origin;
use crate::app::theme::palette;
use crate::figure::picture::{Step, Waterfall};
use egui::accesskit::Role;
use egui::{Align2, CursorIcon, FontId, Rect, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

impl Waterfall {
    /// Draws it into what is left of `ui` as the picture `id`; `label` is the unit.
    /// A gap leads to the trials of either mode, and a share to the table `cells`.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        id: &str,
        picks: &mut Picks,
        (origin, what): (Origin, &str),
        (label, cells): (&str, &'static str),
    ) {
        let (range, _) = frame::range(&mut picks.charts, id, (origin, what), self.extent());
        #[allow(clippy::cast_precision_loss)] // a handful
        let count = self.steps.len().max(1) as f32;
        let head = 18.0;
        let each = ((ui.available_height() - AXIS - head) / count).clamp(18.0, 72.0);
        let (all, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), head + count * each + AXIS), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary(label)));
        let rect = Rect::from_min_max(pos2(all.left(), all.top() + head), all.max);
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let width = |text: String| ui.painter().layout_no_wrap(text, font.clone(), palette.text).size().x;
        let right = self.steps.iter().map(|step| width(step.words())).fold(0.0_f32, f32::max);
        let frame = Frame::new(ui, rect, self.steps.iter().map(|step| step.name.as_str()), right, range);
        frame.grid(ui);
        frame.axis(ui, frame.marks.bottom(), label);
        let at = pos2(all.right(), all.top());
        ui.painter().text(at, Align2::RIGHT_TOP, Self::NUMBERS, font.clone(), palette.muted);
        let mut hovered = None;
        let mut top = rect.top();
        let mut last: Option<(f32, f32)> = None;
        for placed in self.placed() {
            let y = top + each / 2.0;
            frame.name(ui.painter(), y, &placed.step.name, palette.text);
            let (from, to) = (frame.clamped(placed.from), frame.clamped(placed.to));
            if let Some((x, above)) = last {
                let line = [pos2(x, above), pos2(x, y)];
                ui.painter().extend(Shape::dashed_line(&line, Stroke::new(1.0, palette.muted), 3.0, 3.0));
            }
            let half = (0.32 * each).min(13.0);
            let bar = Rect::from_two_pos(pos2(from, y - half), pos2(to, y + half));
            paint_bar(ui, bar, placed.step, to < from);
            let stroke = Stroke::new(1.5, palette.text);
            let (low, high) = (frame.clamped(placed.whisker.0), frame.clamped(placed.whisker.1));
            ui.painter().line_segment([pos2(low, y), pos2(high, y)], stroke);
            for end in [low, high] {
                ui.painter().line_segment([pos2(end, y - 4.0), pos2(end, y + 4.0)], stroke);
            }
            let ink = if placed.step.is_whole { palette.text } else { palette.muted };
            ui.painter().text(pos2(all.right(), y), Align2::RIGHT_CENTER, placed.step.words(), font.clone(), ink);
            last = Some((to, y + half));
            let line = Rect::from_x_y_ranges(all.x_range(), top..=top + each);
            if response.hover_pos().is_some_and(|pointer| line.contains(pointer)) {
                hovered = Some(placed.step);
            }
            top += each;
        }
        frame.interact(ui, &response, &mut picks.charts, id, origin);
        let there = hovered.map(|step| step.sides.as_slice()).filter(|there| !there.is_empty());
        sides::offer(&response, there, picks);
        if let Some(step) = hovered {
            ui.set_cursor_icon(CursorIcon::PointingHand);
            let leads = if there.is_some() { sides::HINT } else { "click: the table of all cells below" };
            if there.is_none() && response.clicked() {
                (picks.table, picks.unfold) = (Some(cells), true);
            }
            response.on_hover_text_at_pointer(format!("{}\n{leads}", step.hover(label)));
        }
    }
}

/// A gap is filled; a share is hollow, with an arrow to where it leads.
fn paint_bar(ui: &Ui, bar: Rect, step: &Step, to_left: bool) {
    let palette = palette(ui);
    let painter = ui.painter();
    if step.is_whole {
        painter.rect_filled(bar, 2.0, palette.chosen.gamma_multiply(0.75));
        return;
    }
    painter.rect_filled(bar, 2.0, palette.chosen.gamma_multiply(0.18));
    painter.rect_stroke(bar, 2.0, Stroke::new(1.5, palette.chosen), StrokeKind::Inside);
    if bar.width() > 24.0 {
        let (y, along) = (bar.center().y, if to_left { -1.0 } else { 1.0 });
        let tip = pos2(bar.center().x + 6.0 * along, y);
        let tail = pos2(bar.center().x - 6.0 * along, y);
        let stroke = Stroke::new(1.0, palette.chosen);
        painter.line_segment([tail, tip], stroke);
        for side in [-3.0, 3.0] {
            painter.line_segment([tip, tip + vec2(-4.0 * along, side)], stroke);
        }
    }
}
