//! Trials as Parquet: typed columns, nulls where there is nothing, and no time or place in the file.

use super::row::{COLUMNS, Of, Row};
use crate::error::{Error, Result};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::io::Write;
use std::sync::Arc;

/// Rows that are written together, and so held in memory as columns: so many …
const GROUP: usize = 1 << 16;

/// … or, where their texts are long, those of so many bytes and one more.
const GROUP_BYTES: usize = 8 << 20;

/// Writes `rows` as a Parquet file.
pub fn write<'a>(mut rows: impl Iterator<Item = Result<Row<'a>>>, out: impl Write + Send) -> Result<()> {
    let described = |(name, meaning): (&str, &str)| KeyValue::new(name.to_owned(), meaning.to_owned());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("polarscope version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(COLUMNS.iter().map(|column| described((column.name, column.meaning))).collect()))
        .build();
    let schema = schema().map_err(failed)?;
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(failed)?;
    loop {
        let (mut some, mut bytes) = (Vec::new(), 0);
        while some.len() < GROUP && bytes < GROUP_BYTES {
            let Some(row) = rows.next().transpose()? else { break };
            bytes += row.bytes();
            some.push(row);
        }
        if some.is_empty() {
            return writer.finish().map(|_| ()).map_err(failed);
        }
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in &COLUMNS {
            let missing = || Error::internal("writing Parquet: the schema lacks a column".to_owned());
            let writer = group.next_column().map_err(failed)?.ok_or_else(missing)?;
            write_column(writer, &column.of, &some).map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
}

/// The columns by name and type, each of which may be null.
fn schema() -> std::result::Result<Arc<Type>, ParquetError> {
    let field = |column: &super::row::Column| {
        let physical = match column.of {
            Of::Text(_) => Physical::BYTE_ARRAY,
            Of::Whole(_) => Physical::INT64,
            Of::Number(_) => Physical::DOUBLE,
        };
        let field = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
        let text = physical == Physical::BYTE_ARRAY;
        let field = if text {
            field.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8)
        } else {
            field
        };
        field.build().map(Arc::new)
    };
    let fields = COLUMNS.iter().map(field).collect::<std::result::Result<_, _>>()?;
    Type::group_type_builder("trials").with_fields(fields).build().map(Arc::new)
}

fn write_column(
    mut column: SerializedColumnWriter<'_>,
    of: &Of,
    rows: &[Row],
) -> std::result::Result<(), ParquetError> {
    match of {
        // An empty cell of the CSV is no text here.
        Of::Text(of) => {
            let text = |row| of(row).filter(|text| !text.is_empty()).map(|text| ByteArray::from(text.as_ref()));
            write_values::<ByteArrayType>(&mut column, rows.iter().map(text))?;
        }
        Of::Whole(of) => write_values::<Int64Type>(&mut column, rows.iter().map(of))?,
        Of::Number(of) => write_values::<DoubleType>(&mut column, rows.iter().map(of))?,
    }
    column.close()
}

/// Writes what there is of `values`, and where there is nothing.
fn write_values<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = Option<T::T>>,
) -> std::result::Result<(), ParquetError> {
    let mut levels = Vec::new();
    let there = values.inspect(|value| levels.push(i16::from(value.is_some()))).flatten().collect::<Vec<_>>();
    column.typed::<T>().write_batch(&there, Some(&levels), None).map(|_| ())
}

fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(error) if error.is::<std::io::Error>() => super::unwritable(&error),
        error => Error::internal(format!("writing Parquet: {error}")),
    }
}
