//! A run beside what the published study printed of the same model.

use crate::experiment::{Origin, Results};
use crate::published::{Figure, Model, figures_of, model, published};
use crate::stats::Spread;
use crate::study::DeltaUnit;

/// What the published study and a run have in common.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The model as it was published.
    pub model: &'static Model,
    /// Its figures and the run's, in the order of the run.
    pub rows: Vec<Both>,
}

/// A figure of the published study, and the same of the run.
#[derive(Debug, Clone)]
pub struct Both {
    /// What was printed.
    pub published: Figure,
    /// What was run.
    pub here: Figure,
}

impl Beside {
    /// Of `results`; none where they are those of the published study themselves, of another model, in another unit of δ,
    /// or have nothing in common with it yet.
    #[must_use]
    pub fn of(results: &Results) -> Option<Self> {
        let model = model(&results.study.model.id)?;
        if Self::never(results).is_some() {
            return None;
        }
        let printed = model.figures();
        let both = |here: Figure| {
            let published = printed.iter().find(|figure| figure.of == here.of)?.clone();
            Some(Both { published, here })
        };
        let rows: Vec<Both> = figures_of(results).into_iter().filter_map(both).collect();
        (!rows.is_empty()).then_some(Self { model, rows })
    }

    /// Why `results` can never stand beside published figures; none where they can.
    #[must_use]
    pub fn never(results: &Results) -> Option<String> {
        let study = &results.study;
        if results.origin != Origin::Run {
            let why = "these are the published figures themselves: the table \"published\" sets a run beside them";
            return Some(why.to_owned());
        }
        if model(&study.model.id).is_none() {
            let id = &study.model.id;
            let names: Vec<&str> = published().models.iter().map(|model| model.id.as_str()).collect();
            return Some(format!(
                "there are no published figures of the model \"{id}\"; there are of {}",
                names.join(", ")
            ));
        }
        if study.perturbation.delta_unit != DeltaUnit::Absolute {
            let unit = study.perturbation.delta_unit.label();
            return Some(format!("δ is here as {unit}; the published δ are absolute, so nothing can be compared"));
        }
        None
    }
}

/// √(s²/n + s²/n) of two means over seeds; none where either has no sd.
#[must_use]
pub fn combined_error(a: &Spread, b: &Spread) -> Option<f64> {
    let square = |spread: &Spread| Some(spread.sd?.powi(2) / spread.n as f64);
    Some((square(a)? + square(b)?).sqrt()).filter(|error| *error > 0.0)
}
