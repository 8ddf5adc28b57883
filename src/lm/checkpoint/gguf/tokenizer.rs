//! The tokenizer in a GGUF file's metadata.

use super::metadata::Metadata;
use super::{byte_level, sentencepiece};
use crate::guard::guarded;
use tokenizers::Tokenizer;

/// The tokenizer, or why there is none.
pub fn tokenizer(metadata: Metadata) -> Result<Tokenizer, String> {
    let build = || match metadata.text("tokenizer.ggml.model") {
        Some("llama") => sentencepiece::tokenizer(metadata),
        Some("gpt2") => byte_level::tokenizer(metadata),
        Some(other) => Err(format!("tokenizer.ggml.model {other:.60?} is not supported; supported are gpt2 and llama")),
        None => Err("tokenizer.ggml.model is missing".to_owned()),
    };
    guarded(build).unwrap_or_else(|| Err("its parts contradict each other".to_owned()))
}
