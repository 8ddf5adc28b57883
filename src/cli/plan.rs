//! `polarscope plan`: what a study will do, without doing it.

use super::StudyArguments;
use crate::error::Result;
use crate::runner::{self, Cost};
use clap::Args;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    study: StudyArguments,
}

impl Plan {
    pub fn run(self) -> Result<()> {
        let (plan, spec) = runner::Plan::without_model(self.study.load()?)?;
        let mut text = format!(
            "{}\nmodel      {}: {}, {} layers, hidden {}, {} heads, vocabulary {}\n",
            plan.study.name, plan.study.model.id, spec.family, spec.layers, spec.hidden, spec.heads, spec.vocab
        );
        text += &format!("texts      {} of {} in the source\n", plan.texts.len(), plan.available);
        text += &format!("protocol   {}\n", plan.study.perturbation.protocol_label());
        for experiment in &plan.experiments {
            let kind = experiment.kind();
            let (items, conditions) =
                (plan.items(experiment.as_ref()).len(), experiment.conditions(&plan.study.perturbation).len());
            text += &format!(
                "{:<10} {items} {} × {conditions} conditions (clean included), layers {:?}\n",
                kind.to_string(),
                experiment.material().noun(),
                plan.layers[&kind]
            );
        }
        let (weights, activations) = Cost::memory(&spec, runner::tokens_per_batch(&spec), plan.longest());
        text += &format!("trials     {}\n", plan.trials());
        text += &format!(
            "memory     about {} MB for the weights in float32, {} MB for a batch\n",
            weights.div_ceil(1_000_000),
            activations.div_ceil(1_000_000)
        );
        if let Some(rate) = Cost::measured_rate(&spec) {
            text += &format!("time       about {} on this machine\n", words(plan.cost(&spec).seconds(rate)));
        }
        super::print(&text)
    }
}

/// A duration in round words.
fn words(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
