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

/// A picture, or that there is none, once somebody has looked.
type Made<T> = OnceLock<Option<T>>;

/// Declares the pictures of a study: the name of each, what it shows, and what makes it of findings.
macro_rules! pictures {
    ($($(#[$doc:meta])* $name:ident: $data:ty = $make:expr;)*) => {
        /// The pictures of a study, each made when it is first looked at; none where nothing of it is in.
        #[derive(Debug)]
        pub struct Pictures {
            findings: Arc<Findings>,
            $($name: Made<$data>,)*
        }

        impl Pictures {
            /// Of `findings`; nothing is made yet.
            #[must_use]
            pub fn of(findings: Arc<Findings>) -> Self {
                Self { findings, $($name: Made::new(),)* }
            }

            /// What they are made of.
            #[must_use]
            pub fn findings(&self) -> &Arc<Findings> {
                &self.findings
            }

            /// Makes all of them.
            pub fn make_all(&self) {
                $(let _ = self.$name();)*
            }

            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<&$data> {
                    self.$name.get_or_init(|| $make(&self.findings)).as_ref()
                }
            )*
        }
    };
}

pictures! {
    /// Loss against δ.
    damage: comparison::Data = |findings| comparison::Data::of(findings, Kind::Sweep);
    /// Accuracy on minimal pairs against δ.
    syntax: comparison::Data = |findings| comparison::Data::of(findings, Kind::Syntax);
    /// Damage by δ, with its curves.
    dose: dose::Data = dose::Data::of;
    /// Attention entropy.
    entropy: entropy::Data = entropy::Data::of;
    /// Repairs.
    repair: repair::Data = repair::Data::of;
    /// Heads.
    heads: heads::Data = heads::Data::of;
    /// Layers.
    layers: layers::Data = layers::Data::of;
    /// Queries and keys.
    alignment: alignment::Data = alignment::Data::of;
    /// The audit.
    audit: audit::Data = audit::Data::of;
    /// Displacement and norms.
    displacement: displacement::Data = displacement::Data::of;
    /// Tests.
    statistics: statistics::Data = statistics::Data::of;
}
