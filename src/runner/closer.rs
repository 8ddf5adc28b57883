//! A trial looked at more closely: the clean and the disturbed pass of one text or pair, run again as the study ran them,
//! with what each token's prediction and each head's attention was. Noise is a function of what it is for, so the passes
//! are those of the trial.

use super::pass::{Kept, Passed, Passes, Start};
use crate::corpus::Item;
use crate::device;
use crate::error::{Error, ErrorKind, Result};
use crate::experiment::{Condition, Experiment, Material, Score, find};
use crate::hub::Hub;
use crate::intervention::{Directed, Directions, Reproducible};
use crate::lm::{Checkpoint, Keep, Model, NoHooks, Part, Site, Target};
use crate::measure::LayerNorms;
use crate::store::Store;
use crate::study::{ModelChoice, Study};
use candle_core::{DType, Device, Tensor};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Positions whose logits are made at a time: their whole would be large for long texts and large vocabularies.
const AT_A_TIME: usize = 64;

/// Up to so many bytes the attention of all layers is kept; beyond, that of the layer asked for.
const MOST_PATTERNS: usize = 256 << 20;

/// The model of a study file, loaded, to look at its trials.
pub struct Closer {
    file: PathBuf,
    study: Study,
    model: Model,
    norms: Vec<LayerNorms>,
    directions: Option<Directions>,
}

/// A trial, and the clean pass that it is compared with.
#[derive(Debug, Clone)]
pub struct Look {
    /// What the clean pass scores.
    pub clean: Score,
    /// What the disturbed pass scores.
    pub disturbed: Score,
    /// A text's one sequence; or the good and the bad sentence of a pair.
    pub sequences: Vec<Sequence>,
    /// Layers of the model.
    pub layers: usize,
    /// Attention heads of a layer.
    pub heads: usize,
}

/// A sequence under both passes.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// Its tokens' ids.
    pub ids: Vec<u32>,
    /// What they stand for.
    pub pieces: Vec<String>,
    /// The clean pass.
    pub clean: Pass,
    /// The disturbed pass.
    pub disturbed: Pass,
}

/// What a pass gave for a sequence.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Next-token losses in nats; the first is that of the token at position 1.
    pub losses: Vec<f32>,
    /// How those tokens stood among all.
    pub guesses: Vec<Guess>,
    /// Attention probabilities by layer, `[heads, T (query), T (key)]`.
    pub patterns: BTreeMap<usize, Vec<f32>>,
}

/// How a token stood among all that could have come.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// 1 for the likeliest.
    pub rank: usize,
    /// The likeliest of all other tokens.
    pub other: String,
    /// Its probability.
    pub other_probability: f64,
}

/// The weights that a study file was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// As the study names the model.
    pub id: String,
    /// As the study names the revision; `main` where that means nothing.
    pub revision: String,
    /// The commit that it was.
    pub commit: Option<String>,
    /// Its files with their SHA-256, in hexadecimal.
    pub files: Vec<(String, String)>,
}

/// The weights that the study file `store` was made with.
///
/// # Errors
/// [`Error::data`] where the file is broken.
pub fn weights(store: &Store) -> Result<Weights> {
    let study = store.study()?;
    let provenance = store.provenance()?;
    let hash = |(key, value): (&String, &String)| Some((key.strip_prefix("sha256 ")?.to_owned(), value.clone()));
    Ok(Weights {
        id: study.model.id,
        revision: study.model.revision,
        commit: provenance.get("model_commit").cloned(),
        files: provenance.iter().filter_map(hash).collect(),
    })
}

impl Closer {
    /// Loads the model of the study file at `file`, the very one that it was run on, onto the kind of device that it was
    /// run on.
    ///
    /// # Errors
    /// [`Error::not_cached`] where its files are not on this machine and `hub` may not fetch them; [`Error::data`] where
    /// those that are there are others.
    pub fn open(file: &Path, hub: &mut Hub) -> Result<Self> {
        let store = Store::open(file)?;
        let study = store.study()?;
        let provenance = store.provenance()?;
        let device = provenance.get("device").and_then(|words| words.split(' ').next()?.parse().ok());
        let device = device.unwrap_or(device::Choice::Auto).open()?;
        let target = Target::new(study.model.dtype, &device.device)?;
        let weights = weights(&store)?;
        let model = checkpoint(&study.model, weights.commit.as_deref(), hub)?.load(&target)?;
        check_files(&weights, &model)?;
        let spec = model.decoder.spec();
        let direction = study.perturbation.direction.file();
        let directions = direction.map(|path| Directions::open(path, spec.layers, spec.hidden)).transpose()?;
        let hash = directions.as_ref().map(|directions| &directions.sha256);
        if hash != provenance.get("direction_sha256") {
            let name = study.perturbation.direction.name();
            return Err(Error::data(format!("{name}: holds other directions than those that the study was run with")));
        }
        let norms = store.norms()?;
        Ok(Self { file: file.to_owned(), study, model, norms, directions })
    }

    /// Looks at the trial of `condition` on `item`, both by their ids in the study file. `layer` is the one whose
    /// attention is wanted, should that of all layers be too much to keep.
    ///
    /// # Errors
    /// [`Error::data`] where the study file does not have the trial, or a result is not a number.
    pub fn look(&self, condition: usize, item: usize, layer: usize) -> Result<Look> {
        // Opened anew each time: a run may be writing it, and cannot pack it while others have it open.
        let store = Store::open(&self.file)?;
        let broken = |what: String| Error::data(format!("{}: {what}", self.file.display()));
        let condition = store.conditions()?.remove(&condition);
        let condition = condition.ok_or_else(|| broken("does not have this condition".to_owned()))?;
        let experiment = find(&self.study, condition.experiment)
            .ok_or_else(|| broken(format!("its study does not ask for {}", condition.experiment)))?;
        let item = match experiment.material() {
            Material::Texts(_) => store.text_item(item)?,
            Material::Pairs(_) => store.pair_item(item)?,
        };
        drop(store);
        self.check(&item, &condition)?;
        let layer = layer.min(self.model.decoder.spec().layers - 1);
        let sequences = (0..item.sequences.len()).map(|i| self.sequence(&condition, &item, i, layer));
        let sequences = sequences.collect::<Result<Vec<_>>>()?;
        let of = |pass: fn(&Sequence) -> &Pass| -> Result<Score> {
            score(
                experiment.as_ref(),
                &sequences.iter().map(|sequence| pass(sequence).losses.as_slice()).collect::<Vec<_>>(),
            )
        };
        let (clean, disturbed) = (of(|sequence| &sequence.clean)?, of(|sequence| &sequence.disturbed)?);
        let spec = self.model.decoder.spec();
        Ok(Look { clean, disturbed, sequences, layers: spec.layers, heads: spec.heads })
    }

    /// Refuses tokens and layers that the model does not have: the file may be broken.
    fn check(&self, item: &Item, condition: &Condition) -> Result<()> {
        let spec = self.model.decoder.spec();
        let fits = |ids: &Vec<u32>| {
            (2..=spec.max_positions).contains(&ids.len()) && ids.iter().all(|id| (*id as usize) < spec.vocab)
        };
        let patched = condition.pass.patches.iter().map(|patch| patch.layer());
        let layers = condition.pass.layers.iter().copied().chain(patched).all(|layer| layer < spec.layers);
        if layers && item.sequences.iter().all(fits) {
            return Ok(());
        }
        Err(Error::data(format!("{}: {} is not one that its model can run", self.file.display(), item.name)))
    }

    /// One sequence of `item`, clean and under `condition`.
    fn sequence(&self, condition: &Condition, item: &Item, index: usize, layer: usize) -> Result<Sequence> {
        let draws = Reproducible { study_seed: self.study.seed };
        let noise = Directed { draws: &draws, directions: self.directions.as_ref() };
        let (decoder, perturbation, norms) = (&self.model.decoder, &self.study.perturbation, self.norms.as_slice());
        let passes = Passes { decoder, perturbation, noise: &noise, norms, logits: false };
        let ids = item.sequences[index].as_slice();
        let patterns = self.patterns(ids.len(), layer);
        let points = condition.pass.patches.iter().map(|patch| patch.point());
        let mut keep = Keep::new(points.chain(patterns.iter().copied()));
        let clean = passes.clean(&[ids], &mut keep)?;
        let kept = keep.into_kept();
        let clean = self.read(ids, clean, &kept, &patterns)?;
        let disturbed = if condition.disturbance.is_some() {
            let mut keep = Keep::new(patterns.iter().copied());
            let disturbed = passes.under(&[condition], &[(item, index)], Start::Tokens, &kept, &mut keep)?;
            self.read(ids, disturbed, &keep.into_kept(), &patterns)?
        } else {
            clean.clone()
        };
        Ok(Sequence { ids: ids.to_vec(), pieces: self.model.tokens()?.pieces(ids)?, clean, disturbed })
    }

    /// The points of attention that are kept of a sequence of `length` tokens.
    fn patterns(&self, length: usize, layer: usize) -> BTreeSet<(Site, usize)> {
        let spec = self.model.decoder.spec();
        let bytes = spec.heads.saturating_mul(length).saturating_mul(length).saturating_mul(4 * spec.layers);
        let layers = if bytes <= MOST_PATTERNS { 0..spec.layers } else { layer..layer + 1 };
        layers.map(|layer| (Site::Pattern, layer)).collect()
    }

    fn read(&self, ids: &[u32], passed: Passed, kept: &Kept, patterns: &BTreeSet<(Site, usize)>) -> Result<Pass> {
        let losses: Vec<f32> = passed.losses.into_iter().flatten().collect();
        let guesses = self.guesses(ids, &passed.normed, &losses)?;
        let point = |point: &(Site, usize)| -> Result<(usize, Vec<f32>)> {
            let lost = || Error::internal(format!("the pass did not keep {point:?}"));
            Ok((point.1, flat(kept.get(point).ok_or_else(lost)?)?))
        };
        Ok(Pass { losses, guesses, patterns: patterns.iter().map(point).collect::<Result<_>>()? })
    }

    /// How every token after the first stood among all that could have come.
    fn guesses(&self, ids: &[u32], normed: &Tensor, losses: &[f32]) -> Result<Vec<Guess>> {
        let vocabulary = self.model.decoder.spec().vocab;
        let (mut ranks, mut others) = (Vec::with_capacity(losses.len()), Vec::with_capacity(losses.len()));
        let mut probabilities = Vec::with_capacity(losses.len());
        for start in (0..losses.len()).step_by(AT_A_TIME) {
            let count = AT_A_TIME.min(losses.len() - start);
            let logits = self.model.decoder.logits(&normed.narrow(1, start, count)?, &mut NoHooks)?;
            for (i, logits) in flat(&logits)?.chunks_exact(vocabulary).enumerate() {
                let (at, actual) = (start + i, ids[start + i + 1] as usize);
                ranks.push(1 + logits.iter().filter(|logit| **logit > logits[actual]).count());
                let all = logits.iter().enumerate().filter(|(id, _)| *id != actual);
                let (other, logit) = all.max_by(|a, b| a.1.total_cmp(b.1)).unwrap_or((actual, &logits[actual]));
                others.push(u32::try_from(other).unwrap_or(u32::MAX));
                // ln p of the other = its logit − ln Σ exp, and the loss tells the last.
                probabilities.push((f64::from(*logit) - f64::from(logits[actual]) - f64::from(losses[at])).exp());
            }
        }
        let pieces = self.model.tokens()?.pieces(&others)?;
        let all = ranks.into_iter().zip(pieces).zip(probabilities);
        Ok(all.map(|((rank, other), other_probability)| Guess { rank, other, other_probability }).collect())
    }
}

impl Sequence {
    /// Change of the loss of the token at `position`, nats; none of the first, which nothing predicts.
    #[must_use]
    pub fn change(&self, position: usize) -> Option<f64> {
        let at = position.checked_sub(1)?;
        Some(f64::from(*self.disturbed.losses.get(at)?) - f64::from(*self.clean.losses.get(at)?))
    }
}

/// The checkpoint of `choice` at the commit that was run, or, where that is not on this machine, at the revision that the
/// study names: whether it is the same is seen from its hash.
fn checkpoint(choice: &ModelChoice, commit: Option<&str>, hub: &mut Hub) -> Result<Checkpoint> {
    if let Some(commit) = commit {
        let pinned = ModelChoice { revision: commit.to_owned(), ..choice.clone() };
        match Checkpoint::open(&pinned, Part::Whole, hub) {
            Err(error) if error.kind() == ErrorKind::NotCached => {}
            outcome => return outcome,
        }
    }
    Checkpoint::open(choice, Part::Whole, hub)
}

/// Refuses files that are not those that the study was run with.
fn check_files(weights: &Weights, model: &Model) -> Result<()> {
    let is: BTreeSet<&String> = model.provenance.files.iter().map(|(_, hash)| hash).collect();
    let lost = weights.files.iter().find(|(_, hash)| !is.contains(hash));
    match lost {
        None => Ok(()),
        Some((name, hash)) => {
            let there = model.provenance.files.iter().find(|(other, _)| other == name);
            let there = there.map_or("is not there".to_owned(), |(_, hash)| format!("has {hash}"));
            Err(Error::data(format!(
                "the model at {} is another one than the study was run with: {name} had the SHA-256 {hash}, and the one \
                 at hand {there}",
                weights.id
            )))
        }
    }
}

fn score(experiment: &dyn Experiment, losses: &[&[f32]]) -> Result<Score> {
    let score = experiment.score(losses);
    if score.value.is_finite() && losses.iter().all(|losses| losses.iter().all(|loss| loss.is_finite())) {
        return Ok(score);
    }
    Err(Error::data("a loss of this pass is not a number".to_owned()))
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.to_dtype(DType::F32)?.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?)
}
