//! The table under the panels: the same numbers as figures.

use super::Shown;
use crate::app::action::{Action, Ask};
use crate::app::keeper::Form;
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::figure::Table;
use egui::{Align, Layout, RichText, TextStyle, Ui};
use egui_extras::{Column, TableBuilder};

/// Which table is shown.
pub struct Shelf {
    /// Its name.
    pub id: &'static str,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { id: "damage" }
    }
}

impl Shelf {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        ui.horizontal(|ui| {
            for table in shown.summary.iter().flat_map(|summary| &summary.tables) {
                if ui.add(egui::Button::selectable(self.id == table.id, table.title)).clicked() {
                    self.id = table.id;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.buttons(ui, shown));
        });
        let Some(summary) = shown.summary else {
            note(ui, "The numbers of both panels come here, and can be copied and exported.");
            return;
        };
        let Some(table) = summary.table(self.id).or(summary.tables.first()) else { return };
        self.id = table.id;
        draw(ui, table);
    }

    fn buttons(&self, ui: &mut Ui, shown: &mut Shown) {
        let there = shown.summary.is_some();
        let why = "There are no results yet: press Run, or open a study file";
        ui.spacing_mut().item_spacing.x = 8.0;
        let actions = &mut *shown.actions;
        let export = ui.add_enabled(there, egui::Button::new("Export table…")).on_disabled_hover_text(why);
        if export.clicked() {
            actions.push(Action::Ask(Ask::ExportTable));
        }
        for (form, words) in [(Form::Csv, "Copy CSV"), (Form::Markdown, "Copy table")] {
            let hover = format!("Put the table on the clipboard as {}", form.words().0);
            let button = ui.add_enabled(there, egui::Button::new(words));
            if button.on_disabled_hover_text(why).on_hover_text(hover).clicked() {
                actions.push(Action::CopyTable(self.id, form));
            }
        }
    }
}

/// Draws `table` with its caption.
fn draw(ui: &mut Ui, table: &Table) {
    let text = palette(ui).text;
    ui.push_id(table.id, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let mut builder = TableBuilder::new(ui)
            .striped(false)
            .vscroll(true)
            .auto_shrink([false, true])
            .max_scroll_height((24.0 * 10.0_f32).min(400.0));
        for _ in &table.columns {
            builder = builder.column(Column::remainder().clip(true));
        }
        let side = |is_text: bool| if is_text { Align::Min } else { Align::Max };
        let with = builder.header(24.0, |mut header| {
            for column in &table.columns {
                header.col(|ui| {
                    ui.with_layout(Layout::top_down(side(column.is_text)), |ui| {
                        let label = RichText::new(&column.head).small().color(palette(ui).muted);
                        ui.label(label).on_hover_text(&column.meaning);
                    });
                });
            }
        });
        with.body(|body| {
            body.rows(22.0, table.rows.len(), |mut line| {
                let row = &table.rows[line.index()];
                for (column, cell) in table.columns.iter().zip(row) {
                    line.col(|ui| {
                        ui.with_layout(Layout::top_down(side(column.is_text)), |ui| {
                            ui.label(RichText::new(cell).text_style(TextStyle::Monospace).color(text));
                        });
                    });
                }
            });
        });
    });
    ui.add_space(4.0);
    let text = RichText::new(&table.caption).small().color(palette(ui).muted);
    ui.add(egui::Label::new(text).wrap().selectable(true));
}
