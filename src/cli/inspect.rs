//! `polarscope inspect`: what a model is, what it takes, and how long its hidden states are.

use super::model::{Loaded, ModelArguments};
use crate::corpus::{self, Item};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::lm::{DecoderSpec, Norm, Norms, Positions, QkNorm, Residual, Rotary};
use crate::measure::LayerNorms;
use crate::runner::{Engine, Memory, size, tokens_per_batch};
use crate::study::{SpecialTokens, TextChoice};
use crate::visible;
use clap::Args;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    #[command(flatten)]
    model: ModelArguments,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// Tokens after which a text is cut, as in the study.
const MAX_TOKENS: usize = 64;

impl Inspect {
    pub fn run(self) -> Result<()> {
        let loaded = self.model.describe()?.load(MAX_TOKENS)?;
        let spec = loaded.model.decoder.spec();
        let (items, measured_on) = material(&loaded)?;
        if let Some(part) = loaded.model.decoder.broken_end()? {
            return Err(Error::data(format!(
                "{}: the weights of the {part} hold what is not a number, or is infinite; they are broken",
                loaded.choice.id
            )));
        }
        let budget = tokens_per_batch(spec);
        let norms = Engine::survey(&loaded.model.decoder, &items, budget, |_, _| Ok(()))?.layers;
        if let Some(layer) = norms.iter().position(|norms| !norms.are_finite()) {
            return Err(Error::data(format!(
                "{}: the norms of layer {layer} are not numbers, measured on {measured_on}; its weights are broken",
                loaded.choice.id
            )));
        }
        let memory = Memory::of(spec, loaded.choice.dtype, budget, MAX_TOKENS, loaded.device.found.choice);
        super::print(&if self.json {
            visible::json(&as_json(&loaded, memory, &norms, &measured_on))
        } else {
            as_text(&loaded, memory, &norms, &measured_on)
        })
    }
}

/// What norms are measured on: the demo's own texts for the demo, the built-in short sentences for other models, and
/// random tokens where a model has no tokenizer.
fn material(loaded: &Loaded) -> Result<(Vec<Item>, String)> {
    let spec = loaded.model.decoder.spec();
    let max = MAX_TOKENS.min(spec.max_positions);
    let random = |why: &str| {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let vocab = u32::try_from(spec.vocab).unwrap_or(u32::MAX);
        let sequence = |random: &mut ChaCha8Rng| (0..max).map(|_| random.next_u32() % vocab).collect();
        let item =
            |i: usize, random: &mut ChaCha8Rng| Item { name: format!("random {i}"), sequences: vec![sequence(random)] };
        let items = (0..8).map(|i| item(i, &mut random)).collect();
        (items, format!("8 sequences of {max} random tokens; {why}"))
    };
    let Ok(tokens) = &loaded.model.tokens else { return Ok(random("the model has no tokenizer")) };
    let source = if loaded.choice.id == "demo" { "demo" } else { "short" };
    let choice = TextChoice { source: source.to_owned(), limit: 50, ..TextChoice::default() };
    let texts = corpus::load_texts(&choice, &mut Hub::cache_only())?.texts;
    let mut items = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let ids = tokens.encode(text, SpecialTokens::Tokenizer, max)?;
        // As in a study, of which no text is shorter.
        if ids.len() >= 2 {
            items.push(Item { name: format!("text {i}"), sequences: vec![ids] });
        }
    }
    Ok(match (items.len(), texts.len()) {
        (0, _) => random(&format!("of no text of the source \"{source}\" does the tokenizer make 2 tokens or more")),
        (used, all) if used == all => (items, format!("{all} texts of the source \"{source}\"")),
        (used, all) => (
            items,
            format!(
                "{used} of {all} texts of the source \"{source}\"; of the others the tokenizer makes less than 2 tokens"
            ),
        ),
    })
}

fn positions(spec: &DecoderSpec) -> String {
    let dims = |rotary: &Rotary| format!("rotary, {} of {} dimensions", 2 * rotary.frequencies.len(), spec.head_dim);
    match &spec.positions {
        Positions::Rotary(rotary) => dims(rotary),
        Positions::RotaryByWindow { full, .. } => format!("{}, otherwise in layers with a window", dims(full)),
        Positions::Learned { .. } => "learned".to_owned(),
    }
}

/// The sliding windows, where there are any.
fn windows(spec: &DecoderSpec) -> Option<String> {
    let (layer, window) = spec.windows.iter().enumerate().find_map(|(layer, window)| Some((layer, (*window)?)))?;
    let count = spec.windows.iter().flatten().count();
    Some(format!("{window} keys in {count} of {} layers, from layer {layer}", spec.layers))
}

fn norm(spec: &DecoderSpec) -> &'static str {
    match spec.norm {
        Norm::LayerNorm => "LayerNorm",
        Norm::RmsNorm => "RMSNorm",
        Norm::RmsNormPlusOne => "RMSNorm (1 + w)",
    }
}

/// Where the norms stand.
fn norm_places(spec: &DecoderSpec) -> &'static str {
    match spec.norms {
        Norms::Before => "before each branch",
        Norms::Shared => "one before both branches",
        Norms::Around => "before and after each branch",
        Norms::After => "after each branch",
        Norms::OfStream => "of the stream after each branch",
    }
}

/// What queries and keys are normed by, where they are.
fn qk_norm(spec: &DecoderSpec) -> Option<&'static str> {
    Some(match spec.qk_norm? {
        QkNorm::Heads => "of each head",
        QkNorm::EachHead => "of each head, with its own weights",
        QkNorm::Whole => "of all heads together",
    })
}

/// Scales and caps that most models have not.
fn scales(spec: &DecoderSpec) -> Vec<String> {
    let usual = DecoderSpec::usual(spec.layers, spec.head_dim).score_scales;
    let scale = |scale: f32| format!("embeddings × {scale}");
    let cap = |of: &str, cap: Option<f32>| cap.map(|cap| format!("{of} capped at {cap}"));
    let scores = |scales: &[f32]| {
        if scales.iter().all(|scale| *scale == scales[0]) {
            format!("scores × {}", scales[0])
        } else {
            "scores scaled by layer".to_owned()
        }
    };
    let scores = (spec.score_scales != usual).then(|| scores(&spec.score_scales));
    [spec.embed_scale.map(scale), scores, cap("scores", spec.score_cap), cap("logits", spec.logit_cap)]
        .into_iter()
        .flatten()
        .collect()
}

fn residual(spec: &DecoderSpec) -> &'static str {
    match spec.residual {
        Residual::Parallel => "parallel",
        Residual::Sequential => "sequential",
    }
}

fn as_json(loaded: &Loaded, memory: Memory, norms: &[LayerNorms], measured_on: &str) -> serde_json::Value {
    let (spec, provenance) = (loaded.model.decoder.spec(), &loaded.model.provenance);
    let files: serde_json::Map<_, _> =
        provenance.files.iter().map(|(name, hash)| (name.clone(), hash.clone().into())).collect();
    let by_layer: Vec<_> = norms
        .iter()
        .enumerate()
        .map(|(layer, n)| {
            json!({ "layer": layer, "median": n.median, "p05": n.p05, "p95": n.p95, "first_token_median": n.first_median })
        })
        .collect();
    json!({
        "model": loaded.choice.id,
        "family": spec.family,
        "layers": spec.layers,
        "hidden": spec.hidden,
        "heads": spec.heads,
        "kv_heads": spec.kv_heads,
        "head_dim": spec.head_dim,
        "mlp_dim": spec.mlp_dim,
        "vocabulary": spec.vocab,
        "max_positions": spec.max_positions,
        "positions": positions(spec),
        "sliding_window": windows(spec),
        "norm": norm(spec),
        "norm_places": norm_places(spec),
        "qk_norm": qk_norm(spec),
        "scales": scales(spec),
        "residual": residual(spec),
        "activation": spec.activation.name(),
        "gated_mlp": spec.gated,
        "tied_head": spec.tied_head,
        "parameters": spec.parameters(),
        "stored_as": provenance.stored_as,
        "dtype": loaded.choice.dtype.to_string(),
        "commit": provenance.commit,
        "files_sha256": files,
        "memory_bytes": {
            "weights": memory.weights,
            "batch": memory.activations,
            "clean_run": memory.clean,
            "total": memory.total(),
        },
        "device": {
            "id": loaded.device.found.choice.to_string(),
            "name": loaded.device.found.name,
            "memory_bytes": loaded.device.found.total,
            "free_bytes": loaded.device.found.free,
        },
        "no_tokenizer": loaded.model.tokens.as_ref().err(),
        "norms_measured_on": measured_on,
        "norms": by_layer,
        "remarks": loaded.model.remarks,
    })
}

fn as_text(loaded: &Loaded, memory: Memory, norms: &[LayerNorms], measured_on: &str) -> String {
    let (spec, provenance) = (loaded.model.decoder.spec(), &loaded.model.provenance);
    let device = &loaded.device.found;
    let head = if spec.tied_head { "tied to the embedding" } else { "of its own" };
    let head = format!("{head}{}", if spec.head_bias { ", with a bias" } else { "" });
    let scales = scales(spec);
    let gated = if spec.gated { "gated " } else { "" };
    let commit = provenance.commit.as_ref().map_or(String::new(), |commit| format!(" at commit {commit}"));
    let rows = [
        ("model", format!("{}{commit}", loaded.choice.id)),
        ("family", spec.family.to_owned()),
        ("parameters", spec.parameters().to_string()),
        ("shape", format!("{} layers, hidden {}, vocabulary {}", spec.layers, spec.hidden, spec.vocab)),
        ("attention", format!("{} heads of {}, {} key heads", spec.heads, spec.head_dim, spec.kv_heads)),
        ("window", windows(spec).unwrap_or_else(|| "none".to_owned())),
        ("positions", format!("{}; at most {}", positions(spec), spec.max_positions)),
        ("mlp", format!("{gated}{}, width {}", spec.activation.name(), spec.mlp_dim)),
        ("norm", format!("{}, {}; {} residual", norm(spec), norm_places(spec), residual(spec))),
        ("qk norm", qk_norm(spec).unwrap_or("none").to_owned()),
        ("scales", if scales.is_empty() { "the usual".to_owned() } else { scales.join(", ") }),
        ("head", head),
        ("weights", format!("stored as {}, computed in {}", provenance.stored_as, loaded.choice.dtype)),
        ("tokenizer", loaded.model.tokens.as_ref().err().map_or("there".to_owned(), |why| format!("none: {why}"))),
        ("memory", memory.words(loaded.choice.dtype)),
        (
            "device",
            format!("{} ({}), {} free of {}", device.choice, device.name, size(device.free), size(device.total)),
        ),
    ];
    let mut text = String::new();
    for (name, value) in rows {
        text += &format!("{name:<10} {value}\n");
    }
    for remark in &loaded.model.remarks {
        text += &format!("remark     {remark}\n");
    }
    for (name, hash) in &provenance.files {
        text += &format!("sha256     {hash}  {name}\n");
    }
    text += &format!("\nNorms of each layer's output, on {measured_on}\n");
    text += "layer     median         p05         p95   first token\n";
    for (layer, n) in norms.iter().enumerate() {
        text += &format!("{layer:>5} {:>10.3} {:>11.3} {:>11.3} {:>13.3}\n", n.median, n.p05, n.p95, n.first_median);
    }
    text
}
