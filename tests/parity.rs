//! The decoder and the interventions against PyTorch transformers, on the same weights, tokens and noise.

mod common;

use candle_core::Tensor;
use common::{FIXTURES, Reference, difference, load, numbers, references, tolerance};
use polarscope::intervention::{Displacement, Disturb, Given, NoiseKey, Patch, Repair, Row};
use polarscope::lm::{Chain, Hooks, Keep, Model, NoHooks, Site};
use polarscope::measure::{AlignmentReader, EntropyReader, Quantity, Readings, mean_loss};
use polarscope::study::{Mode, Perturbation, Protocol, Sign, Tokens};
use serde_json::Value;

/// On the CPU; see [`tolerance`].
const LOGITS: f64 = 1e-4;
const BLOCKS: f64 = 1e-4;
const ATTENTION: f64 = 1e-5;
const LOSSES: f64 = 2e-5;

/// Keeps every tensor but those that are made otherwise where somebody wants them.
fn everything(model: &Model) -> Keep {
    let layers = model.decoder.spec().layers;
    let sites = Site::ALL.into_iter().filter(|site| ![Site::AttnScores, Site::MlpPre].contains(site));
    Keep::new(sites.flat_map(|site| (0..layers).map(move |layer| (site, layer))))
}

fn run(model: &Model, sequences: &[&[u32]], hooks: &mut dyn Hooks) -> (Tensor, Vec<Vec<f32>>) {
    let decoder = &model.decoder;
    let x = decoder.embed(sequences, hooks).unwrap();
    let x = decoder.blocks(x, 0..decoder.spec().layers, hooks).unwrap();
    let normed = decoder.ln_final(&x, hooks).unwrap();
    let logits = decoder.logits(&normed, hooks).unwrap();
    (logits, decoder.losses(&normed, sequences).unwrap())
}

#[test]
fn clean_passes_agree_with_transformers() {
    for reference in references() {
        let model = reference.model();
        let losses = numbers(&reference.json["baseline"]["losses"]);
        for (s, sequence) in reference.sequences().iter().enumerate() {
            let mut keep = everything(&model);
            let (logits, token_losses) = run(&model, &[sequence], &mut keep);
            let kept = keep.into_kept();
            let at = |name: String, found: &Tensor, allowed: f64| {
                let Some(expected) = reference.array(&name) else { return false };
                let found = found.squeeze(0).unwrap();
                assert_eq!(found.dims(), expected.dims(), "{name}");
                let off = difference(&found, &expected);
                // Branches that a norm follows may be long.
                let allowed =
                    tolerance(allowed) * (difference(&expected, &expected.zeros_like().unwrap()) / 100.0).max(1.0);
                assert!(off <= allowed, "{:?} {name} is off by {off}", reference.folder);
                true
            };
            assert!(at(format!("logits_s{s}"), &logits, LOGITS), "{:?} has no logits_s{s}", reference.folder);
            for layer in 0..model.decoder.spec().layers {
                assert!(at(format!("block_s{s}_l{layer}"), &kept[&(Site::ResidPost, layer)], BLOCKS));
                assert!(at(format!("probs_s{s}_l{layer}"), &kept[&(Site::Pattern, layer)], ATTENTION));
                at(format!("attn_s{s}_l{layer}"), &kept[&(Site::AttnOut, layer)], BLOCKS);
                at(format!("mlp_s{s}_l{layer}"), &kept[&(Site::MlpOut, layer)], BLOCKS);
                for site in [Site::Ln1Post, Site::Ln2Post] {
                    let name = format!("{}_s{s}_l{layer}", site.name());
                    let Some(found) = kept.get(&(site, layer)) else {
                        assert!(!model.decoder.spec().has(site) && reference.array(&name).is_none(), "no {name}");
                        continue;
                    };
                    at(name, found, BLOCKS);
                }
            }
            assert!((mean_loss(&token_losses[0]) - losses[s]).abs() <= tolerance(LOSSES));
            let expected = numbers(&reference.json["baseline"]["token_losses"][s]);
            assert!(token_losses[0].iter().zip(&expected).all(|(a, b)| (f64::from(*a) - b).abs() <= tolerance(5e-5)));
        }
    }
}

#[test]
fn a_pass_resumed_from_a_stored_stream_is_the_whole_pass() {
    for reference in references() {
        let model = reference.model();
        let sequence = reference.sequences().pop().unwrap();
        let mut keep = everything(&model);
        let (logits, _) = run(&model, &[&sequence], &mut keep);
        let kept = keep.into_kept();
        for layer in 0..model.decoder.spec().layers {
            let stored = kept[&(Site::ResidPost, layer)].clone();
            let x = model.decoder.blocks(stored, layer + 1..model.decoder.spec().layers, &mut NoHooks).unwrap();
            let resumed = model.decoder.ln_final(&x, &mut NoHooks).unwrap();
            let resumed = model.decoder.logits(&resumed, &mut NoHooks).unwrap();
            assert_eq!(difference(&resumed, &logits), 0.0);
        }
    }
}

/// The reference's noise, under the names that [`row`] gives.
fn given(reference: &Reference, protocol: &str) -> Given {
    let mut given = Given::default();
    for (s, sequence) in reference.sequences().iter().enumerate() {
        let text = format!("text {s}");
        if let Some(shared) = reference.noise(protocol, &format!("noise_T{}", sequence.len())) {
            given.directions.insert((text.clone(), None), shared);
        }
        for layer in reference.target_layers() {
            if let Some(own) = reference.noise(protocol, &format!("noise_s{s}_l{layer}")) {
                given.directions.insert((text.clone(), Some(layer)), own);
            }
            let signs = reference.noise(protocol, &format!("sign_s{s}_l{layer}")).unwrap();
            given.signs.insert((text.clone(), Some(layer)), signs);
        }
    }
    given
}

fn row(reference: &Reference, protocol: &str, mode: Mode, delta: f64, s: usize) -> Row {
    let protocol = if protocol == "strict" { Protocol::Strict } else { Protocol::Published };
    let perturbation = Perturbation { protocol, ..Perturbation::default() };
    Row {
        mode,
        deltas: reference.target_layers().into_iter().map(|layer| (layer, delta)).collect(),
        of_norm: false,
        settings: perturbation.settings(mode),
        sign: Sign::Random,
        tokens: Tokens::All,
        noise: NoiseKey { seed: 0, text: format!("text {s}"), layer: None, extra: String::new() },
    }
}

/// The displacement of all tokens.
fn whole([first, rest]: &[Displacement; 2]) -> Displacement {
    let mut all = *first;
    all.merge(rest);
    all
}

#[test]
fn disturbed_passes_agree_with_pytorch_under_both_protocols() {
    for reference in references() {
        let model = reference.model();
        let deltas = numbers(&reference.json["deltas"]);
        let mut checked = 0;
        for entry in reference.json["perturbed"].as_array().unwrap() {
            let protocol = entry["protocol"].as_str().unwrap();
            let mode = if entry["mode"] == "angle" { Mode::Angular } else { Mode::Magnitude };
            let delta = entry["delta"].as_f64().unwrap();
            let noise = given(&reference, protocol);
            for (s, sequence) in reference.sequences().iter().enumerate() {
                let rows = [row(&reference, protocol, mode, delta, s)];
                let (mut hook, mut keep) = (Disturb::new(&rows, &noise), everything(&model));
                let (logits, losses) = run(&model, &[sequence], &mut Chain(vec![&mut hook, &mut keep]));
                let (kept, reached) = (keep.into_kept(), hook.into_reached());
                let name = format!("{:?} {protocol} {mode} δ {delta} sequence {s}", reference.folder);
                let expected = entry["losses"][s].as_f64().unwrap();
                let found = mean_loss(&losses[0]);
                assert!((found - expected).abs() <= tolerance(LOSSES), "{name}: loss {found} instead of {expected}");
                for (l, layer) in reference.target_layers().into_iter().enumerate() {
                    let reached = whole(&reached[&(0, layer)]);
                    let expected = entry["disp_mean"][s][l].as_f64().unwrap();
                    #[allow(clippy::cast_precision_loss)]
                    let mean = reached.sum / reached.tokens as f64;
                    // One step of the bisection, as float32 may take it the other way, is 3.8e-6 of ‖h‖.
                    assert!(
                        (mean - expected).abs() <= tolerance(1e-3) * expected.max(0.1),
                        "{name}: moved {mean}, not {expected}"
                    );
                    if let Some(count) = entry["unattainable"][s][l].as_u64() {
                        assert_eq!(reached.unattainable, count, "{name}");
                    }
                    if let Some(count) = entry["flipped"][s][l].as_u64() {
                        assert_eq!(reached.flipped, count, "{name}");
                    }
                }
                let index = deltas.iter().position(|d| (d - delta).abs() < 1e-9).unwrap();
                let words = if mode == Mode::Angular { "angle" } else { "magnitude" };
                if let Some(expected) = reference.array(&format!("{protocol}_{words}_{index}_logits_s{s}")) {
                    let off = difference(&logits.squeeze(0).unwrap(), &expected);
                    assert!(off <= tolerance(LOGITS), "{name}: logits are off by {off}");
                }
                for layer in reference.target_layers() {
                    let array = format!("{protocol}_{words}_{index}_block_s{s}_l{layer}");
                    if let Some(expected) = reference.array(&array) {
                        let found = kept[&(Site::ResidPost, layer)].squeeze(0).unwrap();
                        let off = difference(&found, &expected);
                        // Relative to the largest norms of these models, which are a few hundred.
                        assert!(off <= tolerance(1e-3), "{name}: block {layer} is off by {off}");
                    }
                }
                checked += 1;
            }
        }
        let least = 12 * reference.sequences().len();
        assert!(checked >= least, "only {checked} disturbed passes in {:?}", reference.folder);
    }
}

#[test]
fn entropies_and_cosines_agree_with_pytorch() {
    let mut disturbed = 0;
    for reference in references() {
        let model = reference.model();
        let spec = model.decoder.spec();
        let layers: Vec<usize> = (0..spec.layers).collect();
        let quantities = [&Quantity::ENTROPIES[..], &Quantity::ALIGNMENTS[..]].concat();
        // Read off a pass with `hooks`, by layer and head.
        let read = |sequence: &Vec<u32>, hooks: &mut dyn Hooks| {
            let mut entropies = Readings::new(&quantities, &layers, spec.heads, 1);
            let mut cosines = entropies.clone();
            let mut entropy = EntropyReader::new(&mut entropies);
            let mut alignment = AlignmentReader::new(&model.decoder, None, &mut cosines);
            run(&model, &[sequence], &mut Chain(vec![hooks, &mut entropy, &mut alignment]));
            let of = |readings: &Readings, quantity| {
                readings.row(0).into_iter().find(|(known, _)| *known == quantity).unwrap().1
            };
            let exact = of(&entropies, Quantity::EntropyExact);
            let published = of(&entropies, Quantity::EntropyPublished);
            assert!(exact.iter().zip(&published).all(|(a, b)| (a - b).abs() < 1e-6 && a >= b));
            (exact, of(&cosines, Quantity::QkCosine))
        };
        let compare = |found: &[f32], expected: &Value, what: &str| {
            let expected: Vec<Vec<f64>> = serde_json::from_value(expected.clone()).unwrap();
            assert_eq!(found.len(), expected.concat().len());
            for (found, expected) in found.iter().zip(expected.concat()) {
                let off = (f64::from(*found) - expected).abs();
                assert!(off <= tolerance(ATTENTION), "{:?} {what} is off by {off}", reference.folder);
            }
        };
        for (s, sequence) in reference.sequences().iter().enumerate() {
            let (entropies, cosines) = read(sequence, &mut NoHooks);
            compare(&entropies, &reference.json["baseline"]["entropy"][s], "clean entropy");
            let expected = &reference.json["baseline"]["qk_cos"][s];
            if !expected.is_null() {
                compare(&cosines, expected, "clean cosine");
            }
        }
        for entry in reference.json["perturbed"].as_array().unwrap().iter().filter(|e| e["entropy"].is_array()) {
            let protocol = entry["protocol"].as_str().unwrap();
            let mode = if entry["mode"] == "angle" { Mode::Angular } else { Mode::Magnitude };
            let noise = given(&reference, protocol);
            for (s, sequence) in reference.sequences().iter().enumerate() {
                let rows = [row(&reference, protocol, mode, entry["delta"].as_f64().unwrap(), s)];
                let (entropies, cosines) = read(sequence, &mut Disturb::new(&rows, &noise));
                compare(&entropies, &entry["entropy"][s], "disturbed entropy");
                compare(&cosines, &entry["qk_cos"][s], "disturbed cosine");
                disturbed += 1;
            }
        }
    }
    // The fixtures hold clean entropies only; the larger references, where they are, disturbed ones too.
    let larger = references().len() > FIXTURES;
    assert_eq!(disturbed > 0, larger);
}

/// What the reference calls a repair, in the layers that it repairs.
fn patches(name: &str, layers: &[usize]) -> Vec<Patch> {
    let head = name.strip_prefix("head_").and_then(|rest| rest.split_once('_'));
    if let Some((layer, head)) = head {
        return vec![Patch::new(Site::Z, layer.parse().unwrap(), Some(head.parse().unwrap()))];
    }
    let sites: &[Site] = match name {
        "attn" => &[Site::AttnOut],
        "mlp" => &[Site::MlpOut],
        "both" => &[Site::AttnOut, Site::MlpOut],
        "ln" => &[Site::Ln1, Site::Ln2],
        "ln1" => &[Site::Ln1],
        "ln2" => &[Site::Ln2],
        "perturbed" => &[],
        other => panic!("unknown repair {other}"),
    };
    sites.iter().flat_map(|site| layers.iter().map(|layer| Patch::new(*site, *layer, None))).collect()
}

#[test]
fn repaired_passes_agree_with_pytorch() {
    for reference in references() {
        let model = reference.model();
        let mut checked = 0;
        for entry in reference.json["repair"].as_array().unwrap() {
            let protocol = entry["protocol"].as_str().unwrap();
            let mode = if entry["mode"] == "angle" { Mode::Angular } else { Mode::Magnitude };
            let delta = entry["delta"].as_f64().unwrap();
            let layers: Vec<usize> = serde_json::from_value(entry["layers"].clone()).unwrap();
            let noise = given(&reference, protocol);
            for (s, sequence) in reference.sequences().iter().enumerate() {
                let mut keep = everything(&model);
                run(&model, &[sequence], &mut keep);
                let clean = keep.into_kept();
                for (repair, losses) in entry["losses"].as_object().unwrap().iter().filter(|(name, _)| *name != "clean")
                {
                    let (rows, patches) = ([row(&reference, protocol, mode, delta, s)], patches(repair, &layers));
                    let (mut disturb, mut hook) = (Disturb::new(&rows, &noise), Repair::new(&patches, &clean));
                    let (_, found) = run(&model, &[sequence], &mut Chain(vec![&mut disturb, &mut hook]));
                    let (found, expected) = (mean_loss(&found[0]), losses[s].as_f64().unwrap());
                    let name = format!("{:?} {protocol} {mode} {repair} sequence {s}", reference.folder);
                    assert!(
                        (found - expected).abs() <= tolerance(LOSSES),
                        "{name}: loss {found} instead of {expected}"
                    );
                    checked += 1;
                }
            }
        }
        let least = 25 * reference.sequences().len();
        assert!(checked >= least, "only {checked} repaired passes in {:?}", reference.folder);
    }
}

#[test]
fn a_batch_gives_each_row_what_it_gives_alone() {
    let references = references();
    let reference = references.iter().find(|reference| reference.folder.ends_with("fixtures/gpt2")).unwrap();
    let model = reference.model();
    let sequences = reference.sequences();
    // Two different sequences of one length.
    let other = (2..sequences.len()).find(|s| sequences[*s].len() == sequences[1].len()).unwrap();
    assert_ne!(sequences[1], sequences[other]);
    let noise = given(reference, "strict");
    let cases = [(Mode::Magnitude, 1), (Mode::Angular, other), (Mode::Angular, 1), (Mode::Magnitude, other)];
    let rows: Vec<Row> = cases.iter().map(|(mode, s)| row(reference, "strict", *mode, 3.0, *s)).collect();
    let stacked: Vec<&[u32]> = cases.iter().map(|(_, s)| sequences[*s].as_slice()).collect();
    let mut hook = Disturb::new(&rows, &noise);
    let (_, together) = run(&model, &stacked, &mut hook);
    for (i, row) in rows.iter().enumerate() {
        let alone = [row.clone()];
        let mut hook = Disturb::new(&alone, &noise);
        let (_, losses) = run(&model, &stacked[i..=i], &mut hook);
        assert!((mean_loss(&losses[0]) - mean_loss(&together[i])).abs() <= tolerance(1e-5));
    }
}

#[test]
fn minimal_pair_scores_agree_with_transformers() {
    use polarscope::measure::{preference, sentence_score};
    use polarscope::study::Scoring;
    for reference in references() {
        let model = reference.model();
        let losses: Vec<Vec<f32>> =
            reference.sequences().iter().map(|s| run(&model, &[s], &mut NoHooks).1.remove(0)).collect();
        let pairs: Vec<[usize; 2]> = serde_json::from_value(reference.json["pairs"]["pairs"].clone()).unwrap();
        let expected = &reference.json["pairs"]["clean"];
        for (scoring, field) in [(Scoring::Sum, "acc_sum"), (Scoring::Mean, "acc_mean")] {
            let score = |s: usize| sentence_score(&losses[s], scoring);
            let right: f64 = pairs.iter().map(|[good, bad]| preference(score(*good), score(*bad), scoring)).sum();
            #[allow(clippy::cast_precision_loss)]
            let accuracy = right / pairs.len() as f64;
            assert!((accuracy - expected[field].as_f64().unwrap()).abs() < 1e-9, "{:?} {field}", reference.folder);
        }
    }
}

#[test]
fn a_gguf_file_gives_the_logits_of_the_folder_that_it_was_made_from() {
    let reference = references().into_iter().find(|r| r.folder.ends_with("fixtures/llama")).unwrap();
    let path = reference.folder.with_extension("gguf");
    let gguf = load(path.to_str().unwrap()).unwrap();
    let folder = reference.model();
    assert_eq!(gguf.decoder.spec(), folder.decoder.spec());
    for sequence in reference.sequences() {
        let (a, b) = (run(&gguf, &[&sequence], &mut NoHooks).0, run(&folder, &[&sequence], &mut NoHooks).0);
        assert_eq!(difference(&a, &b), 0.0);
    }
}

#[test]
fn tokens_agree_with_the_tokenizers_package() {
    use polarscope::study::SpecialTokens;
    for reference in references() {
        let Some(cases) = reference.json["tokenizer_cases"].as_array() else { continue };
        let mut tokenizers = vec![reference.model().tokens.unwrap()];
        let gguf = reference.folder.with_extension("gguf");
        if gguf.exists() {
            let model = load(gguf.to_str().unwrap()).unwrap();
            tokenizers.push(model.tokens.unwrap());
        }
        for tokens in &tokenizers {
            for case in cases {
                let text = case["text"].as_str().unwrap();
                let expected: Vec<u32> = serde_json::from_value(case["ids"].clone()).unwrap();
                assert_eq!(tokens.encode(text, SpecialTokens::Tokenizer, 64).unwrap(), expected, "\"{text}\"");
            }
        }
    }
}
