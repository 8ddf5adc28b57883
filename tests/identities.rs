//! What holds of every pre-norm decoder, whatever its weights, on the demo through the engine: repairs that are the same by
//! construction, and readings that cannot change.

mod common;

use common::load;
use polarscope::corpus::Item;
use polarscope::experiment::{Arm, Commit, Condition, Disturbance, Experiment, Grid, Kind, Pass};
use polarscope::intervention::{Patch, Repair, Reproducible};
use polarscope::lm::{Chain, Decoder, Keep, Model, NoHooks, Site};
use polarscope::measure::Quantity;
use polarscope::runner::{Engine, Needs, Task};
use polarscope::study::{Mode, Perturbation, Protocol};
use proptest::prelude::*;
use std::sync::OnceLock;

/// The layers that are disturbed.
const LAYERS: [usize; 4] = [2, 3, 4, 5];
const DEPTH: usize = 8;

struct Probe(Vec<Quantity>);

impl Experiment for Probe {
    fn kind(&self) -> Kind {
        Kind::Pathways
    }

    fn grid(&self) -> Grid<'_> {
        Grid::default()
    }

    fn reads(&self) -> Vec<Quantity> {
        self.0.clone()
    }
}

fn decoder() -> &'static Decoder {
    static MODEL: OnceLock<Model> = OnceLock::new();
    &MODEL.get_or_init(|| load("demo").unwrap()).decoder
}

/// A way of disturbing: protocol, mode, δ and seed.
#[derive(Debug, Clone, Copy)]
struct Way {
    protocol: Protocol,
    mode: Mode,
    delta: f64,
    seed: u64,
}

fn ways() -> impl Strategy<Value = Way> {
    let protocols = prop_oneof![Just(Protocol::Strict), Just(Protocol::Published)];
    let modes = prop_oneof![Just(Mode::Magnitude), Just(Mode::Angular), Just(Mode::Isotropic)];
    (protocols, modes, 1.0..60.0f64, 0..1000u64).prop_map(|(protocol, mode, delta, seed)| Way {
        protocol,
        mode,
        delta,
        seed,
    })
}

/// Texts of two lengths.
fn texts() -> Vec<Item> {
    let ids = |length: u32, from: u32| (0..length).map(|i| (i * 37 + from * 101) % 500).collect();
    let text = |i: u32| Item { name: format!("text {i}"), sequences: vec![ids(if i < 2 { 9 } else { 12 }, i)] };
    (0..3).map(text).collect()
}

/// The clean run and the runs of `arms` under `way`, in one batch. Repaired runs share their noise.
fn run(way: Way, passes: &[Pass], reads: &[Quantity]) -> Commit {
    let experiment = Probe(reads.to_vec());
    let texts = texts();
    let perturbation = Perturbation { protocol: way.protocol, ..Perturbation::default() };
    let settings = Protocol::Strict.settings(way.mode).pairing;
    let disturbance = Disturbance { mode: way.mode, delta: way.delta, seed: way.seed };
    let mut conditions =
        vec![Condition { experiment: Kind::Pathways, disturbance: None, arm: Arm::Plain, pass: Pass::default() }];
    for (i, pass) in passes.iter().enumerate() {
        let mut pass = pass.clone();
        let mut own = perturbation.settings(way.mode);
        own.pairing = settings;
        pass.settings = Some(own);
        // They are told apart by their place.
        let arm = if pass.patches.is_empty() { Arm::Plain } else { Arm::TopLayers(i) };
        conditions.push(Condition { experiment: Kind::Pathways, disturbance: Some(disturbance), arm, pass });
    }
    let read_layers: Vec<usize> = (0..DEPTH).collect();
    let needs = Needs::of(&experiment, conditions.iter(), &read_layers, DEPTH);
    let noise = Reproducible { study_seed: 42 };
    let task = Task {
        experiment: &experiment,
        needs: &needs,
        items: texts.iter().enumerate().collect(),
        conditions: conditions.iter().enumerate().collect(),
    };
    Engine::new(decoder(), &perturbation, &noise, &[]).run(&task).unwrap()
}

/// Losses of a condition by text.
fn losses(commit: &Commit, condition: usize) -> Vec<f64> {
    let of_it = commit.trials.iter().filter(|trial| trial.condition == condition);
    of_it.map(|trial| trial.score.value).collect()
}

/// `[layers, heads]` of a condition and a text.
fn reading(commit: &Commit, condition: usize, item: usize, quantity: Quantity) -> Vec<f32> {
    let trial = commit.trials.iter().find(|t| (t.condition, t.item) == (condition, item)).unwrap();
    trial.readings.iter().find(|(known, _)| *known == quantity).unwrap().1.clone()
}

fn repaired(patches: Vec<Patch>) -> Pass {
    Pass::repaired(&LAYERS, patches)
}

/// All heads' parts of z in `layers`, one patch each.
fn all_heads(layers: &[usize]) -> Vec<Patch> {
    let heads = decoder().spec().heads;
    let of_layer = |layer: &usize| (0..heads).map(|head| (*layer, head)).collect::<Vec<_>>();
    let patch = |(layer, head)| Patch::new(Site::Z, layer, Some(head));
    layers.iter().flat_map(of_layer).map(patch).collect()
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn repairs_that_are_the_same_by_construction(way in ways()) {
        let rest = [3, 4, 6];
        let passes = [
            Pass::disturbed(&LAYERS),
            repaired(Patch::whole(&[Site::AttnOut, Site::MlpOut, Site::Ln1, Site::Ln2], &LAYERS[..1])),
            repaired(Patch::whole(&[Site::AttnOut], &rest)),
            repaired(all_heads(&rest)),
            repaired(Patch::whole(&[Site::Z], &rest)),
            repaired(Patch::whole(&[Site::AttnOut, Site::MlpOut], &rest)),
            repaired(Patch::whole(&[Site::Ln1, Site::Ln2], &rest)),
        ];
        let commit = run(way, &passes, &[]);
        let of = |arm: usize| losses(&commit, arm + 1);
        // Up to the disturbance of the first layer nothing has changed that could be repaired.
        prop_assert_eq!(of(0), of(1));
        prop_assert!(largest(&of(2), &of(3)) <= 1e-6, "the parts of all heads are all of z");
        prop_assert_eq!(of(3), of(4));
        prop_assert!(largest(&of(5), &of(6)) <= 1e-6, "nothing else enters attention and the MLP than what the norms give");
        prop_assert!(largest(&of(0), &losses(&commit, 0)) > 0.0, "the disturbance does something");
        prop_assert!(largest(&of(0), &of(2)) > 0.0, "the repair does something");
    }

    #[test]
    fn attention_before_the_disturbance_is_the_clean_run_s(way in ways()) {
        let commit = run(way, &[Pass::disturbed(&LAYERS)], &Quantity::ENTROPIES);
        let heads = decoder().spec().heads;
        for item in 0..3 {
            for quantity in Quantity::ENTROPIES {
                let (clean, other) = (reading(&commit, 0, item, quantity), reading(&commit, 1, item, quantity));
                prop_assert_eq!(&clean[..(LAYERS[0] + 1) * heads], &other[..(LAYERS[0] + 1) * heads]);
                prop_assert!(clean[(LAYERS[0] + 2) * heads..] != other[(LAYERS[0] + 2) * heads..]);
            }
        }
        let commit = run(way, &[Pass::disturbed(&LAYERS)], &Quantity::ALIGNMENTS);
        for item in 0..3 {
            for quantity in [Quantity::LogitChange, Quantity::AttentionKl, Quantity::TopKeyChanged] {
                let changes = reading(&commit, 1, item, quantity);
                prop_assert!(changes[..(LAYERS[0] + 1) * heads].iter().all(|change| *change == 0.0));
            }
            let kl = reading(&commit, 1, item, Quantity::AttentionKl);
            prop_assert!(kl.iter().all(|kl| *kl >= 0.0) && kl[(LAYERS[0] + 2) * heads..].iter().all(|kl| *kl > 0.0));
        }
    }

    #[test]
    fn a_change_of_length_passes_the_next_norm_unseen(seed in 0..1000u64, share in 0.05..0.9f64) {
        // δ below every norm, so that no vector is turned round; the norms of the first disturbed layer's output.
        let texts = texts();
        let norms = Engine::survey(decoder(), &texts, 64, |_, _| Ok(())).unwrap();
        let smallest = norms.positions.iter().filter(|norm| LAYERS.contains(&norm.layer)).map(|norm| norm.mean);
        let delta = share * 0.5 * smallest.fold(f64::INFINITY, f64::min);
        let way = Way { protocol: Protocol::Strict, mode: Mode::Magnitude, delta, seed };
        let commit = run(way, &[Pass::disturbed(&LAYERS)], &Quantity::ENTROPIES);
        let heads = decoder().spec().heads;
        let after = (LAYERS[0] + 1) * heads..(LAYERS[0] + 2) * heads;
        for item in 0..3 {
            let clean = reading(&commit, 0, item, Quantity::EntropyExact);
            let other = reading(&commit, 1, item, Quantity::EntropyExact);
            for (clean, other) in clean[after.clone()].iter().zip(&other[after.clone()]) {
                prop_assert!((clean - other).abs() <= 1e-5, "{clean} became {other}");
            }
        }
    }
}

#[test]
fn patching_clean_into_clean_changes_nothing() {
    let decoder = decoder();
    let text = &texts()[0].sequences[0];
    let sequences = [text.as_slice(), text.as_slice()];
    let sites = [Site::Ln1, Site::Q, Site::K, Site::V, Site::Pattern, Site::Z, Site::AttnOut, Site::Ln2, Site::MlpOut];
    let layers: Vec<usize> = (0..DEPTH).collect();
    let losses = |hooks: &mut dyn polarscope::lm::Hooks| {
        let x = decoder.embed(&sequences, hooks).unwrap();
        let x = decoder.blocks(x, 0..DEPTH, hooks).unwrap();
        let normed = decoder.ln_final(&x, hooks).unwrap();
        decoder.losses(&normed, &sequences).unwrap()
    };
    let mut keep = Keep::new(sites.iter().flat_map(|site| layers.iter().map(|layer| (*site, *layer))));
    let clean = losses(&mut keep);
    let kept = keep.into_kept();
    let patches = Patch::whole(&sites, &layers);
    let mut repair = Repair::new(&patches, &kept);
    assert_eq!(losses(&mut repair), clean, "bit by bit in a batch of the same shape");
    let heads = all_heads(&layers);
    let mut repair = Repair::new(&heads, &kept);
    assert_eq!(losses(&mut Chain(vec![&mut repair])), clean);
    assert_eq!(losses(&mut NoHooks), clean);
}
