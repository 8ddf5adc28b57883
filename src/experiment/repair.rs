//! Activation patching of whole pathways: which of them carries the damage.

use super::{Arm, At, Experiment, Grid, Kind, one};
use crate::error::Result;
use crate::intervention::Patch;
use crate::lm::Site;
use crate::study::{Mode, Repairing};

/// What is repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// Attention.
    Attention,
    /// Attention, the MLP, and both.
    Pathways,
    /// Either norm, and both. As nothing else enters attention and the MLP, repairing both norms is repairing both of
    /// those.
    Norms,
}

impl Repaired {
    /// The repairs that are compared: their names, and the sites of each.
    fn arms(self) -> &'static [(&'static str, &'static [Site])] {
        match self {
            Self::Attention => &[("attention", &[Site::AttnOut])],
            Self::Pathways => {
                &[("attention", &[Site::AttnOut]), ("mlp", &[Site::MlpOut]), ("both", &[Site::AttnOut, Site::MlpOut])]
            }
            Self::Norms => &[("ln1", &[Site::Ln1]), ("ln2", &[Site::Ln2]), ("both norms", &[Site::Ln1, Site::Ln2])],
        }
    }
}

/// What a repair is called by people, with the names of its sites where these say more: "first norm (ln1)".
#[must_use]
pub fn repair_words(arm: &str) -> &str {
    match arm {
        "ln1" => "first norm (ln1)",
        "ln2" => "second norm (ln2)",
        "mlp" => "MLP (mlp_out)",
        "attention" => "attention (attn_out)",
        other => other,
    }
}

/// Repairs sites in the layers that are repaired.
pub struct Repair {
    /// Which sites.
    pub repaired: Repaired,
    /// The study's settings.
    pub settings: Repairing,
}

impl Experiment for Repair {
    fn kind(&self) -> Kind {
        match self.repaired {
            Repaired::Attention => Kind::AttentionRepair,
            Repaired::Pathways => Kind::Pathways,
            Repaired::Norms => Kind::NormRepair,
        }
    }

    fn grid(&self) -> Grid<'_> {
        let Repairing { delta, seeds, texts, layers, repair_layers } = &self.settings;
        Grid {
            deltas: Some(one(*delta)),
            seeds: seeds.as_ref(),
            texts: *texts,
            layers: layers.as_ref(),
            other_layers: repair_layers.as_ref(),
        }
    }

    fn arms(&self, _mode: Mode, at: &At) -> Result<Vec<Arm>> {
        let mut arms = vec![Arm::plain(&at.layers)];
        for (name, sites) in self.repaired.arms() {
            arms.push(Arm::repaired(*name, &at.layers, Patch::whole(sites, &at.other_layers)));
        }
        Ok(arms)
    }
}
