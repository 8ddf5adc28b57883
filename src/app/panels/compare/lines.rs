//! How a line per study is drawn: ratios by δ, and changes by relative depth.

use crate::app::panels::caption::with_caption;
use crate::app::panels::look::{Look, line, marker};
use crate::app::theme::palette;
use crate::figure::picture::Cues;
use crate::figure::picture::compare::{Lines, Point};
use crate::figure::picture::tick_label;
use egui::{Align2, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

/// Room at the left and below for numbers and labels.
const LEFT: f32 = 64.0;
const BELOW: f32 = 40.0;

impl Lines<'_> {
    /// Draws them, `height` high with what stands below.
    pub(super) fn show(&self, ui: &mut Ui, height: f32) {
        ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
            with_caption(ui, &self.caption, |ui| self.picture(ui));
        });
    }

    fn picture(&self, ui: &mut Ui) {
        let height = ui.available_height().max(96.0);
        let (all, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let room = Rect::from_min_max(all.min + vec2(LEFT, 20.0), all.max - vec2(12.0, BELOW));
        let (x, y) = self.extents();
        let place = |point: &Point| {
            Some(pos2(at(room.x_range(), x, self.x.place(point.x)?), up(room, y, self.y.place(point.y)?)))
        };
        self.grid(ui, room, x, y);
        let palette = palette(ui);
        let mut nearest: Option<(f32, String)> = None;
        for (i, name, points) in &self.lines {
            let look = Look::new(Cues::of_study(*i), palette);
            let path: Vec<Pos2> = points.iter().filter_map(place).collect();
            let mut shapes = Vec::new();
            line(look, &path, &mut shapes);
            for point in *points {
                let Some(centre) = place(point) else { continue };
                if let Some((low, high)) = point.interval {
                    let end = |value| self.y.place(value).map_or(centre.y, |value| up(room, y, value));
                    let ends = [pos2(centre.x, end(low)), pos2(centre.x, end(high))];
                    shapes.push(Shape::line_segment(ends, Stroke::new(1.5, look.colour)));
                }
                marker(look, centre, palette.surface, &mut shapes);
                let far = response.hover_pos().map_or(f32::INFINITY, |pointer| pointer.distance(centre));
                if far < 12.0 && nearest.as_ref().is_none_or(|(near, _)| far < *near) {
                    nearest = Some((far, point.hover(name)));
                }
            }
            ui.painter().with_clip_rect(room.expand(8.0)).extend(shapes);
        }
        if let Some((_, words)) = nearest {
            response.on_hover_text_at_pointer(words);
        }
    }

    fn grid(&self, ui: &Ui, room: Rect, x: (f64, f64), y: (f64, f64)) {
        let (palette, painter) = (palette(ui), ui.painter());
        let font = FontId::proportional(12.0);
        for tick in self.y.ticks(y.0, y.1) {
            let at = up(room, y, tick);
            painter.line_segment([pos2(room.left(), at), pos2(room.right(), at)], Stroke::new(1.0, palette.grid));
            let words = tick_label(self.y.value(tick));
            painter.text(pos2(room.left() - 8.0, at), Align2::RIGHT_CENTER, words, font.clone(), palette.muted);
        }
        for tick in self.x.ticks(x.0, x.1) {
            let across = at(room.x_range(), x, tick);
            let words = tick_label(self.x.value(tick));
            painter.text(pos2(across, room.bottom() + 4.0), Align2::CENTER_TOP, words, font.clone(), palette.muted);
        }
        if let Some(base) = self.y.place(self.base) {
            let at = up(room, y, base);
            let ends = [pos2(room.left(), at), pos2(room.right(), at)];
            painter.extend(Shape::dashed_line(&ends, Stroke::new(1.0, palette.muted), 3.0, 4.0));
        }
        painter.text(
            pos2(room.center().x, room.bottom() + BELOW),
            Align2::CENTER_BOTTOM,
            &self.x_label,
            font.clone(),
            palette.muted,
        );
        painter.text(pos2(room.left() - LEFT, room.top() - 20.0), Align2::LEFT_TOP, self.y_label, font, palette.muted);
    }
}

#[allow(clippy::cast_possible_truncation)] // a position on the screen
fn at(range: egui::Rangef, (low, high): (f64, f64), place: f64) -> f32 {
    range.min + ((place - low) / (high - low)) as f32 * range.span()
}

fn up(room: Rect, range: (f64, f64), place: f64) -> f32 {
    room.bottom() + room.top() - at(room.y_range(), range, place)
}
