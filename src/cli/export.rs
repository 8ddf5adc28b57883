//! `polarscope export`: tables and trials of a study file.

use crate::error::{Error, Result};
use crate::figure::{self, Format};
use crate::published;
use crate::store::Store;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The study file, or published for the figures that the study printed
    file: PathBuf,
    #[command(flatten)]
    what: What,
    /// The form; trials are written as csv
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// The fields of the table to write, by the names that its csv has, in this order: a,b,c
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "trials")]
    columns: Option<Vec<String>>,
    /// The file to write, or - for the terminal
    #[arg(long, value_name = "PATH", default_value = "-")]
    out: PathBuf,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The table to write, or "list" for the names of those that the file has
    #[arg(long, value_name = "ID")]
    table: Option<String>,
    /// Every trial
    #[arg(long)]
    trials: bool,
}

impl Export {
    pub fn run(self) -> Result<()> {
        let store = if published::is_named(&self.file) { None } else { Some(Store::open(&self.file)?) };
        let results = store.as_ref().map_or_else(|| Ok(published::results()), Store::results)?;
        if self.what.table.as_deref() == Some("list") {
            let names: Vec<&str> = figure::tables(&results).iter().map(|table| table.id).collect();
            return super::print(&format!("{}\n", names.join("\n")));
        }
        let bytes = match (&self.what.table, &store) {
            (Some(table), _) => {
                let mut table = figure::table(&results, table)?;
                if let Some(columns) = &self.columns {
                    table = table.with_fields(columns, self.format)?;
                }
                table.render(self.format).into_bytes()
            }
            (None, None) => return Err(published::no_study_file("trials")),
            (None, Some(store)) if self.format == Format::Csv => figure::trials_csv(store, &results)?,
            (None, Some(_)) => return Err(Error::Usage("--trials is written with --format csv".to_owned())),
        };
        if self.out.as_os_str() == "-" {
            return super::print(&String::from_utf8_lossy(&bytes));
        }
        figure::write_new(&self.out, &bytes)
    }
}
