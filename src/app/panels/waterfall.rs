//! From the gap under the published protocol over each setting's share to what remains.

use super::chart::{Origin, exact};
use super::frame::{self, AXIS, Frame};
use super::view::Memory;
use crate::app::theme::palette;
use crate::figure::number;
use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// The steps.
#[derive(Debug, Clone, Default)]
pub struct Waterfall {
    /// From above to below.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Whether it is a gap rather than a share of one.
    pub is_whole: bool,
    /// Its value.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
}

/// A step where it stands.
struct Placed<'a> {
    step: &'a Step,
    from: f64,
    to: f64,
    /// Ends of the interval, at the end of the bar.
    whisker: (f64, f64),
}

impl Waterfall {
    /// Each share leads from the gap before its setting goes from published to strict to the gap after.
    fn placed<'a>(&'a self) -> Vec<Placed<'a>> {
        let mut gap = 0.0;
        let place = |step: &'a Step| {
            let Step { is_whole, value, interval: (low, high), .. } = step;
            if *is_whole {
                gap = *value;
                return Placed { step, from: 0.0, to: *value, whisker: (*low, *high) };
            }
            let before = gap;
            gap -= value;
            Placed { step, from: before, to: gap, whisker: (before - high, before - low) }
        };
        self.steps.iter().map(place).collect()
    }

    /// What has to be seen, with 0.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let ends = |placed: Placed| [placed.from, placed.to, placed.whisker.0, placed.whisker.1];
        let all = self.placed().into_iter().flat_map(ends);
        let (low, high) = all.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        let room = if high > low { 0.04 * (high - low) } else { 1.0 };
        (low - room, high + room)
    }

    /// What is painted, in words.
    fn summary(&self, label: &str) -> String {
        let of = |step: &Step| {
            let (low, high) = step.interval;
            format!("{} {} [{}, {}]", step.name, number(step.value), number(low), number(high))
        };
        format!("Gap ({label}): {}", self.steps.iter().map(of).collect::<Vec<_>>().join("; "))
    }

    /// Draws it into what is left of `ui` as the picture `id`; `label` is the unit.
    pub fn show(&self, ui: &mut Ui, id: &str, memory: &mut Memory, (origin, what): (Origin, &str), label: &str) {
        let (range, _) = frame::range(memory, id, (origin, what), self.extent());
        #[allow(clippy::cast_precision_loss)] // a handful
        let count = self.steps.len().max(1) as f32;
        let head = 18.0;
        let each = ((ui.available_height() - AXIS - head) / count).clamp(22.0, 52.0);
        let (all, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), head + count * each + AXIS), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary(label)));
        let rect = Rect::from_min_max(pos2(all.left(), all.top() + head), all.max);
        let palette = palette(ui);
        let font = FontId::proportional(12.0);
        let words = |step: &Step| {
            let (low, high) = step.interval;
            format!("{} [{}, {}]", number(step.value), number(low), number(high))
        };
        let width = |text: String| ui.painter().layout_no_wrap(text, font.clone(), palette.text).size().x;
        let right = self.steps.iter().map(|step| width(words(step))).fold(0.0_f32, f32::max);
        let frame = Frame::new(ui, rect, self.steps.iter().map(|step| step.name.as_str()), right, range);
        frame.grid(ui);
        frame.axis(ui, frame.marks.bottom(), label);
        let at = pos2(all.right(), all.top());
        ui.painter().text(at, Align2::RIGHT_TOP, "value [95 % interval]", font.clone(), palette.muted);
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
            ui.painter().text(pos2(all.right(), y), Align2::RIGHT_CENTER, words(placed.step), font.clone(), ink);
            last = Some((to, y + half));
            let line = Rect::from_x_y_ranges(all.x_range(), top..=top + each);
            if response.hover_pos().is_some_and(|pointer| line.contains(pointer)) {
                hovered = Some(placed.step);
            }
            top += each;
        }
        frame.interact(ui, &response, memory, id, origin);
        if let Some(step) = hovered {
            let (low, high) = step.interval;
            let words = format!(
                "{}\n{}\n{} ({label})\n95 % interval {} to {}",
                step.name,
                step.meaning,
                exact(step.value),
                exact(low),
                exact(high)
            );
            response.on_hover_text_at_pointer(words);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lead_from_the_published_gap_to_what_remains() {
        let step = |name: &str, is_whole, value| Step {
            name: name.to_owned(),
            meaning: String::new(),
            is_whole,
            value,
            interval: (value - 0.1, value + 0.1),
        };
        let steps = vec![step("published", true, 2.0), step("dose", false, 1.5), step("remains", true, 0.5)];
        let waterfall = Waterfall { steps };
        let placed = waterfall.placed();
        assert_eq!((placed[1].from, placed[1].to), (2.0, 0.5));
        assert!(placed[1].whisker.0 < 0.5 && placed[1].whisker.1 > 0.5);
        assert_eq!((placed[2].from, placed[2].to), (0.0, 0.5));
    }
}
