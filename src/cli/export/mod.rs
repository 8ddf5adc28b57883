//! `polarscope export`: tables, figures, trials, the card and the report of a study file, or all of them.

mod form;
mod style;

use crate::error::{Error, Result};
use crate::experiment::Results;
use crate::figure::{self, Card, Source};
use crate::findings::Findings;
use crate::published;
use crate::store::Store;
use clap::Args;
use form::Form;
use std::path::{Path, PathBuf};
use style::StyleArguments;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The study file, or published for the figures that the study printed; the figures replication and compare take
    /// several
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    what: What,
    /// The form. Of a table: csv, which is taken where none is given, json, markdown, latex, tsv; of a figure: svg, pdf, png,
    /// csv (its data), text (its caption); of trials: csv, parquet; of a card: markdown, json; of a report: html. In csv and
    /// tsv a text that a spreadsheet would run has an apostrophe before it, and control characters are written out
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The fields of the table to write, by the names that its csv has, in this order: a,b,c
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with_all = ["trials", "card", "figure", "report", "all"])]
    columns: Option<Vec<String>>,
    /// The file to write, or - for the terminal; of --all the folder
    #[arg(long, value_name = "PATH", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    style: StyleArguments,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each an option of its own
#[group(required = true, multiple = false)]
struct What {
    /// The table to write, or "list" for the names of those that the study fills
    #[arg(long, value_name = "ID")]
    table: Option<String>,
    /// The figure to write, or "list" for the names of those that the file has
    #[arg(long, value_name = "ID")]
    figure: Option<String>,
    /// Every trial
    #[arg(long)]
    trials: bool,
    /// The reproducibility card: program, model, data, hashes, device, protocol and seeds
    #[arg(long)]
    card: bool,
    /// The report: figures, tables, verdicts, provenance and limits in one page
    #[arg(long)]
    report: bool,
    /// Every figure and table, trials, card and report, into a new folder
    #[arg(long)]
    all: bool,
}

impl Export {
    pub fn run(self) -> Result<()> {
        let bytes = match &self.what {
            What { table: Some(id), .. } if id == "list" => self.list()?,
            What { table: Some(id), .. } => self.table(id)?,
            What { figure: Some(id), .. } => self.figure(id)?,
            What { trials: true, .. } => return self.trials(),
            What { report: true, .. } => self.report()?,
            What { all: true, .. } => return self.all(),
            What { .. } => self.card()?,
        };
        if self.is_for_the_terminal() {
            return super::write(&bytes);
        }
        figure::write_new(&self.out, &bytes)
    }

    fn is_for_the_terminal(&self) -> bool {
        self.out.as_os_str() == "-"
    }

    /// The one file of what is made of one.
    fn file(&self) -> Result<&Path> {
        match self.files.as_slice() {
            [file] => Ok(file),
            files => Err(Error::usage(format!(
                "{} files are given; only the figures replication and compare are made of several",
                files.len()
            ))),
        }
    }

    /// Refuses to write bytes that are no text to the terminal.
    fn not_for_the_terminal(&self, format: &str) -> Result<()> {
        if self.is_for_the_terminal() {
            return Err(Error::usage(format!(
                "--format {format} is not for the terminal: name the file to write with --out"
            )));
        }
        Ok(())
    }

    fn list(&self) -> Result<Vec<u8>> {
        let names = figure::table_ids(&Findings::of(results(self.file()?)?));
        Ok(format!("{}\n", names.join("\n")).into_bytes())
    }

    fn table(&self, id: &str) -> Result<Vec<u8>> {
        let format = form::chosen(self.format, "--table", &form::TABLE)?;
        let mut table = figure::table(&Findings::of(results(self.file()?)?), id)?;
        if let Some(columns) = &self.columns {
            table = table.with_fields(columns, format)?;
        }
        Ok(table.render(format).into_bytes())
    }

    fn figure(&self, id: &str) -> Result<Vec<u8>> {
        let format = form::chosen(self.format, "--figure", &form::FIGURE)?;
        let style = self.style.style()?;
        if matches!(format, figure::FigureFormat::Pdf | figure::FigureFormat::Png) && id != "list" {
            self.not_for_the_terminal(format.ending())?;
        }
        if !matches!(id, "replication" | "compare" | "list") {
            self.file()?;
        }
        let sources = self.sources()?;
        if id == "list" {
            let names: Vec<&str> = figure::figures(&sources).into_iter().map(|(id, _)| id).collect();
            return Ok(format!("{}\n", names.join("\n")).into_bytes());
        }
        let view = self.style.view();
        figure::check_view(&sources, id, &view)?;
        figure::figure(&sources, id, &view, &style)?.written(format, &style)
    }

    /// What the files hold; published figures are those of every model.
    fn sources(&self) -> Result<Vec<Source>> {
        let mut all = Vec::new();
        for file in &self.files {
            if published::is_named(file) {
                all.extend(Source::published());
            } else {
                all.push(Source::of(Store::open(file)?.results()?, figure::file_name(file)));
            }
        }
        Ok(all)
    }

    fn trials(&self) -> Result<()> {
        let format = form::chosen(self.format, "--trials", &form::TRIALS)?;
        if format == figure::TrialsFormat::Parquet {
            self.not_for_the_terminal("parquet")?;
        }
        let store = study_file(self.file()?, "trials")?;
        let results = store.results()?;
        if self.is_for_the_terminal() {
            return super::write_by(|out| figure::trials(&store, &results, format, out));
        }
        figure::write_new_by(&self.out, |file| figure::trials(&store, &results, format, file))
    }

    fn card(&self) -> Result<Vec<u8>> {
        let written = form::chosen(self.format, "--card", &form::CARD)?;
        let store = study_file(self.file()?, "cards")?;
        Ok(written(&Card::of(&store, &store.results()?)?).into_bytes())
    }

    fn report(&self) -> Result<Vec<u8>> {
        form::chosen(self.format, "--report", &form::REPORT)?;
        let style = self.style.style()?;
        let store = study_file(self.file()?, "reports")?;
        let source = Source::of(store.results()?, figure::file_name(store.path()));
        Ok(figure::report(&store, &source, &style)?.into_bytes())
    }

    fn all(&self) -> Result<()> {
        if self.is_for_the_terminal() {
            return Err(Error::usage("--all writes a folder: name it with --out".to_owned()));
        }
        if self.format.is_some() {
            return Err(Error::usage("--all writes every form: it takes no --format".to_owned()));
        }
        let style = self.style.style()?;
        let file = self.file()?;
        let store = if published::is_named(file) { None } else { Some(Store::open(file)?) };
        let results = store.as_ref().map_or_else(|| Ok(published::results()), Store::results)?;
        let count = figure::export_all(store.as_ref(), results, &style, &self.out)?;
        super::tell(&format!("{count} files are in {}", self.out.display()));
        Ok(())
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
