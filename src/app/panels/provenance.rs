//! Where the numbers come from: what the study file says of the program, the device, the files, and the study as it was
//! run.

use super::empty;
use super::shown::Shown;
use crate::app::action::Action;
use crate::app::theme::{palette, strong, title};
use crate::app::widgets::note;
use crate::experiment::Origin;
use crate::visible::{self, visible};
use egui::{Align, Grid, Label, Layout, Rect, RichText, ScrollArea, Sense, TextStyle, Ui, UiBuilder, vec2};

/// Draws it.
pub fn show(ui: &mut Ui, shown: &mut Shown) {
    let Some(summary) = shown.summary else {
        empty::large(ui, shown, &[], "what was run: model, texts, program, device, and their checksums");
        return;
    };
    let of = &summary.provenance;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Where the numbers come from").text_style(title()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hover = "Put all of this on the clipboard: what the file says, the settings and the study as TOML";
            if ui.button("Copy").on_hover_text(hover).clicked() {
                shown.actions.push(Action::CopyText(of.text(), "The provenance is copied"));
            }
        });
    });
    if let Some(why) = &of.missing {
        note(ui, format!("The study file cannot be read: {why}"));
    }
    let room = ui.available_rect_before_wrap();
    let wide = room.width() >= 640.0;
    let left = if wide {
        Rect::from_min_size(room.min, vec2(0.55 * room.width() - 12.0, room.height()))
    } else {
        Rect::from_min_size(room.min, vec2(room.width(), 0.5 * room.height() - 4.0))
    };
    let right = if wide {
        Rect::from_min_max(left.right_top() + vec2(24.0, 0.0), room.max)
    } else {
        Rect::from_min_max(left.left_bottom() + vec2(0.0, 8.0), room.max)
    };
    let inside = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(inside(left), |ui| {
        ScrollArea::vertical().id_salt("provenance").auto_shrink(false).show(ui, |ui| {
            let file = summary.file.display().to_string();
            let of_file =
                if summary.origin == Origin::Run { vec![("Study file".to_owned(), file.as_str())] } else { Vec::new() };
            let is_run = summary.origin == Origin::Run;
            let name = if is_run { "What the study file says" } else { "What is known of them" };
            // Beside the bar, not under it.
            ui.set_width(ui.available_width() - 12.0);
            section(ui, name, of_file.into_iter().chain(of.lines()));
            ui.add_space(12.0);
            section(ui, "Settings", of.settings.iter().map(|(name, value)| (name.clone(), value.as_str())));
        });
    });
    ui.scope_builder(inside(right), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("The study as run").text_style(strong()));
            if ui.small_button("Copy TOML").on_hover_text("Put the study on the clipboard").clicked() {
                shown.actions.push(Action::CopyText(of.toml.clone(), "The study is copied as TOML"));
            }
        });
        ScrollArea::both().id_salt("toml").auto_shrink(false).show(ui, |ui| {
            let words = RichText::new(visible(&of.toml)).text_style(TextStyle::Monospace);
            ui.add(Label::new(words).selectable(true).extend());
        });
    });
    ui.allocate_rect(room, Sense::hover());
}

/// Width of the names.
const NAMES: f32 = 176.0;

/// Names beside values, under a heading.
fn section<'a>(ui: &mut Ui, name: &str, lines: impl Iterator<Item = (String, &'a str)>) {
    let muted = palette(ui).muted;
    ui.label(RichText::new(name).text_style(strong()));
    Grid::new(name).num_columns(2).spacing(vec2(16.0, 4.0)).show(ui, |ui| {
        for (name, value) in lines {
            ui.allocate_ui_with_layout(vec2(NAMES, 20.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(NAMES);
                ui.add(Label::new(RichText::new(visible::line(&name)).color(muted)).wrap());
            });
            let hash = value.len() == 64 && value.chars().all(|c| c.is_ascii_hexdigit());
            let style = if hash { crate::app::theme::small_numbers() } else { TextStyle::Body };
            let words = RichText::new(visible(value)).text_style(style);
            let label = Label::new(words).selectable(true);
            // Sentences and paths are read whole; of a checksum, what is cut shows itself on hover.
            ui.add(if hash { label.truncate() } else { label.wrap() });
            ui.end_row();
        }
    });
}
