//! Trials as comma-separated values.

use super::row::{COLUMNS, Of, Row};
use crate::error::{Error, Result};
use crate::figure::cell::cell;
use std::io::Write;

/// Writes `rows` as CSV, a line each under a line of names, numbers with all their digits.
pub fn write<'a>(rows: impl Iterator<Item = Result<Row<'a>>>, out: impl Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let failed = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Io(error) => super::unwritable(error),
        _ => Error::internal(format!("writing CSV: {error}")),
    };
    writer.write_record(COLUMNS.map(|column| column.name)).map_err(failed)?;
    for row in rows {
        let row = row?;
        for column in &COLUMNS {
            let written = match column.of {
                Of::Text(of) => writer.write_field(cell(&of(&row).unwrap_or_default()).as_bytes()),
                Of::Whole(of) => writer.write_field(words(of(&row))),
                Of::Number(of) => writer.write_field(words(of(&row))),
            };
            written.map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.flush().map_err(|error| super::unwritable(&error))
}

fn words(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
