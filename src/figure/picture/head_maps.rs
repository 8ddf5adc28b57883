//! Attention entropies as heat maps, layer by head, a map per mode: clean, disturbed, and the change.

use super::Point;
use super::heat_map::{Colours, HeatMap, Values};
use super::scale::exact;
use crate::experiment::{Arm, Kind};
use crate::study::Mode;

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
    /// The experiment that read them.
    pub kind: Kind,
    /// At which δ, where that is known.
    pub delta: Option<f64>,
    /// By mode: clean, disturbed, change.
    pub maps: Vec<(Mode, [HeatMap; 3])>,
}

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
            let empty = |values: Values| HeatMap {
                title: format!("{}, {}", head.mode, values.name().to_lowercase()),
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
                None => maps.push_mut((head.mode, Values::ALL.map(empty))),
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
                let others = Values::ALL.iter().zip(of_all).enumerate().filter(|(other, _)| *other != i);
                let others: String =
                    others.map(|(_, (values, value))| words(&values.name().to_lowercase(), value)).collect();
                map.more[at] = format!("{others}{}", head.more);
            }
        }
        Some(Self { kind, delta, maps })
    }

    /// The maps of `values` under the modes that are not `hidden`; the clean run once, as it is the same under every mode.
    #[must_use]
    pub fn shown(&self, values: Values, hidden: &[Mode]) -> Vec<(Mode, &HeatMap)> {
        let shown = self.maps.iter().filter(|(mode, _)| !hidden.contains(mode));
        let most = if values == Values::Clean { 1 } else { self.maps.len() };
        shown.map(|(mode, maps)| (*mode, &maps[number(values)])).take(most).collect()
    }

    /// The colours of `values`, the same for all modes; clean and disturbed runs share theirs, so that they can be compared.
    #[must_use]
    pub fn colours(&self, values: Values) -> Colours {
        match values {
            Values::Change => Colours::of(self.maps.iter().map(|(_, maps)| &maps[2]), values),
            _ => Colours::of(self.maps.iter().flat_map(|(_, maps)| &maps[..2]), values),
        }
    }

    /// What the cell of a head under `mode` is the mean of; `layer` is none where there is no such row.
    #[must_use]
    pub fn point(&self, mode: Mode, layer: Option<usize>, head: usize) -> Point {
        Point { kind: self.kind, mode, arm: Arm::Plain, delta: self.delta, layer, head: Some(head) }
    }
}

/// Which of a mode's maps shows `values`.
fn number(values: Values) -> usize {
    match values {
        Values::Clean => 0,
        Values::Disturbed => 1,
        Values::Change => 2,
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
