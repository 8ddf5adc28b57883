//! Attention entropies as heat maps, layer by head, a map per mode: clean, disturbed, and the change.

use super::chart::exact;
use super::heat_map::{self, Colours, HeatMap, Values};
use super::{Picks, Point, tools};
use crate::experiment::Kind;
use crate::study::Mode;
use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

/// Values of a head under a mode.
#[derive(Debug, Clone)]
pub struct Head {
    /// How the stream was disturbed.
    pub mode: Mode,
    /// Its layer.
    pub layer: usize,
    /// Its place in the layer.
    pub place: usize,
    /// Its entropy in the clean run.
    pub clean: Option<f64>,
    /// Disturbed minus clean.
    pub change: Option<f64>,
    /// What a hover says besides.
    pub more: String,
}

/// The maps of all modes.
#[derive(Debug)]
pub struct HeadMaps {
    kind: Kind,
    delta: Option<f64>,
    /// By mode: clean, disturbed, change.
    maps: Vec<(Mode, [HeatMap; 3])>,
}

/// What can be drawn, and what it is called.
const VALUES: [(Values, &str); 3] =
    [(Values::Clean, "Clean"), (Values::Disturbed, "Disturbed"), (Values::Change, "Change")];

impl HeadMaps {
    /// Of the `heads` that the experiment `kind` read at `delta`; none where there are none.
    #[must_use]
    pub fn of(kind: Kind, delta: Option<f64>, heads: &[Head]) -> Option<Self> {
        let mut layers: Vec<usize> = heads.iter().map(|head| head.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        let columns = heads.iter().map(|head| head.place + 1).max()?;
        let mut maps: Vec<(Mode, [HeatMap; 3])> = Vec::new();
        for head in heads {
            let empty = |(_, name): (Values, &str)| HeatMap {
                title: format!("{}, {}", head.mode, name.to_lowercase()),
                axes: ["Layer", "Head"],
                rows: layers.clone(),
                columns,
                values: vec![None; layers.len() * columns],
                more: vec![String::new(); layers.len() * columns],
                unit: "nats",
            };
            let known = maps.iter().position(|(mode, _)| *mode == head.mode);
            let (_, of_mode) = match known {
                Some(known) => &mut maps[known],
                None => maps.push_mut((head.mode, VALUES.map(empty))),
            };
            let Ok(row) = layers.binary_search(&head.layer) else { continue };
            let at = row * columns + head.place;
            let disturbed = head.clean.zip(head.change).map(|(clean, change)| clean + change);
            let words = |name: &str, value: Option<f64>| {
                value.map_or(String::new(), |value| format!("{name} {} nats\n", exact(value)))
            };
            let of_all = [head.clean, disturbed, head.change];
            for (i, map) in of_mode.iter_mut().enumerate() {
                map.values[at] = of_all[i];
                let others = VALUES.iter().zip(of_all).enumerate().filter(|(other, _)| *other != i);
                let others: String = others.map(|(_, ((_, name), value))| words(&name.to_lowercase(), value)).collect();
                map.more[at] = format!("{others}{}", head.more);
            }
        }
        Some(Self { kind, delta, maps })
    }

    /// The switch between clean, disturbed and change.
    pub fn switch(ui: &mut Ui, picks: &mut Picks) {
        for (values, name) in VALUES {
            let hover = "What the colours of the heads are, in all panels that have them";
            if tools::switch(ui, picks.heads == values, name).on_hover_text(hover).clicked() {
                picks.heads = values;
            }
        }
    }

    /// Draws the maps of the modes that are shown, beside each other, with their colour bar.
    pub fn show(&self, ui: &mut Ui, picks: &mut Picks) {
        let which = VALUES.iter().position(|(values, _)| *values == picks.heads).unwrap_or(2);
        let shown = self.maps.iter().filter(|(mode, _)| !picks.hidden.contains(mode));
        let mut shown: Vec<(Mode, &HeatMap)> = shown.map(|(mode, maps)| (*mode, &maps[which])).collect();
        if picks.heads == Values::Clean {
            // The clean run is the same under every mode.
            shown.truncate(1);
        }
        let all = || self.maps.iter().map(|(_, maps)| &maps[which]);
        // Clean and disturbed runs share their colours, so that they can be compared.
        let levels = self.maps.iter().flat_map(|(_, maps)| &maps[..2]);
        let colours = if which == 2 { Colours::of(all(), Values::Change) } else { Colours::of(levels, picks.heads) };
        let longest = shown.iter().map(|(_, map)| map.longest(colours)).max_by_key(|words| words.chars().count());
        let longest = longest.unwrap_or_default();
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - heat_map::BAR - 12.0) / shown.len().max(1) as f32;
        for (i, (mode, map)) in shown.into_iter().enumerate() {
            let corner = room.min + vec2(i as f32 * width, 0.0);
            let cell = Rect::from_min_size(corner, vec2(width - 12.0, room.height()));
            ui.scope_builder(UiBuilder::new().max_rect(cell).layout(Layout::top_down(Align::Min)), |ui| {
                let chosen = picks.layer.zip(picks.head).and_then(|(layer, head)| {
                    let row = map.rows.binary_search(&layer).ok()?;
                    Some((row, head))
                });
                let pressed = map.show(ui, colours, &longest, chosen, "click: the trials behind it");
                if let Some((row, head)) = pressed {
                    let layer = map.rows.get(row).copied();
                    let point =
                        Point { kind: self.kind, mode, arm: String::new(), delta: self.delta, layer, head: Some(head) };
                    picks.look_behind(point);
                }
            });
        }
        let bar = Rect::from_min_max(room.right_top() - vec2(heat_map::BAR, 0.0), room.max);
        ui.scope_builder(UiBuilder::new().max_rect(bar).layout(Layout::top_down(Align::Min)), |ui| {
            heat_map::colour_bar(ui, colours, "nats");
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_head_has_its_place_in_three_maps() {
        let head = |mode, layer, place, change| Head {
            mode,
            layer,
            place,
            clean: Some(1.0),
            change: Some(change),
            more: "n 3 seeds × 4 texts".to_owned(),
        };
        let heads =
            [head(Mode::Angular, 5, 1, 0.25), head(Mode::Angular, 3, 0, -0.5), head(Mode::Magnitude, 5, 0, 0.1)];
        let maps = HeadMaps::of(Kind::Entropy, Some(0.5), &heads).unwrap();
        let (mode, [clean, disturbed, change]) = &maps.maps[0];
        assert_eq!((*mode, clean.rows.clone(), clean.columns), (Mode::Angular, vec![3, 5], 2));
        assert_eq!(change.values, [Some(-0.5), None, None, Some(0.25)]);
        assert_eq!(disturbed.values[3], Some(1.25));
        assert_eq!(disturbed.more[3], "clean 1 nats\nchange 0.25 nats\nn 3 seeds × 4 texts");
        assert!(HeadMaps::of(Kind::Entropy, None, &[]).is_none());
    }
}
