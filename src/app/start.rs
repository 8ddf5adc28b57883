//! The start page: what one may begin with.

use super::action::{Action, Ask};
use super::theme::{STRONG, palette, title};
use super::widgets::{cross, note};
use crate::study::CONFIGS;
use crate::visible;
use egui::accesskit::Role;
use egui::{
    Align, Color32, CornerRadius, FontFamily, FontId, Layout, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, vec2,
};
use std::path::{Path, PathBuf};

/// Width of the page.
const PAGE: f32 = 960.0;

/// Between two cards.
const GAP: f32 = 16.0;

/// Draws it; `recent` are the files that were opened lately.
pub fn show(ui: &mut Ui, recent: &[PathBuf], actions: &mut Vec<Action>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = ui.available_width();
        let page = PAGE.min(width - 48.0);
        ui.horizontal_top(|ui| {
            ui.add_space((width - page) / 2.0);
            ui.vertical(|ui| {
                ui.set_width(page);
                ui.add_space(32.0);
                ui.label(RichText::new("Polarscope").text_style(title()));
                ui.label(
                    "What do the direction and the length of a transformer's hidden states each carry? Move them by the same \
                     distance along their length and around the sphere, and watch what breaks.",
                );
                ui.add_space(16.0);
                begin(ui, page, actions);
                ui.add_space(16.0);
                let columns = (page - GAP) / 2.0;
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = GAP;
                    for (i, column) in [studies as fn(&mut Ui, &[PathBuf], &mut Vec<Action>), files].into_iter().enumerate() {
                        ui.push_id(i, |ui| {
                            ui.vertical(|ui| {
                                ui.set_width(columns);
                                column(ui, recent, actions);
                            });
                        });
                    }
                });
                ui.add_space(32.0);
            });
        });
    });
}

fn begin(ui: &mut Ui, page: f32, actions: &mut Vec<Action>) {
    let cards = [
        (
            "Explore the demo",
            "A finished study of the built-in model, with every experiment. Nothing has to be downloaded or run.",
            Action::OpenDemo,
        ),
        (
            "New study",
            "Choose a model, texts, layers and a δ grid. It begins with the demo's settings: Run needs no choice at all.",
            Action::NewStudy,
        ),
        (
            "Published results",
            "What the study printed (arXiv 2602.11169), with its tests recomputed, to set a run of your own beside.",
            Action::OpenPublished,
        ),
        (
            "Open…",
            "A study file (.polar), a study (.toml), a model's folder or a .gguf file. It can also be dropped on the window.",
            Action::Ask(Ask::Open),
        ),
    ];
    let columns = if page < 880.0 { 2 } else { 4 };
    let size = vec2((page - GAP * (columns as f32 - 1.0)) / columns as f32, if columns == 2 { 104.0 } else { 148.0 });
    for row in cards.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (name, words, action) in row {
                if card(ui, size, name, words) {
                    actions.push(action.clone());
                }
            }
        });
        ui.add_space(GAP - 8.0);
    }
}

/// A place to press: a name and words under it.
fn card(ui: &mut Ui, size: Vec2, name: &str, words: &str) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let lit = response.hovered() || response.has_focus();
    let (fill, line) = if lit { (palette.control_hover, palette.muted) } else { (palette.side, palette.line) };
    ui.painter().rect(rect, CornerRadius::same(8), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let (room, painter) = (rect.shrink(16.0), ui.painter());
    let heading = FontId::new(16.0, FontFamily::Name(STRONG.into()));
    let name = painter.layout(name.to_owned(), heading, palette.text, room.width());
    let below = room.min + vec2(0.0, name.size().y + 8.0);
    painter.galley(room.min, name, palette.text);
    let words = painter.layout(words.to_owned(), FontId::proportional(14.0), palette.muted, room.width());
    painter.galley(below, words, palette.muted);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// The studies that come with the program.
fn studies(ui: &mut Ui, _recent: &[PathBuf], actions: &mut Vec<Action>) {
    ui.label(RichText::new("Studies that come with it").text_style(egui::TextStyle::Heading));
    for config in CONFIGS {
        if line(ui, config.name, config.about, palette(ui).text) {
            actions.push(Action::NewFrom(config));
        }
    }
}

/// The files that were opened lately.
fn files(ui: &mut Ui, recent: &[PathBuf], actions: &mut Vec<Action>) {
    ui.label(RichText::new("Recent files").text_style(egui::TextStyle::Heading));
    if recent.is_empty() {
        note(ui, "Study files that you open or run are listed here.");
    }
    for path in recent {
        let seen = |path: &Path| visible::line(&path.to_string_lossy()).into_owned();
        let name = seen(Path::new(path.file_name().unwrap_or_default()));
        let folder = path.parent().map(seen).unwrap_or_default();
        let room = vec2(ui.available_width(), LINE);
        ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
            if cross(ui, &format!("Forget {name}")).clicked() {
                actions.push(Action::Forget(path.clone()));
            }
            if line(ui, &name, &folder, palette(ui).text) {
                actions.push(Action::Open(path.clone()));
            }
        });
    }
}

/// Height of a line to press.
const LINE: f32 = 44.0;

/// A line to press: a name, and words under it.
fn line(ui: &mut Ui, name: &str, words: &str, ink: Color32) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.control_hover);
    }
    let style = |size, ink| {
        move |words: &str| {
            let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), FontId::proportional(size), ink);
            job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 16.0);
            job
        }
    };
    let whole = format!("{name}\n{words}");
    let (name, words) = (style(14.0, ink)(name), style(12.0, palette.muted)(words));
    let mut is_cut = false;
    for (job, y, ink) in [(name, 4.0, ink), (words, 23.0, palette.muted)] {
        let galley = ui.painter().layout_job(job);
        is_cut |= galley.elided;
        ui.painter().galley(rect.min + vec2(8.0, y), galley, ink);
    }
    let response = if is_cut { response.on_hover_text(whole) } else { response };
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}
