//! Activation patching of whole pathways: which of them carries the damage.

use super::inference::{Difference, Differences, claim};
use super::{Arm, At, Claim, Experiment, Grid, Kind, Pass, Repaired, one};
use crate::error::Result;
use crate::intervention::Patch;
use crate::lm::Site;
use crate::study::{Mode, Repairing};

/// What an experiment repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repairs {
    /// Attention.
    Attention,
    /// Attention, the MLP, and both.
    Pathways,
    /// Either norm, and both. As nothing else enters attention and the MLP, repairing both norms is repairing both of
    /// those.
    Norms,
}

impl Repairs {
    /// The repairs that are compared.
    fn arms(self) -> &'static [Repaired] {
        match self {
            Self::Attention => &[Repaired::Attention],
            Self::Pathways => &[Repaired::Attention, Repaired::Mlp, Repaired::Both],
            Self::Norms => &[Repaired::Ln1, Repaired::Ln2, Repaired::BothNorms],
        }
    }
}

impl Repaired {
    /// The sites whose tensors are replaced by those of the clean run.
    #[must_use]
    pub fn sites(self) -> &'static [Site] {
        match self {
            Self::Attention => &[Site::AttnOut],
            Self::Mlp => &[Site::MlpOut],
            Self::Both => &[Site::AttnOut, Site::MlpOut],
            Self::Ln1 => &[Site::Ln1],
            Self::Ln2 => &[Site::Ln2],
            Self::BothNorms => &[Site::Ln1, Site::Ln2],
        }
    }
}

/// Repairs sites in the layers that are repaired.
pub struct Repair {
    /// Which sites.
    pub repairs: Repairs,
    /// The study's settings.
    pub settings: Repairing,
}

impl Experiment for Repair {
    fn kind(&self) -> Kind {
        match self.repairs {
            Repairs::Attention => Kind::AttentionRepair,
            Repairs::Pathways => Kind::Pathways,
            Repairs::Norms => Kind::NormRepair,
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

    fn arms(&self, _mode: Mode, at: &At) -> Result<Vec<(Arm, Pass)>> {
        let repaired = |repaired: &Repaired| {
            let patches = Patch::whole(repaired.sites(), &at.other_layers);
            (Arm::Repaired(*repaired), Pass::repaired(&at.layers, patches))
        };
        let plain = (Arm::Plain, Pass::disturbed(&at.layers));
        Ok(std::iter::once(plain).chain(self.repairs.arms().iter().map(repaired)).collect())
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.repairs()]
    }

    fn claim(&self, difference: &Difference) -> Option<&'static Claim> {
        match self.repairs {
            Repairs::Attention => Some(&claim::ATTENTION_REPAIR),
            Repairs::Norms if difference.sides[0].1 == Arm::Repaired(Repaired::BothNorms) => Some(&claim::NORM_REPAIR),
            Repairs::Norms | Repairs::Pathways => None,
        }
    }
}
