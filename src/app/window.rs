//! The state of the window, what changes it, and the order in which it is drawn.

use super::action::{Action, Ask, Confirm};
use super::bar::Bar;
use super::command_palette::CommandPalette;
use super::commands::{self, Command, DocumentState, Place, RunState, State};
use super::confirm::Waiting;
use super::document::{Document, Told};
use super::download::Downloads;
use super::export::Exporter;
use super::files::Question;
use super::frame_times::FrameTimes;
use super::menu::Menu;
use super::notices::{Notices, Said};
use super::panels::Layout;
use super::remembered::Remembered;
use super::run::Phase;
use super::summary::Summary;
use super::theme::{self, palette};
use super::widgets::{Tone, has_own_undo};
use super::{demo, document_tabs, setup, start};
use crate::published;
use crate::study::Study;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Ui, ViewportCommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// While a run is going, the window looks for news so often. Where no graphics processor draws, frames are taken from
/// the run, so that there are no more of them than are of use.
const PACE: Duration = Duration::from_millis(125);

/// In a window that is narrower, the set-up gives way to the panels.
const WIDE: f32 = 1060.0;

/// The window.
pub struct PolarscopeApp {
    folder: PathBuf,
    documents: Vec<Document>,
    /// The study that is shown, by its number; the start page where it is none of those that are open.
    shown: Option<u64>,
    /// Documents that were opened so far.
    opened: u64,
    remembered: Remembered,
    menu: Menu,
    command_palette: Option<CommandPalette>,
    question: Option<Question>,
    exporter: Option<Exporter>,
    waiting: Option<Waiting>,
    notices: Notices,
    downloads: Downloads,
    /// Grows when the devices are to be looked at again.
    look: u64,
    /// Whether the window may close although something would end.
    may_close: bool,
    actions: Vec<Action>,
    /// Text on its way to the clipboard.
    clipboard: Option<String>,
    context: Context,
    times: FrameTimes,
    times_shown: bool,
    /// Time that the logic of this frame took.
    spent: Duration,
}

impl PolarscopeApp {
    /// The window's content: the start page, or what is in `file`. Results go into `folder` where they are not told
    /// where to go.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>, folder: PathBuf, file: Option<PathBuf>) -> Self {
        let remembered = Remembered::read(creation.storage, &creation.egui_ctx);
        let mut app = Self::empty(&creation.egui_ctx, folder, remembered);
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
        let mut app = Self::empty(context, folder, Remembered::default());
        app.set_up(study);
        app
    }

    fn empty(context: &Context, folder: PathBuf, remembered: Remembered) -> Self {
        theme::install(context);
        Self {
            folder,
            documents: Vec::new(),
            shown: None,
            opened: 0,
            remembered,
            menu: Menu::default(),
            command_palette: None,
            question: None,
            exporter: None,
            waiting: None,
            notices: Notices::default(),
            downloads: Downloads::default(),
            look: 0,
            may_close: false,
            actions: Vec::new(),
            clipboard: None,
            context: context.clone(),
            times: FrameTimes::default(),
            times_shown: false,
            spent: Duration::ZERO,
        }
    }

    /// The study that is set up; none on the start page.
    #[must_use]
    pub fn study(&self) -> Option<&Study> {
        self.document().map(|document| &document.study)
    }

    /// Whether a run of the study that is shown is going.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.document().is_some_and(|document| document.run.is_going())
    }

    /// The messages that are shown.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.notices.messages(self.shown)
    }

    /// Trials that the panels and the tables show.
    #[must_use]
    pub fn trials_shown(&self) -> usize {
        self.document().and_then(|document| document.summary.as_ref()).map_or(0, |summary| summary.finished)
    }

    /// Whether what is shown is the last word on the trials that are in: no summary with more resamples is to come.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.document().and_then(|document| document.summary.as_ref()).is_some_and(|summary| summary.settled)
    }

    /// How long the window's own work took in the recent frames.
    #[must_use]
    pub fn frame_times(&self) -> &FrameTimes {
        &self.times
    }

    fn document(&self) -> Option<&Document> {
        self.documents.iter().find(|document| Some(document.id) == self.shown)
    }

    fn document_mut(&mut self) -> Option<&mut Document> {
        let shown = self.shown;
        self.documents.iter_mut().find(|document| Some(document.id) == shown)
    }

    fn show_new(&mut self, make: impl FnOnce(u64, &Context, PathBuf) -> Document) {
        self.opened += 1;
        self.shown = Some(self.opened);
        self.documents.push(make(self.opened, &self.context, self.folder.clone()));
    }

    fn set_up(&mut self, study: Study) {
        self.show_new(|id, context, folder| Document::new(id, context, folder, study));
    }

    /// Shows what is at `path`, or set up from it.
    fn open(&mut self, path: PathBuf) {
        let is_model = path.is_dir() || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gguf"));
        if let Some(there) = self.documents.iter().find(|document| document.is_of(&path)) {
            self.shown = Some(there.id);
        } else if is_model {
            let mut study = Study::demo();
            study.model.id = path.to_string_lossy().into_owned();
            study.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            self.set_up(study);
        } else {
            self.show_new(|id, context, folder| Document::open(id, context, folder, path));
        }
    }

    fn news(&mut self) {
        let mut failed = Vec::new();
        for document in &mut self.documents {
            let of = document.id;
            for told in document.news() {
                match told {
                    Told::Say(said) => self.notices.say(Some(of), said),
                    Told::Copy(text) => self.clipboard = Some(text),
                    Told::Opened(path) => self.remembered.file(&path),
                    Told::Failed => failed.push(of),
                }
            }
        }
        for id in failed {
            self.notices.hand_over(id);
            self.remove(id);
        }
        if !self.documents.iter().any(|document| document.run.is_going())
            && let Some(next) = self
                .documents
                .iter_mut()
                .filter(|document| document.queued.is_some())
                .min_by_key(|document| document.queued_since)
        {
            let resume = next.queued == Some(true);
            if let Err(error) = next.start(resume) {
                self.notices.say(Some(next.id), Said::error(&error));
            }
        }
    }

    fn remove(&mut self, id: u64) {
        let Some(place) = self.documents.iter().position(|document| document.id == id) else { return };
        self.documents.remove(place);
        self.notices.clear(id);
        if self.shown == Some(id) {
            self.shown = self.documents.get(place.min(self.documents.len().saturating_sub(1))).map(|next| next.id);
        }
    }

    fn apply(&mut self, context: &Context) {
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Run { resume } => self.run(resume),
                Action::Open(path) => self.open(path),
                Action::OpenDemo => match demo::file() {
                    Ok(path) => self.open(path),
                    Err(error) => self.notices.say(None, Said::error(&error)),
                },
                Action::AddPublished => {
                    let shown = self.shown;
                    if !self.documents.iter().any(|document| document.is_of(Path::new(published::NAME))) {
                        self.show_new(Document::published);
                    }
                    self.shown = shown;
                }
                Action::OpenPublished => {
                    match self.documents.iter().find(|document| document.is_of(Path::new(published::NAME))) {
                        Some(there) => self.shown = Some(there.id),
                        None => self.show_new(Document::published),
                    }
                }
                Action::NewStudy => self.set_up(Study::demo()),
                Action::NewFrom(config) => match config.study() {
                    Ok(study) => self.set_up(study),
                    Err(error) => self.notices.say(None, Said::error(&error)),
                },
                Action::ShowStart => self.shown = None,
                Action::ShowDocument(id) => self.shown = Some(id),
                Action::Next(by) => self.shown = self.next(by),
                Action::Close(id) => self.close(id),
                Action::Confirm(Confirm::Close(id)) => self.remove(id),
                Action::Confirm(Confirm::Quit) => {
                    self.may_close = true;
                    context.send_viewport_cmd(ViewportCommand::Close);
                }
                Action::CopyText(text, words) => {
                    self.clipboard = Some(text);
                    self.notices.say(None, Said::passes(words));
                }
                Action::Ask(ask) => self.ask(ask),
                Action::ExportFigure => self.export_figure(context),
                Action::Download(source) => {
                    if let Some(document) = self.documents.iter().find(|document| Some(document.id) == self.shown) {
                        self.downloads.start(source, &document.study, context);
                    }
                }
                Action::CancelDownload(source, name) => self.downloads.cancel(source, &name),
                Action::LookForDevices => self.look += 1,
                Action::Dismiss(i) => self.notices.dismiss(i),
                Action::Show(tab) => self.remembered.layout.open(tab),
                Action::ResetLayout => self.remembered.layout = Layout::default(),
                Action::Forget(path) => self.remembered.forget(&path),
                Action::Theme(theme) => context.set_theme(theme),
                Action::Zoom(to) => context.set_zoom_factor(to.clamp(0.5, 3.0)),
                Action::ShowSetUp => self.turn_set_up(),
                Action::FrameTimes => self.times_shown = !self.times_shown,
                Action::ShowLog => self.notices.log_is_open = true,
                Action::ShowShortcuts => self.menu.shortcuts = true,
                Action::ShowAbout => self.menu.about = true,
                Action::Quit => context.send_viewport_cmd(ViewportCommand::Close),
                action => {
                    if let Some(document) = self.document_mut() {
                        document.apply(action);
                    }
                }
            }
        }
        if let Some(text) = self.clipboard.take() {
            context.copy_text(text);
        }
    }

    /// The open study so many places after the one that is shown.
    fn next(&self, by: isize) -> Option<u64> {
        let count = self.documents.len();
        let place = self.documents.iter().position(|document| Some(document.id) == self.shown).unwrap_or(0);
        let step = by.rem_euclid(isize::try_from(count.max(1)).unwrap_or(1)).unsigned_abs();
        self.documents.get((place + step) % count.max(1)).map(|document| document.id)
    }

    /// Runs the study that is shown, or lets it wait until the run that is going ends.
    fn run(&mut self, resume: bool) {
        let going = self.documents.iter().any(|document| document.run.is_going());
        // The run fetches what is missing, and goes on from what has come.
        let queued_since = Instant::now();
        if !resume && self.document().is_some_and(Document::has_other_results) {
            self.run_again();
        }
        let Some(document) = self.document_mut() else { return };
        if document.is_busy() || document.blocked(resume).is_some() {
            return;
        }
        let (id, model) = (document.id, document.study.model.id.clone());
        let outcome = if going {
            (document.queued, document.queued_since) = (Some(resume), Some(queued_since));
            Ok(())
        } else {
            document.start(resume)
        };
        self.downloads.clear();
        self.notices.clear(id);
        self.times.clear();
        self.remembered.model(&model);
        self.notices.record(&format!("{} of {model}", if going { "A run waits:" } else { "A run begins:" }));
        if let Err(error) = outcome {
            self.notices.say(Some(id), Said::error(&error));
        }
    }

    /// Sets the study that is shown up anew, so that the results that it shows stay open.
    fn run_again(&mut self) {
        let shown = self.shown;
        let Some(place) = self.documents.iter().position(|document| Some(document.id) == shown) else { return };
        self.opened += 1;
        let again = self.documents[place].set_up_again(self.opened, &self.context);
        self.shown = Some(again.id);
        self.documents.insert(place + 1, again);
    }

    fn close(&mut self, id: u64) {
        let Some(document) = self.documents.iter().find(|document| document.id == id) else { return };
        if document.is_busy() {
            let words = "Its run is going or waits for another; cancel it before the study is closed.";
            self.notices.say(Some(id), Said::stays(Tone::Warning, words));
        } else if document.is_unsaved() {
            let words = format!("The settings of \"{}\" were changed and are not saved.", document.name);
            self.shown = Some(id);
            self.waiting = Some(Waiting::new(Confirm::Close(id), words));
        } else {
            self.remove(id);
        }
    }

    /// Asks before the window closes while something is running or not saved.
    fn heed_closing(&mut self, context: &Context) {
        if self.may_close || !context.input(|input| input.viewport().close_requested()) {
            return;
        }
        let running = self.documents.iter().find(|document| document.run.is_going());
        let unsaved: Vec<String> =
            self.documents.iter().filter(|d| d.is_unsaved()).map(|d| format!("\"{}\"", d.name)).collect();
        let words = match (running, unsaved.as_slice()) {
            (Some(document), _) => {
                let trials = document.run.words();
                format!(
                    "A run is going ({}: {trials}). What is finished is in its file, and Resume goes on with it another \
                     time.",
                    document.name
                )
            }
            (None, []) => return,
            (None, [one]) => format!("The settings of {one} were changed and are not saved."),
            (None, several) => format!("The settings of {} were changed and are not saved.", several.join(", ")),
        };
        context.send_viewport_cmd(ViewportCommand::CancelClose);
        self.waiting = Some(Waiting::new(Confirm::Quit, words));
    }

    /// Whether the set-up is shown where the user has not said so: it is where it leaves the panels enough room, and where
    /// they have nothing to show yet.
    fn has_room_for_set_up(&self) -> bool {
        let is_empty = self.document().is_some_and(|document| document.summary.is_none());
        is_empty || self.context.content_rect().width() >= WIDE
    }

    fn shows_set_up(&self) -> bool {
        self.remembered.set_up.unwrap_or_else(|| self.has_room_for_set_up())
    }

    /// Shows the set-up, or puts it away; what would be so anyway is not remembered.
    fn turn_set_up(&mut self) {
        let wanted = !self.shows_set_up();
        self.remembered.set_up = (wanted != self.has_room_for_set_up()).then_some(wanted);
    }

    fn ask(&mut self, ask: Ask) {
        let (name, table) = match self.document() {
            Some(document) => (document.base_name(), document.panels.table()),
            None => Default::default(),
        };
        self.question = Some(Question::new(ask, &name, table));
    }

    /// Shows how the figure of the panel that was last used is exported.
    fn export_figure(&mut self, context: &Context) {
        let Some(document) = self.document() else { return };
        let Some(summary) = document.summary.clone() else { return };
        let others = self.documents.iter().filter(|other| other.id != document.id);
        let studies =
            std::iter::once(summary.clone()).chain(others.filter_map(|other| other.summary.clone())).collect();
        let figure = document.panels.figure(&summary);
        let (name, choice) = (document.base_name(), self.remembered.export.clone());
        self.exporter = Some(Exporter::new(context, studies, figure, choice, &name));
    }

    fn state(&self) -> State {
        let document = self.document().map(|document| {
            let resumes = document.resumes();
            DocumentState {
                id: document.id,
                has_results: document.summary.is_some(),
                run: match document.run.phase() {
                    Phase::Paused => RunState::Paused,
                    _ if document.run.is_going() => RunState::Going,
                    _ if document.queued.is_some() => RunState::Queued,
                    _ => RunState::None,
                },
                history: (document.can_undo(), document.history().redoes().is_some()),
                resumes,
                is_blocked: document.blocked(resumes).is_some(),
            }
        });
        State {
            document,
            documents: self.documents.len(),
            theme: self.context.options(|options| options.theme_preference),
            zoom: self.context.zoom_factor(),
            frame_times: self.times_shown,
            set_up: self.shows_set_up(),
        }
    }

    fn keys(&mut self, context: &Context, commands: &[Command]) {
        if context.input_mut(|input| input.consume_shortcut(&commands::PALETTE)) {
            self.command_palette = Some(CommandPalette::new());
        }
        // What is typed into a question has an undo of its own.
        let asks = self.question.is_some() || self.exporter.is_some() || self.command_palette.is_some();
        let typing = asks || has_own_undo(context);
        let pressed = commands.iter().filter(|command| !typing || command.place != Place::Edit);
        self.actions.extend(commands::pressed(pressed, context));
        let dropped: Vec<PathBuf> =
            context.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        self.actions.extend(dropped.into_iter().map(Action::Open));
    }

    fn draw(&mut self, ui: &mut Ui, commands: &[Command]) {
        let side = palette(ui).side;
        let strip = Frame::NONE.fill(side).inner_margin(Margin::symmetric(12, 4));
        Panel::top("menu").frame(strip).show(ui, |ui| {
            self.menu.show(ui, commands, &mut self.actions, |ui, actions| {
                document_tabs::show(ui, &self.documents, self.shown, actions);
            });
        });
        self.bar(ui);
        let shows_set_up = self.shows_set_up();
        let Self { documents, shown, notices, downloads, remembered, actions, .. } = self;
        let others = |id: u64| -> Vec<Arc<Summary>> {
            documents.iter().filter(|other| other.id != id).filter_map(|other| other.summary.clone()).collect()
        };
        let others = shown.map(others).unwrap_or_default();
        let mut document = documents.iter_mut().find(|document| Some(document.id) == *shown);
        if let Some(document) = &mut document
            && document.opening.is_none()
        {
            if shows_set_up {
                document.show_setup(ui, downloads, &remembered.models, actions);
            } else {
                setup::put_away(ui, actions);
            }
        }
        let surface = palette(ui).surface;
        if notices.messages(*shown).next().is_some() {
            let frame = Frame::NONE.fill(surface).inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 0 });
            let panel = Panel::top("messages").frame(frame).show_separator_line(false);
            panel.show(ui, |ui| notices.show_messages(ui, *shown, actions));
        }
        match document {
            Some(document) => document.show_panels(ui, &mut remembered.layout, &others, actions),
            None => drop(CentralPanel::default().frame(Frame::NONE.fill(surface)).show(ui, |ui| {
                start::show(ui, &remembered.files, actions);
            })),
        }
        self.windows(ui, commands);
    }

    fn bar(&mut self, ui: &mut Ui) {
        let frame = Frame::NONE.fill(palette(ui).side).inner_margin(Margin::symmetric(12, 0));
        let frames = self.times_shown.then(|| {
            let ms = |time: Duration| 1e3 * time.as_secs_f64();
            let (p50, p95) = (ms(self.times.percentile(50)), ms(self.times.percentile(95)));
            format!("frame {p50:.1} ms, 95 % < {p95:.1} ms")
        });
        let other = self.documents.iter().find(|d| d.run.is_going() && Some(d.id) != self.shown);
        let other = other.map(|document| format!("{}: {}", document.name, document.run.words()));
        let Some(document) = self.documents.iter().find(|document| Some(document.id) == self.shown) else { return };
        Panel::bottom("bar").frame(frame).exact_size(48.0).show(ui, |ui| {
            let resumes = document.resumes();
            let blocked = document.blocked(resumes);
            let (run, is_queued) = (&document.run, document.queued.is_some());
            Bar { run, is_queued, other, blocked, resumes, frames, actions: &mut self.actions }.show(ui);
        });
    }

    /// What lies over the rest.
    fn windows(&mut self, ui: &mut Ui, commands: &[Command]) {
        if let Some(mut question) = self.question.take() {
            let name = self.document().map(Document::base_name).unwrap_or_default();
            if question.show(ui, &name, &self.folder, &mut self.actions) {
                if question.is_waiting() {
                    ui.ctx().request_repaint_after(PACE);
                }
                self.question = Some(question);
            }
        }
        if let Some(mut exporter) = self.exporter.take() {
            let open = exporter.show(ui, &self.folder, &mut self.actions);
            self.remembered.export.clone_from(exporter.choice());
            if open {
                if exporter.is_waiting() {
                    ui.ctx().request_repaint_after(PACE);
                }
                self.exporter = Some(exporter);
            }
        }
        self.waiting = self.waiting.take().filter(|waiting| waiting.show(ui, &mut self.actions));
        if let Some(mut palette) = self.command_palette.take()
            && palette.show(ui, commands, &mut self.actions)
        {
            self.command_palette = Some(palette);
        }
        self.notices.show_log(ui, &mut self.actions);
        self.notices.show_passing(ui.ctx());
    }
}

impl eframe::App for PolarscopeApp {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.heed_closing(context);
        self.news();
        if self.downloads.update() {
            self.documents.iter_mut().for_each(Document::look_again);
        }
        let look = self.look;
        if let Some(document) = self.document_mut() {
            document.check(look);
        }
        self.notices.update(context);
        if self.documents.iter().any(|document| document.run.is_going()) {
            context.request_repaint_after(PACE);
        }
        self.spent = start.elapsed();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        let commands = commands::all(&self.state());
        self.keys(ui.ctx(), &commands);
        self.draw(ui, &commands);
        let context = ui.ctx().clone();
        if !self.actions.is_empty() {
            context.request_repaint();
        }
        self.apply(&context);
        self.times.push(self.spent + start.elapsed());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.remembered.write(storage, &self.context);
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
