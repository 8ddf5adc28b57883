//! Grammatical judgement against δ: in how many minimal pairs is the good sentence the likelier one.

use super::{Experiment, Grid, Kind, Material, Measure, Score};
use crate::measure;
use crate::study::Syntax;

impl Experiment for Syntax {
    fn kind(&self) -> Kind {
        Kind::Syntax
    }

    fn grid(&self) -> Grid<'_> {
        Grid { deltas: self.deltas.as_deref(), seeds: self.seeds.as_ref(), layers: self.layers.as_ref() }
    }

    fn material(&self) -> Material {
        Material::Pairs
    }

    fn measure(&self) -> Measure {
        Measure::AccuracyDrop
    }

    fn score(&self, losses: &[&[f32]]) -> Score {
        let [good, bad] = losses else {
            return Score { value: f64::NAN, sentences: None };
        };
        let sentences = (measure::sentence_score(good, self.scoring), measure::sentence_score(bad, self.scoring));
        Score { value: measure::preference(sentences.0, sentences.1), sentences: Some(sentences) }
    }
}
