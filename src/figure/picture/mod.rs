//! What the pictures of a study show: marks and their spreads, values and their colours, and the words that go with them.
//! They are made from a study's findings, as tables are, and know of no screen, so that the window and figures show the same numbers.

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
pub mod repair;
mod scale;
mod setting;
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
pub use setting::{Setting, intervals, one};
pub use waterfall::{Placed, Step, Waterfall};

use crate::experiment::{Arm, Kind};
use crate::findings::Findings;
use crate::study::Mode;
use std::sync::{Arc, OnceLock};

/// What a mark of a picture is the mean of.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The experiment.
    pub kind: Kind,
    /// How vectors were moved.
    pub mode: Mode,
    /// The arm of the experiment.
    pub arm: Arm,
    /// How far; none where the picture has it from another choice.
    pub delta: Option<f64>,
    /// The layer that was read, where it is of one.
    pub layer: Option<usize>,
    /// The head, likewise.
    pub head: Option<usize>,
}

/// The pictures of a study, each made when it is first looked at; none where nothing of it is in.
#[derive(Debug)]
pub struct Pictures {
    findings: Arc<Findings>,
    damage: Made<comparison::Data>,
    syntax: Made<comparison::Data>,
    dose: Made<dose::Data>,
    entropy: Made<entropy::Data>,
    repair: Made<repair::Data>,
    heads: Made<heads::Data>,
    layers: Made<layers::Data>,
    alignment: Made<alignment::Data>,
    audit: Made<audit::Data>,
    displacement: Made<displacement::Data>,
    statistics: Made<statistics::Data>,
}

/// A picture, or that there is none, once somebody has looked.
type Made<T> = OnceLock<Option<T>>;

impl Pictures {
    /// Of `findings`; nothing is made yet.
    #[must_use]
    pub fn of(findings: Arc<Findings>) -> Self {
        Self {
            findings,
            damage: Made::new(),
            syntax: Made::new(),
            dose: Made::new(),
            entropy: Made::new(),
            repair: Made::new(),
            heads: Made::new(),
            layers: Made::new(),
            alignment: Made::new(),
            audit: Made::new(),
            displacement: Made::new(),
            statistics: Made::new(),
        }
    }

    /// What they are made of.
    #[must_use]
    pub fn findings(&self) -> &Arc<Findings> {
        &self.findings
    }

    /// Makes all of them.
    pub fn make_all(&self) {
        let _ = (self.damage(), self.syntax(), self.dose(), self.entropy(), self.repair(), self.heads());
        let _ = (self.layers(), self.alignment(), self.audit(), self.displacement(), self.statistics());
    }

    /// Loss against δ.
    #[must_use]
    pub fn damage(&self) -> Option<&comparison::Data> {
        self.damage.get_or_init(|| comparison::Data::of(&self.findings, Kind::Sweep)).as_ref()
    }

    /// Accuracy on minimal pairs against δ.
    #[must_use]
    pub fn syntax(&self) -> Option<&comparison::Data> {
        self.syntax.get_or_init(|| comparison::Data::of(&self.findings, Kind::Syntax)).as_ref()
    }

    /// Damage by δ, with its curves.
    #[must_use]
    pub fn dose(&self) -> Option<&dose::Data> {
        self.dose.get_or_init(|| dose::Data::of(&self.findings)).as_ref()
    }

    /// Attention entropy.
    #[must_use]
    pub fn entropy(&self) -> Option<&entropy::Data> {
        self.entropy.get_or_init(|| entropy::Data::of(&self.findings)).as_ref()
    }

    /// Repairs.
    #[must_use]
    pub fn repair(&self) -> Option<&repair::Data> {
        self.repair.get_or_init(|| repair::Data::of(&self.findings)).as_ref()
    }

    /// Heads.
    #[must_use]
    pub fn heads(&self) -> Option<&heads::Data> {
        self.heads.get_or_init(|| heads::Data::of(&self.findings)).as_ref()
    }

    /// Layers.
    #[must_use]
    pub fn layers(&self) -> Option<&layers::Data> {
        self.layers.get_or_init(|| layers::Data::of(&self.findings)).as_ref()
    }

    /// Queries and keys.
    #[must_use]
    pub fn alignment(&self) -> Option<&alignment::Data> {
        self.alignment.get_or_init(|| alignment::Data::of(&self.findings)).as_ref()
    }

    /// The audit.
    #[must_use]
    pub fn audit(&self) -> Option<&audit::Data> {
        self.audit.get_or_init(|| audit::Data::of(&self.findings)).as_ref()
    }

    /// Displacement and norms.
    #[must_use]
    pub fn displacement(&self) -> Option<&displacement::Data> {
        self.displacement.get_or_init(|| displacement::Data::of(&self.findings)).as_ref()
    }

    /// Tests.
    #[must_use]
    pub fn statistics(&self) -> Option<&statistics::Data> {
        self.statistics.get_or_init(|| statistics::Data::of(&self.findings)).as_ref()
    }
}
