//! SentencePiece tokenizers of Llama's kind, as the tokenizer.json of such a model has them: a BPE over whole texts
//! with bytes for what it does not know.

use super::metadata::Metadata;
use super::vocabulary::{Defaults, Vocabulary};
use crate::lm::tokenizer::check_token;
use std::collections::BTreeSet;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{Prepend, Replace, Sequence as Normalizers};
use tokenizers::{DecoderWrapper, NormalizerWrapper, Tokenizer};

/// What SentencePiece writes for a space.
const SPACE: &str = "▁";

/// What llama.cpp assumes where a file does not say.
const DEFAULTS: Defaults = Defaults { adds_bos: true, bos_id: Some(1), eos_id: Some(2) };
const UNKNOWN_ID: usize = 0;

/// The tokenizer, or why there is none.
pub fn tokenizer(metadata: Metadata) -> Result<Tokenizer, String> {
    let vocabulary = Vocabulary::read(metadata)?;
    let prefixed = metadata.flag("tokenizer.ggml.add_space_prefix").unwrap_or(true);
    build(metadata, &vocabulary, prefixed).map_err(|error| error.to_string())
}

fn build(metadata: Metadata, vocabulary: &Vocabulary, prefixed: bool) -> tokenizers::Result<Tokenizer> {
    let Vocabulary { tokens, ids, .. } = vocabulary;
    let merges = merges_of(metadata, tokens, ids)?;
    let mut model = BPE::builder().vocab_and_merges(ids.clone(), merges).fuse_unk(true).byte_fallback(true);
    if let Some(unknown) = vocabulary.of_key(metadata, "unknown_token_id", Some(UNKNOWN_ID))? {
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
    vocabulary.finish(&mut tokenizer, metadata, DEFAULTS)?;
    Ok(tokenizer)
}

/// The merges that the file lists, or else those that its scores come to.
fn merges_of(metadata: Metadata, tokens: &[String], ids: &Vocab) -> Result<Vec<(String, String)>, String> {
    match metadata.texts("tokenizer.ggml.merges") {
        Some(written) => {
            let pair = |merge: &String| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
            written
                .iter()
                .map(pair)
                .collect::<Option<_>>()
                .ok_or("tokenizer.ggml.merges is no list of pairs".to_owned())
        }
        None => match metadata.numbers("tokenizer.ggml.scores") {
            Some(scores) if scores.len() == tokens.len() => Ok(merges(tokens, &scores, ids)),
            _ => Err("tokenizer.ggml.scores is no list of as many numbers as there are tokens".to_owned()),
        },
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
