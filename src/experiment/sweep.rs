//! Next-token loss against δ.

use super::{Experiment, Grid, Kind, Material, Measure, Score};
use crate::measure;
use crate::study::Sweep;

impl Experiment for Sweep {
    fn kind(&self) -> Kind {
        Kind::Sweep
    }

    fn grid(&self) -> Grid<'_> {
        Grid { deltas: self.deltas.as_deref(), seeds: self.seeds.as_ref(), layers: self.layers.as_ref() }
    }

    fn material(&self) -> Material {
        Material::Texts(self.texts)
    }

    fn measure(&self) -> Measure {
        Measure::Damage
    }

    fn score(&self, losses: &[&[f32]]) -> Score {
        let value = losses.first().map_or(f64::NAN, |text| measure::mean_loss(text));
        Score { value, sentences: None }
    }
}
