//! What every intervention promises, on random hidden states.

use candle_core::{Device, Tensor};
use polarscope::intervention::{Displacement, Disturb, Noise, NoiseKey, Reproducible, Row};
use polarscope::lm::{Hooks, Site};
use polarscope::study::{Coherence, Matching, Mode, Pairing, Rotation, Settings, Sign, Tokens};
use proptest::prelude::*;

const LAYER: usize = 3;

/// `[positions][hidden]`.
type Stream = Vec<Vec<f32>>;

fn settings(matching: Matching, rotation: Rotation) -> Settings {
    Settings { matching, coherence: Coherence::Independent, pairing: Pairing::Same, rotation }
}

fn row(mode: Mode, settings: Settings, delta: f64) -> Row {
    Row {
        mode,
        deltas: [(LAYER, delta)].into(),
        of_norm: false,
        settings,
        sign: Sign::Random,
        tokens: Tokens::All,
        noise: NoiseKey { seed: 1, text: "text 0".to_owned(), layer: None, extra: String::new() },
    }
}

/// Moves each stream as its row says, in one batch.
fn disturb(streams: &[Stream], rows: &[Row]) -> (Vec<Stream>, Vec<Displacement>) {
    let (length, hidden) = (streams[0].len(), streams[0][0].len());
    let flat: Vec<f32> = streams.iter().flatten().flatten().copied().collect();
    let tensor = Tensor::from_vec(flat, (streams.len(), length, hidden), &Device::Cpu).unwrap();
    let noise = Reproducible { study_seed: 42 };
    let mut hook = Disturb::new(rows, &noise);
    let moved = hook.at(Site::ResidPost, LAYER, tensor).unwrap().to_vec3::<f32>().unwrap();
    let whole = |i: usize| {
        let [first, rest] = hook.reached(i, LAYER).unwrap();
        let mut all = *first;
        all.merge(rest);
        all
    };
    let reached = (0..rows.len()).map(whole).collect();
    (moved, reached)
}

fn one(stream: &Stream, row: Row) -> (Stream, Displacement) {
    let (mut moved, reached) = disturb(std::slice::from_ref(stream), &[row]);
    (moved.remove(0), reached[0])
}

fn norm(h: &[f32]) -> f64 {
    h.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / (norm(a) * norm(b))
}

/// Hidden states of 2 to 9 tokens whose first token is up to a hundred times as long, as in real models.
fn streams() -> impl Strategy<Value = Stream> {
    (2..10usize, 8..80usize, 0.01..100.0f32, 1.0..100.0f32).prop_flat_map(|(length, hidden, scale, first)| {
        prop::collection::vec(prop::collection::vec(-1.0..1.0f32, hidden), length).prop_map(move |mut stream| {
            for (position, token) in stream.iter_mut().enumerate() {
                token[0] += 0.5; // no vector is zero
                let scale = if position == 0 { scale * first } else { scale };
                for x in token {
                    *x *= scale;
                }
            }
            stream
        })
    })
}

fn shortest(stream: &Stream) -> f64 {
    stream.iter().map(|h| norm(h)).fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn strict_moves_every_token_by_delta(stream in streams(), share in 0.001..1.9f64) {
        let delta = share * shortest(&stream);
        for mode in [Mode::Magnitude, Mode::Angular] {
            let (moved, reached) = one(&stream, row(mode, settings(Matching::PerToken, Rotation::Exact), delta));
            for (before, after) in stream.iter().zip(&moved) {
                let off = (distance(before, after) - delta).abs();
                prop_assert!(off <= 1e-5 * delta + 4e-7 * norm(before), "{mode}: off by {off} of {delta}");
            }
            prop_assert_eq!(reached.unattainable, 0);
            prop_assert!((reached.min - delta).abs() < 1e-9 * delta && (reached.max - delta).abs() < 1e-9 * delta);
        }
    }

    #[test]
    fn fractions_of_the_norm_move_each_token_by_its_own(stream in streams(), share in 0.001..1.9f64) {
        for mode in [Mode::Magnitude, Mode::Angular] {
            let row = Row { of_norm: true, ..row(mode, settings(Matching::PerToken, Rotation::Exact), share) };
            let (moved, _) = one(&stream, row);
            for (before, after) in stream.iter().zip(&moved) {
                let delta = share * norm(before);
                prop_assert!((distance(before, after) - delta).abs() <= 1e-5 * delta + 4e-7 * norm(before));
            }
        }
    }

    #[test]
    fn rotation_keeps_the_norm(stream in streams(), share in 0.001..3.0f64) {
        let delta = share * shortest(&stream);
        for matching in [Matching::PerToken, Matching::Mean] {
            for rotation in [Rotation::Exact, Rotation::Published] {
                let (moved, _) = one(&stream, row(Mode::Angular, settings(matching, rotation), delta));
                for (before, after) in stream.iter().zip(&moved) {
                    let off = (norm(after) / norm(before) - 1.0).abs();
                    prop_assert!(off <= 1e-6, "{matching:?} {rotation:?}: norm off by {off}");
                }
            }
        }
    }

    #[test]
    fn magnitude_keeps_the_direction_up_to_the_counted_flips(stream in streams(), share in 0.1..5.0f64) {
        let delta = share * shortest(&stream);
        let settings = settings(Matching::PerToken, Rotation::Exact);
        let (moved, reached) = one(&stream, row(Mode::Magnitude, settings, delta));
        let mut flips = 0;
        for (before, after) in stream.iter().zip(&moved) {
            if norm(after) < 1e-3 * norm(before) {
                return Ok(()); // so close to the origin that rounding decides
            }
            let cosine = cosine(before, after);
            prop_assert!((cosine.abs() - 1.0).abs() < 1e-6);
            flips += u64::from(cosine < 0.0);
        }
        prop_assert_eq!(flips, reached.flipped);
    }

    #[test]
    fn mean_matching_moves_by_delta_on_average(stream in streams(), share in 0.01..1.0f64) {
        let mean_norm = stream.iter().map(|h| norm(h)).sum::<f64>() / stream.len() as f64;
        let delta = share * mean_norm;
        for (mode, rotation) in [
            (Mode::Magnitude, Rotation::Exact),
            (Mode::Angular, Rotation::Exact),
            (Mode::Angular, Rotation::Published),
        ] {
            let (moved, reached) = one(&stream, row(mode, settings(Matching::Mean, rotation), delta));
            if reached.unattainable > 0 {
                continue;
            }
            let mean = stream.iter().zip(&moved).map(|(a, b)| distance(a, b)).sum::<f64>() / stream.len() as f64;
            // The last midpoint of 20 halvings of [0, 2] is within 2e-6 of the root.
            let tolerance = 1e-5 * delta + 4e-6 * mean_norm;
            prop_assert!((mean - delta).abs() <= tolerance, "{mode} {rotation:?}: {mean} instead of {delta}");
        }
    }

    #[test]
    fn delta_zero_is_the_identity(stream in streams()) {
        for mode in [Mode::Magnitude, Mode::Angular] {
            for matching in [Matching::PerToken, Matching::Mean] {
                let (moved, _) = one(&stream, row(mode, settings(matching, Rotation::Exact), 0.0));
                prop_assert_eq!(&moved, &stream, "{} {:?}", mode, matching);
                let (moved, _) = one(&stream, row(mode, settings(matching, Rotation::Published), 0.0));
                for (before, after) in stream.iter().zip(&moved) {
                    prop_assert!(distance(before, after) <= 4e-6 * norm(before));
                }
            }
        }
    }

    #[test]
    fn both_rotations_agree_on_one_vector(stream in streams(), share in 0.01..0.8f64) {
        // With the same noise and a δ that both reach, each turns h in the plane of h and u by the same chord.
        let delta = share * shortest(&stream);
        let turned = |rotation| one(&stream, row(Mode::Angular, settings(Matching::PerToken, rotation), delta));
        let ((exact, _), (published, reached)) = (turned(Rotation::Exact), turned(Rotation::Published));
        prop_assume!(reached.unattainable == 0);
        for ((before, a), b) in stream.iter().zip(&exact).zip(&published) {
            prop_assert!(distance(a, b) <= 1e-5 * norm(before), "{} apart", distance(a, b) / norm(before));
        }
    }

    #[test]
    fn what_cannot_be_reached_is_counted(stream in streams(), share in 2.01..4.0f64) {
        let delta = share * stream.iter().map(|h| norm(h)).fold(0.0, f64::max);
        let (moved, reached) = one(&stream, row(Mode::Angular, settings(Matching::PerToken, Rotation::Exact), delta));
        prop_assert_eq!(reached.unattainable, stream.len() as u64);
        for (before, after) in stream.iter().zip(&moved) {
            prop_assert!((cosine(before, after) + 1.0).abs() < 1e-6, "it turns as far as it can");
        }
        let (_, reached) = one(&stream, row(Mode::Angular, settings(Matching::Mean, Rotation::Published), delta));
        prop_assert_eq!(reached.unattainable, stream.len() as u64);
    }

    #[test]
    fn a_row_is_moved_alike_alone_and_in_any_batch(stream in streams(), other in streams(), share in 0.01..1.0f64) {
        let delta = share * shortest(&stream);
        let hidden = stream[0].len();
        let other: Stream =
            stream.iter().zip(other.iter().cycle()).map(|(_, o)| o.iter().copied().cycle().take(hidden).collect()).collect();
        for mode in [Mode::Magnitude, Mode::Angular] {
            let mine = row(mode, settings(Matching::PerToken, Rotation::Exact), delta);
            let mut theirs = mine.clone();
            theirs.noise.text = "text 1".to_owned();
            let (alone, _) = one(&stream, mine.clone());
            let (batch, _) = disturb(&[other.clone(), stream.clone(), other.clone()], &[theirs.clone(), mine, theirs]);
            prop_assert_eq!(&batch[1], &alone);
            prop_assert_eq!(&batch[0], &batch[2]);
        }
    }
}

#[test]
fn only_the_chosen_tokens_move() {
    let stream: Stream = (0..5).map(|i| vec![1.0 + i as f32, 2.0, -1.0, 0.5]).collect();
    for (tokens, expected) in [
        (Tokens::AllButFirst, [false, true, true, true, true]),
        (Tokens::Last, [false, false, false, false, true]),
        (Tokens::At(vec![0, 3]), [true, false, false, true, false]),
    ] {
        for mode in [Mode::Magnitude, Mode::Angular] {
            let row = Row { tokens: tokens.clone(), ..row(mode, settings(Matching::Mean, Rotation::Exact), 0.5) };
            let (moved, reached) = one(&stream, row);
            let found: Vec<bool> = stream.iter().zip(&moved).map(|(a, b)| a != b).collect();
            assert_eq!(found, expected, "{mode} {tokens:?}");
            assert_eq!(reached.tokens, expected.iter().filter(|moved| **moved).count() as u64);
        }
    }
}

#[test]
fn signs_grow_and_shrink() {
    let stream: Stream = vec![vec![3.0, 4.0]; 8];
    for (sign, length) in [(Sign::Grow, 6.0), (Sign::Shrink, 4.0)] {
        let row = Row { sign, ..row(Mode::Magnitude, settings(Matching::PerToken, Rotation::Exact), 1.0) };
        assert!(one(&stream, row).0.iter().all(|h| (norm(h) - length).abs() < 1e-6));
    }
}

#[test]
fn noise_is_the_same_from_every_thread() {
    let noise = Reproducible { study_seed: 7 };
    let key = |i: usize| NoiseKey { seed: 0, text: format!("text {i}"), layer: Some(i), extra: String::new() };
    let draw = |i: usize| {
        let mut out = vec![0.0; 32];
        noise.direction(&key(i), i, &mut out);
        (out, noise.sign(&key(i), i).to_bits())
    };
    let forward: Vec<_> = (0..64).map(draw).collect();
    let threads = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..64).rev().map(|i| scope.spawn(move || (i, draw(i)))).collect();
        let mut found: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
        found.sort_by_key(|(i, _)| *i);
        found
    });
    assert!(threads.into_iter().all(|(i, drawn)| drawn == forward[i]));
}
