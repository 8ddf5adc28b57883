//! A fold whose line may need a second one.

use crate::app::theme::palette;
use egui::accesskit::Role;
use egui::collapsing_header::{CollapsingState, paint_default_icon};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Color32, FontId, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

/// A line that opens `content`: `name`, where it has one, and behind it what is set, in up to two lines of small text.
/// `hover` says more.
pub fn fold(ui: &mut Ui, id: &str, name: &str, summary: &str, hover: &str, content: impl FnOnce(&mut Ui)) {
    let id = ui.make_persistent_id(id);
    let mut state = CollapsingState::load_with_default_open(ui.ctx(), id, false);
    let room = ui.available_width() - 18.0;
    let (text, muted) = (palette(ui).text, palette(ui).muted);
    let job = |ink: Color32| {
        let mut job = LayoutJob {
            wrap: TextWrapping { max_width: room, max_rows: 2, ..TextWrapping::default() },
            ..LayoutJob::default()
        };
        let format = |size, color| TextFormat {
            font_id: FontId::proportional(size),
            color,
            valign: Align::Center,
            ..TextFormat::default()
        };
        if !name.is_empty() {
            job.append(&format!("{name}  "), 0.0, format(14.0, text));
        }
        job.append(summary, 0.0, format(12.0, ink));
        job
    };
    let galley = ui.painter().layout_job(job(muted));
    let (size, cut) = (galley.size(), galley.elided);
    let least = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size.y.max(least)), Sense::click());
    let (open, enabled) = (state.is_open(), ui.is_enabled());
    let described = if name.is_empty() { summary.to_owned() } else { format!("{name}  {summary}") };
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, open, &described));
    let galley = if response.hovered() || response.has_focus() { ui.painter().layout_job(job(text)) } else { galley };
    let top = rect.center().y - size.y / 2.0;
    let first_line = galley.rows.first().map_or(size.y, |row| row.height());
    let icon = Rect::from_center_size(pos2(rect.left() + 8.0, top + first_line / 2.0), vec2(8.0, 8.0));
    paint_default_icon(ui, state.openness(ui.ctx()), &response.clone().with_new_rect(icon));
    ui.painter().galley(pos2(rect.left() + 18.0, top), galley, text);
    let more: Vec<&str> =
        [cut.then_some(summary), Some(hover)].into_iter().flatten().filter(|s| !s.is_empty()).collect();
    let response = if more.is_empty() { response } else { response.on_hover_text(more.join("\n")) };
    if response.clicked() {
        state.toggle(ui);
    }
    state.show_body_unindented(ui, |ui| {
        ui.indent(id, content);
    });
}
