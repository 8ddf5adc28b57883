//! Models of a given shape with random weights, written in Hugging Face's layout.

use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::path::Path;

/// What a GPT-NeoX model's shape follows from.
#[derive(Clone, Copy)]
pub struct Shape {
    pub layers: usize,
    pub hidden: usize,
    pub heads: usize,
    pub vocab: usize,
}

/// Pythia-410M's.
pub const PYTHIA_410M: Shape = Shape { layers: 24, hidden: 1024, heads: 16, vocab: 50304 };

/// Length of an embedding.
const EMBEDDING: f64 = 20.0;

/// The logit that a token's own embedding gets from the head, where the stream is nothing but that embedding.
const OWN_LOGIT: f64 = 12.0;

/// Writes config.json and model.safetensors, in float16, to `folder`; gives the number of parameters.
///
/// The head is the embedding, scaled, so that the model expects a token to be followed by itself; the blocks add to the
/// stream about as much as the embedding holds. So losses mean something, and disturbing the stream changes them.
pub fn write_model(folder: &Path, shape: Shape) -> usize {
    let Shape { layers, hidden, heads, vocab } = shape;
    let config = serde_json::json!({
        "model_type": "gpt_neox", "hidden_act": "gelu", "num_hidden_layers": layers, "hidden_size": hidden,
        "intermediate_size": 4 * hidden, "num_attention_heads": heads, "vocab_size": vocab, "rotary_pct": 0.25,
        "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "use_parallel_residual": true,
        "tie_word_embeddings": false,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let width = hidden as f64;
    let root = width.sqrt();
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let mut add = |name: String, shape: &[usize], seed: u64, center: f64, spread: f64| {
        tensors.insert(name, (shape.to_vec(), random(shape.iter().product(), seed, center, spread)));
    };
    add("gpt_neox.embed_in.weight".to_owned(), &[vocab, hidden], 0, 0.0, EMBEDDING / root);
    add("embed_out.weight".to_owned(), &[vocab, hidden], 0, 0.0, OWN_LOGIT / width);
    let norms = (0..layers)
        .flat_map(|l| [format!("layers.{l}.input_layernorm"), format!("layers.{l}.post_attention_layernorm")]);
    for (name, seed) in norms.chain(["final_layer_norm".to_owned()]).zip(1..) {
        add(format!("gpt_neox.{name}.weight"), &[hidden], seed, 1.0, 0.05);
        add(format!("gpt_neox.{name}.bias"), &[hidden], seed, 0.0, 0.05);
    }
    let mut seed = 1000;
    for layer in 0..layers {
        for (name, out, input, spread) in [
            ("attention.query_key_value", 3 * hidden, hidden, 1.0 / root),
            ("attention.dense", hidden, hidden, 0.15 / root),
            ("mlp.dense_h_to_4h", 4 * hidden, hidden, 1.0 / root),
            ("mlp.dense_4h_to_h", hidden, 4 * hidden, 0.1 / root),
        ] {
            seed += 1;
            add(format!("gpt_neox.layers.{layer}.{name}.weight"), &[out, input], seed, 0.0, spread);
            add(format!("gpt_neox.layers.{layer}.{name}.bias"), &[out], seed, 0.0, 0.02);
        }
    }
    let view = |shape: &Vec<usize>, bytes| TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap();
    let views: Vec<(&String, TensorView)> =
        tensors.iter().map(|(name, (shape, bytes))| (name, view(shape, bytes.as_slice()))).collect();
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
    tensors.values().map(|(shape, _)| shape.iter().product::<usize>()).sum()
}

/// Numbers of a mean and a standard deviation, evenly distributed (xorshift64), as float16.
fn random(count: usize, seed: u64, center: f64, spread: f64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (seed + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mut bytes = Vec::with_capacity(2 * count);
    for _ in 0..count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let even = (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        let value = half::f16::from_f64(center + spread * 12f64.sqrt() * even);
        bytes.extend(value.to_le_bytes());
    }
    bytes
}
