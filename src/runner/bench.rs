//! How fast the engine is on this machine, against the arithmetic that it cannot do without.
//!
//! The floor of a sweep is the time of the matrix products that remain after sharing (the clean run, once per text, and
//! for every condition what comes after the first disturbed layer), each at the speed that is measured for its own
//! shape, by itself, in the same run. What lies above the floor is everything else: norms, activations, softmax,
//! exponentials, noise, the disturbance, and memory.

use super::batches::{Cut, cut, tokens_per_batch};
use super::engine::{Engine, Task};
use super::needs::Needs;
use crate::corpus::Item;
use crate::error::Result;
use crate::experiment::{Condition, Experiment, Trial};
use crate::intervention::Reproducible;
use crate::lm::{Decoder, DecoderSpec, Product};
use crate::study::{Layers, Perturbation, Protocol, Seeds, Study, Sweep};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;
use std::time::Instant;

/// A sweep on random tokens that can be timed: the published protocol with both modes and the study's six δ, in the
/// middle third of the layers.
pub struct Bench<'a> {
    decoder: &'a Decoder,
    /// What is done to the hidden states.
    pub perturbation: Perturbation,
    /// The texts.
    pub items: Vec<Item>,
    /// The clean run, and every mode, δ and seed.
    pub conditions: Vec<Condition>,
    experiment: Sweep,
    needs: Needs,
    layers: Vec<usize>,
    groups: Vec<Vec<Cut>>,
}

/// What a sweep gave and how long it took.
pub struct Timed {
    /// Its trials; conditions and items by position.
    pub trials: Vec<Trial>,
    /// Seconds.
    pub seconds: f64,
}

/// Matrix products of one kind, of which a sweep has many.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// In the clean run or after the first disturbed layer.
    pub clean: bool,
    /// One of them, with as many rows as they have in the mean.
    pub product: Product,
    /// Floating-point operations of all of them.
    pub operations: f64,
    /// Operations per second that were measured for the one.
    pub rate: f64,
}

impl<'a> Bench<'a> {
    /// A sweep with `seeds` seeds over `texts` texts.
    ///
    /// # Errors
    /// [`crate::Error::usage`] where the model has too few layers.
    pub fn new(decoder: &'a Decoder, texts: usize, seeds: u32) -> Result<Self> {
        let perturbation = Perturbation {
            protocol: Protocol::Published,
            layers: Layers::MiddleThird,
            seeds: Seeds::Count(seeds),
            ..Perturbation::default()
        };
        let spec = decoder.spec();
        let study = Study { perturbation, ..Study::default() };
        let experiment = Sweep::default();
        let sweep: &dyn Experiment = &experiment;
        let at = sweep.at(&study, spec)?;
        let conditions = sweep.conditions(&at)?;
        let needs = Needs::of(sweep, conditions.iter(), &[], spec.layers);
        let layers = at.layers;
        let items = items(texts, spec);
        let lengths: Vec<Vec<usize>> = items.iter().map(Item::lengths).collect();
        let groups = cut(&lengths, conditions.len(), tokens_per_batch(spec));
        let Study { perturbation, .. } = study;
        Ok(Self { decoder, perturbation, items, conditions, experiment, needs, layers, groups })
    }

    /// Tokens of all trials: what one text at a time, and nothing shared, would pass through the model.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.items.iter().flat_map(Item::lengths).sum::<usize>() * self.conditions.len()
    }

    /// The layers that are disturbed.
    #[must_use]
    pub fn layers(&self) -> &[usize] {
        &self.layers
    }

    /// Runs it.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run(&self) -> Result<Timed> {
        let noise = Reproducible { study_seed: 42 };
        let start = Instant::now();
        let mut engine = Engine::new(self.decoder, &self.perturbation, &noise, &[]);
        let mut trials = Vec::new();
        for (items, conditions) in self.groups.iter().flatten() {
            let task = Task {
                experiment: &self.experiment,
                needs: &self.needs,
                items: items.iter().map(|i| (*i, &self.items[*i])).collect(),
                conditions: conditions.iter().map(|i| (*i, &self.conditions[*i])).collect(),
            };
            trials.extend(engine.run(&task)?.trials);
        }
        Ok(Timed { trials, seconds: start.elapsed().as_secs_f64() })
    }

    /// The matrix products that remain after sharing, with the speed of each measured now.
    ///
    /// # Errors
    /// What the device says.
    pub fn floor(&self) -> Result<Vec<Share>> {
        let spec = self.decoder.spec();
        let first = self.layers.first().copied().unwrap_or(0);
        let mut passes = Vec::new();
        for group in &self.groups {
            for (at, (items, conditions)) in group.iter().enumerate() {
                let sequences: Vec<usize> = items.iter().flat_map(|i| self.items[*i].lengths()).collect();
                if at == 0 {
                    passes.push(Pass { clean: true, layers: spec.layers, copies: 1, sequences: sequences.clone() });
                }
                let copies = conditions.iter().filter(|i| self.conditions[**i].disturbance.is_some()).count();
                if copies > 0 {
                    passes.push(Pass { clean: false, layers: spec.layers - first - 1, copies, sequences });
                }
            }
        }
        let mut shares = Vec::new();
        for clean in [true, false] {
            let passes: Vec<&Pass> = passes.iter().filter(|pass| pass.clean == clean).collect();
            for (product, operations) in products(spec, &passes) {
                let rate = product.operations() / product.seconds(self.decoder.dtype(), self.decoder.device())?;
                shares.push(Share { clean, product, operations, rate });
            }
        }
        Ok(shares)
    }
}

/// Seconds of all `shares`.
#[must_use]
pub fn floor_seconds(shares: &[Share]) -> f64 {
    shares.iter().map(|share| share.operations / share.rate).sum()
}

/// One pass of a batch through some layers and the head.
struct Pass {
    clean: bool,
    layers: usize,
    /// How often each sequence is in it.
    copies: usize,
    /// Lengths.
    sequences: Vec<usize>,
}

/// The kinds of products of `passes`: one of each with as many rows as they have in the mean, and the operations of all.
fn products(spec: &DecoderSpec, passes: &[&Pass]) -> Vec<(Product, f64)> {
    let total = |of: &dyn Fn(&Pass) -> usize| passes.iter().map(|pass| of(pass)).sum::<usize>();
    let tokens = |pass: &Pass| pass.copies * pass.sequences.iter().sum::<usize>();
    let predicting = |pass: &Pass| tokens(pass) - pass.copies * pass.sequences.len();
    let mean = |sum: usize| sum.div_ceil(passes.len().max(1)).max(1);
    let (query, key) = (spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim);
    let mut kinds: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let ups = if spec.gated { 2 } else { 1 };
    let (hidden, mlp) = (spec.hidden, spec.mlp_dim);
    for (shape, times) in
        [((hidden, query), 1), ((hidden, key), 2), ((query, hidden), 1), ((hidden, mlp), ups), ((mlp, hidden), 1)]
    {
        *kinds.entry(shape).or_default() += times;
    }
    let rows = mean(total(&tokens));
    let layers_of_tokens = total(&|pass| pass.layers * tokens(pass)) as f64;
    let mut list: Vec<(Product, f64)> = kinds
        .into_iter()
        .map(|((inner, columns), times)| {
            let product = Product::Projection { rows, inner, columns };
            (product, product.operations() / rows as f64 * layers_of_tokens * times as f64)
        })
        .collect();
    let rows = total(&predicting);
    let head = Product::Head { rows: mean(rows), inner: hidden, columns: spec.vocab };
    list.push((head, head.operations() / mean(rows) as f64 * rows as f64));
    let sequences = total(&|pass| pass.copies * pass.sequences.len());
    let length = total(&tokens).div_ceil(sequences.max(1)).max(1);
    let attention = Product::Attention { heads: spec.heads * mean(sequences), length, width: spec.head_dim };
    let squares = total(&|pass| pass.layers * pass.copies * pass.sequences.iter().map(|n| n * n).sum::<usize>());
    list.push((attention, 4.0 * (spec.heads * spec.head_dim * squares) as f64));
    list
}

/// Texts as the study's are long: 10 to 64 tokens, 42.6 in the mean, the same for every model but for the tokens
/// themselves. These are random, and one in two repeats the one before it, so that a model can predict some of them.
fn items(count: usize, spec: &DecoderSpec) -> Vec<Item> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let vocab = u32::try_from(spec.vocab).unwrap_or(u32::MAX);
    // A permutation of the quantiles, so that few texts have the mean of many.
    let mut order: Vec<(u32, usize)> = (0..count).map(|i| (random.next_u32(), i)).collect();
    order.sort_unstable();
    let text = |(i, (_, rank)): (usize, (u32, usize))| {
        let quantile = (rank as f64 + 0.5) / count as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 10 and 64
        let length = (10.0 + 56.3 * quantile.powf(0.7)).min(64.0) as usize;
        let mut ids: Vec<u32> = Vec::with_capacity(length);
        while ids.len() < length.min(spec.max_positions) {
            let (new, repeat) = (random.next_u32() % vocab, random.next_u32() & 1 == 1);
            ids.push(ids.last().copied().filter(|_| repeat).unwrap_or(new));
        }
        Item { name: format!("text {i}"), sequences: vec![ids] }
    };
    order.into_iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Hub;
    use crate::lm::Model;
    use crate::runner::Cost;
    use crate::study::ModelChoice;
    use candle_core::Device;

    #[test]
    fn the_floor_is_the_arithmetic_of_the_plan() {
        let model = Model::load(&ModelChoice::of("demo"), &Device::Cpu, &mut Hub::cache_only()).unwrap();
        let bench = Bench::new(&model.decoder, 12, 1).unwrap();
        let tokens: usize = bench.items.iter().flat_map(Item::lengths).sum();
        assert!((500..525).contains(&tokens), "{tokens} tokens in 12 texts");
        assert!(bench.items.iter().flat_map(Item::lengths).all(|n| (10..=64).contains(&n)));
        let passes = |clean, layers, copies| {
            let of = |item: &Item| Pass { clean, layers, copies, sequences: item.lengths() };
            bench.items.iter().map(of).collect::<Vec<Pass>>()
        };
        let (clean, disturbed) = (passes(true, 8, 1), passes(false, 5, 12));
        let all = [clean.iter().collect::<Vec<_>>(), disturbed.iter().collect()];
        let spec = model.decoder.spec();
        let counted: f64 = all.iter().flat_map(|passes| products(spec, passes)).map(|(_, operations)| operations).sum();
        // The plan's cost leaves out attention's own products and counts a text's last token for the head.
        let mut planned = Cost::of(spec, tokens, std::iter::repeat_n(2, 12));
        planned += Cost::clean(spec, tokens);
        let planned = planned.operations;
        assert!((counted / planned - 1.0).abs() < 0.15, "{counted} against {planned}");
    }
}
