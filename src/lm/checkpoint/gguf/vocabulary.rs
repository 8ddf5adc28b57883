//! The tokens in a GGUF file, and what is the same for both kinds of its tokenizers.

use super::metadata::Metadata;
use tokenizers::models::bpe::Vocab;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

/// The kinds in `tokenizer.ggml.token_type` that are found before a text is cut.
const UNKNOWN: f64 = 2.0;
const CONTROL: f64 = 3.0;
const USER_DEFINED: f64 = 4.0;

/// The tokens, by id and by text.
pub struct Vocabulary {
    pub tokens: Vec<String>,
    pub ids: Vocab,
    /// (token, whether it is special) of those that are found before a text is cut.
    added: Vec<(String, bool)>,
}

impl Vocabulary {
    pub fn read(metadata: Metadata) -> Result<Self, String> {
        let mut tokens = metadata.texts("tokenizer.ggml.tokens").ok_or("tokenizer.ggml.tokens is no list of texts")?;
        for (id, token) in tokens.iter_mut().enumerate().filter(|(_, token)| token.is_empty()) {
            *token = format!("[EMPTY_{id}]"); // as llama.cpp has it
        }
        let ids: Vocab = tokens.iter().cloned().zip(0..).collect();
        if ids.len() != tokens.len() {
            let twice = tokens.iter().zip(0u32..).find(|(token, id)| ids[*token] != *id);
            let twice = twice.map_or(String::new(), |(token, _)| format!("{token:.60?}"));
            return Err(format!("tokenizer.ggml.tokens has the token {twice} twice"));
        }
        let kinds = metadata.numbers("tokenizer.ggml.token_type").unwrap_or_default();
        if !kinds.is_empty() && kinds.len() != tokens.len() {
            let (kinds, tokens) = (kinds.len(), tokens.len());
            return Err(format!("tokenizer.ggml.token_type has {kinds} kinds for {tokens} tokens"));
        }
        let found = tokens.iter().zip(kinds).filter(|(_, kind)| [UNKNOWN, CONTROL, USER_DEFINED].contains(kind));
        let added = found.map(|(token, kind)| (token.clone(), kind != USER_DEFINED)).collect();
        Ok(Self { tokens, ids, added })
    }

    /// The token whose id is under `key`, or else has the id `default`.
    pub fn of_key(&self, metadata: Metadata, key: &str, default: Option<usize>) -> Result<Option<&str>, String> {
        let key = format!("tokenizer.ggml.{key}");
        if metadata.0.contains_key(&key) {
            let id = metadata.index(&key);
            let token = id.and_then(|id| self.tokens.get(id)).ok_or_else(|| {
                let id = id.map_or("no id".to_owned(), |id| id.to_string());
                format!("{key} is {id}, which no token has")
            })?;
            return Ok(Some(token));
        }
        Ok(default.and_then(|id| self.tokens.get(id)).map(String::as_str))
    }

    /// Has `tokenizer` find the tokens that are found before a text is cut, and put the beginning-of-sequence and
    /// end-of-sequence token around a text where the file, or else `default`, asks for them.
    pub fn finish(&self, tokenizer: &mut Tokenizer, metadata: Metadata, default: Defaults) -> tokenizers::Result<()> {
        for special in [true, false] {
            let of_kind = self.added.iter().filter(|(_, kind)| *kind == special);
            let tokens: Vec<AddedToken> =
                of_kind.map(|(token, _)| AddedToken::from(token.clone(), special).normalized(false)).collect();
            if special {
                tokenizer.add_special_tokens(tokens)?;
            } else {
                tokenizer.add_tokens(tokens)?;
            }
        }
        let around = |role: &str, id: Option<usize>, default: bool| -> tokenizers::Result<Option<&str>> {
            if !metadata.flag(&format!("tokenizer.ggml.add_{role}_token")).unwrap_or(default) {
                return Ok(None);
            }
            let token = self.of_key(metadata, &format!("{role}_token_id"), id)?;
            Ok(Some(token.ok_or_else(|| {
                format!("a text begins or ends with the {role} token, and tokenizer.ggml.{role}_token_id is missing")
            })?))
        };
        let bos = around("bos", default.bos_id, default.adds_bos)?;
        let eos = around("eos", default.eos_id, false)?;
        let template: Vec<&str> = bos.into_iter().chain(["$A"]).chain(eos).collect();
        let special: Vec<(String, u32)> = bos.iter().chain(&eos).map(|s| ((*s).to_owned(), self.ids[*s])).collect();
        let template = TemplateProcessing::builder().try_single(template)?.special_tokens(special).build()?;
        tokenizer.with_post_processor(Some(template));
        Ok(())
    }
}

/// What holds where a file says nothing.
#[derive(Clone, Copy, Default)]
pub struct Defaults {
    pub adds_bos: bool,
    pub bos_id: Option<usize>,
    pub eos_id: Option<usize>,
}
