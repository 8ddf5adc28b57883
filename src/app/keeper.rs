//! The keeper of what is shown: a thread that holds the results, summarises them a few times a second while they grow,
//! and reads and writes files, so that no frame waits for any of it.

use super::action::Export;
use super::behind::{Behind, Shelf};
use super::summary::Summary;
use crate::error::{Interface, Result};
use crate::experiment::{Commit, Condition, Origin, Results};
use crate::figure::{self, Card, Format, Source, Style, TableView, TrialsFormat};
use crate::guard::reported;
use crate::published;
use crate::store::Store;
use crate::study::{self, Study};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Summaries are at least so far apart …
const BETWEEN_SUMMARIES: Duration = Duration::from_millis(200);

/// … and at least so many times as long as the last one took: the run needs the cores more.
const REST: u32 = 6;

/// So many trials are first shown with intervals of few resamples, marked as preliminary: all of them take a moment.
const LARGE: usize = 20_000;

/// What the keeper is told.
pub enum Order {
    /// These are the results from now on, of the study file at this path.
    Hold(Box<Results>, PathBuf),
    /// A batch has come.
    Add(Commit),
    /// Further conditions were planned.
    Plan(BTreeMap<usize, Condition>),
    /// Open a study file or a study TOML.
    Open(PathBuf),
    /// Show the figures of the published study.
    OpenPublished,
    /// Write the study there.
    Save(Box<Study>, PathBuf),
    /// Write something there.
    Export(Export, PathBuf),
    /// Give the table of this name as text, as it is looked at.
    Copy(&'static str, Format, TableView),
}

/// What the keeper tells.
pub enum Report {
    /// The newest summary.
    Summary(Arc<Summary>),
    /// A study file was opened, and what it holds; its summary follows.
    Opened(Box<Study>, PathBuf, Held),
    /// The published figures were opened, and the study that they came from; their summary follows.
    Published(Box<Study>),
    /// A study TOML was opened.
    Loaded(Box<Study>, PathBuf),
    /// Text for the clipboard, and what it is.
    Copied(String, String),
    /// The study was saved; words for it.
    Saved(Box<Study>, String),
    /// Something was done.
    Done(String),
    /// Something could not be done.
    Failed(String),
}

/// How many of its trials a study file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// None.
    None,
    /// Some.
    Some,
    /// All.
    All,
}

/// The window's side of the keeper.
pub struct Keeper {
    orders: Sender<Order>,
    reports: Receiver<Report>,
    own: Sender<Report>,
}

impl Keeper {
    /// Starts the thread; it ends with this value.
    #[must_use]
    pub fn start(context: egui::Context) -> Self {
        let (orders, to_do) = channel();
        let (tell, reports) = channel();
        let own = tell.clone();
        let work = move || {
            let behind = Shelf::default();
            Desk { held: None, shown: None, series: 0, behind, stale: false, tell, context }.work(&to_do);
        };
        // Where the system gives no thread, orders find nobody, which is told; the bar still shows how the run goes.
        let _ = std::thread::Builder::new().name("polarscope keeper".to_owned()).spawn(work);
        Self { orders, reports, own }
    }

    /// Gives an order.
    pub fn tell(&self, order: Order) {
        if self.orders.send(order).is_err() {
            let words = "Showing results needs a thread, and the system gives none: close other programs, and start the \
                         window again";
            let _ = self.own.send(Report::Failed(words.to_owned()));
        }
    }

    /// What has been told since the last call.
    pub fn reports(&self) -> impl Iterator<Item = Report> + '_ {
        self.reports.try_iter()
    }
}

/// The thread's side.
struct Desk {
    held: Option<(Results, PathBuf)>,
    /// The last summary of them.
    shown: Option<Arc<Summary>>,
    series: u64,
    behind: Shelf,
    stale: bool,
    tell: Sender<Report>,
    context: egui::Context,
}

impl Desk {
    fn work(mut self, orders: &Receiver<Order>) {
        let mut last = Instant::now();
        let mut apart = BETWEEN_SUMMARIES;
        loop {
            let wait = if self.stale { apart.saturating_sub(last.elapsed()) } else { Duration::MAX };
            match orders.recv_timeout(wait) {
                Ok(order) => self.careful(|desk| desk.follow(order)),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.stale && last.elapsed() >= apart {
                let start = Instant::now();
                self.careful(Self::summarise);
                last = Instant::now();
                apart = BETWEEN_SUMMARIES.max(REST * (last - start));
            }
        }
    }

    /// Does `work`, and goes on where it panics: the window waits for what this thread tells.
    fn careful(&mut self, work: impl FnOnce(&mut Self)) {
        if let Err(words) = reported(|| work(&mut *self)) {
            // What may be half changed is not shown.
            self.held = None;
            self.stale = false;
            let words = format!(
                "The results could not be worked on, by a bug in Polarscope; please report it: {words}. Every finished \
                 trial is in the study file: open it to try again"
            );
            let _ = self.behind.set(Err(words.clone()));
            self.report(Report::Failed(words));
        }
    }

    fn summarise(&mut self) {
        self.stale = false;
        if let Some((results, file)) = &mut self.held {
            let summary = Arc::new(Summary::of(results, file, self.series, self.behind.clone()));
            self.shown = Some(summary.clone());
            self.report(Report::Summary(summary));
        }
    }

    fn report(&self, report: Report) {
        let _ = self.tell.send(report);
        self.context.request_repaint();
    }

    fn hold(&mut self, results: Results, file: &Path) {
        let is_run = results.origin == Origin::Run;
        let is_large = results.finished() > LARGE;
        let behind = Shelf::default();
        self.behind = behind.clone();
        self.held = Some((results, file.to_owned()));
        self.series += 1;
        if is_large {
            self.hurry(true);
            self.summarise();
            self.hurry(false);
        }
        self.summarise();
        if is_run {
            // After the summary, which is looked at first.
            let _ = behind.set(Behind::read(file).map_err(|error| error.words(Interface::Window)));
            self.context.request_repaint();
        }
    }

    fn hurry(&mut self, hurried: bool) {
        if let Some((results, _)) = &mut self.held {
            results.hurry(hurried);
        }
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Hold(results, file) => self.hold(*results, &file),
            Order::Add(commit) => {
                if let Some((results, _)) = &mut self.held {
                    results.take(commit);
                    self.stale = true;
                }
            }
            Order::Plan(conditions) => {
                if let Some((results, _)) = &mut self.held {
                    results.plan(conditions);
                }
            }
            Order::Open(path) => {
                if let Err(error) = self.open(path) {
                    self.report(Report::Failed(error.words(Interface::Window)));
                }
            }
            Order::OpenPublished => {
                self.report(Report::Published(Box::new(published::study())));
                self.hold(published::results(), Path::new(published::NAME));
            }
            Order::Save(study, path) => match figure::write_new(&path, study::to_toml(&study).as_bytes()) {
                Ok(()) => self.report(Report::Saved(study, format!("The study is saved in {}", path.display()))),
                Err(error) => self.report(Report::Failed(error.words(Interface::Window))),
            },
            Order::Export(what, path) => {
                let done = self.export(what, &path);
                self.conclude(done.map(|()| format!("Exported to {}", path.display())));
            }
            Order::Copy(id, form, view) => match self.table(id, form, &view) {
                Ok(text) => self.report(Report::Copied(text, format!("The table is copied as {}", form.words().0))),
                Err(error) => self.report(Report::Failed(error.words(Interface::Window))),
            },
        }
    }

    fn conclude(&self, outcome: Result<String>) {
        self.report(outcome.map_or_else(|error| Report::Failed(error.words(Interface::Window)), Report::Done));
    }

    fn open(&mut self, path: PathBuf) -> Result<()> {
        let written = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
        if written {
            let study = study::load(&path, &[])?;
            self.report(Report::Loaded(Box::new(study), path));
            return Ok(());
        }
        let results = Store::open(&path)?.results()?;
        let study = Box::new(results.study.clone());
        let held = match results.finished() {
            0 => Held::None,
            _ if results.is_complete() => Held::All,
            _ => Held::Some,
        };
        self.report(Report::Opened(study, path.clone(), held));
        self.hold(results, &path);
        Ok(())
    }

    fn table(&self, id: &str, form: Format, view: &TableView) -> Result<String> {
        // What is copied is what is seen.
        let shown = self.shown.as_ref().ok_or_else(nothing)?;
        let table = shown.tables.iter().find(|table| table.id == id).ok_or_else(nothing)?;
        Ok(table.seen(view).render(form))
    }

    /// What goes into the file at `path`.
    fn export(&self, what: Export, path: &Path) -> Result<()> {
        let ends = |ending: &str| path.extension().is_some_and(|end| end.eq_ignore_ascii_case(ending));
        let bytes = match what {
            Export::Table(id, form, view) => self.table(id, form, &view)?.into_bytes(),
            Export::Trials => {
                let (results, store) = self.study_file("trials")?;
                let format = if ends("parquet") { TrialsFormat::Parquet } else { TrialsFormat::Csv };
                return figure::write_new_by(path, |file| figure::trials(&store, results, format, file));
            }
            Export::Report => {
                let (results, store) = self.study_file("reports")?;
                let source = Source::of(results.clone(), figure::file_name(store.path()));
                figure::report(&store, &source, &Style::default())?.into_bytes()
            }
            Export::Card => {
                let (results, store) = self.study_file("cards")?;
                let card = Card::of(&store, results)?;
                let text = if ends("json") { crate::visible::json(&card.json()) } else { card.markdown() };
                text.into_bytes()
            }
            Export::All => {
                let (results, file) = self.held.as_ref().ok_or_else(nothing)?;
                let store = if results.origin == Origin::Run { Some(Store::open(file)?) } else { None };
                return figure::export_all(store.as_ref(), results.clone(), &Style::default(), path).map(drop);
            }
        };
        figure::write_new(path, &bytes)
    }

    /// The results that are held, and their study file, which has `what`; what a study printed does not.
    fn study_file(&self, what: &str) -> Result<(&Results, Store)> {
        let (results, file) = self.held.as_ref().ok_or_else(nothing)?;
        if results.origin != Origin::Run {
            return Err(published::no_study_file(what));
        }
        Ok((results, Store::open(file)?))
    }
}

fn nothing() -> crate::Error {
    crate::Error::usage("There are no results yet: run the study or open a study file first".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_fails_is_told_of_and_the_next_is_done() {
        let (tell, reports) = channel();
        let behind = Shelf::default();
        let context = egui::Context::default();
        let mut desk = Desk { held: None, shown: None, series: 0, behind: behind.clone(), stale: true, tell, context };
        desk.careful(|desk| {
            desk.held = Some((published::results(), PathBuf::new()));
            std::panic::panic_any("meant");
        });
        assert!(desk.held.is_none() && !desk.stale, "nothing of what was half done is shown");
        let Ok(Report::Failed(words)) = reports.try_recv() else { panic!("it is not told of") };
        assert!(words.contains("please report it: meant"), "{words}");
        assert!(behind.get().is_some(), "nobody waits for the texts");
        desk.careful(|desk| desk.follow(Order::OpenPublished));
        assert!(matches!(reports.try_recv(), Ok(Report::Published(_))));
        assert!(matches!(reports.try_recv(), Ok(Report::Summary(_))));
    }
}
