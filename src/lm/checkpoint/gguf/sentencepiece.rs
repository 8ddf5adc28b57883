//! SentencePiece tokenizers of Llama's kind, as the tokenizer.json of such a model has them: a BPE over whole texts
//! with bytes for what it does not know.

use super::metadata::Metadata;
use crate::lm::tokenizer::check_token;
use std::collections::BTreeSet;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{Prepend, Replace, Sequence as Normalizers};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, DecoderWrapper, NormalizerWrapper, Tokenizer};

/// What SentencePiece writes for a space.
const SPACE: &str = "▁";

/// The kinds in `tokenizer.ggml.token_type` that are found before a text is cut.
const UNKNOWN: f64 = 2.0;
const CONTROL: f64 = 3.0;
const USER_DEFINED: f64 = 4.0;

/// The tokenizer, or why there is none.
pub fn tokenizer(metadata: Metadata) -> Result<Tokenizer, String> {
    let pieces = Pieces::read(metadata)?;
    let prefixed = metadata.flag("tokenizer.ggml.add_space_prefix").unwrap_or(true);
    build(metadata, &pieces, prefixed).map_err(|error| error.to_string())
}

fn build(metadata: Metadata, pieces: &Pieces, prefixed: bool) -> tokenizers::Result<Tokenizer> {
    let mut model =
        BPE::builder().vocab_and_merges(pieces.ids.clone(), pieces.merges.clone()).fuse_unk(true).byte_fallback(true);
    if let Some(unknown) = pieces.of_key(metadata, "unknown_token_id")? {
        check_token(unknown.len())?;
        model = model.unk_token(unknown.to_owned());
    }
    let mut tokenizer = Tokenizer::new(model.build()?);
    let mut before: Vec<NormalizerWrapper> = vec![Replace::new(" ", SPACE)?.into()];
    let mut after: Vec<DecoderWrapper> =
        vec![Replace::new(SPACE, " ")?.into(), ByteFallback::new().into(), Fuse::new().into()];
    if prefixed {
        before.insert(0, Prepend::new(SPACE.to_owned()).into());
        after.push(Strip::new(' ', 1, 0).into());
    }
    tokenizer.with_normalizer(Some(Normalizers::new(before)))?;
    tokenizer.with_decoder(Some(Decoders::new(after)));
    tokenizer.add_special_tokens(pieces.added(true))?;
    tokenizer.add_tokens(pieces.added(false))?;

    let wanted = |key: &str, default: bool| metadata.flag(&format!("tokenizer.ggml.{key}")).unwrap_or(default);
    let bos = if wanted("add_bos_token", true) { pieces.of_key(metadata, "bos_token_id")? } else { None };
    let eos = if wanted("add_eos_token", false) { pieces.of_key(metadata, "eos_token_id")? } else { None };
    let template: Vec<&str> = bos.into_iter().chain(["$A"]).chain(eos).collect();
    let special: Vec<(String, u32)> = bos.iter().chain(&eos).map(|s| ((*s).to_owned(), pieces.ids[*s])).collect();
    let template = TemplateProcessing::builder().try_single(template)?.special_tokens(special).build()?;
    tokenizer.with_post_processor(Some(template));
    Ok(tokenizer)
}

/// The vocabulary.
struct Pieces {
    tokens: Vec<String>,
    ids: Vocab,
    merges: Vec<(String, String)>,
    /// (token, whether it is special) of those that are found before a text is cut.
    added: Vec<(String, bool)>,
}

impl Pieces {
    fn read(metadata: Metadata) -> Result<Self, String> {
        let tokens = metadata.texts("tokenizer.ggml.tokens").ok_or("tokenizer.ggml.tokens is no list of texts")?;
        let ids: Vocab = tokens.iter().cloned().zip(0..).collect();
        let merges = match metadata.texts("tokenizer.ggml.merges") {
            Some(written) => {
                let pair = |merge: &String| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
                written.iter().map(pair).collect::<Option<_>>().ok_or("tokenizer.ggml.merges is no list of pairs")?
            }
            None => match metadata.numbers("tokenizer.ggml.scores") {
                Some(scores) if scores.len() == tokens.len() => merges(&tokens, &scores, &ids),
                _ => return Err("tokenizer.ggml.scores is no list of as many numbers as there are tokens".to_owned()),
            },
        };
        let kinds = metadata.numbers("tokenizer.ggml.token_type").unwrap_or_default();
        let found = tokens.iter().zip(kinds).filter(|(_, kind)| [UNKNOWN, CONTROL, USER_DEFINED].contains(kind));
        let added = found.map(|(token, kind)| (token.clone(), kind != USER_DEFINED)).collect();
        Ok(Self { tokens, ids, merges, added })
    }

    /// The token whose id is under `key`.
    fn of_key(&self, metadata: Metadata, key: &str) -> Result<Option<&str>, String> {
        let Some(id) = metadata.index(&format!("tokenizer.ggml.{key}")) else { return Ok(None) };
        let token = self.tokens.get(id).ok_or_else(|| format!("tokenizer.ggml.{key} is {id}, which no token has"))?;
        Ok(Some(token))
    }

    fn added(&self, special: bool) -> Vec<AddedToken> {
        let of_kind = self.added.iter().filter(|(_, kind)| *kind == special);
        of_kind.map(|(token, _)| AddedToken::from(token.clone(), special).normalized(false)).collect()
    }
}

/// SentencePiece joins the two neighbours that make the piece of the highest score; BPE wants the pairs, first those
/// that go first: all ways to cut a piece into two, by its score. Ties are broken as transformers' `generate_merges`
/// does: the longer left part first, then the earlier piece. A piece is cut only where both parts have lengths that
/// pieces have: to look up every cut would cost the square of the length of a long one.
fn merges(tokens: &[String], scores: &[f64], ids: &Vocab) -> Vec<(String, String)> {
    let lengths: BTreeSet<usize> = tokens.iter().map(String::len).collect();
    let mut found = Vec::new();
    for (piece, score) in tokens.iter().zip(scores) {
        for at in lengths.range(1..piece.len().max(1)).copied() {
            if !piece.is_char_boundary(at) || !lengths.contains(&(piece.len() - at)) {
                continue;
            }
            let (left, right) = piece.split_at(at);
            if ids.contains_key(left) && ids.contains_key(right) {
                // The sum with 0 makes one zero of the two.
                found.push((*score + 0.0, left.chars().count(), right.chars().count(), left, right));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((b.1, b.2).cmp(&(a.1, a.2))));
    found.into_iter().map(|(.., left, right)| (left.to_owned(), right.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_go_by_score_then_by_the_length_of_the_parts() {
        let tokens: Vec<String> = ["a", "b", "ab", "ba", "aba", "ü▁"].map(ToOwned::to_owned).into();
        let ids: Vocab = tokens.iter().cloned().zip(0..).collect();
        let found = merges(&tokens, &[0.0, 0.0, -2.0, -1.0, -1.0, 5.0], &ids);
        let shown: Vec<String> = found.iter().map(|(left, right)| format!("{left}+{right}")).collect();
        assert_eq!(shown, ["ab+a", "a+ba", "b+a", "a+b"]);
    }

    #[test]
    fn a_long_piece_costs_no_more_than_its_length() {
        let long = "ü".repeat(200_000);
        let tokens: Vec<String> = ["ü", "üü", "", &long].map(ToOwned::to_owned).into();
        let ids: Vocab = tokens.iter().cloned().zip(0..).collect();
        let start = std::time::Instant::now();
        assert_eq!(merges(&tokens, &[0.0; 4], &ids), [("ü".to_owned(), "ü".to_owned())]);
        assert!(start.elapsed() < std::time::Duration::from_secs(2));
    }
}
