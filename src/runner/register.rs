//! Writing a plan into its study file: what the file does not have yet, and never less than it has.

use super::batches::{cut, interleave};
use super::engine::Task;
use super::plan::Plan;
use crate::corpus::Item;
use crate::device::Opened;
use crate::error::{Error, Result};
use crate::experiment::{Condition, Experiment, Kind, Material};
use crate::lm::Model;
use crate::store::{Batch, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Ids in the study file of what the plan holds by position.
pub struct Registered {
    conditions: BTreeMap<usize, Condition>,
    /// Per experiment: id to position among its items.
    items: BTreeMap<Kind, BTreeMap<usize, usize>>,
}

impl Registered {
    /// `batch` with everything that its ids stand for.
    pub fn task<'a>(&'a self, plan: &'a Plan, batch: &Batch) -> Result<Task<'a>> {
        let lost = || Error::Data(format!("batch {} names what the study does not have", batch.id));
        let experiment = plan.experiments.iter().find(|e| e.kind() == batch.experiment).ok_or_else(lost)?.as_ref();
        let positions = self.items.get(&batch.experiment).ok_or_else(lost)?;
        let items = plan.items(experiment);
        let item = |id: &usize| -> Option<(usize, &'a Item)> { Some((*id, items.get(*positions.get(id)?)?)) };
        let condition = |id: &usize| Some((*id, self.conditions.get(id)?));
        Ok(Task {
            experiment,
            layers: &plan.layers[&batch.experiment],
            items: batch.items.iter().map(item).collect::<Option<_>>().ok_or_else(lost)?,
            conditions: batch.conditions.iter().map(condition).collect::<Option<_>>().ok_or_else(lost)?,
        })
    }
}

/// Writes into the file what the plan has and the file has not: texts, pairs, conditions and, cut from those, batches.
pub fn register(store: &mut Store, plan: &Plan, model: &Model, device: &Opened, budget: usize) -> Result<Registered> {
    let provenance = provenance(plan, model, device, budget);
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
    let mut described = Vec::new();
    for condition in plan.conditions() {
        let layers = format!("{:?}", plan.layers[&condition.experiment]).replace(' ', "");
        described.push((condition, layers, plan.study.perturbation.protocol_label()));
    }
    let condition_ids = store.add_conditions(&described)?;
    let conditions = store.conditions()?;
    if conditions.len() > condition_ids.len() {
        let kept: BTreeSet<usize> = condition_ids.into_iter().collect();
        let lost = conditions.iter().find(|(id, _)| !kept.contains(id)).map(|(_, c)| c.to_string()).unwrap_or_default();
        return Err(Error::Usage(format!(
            "{}: the file has \"{lost}\", which the study does not ask for; a study may extend a file, not \
             shrink it: name another file with --out",
            store.path().display()
        )));
    }
    let planned = store.batches(false)?;
    let lost = || {
        Error::Usage(format!(
            "{}: the study asks for fewer texts or pairs than the file was planned with; a study may extend a file, not \
             shrink it: name another file with --out",
            store.path().display()
        ))
    };
    let mut items = BTreeMap::new();
    let mut new = Vec::new();
    for experiment in &plan.experiments {
        let kind = experiment.kind();
        let of_it = plan.items(experiment.as_ref());
        let ids: Vec<usize> = match experiment.material() {
            Material::Texts(_) => (0..of_it.len()).collect(),
            Material::Pairs => pair_ids.clone(),
        };
        let there: BTreeSet<usize> = ids.iter().copied().collect();
        let mut of_batches = planned.iter().filter(|batch| batch.experiment == kind).flat_map(|batch| &batch.items);
        if of_batches.any(|item| !there.contains(item)) {
            return Err(lost());
        }
        let wanted: Vec<usize> = conditions.iter().filter(|(_, c)| c.experiment == kind).map(|(id, _)| *id).collect();
        new.push(missing(experiment.as_ref(), of_it, &ids, &wanted, &planned, budget));
        items.insert(kind, ids.iter().enumerate().map(|(position, id)| (*id, position)).collect());
    }
    store.add_batches(&interleave(new).concat())?;
    store.set_study(&plan.study, &provenance)?;
    Ok(Registered { conditions, items })
}

/// Batches, in groups, of the trials of an experiment that no planned batch holds yet: the conditions that are new on
/// the items that are not, and all conditions on the items that are.
fn missing(
    experiment: &dyn Experiment,
    items: &[Item],
    ids: &[usize],
    conditions: &[usize],
    planned: &[Batch],
    budget: usize,
) -> Vec<Vec<Batch>> {
    let kind = experiment.kind();
    let of_it = || planned.iter().filter(|batch| batch.experiment == kind);
    let old_items: BTreeSet<usize> = of_it().flat_map(|batch| batch.items.iter().copied()).collect();
    let old_conditions: BTreeSet<usize> = of_it().flat_map(|batch| batch.conditions.iter().copied()).collect();
    let new_conditions: Vec<usize> = conditions.iter().copied().filter(|id| !old_conditions.contains(id)).collect();
    let (old, new): (Vec<usize>, Vec<usize>) = (0..ids.len()).partition(|at| old_items.contains(&ids[*at]));
    let mut groups = Vec::new();
    for (positions, conditions) in [(old, new_conditions.as_slice()), (new, conditions)] {
        if conditions.is_empty() {
            continue;
        }
        let lengths: Vec<Vec<usize>> = positions.iter().map(|at| items[*at].lengths()).collect();
        for group in cut(&lengths, conditions.len(), budget) {
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
