//! Everything that can be exported of a study, as a folder.

use super::{
    Card, FigureFormat, FigureView, Format, Source, Style, TrialsFormat, figure, figures,
    file::{file_name, write_folder},
    report, tables, trials,
};
use crate::error::Result;
use crate::experiment::Results;
use crate::store::Store;
use crate::visible;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The forms of a table, and how their files end.
const TABLES: [(Format, &str); 4] =
    [(Format::Csv, "csv"), (Format::Json, "json"), (Format::Markdown, "md"), (Format::Latex, "tex")];

/// Writes every figure and table of a study, and of a study file its trials, report and card, into the new folder
/// `folder`: there whole or not at all. Gives how many files it holds.
///
/// # Errors
/// [`crate::Error::output`] where the folder holds something or cannot be written; [`crate::Error::data`] where the study
/// file is broken.
pub fn export_all(store: Option<&Store>, results: Results, style: &Style, folder: &Path) -> Result<usize> {
    let files = files(store, results, style)?;
    write_folder(folder, &files)?;
    Ok(files.len())
}

/// Every file: its path in the folder, and its bytes.
fn files(store: Option<&Store>, results: Results, style: &Style) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let sources = match store {
        Some(store) => vec![Source::of(results, file_name(store.path()))],
        None => Source::published(),
    };
    let mut files = Vec::new();
    for table in sources.iter().take(1).flat_map(|source| tables(source.findings())) {
        for (format, ending) in TABLES {
            files.push((PathBuf::from(format!("tables/{}.{ending}", table.id)), table.render(format).into_bytes()));
        }
    }
    let view = FigureView::default();
    let ids: Vec<&str> = figures(&sources).into_iter().map(|(id, _)| id).collect();
    let drawn: Vec<Vec<(PathBuf, Vec<u8>)>> = ids
        .par_iter()
        .map(|id| {
            let figure = figure(&sources, id, &view, style)?;
            let form = |format: FigureFormat| {
                let path = PathBuf::from(format!("figures/{id}.{}", format.ending()));
                Ok((path, figure.written(format, style)?))
            };
            FigureFormat::ALL.into_iter().map(form).collect::<Result<Vec<_>>>()
        })
        .collect::<Result<_>>()?;
    files.extend(drawn.into_iter().flatten());
    if let (Some(store), [source]) = (store, sources.as_slice()) {
        let results = source.findings().results();
        let card = Card::of(store, results)?;
        for (name, format) in [("trials.csv", TrialsFormat::Csv), ("trials.parquet", TrialsFormat::Parquet)] {
            let mut bytes = Vec::new();
            trials(store, results, format, &mut bytes)?;
            files.push((name.into(), bytes));
        }
        files.push(("card.md".into(), card.markdown().into_bytes()));
        files.push(("card.json".into(), visible::json(&card.json()).into_bytes()));
        files.push(("report.html".into(), report(store, source, style)?.into_bytes()));
    }
    Ok(files)
}
