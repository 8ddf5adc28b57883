//! One pass over one sequence with everything that happens in it: to compare with another implementation.

use super::draws::Draws;
use super::noise::noise_key;
use crate::corpus::Item;
use crate::error::{Error, Result};
use crate::experiment::{Arm, Condition, Disturbance, Kind, Pass};
use crate::intervention::{Directed, Directions, Disturb, Given, Noise, Patch, Repair, Reproducible, Row};
use crate::lm::{Chain, Decoder, Hooks, Keep, Site};
use crate::study::{Coherence, Perturbation, Sign};
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
        let mut patched: Vec<(Site, usize)> = self.repair.iter().map(|patch| (patch.site, patch.layer)).collect();
        let mut tensors = HashMap::new();
        let is_clean = self.disturbance.is_none() && self.repair.is_empty();
        let mut clean_kept = BTreeMap::new();
        if self.clean || !self.repair.is_empty() {
            patched.extend(&self.sites);
            let mut keep = Keep::new(patched);
            let losses = self.pass(decoder, &mut keep)?;
            clean_kept = keep.into_kept();
            if self.clean {
                self.add("clean.", &clean_kept, &losses, &mut tensors)?;
            }
        }
        let mut keep = Keep::new(self.sites.iter().copied());
        let mut repair = Repair::new(&self.repair, &clean_kept);
        let losses = match &self.disturbance {
            None if is_clean => self.pass(decoder, &mut keep)?,
            None => self.pass(decoder, &mut Chain(vec![&mut repair, &mut keep]))?,
            Some(disturbed) => {
                let row = disturbed.row(&self.ids);
                let draws = disturbed.noise(&row, self.ids.len(), decoder.spec().hidden)?;
                let noise = Directed { draws: draws.as_ref(), directions: disturbed.directions.as_ref() };
                let rows = [row];
                let mut disturb = Disturb::new(&rows, &noise);
                self.pass(decoder, &mut Chain(vec![&mut disturb, &mut repair, &mut keep]))?
            }
        };
        self.add("", &keep.into_kept(), &losses, &mut tensors)?;
        Ok(tensors)
    }

    /// A whole pass over the sequence; next-token losses in nats. The logits as a whole are made where they are asked
    /// for.
    fn pass(&self, decoder: &Decoder, hooks: &mut dyn Hooks) -> Result<Vec<f32>> {
        let sequences = [self.ids.as_slice()];
        let embedded = decoder.embed(&sequences, hooks)?;
        let stream = decoder.blocks(embedded, 0..decoder.spec().layers, hooks)?;
        let normed = decoder.ln_final(&stream, hooks)?;
        if self.sites.contains(&(Site::Logits, 0)) {
            decoder.logits(&normed, hooks)?;
        }
        Ok(decoder.losses(&normed, &sequences)?.remove(0))
    }

    fn add(
        &self,
        prefix: &str,
        kept: &BTreeMap<(Site, usize), Tensor>,
        losses: &[f32],
        tensors: &mut HashMap<String, Tensor>,
    ) -> Result<()> {
        if let Some(loss) = losses.iter().find(|loss| !loss.is_finite()) {
            return Err(Error::data(format!("{prefix}losses hold {loss}, which is not a number to work with")));
        }
        tensors.insert(format!("{prefix}losses"), Tensor::new(losses, &candle_core::Device::Cpu)?);
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
    /// As a sweep disturbs the first of its texts.
    fn row(&self, ids: &[u32]) -> Row {
        let item = Item { name: "text 0".to_owned(), sequences: vec![ids.to_vec()] };
        let Disturbance { mode, delta, .. } = self.disturbance;
        let mut settings = self.perturbation.settings(mode);
        let disturbance = Some(self.disturbance);
        let condition =
            Condition { experiment: Kind::Sweep, disturbance, arm: Arm::Plain, pass: Pass::disturbed(&self.layers) };
        if self.noise.is_some() {
            settings.coherence = Coherence::Independent; // given draws are given for each layer
        }
        Row {
            mode,
            deltas: self.layers.iter().map(|layer| (*layer, delta)).collect(),
            of_norm: false,
            settings,
            sign: self.perturbation.sign,
            tokens: self.perturbation.tokens.clone(),
            noise: noise_key(self.perturbation.protocol, settings, &condition, &self.disturbance, &item, 0),
        }
    }

    /// The given draws that the pass does not use, by their names in the file.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let Some(draws) = &self.noise else { return Vec::new() };
        let row = self.row(&[]);
        let of = |name: &str, is_used: bool, layers: Vec<usize>| {
            let unused = layers.into_iter().filter(|layer| !is_used || !self.layers.contains(layer));
            unused.map(|layer| format!("{name}.{layer}")).collect::<Vec<_>>()
        };
        let directions = of("direction", row.mode.has_direction(), draws.directions.keys().copied().collect());
        let signs = of("sign", row.mode.has_sign() && row.sign == Sign::Random, draws.signs.keys().copied().collect());
        [directions, signs].concat()
    }

    fn noise(&self, row: &Row, positions: usize, hidden: usize) -> Result<Box<dyn Noise>> {
        let Some(draws) = &self.noise else {
            return Ok(Box::new(Reproducible { study_seed: self.study_seed }));
        };
        let mut given = Given::default();
        let signs = row.mode.has_sign() && row.sign == Sign::Random;
        let directions = row.mode.has_direction() && self.directions.is_none();
        for layer in &self.layers {
            let key = (row.noise.text.clone(), Some(*layer));
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
