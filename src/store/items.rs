//! Reading: the texts and pairs with their tokens.

use super::Store;
use super::cells::{Cells, list};
use crate::corpus::{Item, Pair};
use crate::error::Result;
use std::collections::BTreeMap;

/// A text, or the two sentences of a pair, with how many tokens they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<T> {
    /// What it is.
    pub item: T,
    /// Tokens of the text, or of the good sentence and the bad one.
    pub tokens: Vec<usize>,
}

impl Store {
    /// The texts by id.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn texts(&self) -> Result<BTreeMap<usize, String>> {
        self.by_id("texts", "SELECT id, text FROM texts", |row| Ok(row.text(1)?.to_owned()))
    }

    /// The pairs by id as (paradigm, pair id, good, bad).
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn pairs(&self) -> Result<BTreeMap<usize, [String; 4]>> {
        self.by_id("pairs", "SELECT id, paradigm, pair_id, good, bad FROM pairs", words)
    }

    /// The texts by id, with how many tokens each has.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn counted_texts(&self) -> Result<BTreeMap<usize, Counted<String>>> {
        let vocabulary = self.vocabulary()?;
        self.by_id("texts", "SELECT id, text, tokens FROM texts", |row| {
            Ok(Counted { item: row.text(1)?.to_owned(), tokens: vec![tokens(row, 2, vocabulary)?.len()] })
        })
    }

    /// The pairs by id, with how many tokens each sentence has.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn counted_pairs(&self) -> Result<BTreeMap<usize, Counted<Pair>>> {
        let vocabulary = self.vocabulary()?;
        let sql = "SELECT id, paradigm, pair_id, good, bad, good_tokens, bad_tokens FROM pairs";
        self.by_id("pairs", sql, |row| {
            let [paradigm, id, good, bad] = words(row)?;
            let tokens = vec![tokens(row, 5, vocabulary)?.len(), tokens(row, 6, vocabulary)?.len()];
            Ok(Counted { item: Pair { paradigm, id, good, bad }, tokens })
        })
    }

    /// How many tokens each text has, by id.
    pub(super) fn lengths_of_texts(&self) -> Result<Vec<usize>> {
        let vocabulary = self.vocabulary()?;
        self.by_id("texts", "SELECT id, text, tokens FROM texts", |row| {
            row.text(1)?;
            Ok(tokens(row, 2, vocabulary)?.len())
        })
        .map(|by_id| by_id.into_values().collect())
    }

    /// How many tokens the good and the bad sentence of each pair have, by id.
    pub(super) fn lengths_of_pairs(&self) -> Result<Vec<[usize; 2]>> {
        let vocabulary = self.vocabulary()?;
        let sql = "SELECT id, paradigm, pair_id, good, bad, good_tokens, bad_tokens FROM pairs";
        self.by_id("pairs", sql, |row| {
            words(row)?;
            Ok([tokens(row, 5, vocabulary)?.len(), tokens(row, 6, vocabulary)?.len()])
        })
        .map(|by_id| by_id.into_values().collect())
    }

    fn by_id<T>(&self, table: &str, sql: &str, read: impl Fn(&Cells<'_>) -> Result<T>) -> Result<BTreeMap<usize, T>> {
        self.at_once(|| {
            let end = self.count(table)?;
            let mut by_id = BTreeMap::new();
            self.each((table, 1), sql, [], |row| {
                by_id.insert(row.below(0, end)?, read(row)?);
                Ok(())
            })?;
            Ok(by_id)
        })
    }

    /// The text `id` as it was run: its tokens, and the name that its noise is drawn for.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file does not have it or is broken.
    pub fn text_item(&self, id: usize) -> Result<Item> {
        let vocabulary = self.vocabulary()?;
        let sql = "SELECT id, tokens FROM texts WHERE id = ?";
        let rows = self.rows(("texts", 1), sql, [id], |row| tokens(row, 1, vocabulary))?;
        let tokens = rows.into_iter().next().ok_or_else(|| self.broken(&format!("has no text {id}")))?;
        Ok(Item { name: format!("text {id}"), sequences: vec![tokens] })
    }

    /// The pair `id` as it was run.
    ///
    /// # Errors
    /// As [`Store::text_item`].
    pub fn pair_item(&self, id: usize) -> Result<Item> {
        let vocabulary = self.vocabulary()?;
        let sql = "SELECT id, paradigm, pair_id, good_tokens, bad_tokens FROM pairs WHERE id = ?";
        let rows = self.rows(("pairs", 1), sql, [id], |row| {
            let name = format!("pair {} {}", row.text(1)?, row.text(2)?);
            Ok(Item { name, sequences: vec![tokens(row, 3, vocabulary)?, tokens(row, 4, vocabulary)?] })
        })?;
        rows.into_iter().next().ok_or_else(|| self.broken(&format!("has no pair {id}")))
    }
}

/// The four texts after the id.
fn words(row: &Cells<'_>) -> Result<[String; 4]> {
    Ok([row.text(1)?.to_owned(), row.text(2)?.to_owned(), row.text(3)?.to_owned(), row.text(4)?.to_owned()])
}

/// The tokens that the column `at` lists.
fn tokens(row: &Cells<'_>, at: usize, vocabulary: Option<usize>) -> Result<Vec<u32>> {
    let text = row.text(at)?;
    let end = vocabulary.and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX);
    let tokens = list::<u32>(text, text.len());
    let sound = tokens.filter(|tokens| !tokens.is_empty() && tokens.iter().all(|token| *token < end));
    sound.ok_or_else(|| row.wrong(at, format!("a JSON list of tokens below {end}")))
}
