//! Parquet files as the Hub's data sets have them: nullable columns, compressed with Snappy.

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// A column's values.
pub enum Values<'a> {
    Text(Vec<&'a str>),
    Whole(Vec<i32>),
}

/// The bytes of a file with these columns.
pub fn parquet(columns: &[(&str, Values)]) -> Vec<u8> {
    let declare = |(name, values): &(&str, Values)| match values {
        Values::Text(_) => format!("optional binary {name} (UTF8);"),
        Values::Whole(_) => format!("optional int32 {name};"),
    };
    let schema = format!("message schema {{ {} }}", columns.iter().map(declare).collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, values) in columns {
        let mut column = group.next_column().unwrap().unwrap();
        match values {
            Values::Text(texts) => {
                let values: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(*text)).collect();
                column.typed::<ByteArrayType>().write_batch(&values, Some(&vec![1; values.len()]), None).unwrap();
            }
            Values::Whole(numbers) => {
                column.typed::<Int32Type>().write_batch(numbers, Some(&vec![1; numbers.len()]), None).unwrap();
            }
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}
