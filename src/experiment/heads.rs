//! Heads: which ones look differently when the stream is disturbed, and what repairing them gives back.

use super::inference::{Difference, Differences};
use super::ranking::Ranking;
use super::{Arm, At, Experiment, Grid, Kind, Pass, Results, one};
use crate::error::Result;
use crate::intervention::Patch;
use crate::lm::Site;
use crate::measure::Quantity;
use crate::study::{Heads, Key, Mode, Setting, Wrong};

impl Experiment for Heads {
    fn kind(&self) -> Kind {
        Kind::Heads
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            deltas: Some(one(self.delta)),
            seeds: self.seeds.as_ref(),
            texts: self.texts,
            layers: self.layers.as_ref(),
            other_layers: self.repair_layers.as_ref(),
        }
    }

    fn reads(&self) -> Vec<Quantity> {
        Quantity::ENTROPIES.to_vec()
    }

    fn arms(&self, _mode: Mode, at: &At) -> Result<Vec<(Arm, Pass)>> {
        let heads = at.other_layers.len() * at.spec.heads;
        for (key, most) in [(Key::Top, self.top.iter().max().copied().unwrap_or(0)), (Key::SingleHeads, self.singles)] {
            if most > heads {
                return Err(Wrong::TooManyHeads(Setting::Of(Kind::Heads, key), most, heads).into());
            }
        }
        Ok(vec![(Arm::Plain, Pass::disturbed(&at.layers))])
    }

    fn later_count(&self, at: &At) -> usize {
        self.singles + self.top.len() + self.top.iter().filter(|k| **k <= at.other_layers.len()).count()
    }

    /// Single heads and the first k of them are repaired for real: their slice of z. Beside them stands what the
    /// published study did under the name of heads: it repaired the attention of the first k whole layers.
    fn later_arms(&self, at: &At, results: &Results) -> Result<Vec<(Arm, Pass)>> {
        let ranking = Ranking::of(results, self.kind())?;
        let of_heads = |count: usize| -> Vec<Patch> {
            let of_head = |head: &super::HeadChange| Patch::new(Site::Z, head.layer, Some(head.head));
            ranking.heads.iter().take(count).map(of_head).collect()
        };
        let mut arms = Vec::new();
        for patch in of_heads(self.singles) {
            let arm = Arm::Head { layer: patch.layer(), head: patch.head().unwrap_or(0) };
            arms.push((arm, Pass::repaired(&at.layers, vec![patch])));
        }
        for k in &self.top {
            arms.push((Arm::TopHeads(*k), Pass::repaired(&at.layers, of_heads(*k))));
        }
        for k in self.top.iter().filter(|k| **k <= at.other_layers.len()) {
            let mut layers = ranking.layers[..*k].to_vec();
            layers.sort_unstable();
            let patches = Patch::whole(&[Site::AttnOut], &layers);
            arms.push((Arm::TopLayers(*k), Pass::repaired(&at.layers, patches)));
        }
        Ok(arms)
    }

    fn can_plan(&self, arm: Arm, layers: usize, heads: usize) -> bool {
        match arm {
            Arm::Plain => true,
            Arm::Head { layer, head } => self.singles > 0 && layer < layers && head < heads,
            Arm::TopHeads(k) => self.top.contains(&k),
            Arm::TopLayers(k) => self.top.contains(&k) && k <= layers,
            _ => false,
        }
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.repairs()]
    }
}
