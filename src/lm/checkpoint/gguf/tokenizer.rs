//! The tokenizer in a GGUF file's metadata.

use super::metadata::Metadata;
use super::sentencepiece;
use crate::error::first_line;
use crate::guard::guarded;
use candle_core::quantized::gguf_file::Content;
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::{PreTokenizerWrapper, Tokenizer};

/// The tokenizer, or why there is none.
pub fn tokenizer(content: &Content) -> Result<Tokenizer, String> {
    let metadata = Metadata(&content.metadata);
    let build = || match metadata.text("tokenizer.ggml.model") {
        Some("llama") => sentencepiece::tokenizer(metadata),
        Some("gpt2") => byte_level(content),
        Some(other) => Err(format!("tokenizer.ggml.model \"{other}\" is not supported; supported are gpt2 and llama")),
        None => Err("tokenizer.ggml.model is missing".to_owned()),
    };
    guarded(build).unwrap_or_else(|| Err("its parts contradict each other".to_owned()))
}

/// A byte-level BPE, which candle builds.
fn byte_level(content: &Content) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_gguf(content).map_err(|error| first_line(&error))?;
    // What candle takes for an unknown kind is a splitter that puts a space before the text; these are told apart.
    let bytes = ByteLevel::new(false, true, true);
    match Metadata(&content.metadata).text("tokenizer.ggml.pre").unwrap_or("default") {
        "smollm" => {
            let split: Vec<PreTokenizerWrapper> = vec![Digits::new(true).into(), bytes.into()];
            tokenizer.with_pre_tokenizer(Some(Sequence::new(split)));
        }
        "default" | "gpt-2" | "gpt2" => {
            tokenizer.with_pre_tokenizer(Some(bytes));
        }
        "qwen2" | "llama3" | "smaug-bpe" | "lfm2" => {}
        other => {
            return Err(format!(
                "tokenizer.ggml.pre \"{other}\" is not supported; supported are smollm, gpt-2, llama3, qwen2, smaug-bpe, \
                 lfm2"
            ));
        }
    }
    Ok(tokenizer)
}
