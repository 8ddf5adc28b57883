//! One pass over one sequence with everything that happens in it: to compare with another implementation.

use super::draws::Draws;
use super::noise::noise_key;
use super::pass::{Kept, Passes, Start};
use crate::corpus::Item;
use crate::error::{Error, Result};
use crate::experiment::{Arm, Condition, Disturbance, Kind, Pass};
use crate::intervention::{Directed, Directions, Given, Noise, Patch, Reproducible};
use crate::lm::{Decoder, Keep, Site};
use crate::study::{Coherence, Perturbation, Settings, Sign};
use candle_core::{DType, Tensor};
use std::collections::{BTreeMap, HashMap};

/// What to run, and what to keep of it.
pub struct Trace {
    /// Token ids.
    pub ids: Vec<u32>,
    /// How the pass is disturbed; not at all where there is nothing.
    pub disturbance: Option<Disturbed>,
    /// What is repaired from the clean pass.
    pub repair: Vec<Patch>,
    /// The points whose tensors are kept.
    pub sites: Vec<(Site, usize)>,
    /// Whether the clean pass is kept too, under names that begin with `clean.`.
    pub clean: bool,
}

/// How a pass is disturbed.
pub struct Disturbed {
    /// Mode, δ and seed.
    pub disturbance: Disturbance,
    /// Protocol and what overrides it.
    pub perturbation: Perturbation,
    /// The layers, ascending.
    pub layers: Vec<usize>,
    /// The seed of the study that the noise belongs to.
    pub study_seed: u64,
    /// Draws to use in place of the generator's.
    pub noise: Option<Draws>,
    /// Directions that are given, in place of drawn ones.
    pub directions: Option<Directions>,
}

impl Trace {
    /// Runs it: tensors in float32 by the name `SITE` or `SITE.LAYER`, without a batch dimension, and `losses`
    /// `[positions − 1]` in nats.
    ///
    /// # Errors
    /// [`Error::data`] where given draws are missing, or a result is not a number.
    pub fn run(&self, decoder: &Decoder) -> Result<HashMap<String, Tensor>> {
        let plain = Perturbation::default();
        let disturbed = self.disturbance.as_ref();
        let draws = disturbed.map(|of| of.draws(&self.ids, decoder.spec().hidden)).transpose()?;
        let draws = draws.unwrap_or_else(|| Box::new(Reproducible { study_seed: 0 }));
        let directions = disturbed.and_then(|of| of.directions.as_ref());
        let passes = Passes {
            decoder,
            perturbation: disturbed.map_or(&plain, |of| &of.perturbation),
            noise: &Directed { draws: draws.as_ref(), directions },
            norms: &[],
            logits: self.sites.contains(&(Site::Logits, 0)),
        };
        let mut tensors = HashMap::new();
        let mut clean_kept = Kept::new();
        if self.clean || !self.repair.is_empty() {
            let patched = self.repair.iter().map(|patch| patch.point());
            let mut keep = Keep::new(patched.chain(self.sites.iter().copied()));
            let passed = passes.clean(&[&self.ids], &mut keep)?;
            clean_kept = keep.into_kept();
            if self.clean {
                self.add("clean.", &clean_kept, &passed.losses, &mut tensors)?;
            }
        }
        let mut keep = Keep::new(self.sites.iter().copied());
        let (condition, item) = (self.condition(), item(&self.ids));
        let passed = passes.under(&[&condition], &[(&item, 0)], Start::Tokens, &clean_kept, &mut keep)?;
        self.add("", &keep.into_kept(), &passed.losses, &mut tensors)?;
        Ok(tensors)
    }

    /// The condition of the pass. A sweep repairs nothing, so a pass that is repaired draws as one that is not.
    fn condition(&self) -> Condition {
        let plain = Condition { experiment: Kind::Sweep, disturbance: None, arm: Arm::Plain, pass: Pass::default() };
        let condition = self.disturbance.as_ref().map_or(plain, Disturbed::condition);
        Condition { pass: Pass { patches: self.repair.clone(), ..condition.pass }, ..condition }
    }

    fn add(&self, prefix: &str, kept: &Kept, losses: &[Vec<f32>], tensors: &mut HashMap<String, Tensor>) -> Result<()> {
        let losses = losses.concat();
        if let Some(loss) = losses.iter().find(|loss| !loss.is_finite()) {
            return Err(Error::data(format!("{prefix}losses hold {loss}, which is not a number to work with")));
        }
        tensors.insert(format!("{prefix}losses"), Tensor::new(losses.as_slice(), &candle_core::Device::Cpu)?);
        for point in &self.sites {
            let (site, layer) = *point;
            let name = if site.is_of_a_layer() {
                format!("{prefix}{}.{layer}", site.name())
            } else {
                format!("{prefix}{}", site.name())
            };
            if let Some(tensor) = kept.get(point) {
                let tensor = tensor.squeeze(0)?.to_dtype(DType::F32)?.to_device(&candle_core::Device::Cpu)?;
                tensors.insert(name, tensor.contiguous()?);
            }
        }
        Ok(())
    }
}

impl Disturbed {
    /// As a sweep disturbs.
    fn condition(&self) -> Condition {
        let pass = Pass { settings: Some(self.settings()), ..Pass::disturbed(&self.layers) };
        Condition { experiment: Kind::Sweep, disturbance: Some(self.disturbance), arm: Arm::Plain, pass }
    }

    fn settings(&self) -> Settings {
        let settings = self.perturbation.settings(self.disturbance.mode);
        match self.noise {
            Some(_) => Settings { coherence: Coherence::Independent, ..settings }, // given draws are given for each layer
            None => settings,
        }
    }

    /// The given draws that the pass does not use, by their names in the file.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let Some(draws) = &self.noise else { return Vec::new() };
        let mode = self.disturbance.mode;
        let of = |name: &str, is_used: bool, layers: Vec<usize>| {
            let unused = layers.into_iter().filter(|layer| !is_used || !self.layers.contains(layer));
            unused.map(|layer| format!("{name}.{layer}")).collect::<Vec<_>>()
        };
        let directions = of("direction", mode.has_direction(), draws.directions.keys().copied().collect());
        let signs = of("sign", self.has_random_signs(), draws.signs.keys().copied().collect());
        [directions, signs].concat()
    }

    fn has_random_signs(&self) -> bool {
        self.disturbance.mode.has_sign() && self.perturbation.sign == Sign::Random
    }

    /// Where the draws for the sequence `ids` come from.
    fn draws(&self, ids: &[u32], hidden: usize) -> Result<Box<dyn Noise>> {
        let Some(draws) = &self.noise else {
            return Ok(Box::new(Reproducible { study_seed: self.study_seed }));
        };
        let (protocol, condition) = (self.perturbation.protocol, self.condition());
        let text = noise_key(protocol, self.settings(), &condition, &self.disturbance, &item(ids), 0).text;
        let positions = ids.len();
        let mut given = Given::default();
        let signs = self.has_random_signs();
        let directions = self.disturbance.mode.has_direction() && self.directions.is_none();
        for layer in &self.layers {
            let key = (text.clone(), Some(*layer));
            if signs {
                let drawn = of_layer("sign", &draws.signs, *layer, positions, positions)?;
                given.signs.insert(key.clone(), drawn);
            }
            if directions {
                let drawn = of_layer("direction", &draws.directions, *layer, positions * hidden, positions)?;
                given.directions.insert(key, drawn);
            }
        }
        Ok(Box::new(given))
    }
}

/// The sequence, named as the first of a study's texts.
fn item(ids: &[u32]) -> Item {
    Item { name: "text 0".to_owned(), sequences: vec![ids.to_vec()] }
}

/// The `count` given draws of a layer.
fn of_layer(
    name: &str,
    draws: &BTreeMap<usize, Vec<f32>>,
    layer: usize,
    count: usize,
    positions: usize,
) -> Result<Vec<f32>> {
    let of_it = draws.get(&layer).ok_or_else(|| {
        Error::data(format!("the noise file has no {name}.{layer}, which layer {layer} is disturbed with"))
    })?;
    if of_it.len() != count {
        return Err(Error::data(format!(
            "the noise file's {name}.{layer} holds {} numbers; {count} are needed for {positions} positions",
            of_it.len()
        )));
    }
    Ok(of_it.clone())
}
