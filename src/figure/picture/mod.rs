//! What the pictures of a study show: marks and their spreads, values and their colours, and the words that go with them.
//! They are made from the tables' own records and know of no screen, so that the window and figures show the same numbers.

pub mod alignment;
mod apart;
pub mod audit;
mod bars;
mod by_layer;
mod chart;
pub mod compare;
pub mod comparison;
pub mod displacement;
pub mod dose;
mod drawn;
pub mod entropy;
mod forest;
mod head_maps;
pub mod heads;
mod heat_map;
pub mod layers;
pub mod look;
pub(crate) mod records;
pub mod repair;
mod scale;
pub mod statistics;
mod waterfall;

pub use bars::{Bars, Spreads};
pub use chart::{Across, Chart, Form, Mark, Of, Series, bars_of};
pub use drawn::{Drawn, Mean, Means};
pub use forest::{Cell, Forest, Row};
pub use head_maps::{Head, HeadMaps};
pub use heat_map::{Colours, HeatMap, Values, change_colour, ink_on, level_colour};
pub use look::{Cues, Ink, Line, Marker};
pub use scale::{Scale, exact, round_step, tick_label};
pub use waterfall::{Placed, Step, Waterfall};

use super::Table;
use crate::experiment::{Comparison, Kind, Measure};
use crate::study::{Mode, Study};

/// What a mark of a picture is the mean of.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The experiment.
    pub kind: Kind,
    /// How vectors were moved.
    pub mode: Mode,
    /// The arm of the experiment; empty for the plain disturbed run.
    pub arm: String,
    /// How far; none where the picture has it from another choice.
    pub delta: Option<f64>,
    /// The layer that was read, where it is of one.
    pub layer: Option<usize>,
    /// The head, likewise.
    pub head: Option<usize>,
}

/// The pictures of a study; none where nothing of it is in.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Loss against δ.
    pub damage: Option<comparison::Data>,
    /// Accuracy on minimal pairs against δ.
    pub syntax: Option<comparison::Data>,
    /// Damage by δ.
    pub dose: Option<dose::Data>,
    /// Attention entropy.
    pub entropy: Option<entropy::Data>,
    /// Repairs.
    pub repair: Option<repair::Data>,
    /// Heads.
    pub heads: Option<heads::Data>,
    /// Layers.
    pub layers: Option<layers::Data>,
    /// Queries and keys.
    pub alignment: Option<alignment::Data>,
    /// The audit.
    pub audit: Option<audit::Data>,
    /// Displacement and norms.
    pub displacement: Option<displacement::Data>,
    /// Tests.
    pub statistics: Option<statistics::Data>,
}

impl Pictures {
    /// Of the `comparisons` and the `tables` of `study`.
    #[must_use]
    pub fn of(comparisons: &[Comparison], tables: &[Table], study: &Study) -> Self {
        let comparison = |measure| {
            let comparison = comparisons.iter().find(|comparison| comparison.measure == measure)?;
            comparison::Data::of(comparison, tables, study)
        };
        Self {
            damage: comparison(Measure::Damage),
            syntax: comparison(Measure::AccuracyDrop),
            dose: dose::Data::of(tables, study),
            entropy: entropy::Data::of(tables, study),
            repair: repair::Data::of(tables, study),
            heads: heads::Data::of(tables, study),
            layers: layers::Data::of(tables, study),
            alignment: alignment::Data::of(tables, study),
            audit: audit::Data::of(tables, study),
            displacement: displacement::Data::of(tables, study),
            statistics: statistics::Data::of(tables, study),
        }
    }
}
