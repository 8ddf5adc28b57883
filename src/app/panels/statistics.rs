//! The tests of a study as estimates with their intervals, experiment by experiment, for each sample that a result may
//! hold for.

use super::caption::with_caption;
use super::frame::{self, AXIS, Frame};
use super::look::{Look, marker};
use super::picks::Picks;
use super::shown::Shown;
use super::view::Origin;
use super::{definitions, sides, tools};
use crate::app::theme::{palette, small_numbers, title};
use crate::app::widgets::{Tone, choice, note, sign};
use crate::figure::View;
use crate::figure::picture::statistics::{Data, Group, Mark, P};
use egui::accesskit::Role;
use egui::{
    Align, Align2, Color32, CursorIcon, FontId, Layout, Rect, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

impl Data {
    /// Draws it.
    pub(super) fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        picks.tests = picks.tests.min(self.groups.len().saturating_sub(1));
        ui.horizontal(|ui| {
            definitions::hover(
                ui.label(RichText::new(View::Statistics.title()).text_style(title())),
                View::Statistics.title(),
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let names: Vec<(usize, &str)> =
                    self.groups.iter().enumerate().map(|(i, group)| (i, group.name.as_str())).collect();
                choice(ui, "Tests of", 200.0, &mut picks.tests, &names);
                ui.label(RichText::new("Tests of").small().color(palette(ui).muted));
            });
        });
        let Some(group) = self.groups.get(picks.tests) else { return };
        tools::row(
            ui,
            shown,
            picks,
            tools::Tools { table: View::Statistics.table(), ..Default::default() },
            |ui, picks| {
                key(ui, group, picks);
            },
        );
        // A number and its unit stay on a line.
        let warning = group.warning().map(|words| words.replace(" %", "\u{a0}%"));
        let caption = self.caption(group);
        let of_warning = warning.as_ref().map_or(0.0, |warning| {
            let (font, room) = (FontId::proportional(12.0), ui.available_width() - 24.0);
            ui.painter().layout(warning.clone(), font, Color32::BLACK, room).size().y + 12.0
        });
        let room = vec2(ui.available_width(), ui.available_height() - of_warning);
        let inside = Rect::from_min_size(ui.cursor().min, room);
        let mut all = ui.new_child(UiBuilder::new().max_rect(inside).layout(Layout::top_down(Align::Min)));
        with_caption(&mut all, &caption, |ui| {
            let origin = shown.origin();
            let (range, _) = frame::range(&mut picks.charts, &group.name, (origin, &group.name), group.extent());
            group.show(ui, range, picks, origin);
        });
        ui.advance_cursor_after_rect(inside);
        if let Some(warning) = &warning {
            ui.horizontal_top(|ui| {
                sign(ui, Tone::Warning);
                let words = RichText::new(warning).small().color(Tone::Warning.colour(ui));
                ui.add(egui::Label::new(words).wrap().selectable(true));
            });
        }
    }
}

/// The samples of `group`, each with its marker; pressing one hides it.
fn key(ui: &mut Ui, group: &Group, picks: &mut Picks) {
    note(ui, "Sample:");
    for Mark { sample, words, .. } in group.samples() {
        let name = sample.name();
        let shown = !picks.hidden_names.contains(&name);
        let palette = palette(ui);
        let galley = ui.painter().layout_no_wrap(words.clone(), FontId::proportional(12.0), palette.muted);
        let (rect, response) = ui.allocate_exact_size(vec2(24.0 + galley.size().x, 20.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show the sample {words}")));
        let mut shapes = Vec::new();
        let look = Look::new(sample.cues(), palette);
        let look = if shown { look } else { Look { colour: palette.line, ..look } };
        marker(look, pos2(rect.left() + 8.0, rect.center().y), palette.surface, &mut shapes);
        ui.painter().extend(shapes);
        ui.painter().galley(pos2(rect.left() + 20.0, rect.center().y - galley.size().y / 2.0), galley, palette.muted);
        if response.on_hover_text(if shown { "Hide it" } else { "Show it" }).clicked() {
            if shown { picks.hidden_names.push(name) } else { picks.hidden_names.retain(|known| *known != name) }
        }
    }
}

/// Width of the column of p.
const WIDTH: f32 = 80.0;

impl Group {
    fn show(&self, ui: &mut Ui, range: (f64, f64), picks: &mut Picks, origin: Origin) {
        let most = self.rows.iter().map(|row| row.marks.len()).max().unwrap_or(1).max(1);
        let (count, least) = (self.rows.len().max(1) as f32, (8.0 + 11.0 * most as f32).max(24.0));
        let room = ui.available_height() - AXIS - 4.0;
        let each = (room / count).clamp(least, least + 24.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let scroll = ScrollArea::vertical().id_salt(&self.name).auto_shrink([false, true]).max_height(room);
        let frame = scroll.show(ui, |ui| {
            let size = vec2(ui.available_width(), count * each);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
            let with_axis = Rect::from_min_max(rect.min, rect.max + vec2(0.0, AXIS));
            let frame = Frame::new(ui, with_axis, self.rows.iter().map(|row| row.name.as_str()), WIDTH, range);
            let hovered = self.paint(ui, &frame, each, response.hover_pos(), &picks.hidden_names);
            frame.interact(ui, &response, &mut picks.charts, &self.name, origin);
            let there =
                hovered.map(|mark| mark.sides.as_slice()).filter(|there| origin.has_trials && !there.is_empty());
            sides::offer(&response, there, picks);
            if let Some(mark) = hovered {
                let mut words = mark.hover.clone();
                if there.is_some() {
                    words.push_str(&format!("\n{}", sides::HINT));
                    ui.set_cursor_icon(CursorIcon::PointingHand);
                }
                response.on_hover_text_at_pointer(words);
            }
            frame
        });
        // The axis stays where rows scroll.
        let (axis, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
        frame.inner.axis(ui, axis.top(), self.unit);
        let at = pos2(frame.inner.marks.right() + WIDTH, axis.top() + 4.0);
        ui.painter().text(at, Align2::RIGHT_TOP, P, FontId::proportional(12.0), palette(ui).muted);
    }

    fn paint(&self, ui: &Ui, frame: &Frame, each: f32, pointer: Option<egui::Pos2>, hidden: &[&str]) -> Option<&Mark> {
        let palette = palette(ui);
        frame.grid(ui);
        let numbers = small_numbers().resolve(ui.style());
        let mut nearest: Option<(f32, &Mark)> = None;
        let mut top = frame.marks.top();
        for row in &self.rows {
            let middle = top + each / 2.0;
            frame.name(ui.painter(), middle, &row.name, palette.text);
            if let Some(p) = row.p_words() {
                let at = pos2(frame.marks.right() + WIDTH, middle);
                ui.painter().text(at, Align2::RIGHT_CENTER, p, numbers.clone(), palette.text);
            }
            let step = (each - 8.0) / row.marks.len().max(1) as f32;
            for (i, mark) in row.marks.iter().enumerate().filter(|(_, mark)| !hidden.contains(&mark.sample.name())) {
                let y = top + 4.0 + (i as f32 + 0.5) * step;
                frame.estimate(ui, y, Look::new(mark.sample.cues(), palette), mark.value, mark.interval);
                let far = pointer.map_or(f32::INFINITY, |at| (at.y - y).abs());
                if far < step / 2.0 + 1.0 && nearest.is_none_or(|(near, _)| far < near) {
                    nearest = Some((far, mark));
                }
            }
            top += each;
            let line = [pos2(frame.names.left(), top), pos2(frame.marks.right() + WIDTH, top)];
            ui.painter().line_segment(line, Stroke::new(1.0, palette.grid));
        }
        nearest.map(|(_, mark)| mark)
    }
}
