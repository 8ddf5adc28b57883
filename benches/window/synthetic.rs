//! Study files of about 100,000 trials, made up from a seeded generator through the library, as a run would write them.

use polarscope::corpus::Pair;
use polarscope::experiment::{At, Commit, Condition, Experiment, Kind, Material, Part, Score, Shape, Trial, of_study};
use polarscope::hub::Hub;
use polarscope::intervention::Displacement;
use polarscope::lm::{DecoderSpec, Model};
use polarscope::measure::{LayerNorms, Norms, PositionNorms, Quantity, Shift};
use polarscope::store::{Batch, Ending, Store};
use polarscope::study::{Mode, ModelChoice, Study, parse};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::Path;

/// A model of 48 layers × 64 heads: sweep, minimal pairs, entropy, repairs and heads. 100,060 trials.
pub const WIDE: &str = r#"
name = "Synthetic, 48 layers of 64 heads"
[texts]
limit = 500
[perturbation]
layers = "middle-third"
deltas = [1, 2, 5, 10, 15, 20]
seeds = 10
[experiments.sweep]
[experiments.syntax]
items = 200
[experiments.entropy]
delta = 5
texts = 100
seeds = 5
[experiments.attention_repair]
delta = 5
texts = 100
[experiments.pathways]
delta = 5
texts = 85
[experiments.heads]
delta = 5
texts = 25
seeds = 5
"#;

/// 50,000 texts under one condition and clean: a table of texts as long as they come. 100,000 trials.
pub const LONG: &str = r#"
name = "Synthetic, 50,000 texts"
[texts]
limit = 50000
[perturbation]
modes = ["angular"]
deltas = [5]
seeds = 1
[experiments.sweep]
"#;

/// Items of a batch.
const BATCH: usize = 25;

/// Tokens of a text.
const TOKENS: u64 = 40;

/// Writes the study of `toml` with made-up results to `path`; gives how many trials it has.
pub fn write(path: &Path, toml: &str) -> usize {
    let study = parse(toml).unwrap();
    let demo = Model::load(&ModelChoice::of("demo"), &candle_core::Device::Cpu, &mut Hub::cache_only()).unwrap();
    let spec = DecoderSpec { layers: 48, heads: 64, ..demo.decoder.spec().clone() };
    let mut store = Store::create(path).unwrap();
    let mut made = Made { random: ChaCha8Rng::seed_from_u64(1), trials: 0 };
    store.set_study(&study, &[("model_vocabulary".to_owned(), "50304".to_owned())]).unwrap();
    store.set_norms(&norms(&spec)).unwrap();
    store.start_log().unwrap();
    let tokens: Vec<u32> = (0..40).collect();
    let texts: Vec<String> = (0..study.texts.limit).map(|i| format!("This is made-up text number {i}.")).collect();
    store.add_texts(&texts.iter().map(|text| (text.as_str(), tokens.as_slice())).collect::<Vec<_>>()).unwrap();
    for experiment in of_study(&study) {
        let at = experiment.at(&study, &spec).unwrap();
        made.experiment(&mut store, &study, experiment.as_ref(), &at);
    }
    assert_eq!(store.finish().unwrap(), Ending::Packed);
    made.trials
}

struct Made {
    random: ChaCha8Rng,
    trials: usize,
}

impl Made {
    /// Evenly distributed from 0 to 1.
    fn even(&mut self) -> f64 {
        f64::from(self.random.next_u32()) / 2f64.powi(32)
    }

    fn experiment(&mut self, store: &mut Store, study: &Study, experiment: &dyn Experiment, at: &At) {
        let kind = experiment.kind();
        let items: Vec<usize> = match experiment.material() {
            Material::Texts(count) => (0..count.unwrap_or(study.texts.limit)).collect(),
            Material::Pairs(count) => pairs(store, count.unwrap_or(200)),
        };
        let read_layers = if experiment.reads().is_empty() { Vec::new() } else { (0..at.spec.layers).collect() };
        let shape = Shape { layers: at.layers.clone(), read_layers, heads: at.spec.heads, later: 0 };
        store.set_shapes(&[(kind, shape)]).unwrap();
        self.conditions(store, &items, &experiment.conditions(at).unwrap(), experiment, at);
        if experiment.later_count(at) > 0 {
            let arms = experiment.later_arms(at, &store.results().unwrap()).unwrap();
            self.conditions(store, &items, &experiment.later_conditions(at, &arms), experiment, at);
        }
    }

    fn conditions(
        &mut self,
        store: &mut Store,
        items: &[usize],
        conditions: &[Condition],
        experiment: &dyn Experiment,
        at: &At,
    ) {
        let ids = store.add_conditions(conditions, "strict").unwrap();
        let mut first = 0;
        store
            .each_batch(|_, _| {
                first += 1;
                Ok(())
            })
            .unwrap();
        let batch = |items: &[usize]| Batch {
            id: 0,
            experiment: experiment.kind(),
            items: items.to_vec(),
            conditions: ids.clone(),
        };
        let batches: Vec<Batch> = items.chunks(BATCH).map(batch).collect();
        store.add_batches(&batches).unwrap();
        for (i, batch) in batches.iter().enumerate() {
            let commit = self.batch(batch, conditions, &experiment.reads(), at);
            self.trials += commit.trials.len();
            store.commit(first + i, &commit, 1).unwrap();
        }
    }

    fn batch(&mut self, batch: &Batch, conditions: &[Condition], reads: &[Quantity], at: &At) -> Commit {
        let mut commit = Commit::default();
        for (id, condition) in batch.conditions.iter().zip(conditions) {
            for item in &batch.items {
                let score = self.score(batch.experiment, *item, condition);
                let places = at.spec.layers * at.spec.heads;
                let reads = if condition.pass.patches.is_empty() { reads } else { &[] };
                let more = f64::from(u8::from(condition.disturbance.is_some()));
                let readings = reads
                    .iter()
                    .map(|quantity| {
                        let value = |place: usize| 1.0 + 0.05 * more * (place / 64) as f64 + 0.3 * self.even();
                        (*quantity, (0..places).map(value).map(narrow).collect())
                    })
                    .collect();
                commit.trials.push(Trial { condition: *id, item: *item, score, readings });
            }
            let Some(disturbance) = condition.disturbance else { continue };
            for part in Part::ALL {
                let tokens = batch.items.len() as u64 * if part == Part::First { 1 } else { TOKENS - 1 };
                let (n, delta) = (tokens as f64, disturbance.delta);
                let (unattainable, flipped) = (0, 0);
                let moved = Displacement {
                    tokens,
                    asked: n * delta,
                    sum: n * delta,
                    sum_of_squares: n * delta * delta,
                    min: 0.99 * delta,
                    max: 1.01 * delta,
                    unattainable,
                    flipped,
                };
                commit.displacements.extend(condition.pass.layers.iter().map(|layer| ((*id, *layer, part), moved)));
                let (distance, angle) = (3.0 * delta, 2.0 * delta);
                let (distance_squares, angle_squares) = (n * distance * distance, n * angle * angle);
                let shift = Shift { tokens, distance: n * distance, distance_squares, angle: n * angle, angle_squares };
                commit.shifts.insert((*id, part), shift);
            }
        }
        commit
    }

    /// A text's loss rises with δ, more so under the angular mode, and a repair takes back half of it; of pairs fewer and
    /// fewer are judged right.
    fn score(&mut self, kind: Kind, item: usize, condition: &Condition) -> Score {
        let clean = 3.0 + (item % 97) as f64 / 50.0;
        let harm = condition.disturbance.map_or(0.0, |disturbance| {
            let half = if disturbance.mode == Mode::Angular { 6.0 } else { 12.0 };
            let whole = 6.0 / (1.0 + (half / disturbance.delta).powi(2));
            let repaired = if condition.pass.patches.is_empty() { 1.0 } else { 0.5 };
            whole * repaired * (0.5 + self.even())
        });
        if kind == Kind::Syntax {
            let right = self.even() < 0.95 - 0.07 * harm;
            let sentences = Some((-30.0 - 10.0 * self.even(), -30.0 - 10.0 * self.even()));
            return Score { value: f64::from(u8::from(right)), sentences };
        }
        Score { value: clean + harm, sentences: None }
    }
}

fn pairs(store: &mut Store, count: usize) -> Vec<usize> {
    let pair = |i: usize| Pair {
        paradigm: "synthetic".to_owned(),
        id: i.to_string(),
        good: format!("The authors of book {i} laugh."),
        bad: format!("The authors of book {i} laughs."),
    };
    let list: Vec<Pair> = (0..count).map(pair).collect();
    let (good, bad): (Vec<u32>, Vec<u32>) = ((0..8).collect(), (1..9).collect());
    let list: Vec<_> = list.iter().map(|pair| (pair, good.as_slice(), bad.as_slice())).collect();
    store.add_pairs(&list).unwrap()
}

fn norms(spec: &DecoderSpec) -> Norms {
    let layer = |l: usize| 10.0 + 2.0 * l as f64;
    let of_layer = |l| LayerNorms { median: layer(l), p05: 0.8 * layer(l), p95: 1.3 * layer(l), first_median: 100.0 };
    let position = |l, position| PositionNorms { layer: l, position, texts: 500, mean: layer(l) };
    Norms {
        layers: (0..spec.layers).map(of_layer).collect(),
        positions: (0..spec.layers).flat_map(|l| (0..64).map(move |p| position(l, p))).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "readings are kept in single precision")]
fn narrow(value: f64) -> f32 {
    value as f32
}
