//! What the pictures draw: made from the tables when results come in, not while a frame is drawn.

use super::{alignment, audit, displacement, dose, entropy, heads, layers, repair, statistics, verdicts};
use crate::figure::Table;
use crate::study::Study;

/// One per tab beside the overview; none where nothing of it is in.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Damage by δ.
    pub(super) dose: Option<dose::Data>,
    /// Attention entropy.
    pub(super) entropy: Option<entropy::Data>,
    /// Repairs.
    pub(super) repair: Option<repair::Data>,
    /// Heads.
    pub(super) heads: Option<heads::Data>,
    /// Layers.
    pub(super) layers: Option<layers::Data>,
    /// Queries and keys.
    pub(super) alignment: Option<alignment::Data>,
    /// The audit.
    pub(super) audit: Option<audit::Data>,
    /// Displacement and norms.
    pub(super) displacement: Option<displacement::Data>,
    /// Tests.
    pub(super) statistics: Option<statistics::Data>,
    /// What becomes of the claims.
    pub(super) verdicts: Option<verdicts::Data>,
}

impl Pictures {
    /// Of the `tables` of `study`.
    #[must_use]
    pub fn of(tables: &[Table], study: &Study) -> Self {
        Self {
            dose: dose::Data::of(tables, study),
            entropy: entropy::Data::of(tables, study),
            repair: repair::Data::of(tables, study),
            heads: heads::Data::of(tables, study),
            layers: layers::Data::of(tables, study),
            alignment: alignment::Data::of(tables, study),
            audit: audit::Data::of(tables, study),
            displacement: displacement::Data::of(tables, study),
            statistics: statistics::Data::of(tables, study),
            verdicts: verdicts::Data::of(tables, study),
        }
    }
}
