//! What every intervention promises, on random hidden states.

use candle_core::{Device, Tensor};
use polarscope::intervention::{Directed, Directions, Displacement, Disturb, Noise, NoiseKey, Reproducible, Row};
use polarscope::lm::{Hooks, Site};
use polarscope::study::{Coherence, Degrees, Matching, Mode, Pairing, Rotation, Settings, Sign, Tokens};
use proptest::prelude::*;
use std::collections::HashMap;

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

fn blend(degrees: f64) -> Mode {
    Mode::Blend(Degrees::new(degrees).unwrap())
}

/// Moves each stream as its row says, in one batch.
fn disturb(streams: &[Stream], rows: &[Row]) -> (Vec<Stream>, Vec<Displacement>) {
    disturb_with(&Reproducible { study_seed: 42 }, streams, rows)
}

fn disturb_with(noise: &dyn Noise, streams: &[Stream], rows: &[Row]) -> (Vec<Stream>, Vec<Displacement>) {
    let (length, hidden) = (streams[0].len(), streams[0][0].len());
    let flat: Vec<f32> = streams.iter().flatten().flatten().copied().collect();
    let tensor = Tensor::from_vec(flat, (streams.len(), length, hidden), &Device::Cpu).unwrap();
    let mut hook = Disturb::new(rows, noise);
    let moved = hook.at(Site::ResidPost, LAYER, tensor).unwrap().to_vec3::<f32>().unwrap();
    let reached = hook.into_reached();
    let whole = |i: usize| {
        let [mut all, rest] = reached[&(i, LAYER)];
        all.merge(&rest);
        all
    };
    let reached = (0..rows.len()).map(whole).collect();
    (moved, reached)
}

fn one(stream: &Stream, row: Row) -> (Stream, Displacement) {
    let (mut moved, reached) = disturb(std::slice::from_ref(stream), &[row]);
    (moved.remove(0), reached[0])
}

/// Towards a direction that is given.
fn towards(direction: &[f32], stream: &Stream, row: Row) -> (Stream, Displacement) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dirs.safetensors");
    let tensor = Tensor::from_slice(direction, direction.len(), &Device::Cpu).unwrap();
    candle_core::safetensors::save(&HashMap::from([("direction", tensor)]), &path).unwrap();
    let directions = Directions::open(&path, LAYER + 1, direction.len()).unwrap();
    let noise = Directed { draws: &Reproducible { study_seed: 42 }, directions: Some(&directions) };
    let (mut moved, reached) = disturb_with(&noise, std::slice::from_ref(stream), &[row]);
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

/// How far the displacements that are so short that they are measured may be from those that were computed, all together.
fn rounding(stream: &Stream, delta: f64) -> f64 {
    4e-7 * stream.iter().map(|h| norm(h)).filter(|norm| delta < 1e-3 * norm).sum::<f64>()
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
            let tolerance = 1e-9 * delta + rounding(&stream, delta);
            prop_assert!((reached.min - delta).abs() < tolerance && (reached.max - delta).abs() < tolerance);
        }
    }

    #[test]
    fn blend_and_isotropic_move_by_delta_and_blend_gives_its_length(
        stream in streams(),
        share in 0.001..1.2f64,
        degrees in 0.0..90.0f64,
    ) {
        let delta = share * shortest(&stream);
        for (sign, s) in [(Sign::Grow, 1.0), (Sign::Shrink, -1.0), (Sign::Random, 0.0)] {
            for mode in [blend(degrees), Mode::Isotropic] {
                let row = Row { sign, ..row(mode, settings(Matching::PerToken, Rotation::Exact), delta) };
                let (moved, reached) = one(&stream, row);
                let (mut missed, mut flipped) = (0, 0);
                for (before, after) in stream.iter().zip(&moved) {
                    let (r, change) = (norm(before), delta * degrees.to_radians().cos());
                    // Whichever sign was drawn.
                    let s = if s == 0.0 { (norm(after) - r).signum() } else { s };
                    let tolerance = 1e-5 * delta + 4e-7 * r;
                    let turn = delta * degrees.to_radians().sin() / (2.0 * (r * (r + s * change)).max(0.0).sqrt());
                    if mode == Mode::Isotropic {
                        prop_assert!((distance(before, after) - delta).abs() <= tolerance);
                    } else if r + s * change < 0.0 {
                        (missed, flipped) = (missed + 1, flipped + 1);
                        prop_assert!((distance(before, after) - change).abs() <= tolerance);
                    } else if turn > 1.0 {
                        missed += 1;
                        // As far as it gets: straight back, r and R apart from the origin.
                        prop_assert!((distance(before, after) - (2.0 * r + s * change)).abs() <= tolerance);
                    } else {
                        let (off, long) = ((distance(before, after) - delta).abs(), norm(after) - (r + s * change));
                        prop_assert!(off <= tolerance, "{mode} {sign:?}: off by {off} of {delta}");
                        prop_assert!(long.abs() <= tolerance, "{mode} {sign:?}: longer by {long} than {}", r + s * change);
                    }
                }
                if sign != Sign::Random {
                    prop_assert_eq!((reached.unattainable, reached.flipped), (missed, flipped), "{} {:?}", mode, sign);
                }
                let sum: f64 = stream.iter().zip(&moved).map(|(a, b)| distance(a, b)).sum();
                let longest: f64 = stream.iter().map(|h| norm(h)).sum();
                prop_assert!((reached.sum - sum).abs() <= 1e-5 * sum + 4e-7 * longest, "what is reached is what is told");
            }
        }
    }

    #[test]
    fn blend_ends_in_magnitude_and_in_the_exact_rotation(stream in streams(), share in 0.001..2.5f64) {
        let delta = share * shortest(&stream);
        for matching in [Matching::PerToken, Matching::Mean] {
            let moved = |mode| one(&stream, row(mode, settings(matching, Rotation::Exact), delta));
            prop_assert_eq!(moved(blend(0.0)), moved(Mode::Magnitude));
            let ((turned, reached), (blended, of_blend)) = (moved(Mode::Angular), moved(blend(90.0)));
            for ((before, a), b) in stream.iter().zip(&turned).zip(&blended) {
                prop_assert!(distance(a, b) <= 1e-6 * norm(before));
            }
            prop_assert_eq!((reached.unattainable, reached.flipped), (of_blend.unattainable, of_blend.flipped));
            let tolerance = 1e-12 * reached.sum + rounding(&stream, delta);
            prop_assert!((reached.sum - of_blend.sum).abs() <= tolerance);
        }
    }

    #[test]
    fn a_given_direction_is_turned_towards(stream in streams(), share in 0.001..1.0f64, degrees in 1.0..90.0f64) {
        let delta = share * shortest(&stream);
        let direction: Vec<f32> = (0..stream[0].len()).map(|i| 1.0 + (i * i % 7) as f32).collect();
        let cases = [
            (Mode::Angular, Rotation::Exact),
            (Mode::Angular, Rotation::Published),
            (Mode::Isotropic, Rotation::Exact),
            (blend(degrees), Rotation::Exact),
        ];
        for (mode, rotation) in cases {
            let row = Row { sign: Sign::Grow, ..row(mode, settings(Matching::PerToken, rotation), delta) };
            let (moved, reached) = towards(&direction, &stream, row.clone());
            // No seed enters.
            let mut other = row.clone();
            other.noise.seed = 99;
            prop_assert_eq!((&moved, &reached), (&towards(&direction, &stream, other).0, &reached));
            for (before, after) in stream.iter().zip(&moved) {
                // h' − (h'·ĥ)·ĥ lies along the part of n that is orthogonal to h, and on its side.
                let part = |v: &[f32]| {
                    let along = cosine(v, before) * norm(v) / norm(before);
                    v.iter().zip(before).map(|(v, h)| f64::from(*v) - along * f64::from(*h)).collect::<Vec<f64>>()
                };
                let (out, towards) = (part(after), part(&direction));
                let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                let dot: f64 = out.iter().zip(&towards).map(|(a, b)| a * b).sum::<f64>() / length(&towards);
                prop_assert!(dot > 0.0 || length(&out) < 1e-6 * norm(before));
                let beside = (length(&out).powi(2) - dot * dot).max(0.0).sqrt();
                prop_assert!(beside <= 1e-6 * norm(before), "{mode} {rotation:?}: {beside} out of the plane");
                if reached.unattainable == 0 {
                    let off = (distance(before, after) - delta).abs();
                    prop_assert!(off <= 1e-5 * delta + 5e-6 * norm(before), "{mode} {rotation:?}: off by {off}");
                }
            }
        }
    }

    #[test]
    fn fractions_of_the_norm_move_each_token_by_its_own(stream in streams(), share in 0.001..1.9f64) {
        for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic] {
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
            (Mode::Isotropic, Rotation::Exact),
            (blend(30.0), Rotation::Exact),
        ] {
            let (moved, reached) = one(&stream, row(mode, settings(Matching::Mean, rotation), delta));
            if rotation == Rotation::Exact && reached.unattainable == 0 {
                for (before, after) in stream.iter().zip(&moved) {
                    let off = (distance(before, after) / norm(before) - share).abs();
                    prop_assert!(off <= 1e-5 * share + 4e-7, "{mode}: one relative size for all, but for {off}");
                }
            }
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
        for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend(45.0)] {
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
        for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend(45.0)] {
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
        for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend(45.0)] {
            let row = Row { tokens: tokens.clone(), ..row(mode, settings(Matching::Mean, Rotation::Exact), 0.5) };
            let (moved, reached) = one(&stream, row);
            let found: Vec<bool> = stream.iter().zip(&moved).map(|(a, b)| a != b).collect();
            assert_eq!(found, expected, "{mode} {tokens:?}");
            assert_eq!(reached.tokens, expected.iter().filter(|moved| **moved).count() as u64);
        }
    }
}

#[test]
fn nearly_parallel_directions_keep_their_promise_and_parallel_ones_are_counted() {
    let h: Vec<f32> = (0..64).map(|i| (i as f32).sin()).collect();
    let stream: Stream = vec![h.clone(), h.iter().map(|x| -2.0 * x).collect()];
    let settings = || settings(Matching::PerToken, Rotation::Exact);
    for degrees in [0.0, 0.001, 0.1, 1.0] {
        let mut direction = h.clone();
        // Turned out of h by about so much.
        #[allow(clippy::cast_possible_truncation)]
        let out = (norm(&h) * f64::to_radians(degrees)) as f32;
        direction[5] += out;
        for mode in [Mode::Angular, blend(60.0)] {
            let row = Row { sign: Sign::Grow, ..row(mode, settings(), 0.5) };
            let (moved, reached) = towards(&direction, &stream, row);
            let lost = degrees < 0.005;
            assert_eq!(reached.unattainable, if lost { 2 } else { 0 }, "{mode} {degrees}");
            // What cannot be turned is left as it is, but for its length.
            let delta = if lost && mode == Mode::Angular {
                0.0
            } else if lost {
                0.25
            } else {
                0.5
            };
            for (before, after) in stream.iter().zip(&moved) {
                let off = (distance(before, after) - delta).abs();
                assert!(off < 2e-5, "{mode} {degrees}: off by {off}");
            }
        }
    }
}

#[test]
fn each_layer_has_its_own_of_given_directions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dirs.safetensors");
    let rows: Vec<f32> = (0..=LAYER).flat_map(|layer| (0..4).map(move |i| f32::from(u8::from(i == layer)))).collect();
    let tensor = Tensor::from_vec(rows, (LAYER + 1, 4), &Device::Cpu).unwrap();
    candle_core::safetensors::save(&HashMap::from([("direction", tensor)]), &path).unwrap();
    let directions = Directions::open(&path, LAYER + 1, 4).unwrap();
    let noise = Directed { draws: &Reproducible { study_seed: 42 }, directions: Some(&directions) };
    // Shared noise has no layer in its key; directions that are given have all the same.
    let settings = Settings { coherence: Coherence::Shared, ..settings(Matching::PerToken, Rotation::Exact) };
    let stream: Stream = vec![vec![1.0, 0.0, 0.0, 0.0]; 2];
    let (moved, _) = disturb_with(&noise, &[stream], &[row(Mode::Isotropic, settings, 2.0)]);
    assert_eq!(moved[0], vec![vec![1.0, 0.0, 0.0, 2.0]; 2]);
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

/// What moving `stream` says that cannot be moved.
fn refused(stream: &Stream, row: Row) -> String {
    let (length, hidden) = (stream.len(), stream[0].len());
    let flat: Vec<f32> = stream.iter().flatten().copied().collect();
    let tensor = Tensor::from_vec(flat, (1, length, hidden), &Device::Cpu).unwrap();
    let rows = [row];
    let noise = Reproducible { study_seed: 42 };
    let error = Disturb::new(&rows, &noise).at(Site::ResidPost, LAYER, tensor).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

/// Every way of moving a vector.
fn ways() -> Vec<(Mode, Settings)> {
    let mut ways = Vec::new();
    for matching in [Matching::PerToken, Matching::Mean] {
        for mode in [Mode::Magnitude, Mode::Isotropic, blend(0.0), blend(45.0), blend(90.0), Mode::Angular] {
            ways.push((mode, settings(matching, Rotation::Exact)));
        }
        ways.push((Mode::Angular, settings(matching, Rotation::Published)));
    }
    ways
}

/// Two tokens, of the lengths 5 and 13.
fn two() -> Stream {
    vec![vec![3.0, 4.0, 0.0, 0.0], vec![0.0, 0.0, 5.0, 12.0]]
}

#[test]
fn a_delta_whose_squares_float32_cannot_hold_is_refused_and_one_below_is_right() {
    for (mode, settings) in ways() {
        // What only turns a vector leaves its length as it is, however far it is asked to go.
        let turns = mode == Mode::Angular || mode == blend(90.0);
        for (delta, of_norm) in [(1e19, false), (1e30, false), (1e300, false), (1e19, true), (1e300, true)] {
            let row = Row { sign: Sign::Grow, of_norm, ..row(mode, settings, delta) };
            if turns {
                let (moved, reached) = one(&two(), row);
                assert_eq!(reached.unattainable, 2, "{mode} {delta}");
                assert!(moved.iter().flatten().all(|x| x.is_finite()));
                continue;
            }
            let message = refused(&two(), row);
            for part in [&format!("layer {LAYER}, {mode}: δ "), "is too large", "position 0", "lengths up to 1e18"] {
                assert!(message.contains(part), "{mode} {delta}: {message}");
            }
        }
        if settings.matching == Matching::PerToken && !turns {
            let delta = 1e17;
            let (moved, reached) = one(&two(), Row { sign: Sign::Grow, ..row(mode, settings, delta) });
            // A blend turns no further than round, and falls short.
            let is_short = matches!(mode, Mode::Blend(degrees) if degrees.value() > 0.0);
            for (before, after) in two().iter().zip(&moved) {
                let apart = distance(before, after) / delta;
                assert!((apart - 1.0).abs() < 1e-5 || is_short && apart < 1.0, "{mode}: {apart}");
            }
            assert!((reached.sum / reached.tokens as f64 / delta - 1.0).abs() < 1e-5 || is_short);
        }
    }
}

/// Where rounding shows, what is told is what was reached, and not what was asked.
#[test]
fn a_short_displacement_is_that_of_the_rounded_vectors() {
    let wave = |scale: f32| (0..64).map(|i| scale * (0.3 + (i as f32).sin())).collect::<Vec<f32>>();
    let stream = vec![wave(1.0), wave(7.0)];
    let long: f64 = stream.iter().map(|h| norm(h)).fold(0.0, f64::max);
    for mode in [Mode::Magnitude, Mode::Angular, Mode::Isotropic, blend(30.0)] {
        for share in [2e-7, 1e-6, 1e-5, 1e-4] {
            let row = row(mode, settings(Matching::PerToken, Rotation::Exact), share * long);
            let asked = 2.0 * share * long;
            let (moved, reached) = one(&stream, row);
            let sum: f64 = stream.iter().zip(&moved).map(|(a, b)| distance(a, b)).sum();
            assert!((reached.sum - sum).abs() <= 1e-12 * sum, "{mode} {share}: {} is not {sum}", reached.sum);
            assert!((reached.asked - asked).abs() <= 1e-12 * asked);
            assert!(
                share > 2e-7 || (sum - asked).abs() > 1e-4 * asked,
                "{mode}: {sum} is {asked}, and nothing was tested"
            );
        }
    }
}

/// In 16 bits the model goes on with vectors of 16 bits.
#[test]
fn a_displacement_in_16_bits_is_that_of_the_vectors_of_16_bits() {
    let values: Vec<f32> = (0..128).map(|i| half::bf16::from_f32((i as f32).cos()).to_f32()).collect();
    let tensor = Tensor::from_vec(values.clone(), (1, 2, 64), &Device::Cpu).unwrap();
    let noise = Reproducible { study_seed: 42 };
    let rows = [row(Mode::Angular, settings(Matching::PerToken, Rotation::Exact), 0.2)];
    let mut hook = Disturb::new(&rows, &noise);
    let moved = hook.at(Site::ResidPost, LAYER, tensor.to_dtype(candle_core::DType::BF16).unwrap()).unwrap();
    let moved = moved.to_dtype(candle_core::DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let [first, rest] = hook.into_reached()[&(0, LAYER)];
    for (i, part) in [first, rest].into_iter().enumerate() {
        let found = distance(&values[64 * i..][..64], &moved[64 * i..][..64]);
        assert!((part.sum - found).abs() <= 1e-12 * found && (found - 0.2).abs() > 1e-5, "{} {found}", part.sum);
    }
}

#[test]
fn a_delta_that_float32_cannot_resolve_is_refused_and_one_above_is_right() {
    for (mode, settings) in ways() {
        for (delta, of_norm) in [(1e-30, false), (5e-8, false), (1e-30, true), (1e-8, true)] {
            let message = refused(&two(), Row { of_norm, ..row(mode, settings, delta) });
            assert!(message.contains("is too small") && message.contains(&format!("{mode}: δ ")), "{message}");
        }
        // The search for the published rotation takes steps of a millionth.
        if settings.matching == Matching::PerToken && settings.rotation == Rotation::Exact {
            let delta = 2e-4;
            let (moved, _) = one(&two(), row(mode, settings, delta));
            for (before, after) in two().iter().zip(&moved) {
                let apart = distance(before, after);
                assert!((apart / delta - 1.0).abs() < 0.01, "{mode}: {apart} instead of {delta}");
            }
        }
    }
}

#[test]
fn a_vector_that_is_turned_as_far_as_can_be_is_turned_round_whatever_the_direction() {
    for seed in 0..4 {
        for mode in [Mode::Angular, blend(90.0)] {
            let mut row = row(mode, settings(Matching::PerToken, Rotation::Exact), 100.0);
            row.noise.seed = seed;
            let (moved, reached) = one(&two(), row);
            let round: Stream = two().iter().map(|h| h.iter().map(|x| -x).collect()).collect();
            assert_eq!(moved, round, "{mode}, to the last bit");
            assert_eq!(reached.unattainable, 2);
        }
    }
}
