//! The tables under a picture: the same numbers as figures, which scroll both ways, can be sorted, and can be copied and
//! exported as they are looked at.

use super::grid::Grid;
use super::shown::Shown;
use crate::app::action::{Action, Ask};
use crate::app::theme::palette;
use crate::app::widgets::{Towards, arrow, note};
use crate::figure::{Format, Table, TableView, View};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align, Button, Layout, PopupCloseBehavior, ScrollArea, Stroke, Ui, vec2};
use std::collections::BTreeMap;

/// In a panel that is lower, tables are folded away until somebody opens them.
const HIGH: f32 = 700.0;

/// Height of what stands there then.
pub const FOLDED: f32 = 36.0;

/// Which table is shown.
pub struct Shelf {
    /// Its name.
    pub shown: &'static str,
    /// The one that was last chosen.
    chosen: Option<&'static str>,
    /// Whether it is open, where the user said so.
    open: Option<bool>,
    /// How each table is looked at.
    views: BTreeMap<&'static str, TableView>,
    grid: Grid,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { shown: "damage", chosen: None, open: None, views: BTreeMap::new(), grid: Grid::default() }
    }
}

impl Shelf {
    /// Shows the table `id` from now on.
    pub fn choose(&mut self, id: &'static str) {
        self.chosen = Some(id);
    }

    /// Opens it.
    pub fn unfold(&mut self) {
        self.open = Some(true);
    }

    /// Whether it is open in a panel of this height.
    #[must_use]
    pub fn is_open(&self, height: f32) -> bool {
        self.open.unwrap_or(height >= HIGH)
    }

    /// Shows of the table `id` only the rows in which the field `key` is `value`.
    pub fn narrow(&mut self, id: &'static str, (key, value): (&str, usize)) {
        self.views.entry(id).or_default().only = Some((key.to_owned(), value));
    }

    /// How the table that is shown is looked at.
    #[must_use]
    pub fn view(&self) -> TableView {
        self.views.get(self.shown).cloned().unwrap_or_default()
    }

    /// Draws the tables of `tab`, or where it is not `open` their names alone.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown, view: View, open: bool) {
        let all = shown.summary.map_or(&[][..], |summary| &summary.tables);
        let tables = view.tables().iter().filter_map(|id| all.iter().find(|table| table.id == *id));
        let tables: Vec<&Table> = tables.collect();
        let chosen = self.chosen.and_then(|id| tables.iter().find(|table| table.id == id));
        let table = chosen.or(tables.first()).copied();
        if let Some(table) = table {
            self.shown = table.id;
        }
        ui.horizontal_top(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                self.buttons(ui, shown, table);
                ui.add_space(8.0);
                ui.with_layout(Layout::left_to_right(Align::Min).with_main_wrap(true), |ui| {
                    ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                    let (towards, words) =
                        if open { (Towards::Down, "Fold the table away") } else { (Towards::Up, "Open the table") };
                    if arrow(ui, towards, words).clicked() {
                        self.open = Some(!open);
                    }
                    for one in &tables {
                        let is_it = open && table.is_some_and(|table| table.id == one.id);
                        if ui.add(Button::selectable(is_it, one.title)).clicked() {
                            self.chosen = Some(one.id);
                            self.open = Some(true);
                        }
                    }
                });
            });
        });
        if !open {
            return;
        }
        match table {
            Some(table) => {
                let stamp = shown.summary.map_or((0, 0, 0), |now| (now.series, now.finished, now.planned));
                self.grid.show(ui, table, self.views.entry(table.id).or_default(), stamp);
            }
            None => drop(note(ui, "The numbers of the picture come here, and can be copied and exported.")),
        }
    }

    /// What can be done with `table`, from right to left.
    fn buttons(&mut self, ui: &mut Ui, shown: &mut Shown, table: Option<&Table>) {
        let why = "There are no results for this yet: press Run, or open a study file";
        ui.spacing_mut().item_spacing.x = 8.0;
        let there = table.is_some();
        let export = ui.add_enabled(there, Button::new("Export table…")).on_disabled_hover_text(why);
        if export.clicked() {
            shown.actions.push(Action::Ask(Ask::ExportTable));
        }
        let view = self.view();
        let mut copy = |form: Format| {
            shown.actions.extend(table.map(|table| Action::CopyTable(table.id, form, view.clone())));
        };
        ui.add_enabled_ui(there, |ui| {
            let menu = ui.menu_button("Copy as", |ui| {
                for form in [Format::Csv, Format::Json, Format::Markdown, Format::Latex] {
                    if ui.button(form.words().0).clicked() {
                        copy(form);
                    }
                }
            });
            menu.response.on_disabled_hover_text(why).on_hover_text("Put the table on the clipboard in another form");
        });
        let hover = "Put the table on the clipboard as it is seen, for a spreadsheet";
        let tsv = ui.add_enabled(there, Button::new("Copy TSV")).on_disabled_hover_text(why).on_hover_text(hover);
        if tsv.clicked() {
            copy(Format::Tsv);
        }
        ui.add_enabled_ui(there, |ui| self.columns(ui, table));
    }

    /// The menu that says which columns of `table` are shown.
    fn columns(&mut self, ui: &mut Ui, table: Option<&Table>) {
        // It stays open for the next choice.
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (menu, _) = MenuButton::new("Columns").config(config).ui(ui, |ui| {
            let Some(table) = table else { return };
            let view = self.views.entry(table.id).or_default();
            let all = ui.add_enabled(!view.hidden.is_empty(), Button::new("Show all"));
            if all.on_disabled_hover_text("All are shown").clicked() {
                view.hidden.clear();
            }
            // Menus draw controls without a rim.
            ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, palette(ui).muted);
            ScrollArea::vertical().max_height(400.0).show(ui, |ui| columns(ui, table, view));
        });
        menu.on_disabled_hover_text("There is no table yet")
            .on_hover_text("Which columns are shown, copied and exported");
    }
}

/// A box for each column of `table`; one column stays.
fn columns(ui: &mut Ui, table: &Table, view: &mut TableView) {
    let count = table.columns.iter().filter(|column| view.shows(column.name())).count();
    for column in &table.columns {
        let is_shown = view.shows(column.name());
        let mut tick = is_shown;
        let last = is_shown && count == 1;
        // Heads may be alike; names are not.
        let alike = table.columns.iter().filter(|other| other.head == column.head).count() > 1;
        let words = if alike { format!("{}: {}", column.head, column.name()) } else { column.head.clone() };
        let response = ui.add_enabled(!last, egui::Checkbox::new(&mut tick, words));
        let response = response.on_hover_text(&column.meaning).on_disabled_hover_text("One column stays");
        if response.changed() {
            if tick {
                view.hidden.retain(|name| name != column.name());
            } else {
                view.hidden.push(column.name().to_owned());
            }
        }
    }
}
