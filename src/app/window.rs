//! The state of the window, what changes it, and the order in which it is drawn.

use super::action::{Action, Ask};
use super::banner::{self, Banner};
use super::bar::Bar;
use super::download::Downloads;
use super::files::Question;
use super::frame_times::FrameTimes;
use super::keeper::{Keeper, Order, Report, Summary};
use super::menu::{self, Menu};
use super::panels::{Panels, Shown};
use super::prepare::{self, Out, Prepare, Request};
use super::run::{News, Run};
use super::setup::{Around, Setup, Trouble};
use super::theme::{self, palette};
use super::widgets::Tone;
use crate::device;
use crate::error::Error;
use crate::published;
use crate::runner::{Command, Job};
use crate::study::Study;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Ui, ViewportCommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// While a run is going, the window looks for news so often. Where no graphics processor draws, frames are taken from
/// the run, so that there are no more of them than are of use.
const PACE: Duration = Duration::from_millis(125);

/// How long the bar says what was just done.
const NOTICED: Duration = Duration::from_secs(6);

/// The window.
pub struct PolarscopeApp {
    folder: PathBuf,
    study: Study,
    device: device::Choice,
    setup: Setup,
    panels: Panels,
    menu: Menu,
    question: Option<Question>,
    banners: Vec<Banner>,
    /// What was just done, for the bar, and when.
    notice: Option<(String, Instant)>,
    prepare: Prepare,
    downloads: Downloads,
    keeper: Keeper,
    run: Run,
    summary: Option<Arc<Summary>>,
    /// What is wrong with `checked`.
    trouble: Option<Trouble>,
    checked: Option<Study>,
    /// The name of what is open.
    name: String,
    /// Grows when a request for preparation may have another answer than before.
    round: u64,
    /// Grows when the devices are to be looked at again.
    look: u64,
    actions: Vec<Action>,
    /// Text on its way to the clipboard.
    clipboard: Option<String>,
    context: Context,
    times: FrameTimes,
    /// Time that the logic of this frame took.
    spent: Duration,
}

impl PolarscopeApp {
    /// The window's content: the demo, or what is in `file`. Results go into `folder` where they are not told where
    /// to go.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>, folder: PathBuf, file: Option<PathBuf>) -> Self {
        theme::install(&creation.egui_ctx);
        if let Some(theme) = creation.storage.and_then(|storage| storage.get_string(THEME)) {
            creation.egui_ctx.set_theme(theme_named(&theme));
        }
        let mut app = Self::with_study(&creation.egui_ctx, folder, Study::demo());
        if let Some(file) = file {
            let action =
                if published::is_named(&file) { Action::OpenPublished } else { Action::Open(app.folder.join(file)) };
            app.actions.push(action);
        }
        app
    }

    /// The window's content with `study` set up.
    #[must_use]
    pub fn with_study(context: &Context, folder: PathBuf, study: Study) -> Self {
        theme::install(context);
        let out = prepare::free_name(&folder, &prepare::stem(&study.model.id));
        Self {
            setup: Setup::new(out),
            name: study.name.clone(),
            study,
            device: device::Choice::Auto,
            folder,
            panels: Panels::default(),
            menu: Menu::default(),
            question: None,
            banners: Vec::new(),
            notice: None,
            prepare: Prepare::start(context.clone()),
            downloads: Downloads::default(),
            keeper: Keeper::start(context.clone()),
            run: Run::default(),
            summary: None,
            trouble: None,
            checked: None,
            round: 0,
            look: 0,
            actions: Vec::new(),
            clipboard: None,
            context: context.clone(),
            times: FrameTimes::default(),
            spent: Duration::ZERO,
        }
    }

    /// The study that is set up.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Whether a run is going.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.is_going()
    }

    /// The messages that are shown.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.banners.iter().map(|banner| banner.words.as_str())
    }

    /// Trials that the panels and the table show.
    #[must_use]
    pub fn trials_shown(&self) -> usize {
        self.summary.as_ref().map_or(0, |summary| summary.finished)
    }

    /// How long the window's own work took in the recent frames.
    #[must_use]
    pub fn frame_times(&self) -> &FrameTimes {
        &self.times
    }

    fn say(&mut self, tone: Tone, words: &str) {
        banner::push(&mut self.banners, tone, words);
    }

    fn out(&self) -> PathBuf {
        self.folder.join(self.setup.out.trim())
    }

    /// Checks the study where it has changed, and lets it be prepared.
    fn check(&mut self) {
        if self.downloads.update() {
            self.round += 1;
        }
        let request = Request {
            study: self.study.clone(),
            out: self.out(),
            folder: self.folder.clone(),
            device: self.device,
            look: self.look,
            round: self.round,
        };
        // A preparation reads files; while a run writes its own, that waits.
        let news = !self.run.is_going() && self.prepare.update(request);
        if news
            && !self.setup.out_typed
            && let Some(ready) = self.prepare.current()
        {
            self.setup.out.clone_from(&ready.free_name);
        }
        let changed = self.checked.as_ref() != Some(&self.study);
        if changed || news || self.setup.trouble().is_some() || self.trouble.is_some() {
            self.checked = Some(self.study.clone());
            let own = || self.study.validate().err().map(|error| Trouble::of(&error.to_string(), &self.study));
            let prepared = || Some(Trouble::of(self.prepare.current()?.trouble()?, &self.study));
            self.trouble = self.setup.trouble().or_else(own).or_else(prepared);
        }
    }

    fn news(&mut self) {
        for news in self.run.drain() {
            let file = self.run.file().to_owned();
            match news {
                News::Opened(results) => self.keeper.tell(Order::Hold(results, file)),
                News::Committed(commit) => self.keeper.tell(Order::Add(commit)),
                News::Planned(conditions) => self.keeper.tell(Order::Plan(conditions)),
                News::Note(words) => self.say(Tone::Warning, &words),
                News::Complete => {
                    self.setup.out_typed = false;
                    self.round += 1;
                }
                News::Cancelled(words) => {
                    // The name stays, so that Resume goes on with it.
                    self.setup.out_typed = true;
                    self.round += 1;
                    self.say(Tone::Plain, &words);
                }
                News::Failed(error) => {
                    self.setup.out_typed = true;
                    self.round += 1;
                    self.say(tone(&error), &error.to_string());
                }
            }
        }
        for report in self.keeper.reports().collect::<Vec<_>>() {
            self.heed(report);
        }
    }

    fn heed(&mut self, report: Report) {
        match report {
            Report::Summary(summary) => self.summary = Some(summary),
            Report::Opened(study, path, complete) => {
                self.take(*study, &path);
                // What an unfinished file lacks can be run into it; a finished one is left as it is.
                self.setup.out_typed = !complete;
                if !complete {
                    let short = path.strip_prefix(&self.folder).unwrap_or(&path);
                    self.setup.out = short.to_string_lossy().into_owned();
                }
            }
            Report::Published(study) => {
                self.take(*study, Path::new("Published results"));
                self.setup.out_typed = false;
                let source = &published::published().source;
                self.say(
                    Tone::Plain,
                    &format!(
                        "These are values that the study printed ({source}), not a run. The set-up holds its settings: Run \
                         makes a study file of your own, whose table \"Against the published\" sets it beside them."
                    ),
                );
            }
            Report::Loaded(study, path) => {
                self.take(*study, &path);
                self.summary = None;
                self.setup.out_typed = false;
            }
            Report::Copied(text, words) => {
                self.notice = Some((words, Instant::now()));
                self.clipboard = Some(text);
            }
            Report::Done(words) => self.notice = Some((words, Instant::now())),
            Report::Failed(words) => {
                self.notice = None;
                self.say(Tone::Error, &words);
            }
        }
    }

    fn take(&mut self, study: Study, path: &Path) {
        self.study = study;
        self.setup.reset();
        self.banners.clear();
        self.run = Run::default();
        self.name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.round += 1;
    }

    fn apply(&mut self, context: &Context) {
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Run { resume } => self.start(resume),
                Action::Pause => self.run.tell(Command::Pause),
                Action::Resume => self.run.tell(Command::Resume),
                Action::Cancel => self.run.tell(Command::Cancel),
                Action::Open(_) | Action::OpenPublished | Action::NewDemo if self.run.is_going() => {
                    self.say(Tone::Warning, "A run is going; cancel it before another study is opened");
                }
                Action::Open(path) => self.keeper.tell(Order::Open(path)),
                Action::OpenPublished => self.keeper.tell(Order::OpenPublished),
                Action::NewDemo => {
                    self.take(Study::demo(), Path::new(""));
                    self.name.clone_from(&self.study.name);
                    self.summary = None;
                    self.setup.out_typed = false;
                }
                Action::SaveStudy(path) => self.keeper.tell(Order::Save(Box::new(self.study.clone()), path)),
                Action::Export(what, path) => self.keeper.tell(Order::Export(what, path)),
                Action::CopyTable(id, form, view) => self.keeper.tell(Order::Copy(id, form, view)),
                Action::CopyText(text, words) => {
                    self.notice = Some((words.to_owned(), Instant::now()));
                    self.clipboard = Some(text);
                }
                Action::Ask(ask) => {
                    self.question = Some(Question::new(ask, &self.base_name(), self.panels.table()));
                }
                Action::Use(source, path) => source.set(&mut self.study, &path.to_string_lossy()),
                Action::Download(source) => self.downloads.start(source, &self.study, context),
                Action::CancelDownload(source, name) => self.downloads.cancel(source, &name),
                Action::LookForDevices => self.look += 1,
                Action::FreeName => {
                    if let Some(ready) = &self.prepare.ready {
                        self.setup.out.clone_from(&ready.free_name);
                        self.setup.out_typed = false;
                    }
                }
                Action::Dismiss(i) if i < self.banners.len() => {
                    self.banners.remove(i);
                }
                Action::Dismiss(_) => {}
                Action::Add(kind) => {
                    let shape = self.prepare.ready.as_ref().and_then(|ready| ready.shape.as_ref());
                    super::kinds::switch_on(&mut self.study, kind, shape);
                }
                Action::Quit => context.send_viewport_cmd(ViewportCommand::Close),
            }
        }
        if let Some(text) = self.clipboard.take() {
            context.copy_text(text);
        }
    }

    fn start(&mut self, resume: bool) {
        if self.run.is_going() || self.blocked(resume).is_some() {
            return;
        }
        // The run fetches what is missing, and goes on from what has come.
        self.downloads.clear();
        let out = self.out();
        self.banners.clear();
        self.times.clear();
        self.name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Run::start(Job { study: self.study.clone(), out, device: self.device, resume }) {
            Ok(run) => self.run = run,
            Err(error) => self.say(Tone::Error, &error.to_string()),
        }
    }

    /// Why Run cannot be pressed; a run that is to `resume` may go on with a file that is there.
    fn blocked(&self, resume: bool) -> Option<String> {
        if let Some(trouble) = &self.trouble {
            return Some(trouble.words.clone());
        }
        match self.prepare.current().map(|ready| &ready.out) {
            Some(Out::Finished) if !resume => {
                return Some("The results file is finished: extend it, or name another".to_owned());
            }
            Some(Out::Other(_)) => return Some("The results file cannot be used: choose another".to_owned()),
            _ => {}
        }
        self.setup.out.trim().is_empty().then(|| "Name a results file first".to_owned())
    }

    /// Whether Run goes on with a file that is unfinished.
    fn resumes(&self) -> bool {
        matches!(self.prepare.current().map(|ready| &ready.out), Some(Out::Unfinished(..)))
    }

    /// What exports are named after.
    fn base_name(&self) -> String {
        match &self.summary {
            Some(summary) => prepare::stem(&summary.file.to_string_lossy()),
            None => prepare::stem(&self.study.model.id),
        }
    }

    fn keys(&mut self, context: &Context) {
        let pressed = |keys| context.input_mut(|input| input.consume_shortcut(keys));
        let mut push = |action| self.actions.push(action);
        if pressed(&menu::OPEN) {
            push(Action::Ask(Ask::Open));
        }
        if pressed(&menu::SAVE) {
            push(Action::Ask(Ask::SaveStudy));
        }
        if pressed(&menu::QUIT) {
            push(Action::Quit);
        }
        if pressed(&menu::RUN) {
            let resume = self.resumes();
            self.actions.push(Action::Run { resume });
        }
        if pressed(&menu::PAUSE) {
            let paused = *self.run.phase() == super::run::Phase::Paused;
            self.actions.push(if paused { Action::Resume } else { Action::Pause });
        }
        let dropped = context.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        if let Some(path) = dropped {
            self.actions.push(Action::Open(path));
        }
    }

    fn draw(&mut self, ui: &mut Ui) {
        let side = palette(ui).side;
        let going = self.run.is_going();
        let strip = Frame::NONE.fill(side).inner_margin(Margin::symmetric(12, 4));
        Panel::top("menu").frame(strip).show(ui, |ui| {
            self.menu.show(ui, &self.name, self.summary.is_some(), going, &mut self.actions);
        });
        let bar = Frame::NONE.fill(side).inner_margin(Margin::symmetric(12, 0));
        Panel::bottom("bar").frame(bar).exact_size(48.0).show(ui, |ui| {
            let frames = self.menu.frame_times.then(|| {
                let ms = |time: Duration| 1e3 * time.as_secs_f64();
                let (p50, p95) = (ms(self.times.percentile(50)), ms(self.times.percentile(95)));
                format!("frame {p50:.1} ms, 95 % < {p95:.1} ms")
            });
            let resumes = self.resumes();
            let blocked = self.blocked(resumes);
            let notice = self.notice.as_ref().map(|(words, _)| words.as_str());
            Bar { run: &self.run, blocked, notice, resumes, frames, actions: &mut self.actions }.show(ui);
        });
        let setup = Frame::NONE.fill(side).inner_margin(Margin { left: 12, right: 0, top: 8, bottom: 0 });
        Panel::left("set-up").frame(setup).default_size(384.0).size_range(336.0..=520.0).show(ui, |ui| {
            let mut around = Around {
                ready: self.prepare.ready.as_ref(),
                current: self.prepare.current(),
                trouble: self.trouble.as_ref(),
                downloads: &self.downloads,
                locked: going,
                actions: &mut self.actions,
            };
            self.setup.show(ui, &mut self.study, &mut self.device, &mut around);
        });
        let surface = palette(ui).surface;
        if !self.banners.is_empty() {
            let frame = Frame::NONE.fill(surface).inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 0 });
            Panel::top("messages").frame(frame).show_separator_line(false).show(ui, |ui| {
                banner::show(ui, &self.banners, &mut self.actions);
            });
        }
        CentralPanel::default().frame(Frame::NONE.fill(surface)).show(ui, |ui| {
            let mut shown = Shown {
                summary: self.summary.as_deref(),
                others: &[],
                study: &self.study,
                going,
                actions: &mut self.actions,
            };
            self.panels.show(ui, &mut shown);
        });
        if let Some(mut question) = self.question.take() {
            let name = self.base_name();
            if question.show(ui, &name, &self.folder, &mut self.actions) {
                if question.is_waiting() {
                    ui.ctx().request_repaint_after(PACE);
                }
                self.question = Some(question);
            }
        }
    }
}

/// An error's tone: what the user can mend at once is a warning, all else an error.
fn tone(error: &Error) -> Tone {
    match error {
        Error::Output(_) => Tone::Warning,
        _ => Tone::Error,
    }
}

const THEME: &str = "theme";

fn theme_named(name: &str) -> egui::ThemePreference {
    match name {
        "light" => egui::ThemePreference::Light,
        "dark" => egui::ThemePreference::Dark,
        _ => egui::ThemePreference::System,
    }
}

impl eframe::App for PolarscopeApp {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.news();
        self.check();
        if self.run.is_going() {
            context.request_repaint_after(PACE);
        }
        if let Some((_, when)) = &self.notice {
            match NOTICED.checked_sub(when.elapsed()) {
                Some(left) => context.request_repaint_after(left),
                None => self.notice = None,
            }
        }
        self.spent = start.elapsed();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.keys(ui.ctx());
        self.draw(ui);
        let context = ui.ctx().clone();
        if !self.actions.is_empty() {
            context.request_repaint();
        }
        self.apply(&context);
        self.times.push(self.spent + start.elapsed());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let theme = match self.context.options(|options| options.theme_preference) {
            egui::ThemePreference::Light => "light",
            egui::ThemePreference::Dark => "dark",
            egui::ThemePreference::System => "system",
        };
        storage.set_string(THEME, theme.to_owned());
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
