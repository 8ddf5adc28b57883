//! A line per study: ratios by δ, and changes by relative depth.

use super::look;
use super::study::{Compared, Point};
use crate::app::panels::look::{line, marker};
use crate::app::panels::ticks::{Scale, tick_label};
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::study::Mode;
use egui::{Align2, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

/// The ratio of the damages by δ.
pub fn ratios(ui: &mut Ui, studies: &[(usize, &Compared)]) {
    let lines: Vec<(usize, &str, &[Point])> =
        studies.iter().map(|(i, study)| (*i, study.name.as_str(), study.ratios.as_slice())).collect();
    let mut units: Vec<&str> =
        studies.iter().filter(|(_, study)| !study.ratios.is_empty()).map(|(_, study)| study.unit).collect();
    units.dedup();
    let caption = match units.as_slice() {
        [] => "None of these studies has a δ at which both damages are surely above 0.",
        [_] => {
            "With Fieller's 95 % intervals over seeds; no ratio where the damage under magnitude is not told from 0. Dashed: no difference."
        }
        _ => {
            "With Fieller's 95 % intervals over seeds. The studies measure δ in different units: compare the ratios, and not \
             where they stand along the axis."
        }
    };
    let label = format!("δ ({})", units.join("; "));
    let axes =
        Axes { x: Scale::Log, y: Scale::Log, x_label: &label, y_label: "damage angular / damage magnitude", base: 1.0 };
    axes.show(ui, &lines, caption);
}

/// The change of attention entropy under `mode` by relative depth.
pub fn layers(ui: &mut Ui, studies: &[(usize, &Compared)], mode: Option<Mode>) {
    let of = |study: &'_ Compared| study.layers.iter().position(|(known, _)| Some(*known) == mode);
    let lines: Vec<(usize, &str, &[Point])> = studies
        .iter()
        .filter_map(|(i, study)| Some((*i, study.name.as_str(), study.layers[of(study)?].1.as_slice())))
        .collect();
    let caption = if lines.is_empty() {
        "None of these studies has the attention entropy of its layers. Add the attention entropy to a study and run it."
    } else {
        "Mean over seeds and texts, with 95 % bootstrap intervals over both. Depth 0: the first layer; 1: the last."
    };
    let axes = Axes {
        x: Scale::Linear,
        y: Scale::Linear,
        x_label: "relative depth",
        y_label: "change of attention entropy (nats)",
        base: 0.0,
    };
    axes.show(ui, &lines, caption);
}

/// Two axes, and a value of the upright one that a line marks.
struct Axes<'a> {
    x: Scale,
    y: Scale,
    x_label: &'a str,
    y_label: &'a str,
    base: f64,
}

/// Room at the left and below for numbers and labels.
const LEFT: f32 = 64.0;
const BELOW: f32 = 40.0;

impl Axes<'_> {
    fn show(&self, ui: &mut Ui, lines: &[(usize, &str, &[Point])], caption: &str) {
        let height = (ui.available_height() - 24.0).max(96.0);
        let (all, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let room = Rect::from_min_max(all.min + vec2(LEFT, 20.0), all.max - vec2(12.0, BELOW));
        let (x, y) = self.extents(lines);
        let place = |point: &Point| {
            Some(pos2(at(room.x_range(), x, self.x.place(point.x)?), up(room, y, self.y.place(point.y)?)))
        };
        self.grid(ui, room, x, y);
        let palette = palette(ui);
        let mut nearest: Option<(f32, String)> = None;
        for (i, name, points) in lines {
            let look = look(*i, palette);
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
                    let interval = point
                        .interval
                        .map_or(String::new(), |(low, high)| format!("\n95 % interval {low:.4} to {high:.4}"));
                    nearest = Some((far, format!("{name}\n{}{interval}", point.hover)));
                }
            }
            ui.painter().with_clip_rect(room.expand(8.0)).extend(shapes);
        }
        if let Some((_, words)) = nearest {
            response.on_hover_text_at_pointer(words);
        }
        note(ui, caption);
    }

    /// The positions that have to be seen, with room around them.
    fn extents(&self, lines: &[(usize, &str, &[Point])]) -> ((f64, f64), (f64, f64)) {
        let (mut x, mut y) = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
        let see = |range: &mut (f64, f64), place: Option<f64>| {
            if let Some(place) = place {
                *range = (range.0.min(place), range.1.max(place));
            }
        };
        see(&mut y, self.y.place(self.base));
        for point in lines.iter().flat_map(|(_, _, points)| points.iter()) {
            see(&mut x, self.x.place(point.x));
            see(&mut y, self.y.place(point.y));
            let (low, high) = point.interval.unwrap_or((point.y, point.y));
            see(&mut y, self.y.place(low));
            see(&mut y, self.y.place(high));
        }
        let wider = |(low, high): (f64, f64)| match () {
            () if low > high => (0.0, 1.0),
            () if high > low => (low - 0.06 * (high - low), high + 0.06 * (high - low)),
            () => (low - 0.5, high + 0.5),
        };
        (wider(x), wider(y))
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
            self.x_label,
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
