//! Grammatical judgement against δ: in how many minimal pairs is the good sentence the likelier one.

use super::inference::{Difference, Differences, claim};
use super::{Claim, Experiment, Grid, Kind, Material, Measure, Score};
use crate::measure;
use crate::study::{Scoring, Syntax};

impl Experiment for Syntax {
    fn kind(&self) -> Kind {
        Kind::Syntax
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            deltas: self.deltas.clone(),
            seeds: self.seeds.as_ref(),
            layers: self.layers.as_ref(),
            ..Grid::default()
        }
    }

    fn material(&self) -> Material {
        Material::Pairs(None)
    }

    fn measure(&self) -> Measure {
        Measure::AccuracyDrop
    }

    fn score(&self, losses: &[&[f32]]) -> Score {
        score_pair(losses, self.scoring)
    }

    fn differences(&self, of: &Differences) -> Vec<Vec<Difference>> {
        vec![of.modes()]
    }

    fn claim(&self, _: &Difference) -> Option<&'static Claim> {
        Some(&claim::SYNTAX)
    }
}

/// Of a pair with these next-token losses of its good and its bad sentence.
pub(super) fn score_pair(losses: &[&[f32]], scoring: Scoring) -> Score {
    let [good, bad] = losses else {
        return Score { value: f64::NAN, sentences: None };
    };
    let sentences = (measure::sentence_score(good, scoring), measure::sentence_score(bad, scoring));
    Score { value: measure::preference(sentences.0, sentences.1, scoring), sentences: Some(sentences) }
}
