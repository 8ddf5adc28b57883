//! Every trial of a study: one list of columns, in the forms that programs read.

mod csv;
mod parquet;
mod row;

use crate::error::{Error, Result};
use crate::experiment::Results;
use crate::store::Store;
use row::Source;
use std::io::Write;

/// The form of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialsFormat {
    /// Comma-separated values, with all digits; what there is not is empty.
    Csv,
    /// Parquet, typed, compressed with Snappy; what there is not is null.
    Parquet,
}

/// Writes every trial of the study file `store`, one row each, whose results are `results`, to `out`, little by little: each
/// row has its text, so that all of it may be much larger than the study file. docs/STUDY_FILE.md describes the columns. The
/// same file gives the same bytes.
///
/// # Errors
/// [`Error::data`] where the file is broken; [`Error::output`] where `out` cannot be written.
pub fn trials(store: &Store, results: &Results, format: TrialsFormat, out: impl Write + Send) -> Result<()> {
    let source = Source::new(store, results)?;
    match format {
        TrialsFormat::Csv => csv::write(source.rows(), out),
        TrialsFormat::Parquet => parquet::write(source.rows(), out),
    }
}

fn unwritable(error: &dyn std::fmt::Display) -> Error {
    Error::output(format!("cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::row::COLUMNS;
    use super::*;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;
    use std::path::Path;

    fn both() -> [Vec<u8>; 2] {
        let store = Store::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.polar")).unwrap();
        let results = store.results().unwrap();
        [TrialsFormat::Csv, TrialsFormat::Parquet].map(|format| {
            let mut bytes = Vec::new();
            trials(&store, &results, format, &mut bytes).unwrap();
            bytes
        })
    }

    #[test]
    fn parquet_has_the_cells_of_csv_typed() {
        let [csv, parquet] = both();
        let mut reader = ::csv::Reader::from_reader(csv.as_slice());
        let heads = reader.headers().unwrap().clone();
        let file = SerializedFileReader::new(bytes::Bytes::from(parquet.clone())).unwrap();
        let metadata = file.metadata().file_metadata();
        assert_eq!(metadata.created_by(), Some(concat!("polarscope version ", env!("CARGO_PKG_VERSION"))));
        let names: Vec<&str> = metadata.schema().get_fields().iter().map(|field| field.name()).collect();
        assert_eq!(heads.iter().collect::<Vec<_>>(), names);
        let described = metadata.key_value_metadata().unwrap();
        assert_eq!(described.len(), COLUMNS.len());
        assert!(described.iter().any(|pair| pair.key == "loss" && pair.value.as_deref().unwrap().contains("nats")));

        let mut rows = file.get_row_iter(None).unwrap();
        let (mut count, mut kinds) = (0, std::collections::BTreeMap::new());
        for record in reader.records().map(std::result::Result::unwrap) {
            let row = rows.next().expect("as many rows").unwrap();
            for (cell, (name, field)) in record.iter().zip(row.get_column_iter()) {
                let (same, kind) = match field {
                    Field::Null => (cell.is_empty(), ""),
                    Field::Str(text) => (cell == text, "text"),
                    Field::Long(number) => (cell == number.to_string(), "whole"),
                    Field::Double(number) => (cell.parse::<f64>().unwrap().to_bits() == number.to_bits(), "number"),
                    other => panic!("{name}: {other}"),
                };
                assert!(same, "row {count}, {name}: {cell} in the CSV, {field} in the Parquet");
                if !kind.is_empty() {
                    kinds.insert(name.clone(), kind);
                }
            }
            count += 1;
        }
        assert!(rows.next().is_none() && count > 10_000, "{count}");
        // Every column has something, of one kind.
        let of = |kind: &'static str| kinds.iter().filter(move |(_, of)| **of == kind).map(|(name, _)| name.as_str());
        assert_eq!(of("text").collect::<Vec<_>>(), ["arm", "experiment", "mode", "pair_id", "paradigm", "text"]);
        assert_eq!(of("whole").collect::<Vec<_>>(), ["item", "seed"]);
        assert_eq!(of("number").collect::<Vec<_>>(), ["bad_score", "correct", "delta", "good_score", "loss"]);
        assert_eq!(both()[1], parquet, "the same file gives the same bytes");
    }

    #[test]
    fn every_column_is_described_in_the_documentation() {
        let text = include_str!("../../../docs/STUDY_FILE.md");
        for column in &COLUMNS {
            let line = format!("| `{}` | {} | {} |", column.name, column.of.words(), column.meaning);
            assert!(text.contains(&line), "docs/STUDY_FILE.md lacks the line\n{line}");
        }
    }
}
