//! The questions that a study asks, each with its settings.

mod checks;
mod list;
mod settings;

pub(super) use checks::validate_common;
pub use list::{Experiments, Kind};
pub(super) use list::{asked, asked_mut, field_of, field_of_mut, is_asked, path_of, path_of_table};
pub use settings::{Audit, DELTA, Heads, LayerSets, Reading, Repairing, Scoring, Sweep, Syntax};
