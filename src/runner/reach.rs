//! What the δ of a study can do, as far as that is known before a run.

use crate::corpus;
use crate::error::Result;
use crate::hub::Hub;
use crate::lm::Model;
use crate::measure::{Reach, TokenNorms, of_fractions};
use crate::study::{ModelChoice, Study, TextChoice};

/// Texts of the demo that its norms are measured on, a small part of a second's work.
const MEASURED: usize = 100;

/// Returns the norms of the built-in model's hidden states on the first of the texts that `choice` describes, by a clean pass.
///
/// # Errors
/// Those of the texts and of the pass.
pub fn demo_norms(choice: &TextChoice) -> Result<TokenNorms> {
    let hub = &mut Hub::cache_only();
    let model = Model::load(&ModelChoice::of("demo"), &candle_core::Device::Cpu, hub)?;
    let tokens = model.tokens()?;
    let max = choice.max_tokens.min(model.decoder.spec().max_positions);
    let texts = corpus::load_texts(choice, hub)?.texts;
    let encode = |text: &String| tokens.encode(text, choice.special_tokens, max);
    let texts = texts.iter().take(MEASURED).map(encode).collect::<Result<Vec<_>>>()?;
    TokenNorms::measure(&model.decoder, &texts)
}

/// Returns what the δ of `study` can do where that is known at once: of fractions of each token's own norm, and of the
/// built-in model.
///
/// # Errors
/// As [`demo_norms`].
pub fn reach(study: &Study) -> Result<Option<Reach>> {
    match of_fractions(study) {
        None if study.model.id == "demo" => Ok(demo_norms(&study.texts)?.reach(study)),
        known => Ok(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Choice;
    use crate::experiment::Kind;
    use crate::runner::{Event, Job, Worker};
    use crate::store::Store;
    use crate::study::{DeltaUnit, Experiments, Layers, Mode, Seeds, Sign, Sweep, Tokens};

    #[test]
    fn the_demo_is_said_to_do_what_a_run_of_it_counts() {
        let mut study = Study::demo();
        study.perturbation.deltas = vec![0.25, 0.75, 0.9, 2.5];
        study.perturbation.delta_unit = DeltaUnit::OfLayerMedian;
        study.texts.limit = 7;
        // Of several layers only the first is met as in a clean pass.
        study.perturbation.layers = Layers::These(vec![2]);
        study.perturbation.sign = Sign::Shrink;
        study.perturbation.seeds = Seeds::Count(1);
        study.experiments = Experiments { sweep: Some(Sweep::default()), ..Experiments::default() };
        let folder = tempfile::tempdir().unwrap();
        for (file, tokens) in [("all.polar", Tokens::All), ("rest.polar", Tokens::AllButFirst)] {
            study.perturbation.tokens = tokens;
            let reach = reach(&study).unwrap().unwrap();
            let out = folder.path().join(file);
            let job = Job { study: study.clone(), out: out.clone(), device: Choice::Cpu, resume: false };
            let worker = Worker::start(job).unwrap();
            for event in &worker.events {
                if let Event::Finished(outcome) = event {
                    outcome.unwrap();
                    break;
                }
            }
            let results = Store::open(&out).unwrap().results().unwrap();
            for row in &reach.rows {
                let all = results.series(Kind::Sweep);
                let of = |mode| {
                    let series = all.iter().find(|series| series.mode == mode && series.delta == row.delta).unwrap();
                    results.displacement(series.seeds[0].1)
                };
                let angular = of(Mode::Angular);
                let reached = 1.0 - angular.unattainable as f64 / angular.tokens as f64;
                assert!((reached - row.reached.unwrap().value()).abs() < 1e-9, "δ {}", row.delta);
                let magnitude = of(Mode::Magnitude);
                let flipped = magnitude.flipped as f64 / magnitude.tokens as f64;
                assert!((flipped - row.flipped.unwrap().value()).abs() < 1e-9, "δ {}", row.delta);
            }
            let some = |share: crate::measure::Share| share.value() > 0.0 && share.value() < 1.0;
            assert!(reach.rows.iter().any(|row| some(row.flipped.unwrap())));
        }
    }
}
