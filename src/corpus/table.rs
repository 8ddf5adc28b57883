//! Parquet files, the Hub's form of tables.

use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::text;
use bytes::Bytes;
use parquet::basic::Type as Physical;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use parquet::schema::types::Type;
use std::sync::Arc;

/// A column that is wanted.
pub struct Column {
    /// The names that it may have; the first that the file has is taken.
    pub names: &'static [&'static str],
    /// What it has to hold.
    pub values: Values,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Text.
    Text,
    /// Text, or whole numbers, which become text.
    TextOrWhole,
}

/// The rows of the Parquet file `bytes`, which came from `origin`, with the values of `columns` as text. A value that
/// is missing in the file is empty.
///
/// # Errors
/// [`Error::data`] where the file is broken, has no such column, or one of another type.
pub fn read(bytes: Bytes, origin: &str, columns: &[Column]) -> Result<Vec<Vec<String>>> {
    // The reader checks what it reads, but not everywhere: on some broken files it panics.
    let attempt = guarded(|| rows(bytes, origin, columns));
    attempt.unwrap_or_else(|| Err(broken(origin, "its contents contradict each other")))
}

fn rows(bytes: Bytes, origin: &str, columns: &[Column]) -> Result<Vec<Vec<String>>> {
    let broken = |error: parquet::errors::ParquetError| broken(origin, &error.to_string());
    let reader = SerializedFileReader::new(bytes).map_err(broken)?;
    let file = reader.metadata().file_metadata();
    let fields = columns.iter().map(|column| find(file.schema(), origin, column)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let projection = Type::group_type_builder(file.schema().name()).with_fields(fields).build().map_err(broken)?;
    let mut all = Vec::new();
    for row in reader.get_row_iter(Some(projection)).map_err(broken)? {
        let row = row.map_err(broken)?;
        let value = |name: &String| match row.get_column_iter().find(|(known, _)| *known == name) {
            // The first row is that of the text file that the table was made of, with its byte order mark.
            Some((_, Field::Str(text))) if all.is_empty() => Ok(text::without_mark(text).to_owned()),
            Some((_, Field::Str(text))) => Ok(text.clone()),
            Some((_, Field::Int(number))) => Ok(number.to_string()),
            Some((_, Field::Long(number))) => Ok(number.to_string()),
            Some((_, Field::Null)) | None => Ok(String::new()),
            Some((_, other)) => Err(Error::data(format!(
                "{origin}: row {}, column \"{name}\": found {other}, expected text",
                all.len()
            ))),
        };
        let row = names.iter().map(value).collect::<Result<Vec<_>>>()?;
        all.push(row);
    }
    match usize::try_from(file.num_rows()) {
        Ok(rows) if rows == all.len() => Ok(all),
        _ => Err(self::broken(origin, &format!("it says that it has {} rows and has {}", file.num_rows(), all.len()))),
    }
}

/// The field of `schema` that is `column`.
fn find(schema: &Type, origin: &str, column: &Column) -> Result<Arc<Type>> {
    let fields = schema.get_fields();
    let Some(field) = column.names.iter().find_map(|name| fields.iter().find(|field| field.name() == *name)) else {
        let known: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        return Err(Error::data(format!(
            "{origin}: there is no column \"{}\"; the file has {}",
            column.names.join("\" or \""),
            known.join(", ")
        )));
    };
    let info = field.get_basic_info();
    let repeated = info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED;
    let found = if field.is_group() || repeated { None } else { Some(field.get_physical_type()) };
    let (fits, expected) = match column.values {
        Values::Text => (found == Some(Physical::BYTE_ARRAY), "text"),
        Values::TextOrWhole => {
            (matches!(found, Some(Physical::BYTE_ARRAY | Physical::INT32 | Physical::INT64)), "text or whole numbers")
        }
    };
    if fits {
        return Ok(Arc::clone(field));
    }
    let found = found.map_or_else(|| "lists or groups".to_owned(), |found| found.to_string());
    Err(Error::data(format!("{origin}: column \"{}\": found {found}, expected {expected}", field.name())))
}

fn broken(origin: &str, what: &str) -> Error {
    Error::data(format!("{origin}: not a Parquet file, or a broken one: {what}"))
}

#[cfg(test)]
#[path = "../../tests/hub_server/table.rs"]
mod write;

#[cfg(test)]
mod tests {
    use super::write::{Values as Written, parquet};
    use super::*;

    const TEXT: Column = Column { names: &["text"], values: Values::Text };
    const NUMBER: Column = Column { names: &["id", "number"], values: Values::TextOrWhole };

    fn file() -> Vec<u8> {
        let texts = vec!["", " = A heading = \n", "Sentences – with ünïcode.", "", "The last one."];
        parquet(&[("number", Written::Whole(vec![3, 1, 4, 1, 5])), ("text", Written::Text(texts))])
    }

    fn message(bytes: Vec<u8>, columns: &[Column]) -> String {
        let error = read(bytes.into(), "file", columns).unwrap_err();
        assert_eq!(error.exit_code(), 65);
        error.to_string()
    }

    #[test]
    fn rows_keep_their_order_and_columns_go_by_name() {
        let rows = read(file().into(), "file", &[TEXT, NUMBER]).unwrap();
        assert_eq!(rows[1], [" = A heading = \n", "1"]);
        assert_eq!(rows[2], ["Sentences – with ünïcode.", "4"]);
        assert_eq!(rows.len(), 5);
    }

    #[test]
    fn the_byte_order_mark_of_the_file_that_a_table_was_made_of_is_no_text() {
        let texts = vec!["\u{feff}One", "\u{feff}Two"];
        let rows = read(parquet(&[("text", Written::Text(texts))]).into(), "file", &[TEXT]).unwrap();
        assert_eq!(rows, [["One"], ["\u{feff}Two"]]);
    }

    #[test]
    fn a_missing_column_and_one_of_another_type_are_named() {
        let absent = Column { names: &["sentence"], values: Values::Text };
        let m = message(file(), &[absent]);
        assert_eq!(m, "file: there is no column \"sentence\"; the file has number, text");
        let number = Column { names: &["number"], values: Values::Text };
        assert_eq!(message(file(), &[number]), "file: column \"number\": found INT32, expected text");
    }

    /// Whatever a broken file holds, it is an error or other rows, and never the end of the program.
    #[test]
    fn a_broken_file_is_an_error() {
        let whole = file();
        assert!(message(b"not at all".to_vec(), &[TEXT]).contains("not a Parquet file"));
        for length in 0..whole.len() {
            message(whole[..length].to_vec(), &[TEXT]);
        }
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                let _ = read(bytes.into(), "file", &[TEXT, NUMBER]);
            }
        }
    }
}
