//! Byte-level BPE tokenizers in a GGUF file. What splits a text into words is named by `tokenizer.ggml.pre`.

use super::metadata::Metadata;
use super::vocabulary::{Defaults, Vocabulary};
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer};

/// What splits a text into words.
#[derive(Clone, Copy, PartialEq)]
enum Words {
    /// GPT-2's expression.
    Gpt2,
    /// The same, with every digit a word of its own.
    Gpt2Digits,
    /// Llama 3's expression, with up to three digits together.
    Llama3,
    /// Qwen2's, with every digit a word of its own; texts are brought to Unicode's form NFC before.
    Qwen2,
}

/// A kind of splitting: what llama.cpp does under these names.
struct Kind {
    names: &'static [&'static str],
    words: Words,
    /// Whether a word that is a token is not cut, whatever the merges make of it.
    ignores_merges: bool,
    /// Whether the beginning-of-sequence token stands before a text where the file does not say.
    adds_bos: bool,
}

const KINDS: [Kind; 5] = [
    Kind {
        names: &[
            "llama3",
            "llama-v3",
            "llama-bpe",
            "falcon3",
            "falcon-h1",
            "pixtral",
            "midm-2.0",
            "lfm2",
            "jina-v5-nano",
        ],
        words: Words::Llama3,
        ignores_merges: true,
        adds_bos: true,
    },
    Kind { names: &["smaug-bpe", "dbrx"], words: Words::Llama3, ignores_merges: false, adds_bos: false },
    Kind {
        names: &["gpt-2", "gpt2", "phi-2", "mpt", "olmo"],
        words: Words::Gpt2,
        ignores_merges: false,
        adds_bos: false,
    },
    Kind {
        names: &["smollm", "starcoder", "refact", "codeshell"],
        words: Words::Gpt2Digits,
        ignores_merges: false,
        adds_bos: false,
    },
    Kind { names: &["qwen2"], words: Words::Qwen2, ignores_merges: false, adds_bos: false },
];

/// The expressions that the models were published with.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The tokenizer, or why there is none.
pub fn tokenizer(metadata: Metadata) -> Result<Tokenizer, String> {
    let known = || KINDS.iter().flat_map(|kind| kind.names).copied().collect::<Vec<_>>().join(", ");
    let named = metadata.text("tokenizer.ggml.pre");
    let Some(kind) = KINDS.iter().find(|kind| named.is_some_and(|name| kind.names.contains(&name))) else {
        return Err(format!(
            "tokenizer.ggml.pre {}, so it is not known how texts are split into words; supported are {}. Where the model's \
             kind is known, gguf-new-metadata --pre-tokenizer KIND (of Python's gguf package) writes it into a copy of \
             the file",
            named.map_or("is missing".to_owned(), |name| format!("is {name:.60?}, which is not supported")),
            known()
        ));
    };
    build(metadata, kind).map_err(|error| error.to_string())
}

fn build(metadata: Metadata, kind: &Kind) -> tokenizers::Result<Tokenizer> {
    let vocabulary = Vocabulary::read(metadata)?;
    let written = metadata.texts("tokenizer.ggml.merges").ok_or("tokenizer.ggml.merges is no list of texts")?;
    let pair = |merge: &String| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let merges = written.iter().map(pair).collect::<Option<_>>().ok_or("tokenizer.ggml.merges is no list of pairs")?;
    let model =
        BPE::builder().vocab_and_merges(vocabulary.ids.clone(), merges).ignore_merges(kind.ignores_merges).build()?;
    let mut tokenizer = Tokenizer::new(model);
    let bytes = |expression| PreTokenizerWrapper::from(ByteLevel::new(false, true, expression));
    let split = |expression: &str| -> tokenizers::Result<PreTokenizerWrapper> {
        let pattern = SplitPattern::Regex(expression.to_owned());
        Ok(Split::new(pattern, SplitDelimiterBehavior::Isolated, false)?.into())
    };
    let steps = match kind.words {
        Words::Gpt2 => vec![bytes(true)],
        Words::Gpt2Digits => vec![Digits::new(true).into(), bytes(true)],
        Words::Llama3 => vec![split(LLAMA3)?, bytes(false)],
        Words::Qwen2 => vec![split(QWEN2)?, bytes(false)],
    };
    if kind.words == Words::Qwen2 {
        tokenizer.with_normalizer(Some(NFC))?;
    }
    tokenizer.with_pre_tokenizer(Some(Sequence::new(steps)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    let defaults = Defaults { adds_bos: kind.adds_bos, ..Defaults::default() };
    vocabulary.finish(&mut tokenizer, metadata, defaults)?;
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::gguf_file::Value;
    use std::collections::HashMap;

    fn texts(texts: &[&str]) -> Value {
        Value::Array(texts.iter().map(|text| Value::String((*text).to_owned())).collect())
    }

    fn metadata(pre: &str) -> HashMap<String, Value> {
        let kinds = [3, 1, 1, 1, 1, 1].map(Value::I32).into();
        [
            ("pre", Value::String(pre.to_owned())),
            ("tokens", texts(&["<s>", "a", "b", "c", "bc", "abc"])),
            ("token_type", Value::Array(kinds)),
            ("merges", texts(&["b c"])),
            ("bos_token_id", Value::U32(0)),
        ]
        .map(|(key, value)| (format!("tokenizer.ggml.{key}"), value))
        .into()
    }

    fn ids(metadata: &HashMap<String, Value>, text: &str) -> Vec<u32> {
        tokenizer(Metadata(metadata)).unwrap().encode(text, true).unwrap().get_ids().to_vec()
    }

    #[test]
    fn llama_3_does_not_cut_a_word_that_is_a_token() {
        assert_eq!(ids(&metadata("llama-bpe"), "abc"), [0, 5]);
        assert_eq!(ids(&metadata("gpt-2"), "abc"), [1, 4]);
        assert_eq!(ids(&metadata("smaug-bpe"), "<s>abc"), [0, 1, 4]);
    }

    #[test]
    fn a_special_token_that_is_asked_for_and_not_named_is_missed() {
        let mut metadata = metadata("llama-bpe");
        metadata.remove("tokenizer.ggml.bos_token_id");
        assert!(tokenizer(Metadata(&metadata)).unwrap_err().contains("tokenizer.ggml.bos_token_id is missing"));
        metadata.insert("tokenizer.ggml.add_bos_token".to_owned(), Value::Bool(false));
        assert_eq!(ids(&metadata, "abc"), [5]);
    }

    #[test]
    fn a_vocabulary_that_has_a_token_twice_is_refused() {
        let mut metadata = metadata("llama-bpe");
        metadata.insert("tokenizer.ggml.tokens".to_owned(), texts(&["<s>", "a", "b", "c", "bc", "bc"]));
        assert!(tokenizer(Metadata(&metadata)).unwrap_err().contains("\"bc\" twice"));
    }
}
