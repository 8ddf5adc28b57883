//! The attention of a head in the clean and the disturbed pass, and how it changed: three heat maps, queries downwards,
//! keys to the right.

use super::colours::{bar, image};
use crate::app::panels::Picks;
use crate::app::panels::heat_map::{change_colour, level_colour};
use crate::app::theme::{palette, strong};
use crate::app::widgets::{choice, note};
use crate::app::words::written;
use crate::figure::picture::exact;
use crate::runner::{Look, Sequence};
use egui::accesskit::Role;
use egui::{
    Align, Align2, Color32, FontId, Layout, Rect, RichText, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions,
    Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// What is remembered between frames.
#[derive(Default)]
pub struct Attention {
    /// The sentence of a pair.
    sentence: usize,
    made: Option<Made>,
}

/// The maps of one head.
struct Made {
    of: Of,
    /// Clean, disturbed, change: `[T, T]` each.
    values: [Vec<f32>; 3],
    /// The largest weight of a query after the first, and the largest size of a change.
    most: [f64; 2],
    textures: [TextureHandle; 3],
}

/// What they were made of.
struct Of {
    look: Arc<Look>,
    sentence: usize,
    layer: usize,
    head: Option<usize>,
}

impl Of {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.look, &other.look)
            && (self.sentence, self.layer, self.head) == (other.sentence, other.layer, other.head)
    }
}

const NAMES: [&str; 3] = ["Clean", "Disturbed", "Change"];

impl Attention {
    /// Draws the maps of `look`. `layer` is shown where none is picked; returns the layer that is wanted.
    pub fn show(&mut self, ui: &mut Ui, look: &Arc<Look>, layer: usize, picks: &mut Picks) -> usize {
        let mut layer = picks.layer.unwrap_or(layer).min(look.layers.saturating_sub(1));
        let mut head = picks.head.filter(|head| *head < look.heads);
        self.sentence = self.sentence.min(look.sequences.len().saturating_sub(1));
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Attention").text_style(egui::TextStyle::Heading));
            if look.sequences.len() > 1 {
                choice(ui, "Sentence", 64.0, &mut self.sentence, &[(0, "good"), (1, "bad")]);
            }
            let layers: Vec<String> = (0..look.layers).map(|layer| format!("layer {layer}")).collect();
            let layers: Vec<(usize, &str)> = layers.iter().enumerate().map(|(i, name)| (i, name.as_str())).collect();
            let before = (layer, head);
            choice(ui, "Layer", 80.0, &mut layer, &layers);
            let heads: Vec<String> = (0..look.heads).map(|head| format!("head {head}")).collect();
            let mean = std::iter::once((None, "mean of heads"));
            let heads: Vec<(Option<usize>, &str)> =
                mean.chain(heads.iter().enumerate().map(|(i, name)| (Some(i), name.as_str()))).collect();
            choice(ui, "Head", 112.0, &mut head, &heads);
            if before != (layer, head) {
                (picks.layer, picks.head) = (Some(layer), head);
            }
            note(ui, "Each row is a query, each column a key that it looks at.");
        });
        let of = Of { look: look.clone(), sentence: self.sentence, layer, head };
        if self.made.as_ref().is_none_or(|made| !made.of.is(&of)) {
            self.made = Made::new(ui, of);
        }
        match &self.made {
            Some(made) => made.show(ui),
            None => drop(note(ui, "The attention of this layer is being computed…")),
        }
        layer
    }
}

impl Made {
    /// The maps; none where the attention of the layer was not kept.
    fn new(ui: &Ui, of: Of) -> Option<Self> {
        let sequence = of.look.sequences.get(of.sentence)?;
        let (side, heads) = (sequence.ids.len(), of.look.heads);
        let clean = of_head(sequence.clean.patterns.get(&of.layer)?, side, heads, of.head)?;
        let disturbed = of_head(sequence.disturbed.patterns.get(&of.layer)?, side, heads, of.head)?;
        let change: Vec<f32> = disturbed.iter().zip(&clean).map(|(disturbed, clean)| disturbed - clean).collect();
        // The first query sees itself alone, with all of its weight.
        let after = |values: &[f32]| values.iter().skip(side).fold(0.0f32, |most, value| most.max(value.abs()));
        let most = [after(&clean).max(after(&disturbed)), after(&change)].map(|most| f64::from(most).max(1e-6));
        let values = [clean, disturbed, change];
        let texture = |i: usize| {
            let picture = image(side, |query, key| {
                let value = f64::from(values[i][query * side + key]);
                match i {
                    // What comes later is not seen.
                    _ if key > query => Color32::TRANSPARENT,
                    2 => change_colour(value / most[1]),
                    _ => level_colour(value / most[0]),
                }
            });
            ui.ctx().load_texture(format!("attention {i}"), picture, TextureOptions::NEAREST)
        };
        let textures = [0, 1, 2].map(texture);
        Some(Self { of, values, most, textures })
    }

    fn show(&self, ui: &mut Ui) {
        // As large as what is seen has room for, however far it is scrolled.
        let below = ui.clip_rect().height() - (ui.cursor().top() - ui.min_rect().top());
        let side = ((ui.available_width() - 60.0) / 3.0).min(below.max(224.0) - 72.0).clamp(96.0, 400.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 24.0;
            for (i, name) in NAMES.iter().enumerate() {
                ui.allocate_ui_with_layout(vec2(side, side + 64.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(side);
                    ui.spacing_mut().item_spacing.y = 4.0;
                    ui.label(RichText::new(*name).text_style(strong()));
                    self.map(ui, i, side);
                    let weight = "Attention weight: the share of a query's attention that a key gets. The scale ends at the largest of \
                                  the queries after the first, which sees itself alone";
                    if i == 2 {
                        let (low, high) = (exact3(-self.most[1]), exact3(self.most[1]));
                        let unit = "Change of the attention weight, disturbed minus clean: blue where it falls, orange where it rises";
                        bar(ui, side, |share| change_colour(2.0 * share - 1.0), [&low, "0", &high], unit);
                    } else {
                        bar(ui, side, level_colour, ["0", "weight", &exact3(self.most[0])], weight);
                    }
                });
            }
        });
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // cells
    fn map(&self, ui: &mut Ui, i: usize, side: f32) {
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
        let palette = palette(ui);
        let Some(sequence) = self.of.look.sequences.get(self.of.sentence) else { return };
        let cells = sequence.ids.len();
        let cell = side / cells as f32;
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(self.textures[i].id(), rect, whole, Color32::WHITE);
        // Where nothing is seen there is room for the names of the axes.
        let font = FontId::proportional(12.0);
        let corner = rect.right_top() + vec2(-8.0, 8.0);
        ui.painter().text(corner, Align2::RIGHT_TOP, "keys →, queries ↓", font, palette.muted);
        let head = self.of.head.map_or("mean of heads".to_owned(), |head| format!("head {head}"));
        let name = format!("Attention, {}, layer {}, {head}", NAMES[i].to_lowercase(), self.of.layer);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let pointed = response.hover_pos().map(|at| (at - rect.min) / cell);
        let Some((query, key)) = pointed.map(|at| ((at.y as usize).min(cells - 1), (at.x as usize).min(cells - 1)))
        else {
            return;
        };
        let square = Rect::from_min_size(rect.min + vec2(key as f32, query as f32) * cell, vec2(cell, cell));
        ui.painter().rect_stroke(square, 0.0, Stroke::new(1.5, palette.text), StrokeKind::Outside);
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(self.hover(sequence, query, key));
        });
    }

    fn hover(&self, sequence: &Sequence, query: usize, key: usize) -> String {
        let named = |at: usize| format!("{at} “{}”", written(&sequence.pieces[at]));
        let head = format!("Query {}\nKey {}", named(query), named(key));
        if key > query {
            return format!("{head}\nComes later: no query sees it");
        }
        let [clean, disturbed, change] =
            [0, 1, 2].map(|i| exact(f64::from(self.values[i][query * sequence.ids.len() + key])));
        format!("{head}\nWeight {clean} → {disturbed} (change {change})")
    }
}

/// The pattern `[T, T]` of a head of `pattern` `[heads, T, T]`, or their mean.
fn of_head(pattern: &[f32], side: usize, heads: usize, head: Option<usize>) -> Option<Vec<f32>> {
    let cells = side * side;
    if let Some(head) = head {
        return pattern.get(head * cells..(head + 1) * cells).map(<[f32]>::to_vec);
    }
    let mut sum = vec![0.0f32; cells];
    for pattern in pattern.get(..heads * cells)?.chunks_exact(cells) {
        sum.iter_mut().zip(pattern).for_each(|(sum, value)| *sum += value);
    }
    Some(sum.into_iter().map(|sum| sum / heads as f32).collect())
}

/// As many digits as an end of a scale needs.
fn exact3(value: f64) -> String {
    format!("{value:.3}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_or_their_mean() {
        let pattern = [1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.1, 0.9];
        assert_eq!(of_head(&pattern, 2, 2, Some(1)).unwrap(), [1.0, 0.0, 0.1, 0.9]);
        let mean = of_head(&pattern, 2, 2, None).unwrap();
        assert!((mean[2] - 0.3).abs() < 1e-6 && (mean[3] - 0.7).abs() < 1e-6);
        assert!(of_head(&pattern, 2, 2, Some(2)).is_none() && of_head(&pattern, 3, 2, None).is_none());
    }
}
