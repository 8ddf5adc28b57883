//! A study resolved against its model, its texts and its pairs: everything that is known before anything runs.

use super::batches::tokens_per_batch;
use super::cost::Cost;
use super::memory::Memory;
use crate::corpus::{self, Item, Pair};
use crate::device::Choice;
use crate::error::{Error, Result};
use crate::experiment::{Condition, Experiment, Kind, Material, of_study};
use crate::hub::Hub;
use crate::lm::{self, Checkpoint, DecoderSpec, Tokens};
use crate::study::{SpecialTokens, Study};
use std::collections::BTreeMap;

/// What a study will run.
pub struct Plan {
    /// The study.
    pub study: Study,
    /// Its experiments.
    pub experiments: Vec<Box<dyn Experiment>>,
    /// The layers that each disturbs, ascending.
    pub layers: BTreeMap<Kind, Vec<usize>>,
    /// The texts.
    pub texts: Vec<String>,
    /// How many texts their source holds in all.
    pub available: usize,
    /// Their tokens; item i is text i.
    pub text_items: Vec<Item>,
    /// The minimal pairs; none where no experiment uses them.
    pub pairs: Vec<Pair>,
    /// Their tokens; item i is pair i.
    pub pair_items: Vec<Item>,
    /// Where texts and pairs came from, for the provenance.
    pub sources: Vec<(String, String)>,
}

impl Plan {
    /// Resolves `study` against the model of shape `spec` with tokenizer `tokens`.
    ///
    /// # Errors
    /// [`Error::Usage`] where the study asks for what the model or the texts do not have; [`Error::Data`] where texts
    /// or pairs cannot be used; what `hub` says.
    pub fn new(study: Study, spec: &DecoderSpec, tokens: &Tokens, hub: &mut Hub) -> Result<Self> {
        study.validate()?;
        let experiments = of_study(&study);
        let mut layers = BTreeMap::new();
        for experiment in &experiments {
            let of_it = experiment.layers(&study.perturbation).resolve(spec.layers)?;
            layers.insert(experiment.kind(), of_it);
        }
        let source = corpus::load_texts(&study.texts, hub)?;
        let mut sources = vec![
            ("texts_sha256".to_owned(), source.sha256),
            ("texts_available".to_owned(), source.available.to_string()),
        ];
        sources.extend(source.revision.map(|commit| ("texts_revision".to_owned(), commit)));
        let max = study.texts.max_tokens.min(spec.max_positions);
        let special = study.texts.special_tokens;
        let text_items = source
            .texts
            .iter()
            .enumerate()
            .map(|(i, text)| tokenize(tokens, special, max, format!("text {i}"), &[text]))
            .collect::<Result<Vec<_>>>()?;
        let (mut pairs, mut pair_items) = (Vec::new(), Vec::new());
        if let Some(syntax) = &study.experiments.syntax {
            let source = corpus::load_pairs(syntax, hub)?;
            sources.push(("pairs_sha256".to_owned(), source.sha256));
            sources.extend(source.revision.map(|commit| ("pairs_revision".to_owned(), commit)));
            for pair in &source.pairs {
                let name = format!("pair {} {}", pair.paradigm, pair.id);
                // Pairs are never cut: what is left of one would be another pair.
                let item = tokenize(tokens, special, usize::MAX, name, &[&pair.good, &pair.bad])?;
                check_pair(&item, spec.max_positions)?;
                pair_items.push(item);
            }
            pairs = source.pairs;
        }
        let (texts, available) = (source.texts, source.available);
        let plan = Self { study, experiments, layers, texts, available, text_items, pairs, pair_items, sources };
        plan.check_tokens()?;
        Ok(plan)
    }

    /// Refuses positions that no text or pair of an experiment has: nothing would be disturbed.
    fn check_tokens(&self) -> Result<()> {
        for experiment in &self.experiments {
            let has = |length: &usize| (0..*length).any(|at| self.study.perturbation.tokens.contains(at, *length));
            if !self.items(experiment.as_ref()).iter().any(|item| item.lengths().iter().any(has)) {
                return Err(Error::Usage(format!(
                    "perturbation.tokens: no sequence of [experiments.{}] is long enough to have one of these positions",
                    experiment.kind()
                )));
            }
        }
        Ok(())
    }

    /// Resolves `study` against the model in `checkpoint`, of which the shape is enough.
    ///
    /// # Errors
    /// As [`Plan::new`]; [`Error::Data`] where the model has no tokenizer or is not usable.
    pub fn of(study: Study, checkpoint: &Checkpoint, hub: &mut Hub) -> Result<Self> {
        let tokens = lm::required(checkpoint.tokens()?)?;
        Self::new(study, &checkpoint.spec()?, &tokens, hub)
    }

    /// What it takes of the memory of a device of the kind `device`, on a model of shape `spec`.
    #[must_use]
    pub fn memory(&self, spec: &DecoderSpec, device: Choice) -> Memory {
        Memory::of(spec, self.study.model.dtype, tokens_per_batch(spec), self.longest(), device)
    }

    /// The items that `experiment` is tried on.
    #[must_use]
    pub fn items(&self, experiment: &dyn Experiment) -> &[Item] {
        match experiment.material() {
            Material::Texts(limit) => &self.text_items[..limit.unwrap_or(usize::MAX).min(self.text_items.len())],
            Material::Pairs => &self.pair_items,
        }
    }

    /// All conditions, experiment by experiment.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        self.experiments.iter().flat_map(|experiment| experiment.conditions(&self.study.perturbation)).collect()
    }

    /// The most tokens that a sequence of the study has.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.text_items.iter().chain(&self.pair_items).flat_map(Item::lengths).max().unwrap_or(0)
    }

    /// How many trials the study has.
    #[must_use]
    pub fn trials(&self) -> usize {
        let of = |e: &dyn Experiment| e.conditions(&self.study.perturbation).len() * self.items(e).len();
        self.experiments.iter().map(|experiment| of(experiment.as_ref())).sum()
    }

    /// What it takes to run all of it on a model of shape `spec`.
    #[must_use]
    pub fn cost(&self, spec: &DecoderSpec) -> Cost {
        let mut total = Cost::default();
        for experiment in &self.experiments {
            let disturbed = experiment.conditions(&self.study.perturbation).len() - 1;
            let first = self.layers[&experiment.kind()].first().copied().unwrap_or(0);
            for item in self.items(experiment.as_ref()) {
                let tokens: usize = item.lengths().iter().sum();
                total += Cost::of(spec, tokens, first, 1, disturbed);
            }
        }
        total
    }
}

fn check_pair(pair: &Item, most: usize) -> Result<()> {
    match pair.sequences.as_slice() {
        [good, bad] if good == bad => {
            Err(Error::Data(format!("{}: the model's tokens do not tell its sentences apart", pair.name)))
        }
        sequences => match sequences.iter().find(|ids| ids.len() > most) {
            Some(long) => Err(Error::Data(format!(
                "{} has {} tokens; the model takes at most {most}, and pairs are not cut",
                pair.name,
                long.len()
            ))),
            None => Ok(()),
        },
    }
}

fn tokenize(tokens: &Tokens, special: SpecialTokens, max: usize, name: String, texts: &[&str]) -> Result<Item> {
    let sequences = texts.iter().map(|text| tokens.encode(text, special, max)).collect::<Result<Vec<_>>>()?;
    match sequences.iter().position(|ids| ids.len() < 2) {
        Some(short) => Err(Error::Data(format!(
            "{name} (\"{}\") has {} token; a next-token loss needs at least 2",
            texts[short],
            sequences[short].len()
        ))),
        None => Ok(Item { name, sequences }),
    }
}
