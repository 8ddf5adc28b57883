//! `polarscope export`: tables, trials and the card of a study file.

mod form;

use crate::error::{Error, Result};
use crate::experiment::Results;
use crate::figure::{self, Card};
use crate::published;
use crate::store::Store;
use clap::Args;
use form::Form;
use std::path::{Path, PathBuf};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The study file, or published for the figures that the study printed
    file: PathBuf,
    #[command(flatten)]
    what: What,
    /// The form. Of a table: csv, which is taken where none is given, json, markdown, latex, tsv; of trials: csv, parquet;
    /// of a card: markdown, json
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The fields of the table to write, by the names that its csv has, in this order: a,b,c
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with_all = ["trials", "card"])]
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
    /// The reproducibility card: program, model, data, hashes, device, protocol and seeds
    #[arg(long)]
    card: bool,
}

impl Export {
    pub fn run(self) -> Result<()> {
        let bytes = match &self.what {
            What { table: Some(id), .. } if id == "list" => self.list()?,
            What { table: Some(id), .. } => self.table(id)?,
            What { trials: true, .. } => self.trials()?,
            What { .. } => self.card()?,
        };
        if self.is_for_the_terminal() {
            return super::print(&bytes);
        }
        figure::write_new(&self.out, &bytes)
    }

    fn is_for_the_terminal(&self) -> bool {
        self.out.as_os_str() == "-"
    }

    fn list(&self) -> Result<Vec<u8>> {
        let names: Vec<&str> = figure::tables(&results(&self.file)?).iter().map(|table| table.id).collect();
        Ok(format!("{}\n", names.join("\n")).into_bytes())
    }

    fn table(&self, id: &str) -> Result<Vec<u8>> {
        let format = form::chosen(self.format, "--table", &form::TABLE)?;
        let mut table = figure::table(&results(&self.file)?, id)?;
        if let Some(columns) = &self.columns {
            table = table.with_fields(columns, format)?;
        }
        Ok(table.render(format).into_bytes())
    }

    fn trials(&self) -> Result<Vec<u8>> {
        let format = form::chosen(self.format, "--trials", &form::TRIALS)?;
        if format == figure::TrialsFormat::Parquet && self.is_for_the_terminal() {
            return Err(Error::Usage(
                "--format parquet is not for the terminal: name the file to write with --out".to_owned(),
            ));
        }
        let store = study_file(&self.file, "trials")?;
        figure::trials(&store, &store.results()?, format)
    }

    fn card(&self) -> Result<Vec<u8>> {
        let written = form::chosen(self.format, "--card", &form::CARD)?;
        let store = study_file(&self.file, "cards")?;
        Ok(written(&Card::of(&store, &store.results()?)?).into_bytes())
    }
}

/// What the study file at `path` holds, or what the study printed.
fn results(path: &Path) -> Result<Results> {
    if published::is_named(path) { Ok(published::results()) } else { Store::open(path)?.results() }
}

/// The study file at `path`, which has `what`; what the study printed does not.
fn study_file(path: &Path, what: &str) -> Result<Store> {
    if published::is_named(path) { Err(published::no_study_file(what)) } else { Store::open(path) }
}
