//! What can be chosen of a figure.

use super::Exporter;
use crate::app::widgets::{choice, note, section};
use crate::figure::picture::{Bars, Scale, Values};
use crate::figure::{FigureFormat, Palette, Style, Theme, WIDTHS};
use egui::{Button, ComboBox, DragValue, TextEdit, Ui};

impl Exporter {
    /// Draws the controls.
    pub(super) fn controls(&mut self, ui: &mut Ui) {
        ui.spacing_mut().item_spacing.y = 6.0;
        self.figure_choice(ui);
        section(ui, "Size", "");
        self.size(ui);
        section(ui, "Look", "");
        self.look(ui);
        section(ui, "Axes", "");
        self.axes(ui);
        section(ui, "Forms", "");
        self.forms(ui);
        ui.add_space(8.0);
        if ui.button("Reset all").on_hover_text("As at the first start").clicked() {
            self.choice.style = Style::default();
        }
        ui.add_space(8.0);
    }

    fn figure_choice(&mut self, ui: &mut Ui) {
        let there = match self.preview.drawing() {
            Some(Ok(drawing)) => drawing.figures.clone(),
            _ => vec![(self.id, self.id)],
        };
        let title = there.iter().find(|(id, _)| *id == self.id).map_or(self.id, |(_, title)| title);
        let before = self.id;
        let combo = ComboBox::from_id_salt("figure").width(272.0).selected_text(title).show_ui(ui, |ui| {
            for (id, title) in &there {
                ui.selectable_value(&mut self.id, id, *title);
            }
        });
        combo.response.accessible_name("Figure");
        if self.id != before {
            // The name goes along, unless it was changed.
            let proposed = format!("{}-{}", self.name, self.id);
            if self.path == self.proposed {
                self.path.clone_from(&proposed);
            }
            self.proposed = proposed;
        }
    }

    fn size(&mut self, ui: &mut Ui) {
        let style = &mut self.choice.style;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (width, words) in WIDTHS {
                let chosen = (style.width - width).abs() < 0.01;
                let hover = format!("{words}: {width} mm");
                if ui.add(Button::selectable(chosen, format!("{width:.0}"))).on_hover_text(hover).clicked() {
                    style.width = width;
                }
            }
            note(ui, "mm");
        });
        number(ui, "Width (mm)", &mut style.width, 30.0..=1200.0, 0.5);
        ui.horizontal(|ui| {
            let mut own = style.height.is_some();
            if ui.checkbox(&mut own, "Height (mm)").on_hover_text("Else as high as its panels need").changed() {
                style.height = own.then_some((0.6 * style.width).round());
            }
            if let Some(height) = &mut style.height {
                let value = DragValue::new(height).range(20.0..=1200.0).speed(0.5).max_decimals(1);
                ui.add(value).on_hover_text("Height (mm)");
            }
        });
        number(ui, "Type (pt)", &mut style.font_size, 4.0..=48.0, 0.1);
        number(ui, "Pixels per inch (PNG)", &mut style.dpi, 36.0..=2400.0, 1.0);
    }

    fn look(&mut self, ui: &mut Ui) {
        let style = &mut self.choice.style;
        labelled(ui, "Colours", |ui| {
            let values =
                [(Palette::Colour, "Colour-blind-safe"), (Palette::Grey, "Greys"), (Palette::Study, "The study's")];
            choice(ui, "Colours", 160.0, &mut style.palette, &values);
        });
        labelled(ui, "Ground", |ui| {
            choice(ui, "Ground", 160.0, &mut style.theme, &[(Theme::Axes, "Axes only"), (Theme::Grid, "Grid")]);
        });
        labelled(ui, "Bars", |ui| {
            let values = Bars::ALL.map(|bars| (bars, bars.name()));
            choice(ui, "What bars are", 160.0, &mut style.bars, &values);
        });
        labelled(ui, "Heads", |ui| {
            let values = Values::ALL.map(|values| (values, values.name()));
            choice(ui, "Values of heads", 160.0, &mut self.view.heads, &values);
        });
        for (on, words, hover) in [
            (&mut style.titles, "Titles of panels", ""),
            (&mut style.letters, "Letters of panels", "A, B, C where there are several"),
            (&mut style.note, "Line with the protocol", "Below the panels: protocol, layers, what the bars are"),
            (&mut style.outlines, "Text as outlines", "Looks the same everywhere, and cannot be searched"),
        ] {
            ui.checkbox(on, words).on_hover_text(hover);
        }
    }

    fn axes(&mut self, ui: &mut Ui) {
        for (scale, words) in self.view.scales.iter_mut().zip(["Logarithmic δ", "Logarithmic damage"]) {
            let mut log = *scale == Scale::Log;
            if ui.checkbox(&mut log, words).changed() {
                *scale = if log { Scale::Log } else { Scale::Linear };
            }
        }
        let style = &mut self.choice.style;
        limits(ui, "Across", &mut style.x);
        limits(ui, "Upwards", &mut style.y);
    }

    fn forms(&mut self, ui: &mut Ui) {
        let formats = &mut self.choice.formats;
        for (format, words) in [
            (FigureFormat::Svg, "SVG"),
            (FigureFormat::Pdf, "PDF"),
            (FigureFormat::Png, "PNG"),
            (FigureFormat::Csv, "Data (CSV)"),
            (FigureFormat::Text, "Caption (text)"),
        ] {
            let mut on = formats.contains(&format);
            if ui.checkbox(&mut on, words).changed() {
                formats.retain(|known| *known != format);
                if on {
                    formats.push(format);
                }
                formats.sort_by_key(|format| FigureFormat::ALL.iter().position(|known| known == format));
            }
        }
    }
}

fn labelled(ui: &mut Ui, label: &str, control: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(egui::vec2(96.0, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(96.0);
            ui.label(label);
        });
        control(ui);
    });
}

fn number(ui: &mut Ui, label: &str, value: &mut f64, range: std::ops::RangeInclusive<f64>, speed: f64) {
    ui.horizontal(|ui| {
        let name = ui.label(label);
        ui.add(DragValue::new(value).range(range).speed(speed).max_decimals(1)).labelled_by(name.id);
    });
}

/// The ends of an axis, or those of the marks.
fn limits(ui: &mut Ui, name: &str, range: &mut Option<(f64, f64)>) {
    ui.horizontal(|ui| {
        let mut own = range.is_some();
        if ui
            .checkbox(&mut own, format!("{name}, from … to"))
            .on_hover_text("Of the first panel, and of those like it")
            .changed()
        {
            *range = own.then_some((0.0, 1.0));
        }
        if let Some((low, high)) = range {
            for (value, end) in [(low, "from"), (high, "to")] {
                let id = ui.scope_id().with((name, end));
                let mut text: String = ui.data_mut(|data| data.get_temp(id)).unwrap_or_else(|| value.to_string());
                let field = ui.add(TextEdit::singleline(&mut text).desired_width(48.0));
                field.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, format!("{name}, {end}"))
                });
                if field.changed() {
                    if let Ok(read) = text.trim().replace('−', "-").parse::<f64>() {
                        *value = read;
                    }
                    ui.data_mut(|data| data.insert_temp(id, text));
                } else if field.lost_focus() {
                    ui.data_mut(|data| data.remove_temp::<String>(id));
                }
            }
        }
    });
}
