//! How rows of estimates are drawn.

use super::frame::{self, AXIS, Frame};
use super::look::{Look, marker};
use super::picks::Picks;
use super::view::Origin;
use crate::app::theme::palette;
use crate::figure::picture::{Cell, Forest};
use crate::study::Mode;
use egui::accesskit::Role;
use egui::{Align2, CursorIcon, FontId, Rect, ScrollArea, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

impl Forest {
    /// Draws it into what is left of `ui`.
    pub(super) fn show(&self, ui: &mut Ui, id: &str, picks: &mut Picks, origin: Origin) {
        let (range, _) = frame::range(&mut picks.charts, id, (origin, ""), self.extent());
        self.show_over(ui, (id, &[]), range, picks, origin);
    }

    /// The same over the axis `range`, as far to the right as if its rows had also these `names`.
    pub(super) fn show_over(
        &self,
        ui: &mut Ui,
        (id, names): (&str, &[&str]),
        range: (f64, f64),
        picks: &mut Picks,
        origin: Origin,
    ) {
        let modes = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(1).max(1);
        #[allow(clippy::cast_precision_loss)] // a handful
        let (count, least) = (self.rows.len().max(1) as f32, 6.0 + 11.0 * modes as f32);
        let room = ui.available_height() - AXIS - 4.0;
        let each = (room / count).clamp(least, least + 64.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let scroll = ScrollArea::vertical().id_salt(id).auto_shrink([false, true]).max_height(room);
        let frame = scroll.show(ui, |ui| {
            let size = vec2(ui.available_width(), count * each);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary(&picks.hidden)));
            let with_axis = Rect::from_min_max(rect.min, rect.max + vec2(0.0, AXIS));
            let names = self.rows.iter().map(|row| row.name.as_str()).chain(names.iter().copied());
            let frame = Frame::new(ui, with_axis, names, 0.0, range);
            let hovered = self.paint(ui, &frame, each, &picks.hidden, response.hover_pos());
            frame.interact(ui, &response, &mut picks.charts, id, origin);
            if let Some(cell) = hovered {
                let mut words = cell.hover.clone();
                if origin.has_trials {
                    words.push_str("\nclick: the trials behind it");
                    ui.set_cursor_icon(CursorIcon::PointingHand);
                    if response.clicked() {
                        picks.look_behind(cell.point.clone());
                    }
                }
                response.on_hover_text_at_pointer(words);
            }
            frame
        });
        // The axis stays where rows scroll.
        let (axis, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
        frame.inner.axis(ui, axis.top(), Self::LABEL);
    }

    fn paint(&self, ui: &Ui, frame: &Frame, each: f32, hidden: &[Mode], pointer: Option<egui::Pos2>) -> Option<&Cell> {
        let palette = palette(ui);
        frame.grid(ui);
        let whole = frame.x(100.0);
        let ends = [pos2(whole, frame.marks.top()), pos2(whole, frame.marks.bottom())];
        ui.painter().extend(Shape::dashed_line(&ends, Stroke::new(1.0, palette.muted), 3.0, 4.0));
        let mut nearest: Option<(f32, &Cell)> = None;
        let mut top = frame.marks.top();
        for row in &self.rows {
            frame.name(ui.painter(), top + each / 2.0, &row.name, palette.text);
            #[allow(clippy::cast_precision_loss)] // a handful
            let step = (each - 8.0) / row.cells.len() as f32;
            for (i, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !hidden.contains(&cell.mode)) {
                #[allow(clippy::cast_precision_loss)]
                let y = top + 4.0 + (i as f32 + 0.5) * step;
                paint_cell(ui, frame, y, cell);
                let far = pointer.map_or(f32::INFINITY, |at| (at.y - y).abs());
                if far < step / 2.0 + 1.0 && nearest.is_none_or(|(near, _)| far < near) {
                    nearest = Some((far, cell));
                }
            }
            top += each;
            let line = [pos2(frame.names.left(), top), pos2(frame.marks.right(), top)];
            ui.painter().line_segment(line, Stroke::new(1.0, palette.grid));
        }
        nearest.map(|(_, cell)| cell)
    }
}

fn paint_cell(ui: &Ui, frame: &Frame, y: f32, cell: &Cell) {
    let palette = palette(ui);
    let look = Look::of(cell.mode, palette);
    let mut shapes = Vec::new();
    if let Ok((value, interval)) = &cell.recovery {
        frame.estimate(ui, y, look, *value, *interval);
    } else {
        let at = pos2(frame.clamped(0.0), y);
        marker(look, at, palette.surface, &mut shapes);
        // The marker is hollow: there is no number behind it.
        shapes.push(Shape::circle_filled(at, 2.5, palette.surface));
        let font = FontId::proportional(12.0);
        ui.painter().text(at + vec2(14.0, 0.0), Align2::LEFT_CENTER, "no ratio", font, palette.muted);
    }
    ui.painter().extend(shapes);
}
