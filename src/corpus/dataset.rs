//! Tables of data sets of the Hub.

use super::table::{self, Column};
use crate::error::{Error, Result};
use crate::hub::{Hub, Kind, Repository, is_whole};

/// One file of a data set.
pub struct Table {
    /// Its bytes, which provenance is taken of.
    pub bytes: bytes::Bytes,
    /// Its rows, each with the columns that were asked for.
    pub rows: Vec<Vec<String>>,
}

/// The files `names` of the data set `id`, in that order, and the commit that they are of.
///
/// # Errors
/// As [`Hub::snapshot`] and [`table::read`]; [`Error::unavailable`] where the data set has no such file.
pub fn tables(id: &str, names: &[String], columns: &[Column], hub: &mut Hub<'_>) -> Result<(Vec<Table>, String)> {
    let repository = Repository { kind: Kind::Dataset, id: id.to_owned(), revision: "main".to_owned() };
    let complete = |folder: &std::path::Path| names.iter().all(|name| is_whole(&folder.join(name)));
    let needed = |listed: &[String]| match names.iter().find(|name| !listed.contains(name)) {
        Some(missing) => Err(Error::unavailable(format!(
            "it has no file {missing} any more; give the texts or pairs as a file of your own instead"
        ))),
        None => Ok(names.to_vec()),
    };
    let snapshot = hub.snapshot(&repository, &complete, &needed)?;
    let read = |name: &String| {
        let path = snapshot.folder.join(name);
        let bytes = std::fs::read(&path).map_err(|error| Error::data(format!("{}: {error}", path.display())))?;
        let bytes = bytes::Bytes::from(bytes);
        Ok(Table { rows: table::read(bytes.clone(), &format!("{id} {name}"), columns)?, bytes })
    };
    Ok((names.iter().map(read).collect::<Result<_>>()?, snapshot.commit))
}
