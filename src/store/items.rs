//! Reading: the texts and pairs with their tokens.

use super::Store;
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
    /// The texts by id, with how many tokens each has.
    ///
    /// # Errors
    /// [`crate::Error::Data`] where the file is broken.
    pub fn counted_texts(&self) -> Result<BTreeMap<usize, Counted<String>>> {
        let sql = "SELECT id, text, json_array_length(tokens) FROM texts";
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Counted { item: row.get(1)?, tokens: vec![row.get(2)?] }));
        Ok(self.rows(sql, [], read)?.into_iter().collect())
    }

    /// The pairs by id, with how many tokens each sentence has.
    ///
    /// # Errors
    /// [`crate::Error::Data`] where the file is broken.
    pub fn counted_pairs(&self) -> Result<BTreeMap<usize, Counted<Pair>>> {
        let sql =
            "SELECT id, paradigm, pair_id, good, bad, json_array_length(good_tokens), json_array_length(bad_tokens)
                   FROM pairs";
        let read = |row: &rusqlite::Row<'_>| {
            let item = Pair { paradigm: row.get(1)?, id: row.get(2)?, good: row.get(3)?, bad: row.get(4)? };
            Ok((row.get(0)?, Counted { item, tokens: vec![row.get(5)?, row.get(6)?] }))
        };
        Ok(self.rows(sql, [], read)?.into_iter().collect())
    }

    /// The text `id` as it was run: its tokens, and the name that its noise is drawn for.
    ///
    /// # Errors
    /// [`crate::Error::Data`] where the file does not have it or is broken.
    pub fn text_item(&self, id: usize) -> Result<Item> {
        let rows = self.rows("SELECT tokens FROM texts WHERE id = ?", [id], |row| row.get::<_, String>(0))?;
        let tokens = rows.first().ok_or_else(|| self.broken(&format!("has no text {id}")))?;
        Ok(Item { name: format!("text {id}"), sequences: vec![self.list(tokens)?] })
    }

    /// The pair `id` as it was run.
    ///
    /// # Errors
    /// As [`Store::text_item`].
    pub fn pair_item(&self, id: usize) -> Result<Item> {
        let sql = "SELECT paradigm, pair_id, good_tokens, bad_tokens FROM pairs WHERE id = ?";
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<[String; 4]> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        };
        let rows = self.rows(sql, [id], read)?;
        let [paradigm, pair, good, bad] = rows.first().ok_or_else(|| self.broken(&format!("has no pair {id}")))?;
        Ok(Item { name: format!("pair {paradigm} {pair}"), sequences: vec![self.list(good)?, self.list(bad)?] })
    }
}
