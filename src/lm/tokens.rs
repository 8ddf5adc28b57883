//! Texts to token ids and back.

use super::tokenizer::Tokenizer;
use crate::error::{Error, ForSetting, Result};
use crate::study::{Scoring, Setting, SpecialTokens, Wrong};
use std::fmt::Display;

/// A tokenizer with what has to be known of its model.
#[derive(Clone)]
pub struct Tokens {
    tokenizer: Tokenizer,
    vocab: usize,
    bos: Option<usize>,
    prefix: Option<usize>,
}

/// A model's tokenizer, or the reason why it has none: without one it can be looked at, but not be given texts.
pub type MaybeTokens = std::result::Result<Tokens, String>;

/// The tokenizer of a model that may have come without one.
///
/// # Errors
/// [`Error::data`] where it did.
pub fn required<T>(tokens: std::result::Result<T, impl Display>) -> Result<T> {
    tokens.map_err(|why| Error::data(format!("{why}; texts need a tokenizer")))
}

impl Tokens {
    /// `vocab` is the number of embeddings, `bos` the id of the beginning-of-sequence token, where there is one.
    #[must_use]
    pub fn new(tokenizer: Tokenizer, vocab: usize, bos: Option<usize>) -> Self {
        Self { tokenizer, vocab, bos, prefix: None }
    }

    /// With the id of the token that stands for what comes before a text: the tokenizer's beginning-of-sequence
    /// token, else its end-of-sequence token, where it has one of them.
    #[must_use]
    pub fn with_prefix(self, prefix: Option<usize>) -> Self {
        Self { prefix, ..self }
    }

    /// The ids of `text` with the special tokens that `special` asks for, cut after `max` of them.
    ///
    /// # Errors
    /// [`Error::data`] where the tokenizer fails, does not come to an end or gives an id that the model has no embedding
    /// for, or where a beginning-of-sequence token is asked for and the model has none.
    pub fn encode(&self, text: &str, special: SpecialTokens, max: usize) -> Result<Vec<u32>> {
        let mut ids =
            self.tokenizer.encode(text, special == SpecialTokens::Tokenizer).for_setting(Setting::ModelId.path())?;
        if special == SpecialTokens::Bos {
            let bos = self.bos.and_then(|id| u32::try_from(id).ok());
            let bos = bos.ok_or_else(|| Error::data(Wrong::NoBos))?;
            ids.insert(0, bos);
        }
        ids.truncate(max);
        self.checked(ids, text)
    }

    /// The ids of a sentence whose tokens after the first are what `scoring` scores; the presets that do what a
    /// package does have their own special tokens, the others those that `special` asks for.
    ///
    /// # Errors
    /// As [`Tokens::encode`]; [`Error::data`] where [`Scoring::LmEval`] needs a token before the sentence and there is
    /// none.
    pub fn encode_scored(&self, sentence: &str, scoring: Scoring, special: SpecialTokens) -> Result<Vec<u32>> {
        match scoring {
            Scoring::Sum | Scoring::Mean => self.encode(sentence, special, usize::MAX),
            Scoring::Minicons => self.encode(sentence, SpecialTokens::Tokenizer, usize::MAX),
            Scoring::LmEval => {
                let prefix =
                    self.prefix.and_then(|id| u32::try_from(id).ok()).ok_or_else(|| Error::data(Wrong::NoPrefix))?;
                let spaced = format!(" {sentence}");
                let mut ids = self.tokenizer.encode(&spaced, false)?;
                // lm-eval does not put it there twice.
                if ids.first() != Some(&prefix) {
                    ids.insert(0, prefix);
                }
                self.checked(ids, &spaced)
            }
        }
    }

    /// The ids of `text`, all of which the model has embeddings for.
    fn checked(&self, ids: Vec<u32>, text: &str) -> Result<Vec<u32>> {
        match ids.iter().find(|id| **id as usize >= self.vocab) {
            Some(id) => Err(Error::data(format!(
                "the tokenizer gives the token id {id} in \"{text}\", outside the model's vocabulary of {}; tokenizer \
                 and weights do not belong together",
                self.vocab
            ))
            .for_setting(Setting::ModelId.path())),
            None => Ok(ids),
        }
    }

    /// What each id stands for, one string per id, with spaces as they are in the text.
    ///
    /// # Errors
    /// [`Error::data`] where the tokenizer fails.
    pub fn pieces(&self, ids: &[u32]) -> Result<Vec<String>> {
        self.tokenizer.pieces(ids)
    }
}
