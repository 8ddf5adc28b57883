//! Reading cells: every value of a study file, which may be anybody's, has the type and the bounds that it should have
//! before anything is made of it.

use super::Store;
use super::numbers::Raw;
use super::words::short;
use crate::error::{Error, Result};
use rusqlite::types::ValueRef;
use rusqlite::{Params, Row};
use serde::Deserialize;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// The largest size of a number: every one of a run is of single precision, or a sum of such numbers. Squares and products
/// of these are finite in double precision.
pub(super) const LARGEST: f64 = f32::MAX as f64;

/// A row of a table.
pub(super) struct Cells<'a> {
    store: &'a Store,
    table: &'a str,
    /// So many columns, the first, say which row it is.
    keys: usize,
    row: &'a Row<'a>,
}

impl Store {
    /// Gives each row of `sql`, which reads `table` and begins with the `keys` columns that say which row it is, to `take`.
    pub(super) fn each<P: Params>(
        &self,
        (table, keys): (&str, usize),
        sql: &str,
        params: P,
        mut take: impl FnMut(&Cells<'_>) -> Result<()>,
    ) -> Result<()> {
        let failed = |error| self.failed(&error);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(&Cells { store: self, table, keys, row })?;
        }
        Ok(())
    }

    /// What `read` makes of each row of `sql`, as [`Store::each`].
    pub(super) fn rows<T, P: Params>(
        &self,
        table: (&str, usize),
        sql: &str,
        params: P,
        mut read: impl FnMut(&Cells<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut list = Vec::new();
        self.each(table, sql, params, |cells| {
            list.push(read(cells)?);
            Ok(())
        })?;
        Ok(list)
    }

    /// What `read` gives, all of it as the file is at one moment: a run may be writing it.
    pub(super) fn at_once<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        let execute = |sql| self.connection.execute_batch(sql).map_err(|error| self.failed(&error));
        execute("SAVEPOINT reading")?;
        let outcome = read();
        let released = execute("RELEASE reading");
        outcome.and_then(|value| released.map(|()| value))
    }

    /// How many rows `table` has, whose ids count up from 0.
    pub(super) fn count(&self, table: &str) -> Result<usize> {
        let (id, sql) = match table {
            "layer_norms" => ("layer", "SELECT COUNT(*), MIN(layer), MAX(layer) FROM layer_norms".to_owned()),
            _ => ("id", format!("SELECT COUNT(*), MIN(id), MAX(id) FROM {table}")),
        };
        let ends = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?));
        let (count, first, last): (i64, Option<i64>, Option<i64>) =
            self.connection.query_row(&sql, [], ends).map_err(|error| self.failed(&error))?;
        match (first, last) {
            (None, None) => Ok(0),
            (Some(0), Some(last)) if last == count - 1 => Ok(usize::try_from(count).unwrap_or_default()),
            (first, last) => Err(self.broken(&format!(
                "table {table}: its {count} rows have {id}s from {} to {}; expected 0 to {}",
                first.unwrap_or_default(),
                last.unwrap_or_default(),
                count - 1
            ))),
        }
    }
}

impl<'a> Cells<'a> {
    fn get(&self, at: usize) -> Result<ValueRef<'a>> {
        self.row.get_ref(at).map_err(|error| self.store.failed(&error))
    }

    /// The error that the column `at` is not as `expected`.
    pub fn wrong(&self, at: usize, expected: impl fmt::Display) -> Error {
        let name = |at: usize| self.row.as_ref().column_name(at).unwrap_or("?").to_owned();
        let value = |at: usize| self.row.get_ref(at).map_or_else(|_| "unreadable".to_owned(), shown);
        let row: Vec<String> = (0..self.keys).map(|key| format!("{} {}", name(key), value(key))).collect();
        let row = if self.keys == 0 { String::new() } else { format!(", row {}", row.join(", ")) };
        let (name, found) = (name(at), value(at));
        self.store.broken(&format!("table {}{row}: {name} is {found}; expected {expected}", self.table))
    }

    /// A whole number from 0 to below `end`.
    pub fn below(&self, at: usize, end: usize) -> Result<usize> {
        let number = match self.get(at)? {
            ValueRef::Integer(number) => usize::try_from(number).ok().filter(|number| *number < end),
            _ => None,
        };
        number.ok_or_else(|| match end.checked_sub(1) {
            Some(last) => self.wrong(at, format!("a whole number from 0 to {last}")),
            None => self.wrong(at, "nothing: the file has no row that it could mean"),
        })
    }

    /// A count of at most `most`.
    pub fn count(&self, at: usize, most: u64) -> Result<u64> {
        let number = match self.get(at)? {
            ValueRef::Integer(number) => u64::try_from(number).ok().filter(|number| *number <= most),
            _ => None,
        };
        number.ok_or_else(|| self.wrong(at, format!("a count of at most {most}")))
    }

    /// A number of at most `largest` in size.
    pub fn number(&self, at: usize, largest: f64) -> Result<f64> {
        let number = match self.get(at)? {
            ValueRef::Real(number) => Some(number),
            ValueRef::Integer(number) => Some(number as f64),
            _ => None,
        };
        let sound = number.filter(|number| number.abs() <= largest);
        sound.ok_or_else(|| self.wrong(at, format!("a number of at most {largest:e} in size")))
    }

    /// A number that is not negative, of at most `largest`.
    pub fn size(&self, at: usize, largest: f64) -> Result<f64> {
        match self.number(at, largest)? {
            number if number >= 0.0 => Ok(number),
            _ => Err(self.wrong(at, "a number that is not negative")),
        }
    }

    /// A text.
    pub fn text(&self, at: usize) -> Result<&'a str> {
        match self.get(at)? {
            ValueRef::Text(text) => std::str::from_utf8(text).map_err(|_| self.wrong(at, "text in UTF-8")),
            _ => Err(self.wrong(at, "text")),
        }
    }

    /// A list of numbers, in either form.
    pub fn raw(&self, at: usize) -> Result<Raw<'a>> {
        match self.get(at)? {
            ValueRef::Blob(bytes) => Ok(Raw::Bytes(bytes)),
            ValueRef::Text(_) => Ok(Raw::Json(self.text(at)?)),
            _ => Err(self.wrong(at, "numbers of 4 bytes each")),
        }
    }

    /// What `read` makes of the column; none where it holds nothing.
    pub fn maybe<T>(&self, at: usize, read: impl FnOnce(&Self, usize) -> Result<T>) -> Result<Option<T>> {
        if self.get(at)? == ValueRef::Null { Ok(None) } else { read(self, at).map(Some) }
    }

    /// A JSON list of at most `most` different whole numbers below `end`, in ascending order where it is `sorted`.
    pub fn ids(&self, at: usize, end: usize, sorted: bool) -> Result<Vec<usize>> {
        let expected = || {
            let order = if sorted { "in ascending order" } else { "each once" };
            self.wrong(at, format!("a JSON list of whole numbers below {end}, {order}"))
        };
        let mut list: Vec<usize> = list(self.text(at)?, end).ok_or_else(expected)?;
        list.shrink_to_fit(); // there may be hundreds of thousands of them
        let is_ascending = |list: &[usize]| list.windows(2).all(|pair| pair[0] < pair[1]);
        // Mostly it is as it should be, and needs no copy.
        let each_once = is_ascending(&list)
            || !sorted && {
                let mut ascending = list.clone();
                ascending.sort_unstable();
                is_ascending(&ascending)
            };
        let bounded = list.iter().all(|id| *id < end);
        if each_once && bounded { Ok(list) } else { Err(expected()) }
    }
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "empty".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:e}"),
        ValueRef::Text(text) => format!("\"{}\"", short(&String::from_utf8_lossy(&text[..text.len().min(400)]))),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// A JSON list of at most `most` elements; none where `text` is none. No more memory is taken than `most` elements need,
/// whatever `text` holds.
pub(super) fn list<T: for<'de> Deserialize<'de>>(text: &str, most: usize) -> Option<Vec<T>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let list = AtMost { most, element: PhantomData }.deserialize(&mut reader).ok()?;
    reader.end().ok().map(|()| list)
}

/// Reads a list of at most so many elements.
struct AtMost<T> {
    most: usize,
    element: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for AtMost<T> {
    type Value = Vec<T>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> std::result::Result<Vec<T>, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} elements", self.most)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            if list.len() == self.most {
                return Err(serde::de::Error::custom("too long"));
            }
            list.push(element);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn lists_are_no_longer_than_they_may_be() {
        assert_eq!(list::<usize>("[1, 2]", 2), Some(vec![1, 2]));
        assert_eq!(list::<String>(r#"["a"]"#, 9), Some(vec!["a".to_owned()]));
        assert_eq!(list::<usize>("[]", 0), Some(Vec::new()));
        for broken in ["[1, 2, 3]", "[1", "[-1]", "[1.5]", "[1] x", "{}", "7", ""] {
            assert_eq!(list::<usize>(broken, 2), None, "{broken}");
        }
        // Deeply nested lists end, too.
        assert_eq!(list::<usize>(&"[".repeat(1_000_000), 2), None);
    }
}
