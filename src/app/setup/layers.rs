//! The layers that are disturbed: a strip of cells that can be dragged over, in step with a text.

use super::{Around, Place, Trouble};
use crate::app::theme::palette;
use crate::app::widgets::row;
use crate::study::{Layers, Setting, Study};
use egui::accesskit::Role;
use egui::{Align2, CornerRadius, FontId, Rect, Sense, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2};

/// The text of the field, as it is typed.
#[derive(Default)]
pub struct LayersField {
    text: String,
    /// What the text was made from.
    shown: Option<Layers>,
    error: Option<String>,
}

/// Least width of a cell; more layers than fit go on a further line.
const CELL: f32 = 16.0;

impl LayersField {
    /// What is wrong with the text.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.error.as_ref().map(|words| Trouble { place: Place::Layers, words: words.clone() })
    }

    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, study: &mut Study, around: &mut Around) {
        let layers = &mut study.perturbation.layers;
        if self.shown.as_ref() != Some(layers) {
            self.text = layers.to_string();
            self.shown = Some(layers.clone());
            self.error = None;
        }
        let count = around.ready.and_then(|ready| ready.shape.as_ref()).map(|shape| shape.layers);
        row(ui, "Layers", Setting::Layers.help(), |ui, label| {
            let field = TextEdit::singleline(&mut self.text).desired_width(96.0).hint_text("2-5");
            if ui.add(field).labelled_by(label).changed() {
                match self.text.parse::<Layers>() {
                    Ok(parsed) => {
                        *layers = parsed;
                        self.shown = Some(layers.clone());
                        self.error = None;
                    }
                    Err(error) => self.error = Some(error.to_string()),
                }
            }
        });
        presets(ui, layers, count);
        if let Some(count) = count {
            let chosen = layers.resolve(count).unwrap_or_default();
            let mut cells: Vec<bool> = (0..count).map(|layer| chosen.contains(&layer)).collect();
            if strip(ui, &mut cells) {
                let list = (0..count).filter(|layer| cells[*layer]).collect();
                match Layers::these(list) {
                    Ok(these) => *layers = these,
                    Err(_) => self.error = Some("At least one layer has to be disturbed".to_owned()),
                }
            }
        }
        around.remark(ui, Place::Layers);
    }
}

/// Sets that are often wanted, of `count` layers.
fn presets(ui: &mut Ui, layers: &mut Layers, count: Option<usize>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let unknown = "Known when the model's shape is";
        for (preset, words) in of_depth(count) {
            let is_it = preset.as_ref().is_some_and(|preset| same(layers, preset, count));
            let hover = match (&preset, count) {
                (Some(preset), Some(count)) => preset.resolve(count).ok().and_then(|list| Layers::these(list).ok()),
                _ => None,
            };
            let hover = hover.map_or(String::new(), |these| format!("Layers {}", these.to_string().replace('-', "–")));
            let label = egui::Button::selectable(is_it, words);
            let label = ui.add_enabled(preset.is_some(), label).on_disabled_hover_text(unknown);
            let label = if hover.is_empty() { label } else { label.on_hover_text(hover) };
            if let (true, Some(preset)) = (label.clicked(), preset) {
                *layers = preset;
            }
        }
    });
}

/// The presets for a model of `count` layers, which the thirds at the ends need to know.
fn of_depth(count: Option<usize>) -> [(Option<Layers>, &'static str); 4] {
    let these = |range: fn(usize) -> std::ops::Range<usize>| Layers::these(count.map_or(0..0, range).collect()).ok();
    [
        (Some(Layers::All), "All"),
        (these(|count| 0..count / 3), "First third"),
        (Some(Layers::MiddleThird), "Middle third"),
        (these(|count| count - count / 3..count), "Last third"),
    ]
}

/// Whether both are the same layers of `count`.
fn same(a: &Layers, b: &Layers, count: Option<usize>) -> bool {
    a == b || count.is_some_and(|count| matches!((a.resolve(count), b.resolve(count)), (Ok(a), Ok(b)) if a == b))
}

/// Cells for `chosen`; true where that was changed. The first cell under the pointer is switched, and those that it is
/// then dragged over become like it.
fn strip(ui: &mut Ui, chosen: &mut [bool]) -> bool {
    let id = ui.scope_id().with("strip of layers");
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let per_line = ((ui.available_width() / CELL) as usize).clamp(1, chosen.len().max(1));
    #[allow(clippy::cast_precision_loss)]
    let width = (ui.available_width() / per_line as f32).floor().min(40.0);
    let lines = chosen.len().div_ceil(per_line);
    #[allow(clippy::cast_precision_loss)]
    let (area, _) = ui.allocate_exact_size(vec2(width * per_line as f32, 32.0 * lines as f32), Sense::hover());
    let brush: Option<bool> = ui.data(|data| data.get_temp(id));
    let mut new_brush = brush;
    let mut changed = false;
    let (pressed, down, pointer) =
        ui.input(|input| (input.pointer.primary_pressed(), input.pointer.primary_down(), input.pointer.interact_pos()));
    for (layer, chosen) in chosen.iter_mut().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let corner = pos2((layer % per_line) as f32 * width, (layer / per_line) as f32 * 32.0) + area.min.to_vec2();
        let cell = Rect::from_min_size(corner, vec2(width, 28.0));
        let response = ui.interact(cell, id.with(layer), Sense::click_and_drag());
        if ui.is_enabled() {
            if pressed && response.contains_pointer() {
                new_brush = Some(!*chosen);
            }
            let under = pointer.is_some_and(|at| cell.contains(at));
            if let Some(value) = new_brush
                && (down || pressed)
                && under
                && *chosen != value
            {
                *chosen = value;
                changed = true;
            }
            // From the keyboard or by assistive technology there is no pointer that was pressed.
            if response.clicked() && new_brush.is_none() {
                *chosen = !*chosen;
                changed = true;
            }
        }
        let (on, enabled) = (*chosen, ui.is_enabled());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, format!("Layer {layer}")));
        paint(ui, cell, layer, on, response.hovered() || response.has_focus());
        response.on_hover_text(format!("Layer {layer}: {}", if on { "disturbed" } else { "left alone" }));
    }
    if !down {
        new_brush = None;
    }
    ui.data_mut(|data| match new_brush {
        Some(value) => drop(data.insert_temp::<bool>(id, value)),
        None => data.remove::<bool>(id),
    });
    changed
}

fn paint(ui: &Ui, cell: Rect, layer: usize, on: bool, hovered: bool) {
    let palette = palette(ui);
    let box_ = cell.shrink2(vec2(1.0, 0.0));
    let fill = if on { palette.chosen } else { palette.control };
    let line = if hovered {
        palette.text
    } else if on {
        palette.chosen
    } else {
        palette.line
    };
    let ink = if on { palette.side } else { palette.muted };
    // While a run goes on it is looked at, so that it does not fade.
    ui.painter().rect(box_, CornerRadius::same(2), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().text(box_.center(), Align2::CENTER_CENTER, layer, FontId::proportional(12.0), ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thirds_are_all_layers_each_once() {
        for count in [3, 8, 24, 32] {
            let presets = of_depth(Some(count));
            let resolved = |i: usize| presets[i].0.as_ref().unwrap().resolve(count).unwrap();
            let thirds: Vec<usize> = (1..4).flat_map(resolved).collect();
            assert_eq!(thirds, resolved(0), "{count}");
        }
        // What is not known, or has no layers, is not offered.
        assert!(of_depth(None)[1].0.is_none() && of_depth(Some(2))[3].0.is_none());
        assert!(same(&Layers::MiddleThird, &"2-5".parse().unwrap(), Some(8)));
        assert!(!same(&Layers::MiddleThird, &"2-5".parse().unwrap(), None));
    }
}
