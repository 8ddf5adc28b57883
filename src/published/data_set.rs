//! The published figures as results: in every condition one item, whose score is the mean that was printed.

use super::{Model, published};
use crate::experiment::{
    Arm, Commit, Condition, Disturbance, Kind, Origin, Pass, Repaired, Results, Score, Shape, Trial,
};
use crate::intervention::Patch;
use crate::lm::Site;
use crate::measure::Quantity;
use crate::stats::Unit;
use crate::study::{Experiments, Mode, Study};
use std::collections::BTreeMap;

/// Conditions and trials that are being gathered.
#[derive(Default)]
struct Gathered {
    conditions: BTreeMap<usize, Condition>,
    commit: Commit,
    shapes: BTreeMap<Kind, Shape>,
    items: BTreeMap<Kind, usize>,
}

impl Gathered {
    /// Begins `kind`, whose means are over so many items.
    fn begin(&mut self, kind: Kind, items: usize, layers: &[usize], read_layers: &[usize]) {
        let heads = usize::from(!read_layers.is_empty());
        let (layers, read_layers) = (layers.to_vec(), read_layers.to_vec());
        self.shapes.insert(kind, Shape { layers, read_layers, heads, later: 0 });
        self.items.insert(kind, items);
    }

    fn add(&mut self, kind: Kind, disturbance: Option<Disturbance>, (arm, pass): (Arm, &Pass), trial: Trial) {
        let condition = self.conditions.len();
        self.conditions.insert(condition, Condition { experiment: kind, disturbance, arm, pass: pass.clone() });
        self.commit.trials.push(Trial { condition, ..trial });
    }

    /// `values` by seed of one mode and δ.
    fn add_seeds(
        &mut self,
        kind: Kind,
        mode: Mode,
        delta: f64,
        arm: (Arm, &Pass),
        values: &[f64],
        trial: impl Fn(f64) -> Trial,
    ) {
        for (seed, value) in (0..).zip(values) {
            self.add(kind, Some(Disturbance { mode, delta, seed }), arm, trial(*value));
        }
    }
}

/// A trial with this score; its condition comes when it is added.
fn scored(value: f64) -> Trial {
    Trial { condition: 0, item: 0, score: Score { value, sentences: None }, readings: Vec::new() }
}

impl Model {
    /// What was printed of it for each seed, as results. Damages are the clean loss and what is added to it; of entropies
    /// only the mean over all layers was printed, which stands in each layer, as the published form. What was printed
    /// only as mean and spread is not in them.
    #[must_use]
    pub fn results(&self) -> Results {
        of_model(self)
    }
}

fn of_model(model: &Model) -> Results {
    let full = model.study();
    let layers = full.perturbation.layers.resolve(model.depth).unwrap_or_default();
    let (clean, plain) = (Pass::default(), Pass::disturbed(&layers));
    let (clean, plain) = ((Arm::Plain, &clean), (Arm::Plain, &plain));
    let mut all = Gathered::default();

    all.begin(Kind::Sweep, model.damage.texts, &layers, &[]);
    let clean_loss = model.clean_loss.mean;
    all.add(Kind::Sweep, None, clean, scored(clean_loss));
    for mode in [Mode::Magnitude, Mode::Angular] {
        for at in &model.damage.at {
            let damages = at.of(mode).and_then(|values| values.by_seed()).unwrap_or_default();
            all.add_seeds(Kind::Sweep, mode, at.delta, plain, damages, |damage| scored(clean_loss + damage));
        }
    }

    if let Some(accuracy) = &model.accuracy {
        all.begin(Kind::Syntax, accuracy.pairs, &layers, &[]);
        let share = |percent: f64| scored(percent / 100.0);
        all.add(Kind::Syntax, None, clean, share(accuracy.clean));
        for mode in [Mode::Magnitude, Mode::Angular] {
            for at in &accuracy.at {
                let values = at.of(mode).and_then(|values| values.by_seed()).unwrap_or_default();
                all.add_seeds(Kind::Syntax, mode, at.delta, plain, values, share);
            }
        }
    }

    if let Some(entropy) = &model.entropy {
        let read_layers: Vec<usize> = (0..model.depth).collect();
        all.begin(Kind::Entropy, entropy.texts, &layers, &read_layers);
        // The losses of these runs were not printed.
        #[allow(clippy::cast_possible_truncation)] // readings have 32 bits, and these four decimals
        let read = |value: f64| Trial {
            readings: vec![(Quantity::EntropyPublished, vec![value as f32; model.depth])],
            ..scored(f64::NAN)
        };
        all.add(Kind::Entropy, None, clean, read(entropy.clean));
        for (mode, values) in [(Mode::Magnitude, &entropy.magnitude), (Mode::Angular, &entropy.angular)] {
            all.add_seeds(Kind::Entropy, mode, entropy.delta, plain, values, read);
        }
    }

    if let Some(losses) = &model.attention_repair {
        let kind = Kind::AttentionRepair;
        all.begin(kind, losses.texts, &layers, &[]);
        all.add(kind, None, clean, scored(losses.clean));
        let repaired = Pass::repaired(&layers, Patch::whole(&[Site::AttnOut], &layers));
        let repaired = (Arm::Repaired(Repaired::Attention), &repaired);
        for (mode, arm, values) in [
            (Mode::Magnitude, plain, &losses.magnitude),
            (Mode::Magnitude, repaired, &losses.magnitude_repaired),
            (Mode::Angular, plain, &losses.angular),
            (Mode::Angular, repaired, &losses.angular_repaired),
        ] {
            all.add_seeds(kind, mode, losses.delta, arm, values, scored);
        }
    }

    let Gathered { conditions, commit, shapes, items } = all;
    let mut results = Results::new(restricted(full, &model.name), conditions, commit.trials.len());
    results.shapes = shapes;
    results.vocabulary = model.vocabulary;
    results.origin = Origin::Published { source: published().source.clone(), items };
    results.add(&commit);
    results
}

/// `study` with nothing but the experiments that there are figures of.
fn restricted(mut study: Study, model: &str) -> Study {
    let Experiments { sweep, syntax, entropy, attention_repair, .. } = study.experiments;
    study.experiments = Experiments { sweep, syntax, entropy, attention_repair, ..Experiments::default() };
    // One item stands for all texts: the seeds are all the sample that there is.
    study.statistics.unit = Unit::Seeds;
    study.name = format!("Published: {model} ({})", published().source);
    study
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::find;
    use crate::figure;
    use crate::findings::Findings;

    #[test]
    fn the_figures_make_the_tables_that_they_suffice_for() {
        let results = crate::published::results();
        assert!(results.is_complete() && results.finished() > 0);
        let tables = figure::tables(&Findings::of(results.clone()));
        let ids: Vec<&str> = tables.iter().map(|table| table.id).collect();
        assert_eq!(
            ids,
            [
                "damage",
                "syntax",
                "entropy",
                "attention_repair",
                "norm_repair",
                "heads_repair",
                "layer_sets",
                "verdicts",
                "statistics",
                "effects",
                "dissociation",
                "dose_response",
                "regimes"
            ],
            "nothing by layer, nothing of displacement"
        );
        for table in &tables {
            assert!(
                table.caption.starts_with("Published values (arXiv 2602.11169), printed to three decimals"),
                "{}",
                table.caption
            );
        }
        assert!(tables[0].caption.contains("mean ± sd over 5 seeds, 281 texts"), "{}", tables[0].caption);
        assert!(tables[1].caption.contains("200 pairs") && tables[3].caption.contains("100 texts"));
        let study = crate::published::study();
        assert!(shapes_agree(&results, &study));
    }

    /// The conditions are those that a run of the study would plan, as far as there are figures.
    fn shapes_agree(results: &Results, study: &Study) -> bool {
        results.shapes.keys().all(|kind| {
            let experiment = find(study, *kind).unwrap();
            let deltas = experiment.deltas(study);
            let series = results.series(*kind);
            series.iter().all(|series| {
                let seeds: Vec<u64> = series.seeds.iter().map(|(seed, _)| *seed).collect();
                deltas.contains(&series.delta) && seeds == experiment.seeds(study)
            })
        })
    }
}
