//! Writing a plan into its study file: what the file does not have yet, and never less than it has.

use super::batches::{cut, interleave};
use super::engine::Task;
use super::needs::Needs;
use super::plan::{Plan, Planned};
use crate::corpus::Item;
use crate::device::Opened;
use crate::error::{Advised, Error, Hint, Result};
use crate::experiment::{Arm, Condition, Kind, Material, Pass, Shape};
use crate::lm::Model;
use crate::store::{Batch, Store};
use std::collections::{BTreeMap, BTreeSet};

/// A plan that is in a study file: its ids there, and what they stand for.
pub struct Registered<'a> {
    plan: &'a Plan,
    conditions: BTreeMap<usize, Condition>,
    /// Ids of the plan's pairs, by position.
    pair_ids: Vec<usize>,
    /// Positions of the plan's pairs, by id.
    pair_positions: BTreeMap<usize, usize>,
    /// Of each experiment of the plan.
    needs: BTreeMap<Kind, Needs>,
    budget: usize,
}

/// What the batches of an experiment hold.
#[derive(Default)]
struct Batched {
    items: BTreeSet<usize>,
    conditions: BTreeSet<usize>,
}

impl<'a> Registered<'a> {
    /// Writes into the file what the plan has and the file has not: texts, pairs, conditions and, cut from those,
    /// batches of about `budget` tokens.
    ///
    /// # Errors
    /// [`Error::usage`] where the file holds what the study does not ask for; what the store says.
    pub fn new(store: &mut Store, plan: &'a Plan, model: &Model, device: &Opened, budget: usize) -> Result<Self> {
        let mut provenance = provenance(plan, model, device, budget);
        provenance.extend(remarks(&store.provenance()?, &[model.remarks.as_slice(), &plan.remarks()].concat()));
        if store.has_study()? {
            store.check_extension(&plan.study)?;
            store.check_provenance(&provenance)?;
        }
        let texts: Vec<(&str, &[u32])> = plan
            .texts
            .iter()
            .zip(&plan.text_items)
            .map(|(text, item)| (text.as_str(), item.sequences[0].as_slice()))
            .collect();
        store.add_texts(&texts)?;
        let pairs: Vec<_> = plan
            .pairs
            .iter()
            .zip(&plan.pair_items)
            .map(|(pair, item)| (pair, item.sequences[0].as_slice(), item.sequences[1].as_slice()))
            .collect();
        let pair_ids = store.add_pairs(&pairs)?;
        let known = store.conditions()?;
        let (mut wanted, mut shapes) = (Vec::new(), Vec::new());
        for planned in &plan.experiments {
            wanted.extend(planned.conditions.iter().cloned());
            // What was planned from earlier results stays as it was planned, whatever has come in since.
            let later = later_arms(planned, &known);
            let at = planned.at(&plan.study, &plan.spec);
            wanted.extend(planned.experiment.later_conditions(&at, &later));
            let to_come = if later.is_empty() { planned.later * planned.items.len() } else { 0 };
            shapes.push((planned.kind(), shape(planned, plan, to_come)));
        }
        let ids: BTreeSet<usize> = store.add_conditions(&wanted, &protocol(plan))?.into_iter().collect();
        if let Some((_, lost)) = known.iter().find(|(id, _)| !ids.contains(id)) {
            return Err(shrinks(store, &format!("the file has \"{lost}\", which the study does not ask for")));
        }
        store.set_shapes(&shapes)?;
        let registered = Self::of(store, plan, pair_ids, budget)?;
        registered.add_batches(store)?;
        // Where nothing is left to run, nobody goes on with it.
        let provenance = if store.is_finished()? { &[] } else { provenance.as_slice() };
        store.set_study(&plan.study, provenance)?;
        Ok(registered)
    }

    fn of(store: &Store, plan: &'a Plan, pair_ids: Vec<usize>, budget: usize) -> Result<Self> {
        let conditions = store.conditions()?;
        let needs = |planned: &Planned| {
            let of_it = conditions.values().filter(|condition| condition.experiment == planned.kind());
            (planned.kind(), planned.needs(of_it, &plan.spec))
        };
        let needs = plan.experiments.iter().map(needs).collect();
        let pair_positions = pair_ids.iter().enumerate().map(|(position, id)| (*id, position)).collect();
        Ok(Self { plan, conditions, pair_ids, pair_positions, needs, budget })
    }

    /// Plans, now that the first results are in, the conditions that depend on them, and gives those; none where there are
    /// none to plan.
    ///
    /// # Errors
    /// What the experiments and the store say.
    pub fn plan_later(&mut self, store: &mut Store) -> Result<BTreeMap<usize, Condition>> {
        if store.is_finished()? {
            return Ok(BTreeMap::new());
        }
        let results = store.results()?;
        let waiting = |planned: &&Planned| results.shapes.get(&planned.kind()).is_some_and(|shape| shape.later > 0);
        let mut wanted = Vec::new();
        let mut shapes = Vec::new();
        for planned in self.plan.experiments.iter().filter(waiting) {
            let at = planned.at(&self.plan.study, &self.plan.spec);
            let arms = planned.experiment.later_arms(&at, &results)?;
            wanted.extend(planned.experiment.later_conditions(&at, &arms));
            shapes.push((planned.kind(), shape(planned, self.plan, 0)));
        }
        if shapes.is_empty() {
            return Ok(BTreeMap::new());
        }
        store.add_conditions(&wanted, &protocol(self.plan))?;
        store.set_shapes(&shapes)?;
        *self = Self::of(store, self.plan, std::mem::take(&mut self.pair_ids), self.budget)?;
        self.add_batches(store)?;
        Ok(self.conditions.iter().filter(|(id, _)| !results.conditions.contains_key(id)).map(copied).collect())
    }

    /// Appends batches of the trials that no batch of the file holds yet.
    fn add_batches(&self, store: &mut Store) -> Result<()> {
        let mut batched: BTreeMap<Kind, Batched> = BTreeMap::new();
        store.each_batch(|batch, _| {
            let of_it = batched.entry(batch.experiment).or_default();
            of_it.items.extend(batch.items);
            of_it.conditions.extend(batch.conditions);
            Ok(())
        })?;
        let mut new = Vec::new();
        for experiment in &self.plan.experiments {
            let of_it = batched.entry(experiment.kind()).or_default();
            let ids: Vec<usize> = experiment.items.iter().map(|position| self.id(experiment, *position)).collect();
            let there: BTreeSet<usize> = ids.iter().copied().collect();
            if !of_it.items.is_subset(&there) {
                return Err(shrinks(store, "the study asks for fewer texts or pairs than the file was planned with"));
            }
            new.push(self.missing(experiment, &ids, of_it));
        }
        store.add_batches(&interleave(new).concat())
    }

    /// Id in the file of the text or pair at `position`.
    fn id(&self, planned: &Planned, position: usize) -> usize {
        match planned.experiment.material() {
            Material::Texts(_) => position,
            Material::Pairs(_) => self.pair_ids[position],
        }
    }

    /// Position of the text or pair that has `id` in the file.
    fn position(&self, planned: &Planned, id: usize) -> Option<usize> {
        match planned.experiment.material() {
            Material::Texts(_) => Some(id),
            Material::Pairs(_) => self.pair_positions.get(&id).copied(),
        }
    }

    /// Batches, in groups, of the trials of an experiment that no batch of it holds yet: the conditions that are new on the
    /// items that are not, and all conditions on the items that are.
    fn missing(&self, planned: &Planned, ids: &[usize], batched: &Batched) -> Vec<Vec<Batch>> {
        let kind = planned.kind();
        let of_it = self.conditions.iter().filter(|(_, condition)| condition.experiment == kind);
        let mut all: Vec<(usize, usize)> = of_it.map(|(id, condition)| (condition.pass.first_layer(), *id)).collect();
        // Those that start at the same layer run together.
        all.sort_unstable();
        let all: Vec<usize> = all.into_iter().map(|(_, id)| id).collect();
        let fresh: Vec<usize> = all.iter().copied().filter(|id| !batched.conditions.contains(id)).collect();
        let items: Vec<&Item> = self.plan.items(planned).collect();
        let (old, new): (Vec<usize>, Vec<usize>) = (0..ids.len()).partition(|at| batched.items.contains(&ids[*at]));
        let mut groups = Vec::new();
        for (positions, conditions) in [(old, fresh.as_slice()), (new, all.as_slice())] {
            if conditions.is_empty() {
                continue;
            }
            let lengths: Vec<Vec<usize>> = positions.iter().map(|at| items[*at].lengths()).collect();
            for group in cut(&lengths, conditions.len(), self.budget) {
                let batch = |(some, part): (Vec<usize>, Vec<usize>)| Batch {
                    id: 0,
                    experiment: kind,
                    items: some.into_iter().map(|i| ids[positions[i]]).collect(),
                    conditions: part.into_iter().map(|i| conditions[i]).collect(),
                };
                groups.push(group.into_iter().map(batch).collect());
            }
        }
        groups
    }

    /// `batch` with everything that its ids stand for.
    ///
    /// # Errors
    /// [`Error::data`] where the study does not have it.
    pub fn task(&self, batch: &Batch) -> Result<Task<'_>> {
        let lost = || Error::data(format!("batch {} names what the study does not have", batch.id));
        let planned = self.plan.experiments.iter().find(|planned| planned.kind() == batch.experiment);
        let planned = planned.ok_or_else(lost)?;
        let item = |id: &usize| Some((*id, self.plan.item(planned, self.position(planned, *id)?)?));
        let condition = |id: &usize| Some((*id, self.conditions.get(id)?));
        Ok(Task {
            experiment: planned.experiment.as_ref(),
            needs: self.needs.get(&batch.experiment).ok_or_else(lost)?,
            items: batch.items.iter().map(item).collect::<Option<_>>().ok_or_else(lost)?,
            conditions: batch.conditions.iter().map(condition).collect::<Option<_>>().ok_or_else(lost)?,
        })
    }
}

fn copied((id, condition): (&usize, &Condition)) -> (usize, Condition) {
    (*id, condition.clone())
}

/// What is printed of the protocol beside every condition.
fn protocol(plan: &Plan) -> String {
    plan.study.perturbation.protocol_label()
}

fn shape(planned: &Planned, plan: &Plan, later: usize) -> Shape {
    let reads = !planned.experiment.reads().is_empty();
    Shape {
        layers: planned.layers.clone(),
        read_layers: if reads { planned.other_layers.clone() } else { Vec::new() },
        heads: plan.spec.heads,
        later,
    }
}

/// The arms of an experiment that `known` conditions have beside those of the plan, each once: those that were planned from
/// earlier results.
fn later_arms(planned: &Planned, known: &BTreeMap<usize, Condition>) -> Vec<(Arm, Pass)> {
    let first: BTreeSet<Arm> = planned.conditions.iter().map(|condition| condition.arm).collect();
    let mut arms: Vec<(Arm, Pass)> = Vec::new();
    for condition in known.values().filter(|c| c.experiment == planned.kind() && !first.contains(&c.arm)) {
        if planned.later > 0 && !arms.iter().any(|(arm, _)| *arm == condition.arm) {
            arms.push((condition.arm, Pass { settings: None, ..condition.pass.clone() }));
        }
    }
    arms
}

/// The keys of a study file under which its remarks stand, before their numbers.
const REMARK: &str = "remark ";

/// Those of `remarks` that are not in the provenance `known`, numbered on from the ones that are: a file that is
/// continued says nothing twice.
fn remarks(known: &BTreeMap<String, String>, remarks: &[String]) -> Vec<(String, String)> {
    let there: Vec<&String> = known.iter().filter(|(key, _)| key.starts_with(REMARK)).map(|(_, value)| value).collect();
    let new = remarks.iter().filter(|remark| !there.contains(remark));
    new.zip(there.len() + 1..).map(|(remark, number)| (format!("{REMARK}{number}"), remark.clone())).collect()
}

fn provenance(plan: &Plan, model: &Model, device: &Opened, budget: usize) -> Vec<(String, String)> {
    let spec = model.decoder.spec();
    let mut list = vec![
        ("program_version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("program_commit".to_owned(), env!("POLARSCOPE_COMMIT").to_owned()),
        ("model_id".to_owned(), plan.study.model.id.clone()),
        ("model_family".to_owned(), spec.family.to_owned()),
        (
            "model_shape".to_owned(),
            format!("{} layers, hidden {}, {} heads, vocabulary {}", spec.layers, spec.hidden, spec.heads, spec.vocab),
        ),
        ("model_vocabulary".to_owned(), spec.vocab.to_string()),
        ("dtype".to_owned(), plan.study.model.dtype.to_string()),
        ("weights_stored_as".to_owned(), model.provenance.stored_as.clone()),
        ("tokens_per_batch".to_owned(), budget.to_string()),
    ];
    list.extend(device.provenance.iter().cloned());
    list.extend(model.provenance.commit.iter().map(|commit| ("model_commit".to_owned(), commit.clone())));
    list.extend(model.provenance.files.iter().map(|(name, hash)| (format!("sha256 {name}"), hash.clone())));
    list.extend(plan.sources.iter().cloned());
    list
}

/// The error of a study that would leave out what the file has.
fn shrinks(store: &Store, what: &str) -> Error {
    let shown = store.path().display();
    let found = format!("{shown}: {what}; a study may extend a file, not shrink it: ");
    Error::usage(Advised::new(found, &[Hint::OtherFile]))
}
