//! GGUF files of Llama models: their metadata as a config.json, their tensors under Hugging Face's names.

use super::config::GGUF_FACTORS;
use super::{Checkpoint, Config, File, Tensors};
use crate::error::{Error, Result, first_line};
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use candle_core::{Device, Tensor};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Mutex;
use tokenizers::Tokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;

/// The model in the file at `path`.
pub fn open(path: &Path) -> Result<Checkpoint> {
    let shown = path.display().to_string();
    let broken = |error: String| Error::Data(format!("{shown}: not a complete GGUF file: {error}"));
    let mut file = std::fs::File::open(path).map_err(|error| Error::Data(format!("{shown}: {error}")))?;
    let length = file.metadata().map_err(|error| broken(error.to_string()))?.len();
    check_head(&mut file).map_err(broken)?;
    let content = Content::read(&mut file).map_err(|error| broken(first_line(&error)))?;
    for (name, info) in &content.tensor_infos {
        let elements = info.shape.dims().iter().try_fold(1u64, |product, dim| product.checked_mul(*dim as u64));
        let blocks = elements.map(|n| n.div_ceil(info.ggml_dtype.block_size() as u64));
        let end = blocks
            .and_then(|n| n.checked_mul(info.ggml_dtype.type_size() as u64))
            .and_then(|bytes| bytes.checked_add(info.offset)?.checked_add(content.tensor_data_offset));
        if end.is_none_or(|end| end > length) {
            return Err(broken(format!("tensor {name} reaches beyond its end")));
        }
    }
    let factors = rotary_factors(&content, &mut file).map_err(|error| error.context(&shown))?;
    let config = config(&content, factors).map_err(|error| error.context(&shown))?;
    let tokenizer = tokenizer(&content).map_err(|error| error.context(&shown))?;
    let tensors = Box::new(Quantized { content, file: Mutex::new(file), heads: heads(&config)? });
    Ok(Checkpoint {
        origin: shown,
        config,
        tensors,
        tokenizer: Some(tokenizer),
        files: vec![File::Path(path.to_owned())],
        commit: None,
    })
}

/// What the rotary frequencies are divided by, where the file says so: Llama 3's scaling.
fn rotary_factors(content: &Content, file: &mut std::fs::File) -> Result<Option<Vec<f32>>> {
    if !content.tensor_infos.contains_key(ROTARY_FACTORS) {
        return Ok(None);
    }
    let read = content.tensor(file, ROTARY_FACTORS, &Device::Cpu).and_then(|factors| factors.dequantize(&Device::Cpu));
    let factors = read.and_then(|factors| factors.flatten_all()?.to_vec1());
    factors.map(Some).map_err(|error| Error::Data(format!("{ROTARY_FACTORS} cannot be read: {}", first_line(&error))))
}

const ROTARY_FACTORS: &str = "rope_freqs.weight";

/// Refuses what is no GGUF file, and an alignment of zero, by which candle divides without looking at it. The key stands among the first bytes of any file that
/// has it, followed by the type of its value and the value.
fn check_head(file: &mut std::fs::File) -> std::result::Result<(), String> {
    const KEY: &[u8] = b"general.alignment";
    let mut head = Vec::new();
    let read = file.by_ref().take(1 << 24).read_to_end(&mut head).and_then(|_| file.rewind());
    read.map_err(|error| error.to_string())?;
    let at = head.windows(KEY.len()).position(|window| window == KEY);
    let value = at.and_then(|at| head.get(at + KEY.len()..at + KEY.len() + 8));
    if head.len() >= 4 && !head.starts_with(b"GGUF") {
        return Err("it does not begin with the letters GGUF".to_owned());
    }
    let zero = value.is_some_and(|value| {
        let width = [1, 1, 2, 2, 4, 4].get(usize::from(value[0])).copied().unwrap_or(0);
        width > 0 && value[4..4 + width].iter().all(|byte| *byte == 0)
    });
    if zero { Err("general.alignment is 0".to_owned()) } else { Ok(()) }
}

/// (query heads, key heads).
fn heads(config: &Config) -> Result<(usize, usize)> {
    Ok((config.integer("num_attention_heads")?, config.integer("num_key_value_heads")?))
}

/// The metadata under the names of a Hugging Face config.json.
fn config(content: &Content, rotary_factors: Option<Vec<f32>>) -> Result<Config> {
    let architecture = match content.metadata.get("general.architecture") {
        Some(Value::String(name)) => name.as_str(),
        _ => return Err(Error::Data("general.architecture is missing".to_owned())),
    };
    if architecture != "llama" {
        return Err(Error::Data(format!(
            "architecture \"{architecture}\" is not supported in a GGUF file; supported is llama"
        )));
    }
    if let Some(Value::String(kind)) = content.metadata.get("llama.rope.scaling.type").filter(|kind| !is_none(kind)) {
        return Err(Error::Data(format!("rotary scaling of the kind \"{kind}\" is not supported")));
    }
    if let Some(bias) = content.tensor_infos.keys().find(|name| name.strip_suffix(".bias").is_some()) {
        return Err(Error::Data(format!("biases ({bias}) are not supported in a GGUF file")));
    }
    let number = |key: &str| content.metadata.get(&format!("llama.{key}")).and_then(as_number);
    let required = |key: &str| number(key).ok_or_else(|| Error::Data(format!("llama.{key} is missing or no number")));
    let heads = required("attention.head_count")?;
    let kv_heads = number("attention.head_count_kv").unwrap_or(heads);
    let hidden = required("embedding_length")?;
    let vocab = match content.tensor_infos.get("token_embd.weight").map(|info| info.shape.dims()) {
        Some([rows, _]) => *rows,
        _ => return Err(Error::Data("tensor token_embd.weight is missing".to_owned())),
    };
    let special = |key: &str| content.metadata.get(&format!("tokenizer.ggml.{key}")).and_then(as_number);
    Ok(Config::from_value(json!({
        "model_type": "llama",
        "hidden_act": "silu",
        "num_hidden_layers": whole(required("block_count")?),
        "hidden_size": whole(hidden),
        "intermediate_size": whole(required("feed_forward_length")?),
        "num_attention_heads": whole(heads),
        "num_key_value_heads": whole(kv_heads),
        "head_dim": whole(number("attention.key_length").unwrap_or(hidden / heads)),
        "max_position_embeddings": whole(required("context_length")?),
        "rms_norm_eps": required("attention.layer_norm_rms_epsilon")?,
        "rope_theta": number("rope.freq_base").unwrap_or(10_000.0),
        "rope_scaling": rotary_factors.map(|factors| json!({ "rope_type": GGUF_FACTORS, "factors": factors })),
        "vocab_size": vocab,
        "tie_word_embeddings": !content.tensor_infos.contains_key("output.weight"),
        "bos_token_id": special("bos_token_id").map(whole),
    })))
}

fn is_none(value: &Value) -> bool {
    matches!(value, Value::String(word) if word == "none")
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::U8(_) | Value::U16(_) | Value::U32(_) | Value::U64(_) => {
            value.to_u64().ok().and_then(|n| u32::try_from(n).ok()).map(f64::from)
        }
        // By way of its shortest decimal: 1e-5 stays 1e-5, as a config.json would have it.
        Value::F32(x) => x.to_string().parse().ok(),
        Value::F64(x) => Some(*x),
        _ => None,
    }
}

/// A number of the metadata as JSON, without a fraction where it has none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> serde_json::Value {
    if number >= 0.0 && number.fract() == 0.0 { json!(number as u64) } else { json!(number) }
}

/// The tokenizer in the metadata.
fn tokenizer(content: &Content) -> Result<Tokenizer> {
    let mut tokenizer = Tokenizer::from_gguf(content)
        .map_err(|error| Error::Data(format!("the tokenizer in the metadata is not usable: {}", first_line(&error))))?;
    let kind = match content.metadata.get("tokenizer.ggml.pre") {
        Some(Value::String(kind)) => kind.as_str(),
        _ => "default",
    };
    // What candle takes for an unknown kind is a splitter that puts a space before the text; these are told apart.
    let bytes = ByteLevel::new(false, true, true);
    match kind {
        "smollm" => {
            let split: Vec<tokenizers::PreTokenizerWrapper> = vec![Digits::new(true).into(), bytes.into()];
            tokenizer.with_pre_tokenizer(Some(Sequence::new(split)));
        }
        "default" | "gpt-2" | "gpt2" => {
            tokenizer.with_pre_tokenizer(Some(bytes));
        }
        "qwen2" | "llama3" | "smaug-bpe" | "lfm2" => {}
        other => {
            return Err(Error::Data(format!(
                "tokenizer.ggml.pre \"{other}\" is not supported; supported are smollm, gpt-2, llama3, qwen2, \
                 smaug-bpe, lfm2"
            )));
        }
    }
    Ok(tokenizer)
}

/// The tensors, dequantized as they are read.
struct Quantized {
    content: Content,
    file: Mutex<std::fs::File>,
    /// (query heads, key heads).
    heads: (usize, usize),
}

impl Tensors for Quantized {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.content.tensor_infos.get(&gguf_name(name)?)?.shape.dims().to_vec())
    }

    fn names(&self) -> Vec<String> {
        let shown = |name: &String| hugging_face_name(name).unwrap_or_else(|| name.clone());
        let read = self.content.tensor_infos.keys().filter(|name| *name != ROTARY_FACTORS);
        read.map(shown).collect()
    }

    fn stored_as(&self) -> BTreeSet<String> {
        self.content.tensor_infos.values().map(|info| format!("{:?}", info.ggml_dtype)).collect()
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let device = &Device::Cpu;
        let (Some(gguf_name), Ok(mut file)) = (gguf_name(name), self.file.lock()) else {
            return Err(Error::Internal(format!("{name} has no counterpart in a GGUF file")));
        };
        let tensor = self.content.tensor(&mut *file, &gguf_name, device)?.dequantize(device)?;
        Ok(match () {
            () if name.ends_with("q_proj.weight") => unpermute(&tensor, self.heads.0)?,
            () if name.ends_with("k_proj.weight") => unpermute(&tensor, self.heads.1)?,
            () => tensor,
        })
    }
}

/// Undoes the order of rows that GGUF files keep for interleaved rotary embedding: of each head, dimension pairs
/// (i, i + d/2) stand side by side there.
fn unpermute(weight: &Tensor, heads: usize) -> Result<Tensor> {
    let (rows, columns) = weight.dims2()?;
    let pairs = weight.reshape((heads, rows / heads / 2, 2, columns))?;
    Ok(pairs.transpose(1, 2)?.contiguous()?.reshape((rows, columns))?)
}

/// (Hugging Face's name, GGUF's name) of the tensors that stand once.
const TOP: [(&str, &str); 3] = [
    ("model.embed_tokens.weight", "token_embd.weight"),
    ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", "output.weight"),
];

/// The same of those that every block has.
const OF_A_BLOCK: [(&str, &str); 9] = [
    ("input_layernorm.weight", "attn_norm.weight"),
    ("self_attn.q_proj.weight", "attn_q.weight"),
    ("self_attn.k_proj.weight", "attn_k.weight"),
    ("self_attn.v_proj.weight", "attn_v.weight"),
    ("self_attn.o_proj.weight", "attn_output.weight"),
    ("post_attention_layernorm.weight", "ffn_norm.weight"),
    ("mlp.gate_proj.weight", "ffn_gate.weight"),
    ("mlp.up_proj.weight", "ffn_up.weight"),
    ("mlp.down_proj.weight", "ffn_down.weight"),
];

/// The GGUF name of the tensor that Hugging Face's Llama calls `name`.
fn gguf_name(name: &str) -> Option<String> {
    if let Some((_, top)) = TOP.iter().find(|(hugging_face, _)| *hugging_face == name) {
        return Some((*top).to_owned());
    }
    let (layer, part) = name.strip_prefix("model.layers.")?.split_once('.')?;
    let (_, part) = OF_A_BLOCK.iter().find(|(hugging_face, _)| *hugging_face == part)?;
    Some(format!("blk.{layer}.{part}"))
}

/// The inverse of [`gguf_name`].
fn hugging_face_name(name: &str) -> Option<String> {
    if let Some((top, _)) = TOP.iter().find(|(_, gguf)| *gguf == name) {
        return Some((*top).to_owned());
    }
    let (layer, part) = name.strip_prefix("blk.")?.split_once('.')?;
    let (part, _) = OF_A_BLOCK.iter().find(|(_, gguf)| *gguf == part)?;
    Some(format!("model.layers.{layer}.{part}"))
}
