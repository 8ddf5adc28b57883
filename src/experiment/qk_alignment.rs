//! Queries and keys: what the published study measured (their cosine at the same position, before rotary embedding), and
//! what it meant to measure, how the attention itself changes.

use super::entropy::reading;
use super::{Experiment, Grid, Kind};
use crate::measure::Quantity;
use crate::study::Reading;

/// Reads queries, keys and patterns in the layers that are read.
pub struct QkAlignment(pub Reading);

impl Experiment for QkAlignment {
    fn kind(&self) -> Kind {
        Kind::QkAlignment
    }

    fn grid(&self) -> Grid<'_> {
        reading(&self.0)
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ALIGNMENTS.to_vec()
    }
}
