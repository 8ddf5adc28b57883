//! A study resolved against its model, its texts and its pairs: everything that is known before anything runs.

use super::batches::tokens_per_batch;
use super::cost::Cost;
use super::idle;
use super::memory::Memory;
use super::needs::Needs;
use crate::corpus::{self, Item, Pair};
use crate::device::Choice;
use crate::error::{Error, ForSetting, Result};
use crate::experiment::{At, Condition, Experiment, Kind, Material, of_study};
use crate::hub::Hub;
use crate::intervention::Directions;
use crate::lm::{self, Checkpoint, DecoderSpec, Site, Tokens};
use crate::study::{Key, Setting, Study};

/// What a study will run.
pub struct Plan {
    /// The study.
    pub study: Study,
    /// The model's shape.
    pub spec: DecoderSpec,
    /// Its experiments.
    pub experiments: Vec<Planned>,
    /// The texts.
    pub texts: Vec<String>,
    /// How many texts their source holds, whether they pass the filter or not.
    pub available: usize,
    /// How many of those pass the filter.
    pub passing: usize,
    /// Their tokens; item i is text i.
    pub text_items: Vec<Item>,
    /// The minimal pairs; none where no experiment uses them.
    pub pairs: Vec<Pair>,
    /// Their tokens; item i is pair i.
    pub pair_items: Vec<Item>,
    /// Given directions; none where they are drawn.
    pub directions: Option<Directions>,
    /// Where texts, pairs and directions came from, for the provenance.
    pub sources: Vec<(String, String)>,
}

/// An experiment of a plan.
pub struct Planned {
    /// The experiment.
    pub experiment: Box<dyn Experiment>,
    /// The layers that its plain runs disturb, ascending.
    pub layers: Vec<usize>,
    /// The layers that it reads or repairs, ascending.
    pub other_layers: Vec<usize>,
    /// The texts or pairs that it is tried on, by position.
    pub items: Vec<usize>,
    /// The conditions that are known before anything has run: the clean run first.
    pub conditions: Vec<Condition>,
    /// How many conditions come when those are in.
    pub later: usize,
}

impl Planned {
    /// Which experiment.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.experiment.kind()
    }

    /// How many trials it has in all.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.items.len() * (self.conditions.len() + self.later)
    }

    /// Where it is run.
    #[must_use]
    pub fn at<'a>(&self, study: &'a Study, spec: &'a DecoderSpec) -> At<'a> {
        At { study, spec, layers: self.layers.clone(), other_layers: self.other_layers.clone() }
    }

    /// What its passes need with `conditions`.
    #[must_use]
    pub fn needs<'a>(&self, conditions: impl Iterator<Item = &'a Condition>, spec: &DecoderSpec) -> Needs {
        Needs::of(self.experiment.as_ref(), conditions, &self.other_layers, spec.layers)
    }
}

impl Plan {
    /// Resolves `study` against the model of shape `spec` with tokenizer `tokens`.
    ///
    /// # Errors
    /// [`Error::usage`] where the study asks for what the model or the texts do not have; [`Error::data`] where texts
    /// or pairs cannot be used; what `hub` says.
    pub fn new(study: Study, spec: &DecoderSpec, tokens: &Tokens, hub: &mut Hub) -> Result<Self> {
        study.validate()?;
        let experiments = of_study(&study).into_iter().map(|e| planned(e, &study, spec)).collect::<Result<Vec<_>>>()?;
        idle::check_unused(&study, experiments.iter().map(|planned| planned.experiment.as_ref()))?;
        let source = corpus::load_texts(&study.texts, hub).for_setting(Setting::Source.path())?;
        let mut sources = vec![
            ("texts_sha256".to_owned(), source.sha256),
            ("texts_available".to_owned(), source.available.to_string()),
            ("texts_passing".to_owned(), source.passing.to_string()),
        ];
        sources.extend(source.revision.map(|commit| ("texts_revision".to_owned(), commit)));
        let file = study.perturbation.direction.file();
        let directions = file.map(|path| Directions::open(path, spec.layers, spec.hidden)).transpose();
        let directions = directions.for_setting(Setting::Direction.path())?;
        sources.extend(directions.iter().map(|given| ("direction_sha256".to_owned(), given.sha256.clone())));
        let max = study.texts.max_tokens.min(spec.max_positions);
        let special = study.texts.special_tokens;
        let text_items = source
            .texts
            .iter()
            .enumerate()
            .map(|(i, text)| tokenize(format!("text {i}"), &[text], |text| tokens.encode(text, special, max)))
            .collect::<Result<Vec<_>>>()
            .for_setting(Setting::Source.path())?;
        let (mut pairs, mut pair_items) = (Vec::new(), Vec::new());
        if let Some(syntax) = &study.experiments.syntax {
            let pairs_setting = Setting::Of(Kind::Syntax, Key::Pairs).path();
            let source = corpus::load_pairs(syntax, hub).for_setting(pairs_setting)?;
            sources.push(("pairs_sha256".to_owned(), source.sha256));
            sources.extend(source.revision.map(|commit| ("pairs_revision".to_owned(), commit)));
            for pair in &source.pairs {
                let name = format!("pair {} {}", pair.paradigm, pair.id);
                // Pairs are never cut: what is left of one would be another pair.
                let scored = |sentence: &str| tokens.encode_scored(sentence, syntax.scoring, special);
                let item = tokenize(name, &[&pair.good, &pair.bad], scored).for_setting(pairs_setting)?;
                check_pair(&item, spec.max_positions).for_setting(pairs_setting)?;
                pair_items.push(item);
            }
            pairs = source.pairs;
        }
        let (texts, available, passing, spec) = (source.texts, source.available, source.passing, spec.clone());
        let mut plan = Self {
            study,
            spec,
            experiments,
            texts,
            available,
            passing,
            text_items,
            pairs,
            pair_items,
            directions,
            sources,
        };
        for i in 0..plan.experiments.len() {
            plan.experiments[i].items = plan.positions(plan.experiments[i].experiment.material());
        }
        for planned in &plan.experiments {
            idle::check_tokens(planned.kind(), &plan.study.perturbation.tokens, plan.items(planned))?;
        }
        Ok(plan)
    }

    /// What the user should know of its texts and pairs.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let texts = corpus::copies(&self.texts);
        let pairs = corpus::copies(self.pairs.iter().map(|pair| (&pair.good, &pair.bad)));
        [
            corpus::remark_on_copies(texts, self.texts.len(), "texts"),
            corpus::remark_on_copies(pairs, self.pairs.len(), "pairs"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Positions of the texts or pairs that `material` names.
    fn positions(&self, material: Material) -> Vec<usize> {
        match material {
            Material::Texts(limit) => (0..limit.unwrap_or(usize::MAX).min(self.texts.len())).collect(),
            Material::Pairs(None) => (0..self.pairs.len()).collect(),
            Material::Pairs(Some(limit)) => {
                let mut paradigms: Vec<&str> = self.pairs.iter().map(|pair| pair.paradigm.as_str()).collect();
                paradigms.dedup();
                let each = (limit / paradigms.len().max(1)).max(1);
                let of_paradigm = |name: &&str| -> Vec<usize> {
                    let of_it = self.pairs.iter().enumerate().filter(|(_, pair)| pair.paradigm == **name);
                    of_it.map(|(position, _)| position).take(each).collect()
                };
                paradigms.iter().flat_map(of_paradigm).collect()
            }
        }
    }

    /// Resolves `study` against the model in `checkpoint`, of which the shape is enough.
    ///
    /// # Errors
    /// As [`Plan::new`]; [`Error::data`] where the model has no tokenizer or is not usable.
    pub fn of(study: Study, checkpoint: &Checkpoint, hub: &mut Hub) -> Result<Self> {
        let tokens = lm::required(checkpoint.tokens()?)?;
        Self::new(study, &checkpoint.spec()?, &tokens, hub)
    }

    /// What it takes of the memory of a device of the kind `device`.
    #[must_use]
    pub fn memory(&self, device: Choice) -> Memory {
        let (dtype, budget) = (self.study.model.dtype, tokens_per_batch(&self.spec));
        let kept = |planned: &Planned| {
            let mut needs = planned.needs(planned.conditions.iter(), &self.spec);
            if planned.later > 0 {
                // What is chosen later is repaired here or there in these layers.
                let points = |layer: &usize| [(Site::AttnOut, *layer), (Site::Z, *layer)];
                needs.kept.extend(planned.other_layers.iter().flat_map(points));
            }
            // The items of a group are at least one, and at most those whose first batch has the budget.
            let tokens = self.longest().max(budget / planned.conditions.len().max(1));
            (tokens * needs.width(&self.spec, self.longest())) as u64
        };
        let kept = self.experiments.iter().map(kept).max().unwrap_or(0);
        Memory::of(&self.spec, dtype, budget, self.longest(), device).with_clean_run(kept, dtype)
    }

    /// The item at `position` among those of `planned`'s kind.
    #[must_use]
    pub fn item(&self, planned: &Planned, position: usize) -> Option<&Item> {
        match planned.experiment.material() {
            Material::Texts(_) => self.text_items.get(position),
            Material::Pairs(_) => self.pair_items.get(position),
        }
    }

    /// The items that an experiment is tried on.
    pub fn items<'a>(&'a self, planned: &'a Planned) -> impl Iterator<Item = &'a Item> {
        planned.items.iter().filter_map(move |position| self.item(planned, *position))
    }

    /// The most tokens that a sequence of the study has.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.text_items.iter().chain(&self.pair_items).flat_map(Item::lengths).max().unwrap_or(0)
    }

    /// How many trials the study has.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.experiments.iter().map(Planned::trials).sum()
    }

    /// What it takes to run all of it.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut total = Cost::default();
        for planned in &self.experiments {
            let tokens: usize = self.items(planned).flat_map(Item::lengths).sum();
            let plain = planned.layers.first().copied().unwrap_or(0);
            let starts = planned.conditions.iter().filter(|c| c.disturbance.is_some()).map(|c| c.pass.first_layer());
            total += Cost::of(&self.spec, tokens, starts.chain(std::iter::repeat_n(plain, planned.later)));
            total += Cost::clean(&self.spec, tokens);
        }
        total
    }
}

/// `experiment` resolved against `study` and the model's shape; its items come with the texts.
fn planned(experiment: Box<dyn Experiment>, study: &Study, spec: &DecoderSpec) -> Result<Planned> {
    let at = experiment.at(study, spec)?;
    idle::check_seeds(experiment.as_ref(), study)?;
    idle::check_layers(experiment.as_ref(), &at)?;
    idle::check_deltas(experiment.as_ref(), study)?;
    let conditions = experiment.conditions(&at)?;
    for patch in conditions.iter().flat_map(|condition| &condition.pass.patches) {
        let setting = || Setting::Of(experiment.kind(), Key::RepairLayers).path();
        spec.require(patch.site()).map_err(|error| error.for_setting(setting()))?;
    }
    let arms = experiment.later_count(&at);
    let of_an_arm = experiment.modes(study).len() * experiment.deltas(study).len() * experiment.seeds(study).len();
    let At { layers, other_layers, .. } = at;
    Ok(Planned { layers, other_layers, items: Vec::new(), conditions, later: arms * of_an_arm, experiment })
}

fn check_pair(pair: &Item, most: usize) -> Result<()> {
    match pair.sequences.as_slice() {
        [good, bad] if good == bad => {
            Err(Error::data(format!("{}: the model's tokens do not tell its sentences apart", pair.name)))
        }
        sequences => match sequences.iter().find(|ids| ids.len() > most) {
            Some(long) => Err(Error::data(format!(
                "{} has {} tokens; the model takes at most {most}, and pairs are not cut",
                pair.name,
                long.len()
            ))),
            None => Ok(()),
        },
    }
}

fn tokenize(name: String, texts: &[&str], encode: impl Fn(&str) -> Result<Vec<u32>>) -> Result<Item> {
    let sequences = texts.iter().map(|text| encode(text)).collect::<Result<Vec<_>>>()?;
    match sequences.iter().position(|ids| ids.len() < 2) {
        Some(short) => Err(Error::data(format!(
            "{name} (\"{}\") has {}; a next-token loss needs at least 2",
            texts[short],
            if sequences[short].len() == 1 { "1 token" } else { "0 tokens" }
        ))),
        None => Ok(Item { name, sequences }),
    }
}
