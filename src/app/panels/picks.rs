//! What is chosen in the pictures of a study.

use super::view;
use crate::figure::View;
use crate::figure::picture::{Bars, Of, Point, Scale, Values};
use crate::study::Mode;
use egui::Id;

/// What is chosen in the pictures, the same in all that know it.
#[derive(Default)]
pub struct Picks {
    /// Modes that are not shown.
    pub hidden: Vec<Mode>,
    /// Other series that are not shown.
    pub hidden_names: Vec<&'static str>,
    /// What error bars stand for.
    pub bars: Bars,
    /// Which values of heads are drawn as colours.
    pub heads: Values,
    /// The scales of δ and of the damage.
    pub scales: [Scale; 2],
    /// δ.
    pub delta: Option<f64>,
    /// The run whose displacement is shown, by number.
    pub run: usize,
    /// The view of the layers, by number, and the one whose table was chosen.
    pub layers: usize,
    pub layers_table: Option<usize>,
    /// The tests that are drawn, by number.
    pub tests: usize,
    /// A table that belongs to what was just chosen.
    pub table: Option<&'static str>,
    /// … of which only the rows are shown in which this field has this value.
    pub only: Option<(&'static str, usize)>,
    /// … and which is opened where it is folded away.
    pub unfold: bool,
    /// The point whose trials are looked at.
    pub point: Option<Point>,
    /// The text, or the pair, that is looked at, by number.
    pub item: Option<usize>,
    /// The layer, and the head, that are looked at.
    pub layer: Option<usize>,
    pub head: Option<usize>,
    /// The two whose trials one can choose from.
    pub sides: Sides,
    /// A view to open.
    pub open: Option<View>,
    /// Ranges of the charts.
    pub charts: view::Memory,
}

impl Picks {
    /// Opens the texts at the trials behind `point`.
    pub fn look_behind(&mut self, point: Point) {
        self.delta = point.delta.or(self.delta);
        if point.layer.is_some() {
            (self.layer, self.head) = (point.layer, point.head);
        }
        self.point = Some(point);
        self.open = Some(View::Texts);
    }

    /// Whether the series `of` something is shown.
    pub fn shows(&self, of: &Of) -> bool {
        !of.is_hidden(&self.hidden, &self.hidden_names)
    }

    /// The δ that is chosen where it is among `deltas`, which ascend; else the one in their middle.
    pub fn delta_of(&self, deltas: &[f64]) -> Option<f64> {
        let chosen = self.delta.filter(|delta| deltas.contains(delta));
        chosen.or_else(|| deltas.get(deltas.len() / 2).copied())
    }
}

/// What is offered where a number that compares was pressed.
#[derive(Debug, Default)]
pub struct Sides(pub Option<(Id, Vec<(String, Point)>)>);
