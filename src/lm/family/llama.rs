//! Llama and what is built like it: TinyLlama, SmolLM2. Many families differ from it in their config alone, or in where
//! their norms stand.

use super::Reader;
use crate::error::Result;
use crate::lm::checkpoint::{Config, RotaryFields, rotary_embedding};
use crate::lm::decoder::{Block, NormWeights, Weights};
use crate::lm::spec::{Activation, DecoderSpec, Norm, Norms, Positions, QkNorm};
use candle_core::Tensor;

/// What transformers has where a config does not say it.
pub struct Defaults {
    /// Heads of keys; none where there are as many as heads.
    pub kv_heads: Option<usize>,
    /// Width of a head; none where heads divide the hidden width.
    pub head_dim: Option<usize>,
    /// ε of the norms.
    pub norm_eps: f64,
    /// The field with the activation, and what it is.
    pub activation: (&'static str, Activation),
    /// Whether the head is the embedding.
    pub tied_head: bool,
}

/// Llama's own.
pub const LLAMA: Defaults = Defaults {
    kv_heads: None,
    head_dim: None,
    norm_eps: 1e-6,
    activation: ("hidden_act", Activation::Silu),
    tied_head: false,
};

/// The rotary embedding of heads of width `head_dim`.
pub fn positions(config: &Config, head_dim: usize) -> Result<(Positions, Vec<String>)> {
    rotary_embedding(config, RotaryFields::USUAL, head_dim)
}

/// The shape that `config` describes.
pub fn spec(config: &Config) -> Result<DecoderSpec> {
    let llama = spec_with(config, &LLAMA)?;
    let positions = positions(config, llama.head_dim)?.0;
    Ok(DecoderSpec { family: "llama", mlp_bias: config.flag("mlp_bias", false)?, positions, ..llama })
}

/// The shape that `config` describes with these defaults; without a family, positions and biases of the MLP.
pub fn spec_with(config: &Config, defaults: &Defaults) -> Result<DecoderSpec> {
    let hidden = config.integer("hidden_size")?;
    let heads = config.integer("num_attention_heads")?;
    let head_dim = config.optional_integer("head_dim")?.or(defaults.head_dim).unwrap_or(hidden / heads.max(1));
    let layers = config.layers("num_hidden_layers")?;
    let bias = config.flag("attention_bias", false)?;
    let (field, activation) = defaults.activation;
    Ok(DecoderSpec {
        hidden,
        heads,
        kv_heads: config.nullable_integer("num_key_value_heads", defaults.kv_heads.unwrap_or(heads))?.unwrap_or(heads),
        mlp_dim: config.integer("intermediate_size")?,
        vocab: config.integer("vocab_size")?,
        max_positions: config.integer("max_position_embeddings")?,
        norm: Norm::RmsNorm,
        norm_eps: config.optional_number("rms_norm_eps")?.unwrap_or(defaults.norm_eps),
        activation: config.optional_text(field)?.map_or(Ok(activation), Activation::from_name)?,
        gated: true,
        tied_head: config.flag("tie_word_embeddings", defaults.tied_head)?,
        qkv_bias: bias,
        out_bias: bias,
        ..DecoderSpec::usual(layers, head_dim)
    })
}

/// The parameters, under the names that transformers gives them.
pub fn weights(spec: &DecoderSpec, reader: &Reader) -> Result<Weights> {
    let DecoderSpec { hidden, mlp_dim, .. } = *spec;
    let (query_dim, key_dim) = (spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim);
    let block = |layer| -> Result<Block> {
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let attention =
            |part: &str, out, input, bias| reader.linear(&name(&format!("self_attn.{part}")), out, input, bias);
        let mlp = |part: &str, out, input| reader.linear(&name(&format!("mlp.{part}")), out, input, spec.mlp_bias);
        let [ln1, ln1_post, ln2, ln2_post] = norms(spec, reader, name)?;
        Ok(Block {
            ln1,
            q: attention("q_proj", query_dim, hidden, spec.qkv_bias)?,
            k: attention("k_proj", key_dim, hidden, spec.qkv_bias)?,
            v: attention("v_proj", key_dim, hidden, spec.qkv_bias)?,
            qk_norms: qk_norms(spec, reader, name)?,
            o: attention("o_proj", hidden, query_dim, spec.out_bias)?,
            ln1_post,
            ln2,
            gate: Some(mlp("gate_proj", mlp_dim, hidden)?),
            up: mlp("up_proj", mlp_dim, hidden)?,
            down: mlp("down_proj", hidden, mlp_dim)?,
            ln2_post,
        })
    };
    let blocks = (0..spec.layers).map(block).collect::<Result<_>>()?;
    ends(spec, reader, blocks, "model.norm")
}

/// All parameters: those of the `blocks`, and those before and after them; the last norm is called `ln_final`.
pub fn ends(spec: &DecoderSpec, reader: &Reader, blocks: Vec<Block>, ln_final: &str) -> Result<Weights> {
    let [embed, head] = reader.ends(spec)?;
    let head_bias = spec.head_bias.then(|| reader.tensor("lm_head.bias", &[spec.vocab])).transpose()?;
    let ln_final = Some(reader.norm(ln_final, spec)?);
    Ok(Weights { positions: None, projections: None, blocks, ln_final, embed, head, head_bias })
}

/// The norms of a block: before and after attention, before and after the MLP.
pub fn norms(spec: &DecoderSpec, reader: &Reader, name: impl Fn(&str) -> String) -> Result<[Option<NormWeights>; 4]> {
    let norm = |part: &str| reader.norm(&name(part), spec).map(Some);
    Ok(match spec.norms {
        Norms::Before => [norm("input_layernorm")?, None, norm("post_attention_layernorm")?, None],
        Norms::Shared => [norm("input_layernorm")?, None, None, None],
        Norms::Around => [
            norm("input_layernorm")?,
            norm("post_attention_layernorm")?,
            norm("pre_feedforward_layernorm")?,
            norm("post_feedforward_layernorm")?,
        ],
        Norms::After | Norms::OfStream => {
            [None, norm("post_attention_layernorm")?, None, norm("post_feedforward_layernorm")?]
        }
    })
}

/// The norms of queries and keys, where there are any.
fn qk_norms(spec: &DecoderSpec, reader: &Reader, name: impl Fn(&str) -> String) -> Result<Option<[NormWeights; 2]>> {
    let width = spec.head_dim;
    let norm = |part: &str, width| reader.norm_of(&name(&format!("self_attn.{part}")), spec.norm, width);
    // As StableLM has them.
    let of_each = |part: &str, heads| -> Result<NormWeights> {
        let of = |head: usize| reader.tensor(&name(&format!("self_attn.{part}.norms.{head}.weight")), &[width]);
        let weights = (0..heads).map(of).collect::<Result<Vec<_>>>()?;
        Ok(NormWeights { weight: Tensor::stack(&weights, 0)?, bias: None })
    };
    Ok(match spec.qk_norm {
        None => None,
        Some(QkNorm::Heads) => Some([norm("q_norm", width)?, norm("k_norm", width)?]),
        Some(QkNorm::Whole) => Some([norm("q_norm", spec.heads * width)?, norm("k_norm", spec.kv_heads * width)?]),
        Some(QkNorm::EachHead) => Some([of_each("q_layernorm", spec.heads)?, of_each("k_layernorm", spec.kv_heads)?]),
    })
}
