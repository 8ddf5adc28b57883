//! The table under the panels: the same numbers as figures.

use super::Shown;
use crate::app::action::{Action, Ask};
use crate::app::keeper::Form;
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::experiment::{Kind, Measure};
use crate::figure;
use crate::study::DeltaUnit;
use egui::{Align, Layout, RichText, TextStyle, Ui};
use egui_extras::{Column, TableBuilder};

/// Which table is shown.
pub struct Table {
    /// Of this experiment.
    pub kind: Kind,
}

impl Default for Table {
    fn default() -> Self {
        Self { kind: Kind::Sweep }
    }
}

impl Table {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown) {
        ui.horizontal(|ui| {
            for (kind, words) in [(Kind::Sweep, "Loss damage"), (Kind::Syntax, "Accuracy drop")] {
                let there = shown.comparison(kind).is_some();
                let label = egui::Button::selectable(self.kind == kind, words);
                let why = "These results do not have this experiment";
                if ui.add_enabled(there, label).on_disabled_hover_text(why).clicked() {
                    self.kind = kind;
                }
                if !there && self.kind == kind && shown.summary.is_some() {
                    self.kind = if kind == Kind::Sweep { Kind::Syntax } else { Kind::Sweep };
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.buttons(ui, shown));
        });
        let Some(summary) = shown.summary else {
            note(ui, "The numbers of both panels come here, and can be copied and exported.");
            return;
        };
        let Some((comparison, caption)) = summary.tables.get(&self.kind) else { return };
        let heads = figure::heads(comparison.measure, short(summary.study.perturbation.delta_unit));
        let hovers = hovers(comparison.measure, summary.study.perturbation.delta_unit);
        let text = palette(ui).text;
        ui.push_id(self.kind, |ui| {
            let widths = [1.1, 1.3, 1.3, 0.8, 1.0, 0.8, 0.8];
            let room = ui.available_width() - 6.0 * ui.spacing().item_spacing.x - 8.0;
            let unit = room / widths.iter().sum::<f32>();
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut table = TableBuilder::new(ui)
                .striped(false)
                .vscroll(true)
                .auto_shrink([false, true])
                .max_scroll_height((24.0 * 10.0_f32).min(400.0))
                .cell_layout(Layout::right_to_left(Align::Center));
            for width in widths {
                table = table.column(Column::exact(width * unit).clip(true));
            }
            let table = table.header(24.0, |mut header| {
                for (head, hover) in heads.iter().zip(&hovers) {
                    header.col(|ui| {
                        let label = RichText::new(head).small().color(palette(ui).muted);
                        ui.label(label).on_hover_text(*hover);
                    });
                }
            });
            table.body(|mut body| {
                for row in &comparison.rows {
                    body.row(22.0, |mut line| {
                        let stars = row.stars().filter(|stars| *stars != "ns").unwrap_or_default();
                        for (i, cell) in figure::cells(comparison.measure, row).into_iter().enumerate() {
                            line.col(|ui| {
                                let number = RichText::new(&cell).text_style(TextStyle::Monospace).color(text);
                                let label = ui.label(number);
                                if i == 6 && !stars.is_empty() {
                                    label.on_hover_text(format!("{stars}: p {cell} after Holm's correction"));
                                }
                            });
                        }
                    });
                }
            });
        });
        ui.add_space(4.0);
        let text = RichText::new(caption).small().color(palette(ui).muted);
        ui.add(egui::Label::new(text).wrap().selectable(true));
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
                actions.push(Action::CopyTable(self.kind, form));
            }
        }
    }
}

/// The unit of δ in the head of a column.
fn short(unit: DeltaUnit) -> &'static str {
    match unit {
        DeltaUnit::Absolute => "absolute",
        DeltaUnit::OfNorm => "of norm",
        DeltaUnit::OfLayerMedian => "of median norm",
    }
}

fn hovers(measure: Measure, unit: DeltaUnit) -> [&'static str; 7] {
    let gap = match measure {
        Measure::Damage => "Angular over magnitude, where both are above 0 beyond doubt (95 % t interval over seeds)",
        Measure::AccuracyDrop => "Angular minus magnitude, percentage points",
    };
    [
        unit.label(),
        "Mean ± sd over seeds",
        "Mean ± sd over seeds",
        gap,
        "Paired t over seeds, angular minus magnitude, and its degrees of freedom",
        "Two-sided",
        "The same, corrected by Holm for all δ of the table",
    ]
}
