//! One open study: what is set up, how its run goes, its results, and how they are looked at.

use super::action::Action;
use super::download::Downloads;
use super::keeper::{Held, Keeper, Order, Report};
use super::notices::Said;
use super::panels::{Layout, Panels, Shown};
use super::prepare::{self, Out, Prepare, Request};
use super::run::{News, Run};
use super::setup::{Around, History, Setup, Trouble};
use super::summary::Summary;
use super::theme::palette;
use super::widgets::Tone;
use crate::device;
use crate::published;
use crate::runner::{Command, Job};
use crate::study::Study;
use crate::visible;
use egui::{CentralPanel, Context, Frame, Margin, Panel, RichText, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// An open study.
pub struct Document {
    /// Tells documents apart.
    pub id: u64,
    /// What it is called on its tab; what cannot be seen in its name is written out.
    pub name: String,
    /// The study that is set up.
    pub study: Study,
    /// What was last saved, opened or run of it.
    kept: Study,
    /// The file that is being opened, before anything of it is known.
    pub opening: Option<PathBuf>,
    /// The file that it was opened from.
    pub file: Option<PathBuf>,
    /// Whether it waits for another run to end, and may then go on with a results file.
    pub queued: Option<bool>,
    /// Since when it waits.
    pub queued_since: Option<Instant>,
    /// The run.
    pub run: Run,
    /// The panels.
    pub panels: Panels,
    /// The newest summary.
    pub summary: Option<Arc<Summary>>,
    folder: PathBuf,
    history: History,
    device: device::Choice,
    setup: Setup,
    prepare: Prepare,
    keeper: Keeper,
    /// What is wrong with `checked`.
    trouble: Option<Trouble>,
    checked: Option<Study>,
    /// Grows when a request for preparation may have another answer than before.
    round: u64,
}

/// What a document tells the window.
pub enum Told {
    /// Words, with how they are said.
    Say(Said),
    /// Text for the clipboard.
    Copy(String),
    /// A file was opened.
    Opened(PathBuf),
    /// What was being opened cannot be: the document has nothing to show.
    Failed,
}

impl Document {
    /// `study`, set up; its results go into `folder` where they are not told where to go.
    #[must_use]
    pub fn new(id: u64, context: &Context, folder: PathBuf, study: Study) -> Self {
        let out = prepare::free_name(&folder, &prepare::stem(&study.model.id));
        let history = History::new(study.clone());
        Self {
            id,
            name: visible::line(&study.name).into_owned(),
            kept: study.clone(),
            study,
            opening: None,
            file: None,
            queued: None,
            queued_since: None,
            run: Run::default(),
            panels: Panels::default(),
            summary: None,
            folder,
            history,
            device: device::Choice::Auto,
            setup: Setup::new(out),
            prepare: Prepare::start(context.clone()),
            keeper: Keeper::start(context.clone()),
            trouble: None,
            checked: None,
            round: 0,
        }
    }

    /// What is in `path`, which is read on the keeper's thread.
    #[must_use]
    pub fn open(id: u64, context: &Context, folder: PathBuf, path: PathBuf) -> Self {
        let mut document = Self::new(id, context, folder, Study::demo());
        document.name = name_of(&path);
        document.opening = Some(path.clone());
        document.keeper.tell(Order::Open(path));
        document
    }

    /// The published figures.
    #[must_use]
    pub fn published(id: u64, context: &Context, folder: PathBuf) -> Self {
        let path = PathBuf::from(published::NAME);
        let mut document = Self::new(id, context, folder, published::study());
        "Published results".clone_into(&mut document.name);
        document.file = Some(path);
        document.keeper.tell(Order::OpenPublished);
        document
    }

    /// What can be taken back, and what done again.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whether there is something to take back: a change, or what is typed and is no value.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.history.undoes().is_some() || self.setup.is_wrong()
    }

    /// Whether a run of it is going, or waits for another to end: its set-up stays as it is.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.run.is_going() || self.queued.is_some()
    }

    /// Whether it shows results that a new run would take the place of: a finished file's, or published ones.
    #[must_use]
    pub fn has_other_results(&self) -> bool {
        let is_other = |summary: &Arc<Summary>| summary.is_complete() && summary.file != self.out();
        !self.is_busy() && self.summary.as_ref().is_some_and(is_other)
    }

    /// Its study, set up once more in a document of its own.
    #[must_use]
    pub fn set_up_again(&self, id: u64, context: &Context) -> Self {
        let mut again = Self::new(id, context, self.folder.clone(), self.study.clone());
        again.device = self.device;
        again.setup.out.clone_from(&self.setup.out);
        again.setup.out_typed = self.setup.out_typed;
        again
    }

    /// Whether settings would be lost with it.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.opening.is_none() && self.study != self.kept
    }

    /// Whether it holds what the file at `path` does.
    #[must_use]
    pub fn is_of(&self, path: &Path) -> bool {
        self.file.as_deref() == Some(path) || self.opening.as_deref() == Some(path)
    }

    fn out(&self) -> PathBuf {
        self.folder.join(self.setup.out.trim())
    }

    /// Whether a preparation may have another answer now.
    pub fn look_again(&mut self) {
        self.round += 1;
    }

    /// Checks the study where it has changed, and lets it be prepared. `look` grows when the devices are to be looked
    /// at again.
    pub fn check(&mut self, look: u64) {
        if self.opening.is_some() {
            return;
        }
        let request = Request {
            study: self.study.clone(),
            out: self.out(),
            folder: self.folder.clone(),
            device: self.device,
            look,
            round: self.round,
        };
        // A preparation reads files; while a run writes its own, that waits.
        let news = !self.is_busy() && self.prepare.update(request);
        if news
            && !self.setup.out_typed
            && let Some(ready) = self.prepare.current()
        {
            self.setup.out.clone_from(&ready.free_name);
        }
        let changed = self.checked.as_ref() != Some(&self.study);
        if changed || news || self.setup.trouble().is_some() || self.trouble.is_some() {
            self.checked = Some(self.study.clone());
            self.history.note(&self.study, Instant::now());
            let own = || self.study.validate().err().map(|error| Trouble::of(&error));
            let prepared = || self.prepare.current()?.trouble().cloned();
            self.trouble = self.setup.trouble().or_else(own).or_else(prepared);
        }
    }

    /// Takes what the run and the keeper have told.
    pub fn news(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        for news in self.run.drain() {
            let file = self.run.file().to_owned();
            let ends = matches!(news, News::Complete | News::Cancelled(_) | News::Failed(_));
            match news {
                News::Opened(results) => self.keeper.tell(Order::Hold(results, file)),
                News::Committed(commit) => self.keeper.tell(Order::Add(commit)),
                News::Planned(conditions) => self.keeper.tell(Order::Plan(conditions)),
                News::Note(words) => told.push(Told::Say(Said::stays(Tone::Warning, &words))),
                News::Complete => {
                    self.setup.out_typed = false;
                    told.push(Told::Say(Said::passes(&format!("{}: {}", self.name, self.run.words()))));
                    told.push(Told::Opened(file));
                }
                // The name stays, so that Resume goes on with it.
                News::Cancelled(words) => {
                    self.setup.out_typed = true;
                    told.push(Told::Say(Said::stays(Tone::Plain, &words)));
                }
                News::Failed(error) => {
                    self.setup.out_typed = true;
                    told.push(Told::Say(Said::error(&error)));
                }
            }
            if ends {
                self.round += 1;
            }
        }
        for report in self.keeper.reports().collect::<Vec<_>>() {
            self.heed(report, &mut told);
        }
        told
    }

    fn heed(&mut self, report: Report, told: &mut Vec<Told>) {
        match report {
            Report::Summary(summary) => {
                self.summary = Some(summary);
                self.opening = None;
            }
            Report::Opened(study, path, held) => {
                self.take(*study, path.clone());
                // Its numbers come in a moment.
                self.opening = Some(path.clone());
                // What an unfinished file lacks can be run into it; a finished one is left as it is.
                self.setup.out_typed = held != Held::All;
                if held != Held::All {
                    let short = path.strip_prefix(&self.folder).unwrap_or(&path);
                    self.setup.out = short.to_string_lossy().into_owned();
                    let words = match held {
                        Held::None => "This study ended before its first trial; Run begins it anew.",
                        _ => "This study is not finished; Resume run goes on with it.",
                    };
                    told.push(Told::Say(Said::stays(Tone::Plain, words)));
                }
                told.push(Told::Opened(path));
            }
            Report::Published(study) => {
                self.take(*study, PathBuf::from(published::NAME));
                "Published results".clone_into(&mut self.name);
                self.opening = None;
                let source = &published::published().source;
                let words = format!(
                    "These are values that the study printed ({source}), not a run. The set-up holds its settings: Run \
                     makes a study file of your own, whose table \"Against the published\" sets it beside them."
                );
                told.push(Told::Say(Said::stays(Tone::Plain, &words)));
            }
            Report::Loaded(study, path) => {
                self.take(*study, path.clone());
                told.push(Told::Opened(path));
            }
            Report::Copied(text, words) => {
                told.push(Told::Copy(text));
                told.push(Told::Say(Said::passes(&words)));
            }
            Report::Saved(study, words) => {
                self.kept = *study;
                told.push(Told::Say(Said::passes(&words)));
            }
            Report::Done(words) => told.push(Told::Say(Said::passes(&words))),
            Report::Failed(words) => {
                told.push(Told::Say(Said::stays(Tone::Error, &words)));
                if self.opening.is_some() {
                    told.push(Told::Failed);
                }
            }
        }
    }

    fn take(&mut self, study: Study, path: PathBuf) {
        self.kept = study.clone();
        self.history = History::new(study.clone());
        self.study = study;
        self.setup.reset();
        self.setup.out_typed = false;
        self.name = name_of(&path);
        self.opening = None;
        self.file = Some(path);
        self.round += 1;
    }

    /// Does what concerns this study alone.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Pause => self.run.tell(Command::Pause),
            Action::Resume => self.run.tell(Command::Resume),
            Action::Cancel if self.queued.is_some() => self.queued = None,
            Action::Cancel => self.run.tell(Command::Cancel),
            Action::SaveStudy(path) => self.keeper.tell(Order::Save(Box::new(self.study.clone()), path)),
            Action::Export(what, path) => self.keeper.tell(Order::Export(what, path)),
            Action::CopyTable(id, form, view) => self.keeper.tell(Order::Copy(id, form, view)),
            // While a run is going, the study stays as it is.
            Action::Undo | Action::Redo if self.is_busy() => {}
            Action::Undo => self.setup.undo(&mut self.study, &mut self.history),
            Action::Redo => self.setup.redo(&mut self.study, &mut self.history),
            Action::Use(source, path) => source.set(&mut self.study, &path.to_string_lossy()),
            Action::LookAgain => self.look_again(),
            Action::FreeName => {
                if let Some(ready) = &self.prepare.ready {
                    self.setup.out.clone_from(&ready.free_name);
                    self.setup.out_typed = false;
                }
            }
            Action::Add(kind) => {
                let shape = self.prepare.ready.as_ref().and_then(|ready| ready.shape.as_ref());
                super::kinds::switch_on(&mut self.study, kind, shape);
            }
            _ => {}
        }
    }

    /// Starts the run; `resume` says whether a results file that is there is gone on with.
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn start(&mut self, resume: bool) -> crate::Result<()> {
        let has_waited = self.queued.take().is_some();
        // Meanwhile another run may have taken the name that was proposed.
        if has_waited && !resume && !self.setup.out_typed && self.out().exists() {
            self.setup.out = prepare::free_name(&self.folder, &prepare::stem(&self.study.model.id));
        }
        let out = self.out();
        self.name = name_of(&out);
        self.kept = self.study.clone();
        self.file = Some(out.clone());
        self.run = Run::start(Job { study: self.study.clone(), out, device: self.device, resume })?;
        Ok(())
    }

    /// Why Run cannot be pressed; a run that is to `resume` may go on with a file that is there.
    #[must_use]
    pub fn blocked(&self, resume: bool) -> Option<String> {
        if self.opening.is_some() {
            return Some("The file is being opened".to_owned());
        }
        if let Some(trouble) = &self.trouble {
            return Some(trouble.words.clone());
        }
        if self.setup.out.trim().is_empty() {
            return Some("Name a results file first".to_owned());
        }
        match self.prepare.current().map(|ready| &ready.out) {
            Some(Out::Finished) if !resume => {
                Some("The results file is finished: extend it, or name another".to_owned())
            }
            Some(Out::Other(words)) => Some(format!("The results file cannot be used: {words}")),
            _ => None,
        }
    }

    /// Whether Run goes on with a file that is unfinished.
    #[must_use]
    pub fn resumes(&self) -> bool {
        matches!(self.prepare.current().map(|ready| &ready.out), Some(Out::Unfinished(..)))
    }

    /// What exports are named after.
    #[must_use]
    pub fn base_name(&self) -> String {
        match &self.summary {
            Some(summary) => prepare::stem(&summary.file.to_string_lossy().replace(".polar", "")),
            None => prepare::stem(&self.study.model.id),
        }
    }

    /// Draws the set-up at the left.
    pub fn show_setup(
        &mut self,
        ui: &mut Ui,
        downloads: &Downloads,
        recent_models: &[String],
        actions: &mut Vec<Action>,
    ) {
        let locked = self.is_busy();
        let frame = Frame::NONE.fill(palette(ui).side).inner_margin(Margin { left: 12, right: 0, top: 8, bottom: 0 });
        Panel::left("set-up").frame(frame).default_size(384.0).size_range(336.0..=520.0).show(ui, |ui| {
            let mut around = Around {
                ready: self.prepare.ready.as_ref(),
                current: self.prepare.current(),
                failed: self.prepare.failed.as_deref(),
                trouble: self.trouble.as_ref(),
                downloads,
                summary: self.summary.as_deref(),
                recent_models,
                locked,
                actions,
            };
            ui.push_id(self.id, |ui| self.setup.show(ui, &mut self.study, &mut self.device, &mut around));
        });
    }

    /// Draws the panels over what is left.
    pub fn show_panels(
        &mut self,
        ui: &mut Ui,
        layout: &mut Layout,
        others: &[Arc<Summary>],
        actions: &mut Vec<Action>,
    ) {
        CentralPanel::default().frame(Frame::NONE.fill(palette(ui).surface)).show(ui, |ui| {
            if let Some(path) = &self.opening {
                let words = format!("Opening {}", visible::line(&path.to_string_lossy()));
                ui.centered_and_justified(|ui| ui.label(RichText::new(words).color(palette(ui).muted)));
                return;
            }
            let is_blocked = self.blocked(self.resumes()).is_some();
            let mut shown = Shown {
                summary: self.summary.as_deref(),
                others,
                study: &self.study,
                going: self.is_busy(),
                is_blocked,
                waits: self.queued.is_some(),
                actions,
            };
            ui.push_id(self.id, |ui| self.panels.show(ui, layout, &mut shown));
        });
    }
}

/// What the study in the file at `path` is called on its tab.
fn name_of(path: &Path) -> String {
    visible::line(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned()
}
