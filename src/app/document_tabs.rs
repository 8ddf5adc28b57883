//! The studies that are open, as tabs beside the menus.

use super::action::Action;
use super::document::Document;
use super::theme::{STRONG, palette};
use super::widgets::cross;
use crate::visible;
use egui::accesskit::Role;
use egui::{Align, FontFamily, FontId, Layout, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use std::path::Path;

/// A tab is no wider than this.
const WIDEST: f32 = 200.0;

/// Draws them, and the start page's at their right.
pub fn show(ui: &mut Ui, documents: &[Document], shown: Option<u64>, actions: &mut Vec<Action>) {
    ScrollArea::horizontal().auto_shrink([true, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let named: Vec<(&str, Option<&Path>)> =
                documents.iter().map(|document| (document.name.as_str(), document.file.as_deref())).collect();
            for (document, name) in documents.iter().zip(names(&named)) {
                let open = shown == Some(document.id);
                if tab(ui, document, &name, open, actions) {
                    actions.push(Action::ShowDocument(document.id));
                }
            }
            let start = egui::Button::selectable(shown.is_none(), "+").min_size(vec2(28.0, 24.0));
            if ui.add(start).accessible_name("Start page").on_hover_text("Start page: open another study").clicked() {
                actions.push(Action::ShowStart);
            }
        });
    });
}

/// What stands on the tabs of studies with these names and files: those of one name are told apart by the folders of their
/// files, or where that does not help by their numbers.
fn names(documents: &[(&str, Option<&Path>)]) -> Vec<String> {
    let folder =
        |file: Option<&Path>| Some(visible::line(&file?.parent()?.file_name()?.to_string_lossy()).into_owned());
    let of = |at: usize| {
        let (name, file) = documents[at];
        let alike: Vec<usize> = (0..documents.len()).filter(|other| documents[*other].0 == name).collect();
        let own = folder(file);
        let is_own = own.is_some() && alike.iter().filter(|other| folder(documents[**other].1) == own).count() == 1;
        match own {
            _ if alike.len() == 1 => name.to_owned(),
            Some(folder) if is_own => format!("{folder}/{name}"),
            _ => format!("{name} ({})", alike.iter().take_while(|other| **other <= at).count()),
        }
    };
    (0..documents.len()).map(of).collect()
}

/// One tab, which is called `name`; true where it was pressed.
fn tab(ui: &mut Ui, document: &Document, name: &str, open: bool, actions: &mut Vec<Action>) -> bool {
    let palette = palette(ui);
    let family = if open { FontFamily::Name(STRONG.into()) } else { FontFamily::Proportional };
    let ink = if open { palette.text } else { palette.muted };
    let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), FontId::new(14.0, family), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(WIDEST);
    let galley = ui.painter().layout_job(job);
    let marked = if document.is_busy() || document.is_unsaved() { 12.0 } else { 0.0 };
    let size = vec2(galley.size().x + marked + 8.0 + 28.0, 24.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let state = match () {
        () if document.run.is_going() => ", running",
        () if document.queued.is_some() => ", waits for another run",
        () if document.is_unsaved() => ", changed",
        () => "",
    };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, open, format!("Study {name}{state}")));
    if open || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.control_hover);
    }
    let y = rect.center().y;
    let text = pos2(rect.left() + 8.0, y - galley.size().y / 2.0);
    let mark = pos2(text.x + galley.size().x + 8.0, y);
    ui.painter().galley(text, galley, ink);
    if document.run.is_going() {
        ui.painter().circle_filled(mark, 3.5, palette.good);
    } else if document.queued.is_some() {
        ui.painter().circle_stroke(mark, 3.5, Stroke::new(1.5, palette.good));
    } else if document.is_unsaved() {
        ui.painter().circle_filled(mark, 2.5, palette.muted);
    }
    let right = egui::Rect::from_min_max(pos2(rect.right() - 24.0, rect.top()), rect.max);
    let inside = UiBuilder::new().max_rect(right).layout(Layout::left_to_right(Align::Center));
    let closed = ui.scope_builder(inside, |ui| cross(ui, &format!("Close {name}")).clicked()).inner;
    if closed || response.middle_clicked() {
        actions.push(Action::Close(document.id));
    }
    let file = document.file.as_ref().map(|file| format!("\n{}", visible::line(&file.to_string_lossy())));
    let (study, file) = (visible::line(&document.study.name), file.unwrap_or_default());
    response.on_hover_text(format!("{study}{state}{file}")).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn studies_of_one_name_are_told_apart() {
        let file = |path| Some(Path::new(path));
        let of = |list: &[(&str, Option<&Path>)]| names(list).join("; ");
        assert_eq!(of(&[("a", None), ("b", None)]), "a; b");
        assert_eq!(of(&[("demo", None), ("b", None), ("demo", None)]), "demo (1); b; demo (2)");
        let files = [("a.polar", file("/runs/first/a.polar")), ("a.polar", file("/runs/second/a.polar"))];
        assert_eq!(of(&files), "first/a.polar; second/a.polar");
        let folders = [("a.polar", file("/x/runs/a.polar")), ("a.polar", file("/y/runs/a.polar")), ("a.polar", None)];
        assert_eq!(of(&folders), "a.polar (1); a.polar (2); a.polar (3)");
    }
}
